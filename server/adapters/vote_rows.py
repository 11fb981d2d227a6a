"""Votes as rows."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, select

from server.adapters import tables
from server.adapters.documents import dump_document, microseconds
from server.adapters.rows import Rows
from server.domain.ids import ComparisonId, PaperId, WorkspaceId
from server.domain.votes import Vote

WHOLE = ""
"""In the column of the row: the vote is for the whole."""


class VoteRows(Rows):
    """What people preferred. Oldest first: ids sort by age."""

    async def add(self, vote: Vote) -> None:
        row = {
            "workspace_id": vote.workspace_id,
            "id": vote.id,
            "paper_id": vote.paper_id,
            "comparison_id": vote.comparison_id,
            "voter": vote.voter,
            "row": vote.row or WHOLE,
            "ranks": int(vote.ranks),
            "created_at": microseconds(vote.created_at),
            "document": dump_document(vote),
        }
        await self.insert(tables.votes, row)

    async def of_comparison(self, comparison_id: ComparisonId) -> Sequence[Vote]:
        return await self._where(self.workspace_id, tables.votes.c.comparison_id == comparison_id)

    async def of_voter(self, voter: str, paper_id: PaperId) -> Sequence[Vote]:
        await self.transaction.alone(f"{self.workspace_id}/votes/{voter}/{paper_id}")
        table = tables.votes.c
        return await self._where(self.workspace_id, table.paper_id == paper_id, table.voter == voter)

    async def ranking(self, workspace_id: WorkspaceId, *, row: str | None) -> Sequence[Vote]:
        table = tables.votes.c
        return await self._where(workspace_id, table.ranks == 1, table.row == (row or WHOLE))

    async def _where(self, workspace_id: WorkspaceId, *conditions: ColumnElement[bool]) -> Sequence[Vote]:
        table = tables.votes.c
        query = select(table.document).where(table.workspace_id == workspace_id, *conditions)
        return await self.many(Vote, query.order_by(table.id))
