"""One question's tries at an endpoint: their turns at its gate, how they ended, and whether there is another."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field

from server.adapters.openai_errors import CallFailedError, Retry
from server.adapters.provider_gate import Ended, Gate, Permit
from server.domain.errors import RateLimitedError, RunError, RunTimeoutError, UnavailableError
from server.domain.runs import Attempt, Usage
from server.domain.waits import WaitReason


@dataclass
class Tries:
    """All raise with every attempt made so far in the error's `attempts`."""

    gate: Gate
    seconds: float
    """That there are for all of it, from now on."""
    stays: bool = True
    """False: there is somewhere else to go while the endpoint is away."""
    tokens: int = 0
    """Of question and answer, estimated; for the rates."""
    attempts: list[Attempt] = field(default_factory=list)
    wasted: Usage = field(default_factory=Usage)
    """Of calls that gave no answer."""
    deadline: float = field(init=False)
    _failures: int = field(default=0, init=False)
    """That count: not those of an endpoint that is away."""
    _began: float = field(default=0.0, init=False)

    def __post_init__(self) -> None:
        self.deadline = asyncio.get_running_loop().time() + self.seconds
        self.gate.called()

    @property
    def obstacle(self) -> WaitReason | None:
        """Why there is going to be a wait; None: there is none."""
        if not self.stays and self.gate.is_shut(stays=False):
            return None
        return self.gate.obstacle(self.tokens)

    async def enter(self) -> Permit:
        """Wait for a turn.

        Raises:
            UnavailableError, RateLimitedError, RunTimeoutError
        """
        try:
            permit = await self.gate.enter(tokens=self.tokens, deadline=self.deadline, stays=self.stays)
        except RunError as error:
            raise self._given_up(error) from None
        except TimeoutError:
            raise self._given_up(self._late()) from None
        self._began = time.monotonic()
        return permit

    def answered(self, permit: Permit) -> None:
        self.gate.leave(permit, Ended.WELL)
        self._failures = 0
        self._note("ok")

    def late(self, permit: Permit) -> RunError:
        """The error of a call that the deadline ended."""
        is_away = self.gate.leave(permit, Ended.OVERLOADED if permit.is_heard else Ended.SILENT)
        error = UnavailableError(host=self.gate.host) if is_away else self._late()
        self._note(error.code)
        return self._given_up(error)

    def failed(self, permit: Permit, failed: CallFailedError, *, unsupported: bool = False) -> float:
        """A call failed. Returns the seconds to wait before the next one.

        Args:
            unsupported: The next call asks for less; that is no failure.

        Raises:
            RunError: there is no next one.
        """
        is_away = self.gate.leave(permit, _ended(failed), hold_s=failed.retry_after_s)
        self._note("unsupported" if unsupported else failed.error.code)
        if unsupported:
            return 0.0
        pause_s: float | None = None
        if is_away and self.stays and failed.retry is Retry.YES:
            pause_s = self.gate.excused()
        elif self.stays or not is_away:
            self._failures += 1
            pause_s = self.gate.pause_s(
                self._failures, failed.retry, hold_s=failed.retry_after_s, deadline=self.deadline
            )
        if pause_s is None:
            raise self._given_up(failed.error) from failed
        return pause_s

    def left(self, permit: Permit) -> None:
        """Nobody waits for the call any more. Nothing new for one that is over."""
        self.gate.leave(permit, Ended.LEFT)

    def _note(self, outcome: str) -> None:
        self.attempts.append(Attempt(outcome, round((time.monotonic() - self._began) * 1000)))

    def _late(self) -> RunError:
        seconds = self.seconds
        return RunTimeoutError(seconds=int(seconds) if seconds == int(seconds) else seconds)

    def _given_up(self, error: RunError) -> RunError:
        error.attempts, error.usage = tuple(self.attempts), self.wasted
        return error


def _ended(failed: CallFailedError) -> Ended:
    match failed.error:
        case RateLimitedError():
            return Ended.OVERLOADED
        case UnavailableError():
            return Ended.AWAY
        case _:
            return Ended.REFUSED
