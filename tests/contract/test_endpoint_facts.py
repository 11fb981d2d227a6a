"""What model servers tell of their windows and tokenizers, against a server that plays them on the loopback."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import ModuleType, SimpleNamespace
from typing import Any, Self

import pytest
from server.adapters.endpoint_facts import EndpointFacts
from server.adapters.models import ConfiguredModels

pytestmark = pytest.mark.anyio

MODEL = "some/model"
LLAMA_CPP: Mapping[str, Any] = {
    "GET /v1/models": {"data": [{"id": "/m.gguf", "owned_by": "llamacpp", "meta": {"n_ctx_train": 32768}}]},
    "GET /props": {"default_generation_settings": {"n_ctx": 8192}},
    "POST /tokenize": {"tokens": [1, 2, 3]},
}
VLLM: Mapping[str, Any] = {
    "GET /v1/models": {"data": [{"id": MODEL, "owned_by": "vllm", "max_model_len": 16384}]},
    "POST /tokenize": {"count": 5, "tokens": [1, 2, 3, 4, 5]},
}
ROUTER: Mapping[str, Any] = {
    "GET /v1/models": {
        "data": [{"id": "other", "context_length": 1}, {"id": MODEL, "context_length": 131072}]
    }
}


@dataclass
class Server:
    """Answers these requests with this JSON and others with 404."""

    answers: Mapping[str, Any]
    status: int = 200
    asked: list[tuple[str, Any, str | None]] = field(default_factory=list)

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.base_url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/v1"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {
            name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])
        }
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        what = " ".join(head[0].split()[:2])
        self.asked.append((what, json.loads(body) if body else None, headers.get("authorization")))
        known = what in self.answers
        said = self.answers.get(what, {})
        data = said if isinstance(said, bytes) else json.dumps(said).encode()
        status = self.status if known else 404
        writer.write(
            f"HTTP/1.1 {status} X\r\ncontent-length: {len(data)}\r\nconnection: close\r\n\r\n".encode()
        )
        writer.write(data)
        await writer.drain()
        writer.close()


@pytest.mark.parametrize(
    ("answers", "window", "count"),
    [(LLAMA_CPP, 8192, 3), (VLLM, 16384, 5), (ROUTER, 131072, None), ({}, None, None)],
    ids=["llama.cpp", "vLLM", "a list with lengths", "tells nothing"],
)
async def test_servers_tell_what_they_can(
    answers: Mapping[str, Any], window: int | None, count: int | None
) -> None:
    async with Server(answers) as server:
        facts = EndpointFacts(server.base_url, "key")

        assert await facts.window(MODEL) == window
        assert await facts.count(MODEL, "a b c") == count

    assert {authorization for _, _, authorization in server.asked} == {"Bearer key"}


async def test_each_server_is_asked_in_its_own_words() -> None:
    async with Server(LLAMA_CPP) as llama, Server(VLLM) as vllm:
        await EndpointFacts(llama.base_url).count(MODEL, "text")
        await EndpointFacts(vllm.base_url).count(MODEL, "text")

    assert llama.asked[-1][1] == {"content": "text", "add_special": False}
    assert vllm.asked[-1][1] == {"model": MODEL, "prompt": "text", "add_special_tokens": False}
    assert llama.asked[-1][2] is None


async def test_a_server_is_asked_for_its_window_once() -> None:
    async with Server({}) as server:
        facts = EndpointFacts(server.base_url)
        for _ in range(3):
            await facts.window(MODEL)

    assert len(server.asked) == 1


@pytest.mark.parametrize("body", [b"no json", b"[" * 100_000, b'{"data": 5}', b'{"data": [7, null]}'])
async def test_nonsense_tells_nothing(body: bytes) -> None:
    async with Server({"GET /v1/models": body}) as server:
        assert await EndpointFacts(server.base_url).window(MODEL) is None


async def test_a_window_that_cannot_be_is_not_believed() -> None:
    listed = {"data": [{"id": MODEL, "max_model_len": -1, "context_length": True}]}
    async with Server({"GET /v1/models": listed}) as server:
        assert await EndpointFacts(server.base_url).window(MODEL) is None


async def test_a_server_that_is_away_is_asked_again_when_it_is_back() -> None:
    async with Server(VLLM, status=503) as server:
        facts = EndpointFacts(server.base_url)
        assert await facts.window(MODEL) is None
        server.status = 200

        assert await facts.window(MODEL) == 16384


async def test_nobody_listening_tells_nothing() -> None:
    facts = EndpointFacts("http://127.0.0.1:9/v1")

    assert await facts.window(MODEL) is None
    assert await facts.count(MODEL, "text") is None


async def test_openai_is_asked_nothing_and_counted_by_its_tokenizer_where_that_is_installed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    facts = EndpointFacts("https://api.openai.com/v1", "key")
    monkeypatch.setitem(sys.modules, "tiktoken", None)
    assert await facts.count("gpt-4o", "one two three") is None

    tokenizer = ModuleType("tiktoken")
    encoding = SimpleNamespace(encode_ordinary=str.split)
    tokenizer.encoding_for_model = {"gpt-4o": encoding}.__getitem__  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "tiktoken", tokenizer)

    assert await facts.window("gpt-4o") is None
    assert await facts.count("gpt-4o", "one two three") == 3
    assert await facts.count("unknown", "one two three") is None


async def test_a_model_whose_key_is_missing_is_not_asked_about() -> None:
    async with Server(VLLM) as server:
        listed = {"m": {"base_url": server.base_url, "model": MODEL, "api_key_env": "THE_KEY"}}
        without = ConfiguredModels(models=json.dumps(listed), environ={})
        with_key = ConfiguredModels(models=json.dumps(listed), environ={"THE_KEY": "secret"})
        spec = with_key.get("m")

        assert await without.window(spec) is None
        assert await with_key.window(spec) == 16384
        assert await with_key.count(spec, "text") == 5

    assert {authorization for _, _, authorization in server.asked} == {"Bearer secret"}
