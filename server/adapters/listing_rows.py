"""Records in brief, read from their rows: of a run's document only what a list shows is decoded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import select

from server.adapters import tables
from server.adapters.documents import load_document
from server.adapters.rows import Rows
from server.application.ports import RunBrief
from server.domain.comparisons import Comparison
from server.domain.ids import PaperId, WorkspaceId
from server.domain.runs import RunStatus


class ListingRows(Rows):
    """What lists of many papers show."""

    async def comparisons(self, workspace_id: WorkspaceId, papers: Sequence[PaperId]) -> Sequence[Comparison]:
        table = tables.comparisons.c
        query = select(table.document).where(
            table.workspace_id == workspace_id, table.paper_id.in_(tuple(papers))
        )
        return await self.many(Comparison, query.order_by(table.id.desc()))

    async def runs(self, workspace_id: WorkspaceId, papers: Sequence[PaperId]) -> Sequence[RunBrief]:
        # Decoding skips what a brief has no place for: an answer with its evidence is never built.
        table = tables.runs.c
        query = select(table.document, table.status).where(
            table.workspace_id == workspace_id,
            table.paper_id.in_(tuple(papers)),
            table.follows.is_(None),
        )
        rows = await self.transaction.read(query.order_by(table.id.desc()))
        return [replace(load_document(RunBrief, row.document), status=RunStatus(row.status)) for row in rows]
