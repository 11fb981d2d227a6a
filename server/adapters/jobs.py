"""Work done in this process: readings of papers and executions of runs, a few at a time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, NamedTuple, Protocol

from server.domain.ids import PaperId, RunId

log = logging.getLogger(__name__)

RUN, PAPER = "run:", "paper:"
"""How the names of jobs begin."""

CANCEL_WAIT_S = 5.0
"""How long a cancelled run may take to let go of what it holds."""


class Room(NamedTuple):
    """So many of each kind of job."""

    runs: int
    papers: int


class Left(NamedTuple):
    """Jobs that were not done."""

    runs: Sequence[RunId]
    papers: Sequence[PaperId]


class ExecuteRun(Protocol):
    def __call__(self, run_id: RunId, /, *, placed: Callable[[], None]) -> Awaitable[None]:
        """`placed` is called once the run stands in line with others of its paper, if it ever does."""
        ...


class EmbeddedJobs:
    """Executes jobs as tasks. What each kind does is set after construction, since it may itself need jobs."""

    read: Callable[[PaperId], Awaitable[None]]
    """Reads a paper."""
    execute: ExecuteRun
    """Executes a run; takes turns with others of the same paper by itself, and says when it stands in line."""

    def __init__(self, *, max_runs: int = 16, max_papers: int = 4) -> None:
        self._max = {RUN: max_runs, PAPER: max_papers}
        self._run_slots = asyncio.Semaphore(max_runs)
        self._paper_slots = asyncio.Semaphore(max_papers)
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._busy: set[str] = set()
        self._freed = asyncio.Event()
        self._closing = False

    @property
    def is_closing(self) -> bool:
        """Nothing more is started."""
        return self._closing

    @property
    def room(self) -> Room:
        """How many more could begin at once."""
        return Room(self._left(RUN), self._left(PAPER))

    @property
    def under_way(self) -> Room:
        """How many have begun and not ended."""
        return Room(*(sum(name.startswith(kind) for name in self._busy) for kind in (RUN, PAPER)))

    def _left(self, kind: str) -> int:
        if self._closing:
            return 0
        return max(0, self._max[kind] - sum(name.startswith(kind) for name in self._tasks))

    def connect(
        self,
        *,
        read_paper: Callable[[PaperId], Awaitable[None]],
        execute_run: ExecuteRun,
    ) -> None:
        """Say what the jobs do. Once, before the first one."""
        self.read, self.execute = read_paper, execute_run

    async def read_paper(self, id: PaperId) -> None:  # noqa: A002
        self._start(PAPER + id, self._work(PAPER + id, self._paper_slots, lambda: self.read(id)))

    async def execute_runs(self, ids: Sequence[RunId]) -> None:
        before: asyncio.Event | None = None
        for id_ in ids:
            placed = asyncio.Event()
            if task := self._start(RUN + id_, self._run(id_, before, placed)):
                # Not at the end of the work: a task that is cancelled at once never begins it.
                task.add_done_callback(lambda _, placed=placed: placed.set())  # type: ignore[misc]
                before = placed

    async def cancel_run(self, id: RunId) -> None:  # noqa: A002
        """Stop it if it is executing here, and return when it has let go (or does not within some seconds)."""
        task = self._tasks.get(RUN + id)
        if task is None or task is asyncio.current_task():
            return
        task.cancel()
        await asyncio.wait([task], timeout=CANCEL_WAIT_S)

    async def freed(self) -> None:
        """Return when something that was started here has ended after this call."""
        self._freed.clear()
        await self._freed.wait()

    async def ended(self, *, papers: Sequence[PaperId] = (), runs: Sequence[RunId] = ()) -> None:
        """Return when none of these is being worked on here. Who stops waiting does not stop them."""
        names = (*(PAPER + id_ for id_ in papers), *(RUN + id_ for id_ in runs))
        if tasks := [self._tasks[name] for name in names if name in self._tasks]:
            await asyncio.wait(tasks)

    async def drain(self) -> None:
        """Return when nothing is left to do, including what jobs started meanwhile."""
        while self._tasks:
            await asyncio.wait(list(self._tasks.values()))

    async def close(self, grace_s: float) -> Left:
        """Start nothing more, let what is under way finish within `grace_s` seconds, then cancel it. Called again
        meanwhile with less grace, it takes that.

        Returns:
            What was not done. It stays in the database, for the next process.
        """
        self._closing = True
        left = [name for name in self._tasks if name not in self._busy]
        for name in left:
            self._tasks[name].cancel()
        if self._tasks:
            await asyncio.wait(list(self._tasks.values()), timeout=grace_s)
        cut = dict(self._tasks)
        for task in cut.values():
            task.cancel()
        if cut:
            await asyncio.wait(list(cut.values()), timeout=CANCEL_WAIT_S)
        return _unfinished([*left, *cut])

    def _start(self, name: str, work: Coroutine[Any, Any, None]) -> asyncio.Task[None] | None:
        """One task per name: a job that is under way here is not started a second time; then None."""
        if self._closing or name in self._tasks:
            work.close()
            return None
        task = asyncio.create_task(work, name=name)
        self._tasks[name] = task
        task.add_done_callback(lambda _: self._ended(name))
        return task

    def _ended(self, name: str) -> None:
        self._tasks.pop(name, None)
        self._freed.set()

    async def _run(self, id_: RunId, before: asyncio.Event | None, placed: asyncio.Event) -> None:
        """One run; it gets in line behind `before`, however long either takes to get ready."""
        if before:
            await before.wait()
        await self._work(RUN + id_, self._run_slots, lambda: self.execute(id_, placed=placed.set))

    async def _work(self, name: str, slots: asyncio.Semaphore, job: Callable[[], Awaitable[None]]) -> None:
        async with slots:
            if self._closing:
                return
            self._busy.add(name)
            try:
                await job()
            except Exception as error:  # noqa: BLE001 (a job that fails must not take others with it)
                # Its kind and place only: the message of an exception may hold text of a paper.
                log.error("%s failed: %s at %s", name, type(error).__name__, _place(error))  # noqa: TRY400
            finally:
                self._busy.discard(name)


def _unfinished(names: Sequence[str]) -> Left:
    return Left(
        [RunId(name.removeprefix(RUN)) for name in names if name.startswith(RUN)],
        [PaperId(name.removeprefix(PAPER)) for name in names if name.startswith(PAPER)],
    )


def _place(error: Exception) -> str:
    """File and line that raised it."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return "?" if trace is None else f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}"
