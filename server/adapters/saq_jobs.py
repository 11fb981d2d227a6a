"""Tells workers of committed work, through SAQ. A hint that may be lost: workers look into the database by themselves."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from typing import Any

from server.adapters.saq_broker import SaqBroker
from server.application.ports import UnitOfWorkFactory
from server.domain.ids import PaperId, RunId

log = logging.getLogger(__name__)

READ_PAPER, EXECUTE_RUNS = "read_paper", "execute_runs"
"""What workers do."""

TOLD_IN_S = 2.0
"""How long telling may take. Whoever waits for it has their work recorded already."""
AWAY_S = 5.0
"""A broker that could not be told is not tried again for so long."""

HEARTBEAT_S = 15
"""A worker that has not been heard of for so long has lost the job."""

JOB: dict[str, Any] = {
    # SAQ's defaults lose jobs: 10 s, one attempt, no heartbeat. A run has its own deadline, and so has a paper.
    "timeout": 0,
    "heartbeat": HEARTBEAT_S,
    "retries": 5,
    "retry_delay": 1.0,
    "retry_backoff": 10.0,
    # Nothing is kept of what is done: SAQ takes no job with the key of one that ended within the same second.
    "ttl": -1,
}


class SaqJobs:
    """Jobs that workers do. Everything about one paper's runs goes to one worker, so that they follow each other there;
    while a job for a paper waits or is under way, another is not queued."""

    def __init__(self, broker: SaqBroker, unit_of_work: UnitOfWorkFactory) -> None:
        self._broker = broker
        self._unit_of_work = unit_of_work
        self._away_until = float("-inf")

    async def read_paper(self, id: PaperId) -> None:  # noqa: A002
        await self._tell(READ_PAPER, [id])

    async def execute_runs(self, ids: Sequence[RunId]) -> None:
        if not ids:
            return
        async with self._unit_of_work() as uow:
            papers = await uow.runs.papers_of(ids)
        await self._tell(EXECUTE_RUNS, papers)

    async def cancel_run(self, id: RunId) -> None:  # noqa: A002
        """Nothing executes here. Whoever executes it finds out from its record."""

    async def answers(self) -> bool:
        """Whether the broker can be told anything right now."""
        try:
            async with asyncio.timeout(TOLD_IN_S):
                await self._broker.runs.count("queued")
        except Exception as error:  # noqa: BLE001
            log.warning("queue does not answer: %s", type(error).__name__)
            return False
        return True

    async def _tell(self, function: str, papers: Sequence[PaperId]) -> None:
        queue = self._broker.papers if function == READ_PAPER else self._broker.runs
        if time.monotonic() < self._away_until:
            return
        try:
            for paper_id in papers:
                async with asyncio.timeout(TOLD_IN_S):
                    await queue.enqueue(function, key=f"{function}:{paper_id}", paper_id=paper_id, **JOB)
        except Exception as error:  # noqa: BLE001 (whatever ails the broker: the work is recorded, and will be found)
            self._away_until = time.monotonic() + AWAY_S
            log.warning("workers not told, they find it by themselves: %s", type(error).__name__)
