"""Jobs done in this process."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from server.adapters.jobs import EmbeddedJobs
from server.domain.ids import PaperId, RunId

pytestmark = pytest.mark.anyio


class Work:
    """Jobs that take until they are let go, and remember what happened."""

    def __init__(self) -> None:
        self.started: list[str] = []
        self.ended: list[str] = []
        self.cancelled: list[str] = []
        self.most_at_once = 0
        self.go = asyncio.Event()

    async def __call__(self, id: Any, *, placed: Callable[[], None] = lambda: None) -> None:  # noqa: A002
        self.started.append(id)
        placed()
        self.most_at_once = max(self.most_at_once, len(self.started) - len(self.ended))
        try:
            await self.go.wait()
        except asyncio.CancelledError:
            self.cancelled.append(id)
            raise
        self.ended.append(id)


def embedded(
    *,
    read: Callable[[PaperId], Awaitable[None]] | None = None,
    execute: Callable[..., Awaitable[None]] | None = None,
    max_runs: int = 16,
    max_papers: int = 4,
) -> EmbeddedJobs:
    jobs = EmbeddedJobs(max_runs=max_runs, max_papers=max_papers)
    jobs.connect(read_paper=read or Work(), execute_run=execute or Work())
    return jobs


def ids(*names: str) -> list[RunId]:
    return [RunId(name) for name in names]


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_runs_start_in_the_order_given_without_being_waited_for() -> None:
    work = Work()
    jobs = embedded(execute=work)

    await jobs.execute_runs(ids("a", "b", "c"))
    assert work.started == []
    await settle()
    assert work.started == ["a", "b", "c"]
    assert work.ended == []

    work.go.set()
    await jobs.drain()
    assert work.ended == ["a", "b", "c"]


async def test_a_run_begins_when_the_one_before_stands_in_line_or_has_ended() -> None:
    begun, placed_by = [], {}

    async def execute(id_: RunId, *, placed: Callable[[], None]) -> None:
        begun.append(id_)
        placed_by[id_] = placed
        if id_ != "b":
            await asyncio.Event().wait()

    jobs = embedded(execute=execute)
    await jobs.execute_runs(ids("a", "b", "c", "d", "e"))
    await settle()
    assert begun == ["a"]

    placed_by[RunId("a")]()
    await settle()
    assert begun == ["a", "b", "c"]

    await jobs.cancel_run(RunId("d"))
    await jobs.cancel_run(RunId("c"))
    await settle()
    assert begun == ["a", "b", "c", "e"]
    await jobs.close(0)


async def test_no_more_run_at_once_than_allowed() -> None:
    work = Work()
    jobs = embedded(execute=work, max_runs=2)

    await jobs.execute_runs(ids("a", "b", "c", "d"))
    await settle()
    assert work.started == ["a", "b"]

    work.go.set()
    await jobs.drain()
    assert work.started == ["a", "b", "c", "d"]
    assert work.most_at_once == 2


async def test_papers_and_runs_do_not_wait_for_each_other() -> None:
    papers, runs = Work(), Work()
    jobs = embedded(read=papers, execute=runs, max_runs=1, max_papers=1)

    await jobs.read_paper(PaperId("p"))
    await jobs.execute_runs(ids("r"))
    await settle()

    assert (papers.started, runs.started) == (["p"], ["r"])
    await jobs.close(0)


async def test_a_job_under_way_is_not_started_a_second_time() -> None:
    work = Work()
    jobs = embedded(execute=work)

    await jobs.execute_runs(ids("a", "a"))
    await jobs.execute_runs(ids("a"))
    work.go.set()
    await jobs.drain()
    assert work.started == ["a"]

    await jobs.execute_runs(ids("a"))
    await jobs.drain()
    assert work.started == ["a", "a"]


async def test_a_failing_job_takes_no_other_with_it_and_its_message_is_not_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    done: list[str] = []

    async def execute(id: RunId, *, placed: Callable[[], None]) -> None:  # noqa: A002, ARG001
        if id == "bad":
            message = "words of the paper"
            raise KeyError(message)
        done.append(id)

    jobs = embedded(execute=execute)
    await jobs.execute_runs(ids("bad", "good"))
    await jobs.drain()

    assert done == ["good"]
    assert "run:bad failed: KeyError" in caplog.text
    assert "test_jobs.py" in caplog.text
    assert "words of the paper" not in caplog.text


async def test_a_cancelled_run_has_let_go_when_cancel_returns() -> None:
    work = Work()
    jobs = embedded(execute=work)
    await jobs.execute_runs(ids("a", "b"))
    await settle()

    await jobs.cancel_run(RunId("a"))

    assert work.cancelled == ["a"]
    work.go.set()
    await jobs.drain()
    assert work.ended == ["b"]


async def test_a_run_still_waiting_for_its_place_is_cancelled_without_starting() -> None:
    work = Work()
    jobs = embedded(execute=work, max_runs=1)
    await jobs.execute_runs(ids("a", "b", "c"))
    await settle()

    await jobs.cancel_run(RunId("b"))
    work.go.set()
    await jobs.drain()

    assert work.started == ["a", "c"]


async def test_cancelling_what_is_not_executing_here_is_harmless() -> None:
    await embedded().cancel_run(RunId("elsewhere"))


async def test_a_run_may_cancel_itself_without_waiting_for_itself() -> None:
    async def execute(id: RunId, *, placed: Callable[[], None]) -> None:  # noqa: A002, ARG001
        await jobs.cancel_run(id)

    jobs = embedded(execute=execute)
    async with asyncio.timeout(2):
        await jobs.execute_runs(ids("a"))
        await jobs.drain()


async def test_draining_waits_for_jobs_that_jobs_started() -> None:
    runs = Work()
    runs.go.set()

    async def read(id: PaperId) -> None:  # noqa: A002
        await asyncio.sleep(0.01)
        await jobs.execute_runs(ids(f"run of {id}"))

    jobs = embedded(read=read, execute=runs)
    await jobs.read_paper(PaperId("p"))
    await jobs.drain()

    assert runs.ended == ["run of p"]


async def test_closing_lets_work_under_way_finish_and_starts_nothing_more() -> None:
    work = Work()
    jobs = embedded(execute=work, max_runs=1)
    await jobs.execute_runs(ids("a", "b"))
    await settle()

    closing = asyncio.create_task(jobs.close(5))
    await settle()
    work.go.set()
    await closing
    await jobs.execute_runs(ids("c"))
    await jobs.drain()

    assert work.ended == ["a"]
    assert work.started == ["a"]


async def test_closing_cancels_what_outlasts_the_grace() -> None:
    work = Work()
    jobs = embedded(execute=work)
    await jobs.execute_runs(ids("a"))
    await settle()

    await jobs.close(0.02)

    assert work.cancelled == ["a"]
    await jobs.drain()


async def test_closing_tells_what_was_not_done_and_does_not_wait_for_what_had_not_begun() -> None:
    papers, runs = Work(), Work()
    jobs = embedded(read=papers, execute=runs, max_runs=1)
    await jobs.execute_runs(ids("begun", "waiting"))
    await jobs.read_paper(PaperId("paper"))
    await settle()
    assert jobs.under_way == (1, 1)

    left = await jobs.close(0)

    assert sorted(left.runs) == ["begun", "waiting"]
    assert left.papers == ["paper"]
    assert runs.cancelled == ["begun"]


async def test_closing_again_with_less_grace_cuts_the_first_short() -> None:
    work = Work()
    jobs = embedded(execute=work)
    await jobs.execute_runs(ids("a"))
    await settle()
    patient = asyncio.create_task(jobs.close(600))
    await settle()

    async with asyncio.timeout(5):
        await jobs.close(0)
        await patient

    assert work.cancelled == ["a"]


async def test_there_is_room_for_as_many_as_may_begin_at_once() -> None:
    jobs = embedded(max_runs=2, max_papers=1)
    assert jobs.room == (2, 1)

    await jobs.execute_runs(ids("a", "b", "c"))
    await jobs.read_paper(PaperId("p"))
    assert jobs.room == (0, 0)

    await jobs.close(0)
    assert jobs.room == (0, 0), "nor when it is closed"


async def test_who_waits_for_a_run_may_leave_and_the_run_goes_on() -> None:
    work = Work()
    jobs = embedded(execute=work)
    await jobs.execute_runs(ids("a"))
    waiting = asyncio.create_task(jobs.ended(runs=ids("a", "unknown")))
    freed = asyncio.create_task(jobs.freed())
    await settle()
    waiting.cancel()
    await settle()
    assert not freed.done()

    work.go.set()
    async with asyncio.timeout(5):
        await jobs.ended(runs=ids("a"))
        await freed

    assert work.ended == ["a"]
