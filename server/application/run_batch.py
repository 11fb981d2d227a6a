"""Move batches on: see what has ended, start the next runs, a few at a time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import groupby
from uuid import uuid4

from server.application.curtain import hidden_runs
from server.application.ports import UnitOfWork, UnitOfWorkFactory
from server.application.spending import Bill
from server.application.start_run import RunRequest, Started, StartRun
from server.domain.batches import Batch, BatchItem, BatchStatus, ItemStatus, tomorrow
from server.domain.errors import (
    BusyError,
    ConflictError,
    InvalidRequestError,
    NotFoundError,
    OverBudgetError,
    PersonaInvalidError,
    YomiError,
)
from server.domain.ids import BatchId, PaperId, RunId
from server.domain.papers import Paper, PaperStatus, Problem
from server.domain.runs import Run, RunStatus

log = logging.getLogger(__name__)

BUSY_S = 0.5
"""Between two looks while a batch is under way."""
IDLE_S = 10.0
"""Between two looks while there is none: a batch that another process took in is found then."""
MIN_WINDOW = 16
LEASE = timedelta(seconds=10)
"""For so long one process moves a batch on, before another may; it saves work, nothing depends on it."""


@dataclass
class _Offer:
    """What may become of some items, with nothing recorded yet."""

    prepared: list[tuple[BatchItem, Started]] = field(default_factory=list)
    settled: list[BatchItem] = field(default_factory=list)
    """There is nothing to run."""
    bill: Bill = field(default_factory=Bill)


@dataclass
class RunBatches:
    """Feeds the queue from the batches of one owner. Any number of processes may: what one has done, the others find
    done, and a step that was cut off is done again without harm.

    People's own runs are not kept waiting: a batch adds runs only while fewer than `window` wait, whoever started
    those.
    """

    unit_of_work: UnitOfWorkFactory
    start_run: StartRun
    window: int = MIN_WINDOW
    busy_s: float = BUSY_S
    _woken: asyncio.Event = field(default_factory=asyncio.Event)
    _me: str = field(default_factory=lambda: uuid4().hex)

    async def forever(self) -> None:
        """Feed until cancelled."""
        while True:
            active = False
            try:
                active = await self()
            except YomiError as error:  # a database that is away for a moment comes back
                log.warning("batches not moved on: %s", error.code)
            except Exception as error:  # noqa: BLE001 (one bad batch must not stop all others for good)
                log.error("batches not moved on: %s", type(error).__name__)  # noqa: TRY400
            self._woken.clear()
            try:
                async with asyncio.timeout(self.busy_s if active else IDLE_S):
                    await self._woken.wait()
            except TimeoutError:
                pass

    def wake(self) -> None:
        """There is something to do: look at once."""
        self._woken.set()

    async def __call__(self) -> bool:
        """One step of every batch. Returns whether any is under way."""
        async with self.unit_of_work() as uow:
            batches = await uow.batches.active(owner=self.start_run.owner)
        for batch in batches:
            if await self._is_mine(batch):
                await self.step(batch.id)
        return any(batch.status is BatchStatus.RUNNING for batch in batches)

    async def _is_mine(self, batch: Batch) -> bool:
        """Whether this process is the one that moves it on, for a while."""
        now = self.start_run.clock.now()
        if batch.feeder == self._me and batch.fed_until and now < batch.fed_until - LEASE / 2:
            return True
        async with self.unit_of_work() as uow:
            await uow.batches.alone()
            kept = await uow.batches.get(batch.id)
            held = kept and kept.feeder != self._me and kept.fed_until and now < kept.fed_until
            if kept is None or held:
                return False
            await uow.batches.save(replace(kept, feeder=self._me, fed_until=now + LEASE))
            await uow.commit()
        return True

    async def step(self, batch_id: BatchId) -> None:
        """Settle what has ended, start what may be, and end the batch when nothing is left."""
        await self._settle(batch_id)
        async with self.unit_of_work() as uow:
            batch = await uow.batches.get(batch_id)
        if batch is None or batch.status.is_over:
            return
        if batch.status is BatchStatus.PAUSED:
            batch = await self._resumed(batch)
        if batch.status is BatchStatus.RUNNING:
            await self._release(batch)
            await self._end(batch_id)

    async def _settle(self, batch_id: BatchId) -> None:
        """Take over how runs ended. Looked at first without holding anybody up."""
        async with self.unit_of_work() as uow:
            ended, free = await self._news(uow, batch_id)
        if free and self._executes_alone:
            await self._take_over(free)
        if not ended:
            return
        async with self.unit_of_work() as uow:
            await uow.batches.alone()
            batch = await uow.batches.get(batch_id)
            ended, _ = await self._news(uow, batch_id)
            if batch is None or batch.status.is_over or not ended:
                return
            await uow.batches.save_items([item for item, _ in ended])
            over = [(item, run) for item, run in ended if item.status.is_over]
            now = self.start_run.clock.now()
            batch = batch.settle(over, at=now) if over else batch
            refused = next((run for item, run in ended if run and not item.status.is_over), None)
            if refused and refused.error:
                batch = batch.pause(refused.error, until=tomorrow(now))
            await uow.batches.save(batch)
            await uow.commit()

    async def _news(
        self, uow: UnitOfWork, batch_id: BatchId
    ) -> tuple[list[tuple[BatchItem, Run | None]], list[Run]]:
        """Items that have changed with their runs; and the runs that nobody executes."""
        items = await uow.batches.items(batch_id, status=ItemStatus.RUNNING)
        runs = await uow.batches.runs({item.run_id for item in items if item.run_id})
        now = self.start_run.clock.now()
        ended, free = list[tuple[BatchItem, Run | None]](), list[Run]()
        for item in items:
            run = runs.get(RunId(str(item.run_id)))
            followed = item.follows(run)
            if followed != item:
                ended.append((followed, run))
            elif run and _is_free(run, now):
                free.append(run)
        return ended, free

    @property
    def _executes_alone(self) -> bool:
        """Whether nobody else takes up what is left behind: so it is for a command line."""
        return self.start_run.owner.startswith("cli:")

    async def _take_over(self, runs: Sequence[Run]) -> None:
        """Runs that an interrupted command line left become this one's."""
        mine = self.start_run.owner
        for run in runs:
            if run.owner != mine:
                async with self.unit_of_work() as uow:
                    await uow.runs.save(replace(run, owner=mine))
                    await uow.commit()
        await self.start_run.jobs.execute_runs([run.id for run in runs])

    async def _resumed(self, batch: Batch) -> Batch:
        """Running again, if it is time."""
        now = self.start_run.clock.now()
        if batch.resumes_at and now < batch.resumes_at:
            return batch
        async with self.unit_of_work() as uow:
            await uow.batches.alone()
            kept = await uow.batches.get(batch.id)
            if kept is None or kept.status is not BatchStatus.PAUSED:
                return kept or batch
            batch = kept.resume(at=now)
            await uow.batches.save(batch)
            await uow.commit()
        return batch

    async def _release(self, batch: Batch) -> None:
        """Start the next papers' readers, as many as there is room for; all readers of a paper together."""
        moved = True
        while moved:
            async with self.unit_of_work() as uow:
                owner = self.start_run.owner
                room = self.window - await uow.runs.waiting(owner=owner, at_most=self.window)
                if room <= 0:
                    return
                # A group that begins within the room ends within this.
                ready = await uow.batches.ready(batch.id, limit=room + len(batch.readers))
                papers = await uow.batches.papers({item.paper_id for item in ready})
            moved = False
            for paper_id, group in groupby(ready, key=lambda item: item.paper_id):
                if room <= 0:
                    return
                try:
                    queued = await self._release_paper(batch, list(group), papers.get(paper_id))
                except OverBudgetError as error:
                    await self._pause(batch.id, error)
                    return
                except BusyError:
                    return
                except (ConflictError, NotFoundError):  # read again, or deleted, since we looked
                    continue
                if queued is None:
                    return
                room, moved = room - queued, True

    async def _release_paper(self, batch: Batch, items: list[BatchItem], paper: Paper | None) -> int | None:
        """Start the readers of one paper, or say why not. Returns how many runs were queued; None: somebody else moved
        the batch on."""
        offer = await self._offer(batch, items, paper)
        settled = list(offer.settled)
        queued = list[RunId]()
        async with self.unit_of_work() as uow:
            await uow.batches.alone()
            kept = await uow.batches.get(batch.id)
            first, last = items[0].number, items[-1].number
            now = await uow.batches.items(batch.id, after=first - 1, limit=last - first + 1)
            waiting = {item.number for item in now if item.status is ItemStatus.WAITING}
            if kept is None or kept.status is not BatchStatus.RUNNING or not waiting:
                return None
            for item, started in offer.prepared:
                if item.number in waiting:
                    run, shared = await self._recorded(uow, started)
                    settled.append(item.runs(run, shared=shared).follows(run))
                    if not shared:
                        queued.append(run.id)
            await self.start_run.admit(uow, len(queued))
            await self.start_run.reserve(uow, {id_: offer.bill[id_] for id_ in queued if id_ in offer.bill})
            await uow.batches.save_items([item for item in settled if item.number in waiting])
            await uow.commit()
        await self.start_run.jobs.execute_runs(queued)
        return len(queued)

    async def _offer(self, batch: Batch, items: Sequence[BatchItem], paper: Paper | None) -> _Offer:
        """What may become of the items of one paper. Slow, so before the transaction that records it."""
        if paper is None:
            return _Offer(settled=[item.goes() for item in items])
        if paper.status is PaperStatus.REFUSED:
            why = paper.error or Problem("malformed", {})
            return _Offer(settled=[item.fails(why) for item in items])
        offer = _Offer()
        for item in items:
            try:
                started = await self._prepare(batch, item)
                if not started.reused:
                    offer.bill.update(await self.start_run.bill([started.run]))
                offer.prepared.append((item, started))
            except (NotFoundError, InvalidRequestError, PersonaInvalidError) as error:
                if isinstance(error, NotFoundError) and error.data["kind"] == "paper":
                    raise
                offer.settled.append(item.fails(Problem(error.code, error.data)))
        return offer

    async def _prepare(self, batch: Batch, item: BatchItem) -> Started:
        return await self.start_run.prepare(
            RunRequest(
                paper_id=PaperId(item.paper_id),
                reader=batch.readers[item.reader],
                interface_language=batch.interface_language,
                workspace_id=batch.workspace_id,
            )
        )

    async def _recorded(self, uow: UnitOfWork, started: Started) -> tuple[Run, bool]:
        """The run that answers an item, and whether it was there already: finished, or under way."""
        if started.reused:
            return started.run, True
        key = str(started.run.reuse_key)
        equal = await uow.runs.reusable(started.run.workspace_id, key)
        others = [equal] if equal else await uow.batches.under_way(started.run.workspace_id, key)
        for run in others:
            if self._may_share(run) and not await hidden_runs(uow, [run.id], viewer=None):
                return run, True
        await uow.runs.add(started.run)
        return started.run, False

    def _may_share(self, run: Run) -> bool:
        """A run under way is waited for only if it will surely be executed: by the same owner, or, when that was a
        command line that is gone, by this one."""
        if run.status.is_over or run.owner == self.start_run.owner:
            return True
        return self._executes_alone and run.owner.startswith("cli:")

    async def _pause(self, batch_id: BatchId, error: OverBudgetError) -> None:
        async with self.unit_of_work() as uow:
            await uow.batches.alone()
            batch = await uow.batches.get(batch_id)
            if batch and batch.status is BatchStatus.RUNNING:
                until = tomorrow(self.start_run.clock.now())
                await uow.batches.save(batch.pause(Problem(error.code, error.data), until=until))
                await uow.commit()

    async def _end(self, batch_id: BatchId) -> None:
        """Say that it is over, when nothing is left to do."""
        async with self.unit_of_work() as uow:
            if await _has_work(uow, batch_id):
                return
            await uow.batches.alone()
            batch = await uow.batches.get(batch_id)
            if batch and not batch.status.is_over and not await _has_work(uow, batch_id):
                await uow.batches.save(batch.end(BatchStatus.FINISHED, at=self.start_run.clock.now()))
                await uow.commit()


async def _has_work(uow: UnitOfWork, batch_id: BatchId) -> bool:
    for status in ItemStatus:
        if not status.is_over and await uow.batches.items(batch_id, limit=1, status=status):
            return True
    return False


def _is_free(run: Run, now: datetime) -> bool:
    if run.status is RunStatus.RUNNING:
        return run.lease_until is not None and run.lease_until < now
    return run.status is RunStatus.QUEUED
