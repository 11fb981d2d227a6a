"""What models answered in runs that are not over, as rows."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import BigInteger, Integer, bindparam, delete, exists, insert, select
from sqlalchemy.exc import IntegrityError

from server.adapters import tables
from server.adapters.column_types import KeptText
from server.adapters.documents import dump_document, load_document, microseconds
from server.adapters.rows import BRIEF, ID, MINE, Rows, named, paper_turn
from server.application.ports.calls import Place, RecordedCall
from server.domain.ids import RunId
from server.domain.runs import RunStatus

OVER = tuple(status.value for status in RunStatus if status.is_over)

_C, _RUNS = tables.calls.c, tables.runs
_OF_RUN = (_C.workspace_id == bindparam(MINE), _C.run_id == bindparam(ID))
_ALL = (
    select(_C.asked, _C.number, _C.document)
    .where(*_OF_RUN)
    .order_by(_C.created_at, _C.asked, _C.number)
    .execution_options(**BRIEF)
)
_FORGET = delete(tables.calls).where(*_OF_RUN).execution_options(**BRIEF)
_IS_OPEN = named(_RUNS, _RUNS.c.status.not_in(OVER))
_OPEN = select(_RUNS.c.id).where(_IS_OPEN).execution_options(**BRIEF)
_PAPER = select(_RUNS.c.paper_id).where(named(_RUNS)).execution_options(**BRIEF)
_HOLD = select(_RUNS.c.id).where(named(_RUNS)).with_for_update(key_share=True).execution_options(**BRIEF)
_ROW = {
    "workspace_id": _RUNS.c.workspace_id,
    "run_id": _RUNS.c.id,
    "asked": bindparam("of_asked", type_=KeptText),
    "number": bindparam("of_number", type_=Integer),
    "created_at": bindparam("at", type_=BigInteger),
    "document": bindparam("said", type_=KeptText),
}
_THERE = exists().where(*_OF_RUN, _C.asked == bindparam("of_asked"), _C.number == bindparam("of_number"))
_ADD = (
    insert(tables.calls)
    .from_select(
        list(_ROW), select(*_ROW.values()).where(_IS_OPEN, ~_THERE).with_for_update(read=True, of=_RUNS)
    )
    .returning(_C.number)
    .execution_options(**BRIEF)
)


class CallRows(Rows):
    """One row per answer. Who adds one keeps the run from ending meanwhile, so that none is left when it is over."""

    async def of_run(self, run_id: RunId, *, alone: bool = False) -> Mapping[Place, RecordedCall]:
        if alone:
            # First the paper's turn, which the end of a run takes too: not one of them each, for ever.
            paper_id = (await self.transaction.read(_PAPER, self.names(run_id))).scalar()
            await self.transaction.alone(paper_turn(self.workspace_id, str(paper_id)))
            await self.transaction.write(_HOLD, self.names(run_id))
        rows = (await self.transaction.read(_ALL, self.names(run_id))).all()
        return {(asked, number): load_document(RecordedCall, document) for asked, number, document in rows}

    async def add(self, run_id: RunId, place: Place, call: RecordedCall) -> bool:
        asked, number = place
        said = {
            "of_asked": asked,
            "of_number": number,
            "at": microseconds(call.at),
            "said": dump_document(call),
        }
        try:
            if (await self.transaction.write(_ADD, self.names(run_id, **said))).first() is not None:
                return True
        except IntegrityError:  # two at once, in a database with many writers
            return True
        return (await self.transaction.read(_OPEN, self.names(run_id))).first() is not None

    async def forget(self, run_id: RunId) -> None:
        """All of a run that is over, in the transaction that says so."""
        await self.transaction.write(_FORGET, self.names(run_id))
