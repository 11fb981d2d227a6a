"""Streams of events as rows: replayed from any point, and heard at once."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import bindparam, func, select, text

from server.adapters.database import Database, Transaction
from server.adapters.documents import dump_document, load_data
from server.adapters.event_batches import ANY, EventBatches
from server.adapters.tables import events
from server.application.ports import Event
from server.domain.errors import NotFoundError
from server.domain.ids import LOCAL_WORKSPACE, WorkspaceId

APPEND = text("SELECT id, seq FROM append_event(:workspace, :stream, :kind, :record, :name, :data)")
APPEND_HELD = text(
    "SELECT id, seq FROM append_held_event(:workspace, :stream, :record, :fence, :name, :data)"
)
"""PostgreSQL's own function (made by the first version of the tables): one message in place of four, and nobody waits
for a process that stops between them."""

_IN_STREAMS = (
    events.c.workspace_id == bindparam("of_workspace"),
    events.c.stream.in_(bindparam("streams", expanding=True)),
)
AFTER = (
    select(events.c.id, events.c.seq, events.c.stream, events.c.name, events.c.data)
    .where(*_IN_STREAMS, events.c.seq > bindparam("seen"))
    .order_by(events.c.seq)
)
NEWEST = select(func.coalesce(func.max(events.c.seq), 0)).where(*_IN_STREAMS)


NEXT = text(ANY)


async def add_event(
    transaction: Transaction, workspace_id: WorkspaceId, stream: str, *, name: str, data: Mapping[str, Any]
) -> None:
    """The next event of a stream, committed with the rest of a transaction. Whoever writes to records of the stream's paper
    in it has taken the paper's turn before."""
    kind, _, record = stream.partition(":")
    values = {"workspace": workspace_id, "stream": stream, "name": name, "data": dump_document(data)}
    if transaction.dialect == "sqlite":
        await transaction.write(NEXT, values)
    else:
        await transaction.begin()
        await transaction.read(APPEND, values | {"kind": kind, "record": record})


class SqlEvents:
    """Durable streams. An event is committed when `append` returns: in a transaction of its own or, where writers take turns
    anyway, in one with others that waited for theirs.

    Events of one paper and its runs are committed in the order of their `seq`, so that a reader of several streams who
    has seen one of them has seen all before it.
    """

    def __init__(
        self, database: Database, *, workspace_id: WorkspaceId = LOCAL_WORKSPACE, poll_s: float | None = None
    ) -> None:
        """`poll_s`: how often a waiting reader looks by itself; None: as often as is good for this database."""
        self._database = database
        self._workspace_id = workspace_id
        self._batches = EventBatches(database)
        self._bells = database.bells
        self._poll_s = poll_s
        self._seen: WeakKeyDictionary[asyncio.Task[Any], tuple[frozenset[str], int]] = WeakKeyDictionary()
        """What each task last looked at, and up to where: so that nothing falls between `after` and `wait`."""

    async def append(
        self, stream: str, name: str, data: Mapping[str, Any], *, fence: int | None = None
    ) -> Event:
        """
        Raises:
            NotFoundError: the run or paper of the stream is gone, and nothing of it may come back; or the run is not
                held with this fence (any more).
        """
        document = dump_document(data)
        if self._database.backend.one_writer:
            values = {"workspace": self._workspace_id, "name": name, "data": document}
            added = await self._batches.add(stream, fence=fence, values=values)
        else:
            added = await self._call(stream, name, document, fence)
        if added is None:
            kind, _, id_ = stream.partition(":")
            raise NotFoundError(kind=kind, id=id_)
        self._bells.ring(stream)
        return Event(*added, stream, name, load_data(document))

    async def _call(self, stream: str, name: str, document: str, fence: int | None) -> tuple[int, int] | None:
        """Written in one message, by writers that take turns for each paper."""
        kind, _, record = stream.partition(":")
        also = {"kind": kind} if fence is None else {"fence": fence}
        known = {
            "workspace": self._workspace_id,
            "stream": stream,
            "record": record,
            "name": name,
            "data": document,
        }
        async with self._database.transaction() as transaction:
            said = await transaction.read(APPEND if fence is None else APPEND_HELD, known | also)
            row = said.one_or_none()
        return None if row is None else (row.id, row.seq)

    async def after(self, streams: Sequence[str], seq: int) -> Sequence[Event]:
        values = {"of_workspace": self._workspace_id, "streams": list(streams), "seen": seq}
        async with self._database.transaction() as transaction:
            rows = (await transaction.read(AFTER, values)).all()
        found = [Event(id_, seq_, stream, name, load_data(data)) for id_, seq_, stream, name, data in rows]
        self._remember(streams, found[-1].seq if found else seq)
        return found

    async def wait(self, streams: Sequence[str], *, timeout_s: float) -> bool:
        """Return when there is an event later than those this task got from `after` or was last woken for."""
        if self._bells.silent:
            return False
        await self._bells.listen()
        with self._bells.waiting(streams) as bell:
            await self._wait(streams, bell, timeout_s)
        return not self._bells.silent

    def let_go(self) -> None:
        """This process stops: nobody waits here any longer."""
        self._bells.silence()

    async def _wait(self, streams: Sequence[str], bell: asyncio.Event, timeout_s: float) -> None:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout_s
        watched, seen = self._seen_by_me()
        if watched != frozenset(streams):
            seen = await self._newest(streams)
        while True:
            newest = await self._newest(streams)
            if newest > seen:
                self._remember(streams, newest)
                return
            left = deadline - loop.time()
            if left <= 0 or self._bells.silent:
                return
            try:
                async with asyncio.timeout(min(self._poll_s or self._bells.poll_s, left)):
                    await bell.wait()
            except TimeoutError:
                continue
            bell.clear()

    def _seen_by_me(self) -> tuple[frozenset[str], int]:
        task = asyncio.current_task()
        return (frozenset(), 0) if task is None else self._seen.get(task, (frozenset(), 0))

    def _remember(self, streams: Sequence[str], seq: int) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._seen[task] = (frozenset(streams), seq)

    async def _newest(self, streams: Sequence[str]) -> int:
        values = {"of_workspace": self._workspace_id, "streams": list(streams)}
        async with self._database.transaction() as transaction:
            newest: int = (await transaction.read(NEWEST, values)).scalar_one()
        return newest
