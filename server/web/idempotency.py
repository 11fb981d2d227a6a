"""`Idempotency-Key`: a request that spends is answered once, and the same request again is given the same answer.

A route joins in with `opt={"spends": True}` and by giving `key_of(request)` to its use case, which binds it to what it
records (`uow.keys.bind`).
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import msgspec
from litestar import Request
from litestar.datastructures import UploadFile
from litestar.exceptions import HTTPException
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from server.application.one_answer import OneAnswer
from server.application.ports import KeptAnswer
from server.domain.errors import YomiError
from server.web.forms import form_items
from server.web.languages import interface_language
from server.web.problems import malformed, on_domain_error
from server.web.safety import MAX_JSON, caller_of

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
MAX_KEY = 255
PIECE = 2**20
"""Bytes of an upload that are hashed at once."""
_KEY = "idempotency_key"


class IdempotencyKeys(ASGIMiddleware):
    """Answers requests that carry a key through `OneAnswer`. Requests without one pass."""

    def __init__(self, one_answer: OneAnswer) -> None:
        self._one_answer = one_answer

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        request: Request[Any, Any, Any] = Request(scope, receive, send)
        if not spends(scope["route_handler"]) or HEADER not in request.headers:
            await next_app(scope, receive, send)
            return
        try:
            key = _digest(caller_of(request), _given(request))
            scope["state"][_KEY] = key
            fingerprint = await _fingerprint(request)
            answered = await self._one_answer(key, fingerprint, lambda: _captured(next_app, scope, receive))
        except YomiError as error:
            refusal = on_domain_error(request, error)
            await refusal.to_asgi_response(None, request)(scope, receive, send)
            return
        finally:
            await _close_files(request)
        await _send(answered.answer, send, replayed=answered.replayed)


async def _close_files(request: Request[Any, Any, Any]) -> None:
    """Where the route was not asked, nobody else does."""
    if request.headers.get("content-type", "").startswith("multipart/form-data"):
        with suppress(YomiError, HTTPException):
            for _, value in await form_items(request):
                if isinstance(value, UploadFile):
                    await value.close()


def spends(handler: Any) -> bool:
    """Whether a route costs something, so that it takes keys."""
    return bool(handler.opt.get("spends"))


def key_of(request: Request[Any, Any, Any]) -> str | None:
    """What the use case binds what it records to; None: the request carries no key."""
    key: str | None = request.scope["state"].get(_KEY)
    return key


def _given(request: Request[Any, Any, Any]) -> str:
    keys = request.headers.getall(HEADER, [])
    if len(keys) > 1:
        raise malformed(f"two {HEADER} headers")
    if not 0 < len(keys[0]) <= MAX_KEY or not all(" " <= character <= "~" for character in keys[0]):
        raise malformed(f"{HEADER} is 1 to {MAX_KEY} ASCII characters")
    return keys[0]


async def _fingerprint(request: Request[Any, Any, Any]) -> str:
    """Equal for requests that ask the same. Bodies are read as their routes read them, and kept for those."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    asked = (request.method, request.url.path, request.url.query, media_type, interface_language(request))
    hashed = hashlib.sha256(repr(asked).encode())
    if media_type != "multipart/form-data":
        await asyncio.to_thread(hashed.update, _canonical(media_type, await request.body()))
        return hashed.hexdigest()
    for name, value in await form_items(request):
        is_file = isinstance(value, UploadFile)
        content = await _content_digest(value) if is_file else str(value)
        hashed.update(repr((name, value.filename if is_file else None, content)).encode())
    return hashed.hexdigest()


def _canonical(media_type: str, body: bytes) -> bytes:
    """JSON without what does not matter: white space, the order of members."""
    if media_type != "application/json" or len(body) > MAX_JSON:
        return body  # of too long a one every value would be held; its route refuses it
    try:
        return msgspec.json.encode(msgspec.json.decode(body), order="deterministic")
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return body  # its route refuses it


async def _content_digest(file: UploadFile) -> str:
    """Piece by piece: a large file stays where it is."""
    hashed = hashlib.sha256()
    while piece := await file.read(PIECE):
        await asyncio.to_thread(hashed.update, piece)
    await file.seek(0)
    return hashed.hexdigest()


def _digest(caller: str, key: str) -> str:
    return hashlib.sha256(f"{caller}\n{key}".encode()).hexdigest()


async def _captured(app: ASGIApp, scope: Scope, receive: Receive) -> KeptAnswer:
    """What the application answers, instead of sending it."""
    headers: tuple[tuple[str, str], ...] = ()
    status, body = 500, bytearray()

    async def keep(message: Message) -> None:
        nonlocal status, headers
        if message["type"] == "http.response.start":
            status, headers = message["status"], tuple(_plain(message))
        elif message["type"] == "http.response.body":
            body.extend(message["body"])

    await app(scope, receive, keep)
    return KeptAnswer(status, headers, body.decode())


def _plain(message: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(name.decode("latin-1"), value.decode("latin-1")) for name, value in message["headers"]]


async def _send(answer: KeptAnswer, send: Send, *, replayed: bool) -> None:
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers]
    if replayed:
        headers.append((REPLAYED.lower().encode(), b"true"))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body.encode(), "more_body": False})
