"""Around every request, also those that reach no route: its id, one log line, its figures. Never a query, header or body."""

from __future__ import annotations

import logging
import re
import time
import uuid
from contextlib import ExitStack

from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPResponseStartEvent, Message, Receive, Scope, Send

from server.application.ports.telemetry import Answered, Telemetry
from server.web.problems import NOTED

log = logging.getLogger("yomi.access")
QUIET = ("/healthz", "/readyz", "/metrics")
"""Asked every few seconds: no traces of these, and no log line while the answer is 200."""
UNMATCHED = "unmatched"
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
OTHER = "OTHER"
ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
RECORD_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
RECORDS = ("run_id", "paper_id", "batch_id")


class AccessLog:
    """An ASGI application that watches another. Told when the response has begun, so that an endless stream is told too.

    The path is the caller's to choose and stays out; its route and, where they are ids, the ids in it say as much.
    """

    def __init__(self, app: ASGIApp, telemetry: Telemetry) -> None:
        self._app, self._telemetry = app, telemetry

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        headers = dict(scope["headers"])
        request_id = _request_id(headers.get(b"x-request-id", b""))

        with ExitStack() as stack:

            async def watched(message: Message) -> None:
                if message["type"] == "http.response.start":
                    message["headers"] = [*message["headers"], (b"x-request-id", request_id.encode())]
                    self._tell(scope, message["status"], time.perf_counter() - began)
                    if _is_stream(message):
                        stack.enter_context(self._telemetry.streaming())
                await send(message)

            if scope["path"] not in QUIET:
                trace = headers.get(b"traceparent", b"").decode("latin-1") or None
                stack.enter_context(self._telemetry.request(request_id, traceparent=trace))
            await self._app(scope, receive, watched)

    def _tell(self, scope: Scope, status: int, seconds: float) -> None:
        route = str(scope.get("path_template") or UNMATCHED)
        method = str(scope.get("method"))
        self._telemetry.answered(Answered(method, route, status, seconds))
        if route in QUIET and status == 200:
            return
        method = method if method in METHODS else OTHER
        facts = {"method": method, "route": route, "status": status, "took_ms": round(seconds * 1000)}
        if code := (scope.get("state") or {}).get(NOTED):
            facts["code"] = code
        for name, value in (scope.get("path_params") or {}).items():
            if name in RECORDS and RECORD_ID.fullmatch(str(value)):
                facts[name] = str(value)
        level = logging.WARNING if status >= 500 else logging.INFO
        log.log(level, "%s %s %s", method, route, status, extra=facts)


def _request_id(given: bytes) -> str:
    """The caller's own, when it is fit to be printed; else a new one."""
    said = given.decode("latin-1")
    return said if ID.fullmatch(said) else uuid.uuid4().hex


def _is_stream(start: HTTPResponseStartEvent) -> bool:
    kinds = (value for name, value in start["headers"] if name.lower() == b"content-type")
    return any(kind.startswith(b"text/event-stream") for kind in kinds)
