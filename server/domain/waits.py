"""Why a question waits before it is asked."""

from __future__ import annotations

from enum import StrEnum


class WaitReason(StrEnum):
    AWAY = "away"
    """The endpoint does not answer; it is asked again now and then."""
    RATE = "rate"
    """The endpoint wants no more for a while, or what is set for a minute is used up."""
    BUSY = "busy"
    """As many calls are under way as the endpoint bears."""
