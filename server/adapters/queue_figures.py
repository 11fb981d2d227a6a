"""How long the queue is and how old: asked of the database when somebody looks, at most every few seconds."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass

from prometheus_client.core import GaugeMetricFamily, Metric
from sqlalchemy import Select, and_, func, select

from server.adapters import tables
from server.adapters.database import Database
from server.adapters.documents import microseconds
from server.application.ports import Clock
from server.domain.errors import YomiError
from server.domain.runs import RunStatus

FRESH_S = 5.0
"""Several who scrape at once, or in a row, cost one look."""
PATIENCE_S = 2.0


@dataclass(frozen=True, slots=True)
class Queue:
    """The runs of one owner that are not over. `oldest_s`: 0 when none waits."""

    waiting: int
    oldest_s: float
    executing: int
    expired: int
    """Executing under a lease that has passed: their executor is gone, and nobody has taken them up yet."""


class QueueFigures:
    """Looks at the queue of `owner`; a collector of Prometheus shows what was last seen, and that nothing could be."""

    def __init__(self, database: Database, clock: Clock, *, owner: str) -> None:
        self._database, self._clock, self._owner = database, clock, owner
        self._queue: Queue | None = None
        self._looked = float("-inf")
        self._turn = asyncio.Lock()

    async def look(self) -> Queue | None:
        """The queue as it was at most `FRESH_S` ago; None: the database does not say."""
        async with self._turn:
            if time.monotonic() - self._looked > FRESH_S:
                try:
                    async with asyncio.timeout(PATIENCE_S):
                        self._queue = await self._count()
                except (YomiError, TimeoutError):
                    self._queue = None
                self._looked = time.monotonic()
            return self._queue

    async def _count(self) -> Queue:
        now = microseconds(self._clock.now())
        async with self._database.transaction() as transaction:
            waiting, oldest = (await transaction.read(waiting_runs(self._owner))).one()
            executing, expired = (await transaction.read(executing_runs(self._owner, now=now))).one()
        age_s = 0.0 if oldest is None else max(0.0, (now - oldest) / 1e6)
        return Queue(waiting, age_s, executing, expired)

    def collect(self) -> Iterator[Metric]:
        """What `look` saw. (Prometheus's collectors cannot wait.)"""
        queue = self._queue
        yield _gauge("yomi_queue_seen", "Whether the queue could be looked at.", float(queue is not None))
        if queue is None:
            return
        yield _gauge("yomi_queue_runs", "Runs that wait.", queue.waiting)
        yield _gauge("yomi_queue_oldest_seconds", "Age of the oldest run that waits.", queue.oldest_s)
        yield _gauge("yomi_queue_executing", "Runs that execute, anywhere.", queue.executing)
        yield _gauge("yomi_queue_expired_leases", "Of these, those whose executor is gone.", queue.expired)


def waiting_runs(owner: str) -> Select[tuple[int, int | None]]:
    """How many wait, and since when the oldest."""
    table = tables.runs.c
    return select(func.count(), func.min(table.created_at)).where(
        and_(table.owner == owner, table.status == RunStatus.QUEUED)
    )


def executing_runs(owner: str, *, now: int) -> Select[tuple[int, int]]:
    """How many execute, and how many of them under a lease that has passed."""
    table = tables.runs.c
    return select(func.count(), func.count().filter(table.lease_until < now)).where(
        and_(table.owner == owner, table.status == RunStatus.RUNNING)
    )


def _gauge(name: str, what: str, value: float) -> Metric:
    return GaugeMetricFamily(name, what, value=value)
