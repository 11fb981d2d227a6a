"""Runs as rows, with the fence and lease of who executes them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, delete, func, literal, or_, select, text, update

from server.adapters import tables
from server.adapters.call_rows import CallRows
from server.adapters.documents import dump_document, microseconds
from server.adapters.key_rows import KeyRows
from server.adapters.rows import BRIEF, Rows, named, newest_first, paper_turn
from server.adapters.search_rows import SearchRows
from server.adapters.spending_rows import SpendingRows
from server.adapters.stored_runs import WHOLE, run_of
from server.domain.ids import PaperId, RunId, WorkspaceId
from server.domain.runs import Run, RunStatus
from server.domain.searching import HitKind, run_text

OVER = tuple(status.value for status in RunStatus if status.is_over)

_C = tables.runs.c


def _takeable(moment: Any) -> ColumnElement[bool]:
    """Queued and not told to wait longer, or left by whoever had it."""
    awake = or_(_C.wake_at.is_(None), _C.wake_at <= moment)
    return and_(
        text(tables.GOING),
        or_(
            and_(_C.status == RunStatus.QUEUED, awake),
            and_(_C.status == RunStatus.RUNNING, _C.lease_until < moment),
        ),
    )


_HELD = named(tables.runs, _C.fence == bindparam("held"), _C.status.not_in(OVER))
_GET = select(*WHOLE).where(named(tables.runs)).execution_options(**BRIEF)
_CLAIM = (
    update(tables.runs)
    .where(named(tables.runs), _takeable(bindparam("now")))
    .values(
        status=RunStatus.RUNNING.value,
        fence=_C.fence + 1,
        lease_until=bindparam("until"),
        wake_at=None,
    )
    .returning(*WHOLE)
    .execution_options(**BRIEF)
)
_RENEW = update(tables.runs).where(_HELD).values(lease_until=bindparam("until")).execution_options(**BRIEF)
_SAVE = update(tables.runs).where(_HELD).execution_options(**BRIEF)
_WAITING = (
    select(func.count())
    .select_from(
        # What sleeps until somebody else has answered it waits for nobody here.
        select(_C.id)
        .where(_C.owner == bindparam("of_owner"), _C.status == RunStatus.QUEUED, _C.wake_at.is_(None))
        .limit(bindparam("at_most"))
        .subquery()
    )
    .execution_options(**BRIEF)
)


class RunRows(Rows):
    """Runs. Who executes one holds its fence and a lease; what an older holder writes is discarded. A finished run can
    be searched as soon as it can be read."""

    async def add(self, run: Run) -> None:
        await self.insert(tables.runs, _run_row(run))
        if text := run_text(run):
            await self._search.put(text)

    async def get(self, id: RunId) -> Run | None:  # noqa: A002
        row = (await self.transaction.read(_GET, self.names(id))).one_or_none()
        return None if row is None else run_of(row)

    async def reusable(self, workspace_id: WorkspaceId, reuse_key: str) -> Run | None:
        table = tables.runs
        query = select(table.c.document).where(
            table.c.workspace_id == workspace_id,
            table.c.reuse_key == reuse_key,
            table.c.status == RunStatus.FINISHED,
        )
        return await self.one(Run, newest_first(query, table, limit=1, cursor=None))

    async def list(
        self,
        workspace_id: WorkspaceId,
        *,
        limit: int,
        cursor: str | None,
        paper_id: PaperId | None = None,
        status: RunStatus | None = None,
        persona: str | None = None,
        follow_ups: bool = False,
    ) -> Sequence[Run]:
        table = tables.runs
        query = select(*WHOLE).where(table.c.workspace_id == workspace_id)
        if not follow_ups:
            query = query.where(table.c.follows.is_(None))
        if paper_id is not None:
            query = query.where(table.c.paper_id == paper_id)
        if status is not None:
            query = query.where(table.c.status == status)
        if persona is not None:
            query = query.where(table.c.persona == persona)
        rows = await self.transaction.read(newest_first(query, table, limit=limit, cursor=cursor))
        return [run_of(row) for row in rows]

    async def follow_ups(self, run_id: RunId) -> Sequence[Run]:
        table = tables.runs
        mine = (table.c.workspace_id == self.workspace_id, table.c.follows == run_id)
        rows = await self.transaction.read(select(*WHOLE).where(*mine).order_by(table.c.id))
        return [run_of(row) for row in rows]

    async def claim(self, id: RunId, *, now: datetime, lease_until: datetime) -> Run | None:  # noqa: A002
        moments = {"now": microseconds(now), "until": microseconds(lease_until)}
        row = (await self.transaction.write(_CLAIM, self.names(id, **moments))).one_or_none()
        return None if row is None else run_of(row)

    async def renew(self, id: RunId, *, fence: int, lease_until: datetime) -> bool:  # noqa: A002
        values = self.names(id, held=fence, until=microseconds(lease_until))
        return (await self.transaction.write(_RENEW, values)).rowcount == 1

    async def save(self, run: Run) -> bool:
        text = run_text(run)
        if text or run.status.is_over:
            # Its text and its last event will need the paper, and who deletes the paper will need the run: not one each,
            # for ever.
            await self.transaction.alone(paper_turn(self.workspace_id, run.paper_id))
        values = self.names(run.id, held=run.fence) | _run_row(run)
        if (await self.transaction.write(_SAVE, values)).rowcount != 1:
            return False
        if text:
            await self._search.put(text)
        if run.status.is_over:
            await CallRows(self.transaction, self.workspace_id).forget(run.id)
            await SpendingRows(self.transaction, self.workspace_id).settle(run)
        return True

    async def left_behind(
        self,
        *,
        owner: str,
        now: datetime,
        before: datetime | None = None,
        paper_id: PaperId | None = None,
        limit: int | None = None,
    ) -> Sequence[RunId]:
        runs, moment = tables.runs.c, microseconds(now)
        query = select(runs.id).where(runs.owner == owner, _takeable(moment))
        if before is not None:
            query = query.where(runs.created_at < microseconds(before))
        if paper_id is not None:
            query = query.where(runs.paper_id == paper_id)
        rows = await self.transaction.read(query.order_by(runs.id).limit(limit))
        return [RunId(id_) for id_ in rows.scalars()]

    async def papers_of(self, ids: Sequence[RunId]) -> Sequence[PaperId]:
        runs = tables.runs.c
        query = select(runs.id, runs.paper_id).where(
            runs.workspace_id == self.workspace_id, runs.id.in_(list(ids))
        )
        found = {id_: PaperId(paper_id) for id_, paper_id in await self.transaction.read(query)}
        return list(dict.fromkeys(found[id_] for id_ in ids if id_ in found))

    async def waiting(self, *, owner: str, at_most: int, alone: bool = False) -> int:
        if alone:
            await self.transaction.alone(f"room/{owner}")
        found = await self.transaction.read(_WAITING, {"of_owner": owner, "at_most": at_most})
        counted: int = found.scalar_one()
        return counted

    async def ended(self, *, since: datetime, at_most: int) -> int:
        table = tables.runs.c
        return await self.count(
            select(table.id).where(table.finished_at >= microseconds(since)), at_most=at_most
        )

    async def delete(self, id: RunId) -> None:  # noqa: A002
        runs, events = tables.runs.c, tables.events.c
        paper_id = (
            await self.transaction.read(select(runs.paper_id).where(self.mine(tables.runs, id)))
        ).scalar()
        await self.transaction.alone(paper_turn(self.workspace_id, str(paper_id)))
        going = and_(runs.workspace_id == self.workspace_id, or_(runs.id == id, runs.follows == id))
        await self.transaction.write(
            delete(tables.events).where(
                events.workspace_id == self.workspace_id,
                events.stream.in_(select(literal("run:") + runs.id).where(going)),
            )
        )
        about = tables.idempotency_keys.c.about
        told = [about.in_(select(literal(kind) + runs.id).where(going)) for kind in ("run:", "reused:")]
        await KeyRows(self.transaction, self.workspace_id).forget_answers(str(paper_id), about=or_(*told))
        await self._search.forget(HitKind.RUN, id)
        await self.transaction.write(delete(tables.runs).where(going))

    @property
    def _search(self) -> SearchRows:
        return SearchRows(self.transaction, self.workspace_id)


def _run_row(run: Run) -> dict[str, Any]:
    return {
        "workspace_id": run.workspace_id,
        "id": run.id,
        "paper_id": run.paper_id,
        "persona": run.persona.id,
        "status": run.status,
        "owner": run.owner,
        "reuse_key": run.reuse_key,
        "fence": run.fence,
        "lease_until": _moment(run.lease_until),
        "wake_at": _moment(run.wake_at),
        "finished_at": _moment(run.finished_at) if run.status.is_over else None,
        "created_at": microseconds(run.created_at),
        "document": dump_document(run),
        "follows": run.follow_up.run_id if run.follow_up else None,
    }


def _moment(moment: datetime | None) -> int | None:
    return None if moment is None else microseconds(moment)
