"""Streams of what happens, told as it does."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
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

    async def append(
        self, stream: str, name: str, data: Mapping[str, Any], *, fence: int | None = None
    ) -> Event:
        """
        Args:
            fence: Of who executes the run that the stream tells of: it is told only while they hold it.

        Raises:
            NotFoundError: the record that the stream tells of is gone, or the run not held with this fence.
        """
        ...

    async def after(self, streams: Sequence[str], seq: int) -> Sequence[Event]:
        """Events of these streams with a greater `seq`, in order."""
        ...

    async def wait(self, streams: Sequence[str], *, timeout_s: float) -> bool:
        """Return when one of the streams may have something new, at the latest after `timeout_s`.

        Returns:
            Whether to go on waiting. False: this process stops.
        """
        ...


class Bells(Protocol):
    """Names called out to whoever waits for them, as far as they can be reached: a hint, never the only word."""

    def ring(self, stream: str, /) -> None: ...

    def waiting(self, streams: Sequence[str], /) -> AbstractContextManager[asyncio.Event]:
        """A bell that rings when one of the names is called."""
        ...

    async def listen(self) -> None:
        """Hear other processes too, where that is possible; harmless to repeat."""
        ...
