"""How many calls one endpoint and model may have in flight: as many as it bears, found out by trying."""

from __future__ import annotations

from math import floor

BACK_OFF = 0.7
"""What is left of the limit when the endpoint is overloaded. Congestion control's cubic keeps as much (RFC 9438, §4.6)."""


class AdaptiveLimit:
    """Additive increase, multiplicative decrease, and a slow start after the endpoint was away.

    Times are seconds of any clock that only goes forward, as long as it is always the same one.
    """

    def __init__(self, ceiling: int) -> None:
        self._ceiling = float(ceiling)
        self._allowed = self._ceiling
        self._known_good = 0.0
        """Up to here a limit that was cut down grows by one with every success: it has borne as much before."""
        self._cut_at = float("-inf")

    @property
    def now(self) -> int:
        """Calls that may be in flight; from 1 to the ceiling."""
        return floor(self._allowed)

    def succeeded(self) -> None:
        """A call was answered: one more for every window of them, or for each of them while starting slowly."""
        step = 1.0 if self._allowed < self._known_good else 1 / self._allowed
        self._allowed = min(self._ceiling, self._allowed + step)

    def overloaded(self, *, began: float, at: float) -> None:
        """A call was refused as one too many, or got no answer in time.

        Args:
            began: When the call was sent. One that was sent before the last cut says nothing about what is left: of a
                whole round of refusals the first counts.
        """
        if began <= self._cut_at:
            return
        self._cut_at = at
        self._allowed = max(1.0, self._allowed * BACK_OFF)
        self._known_good = 0.0

    def start_again(self) -> None:
        """The endpoint is back: let calls in one by one, and quickly up to what it bore before."""
        self._known_good = max(self._known_good, self._allowed)
        self._allowed = 1.0
