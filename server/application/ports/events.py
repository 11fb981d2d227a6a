"""Streams of what happens, told as it does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a stream."""

    id: int
    """Dense from 1 within its stream."""
    seq: int
    """Grows over all streams; merges several in the order things happened."""
    stream: str
    name: str
    """`started`, `field`, `progress`, `reset`, `warning`, `finished`."""
    data: Mapping[str, Any] = field(default_factory=dict)


class Events(Protocol):
    """Durable streams of events, named `run:<id>` or `paper:<id>`. `finished` is the last of a stream."""

    async def append(self, stream: str, name: str, data: Mapping[str, Any]) -> Event: ...

    async def after(self, streams: Sequence[str], seq: int) -> Sequence[Event]:
        """Events of these streams with a greater `seq`, in order."""
        ...

    async def wait(self, streams: Sequence[str], *, timeout_s: float) -> None:
        """Return when one of the streams may have something new, at the latest after `timeout_s`."""
        ...
