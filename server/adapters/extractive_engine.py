"""The engine that needs no model: it answers with sentences of the paper."""

from __future__ import annotations

import asyncio
import json
import time
from collections import OrderedDict
from collections.abc import AsyncGenerator
from typing import Any

from server.application.ports import Completed, Delta, EngineEvent, Question
from server.domain.extractions import Extraction, Notice
from server.domain.extractive.answering import Answering
from server.domain.extractive.index import SentenceIndex
from server.domain.extractive.questions import Questions
from server.domain.ids import ExtractionId
from server.domain.runs import Attempt, Usage

KEPT_INDEXES = 8
"""Papers kept ready, so that the second reader of a paper answers in a few milliseconds."""


class ExtractiveEngine:
    """Picks, for each field, the sentences of the paper that answer it best. Deterministic, offline, no key.

    It speaks the paper's language: a run that asked for another one carries the notice `language_not_applied`.
    """

    def __init__(self) -> None:
        self._questions = Questions()
        self._indexes: OrderedDict[ExtractionId, SentenceIndex] = OrderedDict()
        self._lock = asyncio.Lock()

    async def ask(self, question: Question) -> AsyncGenerator[EngineEvent]:
        """The wire's fields one by one, each whole in its own piece of text."""
        began = time.monotonic()
        fields = await asyncio.to_thread(self._answer, question, await self._index(question.extraction))
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
        self._indexes.clear()

    def _answer(self, question: Question, index: SentenceIndex) -> list[tuple[str, Any]]:
        return list(Answering(question.persona, index, self._questions).wire())

    async def _index(self, extraction: Extraction) -> SentenceIndex:
        """The paper made ready; built once, also when two readers ask at the same time."""
        async with self._lock:
            index = self._indexes.get(extraction.id)
            if index is None or index.extraction.digest != extraction.digest:
                index = await asyncio.to_thread(SentenceIndex.of, extraction)
            self._indexes[extraction.id] = index
            self._indexes.move_to_end(extraction.id)
            while len(self._indexes) > KEPT_INDEXES:
                self._indexes.popitem(last=False)
            return index


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
