"""Who waits for which stream of events, in this process."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

POLL_S = 0.5
"""How often a waiting reader looks for events of other processes that nobody tells it of."""


class Bells:
    """Wakes readers of this process. A bell is a hint: whoever hears it looks into the database."""

    poll_s = POLL_S
    """How long a reader may sleep without looking."""
    silent = False
    """No bell rings any more: the process stops, and nobody is to wait."""

    def __init__(self) -> None:
        self._waiting: dict[str, set[asyncio.Event]] = {}

    @contextmanager
    def waiting(self, streams: Sequence[str]) -> Iterator[asyncio.Event]:
        """A bell that rings when something happens in one of the streams."""
        bell = asyncio.Event()
        for stream in streams:
            self._waiting.setdefault(stream, set()).add(bell)
        try:
            yield bell
        finally:
            for stream in streams:
                bells = self._waiting.get(stream, set())
                bells.discard(bell)
                if not bells:
                    self._waiting.pop(stream, None)

    def ring(self, stream: str) -> None:
        """Something was committed to this stream, here."""
        for bell in self._waiting.get(stream, ()):
            bell.set()

    def silence(self) -> None:
        """Ring once more for everybody, and never again."""
        self.silent = True
        for bells in self._waiting.values():
            for bell in bells:
                bell.set()

    async def listen(self) -> None:
        """Hear of what other processes commit, where that is possible; harmless to repeat."""

    async def close(self) -> None: ...
