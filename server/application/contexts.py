"""What is known of models' windows and ways of counting, and papers made ready for searching; kept while in use."""

from __future__ import annotations

import asyncio
import math
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from server.application.ports import Embeddings
from server.domain.budgets import estimate_tokens
from server.domain.contexts.choices import Strategy
from server.domain.contexts.rooms import ASSUMED_WINDOW, Means
from server.domain.errors import ContextTooLongError, RunError
from server.domain.extractions import Extraction
from server.domain.fields import Field
from server.domain.ids import ExtractionId
from server.domain.models import EngineKind, ModelSpec
from server.domain.prompts import paper_text
from server.domain.retrieval.choosing import CountTokens, shared_priority
from server.domain.retrieval.index import PassageIndex
from server.domain.retrieval.similarity import similarities

KEPT = 8
"""Papers."""
BELIEVED = (0.6, 1.8)
"""Billed tokens over estimated ones: outside, the server has cut the paper off, or counts something else."""
WEIGHT = 0.5
"""Of the newest bill, in the factor that estimates are corrected by."""
UNTOLD = 1.3
"""By how much estimates grow when a server refuses a prompt that should have fitted, and does not say by how much."""
LEAST_WINDOW = 2048
"""Supposed of a model that refuses a prompt and does not say why."""
BESIDE_PAPER = 4000
"""Tokens of rules, persona and answer, roughly: a paper that leaves less than this is counted before it is sent."""

Place = tuple[str | None, str]
"""Endpoint and model."""


class Endpoints(Protocol):
    """What endpoints tell about their models. Neither ever raises: what is not told is not known."""

    async def window(self, spec: ModelSpec) -> int | None:
        """Tokens that prompt and answer may have together, as the endpoint says; asked once and remembered."""
        ...

    async def count(self, spec: ModelSpec, text: str) -> int | None:
        """Tokens of a text by the model's own tokenizer. The text goes to the endpoint and nowhere else."""
        ...


