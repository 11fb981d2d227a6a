"""What runs may cost and did cost: the same facts hold in memory and in SQL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from server.domain.ids import LOCAL_WORKSPACE, RunId
from server.domain.papers import Problem
from server.domain.runs import Attempt, Run, RunStatus, Usage
from server.domain.spending import DaySpending

from builders import NOON, a_paper, a_queued_run
from storage import STORAGES, Storage, opened

pytestmark = pytest.mark.anyio

TODAY = NOON.date()
TOMORROW = TODAY + timedelta(days=1)


@pytest.fixture(params=STORAGES)
async def storage(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Storage]:
    async with opened(request.param, tmp_path) as storage:
        await storage.has(a_paper())
        yield storage


def a_paid_run(number: int = 1) -> Run:
    return a_queued_run(id=RunId(f"run-{number}"), engine="openai", model="dear")


async def a_start(storage: Storage, run: Run, micros: int | None, day: date = TODAY) -> Run:
    """Recorded, with a promise or without one, and taken up."""
    async with storage.unit_of_work() as uow:
        if micros is not None:
            await uow.spending.reserve(run.id, day=day, micros=micros)
        await uow.runs.add(run)
        claimed = await uow.runs.claim(run.id, now=NOON, lease_until=NOON + timedelta(seconds=30))
        await uow.commit()
    assert claimed
    return claimed


async def saved(storage: Storage, run: Run) -> bool:
    async with storage.unit_of_work() as uow:
        kept = await uow.runs.save(run)
        await uow.commit()
    return kept


async def committed(storage: Storage, day: date = TODAY) -> int:
    async with storage.unit_of_work() as uow:
        return await uow.spending.committed(LOCAL_WORKSPACE, day)


async def days(storage: Storage) -> list[DaySpending]:
    async with storage.unit_of_work() as uow:
        return list(await uow.spending.days(LOCAL_WORKSPACE, first=TODAY, last=TOMORROW))


def ended(run: Run, *, usd: float | None, status: RunStatus = RunStatus.FINISHED) -> Run:
    return replace(run, status=status, usage=Usage(cost_usd=usd), lease_until=None)


async def test_a_promise_counts_until_the_run_is_over_and_then_its_cost(storage: Storage) -> None:
    run = await a_start(storage, a_paid_run(), 500)
    assert (await committed(storage), await days(storage)) == (500, [DaySpending(TODAY, 500, 0, 1)])

    await saved(storage, ended(run, usd=0.000123))

    assert (await committed(storage), await days(storage)) == (123, [DaySpending(TODAY, 0, 123, 1)])


async def test_a_run_that_goes_beyond_its_promise_is_counted_as_it_was(storage: Storage) -> None:
    run = await a_start(storage, a_paid_run(), 500)

    await saved(storage, ended(run, usd=0.0009))

    assert await committed(storage) == 900


@pytest.mark.parametrize("status", [RunStatus.FINISHED, RunStatus.FAILED, RunStatus.CANCELLED])
async def test_what_nobody_knows_the_cost_of_stays_as_it_was_promised(
    storage: Storage, status: RunStatus
) -> None:
    run = await a_start(storage, a_paid_run(), 500)

    await saved(storage, ended(run, usd=None, status=status))

    assert await days(storage) == [DaySpending(TODAY, 0, 500, 1)]


async def test_a_run_that_was_refused_before_any_work_costs_nothing(storage: Storage) -> None:
    run = await a_start(storage, a_paid_run(), 500)
    refused = replace(
        ended(run, usd=None, status=RunStatus.FAILED),
        error=Problem("quota", {}),
        attempts=(Attempt("rate_limited", 5), Attempt("quota", 3)),
    )

    await saved(storage, refused)

    assert await committed(storage) == 0


async def test_a_run_that_is_cancelled_before_anybody_took_it_costs_nothing(storage: Storage) -> None:
    async with storage.unit_of_work() as uow:
        await uow.spending.reserve(RunId("run-1"), day=TODAY, micros=500)
        await uow.runs.add(a_paid_run())
        await uow.commit()

    await saved(storage, a_paid_run().cancel(at=NOON))

    assert await committed(storage) == 0


async def test_what_an_older_holder_says_of_the_cost_is_discarded_with_its_answer(storage: Storage) -> None:
    run = await a_start(storage, a_paid_run(), 500)

    assert not await saved(storage, replace(ended(run, usd=0.000001), fence=run.fence - 1))

    assert await committed(storage) == 500


async def test_deleting_runs_gives_nothing_back(storage: Storage) -> None:
    over = await a_start(storage, a_paid_run(1), 500)
    await a_start(storage, a_paid_run(2), 70)
    await saved(storage, ended(over, usd=0.0003))

    async with storage.unit_of_work() as uow:
        await uow.papers.delete(a_paper().id)
        await uow.commit()

    assert await committed(storage) == 370


async def test_what_runs_cost_is_counted_without_promises_too(storage: Storage) -> None:
    paid = await a_start(storage, a_paid_run(1), None)
    free = await a_start(storage, a_paid_run(2), None)

    await saved(storage, ended(paid, usd=0.0004))
    await saved(storage, ended(free, usd=0.0))

    assert await days(storage) == [DaySpending(TODAY, 0, 400, 1)]


async def test_each_day_counts_for_itself(storage: Storage) -> None:
    await a_start(storage, a_paid_run(1), 500)
    await a_start(storage, a_paid_run(2), 70, day=TOMORROW)

    assert (await committed(storage), await committed(storage, TOMORROW)) == (500, 70)
    assert [day.day for day in await days(storage)] == [TODAY, TOMORROW]


async def test_a_promise_is_taken_back_with_the_run_that_was_not_recorded(storage: Storage) -> None:
    async with storage.unit_of_work() as uow:
        await uow.spending.reserve(RunId("run-1"), day=TODAY, micros=500)

    assert await committed(storage) == 0


async def test_those_who_promise_take_turns(storage: Storage) -> None:
    """Each looks, waits, and promises all that is left: only one may find anything."""

    async def promise(number: int) -> None:
        async with storage.unit_of_work() as uow:
            left = 100 - await uow.spending.committed(LOCAL_WORKSPACE, TODAY, alone=True)
            await asyncio.sleep(0.001)
            await uow.spending.reserve(RunId(f"run-{number}"), day=TODAY, micros=left)
            await uow.commit()

    await asyncio.gather(*(promise(number) for number in range(8)))

    assert await committed(storage) == 100
