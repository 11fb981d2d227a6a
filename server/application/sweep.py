"""Take up what nobody works on: what was recorded and never queued, and what a process that is gone left behind."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from server.application.ports import Clock, Jobs, UnitOfWorkFactory
from server.domain.errors import YomiError
from server.domain.ids import RunId
from server.domain.papers import Paper

log = logging.getLogger(__name__)

EVERY_S = 3.0
"""Give or take a quarter, so that several processes do not look at once."""
SETTLING = timedelta(seconds=2)
"""What was recorded just now is about to be begun by whoever was told of it: the readers of a paper stay together."""
PAPERS = 20
"""Papers looked at in one sweep."""


class Capacity(Protocol):
    @property
    def runs(self) -> int: ...
    @property
    def papers(self) -> int: ...


class Hands(Jobs, Protocol):
    """What works in this process."""

    @property
    def room(self) -> Capacity:
        """How many more jobs of each kind could begin at once."""
        ...

    async def freed(self) -> None:
        """Return when a job that was under way here has ended."""
        ...


@dataclass
class Sweep:
    """Looks into the database now and every few seconds. Nothing depends on a queue: it only makes things begin sooner.

    A process takes as much as it has room for, and more as it gets done.
    """

    unit_of_work: UnitOfWorkFactory
    here: Hands
    clock: Clock
    owner: str
    paper_patience: timedelta
    """A paper that is still unread after so long is not being read by anybody."""
    queue: Jobs | None = None
    """Where papers are told that nobody was told of; None: what is recorded is begun where it was recorded."""

    async def __call__(self) -> None:
        """Until cancelled."""
        first = True
        while True:
            more = False
            try:
                more = await self._look(first=first)
                first = False
            except YomiError as error:  # a database that is away for a moment comes back
                log.warning("nothing taken up: %s", error.code)
            except Exception as error:  # noqa: BLE001 (one bad record must not keep all others from being taken up)
                log.error("nothing taken up: %s", type(error).__name__)  # noqa: TRY400
            with suppress(TimeoutError):
                async with asyncio.timeout(EVERY_S * random.uniform(0.75, 1.25)):  # noqa: S311 (no secret)
                    await (self.here.freed() if more else asyncio.Event().wait())

    async def _look(self, *, first: bool) -> bool:
        """Returns whether there may be more than there was room for."""
        try:
            await self._papers(first=first)
        except YomiError:
            raise
        except Exception as error:  # noqa: BLE001 (a paper that cannot be made out is no reason to leave the runs)
            log.error("no paper taken up: %s", type(error).__name__)  # noqa: TRY400
        return await self._runs()

    async def _runs(self) -> bool:
        """Returns whether there may be more than there was room for."""
        room = self.here.room.runs
        if not room:
            return True
        now = self.clock.now()
        async with self.unit_of_work() as uow:
            left: Sequence[RunId] = await uow.runs.left_behind(
                owner=self.owner, now=now, before=now - SETTLING, limit=room
            )
        await self.here.execute_runs(left)
        return len(left) == room

    async def _papers(self, *, first: bool) -> None:
        """A paper has no lease, so one that is being read elsewhere cannot be told from one that is not; reading it twice
        is harmless, and the queue knows what it has been told already."""
        now = self.clock.now()
        everything = first and self.queue is None  # this server may be the one that left it
        waiting = SETTLING if self.queue else timedelta() if everything else self.paper_patience
        async with self.unit_of_work() as uow:
            papers: Sequence[Paper] = await uow.papers.reading(
                before=None if everything else now - waiting, limit=None if everything else PAPERS
            )
        for paper in papers:
            lost = paper.created_at < now - self.paper_patience and self.here.room.papers > 0
            if everything or lost:
                await self.here.read_paper(paper.id)
            elif self.queue:
                await self.queue.read_paper(paper.id)
