"""Choose the passages of a paper that a persona is given when not all of them fit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest

from server.domain.comparisons import ROWS
from server.domain.errors import ContextTooLongError
from server.domain.fields import Aspect, CheckRule, Field
from server.domain.passages import Passage
from server.domain.retrieval.fusion import ranked
from server.domain.retrieval.index import PassageIndex
from server.domain.retrieval.ranking import order_of
from server.domain.retrieval.tokens import terms
from server.domain.sections import SectionKind
from server.domain.words import same

SHARED = 0.6
"""Share of the room that goes to what all readers of a paper are given."""
STEP_TOKENS = 512
"""The shared part is a multiple of this, so that personas of about the same length share it."""
WANTED = 8
"""Passages a field asks for, best first."""
MARK_TOKENS = 8
"""A page mark, and the sign that something is left out before a passage."""
CountTokens = Callable[[str], int]
_UNASKED = frozenset({Aspect.IDENTITY, Aspect.REFERENCES, Aspect.OTHER})
"""Aspects that no sentence of the text answers by itself."""


@dataclass(frozen=True, slots=True)
class Selection:
    """The passages that are sent, and what that means for each field."""

    shared: tuple[Passage, ...]
    """The same for every persona that has the same `shared_tokens`; in reading order, and sent first."""
    extra: tuple[Passage, ...]
    """What this persona wants besides; in reading order, and sent after."""
    given: Mapping[str, tuple[int, ...]]
    """Field id → `Passage.order` of the passages it wants that are sent, best first."""
    missed: Mapping[str, tuple[int, ...]]
    """Field id → those that it wants and that did not fit, best first: an empty answer may be their fault."""
    pages_read: tuple[int, ...]
    """From 1: pages of which something is sent."""
    pages_in_part: tuple[int, ...]
    """Those of them of which something is not."""
    pages_left_out: tuple[int, ...]
    """Pages of which nothing is sent."""
    tokens: int
    """Of all that is sent, marks included; never more than the budget."""

    @property
    def passages(self) -> tuple[Passage, ...]:
        """In the order in which they are sent."""
        return self.shared + self.extra


def shared_tokens(budget_tokens: int) -> int:
    """How much of a reader's room to give to what all readers share: 60 %, in steps of 512 tokens.

    Rooms that differ by a few tokens may still fall on two sides of a step: readers of one comparison are best given
    the number made of the smallest of their rooms.
    """
    return int(SHARED * budget_tokens) // STEP_TOKENS * STEP_TOKENS


def shared_priority(index: PassageIndex) -> tuple[int, ...]:
    """Numbers of all passages outside the reference list, in the order in which any reader would want them: the first
    page's head and the abstract, then in turn the best for each aspect that rows of a comparison have.

    Depends on the paper alone. Costs about ten rankings; keep it with the index.
    """
    front = [p.order for p in index.passages if p.order == 0 or p.kind is SectionKind.ABSTRACT]
    aspects = [aspect for row in ROWS for aspect in row.aspects if aspect not in _UNASKED]
    orders = [order_of(_about(aspect), index) for aspect in aspects]
    in_turn = [number for turn in zip_longest(*orders) for number in turn if number is not None]
    rest = [p.order for p in index.passages]
    wanted = dict.fromkeys((*front, *in_turn, *rest))
    return tuple(number for number in wanted if not index.passages[number].is_reference)


def choose(
    fields: Sequence[Field],
    index: PassageIndex,
    *,
    budget_tokens: int,
    count_tokens: CountTokens,
    shared: int | None = None,
    priority: Sequence[int] | None = None,
    scores: Mapping[str, Sequence[float]] | None = None,
) -> Selection:
    """Choose what of a paper to send to a reader with these fields.

    Two blocks, so that a provider's cache can serve the second reader: first the *shared* passages, which depend on the
    paper and `shared` alone and are therefore byte for byte the same for every persona; then the persona's *extra* ones:
    in turn the next best passage of each field, then the neighbours of each field's best, then what any reader would
    want, as long as there is room. Both blocks are in reading order. The same input makes the same choice.

    Args:
        budget_tokens: Room for the paper, after rules, persona and answer.
        count_tokens: Of a text, as the model counts or somebody estimates.
        shared: Tokens of the shared block; None: `shared_tokens(budget_tokens)`.
        priority: `shared_priority(index)`, if it is at hand.
        scores: Field id → score of each passage, from elsewhere (embeddings).

    Raises:
        ContextTooLongError: Not even one passage fits.
    """
    sizes = [count_tokens(passage.text) + MARK_TOKENS for passage in index.passages]
    order = shared_priority(index) if priority is None else priority
    room = min(shared_tokens(budget_tokens) if shared is None else shared, budget_tokens)
    block = _Block(sizes, room)
    block.fill(order)
    common = sorted(block.kept)

    wanted = {f.id: wanted_by(f, index, scores=(scores or {}).get(f.id)) for f in fields}
    block.room = budget_tokens
    block.fill(number for turn in zip_longest(*wanted.values()) for number in turn if number is not None)
    block.fill(_neighbours(wanted.values(), index))
    block.fill(order)
    if not block.kept:
        raise ContextTooLongError(tokens=min(sizes, default=0), window=budget_tokens)
    own = sorted(block.kept.difference(common))
    return Selection(
        shared=tuple(index.passages[number] for number in common),
        extra=tuple(index.passages[number] for number in own),
        given={id_: tuple(n for n in numbers if n in block.kept) for id_, numbers in wanted.items()},
        missed={id_: tuple(n for n in numbers if n not in block.kept) for id_, numbers in wanted.items()},
        **_pages(index, block.kept),
        tokens=block.tokens,
    )


def wanted_by(
    field: Field, index: PassageIndex, *, scores: Sequence[float] | None = None, count: int = WANTED
) -> tuple[int, ...]:
    """Numbers of the passages that a field asks for, best first: the head of the paper for its identity, every other
    one from the reference list for what is to be read next."""
    if field.check is CheckRule.IDENTITY:
        head = [p.order for p in index.passages if p.first_page == 1 and not p.is_reference]
        return tuple(head[:2])
    order = order_of(field, index, scores=scores)
    if field.check is CheckRule.BIBLIOGRAPHY:
        pairs = zip_longest(_listed(index), order)
        order = [number for pair in pairs for number in pair if number is not None]
    return tuple(order[:count])


def _about(aspect: Aspect) -> Field:
    """A question that says nothing but its aspect."""
    return Field(id=aspect.value, aspects=(aspect,), label=same(""), instruction=same(""))


def _listed(index: PassageIndex) -> list[int]:
    """Passages of the reference list, those nearest to the paper's own title first."""
    listed = [p.order for p in index.passages if p.is_reference]
    title = index.extraction.identity.title
    near = ranked(index.bm25.scores(dict.fromkeys(terms(title.value), 1.0))) if title else []
    return list(dict.fromkeys((*(n for n in near if index.passages[n].is_reference), *listed)))


