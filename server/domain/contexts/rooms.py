"""How much of a model's context window the paper gets, beside rules, persona and answer."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from server.domain.budgets import MIN_OUTPUT_TOKENS, estimate_tokens
from server.domain.errors import ContextTooLongError
from server.domain.extractions import Extraction
from server.domain.quotes import PaperIndex
from server.domain.retrieval.choosing import SHARED, STEP_TOKENS, CountTokens, shared_priority
from server.domain.retrieval.index import PassageIndex
from server.domain.statements import Evidence, Quote

ASSUMED_WINDOW = 8192
"""Taken for a window that is not known where a strategy needs one; small models that run at home have it."""
OUTPUT_SHARE = 0.45
"""Of what persona and rules leave of a small window: the answer gets at least so much of what it asks for."""
LEAST_PAPER = 256
"""Tokens of a paper below which an answer would be about next to nothing."""
LEAST_HANDED_ON = 512
"""Tokens kept free for what one step hands on to the next."""
_MARGIN = 0.03
"""Of the window: what a chat template adds, and what counting misses."""
_LEAST_MARGIN = 64


@dataclass(frozen=True, slots=True)
class Room:
    """Tokens for the paper and for the answer."""

    paper: int
    answer: int


@dataclass(frozen=True)
class Means:
    """What is at hand to decide how a paper fits a model."""

    extraction: Extraction
    window: int | None = None
    """Tokens; None: not known."""
    count: CountTokens = estimate_tokens
    index_of: Callable[[Extraction], PassageIndex] = PassageIndex.of
    """Costs about as much as reading the paper's sentences when it is not kept."""
    priority_of: Callable[[PassageIndex], tuple[int, ...]] = shared_priority
    """Costs about ten rankings when it is not kept."""
    scores: Mapping[str, Sequence[float]] = field(default_factory=dict)
    """Field id → score of each passage, from embeddings; none where none are configured."""
    quotes: PaperIndex | None = None
    """Locates quotes; None: made when it is needed."""

    @cached_property
    def index(self) -> PassageIndex:
        return self.index_of(self.extraction)

    @cached_property
    def locate(self) -> Callable[[Quote], Evidence]:
        """Finds a quote in the paper."""
        return (self.quotes or PaperIndex(self.extraction)).locate

    @cached_property
    def priority(self) -> tuple[int, ...]:
        return self.priority_of(self.index)


def room_for(window: int, *, overhead: int, wanted: int) -> Room:
    """Share a window between paper and answer.

    Args:
        overhead: Tokens of rules, persona and everything else beside the paper.
        wanted: Tokens the answer asks for. In a small window it gets less, but never less than `OUTPUT_SHARE`.

    Raises:
        ContextTooLongError: nothing to speak of is left for the paper.
    """
    left = window - overhead - max(_LEAST_MARGIN, math.ceil(_MARGIN * window))
    answer = min(wanted, least_answer(left))
    if left - answer < LEAST_PAPER:
        raise ContextTooLongError(tokens=window - left + answer + LEAST_PAPER, window=window)
    return Room(left - answer, answer)


def full_room(window: int, *, overhead: int, wanted: int, paper: int) -> Room | None:
    """The room when the whole paper is sent; None: it does not fit. The answer gets what is left, if that is enough."""
    left = window - overhead - max(_LEAST_MARGIN, math.ceil(_MARGIN * window))
    if left - paper < min(wanted, least_answer(left)):
        return None
    return Room(paper, min(wanted, left - paper))


def least_answer(left: int) -> int:
    """What an answer needs at least of `left` tokens."""
    return max(MIN_OUTPUT_TOKENS, int(OUTPUT_SHARE * left))


def shared_block(window: int, room: int) -> int:
    """Tokens of the passages that all readers are given who ask a model with this window, in steps. It depends on the
    window alone as long as there is room, so that the readers of a comparison share it without knowing of each other.
    """
    common = int(SHARED * window / 2) // STEP_TOKENS * STEP_TOKENS
    return min(common, int(SHARED * room) // STEP_TOKENS * STEP_TOKENS)
