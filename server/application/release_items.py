"""Start the next items of a batch: prepare the readers of a paper, record their runs together, queue them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby

from server.application.curtain import hidden_runs
from server.application.ports import UnitOfWork, UnitOfWorkFactory
from server.application.send_in_bulk import SendInBulk
from server.application.spending import Bill
from server.application.start_run import RunRequest, Started, StartRun
from server.domain.batches import Batch, BatchItem, BatchMode, BatchStatus, ItemStatus, tomorrow
from server.domain.errors import (
    BusyError,
    ConflictError,
    InvalidRequestError,
    NotFoundError,
    OverBudgetError,
    PersonaInvalidError,
)
from server.domain.ids import BatchId, PaperId, RunId
from server.domain.papers import Paper, PaperStatus, Problem
from server.domain.runs import Run


@dataclass
class _Offer:
    """What may become of some items, with nothing recorded yet."""

    prepared: list[tuple[BatchItem, Started]] = field(default_factory=list)
    settled: list[BatchItem] = field(default_factory=list)
    """There is nothing to run."""
    bill: Bill = field(default_factory=Bill)


@dataclass(frozen=True)
class ReleaseItems:
    """Keeps few runs in the queue, whoever put them there: those of people go in between."""

    unit_of_work: UnitOfWorkFactory
    start_run: StartRun
    window: int
    """Runs that may wait; the readers of one paper are not torn apart for it."""
    bulk: SendInBulk | None = None

    async def __call__(self, batch: Batch) -> None:
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
        queued, sent = list[RunId](), list[RunId]()
        async with self.unit_of_work() as uow:
            await uow.batches.alone()
            kept = await uow.batches.get(batch.id)
            first, last = items[0].number, items[-1].number
            now = await uow.batches.items(batch.id, after=first - 1, limit=last - first + 1)
            waiting = {item.number for item in now if item.status is ItemStatus.WAITING}
            if kept is None or kept.status is not BatchStatus.RUNNING or not waiting:
                return None
            for item, awake in offer.prepared:
                if item.number in waiting:
                    started, asleep = self._asleep(batch, awake)
                    run, shared = await self._recorded(uow, started)
                    if asleep and not shared:
                        settled.append(item.sends(run))
                        sent.append(run.id)
                        continue
                    settled.append(item.runs(run, shared=shared).follows(run))
                    if not shared:
                        queued.append(run.id)
            await self.start_run.admit(uow, len(queued))
            new = (*queued, *sent)
            await self.start_run.reserve(uow, {id_: offer.bill[id_] for id_ in new if id_ in offer.bill})
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

    def _asleep(self, batch: Batch, started: Started) -> tuple[Started, bool]:
        """With the run asleep, if it is to be asked in bulk."""
        wanted = self.bulk and batch.mode is BatchMode.PROVIDER and not started.reused
        if not self.bulk or not wanted or not self.bulk.takes(started.run):
            return started, False
        return Started(self.bulk.asleep(started.run), reused=False), True

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
        return executes_alone(self.start_run.owner) and run.owner.startswith("cli:")

    async def _pause(self, batch_id: BatchId, error: OverBudgetError) -> None:
        async with self.unit_of_work() as uow:
            await uow.batches.alone()
            batch = await uow.batches.get(batch_id)
            if batch and batch.status is BatchStatus.RUNNING:
                until = tomorrow(self.start_run.clock.now())
                await uow.batches.save(batch.pause(Problem(error.code, error.data), until=until))
                await uow.commit()


def executes_alone(owner: str) -> bool:
    """Whether nobody else takes up what this owner leaves behind: so it is for a command line."""
    return owner.startswith("cli:")
