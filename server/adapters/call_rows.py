"""What models answered in runs that are not over, as rows."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import delete, exists, insert, literal, select
from sqlalchemy.exc import IntegrityError

from server.adapters import tables
from server.adapters.documents import dump_document, load_document, microseconds
from server.adapters.rows import Rows
from server.application.ports.calls import Place, RecordedCall
from server.domain.ids import RunId
from server.domain.runs import RunStatus

OVER = tuple(status.value for status in RunStatus if status.is_over)


class CallRows(Rows):
    """One row per answer. Who adds one keeps the run from ending meanwhile, so that none is left when it is over."""

    async def of_run(self, run_id: RunId, *, alone: bool = False) -> Mapping[Place, RecordedCall]:
        table, runs = tables.calls.c, tables.runs
        if alone:
            await self.transaction.begin()
            held = select(runs.c.id).where(self.mine(runs, run_id)).with_for_update(key_share=True)
            await self.transaction.read(held)
        query = (
            select(table.asked, table.number, table.document)
            .where(table.workspace_id == self.workspace_id, table.run_id == run_id)
            .order_by(table.created_at, table.asked, table.number)
        )
        rows = (await self.transaction.read(query)).all()
        return {(asked, number): load_document(RecordedCall, document) for asked, number, document in rows}

    async def add(self, run_id: RunId, place: Place, call: RecordedCall) -> bool:
        table, runs, (asked, number) = tables.calls, tables.runs, place
        there = exists().where(
            table.c.workspace_id == self.workspace_id,
            table.c.run_id == run_id,
            table.c.asked == asked,
            table.c.number == number,
        )
        row = {
            "workspace_id": literal(self.workspace_id),
            "run_id": runs.c.id,
            "asked": literal(asked),
            "number": literal(number),
            "created_at": literal(microseconds(call.at)),
            "document": literal(dump_document(call)),
        }
        mine = (self.mine(runs, run_id), runs.c.status.not_in(OVER), ~there)
        source = select(*row.values()).where(*mine).with_for_update(read=True, of=runs)
        statement = insert(table).from_select(list(row), source).returning(table.c.number)
        try:
            if (await self.transaction.write(statement)).first() is not None:
                return True
        except IntegrityError:  # two at once, in a database with many writers
            return True
        open_run = select(runs.c.id).where(self.mine(runs, run_id), runs.c.status.not_in(OVER))
        return (await self.transaction.read(open_run)).first() is not None

    async def forget(self, run_id: RunId) -> None:
        """All of a run that is over, in the transaction that says so."""
        table = tables.calls
        mine = (table.c.workspace_id == self.workspace_id, table.c.run_id == run_id)
        await self.transaction.write(delete(table).where(*mine))
