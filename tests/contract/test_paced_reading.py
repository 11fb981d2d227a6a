"""An answer is read a few times a second while it is written: its beginning at once, its end without waiting twice."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from typing import Any

import httpx2
import pytest
from server.adapters import paced_reading
from server.adapters.openai_client import TRANSPORTS, connect, send
from server.adapters.openai_engine import OpenAIEngine
from server.adapters.paced_reading import EAGER_READS, FULL_READ, PAUSE_S, Pace
from server.application.ports import Completed, Delta
from server.domain.errors import RunTimeoutError

from fake_provider import Exchange, FakeProvider, Step, chunk, streams
from questions import a_question, events_of

pytestmark = pytest.mark.anyio

EngineOf = Callable[[FakeProvider], OpenAIEngine]

NEVER_S = 3_600.0
PIECES = [f'{{"what": "{"x" * 40}', *(f"{n:04}" for n in range(100)), '"}']


@pytest.fixture(params=TRANSPORTS)
async def engines(request: pytest.FixtureRequest) -> AsyncIterator[EngineOf]:
    """Makes engines of one transport; they are closed in the end."""
    made: list[OpenAIEngine] = []

    def engine_of(provider: FakeProvider) -> OpenAIEngine:
        made.append(OpenAIEngine(provider.base_url, transport=request.param, backoff_s=0.01))
        return made[-1]

    yield engine_of
    for engine in made:
        await engine.close()


def says(*pieces: str, then: asyncio.Event | None = None) -> Step:
    """The first piece; the others when `then` is set, each in a packet of its own."""

    async def step(exchange: Exchange) -> None:
        await exchange.head(200, "text/event-stream")
        await exchange.event(chunk(role="assistant", content=""))
        await exchange.event(chunk(pieces[0]))
        if then:
            await then.wait()
        for piece in pieces[1:]:
            await exchange.event(chunk(piece))
            await asyncio.sleep(0)
        await exchange.event(chunk(finish="stop"))
        await exchange.event("[DONE]")

    return step


async def test_the_beginning_is_passed_on_before_the_rest_is_written(
    engines: EngineOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paced_reading, "PAUSE_S", 0.0)
    heard = asyncio.Event()
    async with FakeProvider(says(*PIECES, then=heard)) as provider:
        said = []
        async for event in engines(provider).ask(a_question()):
            if isinstance(event, Delta):
                said.append(event.text)
                heard.set()

    assert said[0] == PIECES[0]
    assert "".join(said) == "".join(PIECES)


@pytest.mark.parametrize("engines", ["aiohttp"], indirect=True)
async def test_what_came_during_a_pause_is_one_piece(engines: EngineOf) -> None:
    heard = asyncio.Event()
    async with FakeProvider(says(*PIECES, then=heard)) as provider:
        said = []
        async for event in engines(provider).ask(a_question()):
            if isinstance(event, Delta):
                said.append(event.text)
                heard.set()

    assert "".join(said) == "".join(PIECES)
    assert len(said) < len(PIECES) / 4


async def test_closing_does_not_wait_for_a_pause_to_end(
    engines: EngineOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paced_reading, "PAUSE_S", NEVER_S)
    async with FakeProvider(streams(PIECES[0], ends="stall")) as provider:
        engine = engines(provider)

        async def listen() -> None:
            async with aclosing(engine.ask(a_question())) as events:
                async for event in events:
                    if isinstance(event, Delta):
                        said.set()

        said = asyncio.Event()
        listening = asyncio.create_task(listen())
        async with asyncio.timeout(10):
            await said.wait()
            await asyncio.sleep(0.01)
            listening.cancel()
            await provider.gone.wait()


async def test_the_deadline_passes_within_a_pause(engines: EngineOf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paced_reading, "PAUSE_S", NEVER_S)
    async with FakeProvider(streams(PIECES[0], ends="stall")) as provider:
        with pytest.raises(RunTimeoutError):
            await events_of(engines(provider).ask(a_question(deadline_s=0.3)))


async def test_the_connection_is_used_again_after_a_paced_answer(engines: EngineOf) -> None:
    async with FakeProvider(says(*PIECES)) as provider:
        engine = engines(provider)
        for _ in range(2):
            events = await events_of(engine.ask(a_question()))

            assert isinstance(events[-1], Completed)


def test_the_first_reads_and_the_last_ones_follow_at_once() -> None:
    pace = Pace()

    before = [pace.pause_s(b"x") for _ in range(EAGER_READS + 2)]
    pace.ending = True

    assert before == [0.0] * EAGER_READS + [PAUSE_S] * 2
    assert pace.pause_s(b"x") == 0.0


def test_there_is_a_pause_once_an_answer_has_begun() -> None:
    assert Pace(begun=True).pause_s(b"x") == PAUSE_S


def test_what_is_waiting_already_is_read_without_a_pause() -> None:
    assert Pace(begun=True).pause_s(b"x" * FULL_READ) == 0.0


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_what_was_sent_is_let_go_while_the_answer_is_read(transport: str) -> None:
    messages = [{"role": "user", "content": "28 tokens instead of 2,478.\n" * 1000}]
    body: dict[str, Any] = {"model": "m", "messages": messages, "stream": True}
    async with FakeProvider(streams(PIECES[0], ends="stall")) as provider:
        client = await connect(provider.base_url, transport=transport)
        async with aclosing(send(client, body, api_key=None, host="x")) as chunks:
            await anext(chunks)
            held = [len(one.content) for one in gc.get_objects() if isinstance(one, httpx2.Request)]
        await client.close()

    assert provider.bodies == [{"model": "m", "messages": messages, "stream": True}]
    assert "messages" not in body
    assert held
    assert max(held) < 1000
