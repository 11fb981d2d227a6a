"""An engine that plays scripts, for tests: it answers, hesitates and fails as told, and remembers what it was asked."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from server.application.ports import Completed, Delta, EngineEvent, Question, Restarted
from server.domain.errors import RunError
from server.domain.extractions import Notice
from server.domain.runs import Attempt, Usage

WireAnswer = Mapping[str, Any]


@dataclass(frozen=True)
class Script:
    """What happens when the engine is asked once."""

    answer: WireAnswer | str | Sequence[str] | Callable[[Question], WireAnswer] = ""
    """Wire JSON, its text, the text in pieces, or what makes wire JSON from the question."""
    error: RunError | None = None
    """Raised after the answer's pieces, instead of completing."""
    restarts: Sequence[str] = ()
    """Pieces that come first and are taken back, each by a restart."""
    delay_s: float = 0.0
    """Before each piece."""
    usage: Usage = field(default_factory=Usage)
    language: str | None = None
    warnings: tuple[Notice, ...] = ()


class ScriptedEngine:
    """Plays one script per question, in order; the last one again when there are no more."""

    def __init__(self, *scripts: Script | WireAnswer | RunError) -> None:
        """A mapping is short for a script with that answer, an error for one that fails at once."""
        self.questions: list[Question] = []
        self.closed = False
        self.abandoned = 0
        """How often a caller closed the iterator, or was cancelled, before the end."""
        self._scripts = [_script(given) for given in scripts or (Script("{}"),)]

    async def ask(self, question: Question) -> AsyncGenerator[EngineEvent]:
        """See `ports.Engine`."""
        self.questions.append(question)
        script = self._scripts[min(len(self.questions), len(self._scripts)) - 1]
        attempts: list[Attempt] = []
        try:
            for piece in script.restarts:
                yield Delta(piece)
                attempts.append(Attempt("unavailable", 0))
                yield Restarted(attempts[-1])
            for piece in _pieces(script, question):
                await asyncio.sleep(script.delay_s)
                yield Delta(piece)
            if script.error:
                script.error.attempts = (*attempts, Attempt(script.error.code, 0))
                raise script.error
        except (GeneratorExit, asyncio.CancelledError):
            self.abandoned += 1
            raise
        yield Completed(
            usage=script.usage,
            attempts=(*attempts, Attempt("ok", 0)),
            language=script.language,
            warnings=script.warnings,
        )

    async def close(self) -> None:
        self.closed = True


def _script(given: Script | WireAnswer | RunError) -> Script:
    if isinstance(given, Script):
        return given
    return Script(error=given) if isinstance(given, RunError) else Script(given)


def _pieces(script: Script, question: Question) -> Sequence[str]:
    answer = script.answer(question) if callable(script.answer) else script.answer
    if isinstance(answer, str):
        return [answer] if answer else []
    return [json.dumps(answer, ensure_ascii=False)] if isinstance(answer, Mapping) else answer
