"""Do in the event loop what was quick before, and in another thread what was not, or is not known yet."""

from __future__ import annotations

import asyncio
import math
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import TypeVar

T = TypeVar("T")

QUICK_S = 0.003
"""Processor time for which the event loop may be kept; to hand work over and back takes a tenth of it, and more where
other threads are busy."""
REMEMBERED = 1000


@dataclass
class QuickWork:
    """Remembers what pieces of work took. Work that keeps what it made is slow once and quick from then on."""

    clock: Callable[[], float] = time.thread_time
    _took: OrderedDict[Hashable, float] = field(default_factory=OrderedDict)

    async def __call__(self, key: Hashable, work: Callable[[], T]) -> T:
        """What `work` returns.

        Args:
            key: Equal for pieces of work that take about as long.
        """
        if self._took.get(key, math.inf) <= QUICK_S:
            return self._timed(key, work)
        return await asyncio.to_thread(self._timed, key, work)

    def _timed(self, key: Hashable, work: Callable[[], T]) -> T:
        began = self.clock()
        try:
            return work()
        finally:
            self._took[key] = self.clock() - began
            while len(self._took) > REMEMBERED:
                self._took.popitem(last=False)
