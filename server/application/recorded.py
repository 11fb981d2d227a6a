"""Keep the answers of models as they come, so that a run that is taken up again is not asked, and paid, twice."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
from collections import Counter
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from datetime import datetime

from server.application.held_events import HeldEvents
from server.application.leases import Lease
from server.application.patience import unbroken
from server.application.ports import (
    Completed,
    Delta,
    Engine,
    EngineEvent,
    Question,
    RecordedCall,
    Restarted,
    UnitOfWork,
)
from server.application.ports.calls import Place
from server.application.pricing import priced, sum_of
from server.domain.budgets import estimate_tokens
from server.domain.errors import (
    ContentFilterError,
    ContextTooLongError,
    RefusedError,
    RunError,
    RunTimeoutError,
    TruncatedError,
    error_of,
)
from server.domain.ids import RunId
from server.domain.papers import Problem
from server.domain.runs import Attempt, Usage

log = logging.getLogger(__name__)

ANSWERS = (TruncatedError, RefusedError, ContentFilterError, ContextTooLongError)
"""What is the model's own word on a question: asked again, it would say the same. All other errors may pass."""

UNTRIED = "abandoned"
"""Outcome of an attempt that was broken off by who asked."""


def asked_of(question: Question, *, member: int | None = None) -> str:
    """SHA-256 of all of a question that its answer may depend on.

    Args:
        member: Of an ensemble, whose members may be asked the same at the same time.
    """
    spec, settings, repair = question.model, question.settings, question.repair
    parts = [
        spec.engine,
        spec.base_url,
        spec.model,
        question.prompt.digest,
        question.wire_schema,
        question.max_output_tokens,
        question.language,
        (settings.temperature, settings.seed, settings.reasoning_effort),
        (repair.previous, repair.messages) if repair else None,
        member,
    ]
    text = json.dumps(parts, ensure_ascii=False, separators=(",", ":"), default=dict)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


async def record_answer(
    uow: UnitOfWork,
    run_id: RunId,
    question: Question,
    call: RecordedCall,
    *,
    member: int | None = None,
    number: int = 1,
) -> bool:
    """Keep an answer that came another way: whoever executes the run will not ask for it. The caller commits.

    Args:
        number: For the how manieth time within the run the question is asked.

    Returns:
        False: the run is over or gone.
    """
    return await uow.calls.add(run_id, (asked_of(question, member=member), number), call)


@dataclass
class Journal:
    """The calls of one execution of a run, from first to last: what they were answered, what they took, and how long
    they may still take."""

    lease: Lease
    events: HeldEvents
    timeout_s: float
    """For all calls together, from the first one that is really made."""
    known: Mapping[Place, RecordedCall] = field(default_factory=dict)
    """From earlier executions."""
    usage: Usage = field(default_factory=Usage)
    """Of all calls so far, however they ended, with their cost where prices are known."""
    _asked: Counter[str] = field(default_factory=Counter)
    _ends: float | None = None

    def through(self, engine: Engine, *, member: int | None = None) -> RecordedEngine:
        """The engine as this run asks it."""
        return RecordedEngine(self, engine, member)

    def place_of(self, question: Question, *, member: int | None) -> Place:
        asked = asked_of(question, member=member)
        self._asked[asked] += 1
        return asked, self._asked[asked]

    def count(self, usage: Usage) -> None:
        self.usage = sum_of(self.usage, usage)

    async def allow(self) -> float:
        """Return when a call may be made; seconds that it may take.

        Raises:
            RunTimeoutError: there is no time left.
        """
        await self.events.settle()
        now = self.lease.clock.monotonic()
        if self._ends is None:
            self._ends = now + self.timeout_s
        left = self._ends - now
        if left <= 0:
            raise self.late()
        return left

    def begin_again(self, error: RunError) -> None:
        """Another model answers instead; when the first one took all the time, it has as much."""
        if isinstance(error, RunTimeoutError):
            self._ends = None

    def late(self) -> RunTimeoutError:
        seconds = self.timeout_s
        return RunTimeoutError(seconds=int(seconds) if seconds == int(seconds) else seconds)

    async def keep(self, place: Place, call: RecordedCall) -> None:
        """Commit it. An answer that cannot be kept for minutes is used all the same."""
        try:
            open_ = await unbroken(self.lease.patience(lambda: self._add(place, call)))
        except Exception as error:  # noqa: BLE001 (whatever storage says: the answer is here)
            log.warning("answer used without being kept: %s", type(error).__name__)
            return
        if not open_:
            self.lease.lose()
            await self.lease.sure()

    async def _add(self, place: Place, call: RecordedCall) -> bool:
        async with self.lease.unit_of_work() as uow:
            open_ = await uow.calls.add(self.lease.run.id, place, call)
            await uow.commit()
        return open_


