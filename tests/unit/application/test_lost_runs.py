"""Runs that are cancelled, deleted or taken over while somebody executes them, at every stage and on any machine."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from server.adapters.extractive_engine import ExtractiveEngine
from server.adapters.scripted_engine import Script
from server.application.ports import Question
from server.domain.models import EXTRACTIVE, EngineKind, Prices
from server.domain.requests import parse_settings
from server.domain.runs import Attempt, Run, RunStatus, Usage
from server.domain.steps import Step, StepKind

from builders import a_model, a_persona
from faltering import Out, Stuck, executor
from house import House, ListedPersonas, a_wire_answer, until

pytestmark = pytest.mark.anyio

WHOLE = a_wire_answer()
MISSHAPEN = {"what": 3}
CALL, PAID = Usage(1000, 0, 100), Usage(1000, 0, 100, cost_usd=0.002)
STEPS = (
    Step("first", StepKind.FIELDS, fields=("header", "what")),
    Step("second", StepKind.FIELDS, fields=("discussion", "next_papers")),
)


def fitting(question: Question) -> dict[str, Any]:
    return {name: WHOLE.get(name, []) for name in question.wire_schema.get("properties", {})}


def a_house(*answers: Any, steps: tuple[Step, ...] = (), **spec: Any) -> House:
    scripts = [Script(answer, usage=CALL) for answer in answers or (fitting,)]
    library = ListedPersonas(a_persona(steps=steps), a_persona("interpreter", steps=steps))
    return House(*scripts, library=library, prices=Prices(1.0, 10.0), **spec)


async def reaches(house: House, run: Run, *, call: int) -> tuple[asyncio.Task[None], Stuck]:
    """Somebody executes the run elsewhere; its `call`-th call is in flight."""
    stuck = Stuck(house.engine, before=call - 1)
    going = asyncio.create_task(executor(house, engine=stuck)(run.id))
    async with asyncio.timeout(5):
        await stuck.reached.wait()
    return going, stuck


async def ends(going: asyncio.Task[None]) -> None:
    async with asyncio.timeout(5):
        await going


def ended_as_cancelled(house: House, run: Run) -> Run:
    told = house.told(run)
    assert told.count("finished cancelled") == 1
    assert told[-1] == "finished cancelled"
    ended = house.kept(run)
    assert (ended.status, ended.answer, ended.response) == (RunStatus.CANCELLED, None, None)
    assert house.memory.kept.calls == {}
    return ended


# Cancelled


async def test_a_queued_run_that_is_cancelled_is_never_begun() -> None:
    house = a_house()
    run = await house.a_run()

    await house.change.cancel_run(run.id)
    await house.execute(run.id)

    assert ended_as_cancelled(house, run).usage == Usage()
    assert house.told(run) == ["finished cancelled"]


async def test_a_run_that_is_cancelled_while_it_waits_for_its_turn_makes_no_call() -> None:
    house = a_house()
    first = await house.a_run()
    second = await house.a_run("interpreter", paper_id=first.paper_id)
    stuck = Stuck(house.engine, before=0)
    one = executor(house, engine=stuck)
    going = [asyncio.create_task(one(first.id))]
    await asyncio.wait_for(stuck.reached.wait(), 5)
    going.append(asyncio.create_task(one(second.id)))
    await until(lambda: "progress waiting" in house.told(second))

    await house.change.cancel_run(second.id)
    await ends(going[1])
    stuck.go_on.set()
    await ends(going[0])

    assert ended_as_cancelled(house, second).usage == Usage()
    assert stuck.asked == 1
    assert house.kept(first).status is RunStatus.FINISHED


@pytest.mark.parametrize(
    ("house", "call"),
    [
        (a_house, 1),
        (lambda: a_house(steps=STEPS), 2),
        (lambda: a_house(MISSHAPEN, fitting), 2),
    ],
    ids=["calling", "between steps", "repairing"],
)
async def test_a_run_that_is_cancelled_elsewhere_pays_for_the_call_in_flight_at_most(
    house: Any, call: int
) -> None:
    house = house()
    run = await house.a_run()
    going, stuck = await reaches(house, run, call=call)

    await house.change.cancel_run(run.id)
    await ends(going)

    ended = ended_as_cancelled(house, run)
    assert stuck.asked == call
    assert ended.usage == (PAID if call > 1 else Usage())
    assert ended.attempts == (Attempt("ok", 0),) * (call - 1)
    assert ended.finished_at == house.memory.clock.now()


async def test_a_run_that_is_cancelled_while_its_answer_is_being_kept_stays_cancelled() -> None:
    house = a_house()
    run = await house.a_run()
    out = Out(house.memory)
    going = asyncio.create_task(executor(house, out=out)(run.id))
    await until(lambda: "field /discussion" in house.told(run))

    out.is_away = True
    await until(lambda: out.refused)
    await house.change.cancel_run(run.id)
    out.is_away = False
    await ends(going)

    ended_as_cancelled(house, run)


async def test_members_stop_with_their_run() -> None:
    house = a_house(shares_cache=True)
    run = await house.a_run(settings=parse_settings({"ensemble": "3"}))
    going, stuck = await reaches(house, run, call=2)

    await house.change.cancel_run(run.id)
    await ends(going)

    ended_as_cancelled(house, run)
    assert stuck.asked <= 3


async def test_who_hears_no_bell_stops_when_it_renews(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.application.leases.RENEW_EVERY_S", 0.01)
    house = a_house()
    run = await house.a_run()
    stuck = Stuck(house.engine, before=0)
    deaf = replace(executor(house, engine=stuck), bells=None)
    going = asyncio.create_task(deaf(run.id))
    await asyncio.wait_for(stuck.reached.wait(), 5)

    await house.change.cancel_run(run.id)
    await ends(going)

    ended_as_cancelled(house, run)


async def test_a_reading_without_a_model_is_cancelled_too() -> None:
    extractive = (a_model(EXTRACTIVE, engine=EngineKind.EXTRACTIVE), ExtractiveEngine())
    house = House(models=(extractive,))
    run = await house.a_run(model=EXTRACTIVE)
    going = asyncio.create_task(house.execute(run.id))
    await until(lambda: "started" in house.told(run))

    await house.change.cancel_run(run.id)
    await ends(going)

    assert house.told(run)[-1] == "finished cancelled"
    assert house.kept(run).status is RunStatus.CANCELLED


# Deleted


async def test_a_deleted_run_stops_who_executes_it_and_leaves_nothing() -> None:
    house = a_house(steps=STEPS)
    run = await house.a_run()
    going, stuck = await reaches(house, run, call=2)

    await house.change.delete_run(run.id)
    await ends(going)

    assert stuck.asked == 2
    assert run.id not in house.memory.kept.runs
    assert (house.events_of(run), house.memory.kept.calls) == ([], {})


async def test_a_deleted_paper_stops_all_who_read_it() -> None:
    house = a_house()
    run = await house.a_run()
    going, _ = await reaches(house, run, call=1)

    await house.change.delete_paper(run.paper_id)
    await ends(going)

    assert house.events_of(run) == []


# Taken over


@pytest.mark.parametrize("answers", [(MISSHAPEN, fitting), (fitting,)], ids=["would repair", "would finish"])
async def test_an_executor_that_slept_past_its_lease_tells_asks_and_keeps_nothing(answers: Any) -> None:
    house = a_house(*answers)
    run = await house.a_run()
    going, stuck = await reaches(house, run, call=1)

    house.memory.clock.advance(31)
    await house.another_executor()(run.id)
    told, asked, kept = house.told(run), len(house.engine.questions), house.kept(run)
    stuck.go_on.set()
    await ends(going)

    assert kept.status is RunStatus.FINISHED
    assert (house.told(run), house.kept(run)) == (told, kept)
    assert stuck.asked == 1
    assert len(house.engine.questions) == asked + 1, "the call in flight alone"


async def test_what_a_sleeper_was_answered_is_not_asked_for_again() -> None:
    house = a_house(steps=STEPS)
    run = await house.a_run()
    going, stuck = await reaches(house, run, call=2)
    house.memory.clock.advance(31)
    taking, second = await _takes_over(house, run)

    stuck.go_on.set()
    await ends(going)
    second.go_on.set()
    await ends(taking)

    assert house.kept(run).status is RunStatus.FINISHED
    assert (stuck.asked, second.asked) == (2, 1), "the first step was answered before"


async def _takes_over(house: House, run: Run) -> tuple[asyncio.Task[None], Stuck]:
    return await reaches(house, run, call=1)


async def test_an_executor_that_slept_goes_on_when_nobody_took_its_run() -> None:
    house = a_house(MISSHAPEN, fitting)
    run = await house.a_run()
    going, stuck = await reaches(house, run, call=1)

    house.memory.clock.advance(31)
    stuck.go_on.set()
    await ends(going)

    assert house.kept(run).status is RunStatus.FINISHED
    assert (house.kept(run).fence, stuck.asked) == (1, 2)
    assert "reset" in house.told(run)


async def test_a_stopping_process_still_hands_back_what_is_its_own() -> None:
    house = a_house()
    run = await house.a_run()
    going, _ = await reaches(house, run, call=1)

    going.cancel()
    with pytest.raises(asyncio.CancelledError):
        await going

    assert (house.kept(run).status, house.kept(run).lease_until) == (RunStatus.QUEUED, None)


async def test_a_stopping_process_hands_back_nothing_that_somebody_else_has() -> None:
    house = a_house()
    run = await house.a_run()
    going, _ = await reaches(house, run, call=1)
    house.memory.clock.advance(31)
    taking, stuck = await _takes_over(house, run)

    going.cancel()
    with pytest.raises(asyncio.CancelledError):
        await going

    assert (house.kept(run).status, house.kept(run).fence) == (RunStatus.RUNNING, 2)
    stuck.go_on.set()
    await ends(taking)
