"""One conversation with an engine: ask, repair once, look again when asked to, say what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Any

from server.application.absences import Absences
from server.application.answer_stream import AnswerStream
from server.application.ports import Clock, Completed, Delta, Engine, Events, Question, Repair
from server.application.reading import Reading
from server.application.turns import Turn
from server.domain import second_look
from server.domain.errors import AnswerInvalidError, RunError, WrongPaperError
from server.domain.ids import RunId
from server.domain.models import EngineKind
from server.domain.plans import Call, Result
from server.domain.runs import Attempt, Pass, Stage, Usage
from server.domain.schema import validate
from server.domain.statements import IdentityVerdict

MAX_MESSAGES = 20
"""What a model is told is wrong in one repair turn."""


def run_stream(run_id: RunId) -> str:
    """Name of a run's events."""
    return f"run:{run_id}"


@dataclass(frozen=True)
class Conversation:
    """Fills a reading, telling its events as they happen."""

    reading: Reading
    engine: Engine
    events: Events
    clock: Clock
    absences: Absences

    async def hold(self, turn: Turn | None = None) -> None:
        """Bring the reading to its end.

        Args:
            turn: Passed on at the first piece of the answer, so that the next reader may start.

        Raises:
            RunError: there is no answer.
        """
        reading, extractive = self.reading, self.reading.question.model.engine is EngineKind.EXTRACTIVE
        call = await self._prepare(turn)
        await self._ask(reading.ask(call), turn, call=call)
        problems = reading.problems()
        if not problems:
            await self._publish(reading.conclude())
        wrong = [f"{p['path'] or '/'}: {p['message']}" for p in problems] or reading.unfound()
        if wrong and not extractive:
            await self._repair(wrong)
        if problems := reading.problems():
            raise AnswerInvalidError(errors=problems)
        if reading.run.settings.second_look and not extractive:
            await self._look_again()
        await self._explain(extractive=extractive)

    async def progress(self, stage: Stage) -> None:
        await self._emit("progress", {"stage": stage.value, "done": 0, "total": 1})

    async def _prepare(self, turn: Turn | None) -> Call:
        """Make the calls whose results feed the last one. Returns the last one."""
        plan, results = self.reading.plan, list[Result]()
        while not (call := plan.next(results)).is_answer:
            await self._emit(
                "progress",
                {
                    "stage": Stage.PREPARING.value,
                    "done": len(results),
                    "total": plan.calls,
                    "pass": call.name,
                },
            )
            results.append(await self._pass(call, turn))
        return call

    async def _pass(self, call: Call, turn: Turn | None) -> Result:
        """One call before the last. What has not the asked shape is asked for once more."""
        question = self.reading.ask(call)
        value, text, wrong = await self._heard(question, call, turn)
        if value is None:
            repair = Repair(text, tuple(wrong[:MAX_MESSAGES]))
            value, _, wrong = await self._heard(replace(question, repair=repair), call, turn)
        if value is not None:
            return Result(call.name, value)
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
                else:
                    stream.reset()
        took_ms = round((self.clock.monotonic() - began) * 1000)
        self.reading.passes.append(Pass(call.name, call.pages, usage, took_ms, stream.text))
        try:
            value = stream.whole()
        except AnswerInvalidError as error:
            return None, stream.text, [str(one["message"]) for one in error.data["errors"]]
        wrong = [f"{p['path'] or '/'}: {p['message']}" for p in validate(call.schema, value)]
        return (None if wrong else value), stream.text, wrong

    async def _ask(self, question: Question, turn: Turn | None = None, *, call: Call | None = None) -> None:
        """One call; its fields are told as they are closed. An answer about another paper is not heard to its end."""
        reading = self.reading
        await self.progress(Stage.ASKING)
        began, restarted = self.clock.monotonic(), list[Attempt]()
        async with aclosing(self.engine.ask(question)) as events:
            async for event in events:
                if isinstance(event, Delta):
                    if turn:
                        turn.pass_on()
                    await self._publish(reading.take(event.text))
                    if reading.verdict is IdentityVerdict.MISMATCH:
                        took_ms = round((self.clock.monotonic() - began) * 1000)
                        raise _wrong_paper(*restarted, Attempt(WrongPaperError.code, took_ms))
                elif isinstance(event, Completed):
                    reading.complete(event, call=call)
                else:
                    reading.restart()
                    restarted.append(event.attempt)
                    await self._reset(len(reading.attempts) + len(restarted) + 1)

    async def _repair(self, wrong: Sequence[str]) -> None:
        """One bounded second turn with the validator's or the grounding's messages; the better answer is kept."""
        reading = self.reading
        first = reading.snapshot()
        previous = reading.restart()
        await self._reset(len(reading.attempts) + 1)
        await self.progress(Stage.REPAIRING)
        try:
            await self._ask(replace(reading.question, repair=Repair(previous, tuple(wrong[:MAX_MESSAGES]))))
        except RunError as error:
            if not first.is_whole:
                raise
            reading.attempts.extend(error.attempts)
        if not reading.problems():
            await self._publish(reading.conclude())
        if first.is_whole and not reading.is_better_than(first):
            await self._reset(len(reading.attempts) + 1)
            await self._publish(reading.restore(first))

    async def _look_again(self) -> None:
        """Ask once more whether the quotes support the statements. When that fails, nothing is lost."""
        reading, stream = self.reading, AnswerStream()
        doubtful = second_look.worth_a_look(reading.said())
        if not doubtful:
            return
        await self.progress(Stage.LOOKING)
        prompt = second_look.ask(doubtful)
        question = replace(reading.question, prompt=prompt, wire_schema=second_look.SCHEMA, repair=None)
        try:
            async with aclosing(self.engine.ask(question)) as events:
                async for event in events:
                    if isinstance(event, Delta):
                        stream.feed(event.text)
                    elif isinstance(event, Completed):
                        reading.complete(event)
                    else:
                        stream.reset()
            answer = stream.whole()
        except RunError as error:
            reading.attempts.extend(error.attempts)
            return
        if not validate(second_look.SCHEMA, answer):
            await self._publish(reading.judge(doubtful, answer))

    async def _explain(self, *, extractive: bool) -> None:
        """Say why fields are empty, and whether a model may have missed what is there."""
        reading = self.reading
        candidates = {}
        if not extractive:
            paper = reading.question.extraction
            candidates = await self.absences.candidates(reading.persona, paper, reading.empty)
        reading.explain(candidates)

    async def _publish(self, closed: Sequence[dict[str, Any]]) -> None:
        for data in closed:
            await self._emit("field", data)

    async def _reset(self, attempt: int) -> None:
        await self._emit("reset", {"attempt": attempt})

    async def _emit(self, name: str, data: dict[str, Any]) -> None:
        await self.events.append(run_stream(self.reading.run.id), name, data)


def _wrong_paper(*attempts: Attempt) -> WrongPaperError:
    """For a call that was aborted, with the calls made before it."""
    error = WrongPaperError()
    error.attempts = attempts
    return error
