"""Takes jobs from SAQ's queues and does them in this process."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from math import ceil
from typing import Any

from saq import Job, Worker
from saq.queue import Queue
from saq.types import PartialTimersDict

from server.adapters.jobs import EmbeddedJobs
from server.adapters.saq_broker import SaqBroker
from server.adapters.saq_jobs import EXECUTE_RUNS, HEARTBEAT_S, READ_PAPER
from server.application.ports import Clock, UnitOfWorkFactory
from server.domain.ids import PaperId, RunId

log = logging.getLogger(__name__)

BEAT_S = HEARTBEAT_S / 4
PAUSE_S = 0.5
"""After getting nothing, so that a broker which is away is not asked without end."""
TIMERS: PartialTimersDict = {"schedule": 1, "worker_info": 10, "sweep": 5, "abort": 1}
"""Seconds between what SAQ does by itself; `sweep`: its looks for jobs of workers that are gone."""
AT_ONCE = 100
"""Runs of one paper that are looked up at a time."""
LAST_S = 10
"""What SAQ may take at the end to tell the broker what is done."""

Do = Callable[[PaperId], Awaitable[None]]


class WorkFailedError(Exception):
    """A job failed; says how, without a word of what it was about."""


class SaqWorker:
    """Does what the queues say, as much at once as `hands` can. A job is a hint to look into the database: what is to be
    done, in which order and by whom stands there alone."""

    def __init__(
        self,
        broker: SaqBroker,
        hands: EmbeddedJobs,
        unit_of_work: UnitOfWorkFactory,
        clock: Clock,
        *,
        owner: str,
        grace_s: float,
    ) -> None:
        """`grace_s`: how long jobs under way may go on after `stop_taking`."""
        self._hands, self._unit_of_work, self._clock, self._owner = hands, unit_of_work, clock, owner
        room = hands.room
        self._pullers = (
            _Puller(broker.papers, READ_PAPER, self._read_paper, at_once=room.papers, grace_s=grace_s),
            _Puller(broker.runs, EXECUTE_RUNS, self._execute_runs, at_once=room.runs, grace_s=grace_s),
        )
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Take jobs from now on, until `stop`."""
        self._tasks = [asyncio.create_task(puller.start()) for puller in self._pullers]

    def stop_taking(self) -> None:
        """Take no more jobs. Those under way go on."""
        for puller in self._pullers:
            puller.stop_taking()

    async def ended(self) -> None:
        """Return when no job is under way. After `stop_taking`."""
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def _read_paper(self, paper_id: PaperId) -> None:
        await self._hands.read_paper(paper_id)
        await self._hands.ended(papers=[paper_id])

    async def _execute_runs(self, paper_id: PaperId) -> None:
        """All runs of the paper that may be taken, and those that come meanwhile; each once."""
        seen: set[RunId] = set()
        while not self._hands.is_closing:
            async with self._unit_of_work() as uow:
                left = await uow.runs.left_behind(
                    owner=self._owner, now=self._clock.now(), paper_id=paper_id, limit=AT_ONCE + len(seen)
                )
            todo = [id_ for id_ in left if id_ not in seen]
            if not todo:
                return
            seen.update(todo)
            await self._hands.execute_runs(todo)
            await self._hands.ended(runs=todo)


class _Puller(Worker[Any]):
    """SAQ's worker for one queue. Signals are not its business, and stopping does not wait for what has not begun."""

    SIGNALS: list[Any] = []  # noqa: RUF012 (as SAQ declares it)

    def __init__(self, queue: Queue, name: str, do: Do, *, at_once: int, grace_s: float) -> None:
        super().__init__(
            queue,
            functions=[(name, self._do)],
            concurrency=at_once,
            before_process=self._begins,
            timers=TIMERS,
            shutdown_grace_period_s=ceil(grace_s) + LAST_S,
        )
        self._work = do
        self._busy: set[asyncio.Task[Any]] = set()

    def stop_taking(self) -> None:
        self.event.set()
        for task in self.tasks - self._busy:
            task.cancel()

    async def process(self) -> bool:
        """As SAQ's, but asks a broker that gave nothing, or failed, only now and then."""
        task = asyncio.current_task()
        try:
            done = await super().process()
            if task not in self._busy and not self.event.is_set():
                await asyncio.sleep(PAUSE_S)
            return done
        finally:
            if task:
                self._busy.discard(task)

    async def _begins(self, _: Any) -> None:
        if task := asyncio.current_task():
            self._busy.add(task)

    async def _do(self, context: dict[str, Any], *, paper_id: str) -> None:
        beat = asyncio.create_task(_beat(context["job"]))
        try:
            await self._work(PaperId(paper_id))
        except Exception as error:  # noqa: BLE001
            # SAQ keeps what is raised, with its message, which may hold text of a paper.
            raise WorkFailedError(type(error).__name__) from None
        finally:
            beat.cancel()
            with suppress(asyncio.CancelledError):
                await beat


async def _beat(job: Job) -> None:
    """Tell the broker that somebody still has the job."""
    while True:
        await asyncio.sleep(BEAT_S)
        try:
            await job.update()
        except Exception as error:  # noqa: BLE001 (at worst another worker looks, and finds nothing to do)
            log.warning("queue not told of work under way: %s", type(error).__name__)
