"""Money over HTTP: what a run would cost, what is left of today, what was spent."""

from __future__ import annotations

import pytest
from server.adapters.scripted_engine import Script
from server.domain.models import Prices
from server.domain.runs import Usage

from house import either
from served import ServedHouse, serving

pytestmark = pytest.mark.anyio

USED = Usage(input_tokens=2000, output_tokens=500)


def a_house(daily_usd: float | None = 1.0, prices: Prices | None = Prices(1.0, 4.0)) -> ServedHouse:  # noqa: B008
    return ServedHouse(Script(either, usage=USED), daily_usd=daily_usd, prices=prices)


async def test_a_preview_says_what_the_whole_run_would_take() -> None:
    house = a_house()
    async with serving(house.app()) as client:
        asked = {"paper_id": await house.a_ready_paper()}
        shown = (await client.post("/api/personas/summarizer/preview", json=asked)).json()

    estimate = shown["estimate"]
    assert estimate["calls"] == 1
    assert estimate["expected"]["input_tokens"] == shown["estimated_tokens"]
    assert 0 < estimate["expected"]["cost_usd"] < estimate["at_most"]["cost_usd"]
    assert estimate["at_most"]["output_tokens"] == 2 * shown["max_output_tokens"]


async def test_without_prices_a_preview_counts_tokens_only() -> None:
    house = a_house(None, None)
    async with serving(house.app()) as client:
        asked = {"paper_id": await house.a_ready_paper()}
        estimate = (await client.post("/api/personas/summarizer/preview", json=asked)).json()["estimate"]

    assert (estimate["expected"]["cost_usd"], estimate["at_most"]["cost_usd"]) == (None, None)
    assert estimate["at_most"]["input_tokens"] > 0


async def test_what_a_run_cost_is_reported_and_taken_from_what_is_left() -> None:
    house = a_house()
    async with serving(house.app()) as client:
        run = await house.executed()
        today = run.created_at.date().isoformat()

        limits = (await client.get("/api/limits")).json()
        spent = (await client.get("/api/spending", params={"from": today, "to": today})).json()
        before = (await client.get("/api/spending", params={"to": "2020-01-01"})).json()

    assert (limits["daily_budget_usd"], limits["left_today_usd"]) == (1.0, 0.996)
    day = {"day": today, "reserved_usd": 0.0, "settled_usd": 0.004, "runs": 1}
    assert spent == {"items": [day], "daily_budget_usd": 1.0, "left_today_usd": 0.996}
    assert before["items"] == []


async def test_without_a_budget_there_is_no_limit() -> None:
    async with serving(a_house(None).app()) as client:
        limits = (await client.get("/api/limits")).json()

    assert (limits["daily_budget_usd"], limits["left_today_usd"]) == (None, None)


@pytest.mark.parametrize("language", ["ja", "en"])
async def test_over_the_budget_is_a_problem_with_the_figures(language: str) -> None:
    house = a_house(0.001)
    async with serving(house.app()) as client:
        asked = {"paper_id": await house.a_ready_paper(), "persona": "summarizer"}
        answer = await client.post("/api/runs", json=asked, headers={"Accept-Language": language})

    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, "over_budget")
    assert (problem["left_usd"], problem["budget_usd"]) == (0.001, 0.001)
    assert problem["estimated_usd"] > 0.001
    assert str(problem["estimated_usd"]) in problem["detail"]
    assert ("予算" in problem["detail"]) == (language == "ja")


@pytest.mark.parametrize(
    "query", ["from=soon", "from=2026-03-02&to=2026-03-01", "from=2020-01-01&to=2026-03-01"]
)
async def test_days_that_are_none_are_refused(query: str) -> None:
    async with serving(a_house().app()) as client:
        answer = await client.get(f"/api/spending?{query}")

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


async def test_the_page_of_a_preview_says_what_it_may_cost() -> None:
    house = a_house()
    async with serving(house.app()) as client:
        sent = {"paper": await house.a_ready_paper(), "language": "en", "model": ""}
        priced = await client.post(
            "/personas/summarizer/preview",
            data=sent,
            headers={"HX-Request": "true", "Accept-Language": "en"},
        )

    assert priced.status_code == 200
    assert "about US$0.0" in priced.text
    assert "at most US$0.0" in priced.text
