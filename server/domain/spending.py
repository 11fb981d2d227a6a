"""Money: what calls may cost, what runs did cost, and what a day may cost. Counted in millionths of a US dollar."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime

from server.domain.errors import OverBudgetError
from server.domain.models import EngineKind, Prices
from server.domain.runs import Run, RunStatus

MICROS = 1_000_000
"""In a dollar."""

FREE = frozenset({EngineKind.EXTRACTIVE, EngineKind.TEXT})
"""Engines that nobody is paid for."""

_SHOWN = 10_000
"""Parts of a dollar that are shown."""
_UNPAID = frozenset({"rate_limited", "quota", "provider_auth", "context_too_long"})
"""Ends of a call that an endpoint refused before it began to work."""
_UNASKED = frozenset({*_UNPAID, "persona_invalid", "not_found"})
"""Ends of a run that paid for nothing, if none of its calls ended otherwise."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """What goes to a model and what comes back."""

    input: int = 0
    output: int = 0

    def plus(self, other: Tokens) -> Tokens:
        return Tokens(self.input + other.input, self.output + other.output)


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a run will probably take, and what it takes at most unless calls fail and are made again."""

    calls: int = 0
    """Without repairs."""
    expected: Tokens = Tokens()
    at_most: Tokens = Tokens()
    expected_micros: int = 0
    at_most_micros: int = 0
    unpriced: tuple[str, ...] = ()
    """Models without prices, which the two sums above leave out."""

    def plus(self, other: Estimate) -> Estimate:
        return Estimate(
            calls=self.calls + other.calls,
            expected=self.expected.plus(other.expected),
            at_most=self.at_most.plus(other.at_most),
            expected_micros=self.expected_micros + other.expected_micros,
            at_most_micros=self.at_most_micros + other.at_most_micros,
            unpriced=tuple(dict.fromkeys((*self.unpriced, *other.unpriced))),
        )


def sum_of_estimates(estimates: Iterable[Estimate]) -> Estimate:
    total = Estimate()
    for estimate in estimates:
        total = total.plus(estimate)
    return total


@dataclass(frozen=True, slots=True)
class DaySpending:
    """What was spent on one day (UTC): each run counts on the day it was started."""

    day: date
    reserved: int
    """Of runs that are not over: what they may cost at most."""
    settled: int
    """Of runs that are over: what they did cost, as far as that is known, else what they might have."""
    runs: int


def price_of(tokens: Tokens, prices: Prices) -> int:
    """Millionths of a dollar, rounded up; nothing is taken to come from a cache."""
    dearest_input = max(prices.input, prices.cached_input or 0)
    # Prices are dollars per million tokens, so these are millionths already; without the dust of floating point.
    return math.ceil(round(tokens.input * dearest_input + tokens.output * prices.output, 6))


def cost_of(run: Run) -> int | None:
    """What a run that is over has cost, in millionths of a dollar; None: that is not known."""
    if run.usage.cost_usd is not None:
        return round(run.usage.cost_usd * MICROS)
    nobody_is_paid = run.engine in FREE and not run.fell_back
    if run.fence == 0 or nobody_is_paid:  # or nobody ever took it up
        return 0
    refused = run.status is RunStatus.FAILED and run.error is not None and run.error.code in _UNASKED
    if refused and run.fence == 1 and all(attempt.outcome in _UNPAID for attempt in run.attempts):
        return 0
    return None


def check_budget(wanted: int, *, committed: int, budget: int) -> None:
    """All three in millionths of a dollar.

    Args:
        committed: Spent today, or promised to runs that are not over.

    Raises:
        OverBudgetError: with `wanted` more it would be more than the budget.
    """
    if wanted and committed + wanted > budget:
        raise OverBudgetError(
            estimated_usd=dollars(wanted, up=True),
            left_usd=dollars(max(0, budget - committed)),
            budget_usd=dollars(budget),
        )


def dollars(micros: int, *, up: bool = False) -> float:
    """To show: to a hundredth of a cent. `up`: rounded up, as what is asked for is; else down, as what is left is."""
    part = MICROS // _SHOWN
    parts = -(-micros // part) if up else micros // part
    return parts / _SHOWN


def day_of(moment: datetime) -> date:
    """The day that money is counted on."""
    return moment.astimezone(UTC).date()