@dataclass
class RecordedEngine:
    """An `Engine` that asks another one only what is not known yet, and lets nobody see the end of an answer before it
    is kept."""

    journal: Journal
    engine: Engine
    member: int | None = None
    usage: Usage = field(default_factory=Usage)
    """Of all calls made through this one."""

    async def ask(self, question: Question) -> AsyncGenerator[EngineEvent]:
        place = self.journal.place_of(question, member=self.member)
        known = self.journal.known.get(place)
        if known is not None:
            self._count(known.usage)
            if known.text:
                yield Delta(known.text)
            if known.error:
                raise _failure(known, known.error)
            if known.is_whole:
                yield _completed(known)
                return
            yield Restarted(Attempt(UNTRIED, 0))
        left_s = await self.journal.allow()
        async with aclosing(self._asked(replace(question, deadline_s=left_s), place)) as events:
            async for event in events:
                yield event

    async def close(self) -> None:
        await self.engine.close()

    async def _asked(self, question: Question, place: Place) -> AsyncGenerator[EngineEvent]:
        """Really."""
        said: list[str] = []
        try:
            async with aclosing(self.engine.ask(question)) as events:
                async for event in events:
                    if isinstance(event, Delta):
                        said.append(event.text)
                    elif isinstance(event, Completed):
                        call = self._ended(question, "".join(said), event)
                        await self.journal.keep(place, call)
                        yield _completed(call)
                        continue
                    elif isinstance(event, Restarted):
                        said.clear()
                    yield event
        except RunError as error:
            failure = await self._failed(question, place, "".join(said), error)
            if failure is error:
                raise
            raise failure from error
        except GeneratorExit:
            await self._abandoned(question, place, "".join(said))
            raise

    def _ended(self, question: Question, text: str, event: Completed) -> RecordedCall:
        usage = priced(event.usage, question.model)
        call = RecordedCall(
            self._now(),
            text,
            usage=sum_of(priced(event.wasted, question.model), usage),
            attempts=event.attempts,
            language=event.language,
            warnings=event.warnings,
            answer_usage=usage,
        )
        self._count(call.usage)
        return call

    async def _failed(self, question: Question, place: Place, text: str, error: RunError) -> RunError:
        usage = priced(error.usage or Usage(), question.model)
        if usage == Usage() and text:
            usage = estimated(question, text)
        self._count(usage)
        if isinstance(error, RunTimeoutError):
            late = self.journal.late()
            late.attempts = error.attempts
            error = late
        error.usage = usage
        if isinstance(error, ANSWERS):
            call = RecordedCall(
                self._now(),
                text,
                usage=usage,
                attempts=error.attempts,
                error=Problem(error.code, error.data),
            )
            await self.journal.keep(place, call)
        return error

    async def _abandoned(self, question: Question, place: Place, text: str) -> None:
        """Who asked has heard enough. (Who is cancelled has not: the same will be asked again.)"""
        task = asyncio.current_task()
        if not text or self.journal.lease.is_lost or (task and task.cancelling()):
            return
        usage = estimated(question, text)
        self._count(usage)
        await self.journal.keep(place, RecordedCall(self._now(), text, usage=usage, is_whole=False))

    def _count(self, usage: Usage) -> None:
        self.usage = sum_of(self.usage, usage)
        self.journal.count(usage)

    def _now(self) -> datetime:
        return self.journal.lease.clock.now()


def estimated(question: Question, text: str) -> Usage:
    """Of a call that was broken off: what it is billed, nobody tells. Nothing where there are no prices."""
    if question.model.prices is None:
        return Usage()
    sent = sum(estimate_tokens(message.content) for message in question.prompt.messages)
    return priced(Usage(input_tokens=sent, output_tokens=estimate_tokens(text)), question.model)


def _completed(call: RecordedCall) -> Completed:
    return Completed(call.answer_usage, call.attempts, language=call.language, warnings=call.warnings)


def _failure(call: RecordedCall, problem: Problem) -> RunError:
    error = error_of(problem.code, dict(problem.data))
    assert isinstance(error, RunError)  # noqa: S101 (only those are kept)
    error.attempts, error.usage = call.attempts, call.usage
    return error
