"""A provider that costs nothing: an OpenAI-compatible endpoint that streams realistic answers, or fails on request.

    python benchmarks/fake_endpoint.py --port 9100 --latency 1.0 --chunks 200

It answers whatever wire schema it is sent: its quotes are cut from the paper in the prompt, so that grounding finds them
(`--wrong 0.1`: one in ten is not in the paper). An answer takes `--latency` seconds in all, in `--chunks` events. What an
answer says depends on schema and paper only and is made once, so that the endpoint takes little of the processor it
shares with what is measured.

The first line it prints is JSON: `{"port": …, "control": …}`. On the control port, which stays open in every mode:

    GET  /stats          calls, in_flight, peak, completed, aborted, refused, by_mode, per_second;
                         with ?by=seed also calls and completions per `seed` of the request (start each run with
                         a seed of its own in its settings to tell runs apart)
    POST /stats/reset    counts from zero
    GET  /bodies         one request body per (schema, paper) seen
    POST /mode           {"mode": NAME, "p": 0.5, …}; `p` is the share of calls it befalls, the others are answered
    GET  /mode

Modes, with what can be set: `ok` · `down` (nothing listens, open connections are reset) · `errors` (`status` 500) ·
`429` (`retry_after` 1) · `drip` (`factor` 20 times slower) · `hang` (no byte, ever) · `resets` (the connection is reset
halfway) · `redirects` (307 to `location`) · `truncated` (ends without saying how) · `length` (finish_reason `length`) ·
`garbage` (no JSON).

    async with Endpoint(latency_s=1.0) as endpoint: endpoint.base_url, endpoint.counts, endpoint.set_mode("down")

does the same inside a program; `started()` runs it in a process of its own.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import re
import socket
import struct
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any, Self

import msgspec
from aiohttp import web

MODES = (
    "ok", "down", "errors", "429", "drip", "hang", "resets", "redirects", "truncated", "length", "garbage",
)  # fmt: skip
MAX_BODY = 64 << 20
QUOTES_PER_FIELD = 3
_PAGE = re.compile(r"^\[p\. (\d+)\]\n", re.MULTILINE)
_SENTENCE = re.compile(r"[^.。！？!?]*(?:\.(?!\s)[^.。！？!?]*)*[.。！？!?]")
_TITLES = (
    re.compile(r"[“\"]([^”\"]{15,150}?)[,.]?[”\"]"),  # … "Title," …
    re.compile(r"(?<=\b[12]\d{3}[.)] )\s*([^.\[\]]{15,150})\."),  # … 2019. Title. …
    re.compile(r"(?<=[a-z]\.): ?([^.:]{15,150}),"),  # Gao, Y.: Title, …
    re.compile(r"(?<=[a-z]{3}\. )([A-Z][^.]{15,150})\. "),  # … and H. Wang. Title. …
)

_FURNITURE = re.compile(r"[†∗@]|http|Association for|Proceedings")
"""Signs of a page's head or foot in what looks like a sentence."""
_YEAR = re.compile(r"\b(19|20)\d\d\b")
_NO_TITLE = re.compile(r"http|^\s*(In|Proceedings|Association|Advances|Journal)\b|\b(pages|pp\.|vol)\b")


@dataclass
class Mode:
    name: str = "ok"
    p: float = 1.0
    status: int = 500
    retry_after: float = 1.0
    factor: float = 20.0
    location: str = "http://127.0.0.1:9/elsewhere"


@dataclass
class Counts:
    """What was asked and what became of it. A call counts when its body has arrived."""

    calls: int = 0
    in_flight: int = 0
    peak: int = 0
    completed: int = 0
    aborted: int = 0
    """The client went away before the end."""
    refused: int = 0
    """Befallen by a mode."""
    by_mode: Counter[str] = field(default_factory=Counter)
    per_second: Counter[int] = field(default_factory=Counter)
    """Second since the counting began → calls."""
    by_seed: dict[str, list[int]] = field(default_factory=dict)
    """Seed of the request → calls, completions."""
    began: float = field(default_factory=time.monotonic)


class _Message(msgspec.Struct):
    role: str
    content: str


class _JsonSchema(msgspec.Struct):
    schema: msgspec.Raw


class _Format(msgspec.Struct):
    json_schema: _JsonSchema | None = None


class _Body(msgspec.Struct):
    model: str
    messages: list[_Message]
    response_format: _Format | None = None
    seed: int | None = None


