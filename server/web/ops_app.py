"""A small application for a process that serves nothing else: is it alive, can it take work, what are its figures."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from socket import socket
from typing import Any

from litestar import Litestar
from litestar.di import Provide
from litestar.exceptions import HTTPException

from server.web.access_log import AccessLog
from server.web.app_state import Health, Watched
from server.web.ops import healthz, metrics, readyz
from server.web.problems import EXCEPTION_HANDLERS, on_domain_error, on_http_error
from server.web.proxies import behind_proxies
from server.web.safety import Gate, key_digest

GRACE_S = 2
"""How long a scrape under way may take when the process stops."""


def create_ops_app(health: Health, watched: Watched, *, api_keys: Sequence[str] = ()) -> Litestar:
    """`/healthz`, `/readyz` and `/metrics`, guarded as a server's are: without keys for this machine alone."""
    gate = Gate(key_digests=[key_digest(key) for key in api_keys], refuse=on_domain_error)
    app = Litestar(
        route_handlers=[healthz, readyz, metrics],
        dependencies={
            "health": Provide(lambda: health, sync_to_thread=False),
            "watched": Provide(lambda: watched, sync_to_thread=False),
        },
        exception_handlers={**EXCEPTION_HANDLERS, HTTPException: on_http_error},
        middleware=[gate],
        openapi_config=None,
        logging_config=None,
    )
    app.asgi_handler = behind_proxies(AccessLog(app.asgi_handler, watched.telemetry), ())
    return app


@asynccontextmanager
async def served(app: Litestar, listening: socket) -> AsyncIterator[None]:
    """Serve it on this loop while the body runs; signals stay the business of whoever runs the loop."""
    import uvicorn  # noqa: PLC0415 (a worker that is not watched does without)

    class Server(uvicorn.Server):
        @contextlib.contextmanager
        def capture_signals(self) -> Iterator[None]:
            yield

    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="off",
        timeout_graceful_shutdown=GRACE_S,
    )
    server = Server(config)
    task: asyncio.Task[Any] = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        yield
    finally:
        server.should_exit = True
        await task
