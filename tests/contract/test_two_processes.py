"""One database, several processes: who claims, numbers, deletes and counts at the same time as somebody else."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from server.application.ports import Event
from server.domain.errors import NotFoundError
from server.domain.ids import LOCAL_WORKSPACE, PaperId, RunId
from server.domain.papers import Paper
from server.domain.runs import Run, RunStatus
from server.domain.searching import run_text

from builders import NOON, a_finished_run, a_paper, a_queued_run
from builders.votes import a_vote
from storage import SQL, Storage, address, connected

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).resolve().parents[2]
RUN = RunId("run-1")
LEASE = NOON + timedelta(seconds=30)
LATER = LEASE + timedelta(seconds=1)
RUNS = ["run:run-1", "run:run-2"]


@pytest.fixture(params=SQL)
async def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Of a database with a paper and two queued runs."""
    url = await address(request.param, tmp_path)
    async with connected(url) as storage:
        await storage.has(a_paper(), a_queued_run("run-1"), a_queued_run("run-2"))
    return url


@pytest.fixture
async def two(url: str) -> AsyncIterator[tuple[Storage, Storage]]:
    """Connected apart, as two processes are."""
    async with AsyncExitStack() as stack:
        yield await stack.enter_async_context(connected(url)), await stack.enter_async_context(connected(url))


async def apart(url: str, program: str, *names: str) -> list[list[str]]:
    """What processes that run at once print, by line. `program` has `storage` and its own `name`."""
    code = PROGRAM.format(program="\n".join(f"        {line}" for line in program.strip().splitlines()))
    processes = [
        await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", code, url, name),
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for name in names
    ]
    async with asyncio.timeout(60):
        said = await asyncio.gather(*(process.communicate() for process in processes))
    assert [error.decode() for _, error in said] == ["" for _ in names]
    return [out.decode().split() for out, _ in said]


PROGRAM = """
import asyncio, sys
sys.path.insert(0, "tests")
from datetime import timedelta
from builders import NOON, a_paper, a_queued_run
from storage import connected

async def main(url, name):
    async with connected(url) as storage:
{program}

asyncio.run(main(*sys.argv[1:]))
"""


# Claims and fences


async def test_of_twenty_claimants_in_two_processes_one_has_the_run(url: str) -> None:
    claim = """
async def claim():
    async with storage.unit_of_work() as uow:
        run = await uow.runs.claim("run-1", now=NOON, lease_until=NOON + timedelta(seconds=30))
        await uow.commit()
    print("-" if run is None else run.fence)
await asyncio.gather(*(claim() for _ in range(10)))
"""
    said = await apart(url, claim, "one", "two")

    assert Counter(fence for fences in said for fence in fences) == {"-": 19, "1": 1}


async def test_a_commit_with_an_old_fence_is_discarded(two: tuple[Storage, Storage]) -> None:
    late, prompt = two
    async with late.unit_of_work() as uow:
        stopped = await uow.runs.claim(RUN, now=NOON, lease_until=LEASE)
        await uow.commit()
    async with prompt.unit_of_work() as uow:
        taken = await uow.runs.claim(RUN, now=LATER, lease_until=LATER)
        await uow.commit()
    assert stopped is not None
    assert taken is not None

    async with late.unit_of_work() as uow:
        assert await uow.runs.save(stopped.finish(answer={"what": "late"})) is False
        await uow.commit()
    async with prompt.unit_of_work() as uow:
        assert await uow.runs.save(taken.finish(answer={"what": "right"})) is True
        await uow.commit()
        kept = await uow.runs.get(RUN)

    assert (taken.fence, kept and kept.fence, kept and kept.answer) == (2, 2, {"what": "right"})


async def test_a_lease_that_is_being_renewed_is_not_taken(two: tuple[Storage, Storage]) -> None:
    holder, claimant = two
    async with holder.unit_of_work() as uow:
        held = await uow.runs.claim(RUN, now=NOON, lease_until=LEASE)
        await uow.commit()
    assert held is not None

    async def claim() -> object:
        async with claimant.unit_of_work() as uow:
            return await uow.runs.claim(RUN, now=LATER, lease_until=LATER)

    async with holder.unit_of_work() as uow:
        assert await uow.runs.save(replace(held, lease_until=LATER + timedelta(seconds=30)))
        claiming = asyncio.create_task(claim())
        await asyncio.sleep(0.1)  # it has come as far as it can
        assert not claiming.done()
        await uow.commit()

    assert await claiming is None


# Events


async def test_eight_writers_in_two_processes_leave_no_gap_in_a_stream(url: str) -> None:
    write = """
async def write(number):
    for n in range(10):
        await storage.events.append("run:run-1", "field", {"by": f"{name}{number}", "n": n})
await asyncio.gather(*(write(number) for number in range(4)))
"""
    await apart(url, write, "one", "two")

    async with connected(url) as storage:
        events = await storage.events.after(["run:run-1"], 0)
    assert [event.id for event in events] == list(range(1, 81))
    for writer in {event.data["by"] for event in events}:
        assert [e.data["n"] for e in events if e.data["by"] == writer] == list(range(10))


