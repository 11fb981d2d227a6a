"""A bounded number of requests at work, a bounded number in line behind them; everybody else is told to come back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from server.domain.errors import BusyError


class WaitingLine:
    """First come, first served. Who waits in it should not hold anything large yet."""

    def __init__(self, *, at_once: int, waiting: int, again_s: int) -> None:
        """`again_s`: when to come back if the line is full."""
        self._slots = asyncio.Semaphore(at_once)
        self._most, self._again_s = waiting, again_s
        self._waiting = 0

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """Wait in line, then work.

        Raises:
            BusyError: it is full.
        """
        if self._slots.locked() and self._waiting >= self._most:
            raise BusyError(retry_after_s=self._again_s)
        self._waiting += 1
        try:
            await self._slots.acquire()
        finally:
            self._waiting -= 1
        try:
            yield
        finally:
            self._slots.release()