_DECODER = msgspec.json.Decoder(_Body)


@dataclass
class _Stream:
    """An answer on its way."""

    transport: asyncio.Transport
    events: Sequence[bytes]
    step_s: float
    began: float
    over: asyncio.Future[bool]
    sent: int = 0
    reset_at: int | None = None


class Endpoint:
    """`async with Endpoint(…)`: serves in this event loop."""

    def __init__(
        self,
        *,
        port: int = 0,
        control_port: int = 0,
        latency_s: float = 1.0,
        chunks: int = 200,
        wrong: float = 0.0,
    ) -> None:
        """`latency_s`: of a whole answer. `wrong`: share of the quotes that are not in the paper."""
        self.port, self.control_port = port, control_port
        self.latency_s, self.chunks, self.wrong = latency_s, chunks, wrong
        self.mode, self.counts = Mode(), Counts()
        self.bodies: dict[tuple[int, bytes], bytes] = {}
        self._answers: dict[tuple[int, bytes], tuple[bytes, ...]] = {}
        self._streams: list[_Stream] = []
        self._open: set[asyncio.Transport] = set()
        self._random = random.Random(7)  # noqa: S311 (which calls fail, the same in every run)
        self._site: web.SockSite | None = None

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=MAX_BODY)
        app.router.add_post("/v1/chat/completions", self._complete)
        app.router.add_get("/v1/models", self._models)
        self._runner = web.AppRunner(app, access_log=None, handle_signals=False)
        await self._runner.setup()
        self._control = web.AppRunner(self._controls(), access_log=None, handle_signals=False)
        await self._control.setup()
        await self._listen()
        listening = _listening(self.control_port)
        self.control_port = listening.getsockname()[1]
        await web.SockSite(self._control, listening).start()
        self._ticker = asyncio.create_task(self._tick())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._ticker.cancel()
        self._drop_connections()
        await self._runner.cleanup()
        await self._control.cleanup()

    async def set_mode(self, name: str, **options: Any) -> None:
        """From the next call on; `down` also resets the calls under way."""
        if name not in MODES:
            raise ValueError(name)
        self.mode = Mode(name, **options)
        if name == "down" and self._site:
            await self._site.stop()
            self._site = None
            self._drop_connections()
        elif name != "down":
            await self._listen()

    async def _listen(self) -> None:
        if self._site is None:
            listening = _listening(self.port)
            self.port = listening.getsockname()[1]
            self._site = web.SockSite(self._runner, listening, backlog=2048)
            await self._site.start()

    def _drop_connections(self) -> None:
        """Those that wait for another call, too: a client that keeps one must not get through."""
        server = self._runner.server
        kept = [handler.transport for handler in server.connections] if server else []
        for transport in {*self._open, *kept}:
            if isinstance(transport, asyncio.Transport):
                _reset(transport)

    def _controls(self) -> web.Application:
        app = web.Application()

        async def stats(request: web.Request) -> web.Response:
            told = dict(vars(self.counts))
            seeds = told.pop("by_seed")
            told["seconds"] = time.monotonic() - told.pop("began")
            return web.json_response(told | ({"by_seed": seeds} if request.query.get("by") == "seed" else {}))

        async def reset(_: web.Request) -> web.Response:
            self.counts = Counts(in_flight=self.counts.in_flight, peak=self.counts.in_flight)
            return web.json_response({})

        async def bodies(_: web.Request) -> web.Response:
            return web.json_response([json.loads(body) for body in self.bodies.values()])

        async def mode(request: web.Request) -> web.Response:
            if request.method == "POST":
                given = await request.json()
                try:
                    await self.set_mode(given.pop("mode"), **given)
                except (KeyError, TypeError, ValueError) as error:
                    return web.json_response({"error": repr(error), "modes": MODES}, status=422)
            return web.json_response(asdict(self.mode))

        app.router.add_get("/stats", stats)
        app.router.add_post("/stats/reset", reset)
        app.router.add_get("/bodies", bodies)
        app.router.add_route("*", "/mode", mode)
        return app

    async def _models(self, _: web.Request) -> web.Response:
        return web.json_response({"object": "list", "data": []})

    async def _complete(self, request: web.Request) -> web.StreamResponse:
        transport = request.transport
        assert isinstance(transport, asyncio.Transport)  # for the type checker
        raw = await request.read()
        counts = self.counts
        counts.calls += 1
        counts.in_flight += 1
        counts.peak = max(counts.peak, counts.in_flight)
        counts.per_second[int(time.monotonic() - counts.began)] += 1
        self._open.add(transport)
        try:
            body = _DECODER.decode(raw)
            if body.seed is not None:
                counts.by_seed.setdefault(str(body.seed), [0, 0])[0] += 1
            response, is_whole = await self._answer(request, transport, body, raw)
            if is_whole:
                counts.completed += 1
                if body.seed is not None:
                    counts.by_seed.setdefault(str(body.seed), [0, 0])[1] += 1
        except asyncio.CancelledError:
            counts.aborted += 1
            raise
        else:
            return response
        finally:
            self.counts.in_flight -= 1
            self._open.discard(transport)

    async def _answer(
        self, request: web.Request, transport: asyncio.Transport, body: _Body, raw: bytes
    ) -> tuple[web.StreamResponse, bool]:
        """The response, and whether it is a whole answer that was sent to its end."""
        mode = self.mode if self.mode.name != "ok" and self._random.random() < self.mode.p else Mode()
        if mode.name != "ok":
            self.counts.by_mode[mode.name] += 1
            if mode.name != "drip":
                self.counts.refused += 1
        if (refusal := await _refusal(mode)) is not None:
            return refusal, False
        events = self._events(body, raw)
        if mode.name == "truncated":
            events = events[: len(events) // 2]
        if mode.name == "length":
            _, _, data = events[-1][:-2].partition(b"\r\n")
            data = data.replace(b'"stop"', b'"length"')
            events = (*events[:-1], b"%x\r\n%b\r\n" % (len(data), data))
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream; charset=utf-8"})
        response.enable_chunked_encoding()
        await response.prepare(request)
        await response.write(b": answering\n\n")  # The head goes out with the first bytes only.
        stream = _Stream(
            transport,
            events,
            step_s=self.latency_s * (mode.factor if mode.name == "drip" else 1) / len(events),
            began=time.monotonic(),
            over=asyncio.get_running_loop().create_future(),
            reset_at=len(events) // 2 if mode.name == "resets" else None,
        )
        self._streams.append(stream)
        whole = await stream.over
        if not whole and mode.name != "resets":
            self.counts.aborted += 1
        return response, whole and mode.name in ("ok", "drip")

    async def _tick(self) -> None:
        """Send what is due of every stream. One clock for all: a timer each would cost more than the sending."""
        while True:
            await asyncio.sleep(max(0.002, min(0.01, self.latency_s / self.chunks)))
            now = time.monotonic()
            done = [stream for stream in self._streams if _advance(stream, now)]
            if done:
                self._streams = [stream for stream in self._streams if not stream.over.done()]

    def _events(self, body: _Body, raw: bytes) -> tuple[bytes, ...]:
        """The answer as framed chunks of HTTP, made once per schema and paper."""
        paper = next((m.content for m in body.messages if m.role == "user"), "")
        cut = paper.find("<<<end of paper")
        paper = paper[:cut] if cut >= 0 else paper
        shape = body.response_format and body.response_format.json_schema
        schema = bytes(shape.schema) if shape else b""
        key = (hash(paper), schema)
        if (known := self._answers.get(key)) is None:
            self.bodies[key] = raw
            answer = Author(paper, wrong=self.wrong).answer(json.loads(schema) if schema else None)
            tokens = sum(_tokens(message.content) for message in body.messages)
            known = self._answers[key] = tuple(framed(answer, body.model, self.chunks, prompt_tokens=tokens))
        return known


class Author:
    """Fills a wire schema with sentences of a paper."""

    def __init__(self, paper: str, *, wrong: float = 0.0) -> None:
        pages = _PAGE.split(paper)[1:]
        numbered = list(zip(map(int, pages[::2]), pages[1::2], strict=True)) or [(1, paper)]
        self._wrong, self._count = wrong, 0
        lines = numbered[0][1].strip().split("\n")
        self._title = next(
            (line for line in lines if not _NO_TITLE.search(line) and not _YEAR.search(line)), ""
        )
        sentences = [
            (number, " ".join(sentence.split()))
            for number, text in numbered
            for sentence in _SENTENCE.findall(_before_references(text))
        ]
        prose = [(number, sentence) for number, sentence in sentences if _is_prose(sentence)]
        prose = prose or [(1, " ".join(numbered[0][1].split())[:200])]
        # Spread over the paper, in an order that is the same every time.
        stride = max(1, len(prose) // 40)
        self._sentences = prose[::stride]
        self._works = list(_works(numbered))

    def answer(self, schema: Mapping[str, Any] | None) -> str:
        if schema is None:
            return " ".join(sentence for _, sentence in self._sentences[:10])
        value = {name: self._member(part) for name, part in schema["properties"].items()}
        return json.dumps(value, ensure_ascii=False)

    def _member(self, schema: Mapping[str, Any]) -> Any:
        parts = schema.get("properties")
        if parts and "title" in parts and "evidence" not in parts:  # which paper it is
            return {one: self._title if one == "title" else None for one in parts}
        if schema.get("type") == "array":
            if "evidence" not in schema["items"].get("properties", ()):
                return []
            many = min(QUOTES_PER_FIELD, schema.get("maxItems", QUOTES_PER_FIELD))
            return [self._evidenced(schema["items"]) for _ in range(many)]
        if parts and "evidence" in parts:
            return self._evidenced(schema)
        return self._value(schema, "")

    def _evidenced(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        """Something with its quote, in the order of the schema."""
        value = schema["properties"].get("value", {})
        cites = "title" in value.get("properties", ())
        if cites and self._works:
            page, quote, title = self._works.pop(0)
        else:
            (page, quote), title = self._sentences[self._count % len(self._sentences)], ""
        self._count += 1
        said = quote if len(quote) <= 130 else quote[:130].rsplit(" ", 1)[0] + "."
        if self._wrong and self._count % round(1 / self._wrong) == 0:
            quote = f"No sentence of this kind, number {self._count}, stands anywhere in what was read."
        written = {"evidence": [{"quote": quote, "page": page}], "text": said}
        return {
            name: written[name] if name in written else self._value(part, said, title=title)
            for name, part in schema["properties"].items()
        }

    def _value(self, schema: Mapping[str, Any], said: str, *, title: str = "") -> Any:
        if "anyOf" in schema:
            return self._value(schema["anyOf"][0], said, title=title)
        if "enum" in schema:
            return schema["enum"][0]
        kinds = schema.get("type", "null")
        match kinds if isinstance(kinds, str) else kinds[0]:
            case "object":
                return {
                    name: title if name == "title" else self._value(part, said)
                    for name, part in schema["properties"].items()
                    if name != "number" or title
                } | ({"number": None} if "number" in schema["properties"] else {})
            case "array":
                return []
            case "string":
                return said
            case "boolean":
                return True
            case _:
                return None


def framed(answer: str, model: str, chunks: int, *, prompt_tokens: int) -> Iterator[bytes]:
    """The events of a stream, each in its frame of HTTP's chunked encoding; the end and the usage come with the last."""
    head = {
        "id": "chatcmpl-fake",
        "object": "chat.completion.chunk",
        "created": 1_700_000_000,
        "model": model,
    }

    def event(delta: Mapping[str, Any] | None, finish: str | None = None, **more: Any) -> bytes:
        choices = (
            [] if delta is None else [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}]
        )
        data = json.dumps({**head, "choices": choices, **more}, ensure_ascii=False, separators=(",", ":"))
        return f"data: {data}\n\n".encode()

    length = len(answer)
    cuts = [length * n // chunks for n in range(chunks + 1)]
    pieces = [answer[a:b] for a, b in pairwise(cuts)]
    usage = {
        "prompt_tokens": prompt_tokens,
        "completion_tokens": length // 4,
        "total_tokens": prompt_tokens + length // 4,
        "prompt_tokens_details": {"cached_tokens": prompt_tokens * 9 // 10},
    }
    for number, piece in enumerate(pieces):
        data = event({"role": "assistant", "content": ""}) if number == 0 else b""
        data += event({"content": piece})
        if number == chunks - 1:
            data += event({}, "stop") + event(None, usage=usage) + b"data: [DONE]\n\n"
        yield b"%x\r\n%b\r\n" % (len(data), data)


@contextmanager
def started(*arguments: str) -> Iterator[tuple[int, int, subprocess.Popen[str]]]:
    """The endpoint in a process of its own: its port, the one to control it by, the process."""
    command = [sys.executable, str(Path(__file__).resolve()), *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 (ourselves)
        try:
            assert process.stdout  # for the type checker
            ports = json.loads(process.stdout.readline())
            yield ports["port"], ports["control"], process
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(10)


def _advance(stream: _Stream, now: float) -> bool:
    """Send what is due. Returns whether the stream is over."""
    if stream.transport.is_closing():
        _end(stream, whole=False)
        return True
    due = min(len(stream.events), int((now - stream.began) / stream.step_s))
    if stream.reset_at is not None and due >= stream.reset_at:
        _reset(stream.transport)
        _end(stream, whole=False)
        return True
    if due > stream.sent:
        # Straight to the socket: the frames of the chunked encoding are in the events already.
        stream.transport.write(b"".join(stream.events[stream.sent : due]))
        stream.sent = due
    if stream.sent == len(stream.events):
        _end(stream, whole=True)
        return True
    return False


def _end(stream: _Stream, *, whole: bool) -> None:
    if not stream.over.done():
        stream.over.set_result(whole)


def _reset(transport: asyncio.Transport) -> None:
    """Drop the connection without a word: a TCP reset, not an end of file."""
    if (connection := transport.get_extra_info("socket")) is not None:
        with suppress(OSError):
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


async def _refusal(mode: Mode) -> web.Response | None:
    match mode.name:
        case "errors":
            return web.json_response(
                {"error": {"message": "made to fail", "type": "server_error"}}, status=mode.status
            )
        case "429":
            error = {"message": "slow down", "type": "requests", "code": "rate_limit_exceeded"}
            return web.json_response(
                {"error": error}, status=429, headers={"Retry-After": f"{mode.retry_after:g}"}
            )
        case "redirects":
            return web.Response(status=307, headers={"Location": mode.location})
        case "garbage":
            return web.Response(body=b"<html>no JSON here</html>", content_type="text/html")
        case "hang":
            await asyncio.Event().wait()
    return None


def _listening(port: int) -> socket.socket:
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind(("127.0.0.1", port))
    return listening


def _tokens(text: str) -> int:
    from server.domain.budgets import estimate_tokens  # noqa: PLC0415 (once per paper, and only where it is installed)

    return estimate_tokens(text)


def _before_references(text: str) -> str:
    found = re.search(r"^\s*(?:\d+\.?\s*)?(?:References|REFERENCES|参考文献)\s*$", text, re.MULTILINE)
    return text[: found.start()] if found else text


def _is_prose(sentence: str) -> bool:
    letters = sum(character.isalpha() for character in sentence)
    longest = 220 if sentence.isascii() else 240
    return (
        60 <= len(sentence) <= longest
        and letters > 0.75 * len(sentence)
        and sentence[0].isalpha()
        and not _FURNITURE.search(sentence)
    )


def _whole_words(line: str, start: int, end: int) -> str:
    """From the word before a title to its end."""
    return line[line.rfind(" ", 0, max(0, start - 2)) + 1 : end].strip()


def _works(pages: Sequence[tuple[int, str]]) -> Iterator[tuple[int, str, str]]:
    """Page, line and title of works in the paper's list of references, as far as they are easily told."""
    listed: list[tuple[int, str]] = []
    for number, text in pages:
        own = text if listed else text[len(_before_references(text)) :]
        if own:
            listed.append((number, " ".join(own.split())))
    best: list[tuple[int, str, str]] = []
    for pattern in _TITLES:  # a list keeps to one style
        works = [
            (number, _whole_words(line, found.start(1), found.end()), found[1].strip())
            for number, line in listed
            for found in pattern.finditer(line)
            if found[1].strip().count(" ") >= 2 and not _NO_TITLE.search(found[1])
        ]
        best = max(best, works, key=len)
    yield from best


async def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--control-port", type=int, default=0)
    parser.add_argument("--latency", type=float, default=1.0, help="seconds of a whole answer")
    parser.add_argument("--chunks", type=int, default=200, help="events of an answer")
    parser.add_argument("--wrong", type=float, default=0.0, help="share of quotes that are not in the paper")
    parser.add_argument("--mode", default="ok", choices=MODES)
    given = parser.parse_args()
    endpoint = Endpoint(
        port=given.port,
        control_port=given.control_port,
        latency_s=given.latency,
        chunks=given.chunks,
        wrong=given.wrong,
    )
    async with endpoint:
        await endpoint.set_mode(given.mode)
        print(json.dumps({"port": endpoint.port, "control": endpoint.control_port}), flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        asyncio.run(main())
