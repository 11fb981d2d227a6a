"""The gate before one endpoint, key and model: who calls when, and what is learned from how calls end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum, auto

from server.adapters.openai_errors import Retry
from server.adapters.provider_breaker import CircuitBreaker
from server.adapters.provider_limit import AdaptiveLimit
from server.adapters.provider_rates import Rates
from server.adapters.provider_retries import RetryBudget, attempts_allowed, jitter
from server.domain.errors import RateLimitedError, UnavailableError
from server.domain.models import Breaker, GateState, ModelSpec
from server.domain.waits import WaitReason

HELD_AT_MOST_S = 3600.0
"""However long an endpoint asks to be left alone; then one looks again."""


class Ended(Enum):
    """What the end of a call says about its endpoint."""

    WELL = auto()
    """It answered."""
    REFUSED = auto()
    """It is there, and said no, or nothing that makes sense."""
    OVERLOADED = auto()
    """It is there, and said that this is too much, or was too slow."""
    AWAY = auto()
    """Nobody there, or nobody well."""
    SILENT = auto()
    """Not one word in all the time it had."""
    LEFT = auto()
    """Nothing: the caller went."""


@dataclass
class Permit:
    """One call that may be in flight. Its end must be told to the gate exactly once."""

    began: float
    is_probe: bool
    stays: bool
    is_heard: bool = field(default=False, init=False)
    """Whether the endpoint has said anything."""
    is_over: bool = field(default=False, init=False)


class Gate:
    """Lets calls through in the order they came, as many at a time as the endpoint bears, and none while it is away."""

    def __init__(
        self,
        host: str,
        model: str,
        *,
        ceiling: int = 8,
        rates: Rates | None = None,
        patient: bool = False,
        backoff_s: float = 0.5,
    ) -> None:
        """
        Args:
            ceiling: Calls in flight at most.
            patient: Wait for an endpoint even if it has never answered in this process: nobody sits before it.
            backoff_s: Before the second attempt wait at most so long, before the third twice.
        """
        self.host = host
        self.model = model
        self.rates = rates or Rates()
        self._patient = patient
        self._limit = AdaptiveLimit(ceiling)
        self._breaker = CircuitBreaker()
        self._budget = RetryBudget(ceiling)
        self._jitter: Callable[[int], float] = jitter(backoff_s)
        self._held_until = 0.0
        self._door = asyncio.Lock()
        self._changed = asyncio.Event()
        self._hasty: set[asyncio.Timeout] = set()
        """Of callers who do not wait while the breaker is open."""
        self._in_flight = 0
        self._waiting = 0
        self._retries = 0
        self.tell: Callable[[Breaker], object] = lambda _: None
        """Told when the endpoint is found to be away, and when it is back."""

    @property
    def state(self) -> GateState:
        return GateState(
            self.host,
            self.model,
            self._breaker.state,
            self._limit.now,
            self._in_flight,
            self._waiting,
            self._retries,
        )

    @property
    def is_known(self) -> bool:
        """Whether it is worth waiting for the endpoint."""
        return self._patient or self._breaker.answered

    def is_shut(self, *, stays: bool) -> bool:
        """Whether the breaker keeps calls from passing. Before an endpoint that was never there, and with nowhere else
        to go, people try as often as they ask."""
        return self._breaker.is_open and (self.is_known or not stays)

    def obstacle(self, tokens: float) -> WaitReason | None:
        """Why a call that stays would have to wait now; None: it would not."""
        if self.is_shut(stays=True):
            return WaitReason.AWAY
        if self._held_until > _now() or not self.rates.allow(tokens):
            return WaitReason.RATE
        return WaitReason.BUSY if self._waiting or self._in_flight >= self._limit.now else None

    async def enter(self, *, tokens: float, deadline: float, stays: bool = True) -> Permit:
        """Wait for this call's turn.

        Args:
            tokens: Of question and answer, estimated.
            deadline: By the loop's clock.
            stays: False for a caller who has somewhere else to go while the endpoint is away.

        Raises:
            UnavailableError, RateLimitedError: the deadline comes before the endpoint.
            TimeoutError: it comes before this call's turn.
        """
        if not stays and self.is_shut(stays=False) and (self._waiting or self._breaker.wait_s(_now())):
            raise UnavailableError(
                host=self.host
            )  # those in line may be the next to try; this one need not be
        self._waiting += 1
        hurry = asyncio.timeout_at(deadline)
        try:
            async with hurry:
                if not stays:
                    self._hasty.add(hurry)
                async with self._door:
                    await self._turn(tokens, deadline=deadline, stays=stays)
                    return self._admit(stays=stays)
        except TimeoutError:
            if self.is_shut(stays=stays):
                raise UnavailableError(host=self.host) from None
            if self._held_until > _now():
                raise RateLimitedError from None
            raise
        finally:
            self._hasty.discard(hurry)
            self._waiting -= 1

    def leave(self, permit: Permit, ended: Ended, *, hold_s: float | None = None) -> bool:
        """A call is over; said again it changes nothing.

        Args:
            hold_s: How long the endpoint asked to be left alone.

        Returns:
            Whether the endpoint is away, so that the call counts for nothing.
        """
        if permit.is_over:
            return self.is_shut(stays=permit.stays)
        permit.is_over = True
        self._in_flight -= 1
        now = _now()
        if hold_s:
            self._held_until = max(self._held_until, now + min(hold_s, HELD_AT_MOST_S))
        match ended:
            case Ended.LEFT:
                if permit.is_probe:
                    self._breaker.leave(now)
            case Ended.AWAY | Ended.SILENT:
                if ended is Ended.SILENT:
                    self._limit.overloaded(began=permit.began, at=now)
                if self._breaker.fail(now, is_probe=permit.is_probe):
                    self._send_away()
            case _:
                self._answered(permit)
                if ended is Ended.WELL:
                    self._limit.succeeded()
                elif ended is Ended.OVERLOADED:
                    self._limit.overloaded(began=permit.began, at=now)
        self._changed.set()
        return self.is_shut(stays=permit.stays)

    def heard(self, permit: Permit) -> None:
        """The endpoint has said something. A probe need not be over for others to follow it."""
        permit.is_heard = True
        if self._breaker.is_open:
            self._answered(permit)

    def _answered(self, permit: Permit) -> None:
        is_probe, permit.is_probe = permit.is_probe, False
        if self._breaker.answer(_now(), began=permit.began, is_probe=is_probe):
            self._limit.start_again()
            self.tell(Breaker.CLOSED)
            self._changed.set()

    def pause_s(self, failures: int, retry: Retry, *, hold_s: float | None, deadline: float) -> float | None:
        """How long to wait before a call that failed so often (from 1) is made again; None: it is not."""
        if failures >= attempts_allowed(retry, is_known=self.is_known):
            return None
        now = _now()
        pause_s = self._jitter(failures) + (hold_s or 0.0)
        left_s = deadline - now
        if pause_s >= left_s:
            return None
        # Paced, but not so that there is no time left for the call itself.
        pause_s = max(pause_s, min(self._budget.take(now), left_s / 2))
        self._retries += 1
        return pause_s

    def excused(self) -> float:
        """How long to wait before a call is made again that failed because the endpoint is away: it does so in here."""
        self._retries += 1
        return 0.0

    def called(self) -> None:
        """A first call is about to be made."""
        self._budget.called()

    async def _turn(self, tokens: float, *, deadline: float, stays: bool) -> None:
        """Return when this call, the first in line, may be made.

        Raises:
            TimeoutError: it never may.
        """
        has_rate = False
        while True:
            wait_s = self._wait_s(stays=stays, deadline=deadline)
            if wait_s == 0 and has_rate:
                return
            if wait_s == 0:
                await self.rates.take(tokens)
                has_rate = True
                continue
            self._changed.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await self._changed.wait()

    def _wait_s(self, *, stays: bool, deadline: float) -> float | None:
        """Seconds to wait, or until something changes (None); 0: pass."""
        now = _now()
        is_shut = self.is_shut(stays=stays)
        away_s = self._breaker.wait_s(now) if is_shut else 0.0
        held_s = max(0.0, self._held_until - now)
        if (away_s and not stays) or now + held_s >= deadline:
            raise TimeoutError
        if self._in_flight >= self._limit.now and not is_shut:
            return None
        return max(away_s, held_s)

    def _admit(self, *, stays: bool) -> Permit:
        self._in_flight += 1
        now = _now()
        return Permit(now, self.is_shut(stays=stays) and self._breaker.let_pass(now), stays)

    def _send_away(self) -> None:
        """The breaker has opened."""
        self.tell(Breaker.OPEN)
        for hurry in self._hasty:
            hurry.reschedule(_now())


def gate_for(spec: ModelSpec, *, host: str, ceiling: int, patient: bool, backoff_s: float = 0.5) -> Gate:
    """The gate before a model's endpoint, with the limits that the model was given.

    Args:
        ceiling: For a model that says no other number.
    """
    return Gate(
        host,
        spec.model,
        ceiling=spec.max_concurrent or ceiling,
        rates=Rates(requests_per_minute=spec.requests_per_minute, tokens_per_minute=spec.tokens_per_minute),
        patient=patient,
        backoff_s=backoff_s,
    )


def _now() -> float:
    return asyncio.get_running_loop().time()
