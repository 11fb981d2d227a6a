"""Try again what storage refuses for the moment; say once that it is away, and once that it is back."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

from server.domain.errors import BusyError, ConflictError, StorageFullError, YomiError

log = logging.getLogger(__name__)

T = TypeVar("T")

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.25, 10.0
"""Each pause is twice as long as the one before."""
FOR_S = 300.0
"""How long a paid answer is held while it cannot be kept; the pauses are counted, not the tries."""
ON_CANCEL_S = 3.0
"""How long who is cancelled goes on with what must not be broken off."""

BUGS = (
    TypeError,
    ValueError,
    LookupError,
    AttributeError,
    AssertionError,
    RuntimeError,
)
"""Of ours: it would fail again."""


@dataclass
class Patience:
    """Shared by all who write, so that a database that is away is logged once and not by each of them."""

    _is_away: bool = False

    async def __call__(self, work: Callable[[], Awaitable[T]], *, for_s: float = FOR_S) -> T:
        """What `work` returns when it succeeds at last.

        Raises:
            Exception: its own one, when it is hopeless or the time is up.
        """
        pause_s, waited_s = FIRST_PAUSE_S, 0.0
        while True:
            try:
                done = await work()
            except Exception as error:
                if not may_pass(error):
                    raise
                self.failed(error)
                if waited_s >= for_s:
                    raise
            else:
                self.worked()
                return done
            await asyncio.sleep(pause_s)
            waited_s += pause_s
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)

    def failed(self, error: Exception) -> None:
        """It did not work just now."""
        if not self._is_away:
            self._is_away = True
            log.warning("storage is away, trying again: %s", type(error).__name__)

    def worked(self) -> None:
        if self._is_away:
            self._is_away = False
            log.warning("storage is back")


def may_pass(error: Exception) -> bool:
    """Whether storage may take tomorrow what it refuses now: it is away, full, or not to be written to."""
    if isinstance(error, YomiError):
        return isinstance(error, BusyError | StorageFullError | ConflictError)
    return not isinstance(error, BUGS)


def is_away(error: Exception) -> bool:
    """The same of what was looked for to begin with, told apart from bugs with more care: it is left for later and tried
    again for as long as it takes."""
    return isinstance(error, BusyError | StorageFullError | ConflictError | OSError)


async def unbroken(work: Coroutine[Any, Any, T]) -> T:
    """Do it; who is cancelled meanwhile still gives it some seconds to come to its end."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task], timeout=ON_CANCEL_S)
        task.cancel()
        raise
