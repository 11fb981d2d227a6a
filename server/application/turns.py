"""Take turns: readers of one paper on one endpoint start one after another, so that the second finds the prefix cached.

Measured on llama.cpp: two requests sent at once share nothing; in turn, the second evaluates 28 tokens instead of 2,478.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from weakref import WeakValueDictionary


@dataclass
class Turn:
    """Holding a place in the queue; others wait until it is passed on or ends."""

    _lock: asyncio.Lock
    _held: bool = True

    def pass_on(self) -> None:
        """Let the next one start already. Harmless when repeated."""
        if self._held:
            self._held = False
            self._lock.release()


@dataclass
class Turns:
    """One queue per key, first come first served."""

    _locks: WeakValueDictionary[Hashable, asyncio.Lock] = field(default_factory=WeakValueDictionary)

    @asynccontextmanager
    async def take(self, key: Hashable) -> AsyncIterator[Turn]:
        lock = self._locks.get(key)
        if lock is None:
            lock = self._locks[key] = asyncio.Lock()
        await lock.acquire()
        turn = Turn(lock)
        try:
            yield turn
        finally:
            turn.pass_on()
