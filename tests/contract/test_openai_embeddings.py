"""Embeddings of an endpoint that does right, and of those that do not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from server.adapters.openai_embeddings import BATCH, OpenAIEmbeddings
from server.adapters.provider_gate import Gate
from server.application.ports import Embeddings
from server.domain.errors import (
    BadResponseError,
    ProviderAuthError,
    RateLimitedError,
    RunError,
    RunTimeoutError,
    UnavailableError,
)

from fake_provider import Exchange, FakeProvider, Step, hangs, refuses, resets, responds

pytestmark = pytest.mark.anyio
KEY = "sk-SECRET-fragment"


async def lengths(exchange: Exchange) -> None:
    """Vectors that say how long each text was, in no order."""
    texts = exchange.request.body["input"]
    items = [{"object": "embedding", "index": n, "embedding": [1, len(t)]} for n, t in enumerate(texts)]
    await responds({"object": "list", "data": items[::-1], "usage": {"prompt_tokens": 3}})(exchange)


def a_gate() -> Gate:
    return Gate("llm.test", "small", backoff_s=0.01)


async def embedded(provider: FakeProvider, texts: Sequence[str], **options: Any) -> Sequence[Sequence[float]]:
    adapter = OpenAIEmbeddings(provider.base_url, KEY, model="small", gate=a_gate(), **options)
    try:
        embeddings: Embeddings = adapter
        return await embeddings.embed(texts)
    finally:
        await adapter.close()


async def fails(*steps: Step, **options: Any) -> tuple[RunError, int]:
    """The error, and how often the endpoint was asked."""
    async with FakeProvider(*steps) as provider:
        with pytest.raises(RunError) as raised:
            await embedded(provider, ["one", "three"], **options)
        return raised.value, len(provider.requests)


@pytest.mark.parametrize("transport", ["aiohttp", "httpx2"])
async def test_each_text_gets_its_vector_in_order(transport: str) -> None:
    async with FakeProvider(lengths) as provider:
        assert await embedded(provider, ["one", "three", ""], transport=transport) == [[1, 3], [1, 5], [1, 1]]
        assert provider.bodies == [
            {"model": "small", "input": ["one", "three", " "], "encoding_format": "float"}
        ]
        assert provider.requests[0].headers["authorization"] == f"Bearer {KEY}"


async def test_many_texts_go_in_batches() -> None:
    async with FakeProvider(lengths) as provider:
        vectors = await embedded(provider, ["x" * n for n in range(1, BATCH + 3)])

        assert [vector[1] for vector in vectors] == list(range(1, BATCH + 3))
        assert [len(body["input"]) for body in provider.bodies] == [BATCH, 2]


async def test_no_texts_ask_nobody() -> None:
    async with FakeProvider(lengths) as provider:
        assert await embedded(provider, []) == []
        assert provider.requests == []


@pytest.mark.parametrize(
    "first", [refuses(429), refuses(503), resets, responds(b"{"), responds({"data": []})]
)
async def test_a_failure_that_may_pass_is_asked_again(first: Step) -> None:
    async with FakeProvider(first, lengths) as provider:
        assert await embedded(provider, ["one"]) == [[1, 3]]
        assert len(provider.requests) == 2


@pytest.mark.parametrize(
    ("step", "error", "times"),
    [
        (refuses(401, f"Incorrect API key provided: {KEY}"), ProviderAuthError, 1),
        (refuses(404), BadResponseError, 1),
        (refuses(429), RateLimitedError, 8),
        (refuses(500), UnavailableError, 3),
        (resets, UnavailableError, 3),
        (responds(b"<html>"), BadResponseError, 2),
        (responds(b"\xff\xfe"), BadResponseError, 2),
        (responds({"error": {"message": "no"}}), BadResponseError, 2),
        (responds({"data": [{"index": 0, "embedding": [1.0]}]}), BadResponseError, 2),
        (responds({"data": [{"index": 0, "embedding": [1.0]}] * 2}), BadResponseError, 2),
        (
            responds({"data": [{"index": 0, "embedding": [1.0]}, {"index": 2, "embedding": [1.0]}]}),
            BadResponseError,
            2,
        ),
        (
            responds({"data": [{"index": 0, "embedding": []}, {"index": 1, "embedding": [1.0]}]}),
            BadResponseError,
            2,
        ),
        (
            responds({"data": [{"index": 0, "embedding": [1]}, {"index": 1, "embedding": [1, 2]}]}),
            BadResponseError,
            1,
        ),
        (responds({"data": [{"index": 0, "embedding": "AAAA"}]}), BadResponseError, 2),
    ],
)
async def test_a_failure_has_its_kind_and_repeats_no_secret(
    step: Step, error: type[RunError], times: int
) -> None:
    raised, asked = await fails(step)

    assert type(raised) is error
    assert asked == times
    assert "SECRET" not in f"{raised!r}{raised}{raised.__cause__!r}"


async def test_the_deadline_is_for_everything() -> None:
    raised, _ = await fails(hangs, deadline_s=0.2)

    assert isinstance(raised, RunTimeoutError)
