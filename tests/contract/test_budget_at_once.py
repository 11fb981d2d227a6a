"""Starts at the same moment, from two processes' connections: together they never pass the budget."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from server.adapters.persona_files import PersonaFileParser
from server.application.personas import PersonaShelf
from server.application.spending import Budget
from server.application.start_run import RunRequest, StartRun
from server.domain.errors import OverBudgetError
from server.domain.ids import LOCAL_WORKSPACE
from server.domain.requests import ReaderRequest
from server.domain.runs import Run, RunStatus, Usage
from server.domain.spending import Estimate

from builders import a_model, a_paper, a_persona
from house import ListedModels, ListedPersonas
from memory import Memory
from storage import SQL, Storage, address, connected

pytestmark = pytest.mark.anyio

BUDGET = 1_000_000
STARTS = 30


@dataclass
class Costing:
    """An estimate by the run's seed, which is its price; it takes a moment."""

    async def __call__(self, run: Run, **_: Any) -> Estimate:
        await asyncio.sleep(0)
        return Estimate(calls=1, at_most_micros=run.settings.seed or 0)


class NamedIds:
    """Ids that two processes do not share."""

    def __init__(self, name: str) -> None:
        self._ids = (f"{name}-{number:04}" for number in itertools.count())

    def new(self) -> str:
        return next(self._ids)


def starter(storage: Storage, name: str) -> StartRun:
    memory = Memory()
    models = ListedModels((a_model("dear", default=True), object()))  # type: ignore[arg-type]
    shelf = PersonaShelf(
        ListedPersonas(a_persona()), PersonaFileParser(), storage.unit_of_work, memory.blobs, memory.clock
    )
    jobs: Any = memory.jobs
    jobs.execute_runs = _nothing
    budget = Budget(Costing(), memory.clock, BUDGET / 1_000_000)  # type: ignore[arg-type]
    return StartRun(
        storage.unit_of_work, shelf, models, jobs, memory.clock, NamedIds(name), "server", budget=budget
    )


async def _nothing(_: Sequence[str]) -> None:
    pass


async def started(start: StartRun, price: int) -> Run | int:
    """The run, or the price of the one that was refused."""
    settings = replace(ReaderRequest("summarizer").settings, seed=price)
    request = RunRequest(a_paper().id, ReaderRequest("summarizer", settings=settings), fresh=True)
    try:
        return (await start(request)).run
    except OverBudgetError:
        return price


async def ended(storage: Storage, run: Run, *, cost: int) -> None:
    async with storage.unit_of_work() as uow:
        claimed = await uow.runs.claim(
            run.id, now=run.created_at, lease_until=run.created_at + timedelta(seconds=30)
        )
        assert claimed
        usage = Usage(cost_usd=cost / 1_000_000)
        assert await uow.runs.save(replace(claimed, status=RunStatus.FINISHED, usage=usage))
        await uow.commit()


async def committed(storage: Storage, run: Run) -> int:
    async with storage.unit_of_work() as uow:
        return await uow.spending.committed(LOCAL_WORKSPACE, run.created_at.date())


@pytest.mark.parametrize("kind", SQL)
@pytest.mark.parametrize("seed", range(3))
async def test_promises_never_pass_the_budget_and_nobody_is_refused_without_need(
    kind: str, seed: int, tmp_path: Path
) -> None:
    chance = random.Random(seed)  # noqa: S311
    prices = [chance.randint(1, BUDGET // 4) for _ in range(STARTS)]
    url = await address(kind, tmp_path)
    async with connected(url) as one, connected(url) as other:
        await one.has(a_paper())
        starts = [starter(one, "one"), starter(other, "other")]

        results = await asyncio.gather(*(started(starts[n % 2], price) for n, price in enumerate(prices)))

        runs = [result for result in results if isinstance(result, Run)]
        refused = [result for result in results if isinstance(result, int)]
        promised = sum(run.settings.seed or 0 for run in runs)
        assert promised == await committed(one, runs[0]) <= BUDGET
        # What is promised only grew: whoever was refused would not fit now either.
        assert refused
        assert all(promised + price > BUDGET for price in refused)


@pytest.mark.parametrize("kind", SQL)
@pytest.mark.parametrize("seed", range(3))
async def test_runs_that_end_cheaper_make_room_and_the_sum_stays_within(
    kind: str, seed: int, tmp_path: Path
) -> None:
    chance = random.Random(seed)  # noqa: S311
    url = await address(kind, tmp_path)
    costs: list[int] = []
    async with connected(url) as one, connected(url) as other:
        await one.has(a_paper())

        async def client(start: StartRun, storage: Storage, prices: Sequence[int]) -> None:
            for price in prices:
                run = await started(start, price)
                if isinstance(run, Run):
                    assert await committed(storage, run) <= BUDGET
                    costs.append(price // 2)
                    await ended(storage, run, cost=price // 2)

        await asyncio.gather(
            *(
                client(
                    starter(storage, f"client-{n}"),
                    storage,
                    [chance.randint(1, BUDGET // 8) for _ in range(12)],
                )
                for n, storage in enumerate([one, other, one, other])
            )
        )

        async with one.unit_of_work() as uow:
            today = Memory().clock.now().date()
            assert await uow.spending.committed(LOCAL_WORKSPACE, today) == sum(costs) <= BUDGET
        assert sum(costs) > BUDGET // 2, "more than would have fitted as promises"
