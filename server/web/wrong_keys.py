"""Wrong keys, counted per address: a caller who keeps guessing is told to stop; a right key always works."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable

from server.domain.errors import TooManyWrongKeysError

MOST = 30
"""Wrong keys that an address may present within `WINDOW_S`."""
WINDOW_S = 60.0
ADDRESSES = 10_000
"""Remembered; of more, those that were counted first are forgotten."""


class WrongKeys:
    """Of this process, since it started; keeps addresses and numbers, never a key."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._counted: OrderedDict[str, tuple[float, int]] = OrderedDict()
        """When the window of an address began, and how many wrong keys came since."""

    def note(self, address: str) -> None:
        """
        Raises:
            TooManyWrongKeysError: in place of saying once more that the key is wrong.
        """
        now = self._clock()
        began, count = self._counted.get(address, (now, 0))
        if now - began >= WINDOW_S:
            began, count = now, 0
            self._counted.pop(address, None)
        self._counted[address] = (began, count + 1)
        if len(self._counted) > ADDRESSES:
            self._counted.popitem(last=False)
        if count >= MOST:
            raise TooManyWrongKeysError(retry_after_s=math.ceil(began + WINDOW_S - now))
