"""Events written together: those that wait while others are being written are committed in one transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from server.adapters.database import Database
from server.domain.runs import RunStatus

MOST = 200
"""Events of one transaction: other writers wait for it."""

Added = tuple[int, int] | None
"""Number in its stream and in all streams; None: its record is gone, or not held with this fence."""


def _insert(alive: str) -> str:
    return (
        "INSERT INTO events (workspace_id, stream, id, name, data)"  # noqa: S608 (words of our own)
        " SELECT :workspace, :stream, (SELECT coalesce(max(id), 0) + 1 FROM events"
        " WHERE workspace_id = :workspace AND stream = :stream), :name, :data"
        f" WHERE {alive} RETURNING id, seq"
    )


_ALIVE = "EXISTS (SELECT 1 FROM {table} WHERE workspace_id = :workspace AND id = :record{held})"
_HELD = f" AND fence = :fence AND status = '{RunStatus.RUNNING.value}'"
_STATEMENTS = {
    ("run", False): _insert(_ALIVE.format(table="runs", held="")),
    ("run", True): _insert(_ALIVE.format(table="runs", held=_HELD)),
    ("paper", False): _insert(_ALIVE.format(table="papers", held="")),
}
"""By what a stream tells of, and whether with a fence."""
ANY = _insert("1")
"""The next event of any stream."""


@dataclass
class _Waiting:
    statement: str
    values: Mapping[str, Any]
    """Some of which the statement may not name."""
    written: asyncio.Future[Added]
    has_begun: bool = False


class EventBatches:
    """For databases with one writer at a time: nobody else numbers meanwhile."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: list[_Waiting] = []
        self._writer: asyncio.Task[None] | None = None

    async def add(self, stream: str, *, fence: int | None, values: Mapping[str, Any]) -> Added:
        """Write the next event of a stream. It is committed when this returns; of one stream, in the order of calls.

        Args:
            values: `workspace`, `name` and `data`.
        """
        self._database.refuse_nested()
        kind, _, record = stream.partition(":")
        held = kind == "run" and fence is not None
        statement = _STATEMENTS.get((kind, held), ANY)
        known = {**values, "stream": stream, "record": record, "fence": fence}
        one = _Waiting(statement, known, asyncio.get_running_loop().create_future())
        self._waiting.append(one)
        if self._writer is None:
            self._writer = asyncio.create_task(self._write())
        try:
            return await asyncio.shield(one.written)
        except asyncio.CancelledError:
            if one.has_begun:  # it lets go of the database before its caller goes
                await asyncio.wait([one.written])
            elif one in self._waiting:
                self._waiting.remove(one)
            raise

    async def _write(self) -> None:
        """Write until nobody waits. Whatever ends it, nobody is left waiting."""
        batch: Sequence[_Waiting] = ()
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
                await self._settle(batch)
        except Exception as error:  # noqa: BLE001 (of ours; whoever waits is told)
            for one in self._given_up(batch):
                one.written.set_exception(error)
        except BaseException:
            for one in self._given_up(batch):
                one.written.cancel()
            raise
        finally:
            self._writer = None

    def _given_up(self, batch: Sequence[_Waiting]) -> Sequence[_Waiting]:
        """Those who have not been told anything and are not going to be."""
        left, self._waiting = (*batch, *self._waiting), []
        return [one for one in left if not one.written.done()]

    async def _settle(self, batch: Sequence[_Waiting]) -> None:
        """Tell each what became of its event. What is refused together is tried one by one: one may be to blame."""
        for one in batch:
            one.has_begun = True
        try:
            added = await self._commit(batch)
        except Exception as error:  # noqa: BLE001 (whoever waits is told)
            if len(batch) > 1:
                for one in batch:
                    await self._settle([one])
                return
            batch[0].written.set_exception(error)
        else:
            for one, ids in zip(batch, added, strict=True):
                one.written.set_result(ids)

    async def _commit(self, batch: Sequence[_Waiting]) -> list[Added]:
        async with self._database.transaction() as transaction:
            rows = await transaction.write_together([(one.statement, one.values) for one in batch])
        return [(row[0], row[1]) if row else None for row in rows]
