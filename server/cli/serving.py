"""Uvicorn, stopped by us: it goes on answering while the work under way ends, and only then closes its doors."""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress
from types import FrameType
from typing import TYPE_CHECKING

import uvicorn

from server.cli.stopping import Stopping

if TYPE_CHECKING:
    from litestar import Litestar

    from server.bootstrap import Services

CONNECTIONS_GRACE_S = 5
"""How long requests may take to be answered once the work is over. Streams of events end by themselves."""


class WebServer(uvicorn.Server):
    """Told to stop, it says that it is not ready, refuses new work, waits for what is under way, then stops."""

    def __init__(self, app: Litestar, services: Services) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,  # `web/proxies.py` believes whom the settings name, and nobody else
                date_header=True,
                timeout_graceful_shutdown=CONNECTIONS_GRACE_S,
            )
        )
        self._services = services
        self._stopping: Stopping | None = None

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        self._stopping = Stopping(self._services, then=self._stop, force=self._stop_now)
        await super().serve(sockets)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """However it is told to stop, what is behind the application is closed; uvicorn would leave that out when forced."""
        await super().shutdown(sockets)
        if self.force_exit:
            with suppress(TimeoutError):
                async with asyncio.timeout(CONNECTIONS_GRACE_S):
                    await self.lifespan.shutdown()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Unlike uvicorn's, it does not raise the signal again at the end: a stop in order is no failure."""
        if self._stopping:
            self._stopping.tell()
        else:
            self.should_exit = True

    def _stop(self) -> None:
        self.should_exit = True

    def _stop_now(self) -> None:
        if self.should_exit:
            self.force_exit = True
        self.config.timeout_graceful_shutdown = 0
        self.should_exit = True
