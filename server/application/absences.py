"""Look for what a model may have missed: sentences that would answer the questions it left empty."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from server.domain.extractions import Extraction
from server.domain.extractive.answering import Answering
from server.domain.extractive.index import SentenceIndex
from server.domain.extractive.questions import Questions
from server.domain.personas import Persona
from server.domain.retrieval.answers import answers
from server.domain.retrieval.index import PassageIndex
from server.domain.statements import Quote


@dataclass(frozen=True)
class Absences:
    """Asks the extractive engine the same questions; costs no call to any model."""

    questions: Questions = field(default_factory=Questions)

    async def candidates(
        self,
        persona: Persona,
        extraction: Extraction,
        empty: Collection[str],
        *,
        follow_up: str | None = None,
    ) -> dict[str, Quote]:
        """Field id → the best sentence for it, where there is one. `follow_up`: what was asked instead of the persona's
        own questions."""
        if not empty:
            return {}
        if follow_up is not None:
            return await asyncio.to_thread(_of_follow_up, follow_up, extraction, empty)
        return await asyncio.to_thread(self._candidates, persona, extraction, empty)

    def _candidates(
        self, persona: Persona, extraction: Extraction, empty: Collection[str]
    ) -> dict[str, Quote]:
        wire = Answering(persona, SentenceIndex.of(extraction), self.questions).wire()
        found = {name: _first_quote(value) for name, value in wire if name in empty}
        return {name: quote for name, quote in found.items() if quote}


def _of_follow_up(text: str, extraction: Extraction, empty: Collection[str]) -> dict[str, Quote]:
    found = answers(text, PassageIndex.of(extraction))
    return {name: Quote(found[0].quote, found[0].page) for name in empty} if found else {}


def _first_quote(value: Any) -> Quote | None:
    """Of a wire value."""
    first = value[0] if isinstance(value, list) and value else value
    evidence = first.get("evidence") if isinstance(first, dict) else None
    return Quote(str(evidence[0]["quote"]), int(evidence[0]["page"])) if evidence else None
