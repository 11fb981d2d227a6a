"""Batches and their items as rows."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Row, and_, case, delete, func, insert, or_, select, update

from server.adapters import tables
from server.adapters.documents import dump_document, load_data, microseconds
from server.adapters.rows import Rows, newest_first
from server.adapters.stored_runs import WHOLE, run_of
from server.domain.batches import Batch, BatchItem, BatchStatus, ItemStatus
from server.domain.ids import BatchId, PaperId, RunId, WorkspaceId
from server.domain.papers import Paper, PaperStatus, Problem
from server.domain.runs import Run, RunStatus

AT_ONCE = 500
"""Rows of one statement: SQLite takes 32,766 values in one."""
ACTIVE = tuple(status.value for status in BatchStatus if not status.is_over)
UNDER_WAY = tuple(status.value for status in RunStatus if not status.is_over)


class BatchRows(Rows):
    """Batches. Of an item the state and its run are columns only, so that many are moved by one statement."""

    async def alone(self) -> None:
        await self.transaction.alone(f"{self.workspace_id}/batches")

    async def add(self, batch: Batch) -> None:
        await self.insert(tables.batches, _batch_row(batch))

    async def get(self, id: BatchId) -> Batch | None:  # noqa: A002
        return await self.one(Batch, select(tables.batches.c.document).where(self.mine(tables.batches, id)))

    async def save(self, batch: Batch) -> None:
        table = tables.batches
        await self.transaction.write(
            update(table).where(self.mine(table, batch.id)).values(_batch_row(batch))
        )

    async def list(self, workspace_id: WorkspaceId, *, limit: int, cursor: str | None) -> Sequence[Batch]:
        table = tables.batches
        query = select(table.c.document).where(table.c.workspace_id == workspace_id)
        return await self.many(Batch, newest_first(query, table, limit=limit, cursor=cursor))

    async def delete(self, id: BatchId) -> None:  # noqa: A002
        await self.transaction.write(delete(tables.batches).where(self.mine(tables.batches, id)))

    async def active(self, *, owner: str) -> Sequence[Batch]:
        table = tables.batches.c
        query = select(table.document).where(
            table.workspace_id == self.workspace_id, table.status.in_(ACTIVE)
        )
        return [b for b in await self.many(Batch, query.order_by(table.id)) if b.owner == owner]

    async def with_key(self, workspace_id: WorkspaceId, key: str) -> Batch | None:
        table = tables.batches
        query = select(table.c.document).where(table.c.workspace_id == workspace_id, table.c.key == key)
        return await self.one(Batch, newest_first(query, table, limit=1, cursor=None))

    async def add_items(self, items: Sequence[BatchItem]) -> None:
        for some in _in_parts(items):
            rows = [self._item_row(item) for item in some]
            await self.transaction.write(insert(tables.batch_items).values(rows))

    async def save_items(self, items: Sequence[BatchItem]) -> None:
        table = tables.batch_items
        for item in items:
            changes = {
                name: value
                for name, value in self._item_row(item).items()
                if name in ("status", "run_id", "document")
            }
            which = and_(self._of(item.batch_id), table.c.number == item.number)
            await self.transaction.write(update(table).where(which).values(changes))

    async def move(self, id: BatchId, *, out_of: Collection[ItemStatus], to: ItemStatus) -> int:  # noqa: A002
        table = tables.batch_items
        statement = (
            update(table)
            .where(self._of(id), table.c.status.in_(tuple(out_of)))
            .values(status=to, run_id=None)
        )
        return (await self.transaction.write(statement)).rowcount

    async def items(
        self,
        id: BatchId,  # noqa: A002
        *,
        after: int = 0,
        limit: int | None = None,
        status: ItemStatus | None = None,
    ) -> Sequence[BatchItem]:
        table = tables.batch_items
        query = select(table).where(self._of(id), table.c.number > after)
        if status is not None:
            query = query.where(table.c.status == status)
        found = await self.transaction.read(query.order_by(table.c.number).limit(limit))
        return [_item(row) for row in found]

    async def ready(self, id: BatchId, *, limit: int) -> Sequence[BatchItem]:  # noqa: A002
        table, papers = tables.batch_items, tables.papers.c
        paper = and_(papers.workspace_id == table.c.workspace_id, papers.id == table.c.paper_id)
        query = (
            select(table)
            .join(tables.papers, paper, isouter=True)
            .where(
                self._of(id),
                table.c.status == ItemStatus.WAITING,
                or_(papers.id.is_(None), papers.status != PaperStatus.READING),
            )
        )
        found = await self.transaction.read(query.order_by(table.c.number).limit(limit))
        return [_item(row) for row in found]

    async def papers_of(self, id: BatchId) -> Collection[PaperId]:  # noqa: A002
        query = select(tables.batch_items.c.paper_id).where(self._of(id)).distinct()
        return {PaperId(found) for found in (await self.transaction.read(query)).scalars()}

    async def counts(self, id: BatchId) -> Mapping[ItemStatus, int]:  # noqa: A002
        table, runs = tables.batch_items.c, tables.runs.c
        run = and_(runs.workspace_id == table.workspace_id, runs.id == table.run_id)
        gone = and_(table.run_id.is_not(None), runs.id.is_(None))
        state = case((gone, ItemStatus.GONE.value), else_=table.status)
        query = (
            select(state, func.count())
            .select_from(tables.batch_items.join(tables.runs, run, isouter=True))
            .where(self._of(id))
            .group_by(state)
        )
        return {ItemStatus(status): count for status, count in await self.transaction.read(query)}

    async def users_of(self, run_id: RunId) -> Sequence[BatchItem]:
        table = tables.batch_items
        query = select(table).where(
            table.c.workspace_id == self.workspace_id,
            table.c.run_id == run_id,
            table.c.status.in_((ItemStatus.RUNNING, ItemStatus.SENT)),
        )
        return [_item(row) for row in await self.transaction.read(query)]

    async def runs(self, ids: Collection[RunId]) -> Mapping[RunId, Run]:
        table, found = tables.runs.c, dict[RunId, Run]()
        for some in _in_parts(tuple(ids)):
            query = select(*WHOLE).where(table.workspace_id == self.workspace_id, table.id.in_(some))
            found |= {run.id: run for run in map(run_of, await self.transaction.read(query))}
        return found

    async def papers(self, ids: Collection[PaperId]) -> Mapping[PaperId, Paper]:
        table, found = tables.papers.c, dict[PaperId, Paper]()
        for some in _in_parts(tuple(ids)):
            query = select(table.document).where(table.workspace_id == self.workspace_id, table.id.in_(some))
            found |= {paper.id: paper for paper in await self.many(Paper, query)}
        return found

    async def library(self, workspace_id: WorkspaceId) -> Sequence[PaperId]:
        table = tables.papers.c
        query = select(table.id).where(
            table.workspace_id == workspace_id, table.status != PaperStatus.REFUSED
        )
        return [PaperId(found) for found in (await self.transaction.read(query.order_by(table.id))).scalars()]

    async def under_way(self, workspace_id: WorkspaceId, reuse_key: str) -> Sequence[Run]:
        table = tables.runs.c
        query = select(*WHOLE).where(
            table.workspace_id == workspace_id, table.reuse_key == reuse_key, table.status.in_(UNDER_WAY)
        )
        return [run_of(row) for row in await self.transaction.read(query.order_by(table.id))]

    def _of(self, id: BatchId) -> Any:  # noqa: A002
        table = tables.batch_items.c
        return and_(table.workspace_id == self.workspace_id, table.batch_id == id)

    def _item_row(self, item: BatchItem) -> dict[str, Any]:
        beside = {"reader": item.reader, "shared": item.shared, "error": item.error, "sent": item.sent}
        return {
            "workspace_id": self.workspace_id,
            "batch_id": item.batch_id,
            "number": item.number,
            "paper_id": item.paper_id,
            "status": item.status,
            "run_id": item.run_id,
            "document": dump_document(beside),
        }


def _item(row: Row[Any]) -> BatchItem:
    beside = load_data(row.document)
    return BatchItem(
        batch_id=BatchId(row.batch_id),
        number=row.number,
        paper_id=PaperId(row.paper_id),
        reader=beside["reader"],
        status=ItemStatus(row.status),
        run_id=RunId(row.run_id) if row.run_id else None,
        shared=beside["shared"],
        error=Problem(**beside["error"]) if beside["error"] else None,
        sent=beside["sent"],
    )


def _in_parts(things: Sequence[Any]) -> list[Sequence[Any]]:
    return [things[at : at + AT_ONCE] for at in range(0, len(things), AT_ONCE)]


def _batch_row(batch: Batch) -> dict[str, Any]:
    return {
        "workspace_id": batch.workspace_id,
        "id": batch.id,
        "status": batch.status,
        "key": batch.key,
        "created_at": microseconds(batch.created_at),
        "document": dump_document(batch),
    }
