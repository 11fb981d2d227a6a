"""Real time and real identifiers."""

from __future__ import annotations

import secrets
import time
from datetime import UTC, datetime
from uuid import UUID


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()


class UuidIds:
    """UUIDs of version 7 (RFC 9562): within one process each sorts after the one before."""

    def __init__(self) -> None:
        self._last = 0
        """Milliseconds, and 74 random bits below them."""

    def new(self) -> str:
        now = time.time_ns() // 1_000_000
        self._last = max(now << 74 | secrets.randbits(73), self._last + 1)
        moment, rest = self._last >> 74, self._last & ((1 << 74) - 1)
        high, low = rest >> 62, rest & ((1 << 62) - 1)
        return str(UUID(int=moment << 80 | 7 << 76 | high << 64 | 2 << 62 | low))