def _neighbours(wanted: Iterable[Sequence[int]], index: PassageIndex) -> Iterator[int]:
    """What stands right after and right before the best three passages of each field, in the same section."""
    best = [number for turn in zip_longest(*(numbers[:3] for numbers in wanted)) for number in turn]
    for number in best:
        for beside in () if number is None else (number + 1, number - 1):
            there = 0 <= beside < len(index.passages)
            if there and index.passages[beside].section == index.passages[number].section:
                yield beside


@dataclass
class _Block:
    """What is kept so far, and how much room there is."""

    sizes: Sequence[int]
    room: int
    kept: set[int] = field(default_factory=set)
    tokens: int = 0

    def fill(self, numbers: Iterable[int]) -> None:
        """Keep each that still fits, in turn."""
        for number in numbers:
            if number not in self.kept and self.tokens + self.sizes[number] <= self.room:
                self.kept.add(number)
                self.tokens += self.sizes[number]


def _pages(index: PassageIndex, kept: set[int]) -> dict[str, tuple[int, ...]]:
    read = {page for number in kept for page in index.passages[number].pages}
    lacking = {page for p in index.passages if p.order not in kept for page in p.pages}
    every = range(1, len(index.extraction.pages) + 1)
    return {
        "pages_read": tuple(page for page in every if page in read),
        "pages_in_part": tuple(page for page in every if page in read & lacking),
        "pages_left_out": tuple(page for page in every if page in lacking - read),
    }
