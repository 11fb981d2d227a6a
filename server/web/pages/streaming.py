"""Pages that fill in by themselves: pieces of HTML as server-sent events, each for its place on the page."""

from __future__ import annotations

from collections.abc import AsyncIterator

from litestar.response import ServerSentEvent, ServerSentEventMessage

from server.domain.errors import NotFoundError
from server.web.pages.frame import render
from server.web.shapes import problem_out
from server.web.streams import RETRY_MS, being_sent, expect_place

HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}

Pieces = AsyncIterator[tuple[int, str] | None]
"""Ids of events with the HTML they bring, perhaps none; None while nothing happens."""


def stream(pieces: Pieces, *, seen: int, place: str, language: str) -> ServerSentEvent:
    """The pieces, then `done`, upon which the page closes the stream.

    Args:
        seen: Id of the last event this browser has had; it is told the later ones.
        place: Where on the page it is said that what is shown has been deleted meanwhile.

    Raises:
        BusyError: this process sends as many streams as it may.
    """
    expect_place()
    return ServerSentEvent(_messages(pieces, seen, place, language), headers=HEADERS, status_code=200)


def partial(place: str, html: str) -> str:
    """A piece for htmx to put into its place."""
    return f'<hx-partial hx-target="{place}" hx-swap="outerHTML">{html}</hx-partial>'


async def _messages(
    pieces: Pieces, seen: int, place: str, language: str
) -> AsyncIterator[ServerSentEventMessage]:
    with being_sent():
        try:
            async for piece in pieces:
                if piece is None:
                    yield ServerSentEventMessage(comment="ping", data=None)
                elif piece[1] and piece[0] > seen:
                    yield ServerSentEventMessage(data=piece[1], id=piece[0], retry=RETRY_MS)
        except NotFoundError as error:
            said = problem_out(error, language)
            sentence = render("problem_piece.html.j2", language, title=said["title"], detail=said["detail"])
            yield ServerSentEventMessage(data=partial(place, sentence))
        yield ServerSentEventMessage(data="", event="done")
