"""Batches and their items, as records."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from server.domain.batches import Batch, BatchItem, ItemStatus
from server.domain.ids import BatchId, PaperId, RunId, WorkspaceId
from server.domain.papers import Paper
from server.domain.runs import Run


class Batches(Protocol):
    """Batches outlive their papers and runs: what is gone is told as such."""

    async def alone(self) -> None:
        """Take the turn of those who move batches on. What is read after this stays so until the commit."""
        ...

    async def add(self, batch: Batch) -> None: ...
    async def get(self, id: BatchId) -> Batch | None: ...  # noqa: A002
    async def save(self, batch: Batch) -> None: ...
    async def list(self, workspace_id: WorkspaceId, *, limit: int, cursor: str | None) -> Sequence[Batch]:
        """Newest first; `cursor` is the id of the last one seen."""
        ...

    async def delete(self, id: BatchId) -> None:  # noqa: A002
        """And its items; their runs stay."""
        ...

    async def active(self, *, owner: str) -> Sequence[Batch]:
        """Those of this owner that are not over, oldest first."""
        ...

    async def with_key(self, workspace_id: WorkspaceId, key: str) -> Batch | None:
        """The newest with this key."""
        ...

    async def add_items(self, items: Sequence[BatchItem]) -> None: ...
    async def save_items(self, items: Sequence[BatchItem]) -> None: ...
    async def move(self, id: BatchId, *, out_of: Collection[ItemStatus], to: ItemStatus) -> int:  # noqa: A002
        """All items in these states at once, away from their runs. Returns how many."""
        ...

    async def items(
        self,
        id: BatchId,  # noqa: A002
        *,
        after: int = 0,
        limit: int | None = None,
        status: ItemStatus | None = None,
    ) -> Sequence[BatchItem]:
        """With greater numbers than `after`, in order."""
        ...

    async def ready(self, id: BatchId, *, limit: int) -> Sequence[BatchItem]:  # noqa: A002
        """Waiting items whose paper is not being read, in order."""
        ...

    async def papers_of(self, id: BatchId) -> Collection[PaperId]: ...  # noqa: A002
    async def counts(self, id: BatchId) -> Mapping[ItemStatus, int]:  # noqa: A002
        """How many items are in which state; those whose run was deleted are gone."""
        ...

    async def users_of(self, run_id: RunId) -> Sequence[BatchItem]:
        """Items of any batch that are under way with this run."""
        ...

    async def runs(self, ids: Collection[RunId]) -> Mapping[RunId, Run]:
        """Those that are there."""
        ...

    async def papers(self, ids: Collection[PaperId]) -> Mapping[PaperId, Paper]:
        """Those that are there."""
        ...

    async def library(self, workspace_id: WorkspaceId) -> Sequence[PaperId]:
        """All papers that are not refused, oldest first."""
        ...

    async def under_way(self, workspace_id: WorkspaceId, reuse_key: str) -> Sequence[Run]:
        """Runs with this key that are not over, oldest first."""
        ...
