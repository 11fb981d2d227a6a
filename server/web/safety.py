"""What is checked of every request before anything reads it.

The server spends the user's money, so a page elsewhere must not reach it: only this machine's own names are served,
and requests that change something must come from our own pages or from no page at all.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlsplit

import jiter
from litestar import Request, Response
from litestar.connection import ASGIConnection
from litestar.handlers.base import BaseRouteHandler
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send

from server.domain.errors import ForbiddenError, UnauthorizedError, YomiError
from server.web.problems import RequestTimeoutError, malformed, unsupported
from server.web.wrong_keys import WrongKeys

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
OPEN_PATHS = ("/healthz", "/readyz", "/sign-in", "/preferences")
"""Nothing is to be had there without a key but the way to give one."""
OPEN_FOLDER = "/static/"
SESSION_COOKIE = "yomi_session"
BODY_PAUSE_S = 30.0
"""Longest silence while a body arrives; uvicorn itself would wait for ever."""
LOCAL = "local"
"""Who calls where no key is asked for."""
_CALLER = "caller"
MAX_JSON = 2 * 2**20


Refuse = Callable[[Request[Any, Any, Any], YomiError], Response[Any]]


class Gate(ASGIMiddleware):
    """Refuses foreign hosts, foreign pages and callers without a key; bounds the wait for a body."""

    def __init__(
        self, *, key_digests: Sequence[bytes] = (), refuse: Refuse, wrong_keys: WrongKeys | None = None
    ) -> None:
        """`refuse`: makes the response for a refused request."""
        self._keys = tuple(key_digests)
        self._tokens = tuple(_token(digest) for digest in self._keys)
        self._response = refuse
        self._wrong_keys = wrong_keys or WrongKeys()

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        request: Request[Any, Any, Any] = Request(scope)
        try:
            self._check(request)
        except YomiError as error:
            response = self._response(request, error)
            await response.to_asgi_response(None, request)(scope, receive, send)
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
        request.scope["state"][_CALLER] = LOCAL
        path = request.url.path
        if self._keys and path not in OPEN_PATHS and not path.startswith(OPEN_FOLDER):
            self._authorize(request)

    def _authorize(self, request: Request[Any, Any, Any]) -> None:
        given = request.headers.getall("authorization", [])
        scheme, _, key = given[0].partition(" ") if len(given) == 1 else ("", "", "")
        number = _which(key_digest(key.strip()), self._keys) if scheme.lower() == "bearer" else None
        if number is None and not given:
            number = _which(request.cookies.get(SESSION_COOKIE, "").encode(), self._tokens)
        if number is None:
            if given:
                self._wrong_keys.note(_address(request))
            raise UnauthorizedError
        request.scope["state"][_CALLER] = self._keys[number].hex()


def caller_of(request: Request[Any, Any, Any]) -> str:
    """Whose request it is: known by the key, whether it came with it or in the browser's session."""
    caller: str = request.scope["state"][_CALLER]
    return caller


def key_digest(key: str) -> bytes:
    """What is kept of an API key."""
    return hashlib.sha256(key.encode()).digest()


def session_of(key: str, *, keys: Sequence[bytes]) -> str | None:
    """What a browser keeps instead of the key; None when the key is none of these (their digests)."""
    digest = key_digest(key.strip())
    return None if _which(digest, keys) is None else _token(digest).decode()


def _token(digest: bytes) -> bytes:
    return hmac.new(digest, b"yomikurabe session", hashlib.sha256).hexdigest().encode()


def _which(given: bytes, own: Sequence[bytes]) -> int | None:
    """Which of its own ones it is. All are compared, whatever matches, so that the time tells nothing."""
    same = [number for number, one in enumerate(own) if hmac.compare_digest(given, one)]
    return same[0] if same else None


def _address(request: Request[Any, Any, Any]) -> str:
    return request.client.host if request.client else ""


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
