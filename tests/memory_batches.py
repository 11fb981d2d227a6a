"""Batches in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from server.domain.batches import Batch, BatchItem, ItemStatus
from server.domain.errors import ConflictError
from server.domain.ids import BatchId, PaperId, RunId, WorkspaceId
from server.domain.papers import Paper, PaperStatus
from server.domain.runs import Run

if TYPE_CHECKING:
    from memory_rows import MemoryUnitOfWork


UNDER_WAY = (ItemStatus.RUNNING, ItemStatus.SENT)


@dataclass(frozen=True)
class MemoryBatches:
    uow: MemoryUnitOfWork

    async def alone(self) -> None:
        await self.uow.draft()

    async def add(self, batch: Batch) -> None:
        kept = await self.uow.draft()
        if batch.id in kept.batches:
            raise ConflictError(reason_ja="もうあります。", reason_en="It exists already.")
        kept.batches[batch.id] = batch

    async def get(self, id: BatchId) -> Batch | None:  # noqa: A002
        return self.uow.seen.batches.get(id)

    async def save(self, batch: Batch) -> None:
        kept = await self.uow.draft()
        if batch.id in kept.batches:
            kept.batches[batch.id] = batch

    async def list(self, workspace_id: WorkspaceId, *, limit: int, cursor: str | None) -> Sequence[Batch]:
        mine = [b for b in self.uow.seen.batches.values() if b.workspace_id == workspace_id]
        later = [b for b in mine if cursor is None or b.id < cursor]
        return sorted(later, key=lambda b: b.id, reverse=True)[:limit]

    async def delete(self, id: BatchId) -> None:  # noqa: A002
        kept = await self.uow.draft()
        kept.batches.pop(id, None)
        kept.batch_items = {key: item for key, item in kept.batch_items.items() if item.batch_id != id}

    async def active(self, *, owner: str) -> Sequence[Batch]:
        found = [b for b in self.uow.seen.batches.values() if b.owner == owner and not b.status.is_over]
        return sorted(found, key=lambda b: b.id)

    async def with_key(self, workspace_id: WorkspaceId, key: str) -> Batch | None:
        found = [b for b in self.uow.seen.batches.values() if (b.workspace_id, b.key) == (workspace_id, key)]
        return max(found, key=lambda b: b.id, default=None)

    async def add_items(self, items: Sequence[BatchItem]) -> None:
        kept = await self.uow.draft()
        kept.batch_items |= {(item.batch_id, item.number): item for item in items}

    async def save_items(self, items: Sequence[BatchItem]) -> None:
        kept = await self.uow.draft()
        known = {(item.batch_id, item.number): item for item in items}
        kept.batch_items |= {key: item for key, item in known.items() if key in kept.batch_items}

    async def move(self, id: BatchId, *, out_of: Collection[ItemStatus], to: ItemStatus) -> int:  # noqa: A002
        kept = await self.uow.draft()
        moved = [item for item in self._of(id) if item.status in out_of]
        kept.batch_items |= {
            (item.batch_id, item.number): replace(item, status=to, run_id=None) for item in moved
        }
        return len(moved)

    async def items(
        self,
        id: BatchId,  # noqa: A002
        *,
        after: int = 0,
        limit: int | None = None,
        status: ItemStatus | None = None,
    ) -> Sequence[BatchItem]:
        found = [i for i in self._of(id) if i.number > after and status in (None, i.status)]
        return found[:limit]

    async def ready(self, id: BatchId, *, limit: int) -> Sequence[BatchItem]:  # noqa: A002
        reading = {p.id for p in self.uow.seen.papers.values() if p.status is PaperStatus.READING}
        waiting = [i for i in self._of(id) if i.status is ItemStatus.WAITING and i.paper_id not in reading]
        return waiting[:limit]

    async def papers_of(self, id: BatchId) -> Collection[PaperId]:  # noqa: A002
        return {item.paper_id for item in self._of(id)}

    async def counts(self, id: BatchId) -> Mapping[ItemStatus, int]:  # noqa: A002
        runs = self.uow.seen.runs
        return Counter(
            ItemStatus.GONE if item.run_id and item.run_id not in runs else item.status
            for item in self._of(id)
        )

    async def users_of(self, run_id: RunId) -> Sequence[BatchItem]:
        items = self.uow.seen.batch_items.values()
        return [i for i in items if i.run_id == run_id and i.status in UNDER_WAY]

    async def runs(self, ids: Collection[RunId]) -> Mapping[RunId, Run]:
        return {id_: run for id_, run in self.uow.seen.runs.items() if id_ in ids}

    async def papers(self, ids: Collection[PaperId]) -> Mapping[PaperId, Paper]:
        return {id_: paper for id_, paper in self.uow.seen.papers.items() if id_ in ids}

    async def library(self, workspace_id: WorkspaceId) -> Sequence[PaperId]:
        papers = self.uow.seen.papers.values()
        return sorted(
            p.id for p in papers if p.workspace_id == workspace_id and p.status is not PaperStatus.REFUSED
        )

    async def under_way(self, workspace_id: WorkspaceId, reuse_key: str) -> Sequence[Run]:
        found = [
            r
            for r in self.uow.seen.runs.values()
            if (r.workspace_id, r.reuse_key) == (workspace_id, reuse_key) and not r.status.is_over
        ]
        return sorted(found, key=lambda r: r.id)

    def _of(self, id: BatchId) -> list[BatchItem]:  # noqa: A002
        items = self.uow.seen.batch_items.values()
        return sorted((i for i in items if i.batch_id == id), key=lambda i: i.number)
