"""What calls cost, where prices are configured."""

from __future__ import annotations

from dataclasses import replace

from server.domain.models import ModelSpec
from server.domain.runs import Usage


def priced(usage: Usage, spec: ModelSpec) -> Usage:
    """Usage with its cost in US dollars, where the model's prices are known."""
    prices = spec.prices
    if prices is None or usage.input_tokens is None or usage.output_tokens is None:
        return usage
    cached = usage.cached_tokens or 0
    rate = prices.cached_input if prices.cached_input is not None else prices.input
    cost = (usage.input_tokens - cached) * prices.input + cached * rate + usage.output_tokens * prices.output
    return replace(usage, cost_usd=round(cost / 1_000_000, 6))


def sum_of(*usages: Usage) -> Usage:
    """All of them together."""
    total = Usage()
    for usage in usages:
        total = total.plus(usage)
    return total if total.cost_usd is None else replace(total, cost_usd=round(total.cost_usd, 6))