async def test_a_reader_of_several_streams_misses_nothing_that_is_committed_late(
    two: tuple[Storage, Storage],
) -> None:
    """As followers of a comparison do, whose readers run in several processes."""
    streams = [*RUNS, "paper:paper-1"]
    reading, seen = True, list[Event]()

    async def write(storage: Storage, stream: str) -> None:
        for n in range(25):
            await storage.events.append(stream, "field", {"n": n, "long": "x" * 1000 * (n % 3)})

    async def read() -> None:
        while reading:
            seen.extend(await two[0].events.after(streams, seen[-1].seq if seen else 0))

    reader = asyncio.create_task(read())
    await asyncio.gather(*(write(storage, stream) for storage in two for stream in streams))
    reading = False
    await reader

    whole = await two[0].events.after(streams, 0)
    assert len(whole) == 150
    assert seen + list(await two[0].events.after(streams, seen[-1].seq)) == whole


async def test_nothing_is_appended_while_its_run_is_being_deleted(two: tuple[Storage, Storage]) -> None:
    deleter, writer = two
    await writer.events.append("run:run-1", "started", {})
    async with deleter.unit_of_work() as uow:
        await uow.runs.delete(RUN)
        late = asyncio.create_task(writer.events.append("run:run-1", "field", {"value": "of the paper"}))
        await asyncio.sleep(0.1)
        assert not late.done()
        await uow.commit()

    with pytest.raises(NotFoundError):
        await late
    assert await writer.events.after(["run:run-1"], 0) == []


@pytest.mark.parametrize("url", ["postgres"], indirect=True)  # SQLite has one writer at a time
async def test_events_of_a_paper_do_not_wait_for_the_deletion_of_another(
    two: tuple[Storage, Storage],
) -> None:
    deleter, writer = two
    other = a_paper(id=PaperId("paper-2"), sha256="2")
    await writer.has(other, a_queued_run("run-3", paper_id=other.id))
    async with deleter.unit_of_work() as uow:
        await uow.papers.delete(a_paper().id)

        async with asyncio.timeout(3):
            assert (await writer.events.append("run:run-3", "started", {})).id == 1


# What is kept once


async def test_a_second_vote_waits_until_the_first_is_counted(two: tuple[Storage, Storage]) -> None:
    one, another = two

    async def vote(storage: Storage, id_: str) -> int:
        async with storage.unit_of_work() as uow:
            earlier = await uow.votes.of_voter("somebody", a_paper().id)
            await asyncio.sleep(0.05)
            await uow.votes.add(a_vote(id_, ranks=not earlier))
            await uow.commit()
        return len(earlier)

    assert sorted(await asyncio.gather(vote(one, "vote-1"), vote(another, "vote-2"))) == [0, 1]
    async with one.unit_of_work() as uow:
        assert len(await uow.votes.ranking(LOCAL_WORKSPACE, row=None)) == 1


async def test_a_text_that_two_take_in_at_once_is_kept_once(two: tuple[Storage, Storage]) -> None:
    run = a_finished_run("run-4", answer={"a": "findable"})
    await two[0].has(run)
    text = run_text(run)
    assert text is not None

    async def put(storage: Storage) -> None:
        async with storage.unit_of_work() as uow:
            await uow.search.put(text)
            await asyncio.sleep(0.05)
            await uow.commit()

    await asyncio.gather(*(put(storage) for storage in two))

    async with two[0].unit_of_work() as uow:
        assert list(await uow.search.of([run.id])) == [run.id]


async def test_answers_that_come_while_their_paper_is_deleted_stand_in_nobodys_way(
    two: tuple[Storage, Storage],
) -> None:
    deleter, executor = two
    papers = [a_paper(id=PaperId(f"paper-1{n}"), sha256=str(n)) for n in range(20)]
    runs = [a_queued_run(f"run-1{n}", paper_id=paper.id) for n, paper in enumerate(papers)]
    await executor.has(*papers, *runs)

    async def finish(run: Run) -> None:
        async with executor.unit_of_work() as uow:
            await uow.runs.save(run.finish(answer={"what": "findable"}))
            await uow.commit()

    async def delete(paper: Paper) -> None:
        async with deleter.unit_of_work() as uow:
            await uow.papers.delete(paper.id)
            await uow.commit()

    for paper, run in zip(papers, runs, strict=True):  # a deadlock would be a `BusyError` of one of the two
        await asyncio.gather(finish(run), delete(paper))

    async with deleter.unit_of_work() as uow:
        assert await uow.search.of([run.id for run in runs]) == {}
        assert [await uow.runs.get(run.id) for run in runs] == [None] * 20


async def test_a_run_is_not_brought_back_by_who_still_executes_it(two: tuple[Storage, Storage]) -> None:
    deleter, executor = two
    async with executor.unit_of_work() as uow:
        held = await uow.runs.claim(RUN, now=NOON, lease_until=LEASE)
        await uow.commit()
    assert held is not None

    async def finish() -> bool:
        async with executor.unit_of_work() as uow:
            kept = await uow.runs.save(held.finish(answer={}))
            await uow.commit()
        return kept

    async with deleter.unit_of_work() as uow:
        await uow.papers.delete(a_paper().id)
        finishing = asyncio.create_task(finish())
        await asyncio.sleep(0.1)
        await uow.commit()

    assert await finishing is False
    async with deleter.unit_of_work() as uow:
        assert await uow.runs.list(LOCAL_WORKSPACE, limit=9, cursor=None, status=RunStatus.FINISHED) == []
