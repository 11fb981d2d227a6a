"""Server-sent events: a followed stream as `text/event-stream`, resumable by Last-Event-ID."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
from litestar import Request, Response
from litestar.response import ServerSentEvent, ServerSentEventMessage

from server.application.ports import Event
from server.domain.errors import BusyError
from server.web.problems import malformed

RETRY_MS = 2_000
MAX_DIGITS = 12
MAX_STREAMS = 2_000
"""That this process serves at once; each costs some memory and looks into the database now and then."""
BUSY_S = 5


class _Open:
    """Streams that are being sent by this process."""

    count = 0


def expect_place() -> None:
    """
    Raises:
        BusyError: this process sends as many streams as it may.
    """
    if _Open.count >= MAX_STREAMS:
        raise BusyError(retry_after_s=BUSY_S)


@contextmanager
def being_sent() -> Iterator[None]:
    """One stream more, from its first piece to its last."""
    _Open.count += 1
    try:
        yield
    finally:
        _Open.count -= 1


def last_event_id(request: Request[Any, Any, Any]) -> int:
    """The last id the caller has seen; 0 for none."""
    given = request.headers.get("last-event-id", "").strip()
    if not given:
        return 0
    if not (given.isascii() and given.isdigit() and len(given) <= MAX_DIGITS):
        raise malformed("Last-Event-ID is not an id of this stream")
    return int(given)


async def stream_response(events: AsyncIterator[Event | None]) -> Response[Any]:
    """The stream, or 204 when the caller has seen its end (so that EventSource stops reconnecting)."""
    try:
        first = await anext(events)
    except StopAsyncIteration:
        return Response(None, status_code=204)
    expect_place()
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return ServerSentEvent(_messages(first, events), headers=headers, status_code=200)


async def _messages(
    first: Event | None, events: AsyncIterator[Event | None]
) -> AsyncIterator[ServerSentEventMessage]:
    with being_sent():
        yield _message(first)
        async for event in events:
            yield _message(event)


def _message(event: Event | None) -> ServerSentEventMessage:
    if event is None:
        return ServerSentEventMessage(comment="ping", data=None)
    data = msgspec.json.encode(event.data).decode()
    return ServerSentEventMessage(data=data, event=event.name, id=event.id, retry=RETRY_MS)
