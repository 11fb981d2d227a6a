"""One line per request: method, path, status, time. Never a query, header or body."""

from __future__ import annotations

import logging
import time

from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Message, Receive, Scope, Send

log = logging.getLogger("yomi.access")
QUIET = ("/healthz", "/readyz")


class AccessLog(ASGIMiddleware):
    """Logs when the response has begun, so that an endless stream is logged too."""

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        began = time.perf_counter()

        async def logged(message: Message) -> None:
            if message["type"] == "http.response.start" and scope["path"] not in QUIET:
                took = round((time.perf_counter() - began) * 1000)
                path = "".join(c for c in scope["path"][:200] if c.isprintable())
                log.info("%s %s %s %sms", scope.get("method"), path, message["status"], took)
            await send(message)

        await next_app(scope, receive, logged)
