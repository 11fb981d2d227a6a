"""Execute a recorded run: compose, ask, ground field by field, repair once, keep."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from server.application.absences import Absences
from server.application.choose_examples import ChooseExamples
from server.application.contexts import Contexts
from server.application.conversation import Conversation, run_stream
from server.application.ensemble import PLANNED_ANEW, Ensemble
from server.application.fallback import Fallback, account
from server.application.handing_back import left_for_later, load
from server.application.held_events import HeldEvents
from server.application.indexes import Indexes
from server.application.leases import LEASE, Lease
from server.application.patience import BUGS, Patience, is_away, unbroken
from server.application.personas import PersonaShelf
from server.application.ports import (
    Bells,
    Clock,
    Events,
    ExtractionStore,
    Models,
    Question,
    RecordedCall,
    UnitOfWorkFactory,
)
from server.application.ports.calls import Place
from server.application.ports.telemetry import UNWATCHED, Telemetry
from server.application.prompting import Prompting
from server.application.quick_work import QuickWork
from server.application.reading import Reading, open_reading
from server.application.recorded import Journal
from server.application.run_ends import failed, finished
from server.application.traces import where
from server.application.turns import Turns
from server.domain.contexts.choices import Strategy
from server.domain.ensembles.lineup import ensemble_of
from server.domain.errors import (
    ContextTooLongError,
    InternalError,
    NotFoundError,
    RunError,
    YomiError,
)
from server.domain.extractions import Extraction
from server.domain.follow_up_personas import asked_by
from server.domain.identity import Identity
from server.domain.ids import RunId
from server.domain.models import EngineKind, ModelSpec
from server.domain.personas import Persona
from server.domain.runs import Run, RunStatus, Stage

log = logging.getLogger(__name__)


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
    contexts: Contexts = field(default_factory=Contexts)
    bells: Bells | None = None
    """Through which it is heard at once that a run is cancelled; None: when its lease is renewed."""
    patience: Patience = field(default_factory=Patience)
    quick_work: QuickWork = field(default_factory=QuickWork)
    telemetry: Telemetry = UNWATCHED
    fallback_models: tuple[str, ...] = ()
    """Who answers when a model cannot, for personas that do not say."""
    is_swept: bool = True
    """Whether somebody takes up what is handed back. Who works alone fails instead."""

    async def __call__(self, run_id: RunId, *, placed: Callable[[], None] = lambda: None) -> None:
        """
        Args:
            placed: Called when the run stands in line, so that whoever starts several can keep them in order.
        """
        since = self.clock.monotonic()
        async with self.unit_of_work() as uow:
            now = self.clock.now()
            run = await uow.runs.claim(run_id, now=now, lease_until=now + LEASE)
            await uow.commit()
        if run is None:
            return
        run = replace(run, started_at=run.started_at or self.clock.now())
        lease = Lease(run, self.unit_of_work, self.clock, self.patience, self.bells, since)
        task = asyncio.current_task()
        cancelled = task.cancelling() if task else 0
        with self.telemetry.running(run):
            try:
                async with lease.renewed():
                    await self._bring_to_end(lease, placed)
            except asyncio.CancelledError:
                if lease.is_lost and task and task.uncancel() <= cancelled:
                    return  # cancelled, deleted or taken over: not ours to speak for
                await asyncio.shield(self._hand_back(run))
                raise

    async def first_question(self, run: Run) -> Question:
        """What a queued run would ask first, for whoever has it answered another way (`record_answer`).

        Raises:
            YomiError: it would end without asking.
        """
        reading = await self._open(run)
        call = reading.plan.next(())
        return reading.question if call is None else reading.ask(call)

    async def only_question(self, run: Run) -> Question | None:
        """The same of a run that asks nothing else but repairs; None: it takes several calls.

        Raises:
            YomiError: it would end without asking.
        """
        reading = await self._open(run)
        call = reading.plan.next(()) if reading.plan.calls == 1 and not run.members else None
        return None if call is None or call.ready is not None else reading.ask(call)

    async def _bring_to_end(self, lease: Lease, placed: Callable[[], None]) -> None:
        events = HeldEvents(self.events, lease)
        journal = Journal(lease, events, self.run_timeout_s)
        ended = await self._execute(lease.run, journal, placed)
        try:
            if ended.status.is_over:
                with suppress(*BUGS):  # it ended with that already
                    await events.settle()
            await unbroken(self._keep(ended, lease))
        except Exception as error:  # noqa: BLE001 (storage was away for minutes)
            # Whoever takes it up when the lease has passed finds its answers.
            log.error("run not kept: %s", type(error).__name__)  # noqa: TRY400

    async def _execute(self, run: Run, journal: Journal, placed: Callable[[], None]) -> Run:
        """The run as it ended, or queued for later where what it is made of is away; never raises but on cancellation."""
        reading: Reading | None = None
        try:
            journal.known = await load(lambda: self._calls(run), self.patience)
            if run.fence > 1:
                await self._emit(journal, "reset", {"attempt": run.fence})
            await self._emit(journal, "started", {})
            reading, planned_anew = await load(lambda: self._open(run), self.patience), 0
            while True:
                try:
                    await self._read(reading, journal, placed)
                    return self._finished(reading, journal)
                except ContextTooLongError as error:
                    if planned_anew == PLANNED_ANEW:
                        raise
                    planned_anew += 1
                    reading = await self._shorter(reading, error)
                    await self._emit(journal, "reset", {"attempt": len(reading.account.attempts) + 1})
                except RunError as error:
                    reading, planned_anew = await self._instead(reading, journal, error), 0
        except YomiError as error:
            if self.is_swept and is_away(error):
                return left_for_later(run, error, now=self.clock.now())
            return failed(run, error, reading, usage=journal.usage, at=self.clock.now())
        except Exception as error:  # noqa: BLE001 (a bug of ours must not leave the run unfinished)
            log.error("run failed: %s\n%s", type(error).__name__, where(error))  # noqa: TRY400
            return failed(run, InternalError(), reading, usage=journal.usage, at=self.clock.now())

    async def _open(self, run: Run) -> Reading:
        spec = self.models.get(run.model)
        async with self.unit_of_work() as uow:
            paper = await uow.papers.get(run.paper_id)
        extraction = await self.extractions.get(run.workspace_id, run.extraction_id)
        if paper is None or extraction is None:
            raise NotFoundError(kind="extraction", id=run.extraction_id)
        persona = asked_by(run, await self.shelf.of_run(run.persona, workspace_id=run.workspace_id))
        identity = paper.identity(extraction.identity)
        run = replace(run, language=run.language or extraction.language)
        return await self._reading(run, persona, extraction, identity, spec=spec)

    async def _reading(
        self, run: Run, persona: Persona, extraction: Extraction, identity: Identity, *, spec: ModelSpec
    ) -> Reading:
        """A reading that has not begun."""
        choose = ChooseExamples(self.shelf.parser, self.unit_of_work, self.extractions)
        shown = await self.patience(lambda: choose(persona, extraction, identity, run=run))
        index = await self.indexes.of(extraction)
        extraction = index.extraction  # one copy for all readers of a paper
        means = await self.contexts.means(
            extraction, spec, fields=persona.fields, strategy=run.settings.context or persona.context
        )
        plan = await self.quick_work(
            (extraction.id, persona.digest, means.window, run.settings, len(shown.examples)),
            partial(
                self.prompting.plan,
                persona,
                extraction,
                identity,
                run=run,
                spec=spec,
                shown=shown,
                means=replace(means, quotes=index),
            ),
        )
        return open_reading(
            run,
            persona,
            extraction,
            identity=identity,
            index=index,
            plan=plan,
            model=spec,
            deadline_s=self.run_timeout_s,
            shown=shown,
            has_alternative=Fallback(self.models, self.fallback_models).after(run, persona, spec) is not None,
        )

    async def _shorter(self, reading: Reading, error: ContextTooLongError) -> Reading:
        """The reading anew with what the endpoint said of its window, where that makes another plan.

        Raises:
            ContextTooLongError: the same one, where it makes none.
        """
        run, persona, extraction = reading.run, reading.persona, reading.index.extraction
        spec, sent = reading.question.model, reading.call
        only_full = (run.settings.context or persona.context) == Strategy.FULL
        heard = sum(attempt.outcome == "ok" for attempt in reading.account.attempts) > len(
            reading.account.passes
        )
        if only_full or heard or sent is None or not error.attempts or run.members:
            raise error
        if not self.contexts.refused(extraction, spec, error, estimated=sent.estimated_tokens):
            raise error
        again = await load(
            lambda: self._reading(run, persona, extraction, reading.grounded.identity, spec=spec),
            self.patience,
        )
        again.account.follow(reading.account)
        again.account.attempts.extend(error.attempts)
        return again

    async def _instead(self, reading: Reading, journal: Journal, error: RunError) -> Reading:
        """The reading anew, by who answers when the model that was asked cannot.

        Raises:
            RunError: the same one, where nobody does.
        """
        asked = reading.question.model
        run, spec = Fallback(self.models, self.fallback_models).instead(
            reading.run, reading.persona, asked, error
        )
        extraction = reading.index.extraction
        again = await load(
            lambda: self._reading(run, reading.persona, extraction, reading.grounded.identity, spec=spec),
            self.patience,
        )
        account(again, reading, error)
        journal.begin_again(error)
        await self._emit(journal, "reset", {"attempt": len(again.account.before) + 1})
        return again

    async def _read(self, reading: Reading, journal: Journal, placed: Callable[[], None]) -> None:
        spec = reading.question.model
        free = spec.engine is EngineKind.EXTRACTIVE
        engine = self.models.engine(spec) if free else journal.through(self.models.engine(spec))
        conversation = Conversation(reading, engine, journal.events, self.clock, self.absences)
        if free:
            if ensemble_of(reading.persona.ensemble, reading.run.settings):
                reading.note("ensemble_not_applied")
            placed()
            await conversation.hold()
            return
        await conversation.progress(Stage.WAITING)
        placed()
        if reading.run.members:
            await self._ensemble(conversation, journal).hold()
            return
        async with self.turns.take((reading.run.extraction_id, spec.base_url, spec.model)) as turn:
            await conversation.hold(turn if spec.shares_cache else None)

    def _ensemble(self, conversation: Conversation, journal: Journal) -> Ensemble:
        reading = conversation.reading

        async def open_member(run: Run, persona: Persona, spec: ModelSpec) -> Reading:
            return await self._reading(
                run, persona, reading.question.extraction, reading.grounded.identity, spec=spec
            )

        return Ensemble(
            conversation, self.shelf, self.models, self.turns, open_member, journal, self._shorter
        )

    def _finished(self, reading: Reading, journal: Journal) -> Run:
        ended = finished(reading, usage=journal.usage, at=self.clock.now())
        for estimated, billed in reading.account.bills:
            self.contexts.learn(
                reading.index.extraction, reading.question.model, estimated=estimated, billed=billed
            )
        return ended

    async def _keep(self, run: Run, lease: Lease) -> None:
        """Record how the run ended, and say so; unless it was cancelled, deleted or taken over meanwhile. One that is not
        over is left to whoever comes when its time has come."""

        async def save() -> bool:
            async with self.unit_of_work() as uow:
                kept = await uow.runs.save(run)
                if kept and run.status.is_over:
                    stream = run_stream(run.id)
                    for notice in run.warnings:
                        await uow.tell(stream, "warning", {"code": notice.code, "data": notice.data})
                    await uow.tell(stream, "finished", {"status": run.status.value})
                await uow.commit()
            return kept

        if await self.patience(lambda: lease.end(save)) and run.status.is_over:
            self.telemetry.run_ended(run)

    async def _hand_back(self, run: Run) -> None:
        """The process stops: leave the run to whoever comes next."""
        with suppress(Exception):
            async with self.unit_of_work() as uow:
                await uow.runs.save(replace(run, status=RunStatus.QUEUED, lease_until=None))
                await uow.commit()

    async def _calls(self, run: Run) -> Mapping[Place, RecordedCall]:
        """What was answered when it was executed before, or another way."""
        async with self.unit_of_work() as uow:
            return await uow.calls.of_run(run.id)

    @staticmethod
    async def _emit(journal: Journal, name: str, data: dict[str, Any]) -> None:
        await journal.events.append(run_stream(journal.lease.run.id), name, data)
