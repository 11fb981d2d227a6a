"""What runs may cost and did cost, as rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import BigInteger, bindparam, case, func, select, update

from server.adapters import tables
from server.adapters.rows import BRIEF, ID, MINE, Rows, inserting
from server.domain.ids import RunId, WorkspaceId
from server.domain.runs import Run
from server.domain.spending import DaySpending, cost_of, day_of

_C = tables.spending.c
_SETTLE = (
    update(tables.spending)
    .where(_C.workspace_id == bindparam(MINE), _C.run_id == bindparam(ID), _C.settled.is_(None))
    .values(settled=func.coalesce(bindparam("cost", type_=BigInteger), _C.reserved))
    .execution_options(**BRIEF)
)


class SpendingRows(Rows):
    """One row per run: what it was promised, and when it is over what it did cost."""

    async def committed(self, workspace_id: WorkspaceId, day: date, *, alone: bool = False) -> int:
        if alone:
            await self.transaction.alone(f"{self.workspace_id}/spending")
        table = tables.spending.c
        query = select(func.sum(func.coalesce(table.settled, table.reserved))).where(
            table.workspace_id == workspace_id, table.day == day.isoformat()
        )
        return int((await self.transaction.read(query)).scalar() or 0)

    async def reserve(self, run_id: RunId, *, day: date, micros: int) -> None:
        await self._add(run_id, day, reserved=micros, settled=None)

    async def settle(self, run: Run) -> None:
        """A run that is over, within the transaction that says so. One without a reservation is entered if it cost
        anything: a limit that is set later counts what was spent before."""
        cost = cost_of(run)
        settled = await self.transaction.write(_SETTLE, self.names(run.id, cost=cost))
        if settled.rowcount == 0 and cost:
            await self._add(run.id, day_of(run.created_at), reserved=0, settled=cost)

    async def days(self, workspace_id: WorkspaceId, *, first: date, last: date) -> Sequence[DaySpending]:
        table = tables.spending.c
        promised = func.sum(case((table.settled.is_(None), table.reserved), else_=0))
        query = (
            select(table.day, promised, func.sum(func.coalesce(table.settled, 0)), func.count())
            .where(
                table.workspace_id == workspace_id,
                table.day >= first.isoformat(),
                table.day <= last.isoformat(),
            )
            .group_by(table.day)
            .order_by(table.day)
        )
        found = (await self.transaction.read(query)).all()
        return [DaySpending(date.fromisoformat(row[0]), int(row[1]), int(row[2]), row[3]) for row in found]

    async def _add(self, run_id: RunId, day: date, *, reserved: int, settled: int | None) -> None:
        row = {
            "workspace_id": self.workspace_id,
            "run_id": run_id,
            "day": day.isoformat(),
            "reserved": reserved,
            "settled": settled,
        }
        await self.transaction.write(inserting(tables.spending), row)
