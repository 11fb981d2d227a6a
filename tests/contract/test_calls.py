"""Answers kept until their run is over, and what only the holder of a run may do: the same in memory and in SQL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from server.application.ports import RecordedCall
from server.domain.errors import NotFoundError
from server.domain.extractions import Notice
from server.domain.ids import RunId
from server.domain.papers import Problem
from server.domain.runs import Attempt, Run, RunStatus, Usage

from builders import NOON, a_paper, a_queued_run
from storage import SQL, STORAGES, Storage, address, connected, opened

pytestmark = pytest.mark.anyio

RUN, OTHER = RunId("run-1"), RunId("run-2")
LEASE = NOON + timedelta(seconds=30)
LATER = LEASE + timedelta(seconds=1)
FIRST, SECOND = ("a" * 64, 1), ("a" * 64, 2)


def a_call(text: str = '{"what": "論文"}', **changes: object) -> RecordedCall:
    return replace(RecordedCall(NOON, text, usage=Usage(10, 5, 3, 1, 0.002)), **changes)  # type: ignore[arg-type]


@pytest.fixture(params=STORAGES)
async def storage(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Storage]:
    async with opened(request.param, tmp_path) as storage:
        await storage.has(a_paper(), a_queued_run("run-1"), a_queued_run("run-2"))
        yield storage


async def add(storage: Storage, *calls: tuple[tuple[str, int], RecordedCall], run: RunId = RUN) -> list[bool]:
    async with storage.unit_of_work() as uow:
        added = [await uow.calls.add(run, place, call) for place, call in calls]
        await uow.commit()
    return added


async def calls_of(storage: Storage, run: RunId = RUN) -> dict[tuple[str, int], RecordedCall]:
    async with storage.unit_of_work() as uow:
        return dict(await uow.calls.of_run(run))


async def claimed(storage: Storage, run: RunId = RUN) -> Run:
    async with storage.unit_of_work() as uow:
        taken = await uow.runs.claim(run, now=NOON, lease_until=LEASE)
        await uow.commit()
    assert taken
    return taken


async def saved(storage: Storage, run: Run) -> bool:
    async with storage.unit_of_work() as uow:
        kept = await uow.runs.save(run)
        await uow.commit()
    return kept


# Answers


async def test_an_answer_comes_back_as_it_was_kept(storage: Storage) -> None:
    call = a_call(
        attempts=(Attempt("unavailable", 3), Attempt("ok", 900)),
        language="ja",
        warnings=(Notice("parameter_dropped", data={"parameter": "seed"}),),
        answer_usage=Usage(10),
        error=Problem("refused", {}),
        is_whole=False,
    )

    assert await add(storage, (FIRST, call)) == [True]

    assert await calls_of(storage) == {FIRST: call}


async def test_the_same_question_asked_twice_has_two_answers_and_each_stays(storage: Storage) -> None:
    await add(storage, (FIRST, a_call("one")), (SECOND, a_call("two")))

    assert await add(storage, (FIRST, a_call("late"))) == [True]

    assert [call.text for call in (await calls_of(storage)).values()] == ["one", "two"]


async def test_answers_come_in_the_order_they_were_given(storage: Storage) -> None:
    places = [(letter * 64, 1) for letter in "cab"]
    for number, place in enumerate(places):
        await add(storage, (place, a_call(at=NOON + timedelta(seconds=number))))

    assert list(await calls_of(storage)) == places


async def test_answers_of_one_run_are_not_those_of_another(storage: Storage) -> None:
    await add(storage, (FIRST, a_call()))

    assert await calls_of(storage, OTHER) == {}


@pytest.mark.parametrize("status", [status for status in RunStatus if status.is_over])
async def test_answers_go_with_the_end_of_their_run_and_none_comes_after(
    storage: Storage, status: RunStatus
) -> None:
    await add(storage, (FIRST, a_call()))
    await add(storage, (FIRST, a_call()), run=OTHER)
    run = await claimed(storage)

    assert await saved(storage, replace(run, status=status))

    assert await calls_of(storage) == {}
    assert await add(storage, (SECOND, a_call())) == [False]
    assert await calls_of(storage) == {}
    assert list(await calls_of(storage, OTHER)) == [FIRST]


async def test_answers_stay_when_an_end_is_discarded_or_not_committed(storage: Storage) -> None:
    await add(storage, (FIRST, a_call()))
    run = await claimed(storage)

    assert not await saved(storage, replace(run, status=RunStatus.FAILED, fence=run.fence - 1))
    async with storage.unit_of_work() as uow:
        assert await uow.runs.save(replace(run, status=RunStatus.FAILED))

    assert list(await calls_of(storage)) == [FIRST]


async def test_a_run_that_is_gone_takes_no_answer(storage: Storage) -> None:
    await add(storage, (FIRST, a_call()))
    async with storage.unit_of_work() as uow:
        await uow.runs.delete(RUN)
        await uow.commit()

    assert await calls_of(storage) == {}
    assert await add(storage, (FIRST, a_call())) == [False]


# Who holds it


async def test_a_holder_tells_while_it_holds_and_nobody_else_does(storage: Storage) -> None:
    with pytest.raises(NotFoundError):  # nobody has claimed it
        await storage.events.append("run:run-1", "started", {}, fence=0)
    older = await claimed(storage)
    await storage.events.append("run:run-1", "started", {}, fence=older.fence)
    async with storage.unit_of_work() as uow:
        newer = await uow.runs.claim(RUN, now=LATER, lease_until=LATER)
        await uow.commit()
    assert newer

    with pytest.raises(NotFoundError):
        await storage.events.append("run:run-1", "field", {"by": "older"}, fence=older.fence)
    await storage.events.append("run:run-1", "field", {"by": "newer"}, fence=newer.fence)
    await saved(storage, newer.cancel(at=LATER))
    await storage.events.append("run:run-1", "finished", {"status": "cancelled"})
    with pytest.raises(NotFoundError):
        await storage.events.append("run:run-1", "field", {"by": "newer"}, fence=newer.fence)

    told = await storage.events.after(["run:run-1"], 0)
    assert [(event.id, event.name) for event in told] == [(1, "started"), (2, "field"), (3, "finished")]


async def test_a_sleeping_run_is_left_alone_until_its_time(storage: Storage) -> None:
    async with storage.unit_of_work() as uow:
        run = await uow.runs.get(RUN)
        assert run
        await uow.runs.save(replace(run, wake_at=LATER))
        await uow.commit()

    async with storage.unit_of_work() as uow:
        assert await uow.runs.left_behind(owner="server", now=LEASE) == [OTHER]
        assert await uow.runs.left_behind(owner="server", now=LATER) == [RUN, OTHER]
        assert await uow.runs.claim(RUN, now=LEASE, lease_until=LATER) is None
        taken = await uow.runs.claim(RUN, now=LATER, lease_until=LATER + timedelta(seconds=30))
        assert taken
        assert (taken.status, taken.wake_at) == (RunStatus.RUNNING, None)


# Two at once


@pytest.fixture(params=SQL)
async def two(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[tuple[Storage, Storage]]:
    """Connected apart, as two processes are."""
    url = await address(request.param, tmp_path)
    async with AsyncExitStack() as stack:
        one = await stack.enter_async_context(connected(url))
        await one.has(a_paper(), a_queued_run("run-1"))
        yield one, await stack.enter_async_context(connected(url))


async def test_an_answer_that_comes_while_its_run_ends_leaves_nothing_behind(
    two: tuple[Storage, Storage],
) -> None:
    ending, answering = two
    run = await claimed(ending)

    async with ending.unit_of_work() as uow:
        assert await uow.calls.of_run(RUN, alone=True) == {}
        adding = asyncio.create_task(add(answering, (FIRST, a_call())))
        await asyncio.sleep(0.1)
        assert not adding.done()
        await uow.runs.save(run.cancel(at=NOON))
        await uow.commit()

    assert await adding == [False]
    assert await calls_of(ending) == {}


async def test_an_answer_that_two_keep_at_once_is_kept_once(two: tuple[Storage, Storage]) -> None:
    added = await asyncio.gather(*(add(storage, (FIRST, a_call())) for storage in two * 4))

    assert added == [[True]] * 8
    assert len(await calls_of(two[0])) == 1
