"""How much may wait: who asks for more is told when to come back, and nothing of what was asked for is kept."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from server.application.ports import Clock, UnitOfWork, UnitOfWorkFactory
from server.domain.errors import BusyError

MEASURED = timedelta(minutes=1)
"""Runs that ended within this tell how fast the queue drains."""
SOONEST_S, LATEST_S = 1, 300
"""When somebody is told to come back, at the earliest and latest."""
PAPER_S = 10
"""When for papers: how fast they are read is not recorded, and a reading takes seconds."""
MOST_MEASURED = 10_000
MARGIN = 250
"""More than can be admitted at one moment; nearer to the bound they are admitted one after another."""
STOPPING_S = 5
"""When by a process that stops: others take over, or it is back."""


@dataclass(frozen=True)
class Admission:
    """Bounds the runs of one owner that are queued, and the papers that wait to be read."""

    owner: str
    max_queued: int
    clock: Clock
    is_stopping: Callable[[], bool] = lambda: False
    """Whether this process takes nothing more."""

    async def admit_runs(self, uow: UnitOfWork, count: int) -> None:
        """In the transaction that records them: make sure that there is room for `count` more, or for none.

        Raises:
            BusyError: says when there may be room.
        """
        if not count:
            return
        self._expect_to_stay()
        counted = self.max_queued + 1
        if await uow.runs.waiting(owner=self.owner, at_most=counted) + count + MARGIN <= self.max_queued:
            return  # far from full: others who count at this moment need not wait
        waiting = await uow.runs.waiting(owner=self.owner, at_most=counted, alone=True)
        if waiting + count > self.max_queued:
            raise BusyError(retry_after_s=await self._drained_in(uow, waiting + count - self.max_queued))

    async def room(self, uow: UnitOfWork) -> int:
        """How many more runs may be queued now."""
        return self.max_queued - await uow.runs.waiting(owner=self.owner, at_most=self.max_queued)

    async def expect_room_for_paper(self, unit_of_work: UnitOfWorkFactory) -> None:
        """
        Raises:
            BusyError: too many papers wait to be read.
        """
        self._expect_to_stay()
        async with unit_of_work() as uow:
            if await uow.papers.waiting(at_most=self.max_queued) >= self.max_queued:
                raise BusyError(retry_after_s=PAPER_S)

    def _expect_to_stay(self) -> None:
        if self.is_stopping():
            raise BusyError(retry_after_s=STOPPING_S)

    async def _drained_in(self, uow: UnitOfWork, count: int) -> int:
        """Seconds until so many runs will have ended, as fast as they did; when none did, one measure long."""
        ended = await uow.runs.ended(since=self.clock.now() - MEASURED, at_most=MOST_MEASURED)
        seconds = MEASURED.total_seconds() * (count / ended if ended else 1)
        return max(SOONEST_S, min(LATEST_S, math.ceil(seconds)))
