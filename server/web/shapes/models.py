"""Models as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from server.domain.models import Breaker, ModelSpec
from server.web.structs import ModelOut, PricesOut


def model_out(
    spec: ModelSpec, support: Mapping[str, Any] | None = None, *, breaker: Breaker | None = None
) -> ModelOut:
    prices = spec.prices
    return ModelOut(
        name=spec.name,
        engine=spec.engine,
        model=spec.model,
        host=spec.host,
        context_window=spec.context_window,
        shares_cache=spec.shares_cache,
        prices=PricesOut(input=prices.input, output=prices.output, cached_input=prices.cached_input)
        if prices
        else None,
        default=spec.default,
        support=dict(support or {}),
        state=breaker.value if breaker else None,
    )
