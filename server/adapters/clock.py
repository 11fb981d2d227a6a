"""Real time and real identifiers."""

from __future__ import annotations

import time
from datetime import UTC, datetime


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()


class UuidIds:
    """UUIDs of version 7: within one process each sorts after the one before."""

    def new(self) -> str:
        from uuid_utils import uuid7  # noqa: PLC0415 (a binary module; the first id may wait for it)

        return str(uuid7())
