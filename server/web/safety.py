"""What is checked of every request before anything reads it.

The server spends the user's money, so a page elsewhere must not reach it: only this machine's own names are served,
and requests that change something must come from our own pages or from no page at all.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import jiter
from litestar import Request
from litestar.connection import ASGIConnection
from litestar.handlers.base import BaseRouteHandler
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send

from server.domain.errors import ForbiddenError, UnauthorizedError, YomiError
from server.web.languages import interface_language
from server.web.problems import RequestTimeoutError, malformed, problem_response, unsupported

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
OPEN_PATHS = ("/healthz", "/readyz")
BODY_PAUSE_S = 30.0
"""Longest silence while a body arrives; uvicorn itself would wait for ever."""
MAX_JSON = 2 * 2**20


class Gate(ASGIMiddleware):
    """Refuses foreign hosts, foreign pages and callers without a key; bounds the wait for a body."""

    def __init__(self, *, api_keys: Sequence[str] = ()) -> None:
        self._keys = tuple(hashlib.sha256(key.encode()).digest() for key in api_keys)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        request: Request[Any, Any, Any] = Request(scope)
        try:
            self._check(request)
        except YomiError as error:
            await _refuse(request, error, scope, receive, send)
            return
        await next_app(scope, _patient(receive), send)

    def _check(self, request: Request[Any, Any, Any]) -> None:
        host = request.headers.get("host", "")
        if not self._keys and _name(host) not in LOOPBACK:
            raise ForbiddenError(
                reason_ja="このサーバーはこのコンピューターからのみ使えます（Host が 127.0.0.1 か localhost）。",
                reason_en="This server answers on this machine only (Host 127.0.0.1 or localhost).",
            )
        origin = request.headers.get("origin")
        foreign = origin is not None and _authority(origin) != host.lower()
        site = request.headers.get("sec-fetch-site", "none")
        if request.method not in SAFE_METHODS and (foreign or site not in ("none", "same-origin")):
            raise ForbiddenError(
                reason_ja="別のサイトのページからの操作は受け付けません。",
                reason_en="Requests from pages of other sites are not accepted.",
            )
        if self._keys and request.url.path not in OPEN_PATHS:
            self._authorize(request.headers.get("authorization", ""))

    def _authorize(self, header: str) -> None:
        scheme, _, key = header.partition(" ")
        digest = hashlib.sha256(key.strip().encode()).digest()
        known = [hmac.compare_digest(digest, own) for own in self._keys]  # all are compared, whatever matches
        if scheme.lower() != "bearer" or not any(known):
            raise UnauthorizedError


async def accepts(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Guard: the media type must be one of the route's `opt["accepts"]`, and no body may be compressed."""
    accepted = handler.opt.get("accepts")
    if not accepted:
        return
    given = connection.headers.get("content-type", "").partition(";")[0].strip().lower()
    if given not in accepted or connection.headers.get("content-encoding", "identity") != "identity":
        raise unsupported(" / ".join(accepted))


async def strict_json(request: Request[Any, Any, Any]) -> None:
    """Before a JSON route: one well-formed JSON value, no member twice, no NaN."""
    if "application/json" not in request.headers.get("content-type", ""):
        return
    body = await request.body()
    if len(body) > MAX_JSON:
        raise malformed("JSON body over 2 MiB")
    try:
        jiter.from_json(body, catch_duplicate_keys=True, allow_inf_nan=False)
    except ValueError as error:
        raise malformed("not valid JSON, or a member stands there twice") from error


def _name(host: str) -> str:
    """The host without its port, in lower case."""
    host = host.lower()
    return host if host.endswith("]") else host.rpartition(":")[0] or host


def _authority(origin: str) -> str | None:
    """Host and port of an origin; None for one that is no address."""
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return None


def _patient(receive: Receive) -> Receive:
    """Wait for the next part of a body, but not for ever. Once it is whole, silence is the caller's right."""
    whole = False

    async def bounded() -> Any:
        nonlocal whole
        if whole:
            return await receive()
        try:
            async with asyncio.timeout(BODY_PAUSE_S):
                message = await receive()
        except TimeoutError as error:
            raise RequestTimeoutError from error
        whole = message["type"] != "http.request" or not message.get("more_body", False)
        return message

    return bounded


async def _refuse(
    request: Request[Any, Any, Any], error: YomiError, scope: Scope, receive: Receive, send: Send
) -> None:
    response = problem_response(error, interface_language(request))
    await response.to_asgi_response(None, request)(scope, receive, send)
