"""Streams of events over restarts and machines: who comes back gets exactly what is missing."""

from __future__ import annotations

import asyncio
import signal
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx2
import pytest
from talk import events, run, upload

import postgres
from answering import answers
from fake_provider import FakeProvider
from processes import serving

pytestmark = pytest.mark.anyio


async def _holds_at_every_id(client: httpx2.AsyncClient, place: str, whole: list[dict[str, Any]]) -> None:
    """From each id on exactly what comes after it; after the last one nothing, and for good."""
    assert [event["id"] for event in whole] == list(range(1, len(whole) + 1))
    for seen in range(len(whole)):
        assert await events(client, place, after=seen) == whole[seen:]
    over = await client.get(place, headers={"Last-Event-ID": str(len(whole))})
    assert (over.status_code, over.content) == (204, b"")


async def test_a_stream_goes_on_where_it_was_after_the_server_was_killed(tmp_path: Path) -> None:
    async with FakeProvider(answers()) as fake:
        env = {"OPENAI_BASE_URL": fake.base_url, "YOMI_MODEL": "m"}
        async with serving(tmp_path, **env) as first, first.client as client:
            paper = await upload(client)
            place = f"/api/runs/{(await run(client, paper, wait_s=0))['id']}/events"
            begun = await events(client, place, stop_after=2)
            killed = await first.stop(signal.SIGKILL)
        async with serving(tmp_path, **env) as second, second.client as client:
            rest = await asyncio.wait_for(events(client, place, after=2), 60)
            whole = await events(client, place)
            await _holds_at_every_id(client, place, whole)
            read = f"/api/papers/{paper}/events"
            await _holds_at_every_id(client, read, await events(client, read))

    assert killed == -signal.SIGKILL
    assert begun + rest == whole
    assert whole[-1]["data"] == {"status": "finished"}


async def test_a_stream_goes_on_at_another_server_of_the_same_database(tmp_path: Path) -> None:
    async with FakeProvider(answers()) as fake, AsyncExitStack() as stack:
        env = {
            "OPENAI_BASE_URL": fake.base_url,
            "YOMI_MODEL": "m",
            "YOMI_DATABASE_URL": postgres.server().with_tables(),
            "YOMI_DATA_DIR": str(tmp_path / "shared"),
        }
        first, second = [await stack.enter_async_context(serving(tmp_path, **env)) for _ in range(2)]
        here, there = [await stack.enter_async_context(one.client) for one in (first, second)]
        paper = await upload(here)
        place = f"/api/runs/{(await run(here, paper, wait_s=0))['id']}/events"
        begun = await events(here, place, stop_after=2)
        rest = await asyncio.wait_for(events(there, place, after=2), 60)
        whole = await events(there, place)
        await _holds_at_every_id(there, place, whole)

    assert begun + rest == whole


async def test_a_stream_says_when_to_come_back(tmp_path: Path) -> None:
    async with serving(tmp_path) as server, server.client as client:
        paper = await upload(client)
        told = (await client.get(f"/api/papers/{paper}/events")).text

    assert told.count("retry: 2000") == told.count("id: ") > 0
