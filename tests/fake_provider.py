"""A loopback OpenAI-compatible endpoint that misbehaves on request, and counts what it was asked."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import struct
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

USAGE = {
    "prompt_tokens": 2515,
    "completion_tokens": 40,
    "total_tokens": 2555,
    "prompt_tokens_details": {"cached_tokens": 2489},
    "completion_tokens_details": {"reasoning_tokens": 8},
}
ANSWER = '{"what": [{"evidence": [{"quote": "28 tokens", "page": 1}], "text": "Fewer tokens."}]}'


@dataclass(frozen=True)
class Received:
    headers: Mapping[str, str]
    body: Mapping[str, Any]


Step = Callable[["Exchange"], Awaitable[None]]


@dataclass
class Exchange:
    """One request, and the means to answer it well or badly."""

    request: Received
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    gone: asyncio.Event
    chunked: bool = False

    async def head(self, status: int, content_type: str, **headers: str) -> None:
        lines = [f"HTTP/1.1 {status} X", f"content-type: {content_type}", "connection: close"]
        chunked = "content_length" not in headers
        if chunked:
            headers["transfer_encoding"] = "chunked"
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        await self.send("\r\n".join(lines).encode() + b"\r\n\r\n")
        self.chunked = chunked

    async def send(self, data: bytes) -> None:
        self.writer.write(b"%x\r\n%b\r\n" % (len(data), data) if self.chunked else data)
        await self.writer.drain()

    async def end(self) -> None:
        """The end of the response, as an honest server marks it."""
        if self.chunked and not self.writer.is_closing():
            await self.send(b"")

    async def event(self, data: Mapping[str, Any] | str) -> None:
        text = data if isinstance(data, str) else json.dumps(data)
        await self.send(b"data: " + text.encode() + b"\n\n")

    def reset(self) -> None:
        """Drop the connection without a word: a TCP reset, not an end of file."""
        connection = self.writer.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()

    async def wait_for_goodbye(self) -> None:
        """Say nothing until the client has gone."""
        await self.reader.read()
        self.gone.set()


class FakeProvider:
    """`async with FakeProvider(step, …)`: the nth request meets the nth step, the last one ever after."""

    def __init__(self, *steps: Step) -> None:
        self.steps = steps
        self.base_url = ""
        self.requests: list[Received] = []
        self.asked = asyncio.Event()
        self.gone = asyncio.Event()
        """A client hung up on a step that waited for it."""
        self._open: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.base_url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/v1"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.close()
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)
        await self._server.wait_closed()

    @property
    def bodies(self) -> list[Mapping[str, Any]]:
        return [request.body for request in self.requests]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._open.add(task)
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            lines = [line.partition(":") for line in head.split("\r\n")[1:]]
            headers = {name.lower(): value.strip() for name, colon, value in lines if colon}
            if head.startswith("GET "):  # What an endpoint may tell of itself; this one tells nothing.
                writer.write(b"HTTP/1.1 404 X\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
                await writer.drain()
                return
            body = json.loads(await reader.readexactly(int(headers["content-length"])))
            assert re.match(r"POST /v1/(chat/completions|embeddings) ", head), head
            self.requests.append(Received(headers, body))
            self.asked.set()
            step = self.steps[min(len(self.requests), len(self.steps)) - 1]
            exchange = Exchange(self.requests[-1], reader, writer, self.gone)
            await step(exchange)
            await exchange.end()
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()
            self._open.discard(task)


def chunk(content: str | None = None, *, finish: str | None = None, **delta: Any) -> dict[str, Any]:
    """One event of a stream."""
    if content is not None:
        delta["content"] = content
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return {
        "id": "c",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "m",
        "choices": [choice],
    }


def completion(content: Any, *, finish: str = "stop", **changes: Any) -> dict[str, Any]:
    """A whole response, not streamed."""
    message = {"role": "assistant", "content": content, **changes.pop("message", {})}
    choice = {"index": 0, "finish_reason": finish, "message": message}
    return {"id": "c", "object": "chat.completion", "choices": [choice], "usage": USAGE, **changes}


def streams(
    *pieces: str, finish: str | None = "stop", usage: Any = USAGE, done: bool = True, ends: str = "clean"
) -> Step:
    """A stream of these pieces of text. `ends`: `clean`, `reset`, or `stall` (until the client goes)."""

    async def step(exchange: Exchange) -> None:
        await exchange.head(200, "text/event-stream")
        await exchange.event(chunk(role="assistant", content=""))
        for piece in pieces:
            await exchange.event(chunk(piece))
        if ends == "reset":
            await asyncio.sleep(0.05)
            exchange.reset()
            return
        if ends == "stall":
            await exchange.wait_for_goodbye()
            return
        if finish:
            await exchange.event(chunk(finish=finish))
        if usage is not None:
            await exchange.event({**chunk(), "choices": [], "usage": usage})
        if done:
            await exchange.event("[DONE]")

    return step


def sends_events(*events: Mapping[str, Any] | str) -> Step:
    async def step(exchange: Exchange) -> None:
        await exchange.head(200, "text/event-stream")
        for event in events:
            await exchange.event(event)

    return step


def responds(body: Any, *, status: int = 200, content_type: str = "application/json", **headers: str) -> Step:
    """A response that is not streamed: JSON, or bytes as they are."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()

    async def step(exchange: Exchange) -> None:
        await exchange.head(status, content_type, content_length=str(len(data)), **headers)
        await exchange.send(data)

    return step


def refuses(status: int, message: str = "no", **error: Any) -> Step:
    """An error as OpenAI words it."""
    return responds({"error": {"message": message, "type": None, "code": None, **error}}, status=status)


async def resets(exchange: Exchange) -> None:
    exchange.reset()


async def hangs(exchange: Exchange) -> None:
    await exchange.wait_for_goodbye()


async def drips(exchange: Exchange) -> None:
    """A byte of nothing every 50 ms: resets every idle timeout and never ends."""
    await exchange.head(200, "text/event-stream")
    while True:
        await exchange.send(b":\n")
        await asyncio.sleep(0.05)


def requires(allowed: Callable[[Mapping[str, Any]], str | None], otherwise: Step) -> Step:
    """400 with the message `allowed` returns for the body; when it returns None, `otherwise`."""

    async def step(exchange: Exchange) -> None:
        message = allowed(exchange.request.body)
        await (otherwise if message is None else refuses(400, message))(exchange)

    return step
