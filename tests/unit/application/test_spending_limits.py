"""A day's budget: what is promised before the first call, and what is left when runs are over."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from server.adapters.extractive_engine import ExtractiveEngine
from server.adapters.scripted_engine import Script, ScriptedEngine
from server.application.spending import Budget
from server.domain.errors import InvalidRequestError, OverBudgetError, UnavailableError
from server.domain.ids import LOCAL_WORKSPACE
from server.domain.models import EXTRACTIVE, Prices
from server.domain.requests import ReaderRequest
from server.domain.runs import RunSettings, Usage
from server.domain.spending import DaySpending, Tokens, check_budget, dollars, price_of
from server.settings import Settings

from builders import a_model
from house import SCRIPTED, House, either

pytestmark = pytest.mark.anyio

PRICES = Prices(input=1.0, output=4.0)
USED = Usage(input_tokens=2000, output_tokens=500)
COST = 4000
"""Millionths of a dollar that `USED` costs."""


def a_house(
    *scripts: Any, daily_usd: float | None = 1.0, prices: Prices | None = PRICES, **more: Any
) -> House:
    return House(*(scripts or (Script(either, usage=USED),)), daily_usd=daily_usd, prices=prices, **more)


async def committed(house: House) -> int:
    async with house.memory.unit_of_work() as uow:
        return await uow.spending.committed(LOCAL_WORKSPACE, house.memory.clock.now().date())


async def at_most(house: House, **reader: Any) -> int:
    """What a run may cost, without starting it."""
    shown = await house.preview(await house.a_request(fresh=True, **reader))
    assert shown.estimate
    return shown.estimate.at_most_micros


async def test_a_run_is_promised_what_it_may_cost_and_counts_what_it_did() -> None:
    house = a_house()

    run = await house.a_run()
    assert await committed(house) == await at_most(house) > COST

    await house.execute(run.id)
    assert await committed(house) == COST


async def test_a_reused_run_costs_nothing() -> None:
    house = a_house()
    run = await house.executed()

    assert (await house.start(await house.a_request(paper_id=run.paper_id))).reused

    assert await committed(house) == COST


async def test_over_the_budget_nothing_is_recorded_or_called() -> None:
    house = a_house(daily_usd=0.001)

    with pytest.raises(OverBudgetError) as caught:
        await house.a_run()

    wanted = dollars(await at_most(house), up=True)
    assert caught.value.data == {"estimated_usd": wanted, "left_usd": 0.001, "budget_usd": 0.001}
    assert str(wanted) in caught.value.words.en
    assert (house.memory.kept.runs, house.memory.jobs.enqueued, house.engine.questions) == ({}, [], [])
    assert await committed(house) == 0


async def test_a_comparison_is_promised_everything_or_nothing() -> None:
    one = await at_most(a_house())
    house = a_house(daily_usd=1.5 * one / 1_000_000)
    readers = (ReaderRequest("summarizer"), ReaderRequest("interpreter"))

    with pytest.raises(OverBudgetError):
        await house.a_comparison(*readers)
    assert (house.memory.kept.runs, house.memory.kept.comparisons, await committed(house)) == ({}, {}, 0)


async def test_a_reader_without_a_model_costs_nothing_beside_one_with() -> None:
    one = await at_most(a_house())
    free = (a_model(EXTRACTIVE, default=False), ExtractiveEngine())
    house = a_house(daily_usd=1.5 * one / 1_000_000, models=[free])

    await house.a_comparison(ReaderRequest("summarizer"), ReaderRequest("interpreter", model=EXTRACTIVE))

    assert await committed(house) == one
    assert len(house.memory.kept.spending) == 1


async def test_a_question_to_a_reader_is_promised_its_cost_too() -> None:
    house = a_house(Script(either, usage=USED))
    run = await house.executed()
    await house.asked(run)
    assert await committed(house) > COST
    assert len(house.memory.kept.spending) == 2

    house.start.__dict__["budget"] = Budget(house.estimate, house.memory.clock, COST / 1_000_000)
    with pytest.raises(OverBudgetError):
        await house.asked(run, "And why not?")
    assert len(house.memory.kept.runs) == 2


async def test_a_model_whose_price_nobody_knows_is_refused_where_there_is_a_budget() -> None:
    house = a_house(prices=None)

    with pytest.raises(InvalidRequestError, match="prices") as caught:
        await house.a_run()

    assert SCRIPTED in caught.value.words.en
    assert "料金" in caught.value.words.ja
    assert house.memory.kept.runs == {}


async def test_without_a_budget_nothing_is_asked_for_and_what_is_known_is_counted() -> None:
    unpriced = a_house(prices=None, daily_usd=None)
    await unpriced.executed()
    assert unpriced.memory.kept.spending == {}

    priced = a_house(daily_usd=None)
    await priced.executed()
    assert await committed(priced) == COST


async def test_a_model_that_is_free_runs_on_an_empty_budget() -> None:
    house = a_house(prices=Prices(0, 0), daily_usd=0.000001)

    await house.executed()

    assert await committed(house) == 0


async def test_a_failed_run_whose_cost_nobody_knows_keeps_its_estimate() -> None:
    house = a_house(UnavailableError(host="h"))

    run = await house.a_run()
    promised = await committed(house)
    await house.execute(run.id)

    assert promised == await committed(house) > 0


async def test_tomorrow_begins_anew() -> None:
    one = await at_most(a_house())
    house = a_house(daily_usd=1.5 * one / 1_000_000)
    await house.a_run(fresh=True)
    with pytest.raises(OverBudgetError):
        await house.a_run(fresh=True)

    house.memory.clock.advance(timedelta(days=1).total_seconds())
    await house.a_run(fresh=True)

    assert await committed(house) == one
    days = await house.spending()
    assert [(day.reserved, day.runs) for day in days] == [(one, 1), (one, 1)]
    left = await house.spending.left()
    assert left
    assert (left.budget, left.left) == (round(1.5 * one), round(1.5 * one) - one)


async def test_the_dearest_who_may_answer_is_promised() -> None:
    dear = a_model("dear", prices=Prices(10.0, 40.0)), ScriptedEngine()
    unknown = a_model("unknown"), ScriptedEngine()
    house = a_house(models=[dear, unknown])
    own = await at_most(house)

    house.preview.__dict__["estimate"] = replace(
        house.estimate, fallback_models=("dear", "unknown", EXTRACTIVE)
    )

    assert await at_most(house) == pytest.approx(10 * own, abs=10)


async def test_all_members_and_the_second_look_are_counted() -> None:
    house = a_house()
    one = await at_most(house)

    three = await at_most(house, settings=RunSettings(ensemble=3))
    looking = await at_most(house, settings=RunSettings(second_look=True))

    assert three == pytest.approx(3 * one, abs=3)
    assert one < looking < 2 * one


async def test_the_estimate_is_never_below_what_is_expected() -> None:
    shown = await (house := a_house()).preview(await house.a_request())

    estimate = shown.estimate
    assert estimate
    assert (estimate.calls, estimate.unpriced) == (1, ())
    assert estimate.expected.input == shown.asked.input.estimated_tokens
    assert 0 < estimate.expected_micros < estimate.at_most_micros


async def test_days_are_asked_for_in_order_and_not_too_many() -> None:
    house = a_house()
    today = house.memory.clock.now().date()
    await house.executed()

    assert await house.spending(first=today, last=today) == [DaySpending(today, 0, COST, 1)]
    assert await house.spending(last=today - timedelta(days=1)) == []
    for first, last in [(today, today - timedelta(days=1)), (today - timedelta(days=400), today)]:
        with pytest.raises(InvalidRequestError):
            await house.spending(first=first, last=last)


@given(budget=st.integers(1, 10**12), committed=st.integers(0, 10**12), wanted=st.integers(0, 10**12))
def test_no_start_goes_past_the_budget(budget: int, committed: int, wanted: int) -> None:
    if not wanted or committed + wanted <= budget:
        check_budget(wanted, committed=committed, budget=budget)
        return
    with pytest.raises(OverBudgetError) as caught:
        check_budget(wanted, committed=committed, budget=budget)
    assert caught.value.data["estimated_usd"] >= wanted / 1_000_000
    assert caught.value.data["left_usd"] <= budget / 1_000_000


@given(
    st.integers(0, 10**7), st.integers(0, 10**6), st.floats(0, 1000), st.floats(0, 1000), st.floats(0, 1000)
)
def test_a_price_is_never_rounded_down(
    prompt: int, answer: int, input_usd: float, output_usd: float, cached: float
) -> None:
    price = price_of(Tokens(prompt, answer), Prices(input_usd, output_usd, cached))

    exact = prompt * input_usd + answer * output_usd
    assert price >= exact - 1e-5 * max(1.0, exact)
    assert price <= prompt * max(input_usd, cached) + answer * output_usd + 1 + 1e-6


@pytest.mark.parametrize("odd", ["inf", "nan", "-1", "0", "1e999"])
def test_a_budget_is_a_sum_that_can_be_spent(odd: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YOMI_DAILY_BUDGET_USD", odd)

    with pytest.raises(ValidationError, match="daily_budget_usd"):
        Settings(_env_file=None)
