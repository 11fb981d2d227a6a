"""Every implementation of the storage ports, opened for a contract test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from anyio import to_thread
from server.adapters.database import Database
from server.adapters.run_events import SqlEvents
from server.adapters.stores import SqlUnitOfWorkFactory
from server.application.ports import Events, UnitOfWorkFactory
from server.domain.comparisons import Comparison
from server.domain.papers import Paper
from server.domain.runs import Run

import postgres
from memory import Memory

SQL = ("sqlite", "postgres")
STORAGES = ("memory", *SQL)


@dataclass(frozen=True)
class Storage:
    unit_of_work: UnitOfWorkFactory
    events: Events
    database: Database | None = None
    """None: in memory."""

    async def has(self, *records: Paper | Run | Comparison) -> None:
        """Arrange: these are committed."""
        async with self.unit_of_work() as uow:
            for record in records:
                match record:
                    case Paper():
                        await uow.papers.add(record)
                    case Run():
                        await uow.runs.add(record)
                    case Comparison():
                        await uow.comparisons.add(record)
            await uow.commit()


async def address(kind: str, folder: Path) -> str:
    """Of a database of this test alone; PostgreSQL's has its tables already, which takes half a second less."""
    if kind == "sqlite":
        return f"sqlite:///{folder / 'yomi.db'}"
    return await to_thread.run_sync(lambda: postgres.server().with_tables())


@asynccontextmanager
async def opened(kind: str, folder: Path) -> AsyncIterator[Storage]:
    if kind == "memory":
        memory = Memory()
        yield Storage(memory.unit_of_work, memory.events)
        return
    async with connected(await address(kind, folder)) as storage:
        yield storage


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[Storage]:
    """As one process is; the tables are made if they are not there."""
    database = Database(url)
    await database.upgrade()
    try:
        yield Storage(SqlUnitOfWorkFactory(database), SqlEvents(database), database)
    finally:
        await database.close()
