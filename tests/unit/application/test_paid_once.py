"""What is paid for is kept: runs taken up again ask only what was not answered, and account for all of it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import pytest
from server.adapters.scripted_engine import Script
from server.application.patience import Patience
from server.application.ports import Completed, Question, RecordedCall
from server.application.recorded import asked_of, record_answer
from server.domain.errors import RefusedError, RunError, RunTimeoutError, TruncatedError
from server.domain.models import Prices
from server.domain.papers import Problem
from server.domain.requests import parse_settings
from server.domain.runs import Attempt, Run, RunStatus, Usage
from server.domain.steps import Step, StepKind

from builders import a_persona
from faltering import Out, Stuck, executor, stopped_during
from house import QUOTE, House, ListedPersonas, a_wire_answer, statement, until
from questions import a_question

pytestmark = pytest.mark.anyio

T = TypeVar("T")

WHOLE = a_wire_answer()
PART = {name: WHOLE[name] for name in ("header", "what")}
REST = {name: WHOLE[name] for name in ("discussion", "next_papers")}
MISSHAPEN = {"what": 3}
UNPROVEN = a_wire_answer(
    what=[
        statement("It places the paper first.", QUOTE),
        statement("It saves 30 % of the energy.", "A saving of 30 % was measured."),
    ]
)
OTHER_PAPER = a_wire_answer(header={"title": "Another One", "authors": "A. Author", "year": 1999})
FIRST = Step("first", StepKind.FIELDS, fields=("header", "what"))
CRITIQUE = Step("critique", StepKind.CRITIQUE)
SECOND = Step("second", StepKind.FIELDS, fields=("discussion", "next_papers"))
PRICES = Prices(1.0, 10.0)
CALL = Usage(1000, 0, 100)
PAID = Usage(1000, 0, 100, cost_usd=0.002)
"""The same with its cost at these prices."""


def fitting(question: Question) -> dict[str, Any]:
    """What is asked for, whichever part of it."""
    names = question.wire_schema.get("properties", {})
    return {name: WHOLE.get(name, []) for name in names}


def says(answer: Any = fitting, **changes: Any) -> Script:
    return Script(answer, usage=CALL, **changes)


@dataclass
class Way:
    """A way to read a paper in several calls."""

    scripts: list[Script]
    steps: tuple[Step, ...] = ()
    settings: dict[str, str] = field(default_factory=dict)

    def house(self, **spec: Any) -> House:
        return House(
            *self.scripts, library=ListedPersonas(a_persona(steps=self.steps)), **{"prices": PRICES, **spec}
        )

    async def a_run(self, house: House) -> Run:
        return await house.a_run(settings=parse_settings(self.settings))


WAYS = {
    "at once": Way([says()]),
    "in steps": Way([says()], steps=(FIRST, CRITIQUE, SECOND)),
    "with a repair": Way([says(MISSHAPEN), says()]),
    "with a second look": Way([says(UNPROVEN), says(UNPROVEN), says()], settings={"second_look": "true"}),
    "in free words first": Way([says("In free words."), says()], settings={"structure": "after"}),
    "together": Way([says()], settings={"ensemble": "3"}),
}


def outcome(run: Run) -> dict[str, Any]:
    """What must not depend on how often a run was taken up."""
    names = (
        "status",
        "answer",
        "statements",
        "usage",
        "attempts",
        "agreement",
        "warnings",
        "error",
        "members",
    )
    return {name: getattr(run, name) for name in names} | {
        "passes": [(one.name, one.usage, one.response) for one in run.passes]
    }


@pytest.mark.parametrize("name", WAYS)
async def test_only_the_call_in_flight_is_made_again(name: str) -> None:
    way = WAYS[name]
    unbroken = way.house()
    run = await way.a_run(unbroken)
    await unbroken.execute(run.id)
    calls = len(unbroken.engine.questions)
    expected = unbroken.kept(run)
    assert expected.status is RunStatus.FINISHED
    assert expected.usage == Usage(1000 * calls, 0, 100 * calls, cost_usd=round(0.002 * calls, 6))

    for call in range(1, calls + 1):
        house = way.house()
        run = await way.a_run(house)
        await stopped_during(house, run, call=call)
        await house.execute(run.id)

        assert len(house.engine.questions) == calls, f"stopped during call {call}"
        assert outcome(house.kept(run)) == outcome(expected)


async def test_members_asked_at_once_get_their_own_answers_back() -> None:
    way = WAYS["together"]
    house = way.house(shares_cache=True)
    run = await way.a_run(house)
    await stopped_during(house, run, call=3)
    seeds = [question.settings.seed for question in house.engine.questions]
    known = len(house.memory.kept.calls)

    await house.execute(run.id)

    assert house.kept(run).status is RunStatus.FINISHED
    assert len(house.engine.questions) == 3 + (2 - known), "no answer that was kept is asked for"
    assert seeds


def test_the_same_question_of_two_members_is_not_the_same() -> None:
    question = a_question()

    assert asked_of(question, member=1) != asked_of(question, member=2) != asked_of(question)


@pytest.mark.parametrize(
    "change",
    [
        {"language": "ja"},
        {"max_output_tokens": 7},
        {"wire_schema": {"type": "object", "properties": {}}},
        {"settings": parse_settings({"seed": "4"})},
        {"settings": parse_settings({"temperature": "0.1"})},
    ],
    ids=lambda change: next(iter(change)),
)
def test_all_that_can_change_an_answer_makes_another_question(change: dict[str, Any]) -> None:
    question = a_question()

    assert asked_of(replace(question, **change)) != asked_of(question)


def test_time_left_makes_no_other_question() -> None:
    assert asked_of(replace(a_question(), deadline_s=1.5)) == asked_of(a_question())


async def test_an_answer_is_kept_before_it_is_judged() -> None:
    house = House()
    kept_by_then: list[list[str]] = []

    def repairing(question: Question) -> dict[str, Any]:
        kept_by_then.append([call.text for call in house.memory.kept.calls.values()])
        return WHOLE if question.repair else MISSHAPEN

    house.engine._scripts = [says(repairing)]
    run = await house.executed()

    assert kept_by_then == [[], ['{"what": 3}']]
    assert run.status is RunStatus.FINISHED
    assert house.memory.kept.calls == {}, "over, so nothing needs to be known any more"


async def test_a_refusal_that_did_not_end_the_run_is_not_asked_for_again() -> None:
    refusal = RefusedError()
    refusal.usage = CALL
    scripts = [says(), Script(error=refusal), says()]
    way = Way(scripts, steps=(FIRST, CRITIQUE, SECOND))
    house = way.house()
    run = await way.a_run(house)
    await stopped_during(house, run, call=3)

    await house.execute(run.id)

    ended = house.kept(run)
    assert ended.status is RunStatus.FINISHED
    assert [attempt.outcome for attempt in ended.attempts] == ["ok", "refused", "ok"]
    assert len(house.engine.questions) == 3
    assert ended.usage == PAID.plus(PAID).plus(PAID)


async def test_an_answer_that_came_another_way_is_not_asked_for() -> None:
    house = House(says())
    run = await house.a_run()
    question = await house.execute.first_question(house.kept(run))
    text = '{"header": {"title": null, "authors": null, "year": null}, "what": [], "discussion": [], "next_papers": []}'
    answer = RecordedCall(house.memory.clock.now(), text, usage=PAID, attempts=(Attempt("ok", 5),))
    async with house.memory.unit_of_work() as uow:
        assert await record_answer(uow, run.id, question, answer)
        await uow.commit()

    await house.execute(run.id)

    assert house.engine.questions == []
    ended = house.kept(run)
    assert (ended.status, ended.usage, ended.response) == (RunStatus.FINISHED, PAID, text)


# Accounts


@pytest.mark.parametrize("error", [TruncatedError(), RefusedError()], ids=lambda error: error.code)
async def test_a_call_without_an_answer_is_counted(error: RunError) -> None:
    error.usage = CALL
    house = House(Script("{", error=error), prices=PRICES)

    run = await house.executed()

    assert (run.status, run.usage) == (RunStatus.FAILED, PAID)


async def test_an_answer_still_wrong_is_counted_with_its_repair() -> None:
    house = House(says(MISSHAPEN), prices=PRICES)

    run = await house.executed()

    assert run.error
    assert (run.error.code, run.usage) == ("answer_invalid", PAID.plus(PAID))


async def test_what_an_answer_about_another_paper_takes_is_estimated() -> None:
    house = House(says(OTHER_PAPER), prices=PRICES)

    run = await house.executed()

    assert run.error == Problem("wrong_paper", {})
    assert run.usage.input_tokens
    assert run.usage.cost_usd


async def test_tries_that_came_to_nothing_are_counted_beside_the_answer() -> None:
    house = House(says(), prices=PRICES)
    ask = house.engine.ask

    async def wasteful(question: Question) -> Any:
        async for event in ask(question):
            yield replace(event, wasted=CALL) if isinstance(event, Completed) else event

    house.engine.ask = wasteful  # type: ignore[method-assign]
    run = await house.executed()

    assert run.usage == PAID.plus(PAID)
    assert run.input
    assert run.input.billed_tokens == 1000, (
        "of the answer alone: of two calls it says nothing about one prompt"
    )


# Time


async def test_all_calls_of_a_run_share_its_time() -> None:
    house = House()

    def slow(question: Question) -> dict[str, Any]:
        house.memory.clock.advance(25)
        return WHOLE if question.repair else MISSHAPEN

    house.engine._scripts = [says(slow)]
    run = await house.executed()

    assert run.status is RunStatus.FINISHED
    assert [question.deadline_s for question in house.engine.questions] == [60.0, 35.0]


async def test_a_run_whose_time_is_up_makes_no_further_call() -> None:
    house = House()

    def too_slow(_: Question) -> dict[str, Any]:
        house.memory.clock.advance(61)
        return MISSHAPEN

    house.engine._scripts = [says(too_slow)]
    run = await house.executed()

    assert run.error == Problem("timeout", {"seconds": 60})
    assert len(house.engine.questions) == 1


async def test_a_call_that_is_late_names_the_time_of_the_whole_run() -> None:
    house = House(RunTimeoutError(seconds=3))

    run = await house.executed()

    assert run.error == Problem("timeout", {"seconds": 60})


# Storage


class Brief(Patience):
    """Gives up at once."""

    async def __call__(self, work: Callable[[], Awaitable[T]], *, for_s: float = 0.02) -> T:
        return await super().__call__(work, for_s=for_s)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.application.patience.FIRST_PAUSE_S", 0.01)
    monkeypatch.setattr("server.application.leases.RETRY_S", 0.01)


@pytest.mark.usefixtures("impatient")
async def test_a_paid_answer_waits_for_the_database_to_come_back(caplog: pytest.LogCaptureFixture) -> None:
    house = House(says())
    run = await house.a_run()
    out, stuck = Out(house.memory), Stuck(house.engine, before=0)
    going = asyncio.create_task(executor(house, engine=stuck, out=out)(run.id))
    await asyncio.wait_for(stuck.reached.wait(), 5)

    with caplog.at_level(logging.WARNING):
        out.is_away = True
        stuck.go_on.set()
        await until(lambda: out.refused > 3)
        assert house.kept(run).status is RunStatus.RUNNING
        out.is_away = False
        await going

    assert house.kept(run).status is RunStatus.FINISHED
    assert len(house.engine.questions) == 1
    assert house.told(run)[-5:] == [
        "field /header",
        "field /what",
        "field /discussion",
        "field /next_papers",
        "finished finished",
    ]
    assert [record.message for record in caplog.records] == [
        "storage is away, trying again: BusyError",
        "storage is back",
    ]


@pytest.mark.usefixtures("impatient")
async def test_a_database_that_is_away_longer_than_the_lease_costs_nothing_when_nobody_took_the_run() -> None:
    house = House(says())
    run = await house.a_run()
    out, stuck = Out(house.memory), Stuck(house.engine, before=0)
    going = asyncio.create_task(executor(house, engine=stuck, out=out)(run.id))
    await asyncio.wait_for(stuck.reached.wait(), 5)

    out.is_away = True
    stuck.go_on.set()
    await until(lambda: out.refused > 3)
    house.memory.clock.advance(120)
    out.is_away = False
    await going

    assert house.kept(run).status is RunStatus.FINISHED
    assert (house.kept(run).fence, len(house.engine.questions)) == (1, 1)


async def test_an_answer_that_is_being_kept_when_the_process_stops_is_kept() -> None:
    house = House(says())
    run = await house.a_run()
    stuck = Stuck(house.engine, before=0)
    going = asyncio.create_task(executor(house, engine=stuck)(run.id))
    await asyncio.wait_for(stuck.reached.wait(), 5)
    async with house.memory.unit_of_work() as writer:
        await writer.calls.of_run(run.id, alone=True)  # nobody else writes meanwhile
        stuck.go_on.set()
        await until(lambda: "field /discussion" in house.told(run))
        for _ in range(5):
            await asyncio.sleep(0)
        going.cancel()
        await asyncio.sleep(0.01)
        assert not going.done()
    with pytest.raises(asyncio.CancelledError):
        await going
    await house.another_executor()(run.id)

    assert house.kept(run).status is RunStatus.FINISHED
    assert len(house.engine.questions) == 1


@pytest.mark.usefixtures("impatient")
async def test_a_database_that_is_away_when_a_run_is_opened_fails_no_run() -> None:
    house = House(says())
    run = await house.a_run()
    out = Out(house.memory)
    going = asyncio.create_task(executor(house, out=out)(run.id))
    await until(lambda: house.kept(run).status is RunStatus.RUNNING)
    out.is_away = True
    await until(lambda: out.refused > 2)
    out.is_away = False
    await going

    assert house.kept(run).status is RunStatus.FINISHED


@pytest.mark.usefixtures("impatient")
async def test_a_run_is_let_go_when_storage_is_away_for_too_long() -> None:
    house = House(says(MISSHAPEN), says())
    run = await house.a_run()
    out, stuck = Out(house.memory), Stuck(house.engine, before=0)
    impatient = replace(executor(house, engine=stuck, out=out), patience=Brief())
    going = asyncio.create_task(impatient(run.id))
    await asyncio.wait_for(stuck.reached.wait(), 5)
    out.is_away = True
    stuck.go_on.set()
    await asyncio.wait_for(going, 5)

    assert house.kept(run).status is RunStatus.RUNNING, (
        "whoever finds it when the lease has passed takes it up"
    )
    assert stuck.asked == 1
    house.memory.clock.advance(31)
    await house.another_executor()(run.id)
    assert house.kept(run).status is RunStatus.FINISHED


async def test_what_is_no_matter_of_storage_is_not_tried_again() -> None:
    tried = []

    async def fails() -> None:
        tried.append(1)
        raise RefusedError

    with pytest.raises(RefusedError):
        await Patience()(fails)

    assert tried == [1]


async def test_a_bug_in_telling_ends_the_run_all_the_same() -> None:
    house = House(says())
    run = await house.a_run()
    append = house.memory.events.append

    async def stumbles(stream: str, name: str, data: Any, **held: Any) -> Any:
        if name == "field":
            raise TypeError(name)
        return await append(stream, name, data, **held)

    house.memory.events.append = stumbles  # type: ignore[method-assign]
    await house.execute(run.id)

    assert house.kept(run).error == Problem("internal", {})
    assert house.told(run)[-1] == "finished failed"
