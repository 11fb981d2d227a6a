"""Calls and tokens per minute that an endpoint was said to allow."""

from __future__ import annotations

from aiolimiter import AsyncLimiter

_MINUTE_S = 60.0


class Rates:
    """Waits until one more call fits. To be asked by one caller at a time: aiolimiter lets small amounts go first."""

    def __init__(
        self, *, requests_per_minute: int | None = None, tokens_per_minute: int | None = None
    ) -> None:
        """None: no limit."""
        self._requests = AsyncLimiter(requests_per_minute, _MINUTE_S) if requests_per_minute else None
        self._tokens = AsyncLimiter(tokens_per_minute, _MINUTE_S) if tokens_per_minute else None

    @property
    def counts_tokens(self) -> bool:
        return self._tokens is not None

    def allow(self, tokens: float) -> bool:
        """Whether a call of so many tokens need not wait."""
        return (self._requests is None or self._requests.has_capacity(1)) and (
            self._tokens is None or self._tokens.has_capacity(self._at_most(tokens))
        )

    async def take(self, tokens: float) -> None:
        """Wait for a call of so many tokens, its answer included. One that is larger than what a whole minute allows
        waits for the whole of it."""
        if self._tokens:
            await self._tokens.acquire(self._at_most(tokens))
        if self._requests:
            await self._requests.acquire()

    def _at_most(self, tokens: float) -> float:
        return min(tokens, self._tokens.max_rate) if self._tokens else 0.0