@dataclass
class Contexts:
    """Gives the means to decide how a paper fits a model, and learns from what endpoints bill and refuse.

    What was learned is kept in memory, like what endpoints were found to support.
    """

    endpoints: Endpoints | None = None
    embeddings: Embeddings | None = None
    """Of passages and questions; None: without."""
    _windows: dict[Place, int] = field(default_factory=dict)
    _factors: dict[tuple[Place, str], float] = field(default_factory=dict)
    """By which an estimate is too small, per language of the paper."""
    _counted: dict[tuple[Place, ExtractionId], float] = field(default_factory=dict)
    """The same of one paper, from the model's own tokenizer."""
    _papers: OrderedDict[ExtractionId, _Paper] = field(default_factory=OrderedDict)

    async def means(
        self,
        extraction: Extraction,
        spec: ModelSpec,
        *,
        fields: Sequence[Field] = (),
        strategy: str = Strategy.AUTO,
    ) -> Means:
        """What is at hand for this paper and model. Asks the endpoint only for what it was not asked before.

        Args:
            fields: The questions, for embeddings.
            strategy: What is wanted: a `Strategy`.
        """
        if spec.engine in (EngineKind.EXTRACTIVE, EngineKind.TEXT):
            return Means(extraction, window=spec.context_window)
        window = await self.window(spec)
        estimate = estimate_tokens(paper_text(extraction))
        tight = window is not None and estimate * BELIEVED[1] + BESIDE_PAPER > window
        if tight:
            await self._count(extraction, spec, estimate)
        paper = self._paper(extraction)
        scores: Mapping[str, Sequence[float]] = {}
        if self.embeddings and (tight or strategy == Strategy.RETRIEVE):
            scores = await self._scores(paper, fields)
        return Means(
            extraction,
            window=window,
            count=_counting(self._factor(extraction, spec)),
            index_of=paper.ready,
            priority_of=paper.in_order,
            scores=scores,
        )

    def known(self, extraction: Extraction, spec: ModelSpec) -> Means:
        """The same without asking anybody, as far as it is known: nothing is sent."""
        paper = self._paper(extraction)
        return Means(
            extraction,
            window=self._windows.get(_place(spec)) or spec.context_window,
            count=_counting(self._factor(extraction, spec)),
            index_of=paper.ready,
            priority_of=paper.in_order,
        )

    async def window(self, spec: ModelSpec) -> int | None:
        """Tokens that prompt and answer may have together: from the settings, the endpoint, or an earlier refusal."""
        known = self._windows.get(_place(spec)) or spec.context_window
        if known is None and self.endpoints and (known := await self.endpoints.window(spec)):
            self._windows[_place(spec)] = known
        return known

    def learn(self, extraction: Extraction, spec: ModelSpec, *, estimated: int, billed: int) -> None:
        """Correct later estimates by what a call was billed."""
        if estimated and BELIEVED[0] <= billed / estimated <= BELIEVED[1]:
            self._correct(extraction, spec, (billed / estimated) ** WEIGHT)

    def refused(
        self, extraction: Extraction, spec: ModelSpec, error: ContextTooLongError, *, estimated: int
    ) -> bool:
        """Learn from a prompt that was too long. Returns whether a plan made anew would be another one.

        Args:
            estimated: Tokens of the prompt, as far as was known.
        """
        window, tokens = error.data.get("window"), error.data.get("tokens")
        known = self._windows.get(_place(spec)) or spec.context_window
        grown = tokens / estimated if tokens and estimated else 1.0
        if known is None or (window and window < known):
            least = min(ASSUMED_WINDOW, estimated // 2)
            self._windows[_place(spec)] = window or max(LEAST_WINDOW, least)
        elif tokens and grown <= 1:
            return (
                False  # The prompt was no longer than thought, and the window no smaller: nothing to learn.
            )
        elif not tokens:
            grown = UNTOLD
        if grown > 1:
            self._correct(extraction, spec, min(grown * 1.02, 4.0))
        return True

    def _correct(self, extraction: Extraction, spec: ModelSpec, by: float) -> None:
        place = _place(spec)
        if (place, extraction.id) in self._counted:
            self._counted[place, extraction.id] *= by
        key = (place, extraction.language)
        self._factors[key] = self._factors.get(key, 1.0) * by

    def _factor(self, extraction: Extraction, spec: ModelSpec) -> float:
        place = _place(spec)
        return self._counted.get((place, extraction.id)) or self._factors.get(
            (place, extraction.language), 1.0
        )

    async def _count(self, extraction: Extraction, spec: ModelSpec, estimate: int) -> None:
        key = (_place(spec), extraction.id)
        if self.endpoints is None or key in self._counted or not estimate:
            return
        if counted := await self.endpoints.count(spec, paper_text(extraction)):
            self._counted[key] = counted / estimate

    def _paper(self, extraction: Extraction) -> _Paper:
        paper = self._papers.setdefault(extraction.id, _Paper(extraction))
        self._papers.move_to_end(extraction.id)
        while len(self._papers) > KEPT:
            self._papers.popitem(last=False)
        return paper

    async def _scores(self, paper: _Paper, fields: Sequence[Field]) -> Mapping[str, Sequence[float]]:
        """Field id → likeness of each passage; nothing when the endpoint fails, for words still find most."""
        assert self.embeddings  # noqa: S101 (for the type checker; the caller looked)
        index = await asyncio.to_thread(paper.ready, paper.extraction)
        questions = [f"{f.label.in_(index.language)}\n{f.instruction.in_(index.language)}" for f in fields]
        try:
            if paper.vectors is None:
                paper.vectors = await self.embeddings.embed([passage.text for passage in index.passages])
            asked = await self.embeddings.embed(questions)
            return {f.id: similarities(one, paper.vectors) for f, one in zip(fields, asked, strict=True)}
        except (RunError, ValueError):
            return {}


@dataclass
class _Paper:
    """One paper made ready for searching, when it is first needed."""

    extraction: Extraction
    vectors: Sequence[Sequence[float]] | None = None
    _index: PassageIndex | None = None
    _priority: tuple[int, ...] | None = None

    def ready(self, extraction: Extraction) -> PassageIndex:
        self._index = self._index or PassageIndex.of(extraction)
        return self._index

    def in_order(self, index: PassageIndex) -> tuple[int, ...]:
        if self._priority is None:
            self._priority = shared_priority(index)
        return self._priority


def _place(spec: ModelSpec) -> Place:
    return spec.base_url, spec.model


def _counting(factor: float) -> CountTokens:
    if factor == 1.0:
        return estimate_tokens
    return lambda text: math.ceil(estimate_tokens(text) * factor)
