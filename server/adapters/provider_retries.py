"""When a failed call is made again: how often, after which pause, and not faster than its endpoint's calls allow."""

from __future__ import annotations

from collections.abc import Callable

from tenacity import RetryCallState, Retrying, wait_random_exponential

from server.adapters.openai_errors import Retry

STRANGER_ATTEMPTS = 3
"""At an endpoint that was never there, people want to know within seconds."""
ATTEMPTS = 8
"""Half of all calls failing, 0.5⁸ = 0.4 % of the runs still end without an answer."""
LONGEST_PAUSE_S = 8.0

SHARE = 0.2
"""Retries that every first call pays for."""
PER_SLOT_S = 0.5
"""Retries per second, beyond that, for each call that may be in flight."""
LEAST_BURST = 10


def attempts_allowed(retry: Retry, *, is_known: bool) -> int:
    """How often a call may be made in all.

    Args:
        is_known: The endpoint has answered before, or somebody is waiting in a queue who has time.
    """
    return {Retry.NEVER: 1, Retry.ONCE: 2, Retry.YES: ATTEMPTS if is_known else STRANGER_ATTEMPTS}[retry]


def jitter(backoff_s: float) -> Callable[[int], float]:
    """Full jitter: the pause after so many failures (from 1) is anything between 0 and `backoff_s` doubled each time.

    Of tenacity only the strategy: its loop cannot tell a stream that it begins anew.
    """
    strategy = wait_random_exponential(multiplier=backoff_s, max=LONGEST_PAUSE_S)
    loop = Retrying(wait=strategy)

    def pause_s(failures: int) -> float:
        state = RetryCallState(loop, fn=None, args=(), kwargs={})
        state.attempt_number = failures
        return strategy(state)

    return pause_s


class RetryBudget:
    """Paces the retries of one endpoint: a fifth of its first calls and a few a second. Nobody fails for want of it."""

    def __init__(self, slots: int) -> None:
        """`slots`: calls that may be in flight at most."""
        self._rate = max(1.0, slots * PER_SLOT_S)
        self._most = float(max(LEAST_BURST, slots))
        self._left = self._most
        self._at: float | None = None

    def called(self) -> None:
        """A first call was made."""
        self._left = min(self._most, self._left + SHARE)

    def take(self, at: float) -> float:
        """Take one retry. Returns how many seconds it has to wait for its turn."""
        if self._at is not None:
            self._left = min(self._most, self._left + (at - self._at) * self._rate)
        self._at = at
        self._left -= 1.0
        return max(0.0, -self._left / self._rate)
