"""The JSON shapes of models."""

from __future__ import annotations

from typing import Any

from server.web.structs.base import Out


class PricesOut(Out):
    """US dollars per million tokens."""

    input: float
    output: float
    cached_input: float | None


class ModelOut(Out):
    name: str
    engine: str
    model: str
    host: str | None
    """Where a paper is sent; null when it stays in this process."""
    context_window: int | None
    shares_cache: bool
    prices: PricesOut | None
    default: bool
    support: dict[str, Any]
    """What the endpoint was found to support so far."""
    state: str | None = None
    """`closed`: calls pass. `open`: its endpoint is away, and they wait; `half_open`: one is trying whether it is back.
    Null: this process has not asked it yet."""
