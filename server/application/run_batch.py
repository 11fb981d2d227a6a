"""Move batches on: see what has ended, start the next runs, a few at a time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import uuid4

from server.application.ports import UnitOfWork, UnitOfWorkFactory
from server.application.release_items import ReleaseItems, executes_alone
from server.application.send_in_bulk import SendInBulk
from server.application.start_run import StartRun
from server.domain.batches import Batch, BatchItem, BatchStatus, ItemStatus, tomorrow
from server.domain.errors import (
    YomiError,
)
from server.domain.ids import BatchId, RunId
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
    renew_s: float = LEASE.total_seconds() / 4
    bulk: SendInBulk | None = None
    """For batches that may be asked in bulk; None: all are asked live."""
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
        """One step of every batch that is this process's. Returns whether it is worth looking again soon."""
        async with self.unit_of_work() as uow:
            batches = await uow.batches.active(owner=self.start_run.owner)
        soon = False
        for batch in batches:
            if await self._is_mine(batch):
                async with self._kept_mine(batch.id):
                    soon = await self.step(batch.id) or soon
        return soon

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

    @asynccontextmanager
    async def _kept_mine(self, batch_id: BatchId) -> AsyncIterator[None]:
        """Nobody else moves it on while the body runs: a lot that is being handed in to a provider takes minutes, and whoever
        took it up meanwhile would hand it in, and pay for it, once more."""

        async def renew() -> None:
            while True:
                await asyncio.sleep(self.renew_s)
                try:
                    async with self.unit_of_work() as uow:
                        await uow.batches.alone()
                        kept = await uow.batches.get(batch_id)
                        if kept and kept.feeder == self._me:
                            until = self.start_run.clock.now() + LEASE
                            await uow.batches.save(replace(kept, fed_until=until))
                            await uow.commit()
                except Exception as error:  # noqa: BLE001 (storage that falters once)
                    log.warning("batch not held: %s", type(error).__name__)

        task = asyncio.create_task(renew())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def step(self, batch_id: BatchId) -> bool:
        """Settle what has ended, start what may be, and end the batch when nothing is left. Returns whether it is worth
        looking again soon: not while it is over, paused, or all with the provider."""
        await self._settle(batch_id)
        async with self.unit_of_work() as uow:
            batch = await uow.batches.get(batch_id)
        if batch is None or batch.status.is_over:
            return False
        if self.bulk:
            await self.bulk.step(batch)
        if batch.status is BatchStatus.PAUSED:
            batch = await self._resumed(batch)
        if batch.status is not BatchStatus.RUNNING:
            return False
        await ReleaseItems(self.unit_of_work, self.start_run, self.window, self.bulk)(batch)
        return bool(await self._end(batch_id) - {ItemStatus.SENT})

    async def _settle(self, batch_id: BatchId) -> None:
        """Take over how runs ended. Looked at first without holding anybody up."""
        async with self.unit_of_work() as uow:
            ended, free = await self._news(uow, batch_id)
        if free and executes_alone(self.start_run.owner):
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

    async def _end(self, batch_id: BatchId) -> set[ItemStatus]:
        """Say that it is over, when nothing is left to do. Returns what items that are left are doing."""
        async with self.unit_of_work() as uow:
            if left := await _left(uow, batch_id):
                return left
            await uow.batches.alone()
            batch = await uow.batches.get(batch_id)
            left = await _left(uow, batch_id)
            if batch and not batch.status.is_over and not left:
                await uow.batches.save(batch.end(BatchStatus.FINISHED, at=self.start_run.clock.now()))
                await uow.commit()
        return left


async def _left(uow: UnitOfWork, batch_id: BatchId) -> set[ItemStatus]:
    doing = [status for status in ItemStatus if not status.is_over]
    return {status for status in doing if await uow.batches.items(batch_id, limit=1, status=status)}


def _is_free(run: Run, now: datetime) -> bool:
    if run.status is RunStatus.RUNNING:
        return run.lease_until is not None and run.lease_until < now
    return run.status is RunStatus.QUEUED
