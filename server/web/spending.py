"""Routes and shapes of money: what a run would cost, what runs did cost."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from litestar import Router, get
from litestar.params import QueryParameter

from server.application.spending import ReadSpending
from server.domain.spending import DaySpending, Estimate, Tokens, dollars
from server.web.given import Given
from server.web.problems import problems
from server.web.structs import Out

First = Annotated[
    date | None, QueryParameter(name="from", description="First day (UTC); 29 days before `to`")
]
Last = Annotated[date | None, QueryParameter(name="to", description="Last day (UTC); today")]


class CostOut(Out):
    input_tokens: int
    output_tokens: int
    cost_usd: float | None
    """Null: the prices of a model are not known."""


class EstimateOut(Out):
    calls: int
    """Repairs apart."""
    expected: CostOut
    """Without anything from the endpoint's cache."""
    at_most: CostOut
    """Every answer as long as it may be, and repaired once. Calls that fail and are made again may add to it."""


class DayOut(Out):
    day: str
    """UTC. A run counts on the day it was started."""
    reserved_usd: float
    """Of runs that are not over: what they may cost at most."""
    settled_usd: float
    """Of runs that are over: what they did cost; where that is not known, what they might have."""
    runs: int


class SpendingOut(Out):
    items: list[DayOut]
    """Days on which anything was spent or reserved, oldest first."""
    daily_budget_usd: float | None
    """Null: no limit."""
    left_today_usd: float | None


def estimate_out(estimate: Estimate) -> EstimateOut:
    def cost(tokens: Tokens, micros: int) -> CostOut:
        usd = None if estimate.unpriced else dollars(micros, up=True)
        return CostOut(input_tokens=tokens.input, output_tokens=tokens.output, cost_usd=usd)

    return EstimateOut(
        calls=estimate.calls,
        expected=cost(estimate.expected, estimate.expected_micros),
        at_most=cost(estimate.at_most, estimate.at_most_micros),
    )


def _day(day: DaySpending) -> DayOut:
    return DayOut(
        day=day.day.isoformat(),
        reserved_usd=dollars(day.reserved, up=True),
        settled_usd=dollars(day.settled, up=True),
        runs=day.runs,
    )


@get("/", responses=problems(422))
async def get_spending(spending: Given[ReadSpending], first: First = None, last: Last = None) -> SpendingOut:
    """What runs cost, day by day, and what is left of today's budget."""
    days, left = await spending(first=first, last=last), await spending.left()
    return SpendingOut(
        items=[_day(day) for day in days],
        daily_budget_usd=dollars(left.budget) if left else None,
        left_today_usd=dollars(left.left) if left else None,
    )


spendings = Router("/api/spending", route_handlers=[get_spending], tags=["Service"])
