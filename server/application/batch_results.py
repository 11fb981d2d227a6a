"""What has become of batches: how far they are, and their results item by item."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from server.application.curtain import hidden_runs
from server.application.personas import PersonaShelf
from server.application.ports import UnitOfWork, UnitOfWorkFactory
from server.application.start_batch import found
from server.application.views import PaperView, RunView
from server.domain.batches import Batch, BatchItem, ItemStatus
from server.domain.ids import LOCAL_WORKSPACE, BatchId, RunId, WorkspaceId
from server.domain.papers import Paper
from server.domain.personas import Persona
from server.domain.requests import ReaderRequest
from server.domain.runs import PersonaRef, Run

PAGE = 50
"""Items looked up at once while results are read."""


@dataclass(frozen=True, slots=True)
class BatchView:
    """A batch, and how far it is."""

    batch: Batch
    papers: int
    counts: Mapping[ItemStatus, int]

    @property
    def items(self) -> int:
        return sum(self.counts.values())

    @property
    def over(self) -> int:
        """Items that nothing more will happen to."""
        return sum(count for status, count in self.counts.items() if status.is_over)

    @property
    def left(self) -> timedelta | None:
        return self.batch.left(self.counts)


@dataclass(frozen=True, slots=True)
class BatchResult:
    """One item with all that is needed to show it."""

    item: BatchItem
    status: ItemStatus
    """As it is now: of an item that has lost its run since, `gone`."""
    reader: ReaderRequest
    paper: Paper | None
    run: RunView | None
    """None: there is none yet, or none any more, or its name is hidden from who asks."""


@dataclass(frozen=True)
class BatchResults:
    """Looks at batches of one workspace."""

    unit_of_work: UnitOfWorkFactory
    shelf: PersonaShelf
    workspace_id: WorkspaceId = LOCAL_WORKSPACE

    async def batch(self, batch_id: BatchId) -> BatchView:
        """
        Raises:
            NotFoundError
        """
        async with self.unit_of_work() as uow:
            return await _view(uow, await found(uow, batch_id))

    async def batches(self, *, limit: int, cursor: str | None) -> Sequence[BatchView]:
        """Newest first."""
        async with self.unit_of_work() as uow:
            batches = await uow.batches.list(self.workspace_id, limit=limit, cursor=cursor)
            return [await _view(uow, batch) for batch in batches]

    async def results(self, batch_id: BatchId, *, viewer: str | None = None) -> AsyncIterator[BatchResult]:
        """All items in the order they are worked on, each as it is when it is reached.

        Raises:
            NotFoundError
        """
        async with self.unit_of_work() as uow:
            batch = await found(uow, batch_id)
        personas, after = dict[PersonaRef, Persona](), 0
        while True:
            async with self.unit_of_work() as uow:
                items = await uow.batches.items(batch_id, after=after, limit=PAGE)
                runs = await uow.batches.runs({item.run_id for item in items if item.run_id})
                papers = await uow.batches.papers({item.paper_id for item in items})
                hidden = await hidden_runs(uow, runs, viewer=viewer)
            for item in items:
                run = runs.get(RunId(str(item.run_id)))
                paper = papers.get(item.paper_id)
                shown = None
                if run and paper and run.id not in hidden:
                    if run.persona not in personas:
                        personas[run.persona] = await self.shelf.of_run(
                            run.persona, workspace_id=run.workspace_id
                        )
                    shown = _run_view(item, run, personas[run.persona], paper)
                status = ItemStatus.GONE if item.run_id and run is None else item.status
                yield BatchResult(item, status, batch.readers[item.reader], paper, shown)
            if len(items) < PAGE:
                return
            after = items[-1].number


async def _view(uow: UnitOfWork, batch: Batch) -> BatchView:
    counts = await uow.batches.counts(batch.id)
    return BatchView(batch, sum(counts.values()) // len(batch.readers), counts)


def _run_view(item: BatchItem, run: Run, persona: Persona, paper: Paper) -> RunView:
    identity = paper.identity(paper.gist.identity if paper.gist else None)
    return RunView(run, persona, PaperView(paper, None, identity), reused=item.shared)
