"""One conversation with an engine: ask, repair once, look again when asked to, say what is missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from server.application.absences import Absences
from server.application.answer_stream import AnswerStream
from server.application.passes import MAX_MESSAGES, Passes
from server.application.ports import Clock, Completed, Delta, Engine, Events, Question, Repair, Waiting
from server.application.reading import Reading
from server.application.turns import Turn
from server.application.waits import told_of
from server.domain import second_look
from server.domain.errors import AnswerInvalidError, RunError, WrongPaperError
from server.domain.ids import RunId
from server.domain.models import EngineKind
from server.domain.plans import Call
from server.domain.runs import Attempt, Stage
from server.domain.schema import validate
from server.domain.statements import IdentityVerdict


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
        call = await Passes(reading, self.engine, self.clock, self._emit).make(turn)
        if call is None:
            reading.close()
        elif call.ready is not None:
            reading.ask(call)
            await self._publish(reading.take(msgspec.json.encode(call.ready).decode()))
            reading.note("merged_without_model")
        else:
            await self._ask(reading.ask(call), turn, call=call)
        problems = reading.problems()
        if not problems:
            await self._publish(reading.conclude())
        wrong = [f"{p['path'] or '/'}: {p['message']}" for p in problems] or reading.unfound()
        if wrong and not extractive and not (call and call.ready is not None):
            await self._repair(wrong)
        if reading.draft and not reading.is_as_good_as(reading.draft):
            await self._reset(len(reading.account.attempts) + 1)
            await self._publish(reading.restore(reading.draft))
            reading.note("draft_kept")
        if problems := reading.problems():
            raise AnswerInvalidError(errors=problems)
        if reading.run.settings.second_look and not extractive:
            await self._look_again()
        await self._explain(extractive=extractive)

    async def adopt(self, answers: Sequence[Mapping[str, Any]]) -> None:
        """Bring the reading to its end with the first of these answers, made by others, that fits its shape. Nothing
        is asked but a second look.

        Raises:
            AnswerInvalidError: none fits.
        """
        reading = self.reading
        for wire in answers:
            closed = reading.adopt(wire)
            if not reading.problems():
                break
        else:
            raise AnswerInvalidError(errors=reading.problems())
        await self._publish(closed)
        if reading.run.settings.second_look:
            await self._look_again()
        await self._explain(extractive=False)

    async def progress(self, stage: Stage) -> None:
        await self._emit("progress", {"stage": stage.value, "done": 0, "total": 1})

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
                    if reading.grounded.verdict is IdentityVerdict.MISMATCH:
                        took_ms = round((self.clock.monotonic() - began) * 1000)
                        raise _wrong_paper(*restarted, Attempt(WrongPaperError.code, took_ms))
                elif isinstance(event, Completed):
                    reading.complete(event, call=call)
                elif isinstance(event, Waiting):
                    await self._emit("progress", told_of(event, Stage.ASKING))
                else:
                    reading.restart()
                    restarted.append(event.attempt)
                    await self._reset(len(reading.account.attempts) + len(restarted) + 1)
                    await self._publish(reading.settled())

    async def _repair(self, wrong: Sequence[str]) -> None:
        """One bounded second turn with the validator's or the grounding's messages; the better answer is kept."""
        reading = self.reading
        first = reading.snapshot()
        previous = reading.restart()
        await self._reset(len(reading.account.attempts) + 1)
        await self._publish(reading.settled())
        await self.progress(Stage.REPAIRING)
        try:
            await self._ask(replace(reading.question, repair=Repair(previous, tuple(wrong[:MAX_MESSAGES]))))
        except RunError as error:
            if not first.is_whole:
                raise
            reading.account.attempts.extend(error.attempts)
        if not reading.problems():
            await self._publish(reading.conclude())
        if first.is_whole and not reading.is_better_than(first):
            await self._reset(len(reading.account.attempts) + 1)
            await self._publish(reading.restore(first))

    async def _look_again(self) -> None:
        """Ask once more whether the quotes support the statements. When that fails, nothing is lost."""
        reading, stream = self.reading, AnswerStream()
        doubtful = second_look.worth_a_look(reading.grounded.said())
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
                    elif isinstance(event, Waiting):
                        await self._emit("progress", told_of(event, Stage.LOOKING))
                    else:
                        stream.reset()
            answer = stream.whole()
        except RunError as error:
            reading.account.attempts.extend(error.attempts)
            return
        if not validate(second_look.SCHEMA, answer):
            await self._publish(reading.grounded.judge(doubtful, answer))

    async def _explain(self, *, extractive: bool) -> None:
        """Say why fields are empty, and whether a model may have missed what is there."""
        reading = self.reading
        candidates = {}
        if not extractive:
            asked = reading.question
            candidates = await self.absences.candidates(
                reading.persona, asked.extraction, reading.empty, follow_up=asked.follow_up
            )
        reading.explain(candidates)

    async def _publish(self, closed: Iterable[dict[str, Any]]) -> None:
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
