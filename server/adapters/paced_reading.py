"""Read a response a few times a second while an answer is under way, instead of once for every token."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

PAUSE_S = 0.04
"""From one read to the next: 25 a second look like writing to a reader, and cost a process a tenth of what 200 do."""
EAGER_READS = 4
"""The first ones come at once: an endpoint says who it is, and then the first word, which others wait for."""
FULL_READ = 16_384
"""What is handed out at most: there is more where that came from."""


@dataclass
class Pace:
    """How one response is read. Its reader says when there is nothing to wait for."""

    begun: bool = False
    """The answer has; what follows may come in larger pieces."""
    ending: bool = False
    """The answer is whole; the end is not to be kept waiting."""
    reads: int = 0

    def pause_s(self, chunk: bytes) -> float:
        """Between reading this chunk and the next one."""
        self.reads += 1
        at_once = self.ending or not (self.begun or self.reads > EAGER_READS)
        return 0.0 if at_once or len(chunk) >= FULL_READ else PAUSE_S


async def paced(response: Any, pace: Pace | None) -> AsyncGenerator[bytes]:
    """The bytes of the SDK's `response`: all that has come since the last read, at the pace given; None: at once.

    What comes meanwhile waits in the buffer of the operating system, which costs nothing. Only aiohttp hands out in one
    piece what is there; httpx2 goes through chunk after chunk, and pauses between them would add up.
    """
    loop = asyncio.get_running_loop()
    async with aclosing(response.iter_bytes()) as chunks:
        async for chunk in chunks:
            read_at = loop.time()
            yield chunk
            if pace and (pause_s := pace.pause_s(chunk)) and (connection := _unread(response)):
                connection.pause_reading()
                try:
                    await asyncio.sleep(read_at + pause_s - loop.time())
                finally:
                    connection.resume_reading()


def _unread(response: Any) -> asyncio.ReadTransport | None:
    """The connection of a response that aiohttp has not yet read to its end."""
    stream = getattr(response.http_response, "stream", None)
    inner = getattr(stream, "_stream", stream)
    connection = getattr(getattr(inner, "_aiohttp_response", None), "connection", None)
    return connection and connection.transport
