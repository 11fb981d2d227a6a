"""Execute a recorded run: compose, ask, ground field by field, repair once, keep."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from server.application.absences import Absences
from server.application.indexes import Indexes
from server.application.personas import PersonaShelf
from server.application.ports import (
    Clock,
    Completed,
    Delta,
    Engine,
    Events,
    ExtractionStore,
    Models,
    Question,
    Repair,
    UnitOfWorkFactory,
)
from server.application.prompting import Prompting
from server.application.reading import Reading
from server.application.traces import where
from server.application.turns import Turn, Turns
from server.domain.errors import (
    AnswerInvalidError,
    InternalError,
    RunError,
    UngroundedError,
    WrongPaperError,
    YomiError,
)
from server.domain.ids import RunId
from server.domain.models import EngineKind, ModelSpec
from server.domain.papers import Problem
from server.domain.runs import Attempt, Run, RunStatus, Stage, Usage
from server.domain.statements import IdentityVerdict

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=30)
RENEW_EVERY_S = 10.0
MAX_MESSAGES = 20
"""What a model is told is wrong in one repair turn."""
WHOLE_INPUT = 0.6
"""A server that bills less than this share of the estimate has probably cut the paper off."""


def run_stream(run_id: RunId) -> str:
    return f"run:{run_id}"


@dataclass(frozen=True)
class ExecuteRun:
    """Take a queued run and bring it to its end. Safe to call twice: only one caller gets the lease."""

    unit_of_work: UnitOfWorkFactory
    extractions: ExtractionStore
    indexes: Indexes
    shelf: PersonaShelf
    models: Models
    prompting: Prompting
    events: Events
    clock: Clock
    run_timeout_s: float
    turns: Turns = field(default_factory=Turns)
    absences: Absences = field(default_factory=Absences)

    async def __call__(self, run_id: RunId) -> None:
        async with self.unit_of_work() as uow:
            now = self.clock.now()
            run = await uow.runs.claim(run_id, now=now, lease_until=now + LEASE)
            await uow.commit()
        if run is None:
            return
        run = replace(run, started_at=run.started_at or self.clock.now())
        try:
            async with self._leased(run):
                ended = await self._execute(run)
        except asyncio.CancelledError:
            await asyncio.shield(self._hand_back(run))
            raise
        await self._keep(ended)

    async def _execute(self, run: Run) -> Run:
        """The run as it ended; never raises but on cancellation."""
        reading: Reading | None = None
        try:
            if run.fence > 1:
                await self._emit(run, "reset", {"attempt": run.fence})
            await self._emit(run, "started", {})
            reading = await self._open(run)
            await self._read(reading)
            return self._finished(reading)
        except YomiError as error:
            return self._failed(run, error, reading=reading)
        except Exception as error:  # noqa: BLE001 (a bug of ours must not leave the run unfinished)
            log.error("run failed: %s\n%s", type(error).__name__, where(error))  # noqa: TRY400
            return self._failed(run, InternalError(), reading=reading)

    async def _open(self, run: Run) -> Reading:
        spec = self.models.get(run.model)
        async with self.unit_of_work() as uow:
            paper = await uow.papers.get(run.paper_id)
        extraction = await self.extractions.get(run.workspace_id, run.extraction_id)
        if paper is None or extraction is None:
            raise InternalError
        persona = await self.shelf.of_run(run.persona, workspace_id=run.workspace_id)
        identity = paper.identity(extraction.identity)
        run = replace(run, language=run.language or extraction.language)
        asked = self.prompting.ask(persona, extraction, identity, run=run, spec=spec)
        return Reading(
            run=replace(run, input=asked.input),
            persona=persona,
            index=await self.indexes.of(extraction),
            identity=identity,
            question=Question(
                persona=persona,
                extraction=extraction,
                language=run.language,
                model=spec,
                settings=run.settings,
                prompt=asked.prompt,
                wire_schema=asked.wire_schema,
                max_output_tokens=asked.max_output_tokens,
                deadline_s=self.run_timeout_s,
            ),
        )

    async def _read(self, reading: Reading) -> None:
        spec = reading.question.model
        engine = self.models.engine(spec)
        if spec.engine is EngineKind.EXTRACTIVE:
            await self._ask(reading, engine, reading.question, None)
        else:
            await self._progress(reading.run, Stage.WAITING)
            async with self.turns.take((reading.run.extraction_id, spec.base_url, spec.model)) as turn:
                await self._ask(reading, engine, reading.question, turn if spec.shares_cache else None)
                problems = reading.problems()
                if not problems:
                    await self._publish(reading, reading.conclude())
                wrong = [f"{p['path'] or '/'}: {p['message']}" for p in problems] or reading.unfound()
                if wrong:
                    await self._repair(reading, engine, wrong)
        if problems := reading.problems():
            raise AnswerInvalidError(errors=problems)
        await self._publish(reading, reading.conclude())
        await self._explain(reading)

    async def _repair(self, reading: Reading, engine: Engine, wrong: Sequence[str]) -> None:
        """One bounded second turn with the validator's or the grounding's messages; the better answer is kept."""
        first = reading.snapshot()
        previous = reading.restart()
        await self._emit(reading.run, "reset", {"attempt": len(reading.attempts) + 1})
        await self._progress(reading.run, Stage.REPAIRING)
        question = replace(reading.question, repair=Repair(previous, tuple(wrong[:MAX_MESSAGES])))
        try:
            await self._ask(reading, engine, question, None)
        except RunError as error:
            if not first.is_whole:
                raise
            reading.attempts.extend(error.attempts)
        if not reading.problems():
            await self._publish(reading, reading.conclude())
        if first.is_whole and not reading.is_better_than(first):
            await self._emit(reading.run, "reset", {"attempt": len(reading.attempts) + 1})
            await self._publish(reading, reading.restore(first))

    async def _explain(self, reading: Reading) -> None:
        """Say why fields are empty, and whether a model may have missed what is there."""
        extractive = reading.question.model.engine is EngineKind.EXTRACTIVE
        candidates = {}
        if not extractive:
            extraction = reading.question.extraction
            candidates = await self.absences.candidates(reading.persona, extraction, reading.empty)
        run_input = _account(reading)["input"]
        reading.explain(truncated=bool(run_input and run_input.truncated), candidates=candidates)

    async def _ask(self, reading: Reading, engine: Engine, question: Question, turn: Turn | None) -> None:
        await self._progress(reading.run, Stage.ASKING)
        began, restarted = self.clock.monotonic(), list[Attempt]()
        async with aclosing(engine.ask(question)) as events:
            async for event in events:
                if isinstance(event, Delta):
                    if turn:
                        turn.pass_on()
                    await self._publish(reading, reading.take(event.text))
                    if reading.verdict is IdentityVerdict.MISMATCH:
                        took_ms = round((self.clock.monotonic() - began) * 1000)
                        raise _wrong_paper(*restarted, Attempt(WrongPaperError.code, took_ms))
                elif isinstance(event, Completed):
                    reading.complete(event)
                else:
                    reading.restart()
                    restarted.append(event.attempt)
                    attempt = len(reading.attempts) + len(restarted) + 1
                    await self._emit(reading.run, "reset", {"attempt": attempt})

    async def _publish(self, reading: Reading, closed: list[dict[str, Any]]) -> None:
        for data in closed:
            await self._emit(reading.run, "field", data)

    def _finished(self, reading: Reading) -> Run:
        if reading.final_verdict is IdentityVerdict.MISMATCH:
            raise WrongPaperError
        if not reading.is_grounded:
            raise UngroundedError
        return reading.run.finish(
            answer=reading.answer,
            statements=reading.statements,
            grounding=reading.grounding(),
            finished_at=self.clock.now(),
            **_account(reading),
        )

    def _failed(self, run: Run, error: YomiError, *, reading: Reading | None) -> Run:
        changes: dict[str, Any] = {"finished_at": self.clock.now()}
        if reading:
            run = reading.run
            changes |= _account(reading)
            changes["attempts"] = (*changes["attempts"], *getattr(error, "attempts", ()))
            if isinstance(error, (WrongPaperError, UngroundedError)):
                changes["rejected_answer"] = reading.rejected
        if not isinstance(error, RunError):
            error = error if error.code in ("not_found", "persona_invalid") else InternalError()
        return run.fail(Problem(error.code, error.data), **changes)

    async def _keep(self, run: Run) -> None:
        async with self.unit_of_work() as uow:
            kept = await uow.runs.save(run)
            await uow.commit()
        if not kept:  # cancelled, deleted or taken over meanwhile: not ours to speak for
            return
        for notice in run.warnings:
            await self._emit(run, "warning", {"code": notice.code, "data": notice.data})
        await self._emit(run, "finished", {"status": run.status.value})

    async def _hand_back(self, run: Run) -> None:
        """The process stops: leave the run to whoever comes next."""
        with suppress(Exception):
            async with self.unit_of_work() as uow:
                await uow.runs.save(replace(run, status=RunStatus.QUEUED, lease_until=None))
                await uow.commit()

    @asynccontextmanager
    async def _leased(self, run: Run) -> AsyncIterator[None]:
        """Keep the lease while the body runs."""

        async def renew() -> None:
            while True:
                await asyncio.sleep(RENEW_EVERY_S)
                try:
                    async with self.unit_of_work() as uow:
                        await uow.runs.save(replace(run, lease_until=self.clock.now() + LEASE))
                        await uow.commit()
                except Exception as error:  # noqa: BLE001 (storage that falters once must not cost a paid answer)
                    log.warning("lease not renewed: %s", type(error).__name__)

        task = asyncio.create_task(renew())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _progress(self, run: Run, stage: Stage) -> None:
        await self._emit(run, "progress", {"stage": stage.value, "done": 0, "total": 1})

    async def _emit(self, run: Run, name: str, data: dict[str, Any]) -> None:
        await self.events.append(run_stream(run.id), name, data)


def _wrong_paper(*attempts: Attempt) -> WrongPaperError:
    """For a call that was aborted, with the calls made before it."""
    error = WrongPaperError()
    error.attempts = attempts
    return error


def _account(reading: Reading) -> dict[str, Any]:
    """What a run records of its calls, however it ended."""
    billed = reading.usage.input_tokens
    run_input = reading.run.input
    if run_input and billed is not None and sum(a.outcome == "ok" for a in reading.attempts) == 1:
        truncated = billed < WHOLE_INPUT * run_input.estimated_tokens
        run_input = replace(run_input, billed_tokens=billed, truncated=truncated)
    return {
        "input": run_input,
        "usage": _priced(reading.usage, reading.question.model),
        "attempts": tuple(reading.attempts),
        "warnings": reading.warnings(run_input),
        "response": reading.stream.text or None,
        "language": reading.language,
    }


def _priced(usage: Usage, spec: ModelSpec) -> Usage:
    """Usage with its cost in US dollars, where prices are configured."""
    prices = spec.prices
    if prices is None or usage.input_tokens is None or usage.output_tokens is None:
        return usage
    cached = usage.cached_tokens or 0
    rate = prices.cached_input if prices.cached_input is not None else prices.input
    cost = (usage.input_tokens - cached) * prices.input + cached * rate + usage.output_tokens * prices.output
    return replace(usage, cost_usd=round(cost / 1_000_000, 6))
