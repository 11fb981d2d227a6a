"""The calls before the last one: made, asked for once more when misshapen, held against the paper, kept."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Any

from server.application.answer_stream import AnswerStream
from server.application.ports import Clock, Completed, Delta, Engine, Question, Repair, Waiting
from server.application.reading import Reading
from server.application.turns import Turn
from server.application.waits import told_of
from server.domain.errors import (
    AnswerInvalidError,
    ContextTooLongError,
    ProviderAuthError,
    QuotaError,
    RateLimitedError,
    RunError,
    UnavailableError,
    WrongPaperError,
)
from server.domain.plans import Call, Gives, Result
from server.domain.runs import Pass, Stage, Usage
from server.domain.schema import validate
from server.domain.statements import EvidenceStatus, IdentityVerdict, Quote

MAX_MESSAGES = 20
"""What a model is told is wrong in one repair turn."""

_HOPELESS = (ProviderAuthError, QuotaError, UnavailableError, RateLimitedError)
"""The next call would end alike."""

Emit = Callable[[str, dict[str, Any]], Awaitable[None]]


@dataclass(frozen=True)
class Passes:
    """Prepares a reading."""

    reading: Reading
    engine: Engine
    clock: Clock
    emit: Emit

    async def make(self, turn: Turn | None) -> Call | None:
        """Make the calls whose results feed the last one. Returns the last one; None where there is none to make.

        Raises:
            RunError: a call failed without which there is no answer.
        """
        plan, results = self.reading.plan, list[Result]()
        while (call := plan.next(results)) and not call.is_answer:
            await self.emit("progress", _progress(call, len(results), plan.calls))
            results.append(await self._pass(call, turn))
        return call

    async def _pass(self, call: Call, turn: Turn | None) -> Result:
        question, is_repair = self.reading.ask(call), False
        try:
            value, text, wrong = await self._heard(question, call, turn)
            is_repair = bool(wrong)
            if wrong:
                repair = Repair(text, tuple(wrong[:MAX_MESSAGES]))
                value, text, wrong = await self._heard(replace(question, repair=repair), call, turn)
        except RunError as error:
            too_long = isinstance(error, ContextTooLongError) and not is_repair
            if call.is_needed or too_long or isinstance(error, _HOPELESS):
                raise  # A prompt that is too long can be planned anew.
            self.reading.account.attempts.extend(error.attempts)
            return Result(call.name, None)
        if not wrong:
            return await self._weighed(call, value, text)
        if call.is_needed:
            raise AnswerInvalidError(errors=[{"path": "", "message": message} for message in wrong])
        return Result(call.name, None)

    async def _heard(
        self, question: Question, call: Call, turn: Turn | None
    ) -> tuple[dict[str, Any] | None, str, list[str]]:
        """The JSON of one call, its text, and what is wrong with it; it is kept as a pass."""
        stream, began = AnswerStream(), self.clock.monotonic()
        usage = Usage()
        async with aclosing(self.engine.ask(question)) as events:
            async for event in events:
                if isinstance(event, Delta):
                    if turn:
                        turn.pass_on()
                    stream.feed(event.text)
                elif isinstance(event, Completed):
                    usage = event.usage
                    self.reading.complete(event, call=call)
                elif isinstance(event, Waiting):
                    await self.emit("progress", told_of(event, Stage.PREPARING) | {"pass": call.name})
                else:
                    stream.reset()
        took_ms = round((self.clock.monotonic() - began) * 1000)
        asked = question.prompt.persona
        self.reading.account.passes.append(
            Pass(call.name, call.pages, usage, took_ms, stream.text, asked=asked, label=call.label)
        )
        if call.gives is Gives.TEXT:
            return None, stream.text, [] if stream.text.strip() else ["the answer is empty"]
        try:
            value = stream.whole()
        except AnswerInvalidError as error:
            return None, stream.text, [str(one["message"]) for one in error.data["errors"]]
        return (
            value,
            stream.text,
            [f"{p['path'] or '/'}: {p['message']}" for p in validate(call.schema, value)],
        )

    async def _weighed(self, call: Call, value: Mapping[str, Any] | None, text: str) -> Result:
        """What goes on to the next call: answers with what the checks say of them, quotes that are in the paper."""
        match call.gives:
            case Gives.ANSWER:
                return await self._answered(call, value or {}, text)
            case Gives.QUOTES:
                return self._collected(call, value or {})
            case Gives.TEXT:
                return Result(call.name, None, text=text.strip())
            case _:
                return Result(call.name, value)

    async def _answered(self, call: Call, value: Mapping[str, Any], text: str) -> Result:
        """
        Raises:
            WrongPaperError: the answers are about another paper.
        """
        reading = self.reading
        draft = reading.aside(text)
        if draft.grounded.verdict is IdentityVerdict.MISMATCH:
            reading.settle(draft.snapshot(), value, tuple(value))
            raise WrongPaperError
        kept = draft.snapshot()
        for event in reading.settle(kept, value, call.settles):
            await self.emit("field", event)
        if kept.is_whole and call.is_draft:
            reading.draft = kept
        return Result(call.name, value, doubts=draft.doubts()[:MAX_MESSAGES])

    def _collected(self, call: Call, value: Mapping[str, Any]) -> Result:
        """Quotes that the paper has, each with the page it stands on."""
        found: dict[str, list[dict[str, Any]]] = {}
        lost = 0
        for name, quotes in value.items():
            located = [self.reading.index.locate(Quote(one["quote"], one["page"])) for one in quotes]
            there = [e for e in located if e.status is EvidenceStatus.VERIFIED]
            found[name] = [{"quote": e.quote, "page": e.page} for e in there]
            lost += len(located) - len(there)
        doubts = (f"{lost} passages that are not in the paper were taken out.",) if lost else ()
        return Result(call.name, found, doubts=doubts)


def _progress(call: Call, done: int, total: int) -> dict[str, Any]:
    told = {"stage": Stage.PREPARING.value, "done": done, "total": total, "pass": call.name}
    return told | ({"label": {"ja": call.label.ja, "en": call.label.en}} if call.label else {})
