"""How late the event loop wakes: what holds it up, holds up everything."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

EVERY_S = 0.25


async def watch_lag(told: Callable[[float], object]) -> None:
    """Tell, several times a second and for ever, by how many seconds a sleep was too long."""
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + EVERY_S
        await asyncio.sleep(EVERY_S)
        told(max(0.0, loop.time() - due))
