"""One key at two servers that share a PostgreSQL, and at one on SQLite that is killed: never a second run."""

from __future__ import annotations

import asyncio
import signal
from contextlib import AsyncExitStack
from pathlib import Path

import httpx2
import pytest
from talk import upload

import postgres
from processes import serving

pytestmark = pytest.mark.anyio

KEY = ("Idempotency-Key", "one-and-the-same")


async def many_at_once(clients: list[httpx2.AsyncClient], count: int) -> list[httpx2.Response]:
    body = {"paper_id": await upload(clients[0]), "persona": "summarizer", "fresh": True}
    asked = (
        clients[n % len(clients)].post("/api/runs", json=body, headers=dict([KEY])) for n in range(count)
    )
    return await asyncio.gather(*asked)


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
async def test_twenty_at_once_are_one_run(tmp_path: Path, kind: str) -> None:
    env = {"YOMI_DATA_DIR": str(tmp_path / "shared")}
    if kind == "postgres":
        env["YOMI_DATABASE_URL"] = postgres.server().with_tables()
    async with AsyncExitStack() as stack:
        servers = [await stack.enter_async_context(serving(tmp_path, **env)) for _ in range(2)]
        clients = [await stack.enter_async_context(server.client) for server in servers]
        answers = await many_at_once(clients, 20)
        runs = (await clients[1].get("/api/runs")).json()["items"]

    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.content for answer in answers}) == 1
    assert sorted("idempotency-replayed" in answer.headers for answer in answers) == [False] + [True] * 19
    assert len(runs) == 1


async def test_an_answer_is_the_same_after_the_server_was_killed(tmp_path: Path) -> None:
    async with serving(tmp_path) as server, server.client as client:
        body = {"paper_id": await upload(client), "persona": "summarizer"}
        first = await client.post("/api/runs", json=body, headers=dict([KEY]))
        await server.stop(signal.SIGKILL)
    async with serving(tmp_path) as server, server.client as client:
        again = await client.post("/api/runs", json=body, headers=dict([KEY]))

    assert again.content == first.content
    assert again.headers["idempotency-replayed"] == "true"


async def test_headers_that_stand_there_twice_are_refused(tmp_path: Path) -> None:
    key = "a-key-of-this-server"
    async with serving(tmp_path, YOMI_API_KEYS=key) as server, server.client as client:
        bearer = ("Authorization", f"Bearer {key}")
        keys = [bearer, KEY, ("Idempotency-Key", "another")]
        twice = await client.post("/api/runs", json={}, headers=keys)
        unknown = await client.get("/api/papers", headers=[bearer, bearer])

    assert (twice.status_code, twice.json()["code"]) == (400, "malformed_request")
    assert (unknown.status_code, unknown.headers["www-authenticate"]) == (401, "Bearer")
