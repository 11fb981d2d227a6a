"""Whether an endpoint is away: opened by failures that are its own, closed by the first answer of a probe."""

from __future__ import annotations

from collections import deque

from server.domain.models import Breaker

WINDOW_S = 10.0
MANY = 20
"""Calls in the window from which their share of failures speaks."""
SHARE = 0.8
IN_A_ROW = 5
"""With fewer calls: so many failures without an answer in between, and none within the window."""
RUN_IN_A_ROW = 8
"""With fewer calls, whatever was answered: as many as one run may make (`provider_retries.ATTEMPTS`), so that none runs
out of them at an endpoint that has just gone."""
MANY_IN_A_ROW = 30
"""So many, and what was answered shortly before does not matter: by chance one in two fails so often once in 2³⁰."""
FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 10.0
SILENT_S = 30.0
"""A probe that has heard nothing for so long does not keep the next one from trying: connections die without a word."""


class CircuitBreaker:
    """Closed, calls pass. Open, none does; after each pause one may try (half open).

    Times are seconds of any clock that only goes forward, as long as it is always the same one.
    """

    def __init__(self) -> None:
        self.answered = False
        """Whether the endpoint has ever answered."""
        self._recent: deque[tuple[float, bool]] = deque()
        self._failed_recently = 0
        self._in_a_row = 0
        self._opened_at: float | None = None
        self._pause_s = FIRST_PAUSE_S
        self._probe_at = 0.0
        """When the next probe may be sent."""
        self._probing = False

    @property
    def is_open(self) -> bool:
        return self._opened_at is not None

    @property
    def state(self) -> Breaker:
        if self._opened_at is None:
            return Breaker.CLOSED
        return Breaker.HALF_OPEN if self._probing else Breaker.OPEN

    def wait_s(self, at: float) -> float:
        """Seconds until a call may pass, unless something happens before; 0: now."""
        return 0.0 if self._opened_at is None else max(0.0, self._probe_at - at)

    def let_pass(self, at: float) -> bool:
        """A call is sent. Returns whether it is a probe, whose end must be told by `answer`, `fail` or `leave`."""
        if self._opened_at is None:
            return False
        self._probing, self._probe_at = True, at + SILENT_S
        return True

    def answer(self, at: float, *, began: float, is_probe: bool = False) -> bool:
        """A call was answered, be it with a refusal: somebody is there. Returns whether that closed the breaker.

        An answer to a call that began before the breaker opened does not: its connection is older than the trouble.
        """
        self._in_a_row = 0
        if not self.answered:  # What failed before says nothing of an endpoint that has just been started.
            self.answered = True
            self._recent.clear()
            self._failed_recently = 0
        if self._opened_at is None:
            self._note(at, failed=False)
            return False
        if not is_probe and began < self._opened_at:
            return False
        self._opened_at, self._probing, self._pause_s = None, False, FIRST_PAUSE_S
        self._recent.clear()
        self._failed_recently = 0
        return True

    def fail(self, at: float, *, is_probe: bool = False) -> bool:
        """A call failed by no fault of ours. Returns whether that opened the breaker."""
        if self._opened_at is not None:
            if is_probe:
                self._probing = False
                self._pause_s = min(LONGEST_PAUSE_S, self._pause_s * 2)
                self._probe_at = at + self._pause_s
            return False
        self._note(at, failed=True)
        self._in_a_row += 1
        calls = len(self._recent)
        silent = self._in_a_row >= (
            IN_A_ROW if self._failed_recently == calls else RUN_IN_A_ROW if calls < MANY else MANY_IN_A_ROW
        )
        if not silent and (calls < MANY or self._failed_recently < SHARE * calls):
            return False
        self._opened_at, self._pause_s = at, FIRST_PAUSE_S
        self._probing, self._probe_at = False, at + FIRST_PAUSE_S
        return True

    def leave(self, at: float) -> None:
        """The probe was given up before it heard anything: the next one may try."""
        if self._opened_at is not None:
            self._probing, self._probe_at = False, at

    def _note(self, at: float, *, failed: bool) -> None:
        self._recent.append((at, failed))
        self._failed_recently += failed
        while self._recent[0][0] < at - WINDOW_S:
            self._failed_recently -= self._recent.popleft()[1]
