"""The wall clock is set an hour forward or back while a run is executed: it ends once, and its holder stays calm."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from server.domain.runs import RunStatus

from faltering import Stuck, executor
from house import House

pytestmark = pytest.mark.anyio

HOUR = timedelta(hours=1)


@pytest.mark.parametrize("jump", [HOUR, -HOUR], ids=["forward", "back"])
async def test_a_holder_goes_on_when_the_clock_jumps_and_nobody_else_is_there(jump: timedelta) -> None:
    house = House()
    run = await house.a_run()
    stuck = Stuck(house.engine, before=0)
    going = asyncio.create_task(executor(house, engine=stuck)(run.id))
    await asyncio.wait_for(stuck.reached.wait(), 5)

    house.memory.clock.jump(jump)
    stuck.go_on.set()
    await asyncio.wait_for(going, 5)

    ended = house.kept(run)
    assert (ended.status, ended.fence, stuck.asked) == (RunStatus.FINISHED, 1, 1)


async def test_forward_another_may_take_the_run_and_it_still_ends_once() -> None:
    house = House()
    run = await house.a_run()
    stuck = Stuck(house.engine, before=0)
    going = asyncio.create_task(executor(house, engine=stuck)(run.id))
    await asyncio.wait_for(stuck.reached.wait(), 5)

    house.memory.clock.jump(HOUR)
    await house.another_executor()(run.id)
    stuck.go_on.set()
    await asyncio.wait_for(going, 5)

    assert (house.kept(run).status, house.kept(run).fence) == (RunStatus.FINISHED, 2)
    assert house.told(run).count("finished finished") == 1


async def test_back_nobody_takes_a_run_from_its_holder() -> None:
    house = House()
    run = await house.a_run()
    stuck = Stuck(house.engine, before=0)
    going = asyncio.create_task(executor(house, engine=stuck)(run.id))
    await asyncio.wait_for(stuck.reached.wait(), 5)

    house.memory.clock.jump(-HOUR)
    await house.another_executor()(run.id)
    stuck.go_on.set()
    await asyncio.wait_for(going, 5)

    assert (house.kept(run).status, house.kept(run).fence) == (RunStatus.FINISHED, 1)
