"""The worker: does what the queue says, without a web server. `yomi worker`, on any number of machines."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from server.bootstrap import SERVER, Services, build
from server.metrics_port import shown
from server.settings import Settings


class Worker:
    """One process that reads papers and executes runs until it is told to stop."""

    services: Services

    def __init__(self, settings: Settings) -> None:
        """
        Raises:
            ConflictError: the data directory cannot be written to.
            InvalidRequestError: a setting is wrong, or there is no queue; says which.
        """
        self.services = build(settings, owner=SERVER, works=True)
        self._over = asyncio.Event()

    async def run(self, *, ready: Callable[[], None]) -> None:
        """Work until `finish`. `ready` is called when it has begun.

        Raises:
            ConflictError: database or queue cannot be reached, or do not fit.
        """
        try:
            await self.services.start()
            async with shown(self.services):
                ready()
                await self._over.wait()
        finally:
            await self.services.close()

    def finish(self) -> None:
        """After `services.stop`: nothing is under way any longer."""
        self._over.set()
