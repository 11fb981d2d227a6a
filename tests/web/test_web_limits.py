"""What one process does not take on: more streams, drawings or bytes than there is room for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from litestar.response import ServerSentEvent
from litestar.testing import RequestFactory
from server.application.ports import Event
from server.domain.errors import BusyError, StorageFullError
from server.web.lines import WaitingLine
from server.web.pages import streaming
from server.web.papers import get_picture
from server.web.streams import stream_response

from builders import a_comparison, a_paper, a_persona, a_queued_run, an_extraction
from house import PDF, until
from served import Client, ServedHouse

pytestmark = pytest.mark.anyio

TEXT = "It places the paper first."


# Streams


async def _events() -> AsyncIterator[Event | None]:
    yield Event(1, 1, "run:1", "started", {})
    yield Event(2, 2, "run:1", "finished", {})


async def _pieces() -> AsyncIterator[tuple[int, str] | None]:
    yield (1, "<p>one</p>")
    yield None


async def an_api_stream() -> ServerSentEvent:
    response = await stream_response(_events())
    assert isinstance(response, ServerSentEvent)
    return response


async def a_page_stream() -> ServerSentEvent:
    return streaming.stream(_pieces(), seen=0, place="#run", language="en")


@pytest.mark.parametrize("second", [an_api_stream, a_page_stream])
@pytest.mark.parametrize("first", [an_api_stream, a_page_stream])
async def test_streams_of_the_api_and_of_pages_share_their_number(
    first: Any, second: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.web.streams.MAX_STREAMS", 1)
    sent = aiter((await first()).iterator)
    await anext(sent)

    with pytest.raises(BusyError):
        await second()
    async for _ in sent:
        pass

    assert await second()


async def test_a_stream_that_is_dropped_makes_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.web.streams.MAX_STREAMS", 1)
    has_begun = asyncio.Event()

    async def endless() -> AsyncIterator[Event | None]:
        yield Event(1, 1, "run:1", "started", {})
        await asyncio.get_running_loop().create_future()

    async def send(message: Any) -> None:
        if message["type"] == "http.response.body":
            has_begun.set()

    async def receive() -> Any:
        await has_begun.wait()
        return {"type": "http.disconnect"}

    stream: Any = await stream_response(endless())
    async with asyncio.timeout(5):
        await stream.to_asgi_response(None, RequestFactory().get("/"))({}, receive, send)

    assert has_begun.is_set()
    assert await an_api_stream()


@pytest.mark.parametrize(
    "place",
    [
        "/api/papers/paper-1/events",
        "/api/runs/run-1/events",
        "/api/comparisons/comparison-1/events",
        "/papers/paper-1/live",
        "/runs/run-1/live",
        "/comparisons/comparison-1/live",
    ],
)
async def test_every_stream_beyond_the_limit_is_told_when_to_come_back(
    house: ServedHouse, api: Client, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    monkeypatch.setattr("server.web.streams.MAX_STREAMS", 0)
    memory = house.memory
    memory.has(an_extraction())
    memory.has(a_paper())
    runs = [a_queued_run("run-1"), a_queued_run("run-2", persona=a_persona("interpreter"))]
    for run in runs:
        await house.shelf.keep(a_persona(run.persona.id))
        memory.has(run)
    memory.has(a_comparison(runs))

    response = await api.get(place)

    assert response.status_code == 503
    assert int(response.headers["retry-after"]) >= 1


# Pictures


async def test_a_line_serves_in_order_and_refuses_when_it_is_full() -> None:
    line, served = WaitingLine(at_once=1, waiting=2, again_s=2), list[int]()
    go_on = asyncio.Event()

    async def one(number: int) -> None:
        async with line.place():
            served.append(number)
            await go_on.wait()

    tasks = [asyncio.create_task(one(number)) for number in range(3)]
    await until(lambda: served == [0])
    with pytest.raises(BusyError) as caught:
        await one(3)
    tasks[1].cancel()
    await asyncio.wait([tasks[1]])
    tasks.append(asyncio.create_task(one(4)))
    go_on.set()
    await asyncio.wait([tasks[0], *tasks[2:]])

    assert served == [0, 2, 4]
    assert caught.value.data == {"retry_after_s": 2}
    async with line.place():
        pass


async def test_few_pictures_are_drawn_at_once_and_the_others_hold_no_pdf(house: ServedHouse) -> None:
    paper_id = await house.a_ready_paper()
    line, blobs, reader = WaitingLine(at_once=4, waiting=20, again_s=2), house.memory.blobs, house.reader
    held = most = 0

    class Counting:
        async def get(self, key: str) -> bytes | None:
            nonlocal held, most
            held += 1
            most = max(most, held)
            return await blobs.get(key)

        async def picture(self, data: bytes, *, page: int, width: int) -> bytes:
            nonlocal held
            await asyncio.sleep(0.001)
            held -= 1
            return await reader.picture(data, page=page, width=width)

    asked = {"queries": house.queries, "paper_id": paper_id, "name": "1.png", "width": 500, "pictures": line}
    ends = await asyncio.gather(
        *(get_picture.fn(**asked, blobs=Counting(), reader=Counting()) for _ in range(30)),
        return_exceptions=True,
    )

    assert (held, most) == (0, 4)
    assert [isinstance(end, BusyError) for end in ends] == [False] * 24 + [True] * 6


async def test_a_picture_too_many_is_told_when_to_come_back(
    house: ServedHouse, api: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: WaitingLine) -> None:
        raise BusyError(retry_after_s=2)

    monkeypatch.setattr(WaitingLine, "place", refuse)

    response = await api.get(f"/api/papers/{await house.a_ready_paper()}/pages/1.png")

    assert (response.status_code, response.headers["retry-after"]) == (503, "2")


# Room


async def full(size: int) -> None:
    if size > 1000:
        raise StorageFullError


@pytest.mark.parametrize("place", ["/api/papers", "/api/read", "/api/compare", "/papers", "/checks"])
async def test_an_upload_without_room_is_refused_before_it_is_read(
    house: ServedHouse, api: Client, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    monkeypatch.setattr(house.memory.blobs, "expect_room", full)

    response = await api.post(place, files={"file": ("a.pdf", PDF * 100, "application/pdf")})

    assert response.status_code == 507
    assert house.memory.blobs.kept == {}


async def test_what_is_small_enough_is_taken_in(
    house: ServedHouse, api: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(house.memory.blobs, "expect_room", full)

    assert (await api.post("/api/papers", files={"file": ("a.pdf", PDF, "application/pdf")})).is_success


# Texts


@pytest.mark.parametrize("text", ["   \n", "One more. " * 1600], ids=["empty", "too many statements"])
@pytest.mark.parametrize("place", ["/api/compare", "/checks"])
async def test_a_text_that_cannot_be_checked_is_refused_before_its_paper_is_taken_in(
    house: ServedHouse, api: Client, place: str, text: str
) -> None:
    more = {"persona": "summarizer"} if place == "/api/compare" else {}

    response = await api.post(
        place, data={"text": text, **more}, files={"file": ("a.pdf", PDF, "application/pdf")}
    )

    assert response.status_code == 422
    assert house.memory.kept.papers == {}
    assert house.memory.blobs.kept == {}
