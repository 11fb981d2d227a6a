"""The engine that needs no model: it answers with sentences of the paper."""

from __future__ import annotations

import asyncio
import json
import time
from collections import OrderedDict
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from server.application.ports import Completed, Delta, EngineEvent, Question
from server.domain.extractions import Extraction, Notice
from server.domain.extractive.answering import Answering, identity_part
from server.domain.extractive.index import SentenceIndex
from server.domain.extractive.questions import Questions
from server.domain.ids import ExtractionId
from server.domain.personas import Persona
from server.domain.retrieval.answers import answers
from server.domain.retrieval.index import PassageIndex
from server.domain.runs import Attempt, Usage
from server.domain.schema import PAPER_KEY, PAPER_PARTS

T = TypeVar("T")

KEPT_INDEXES = 8
"""Papers kept ready, so that the second reader of a paper answers in a few milliseconds."""


class ExtractiveEngine:
    """Picks, for each field, the sentences of the paper that answer it best. Deterministic, offline, no key.

    It speaks the paper's language: a run that asked for another one carries the notice `language_not_applied`.
    """

    def __init__(self) -> None:
        self._questions = Questions()
        self._sentences = _Ready(SentenceIndex.of)
        self._passages = _Ready(PassageIndex.of)

    async def ask(self, question: Question) -> AsyncGenerator[EngineEvent]:
        """The wire's fields one by one, each whole in its own piece of text."""
        began = time.monotonic()
        fields = await self._answer(question)
        lead = "{"
        for key, value in fields:
            yield Delta(f"{lead}{_json(key)}:{_json(value)}")
            lead = ","
        yield Delta("}" if fields else "{}")
        actual = question.extraction.language
        differs = actual != question.language
        yield Completed(
            usage=Usage(),
            attempts=(Attempt("ok", round((time.monotonic() - began) * 1000)),),
            language=actual if differs else None,
            warnings=(Notice("language_not_applied", data={"actual": actual, "asked": question.language}),)
            if differs
            else (),
        )

    async def close(self) -> None:
        """Forget the papers kept ready."""
        self._sentences.forget()
        self._passages.forget()

    async def _answer(self, question: Question) -> list[tuple[str, Any]]:
        if question.follow_up is not None:
            passages = await self._passages.of(question.extraction)
            return await asyncio.to_thread(_follow_up, question.persona, question.follow_up, passages)
        sentences = await self._sentences.of(question.extraction)
        answering = Answering(question.persona, sentences, self._questions)
        return await asyncio.to_thread(lambda: list(answering.wire()))


@dataclass
class _Ready(Generic[T]):
    """Papers made ready, the last few of them; each once, also when two readers ask at the same time."""

    make: Callable[[Extraction], T]
    _kept: OrderedDict[tuple[ExtractionId, str], T] = field(default_factory=OrderedDict)
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def of(self, extraction: Extraction) -> T:
        key = extraction.id, extraction.digest
        async with self._lock:
            if key not in self._kept:
                self._kept[key] = await asyncio.to_thread(self.make, extraction)
            self._kept.move_to_end(key)
            while len(self._kept) > KEPT_INDEXES:
                self._kept.popitem(last=False)
            return self._kept[key]

    def forget(self) -> None:
        self._kept.clear()


def _follow_up(persona: Persona, text: str, index: PassageIndex) -> list[tuple[str, Any]]:
    """The sentences that answer what somebody asks in their own words, as the wire carries them."""
    paper = {name: identity_part(name, kind, index.extraction) for name, kind in PAPER_PARTS.items()}
    said = [
        {"evidence": [{"quote": one.quote, "page": one.page}], "text": one.text}
        for one in answers(text, index)
    ]
    return [(PAPER_KEY, paper), *((asked.id, said) for asked in persona.fields)]


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
