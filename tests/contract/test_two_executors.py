"""Two processes that execute the runs of one database: what each pays, tells and keeps."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from server.adapters.scripted_engine import Script
from server.application.change_records import ChangeRecords
from server.application.execute_run import ExecuteRun
from server.application.ports import Question
from server.domain.models import Prices
from server.domain.runs import Run, RunStatus, Usage
from server.domain.steps import Step, StepKind

from builders import a_persona
from faltering import Stuck, executor
from house import House, ListedPersonas, a_wire_answer
from storage import SQL, Storage, address, connected

pytestmark = pytest.mark.anyio

WHOLE = a_wire_answer()
STEPS = (
    Step("first", StepKind.FIELDS, fields=("header", "what")),
    Step("second", StepKind.FIELDS, fields=("discussion", "next_papers")),
)


def fitting(question: Question) -> dict[str, Any]:
    return {name: WHOLE[name] for name in question.wire_schema["properties"]}


@dataclass
class Site:
    """A queued run of two steps, and two processes that may execute it."""

    house: House
    one: Storage
    other: Storage
    run: Run

    def executor(self, storage: Storage, stuck: Stuck | None = None) -> ExecuteRun:
        assert storage.database
        return replace(
            executor(self.house, engine=stuck),
            unit_of_work=storage.unit_of_work,
            events=storage.events,
            bells=storage.database.bells,
        )

    def change(self, storage: Storage) -> ChangeRecords:
        assert storage.database
        return replace(
            self.house.change,
            unit_of_work=storage.unit_of_work,
            events=storage.events,
            bells=storage.database.bells,
        )

    async def reaches(self, storage: Storage, *, call: int) -> tuple[asyncio.Task[None], Stuck]:
        stuck = Stuck(self.house.engine, before=call - 1)
        going = asyncio.create_task(self.executor(storage, stuck)(self.run.id))
        async with asyncio.timeout(20):
            await stuck.reached.wait()
        return going, stuck

    async def kept(self) -> Run:
        async with self.one.unit_of_work() as uow:
            run = await uow.runs.get(self.run.id)
        assert run
        return run

    async def told(self) -> list[str]:
        events = await self.one.events.after([f"run:{self.run.id}"], 0)
        return [f"{event.name} {event.data.get('status', '')}".strip() for event in events]


@pytest.fixture(params=SQL)
async def site(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Site]:
    url = await address(request.param, tmp_path)
    house = House(
        Script(fitting, usage=Usage(1000, 0, 100)),
        library=ListedPersonas(a_persona(steps=STEPS)),
        prices=Prices(1.0, 10.0),
    )
    run = await house.a_run()
    async with AsyncExitStack() as stack:
        one = await stack.enter_async_context(connected(url))
        other = await stack.enter_async_context(connected(url))
        await one.has(house.memory.kept.papers[run.paper_id], run)
        yield Site(house, one, other, run)


async def ends(going: asyncio.Task[None]) -> None:
    async with asyncio.timeout(20):
        await going


async def test_a_run_taken_over_is_paid_for_once(site: Site) -> None:
    going, sleeper = await site.reaches(site.one, call=2)
    site.house.memory.clock.advance(31)

    taker = Stuck(site.house.engine, before=9)
    await ends(asyncio.create_task(site.executor(site.other, taker)(site.run.id)))
    told, kept = await site.told(), await site.kept()
    sleeper.go_on.set()
    await ends(going)

    assert (kept.status, kept.fence) == (RunStatus.FINISHED, 2)
    assert kept.usage == Usage(2000, 0, 200, cost_usd=0.004)
    assert (sleeper.asked, taker.asked) == (2, 1), "the first step was answered before"
    assert (await site.told(), await site.kept()) == (told, kept), "whoever slept says and keeps nothing"
    assert told.count("finished finished") == 1


async def test_only_one_of_two_executors_takes_a_run(site: Site) -> None:
    engines = [Stuck(site.house.engine, before=9) for _ in range(2)]
    both = [
        site.executor(storage, engine)
        for storage, engine in zip((site.one, site.other), engines, strict=True)
    ]

    await asyncio.gather(*(execute(site.run.id) for execute in both))

    assert sorted(engine.asked for engine in engines) == [0, 2]
    assert (await site.told()).count("finished finished") == 1


@pytest.mark.parametrize("gone", [False, True], ids=["cancelled", "deleted"])
async def test_who_executes_a_run_hears_when_it_ends_elsewhere(
    site: Site, *, gone: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert site.one.database
    if site.one.database.backend.one_writer:  # nobody calls out to other processes there
        monkeypatch.setattr("server.application.leases.RENEW_EVERY_S", 0.05)
    else:
        monkeypatch.setattr("server.application.leases.RENEW_EVERY_S", 3600.0)
    going, stuck = await site.reaches(site.one, call=2)

    change = site.change(site.other)
    await (change.delete_run if gone else change.cancel_run)(site.run.id)
    await ends(going)

    assert stuck.asked == 2
    if gone:
        assert await site.told() == []
        return
    ended = await site.kept()
    assert ended.status is RunStatus.CANCELLED
    assert ended.usage == Usage(1000, 0, 100, cost_usd=0.002)
    assert (await site.told())[-1] == "finished cancelled"


async def test_an_executor_that_slept_alone_goes_on(site: Site) -> None:
    going, stuck = await site.reaches(site.one, call=2)
    site.house.memory.clock.advance(3600)

    stuck.go_on.set()
    await ends(going)

    assert ((await site.kept()).status, (await site.kept()).fence) == (RunStatus.FINISHED, 1)
