"""Two servers and two workers on one PostgreSQL: work begins at one, is done by another, followed at a third; and is
done once, whoever dies."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import make_url
from talk import compare, events, run, upload

import postgres
from answering import answers
from fake_provider import FakeProvider, Step, hangs
from processes import SAMPLE, Server, Working, Yomi, serving, working

pytestmark = pytest.mark.anyio

TAKEN_OVER_IN_S = 25
"""A lease, the time until somebody looks, and a slow machine."""


@dataclass
class Shared:
    """What all processes of a test share."""

    home: Path
    env: dict[str, str]
    provider: FakeProvider
    processes: AsyncExitStack

    async def server(self) -> Server:
        return await self.processes.enter_async_context(serving(self.home, **self.env))

    async def worker(self, name: str) -> Working:
        return await self.processes.enter_async_context(working(self.home, name, **self.env))

    def ask(self, sql: str) -> list[tuple[object, ...]]:
        return postgres.server().say(sql, str(make_url(self.env["YOMI_DATABASE_URL"]).database))


@asynccontextmanager
async def shared(home: Path, *steps: Step) -> AsyncIterator[Shared]:
    url = postgres.server().with_tables()
    async with FakeProvider(*steps) as provider, AsyncExitStack() as processes:
        env = {
            "OPENAI_BASE_URL": provider.base_url,
            "YOMI_MODEL": "m",
            "YOMI_DATABASE_URL": url,
            "YOMI_QUEUE_URL": url,
            "YOMI_READERS": "1",
            "YOMI_DATA_DIR": str(home / "shared"),
        }
        yield Shared(home, env, provider, processes)


async def test_work_begins_at_one_server_is_done_by_a_worker_and_followed_at_another_server(
    tmp_path: Path,
) -> None:
    async with shared(tmp_path, answers()) as all_:
        first, second = await all_.server(), await all_.server()
        worker = await all_.worker("worker")
        async with first.client as here, second.client as there:
            begun = await run(here, await upload(here), wait_s=0)
            told = await asyncio.wait_for(events(there, f"/api/runs/{begun['id']}/events"), 60)
            compared = await compare(there, begun["paper_id"], "summarizer", "interpreter")
        jobs_left = all_.ask("SELECT key FROM saq_jobs WHERE status <> 'complete'")
        status = await worker.stop()

    assert [told[0]["name"], told[-1]["name"]] == ["started", "finished"]
    assert told[-1]["data"] == {"status": "finished"}
    assert "field" in {event["name"] for event in told}
    assert compared["status"] == "finished"
    assert (status, jobs_left) == (0, [])
    log = worker.log.read_text()
    assert "Prefix Reuse" not in log
    assert "Traceback" not in log


async def test_a_run_of_a_killed_worker_ends_once_on_another(tmp_path: Path) -> None:
    async with shared(tmp_path, hangs, answers()) as all_:
        server = await all_.server()
        first = await all_.worker("first")
        async with server.client as client:
            begun = await run(client, await upload(client), wait_s=0)
            place = f"/api/runs/{begun['id']}"
            await asyncio.wait_for(all_.provider.asked.wait(), 30)
            await all_.worker("second")
            following = asyncio.create_task(events(client, f"{place}/events"))
            killed = await first.stop(signal.SIGKILL)
            told = await asyncio.wait_for(following, TAKEN_OVER_IN_S)
            ended = (await client.get(place)).json()

    assert killed == -signal.SIGKILL
    assert ended["status"] == "finished"
    assert len(all_.provider.requests) == 2
    names = [event["name"] for event in told]
    assert names.count("finished") == 1
    assert names.index("reset") < names.index("field")


async def test_a_worker_told_to_stop_hands_back_what_is_not_done_and_another_takes_it_at_once(
    tmp_path: Path,
) -> None:
    async with shared(tmp_path, hangs, answers()) as all_:
        all_.env["YOMI_STOP_GRACE_S"] = "1"
        server = await all_.server()
        first = await all_.worker("first")
        async with server.client as client:
            begun = await run(client, await upload(client), wait_s=0)
            place = f"/api/runs/{begun['id']}"
            await asyncio.wait_for(all_.provider.asked.wait(), 30)
            await all_.worker("second")
            status = await asyncio.wait_for(first.stop(), 10)
            told = await asyncio.wait_for(events(client, f"{place}/events"), 10)

    assert status == 0
    assert "runs: 1, papers: 0" in first.log.read_text()
    assert told[-1]["data"] == {"status": "finished"}


async def test_a_second_signal_stops_a_worker_now(tmp_path: Path) -> None:
    async with shared(tmp_path, hangs) as all_:
        all_.env["YOMI_STOP_GRACE_S"] = "600"
        server, worker = await all_.server(), await all_.worker("worker")
        async with server.client as client:
            begun = await run(client, await upload(client), wait_s=0)
            await asyncio.wait_for(all_.provider.asked.wait(), 30)
            worker.process.send_signal(signal.SIGINT)
            await until_said(worker.log, "runs: 1")
            status = await asyncio.wait_for(worker.stop(signal.SIGINT), 10)
            left = (await client.get(f"/api/runs/{begun['id']}")).json()

    assert (status, left["status"]) == (0, "queued")
    assert "Traceback" not in worker.log.read_text()


async def test_nothing_is_lost_when_a_server_dies_or_the_queue_forgets(tmp_path: Path) -> None:
    async with shared(tmp_path, answers()) as all_:
        first, second = await all_.server(), await all_.server()
        async with first.client as here, second.client as there:
            paper = await send(here)
            killed = await first.stop(signal.SIGKILL)
            all_.ask("DELETE FROM saq_jobs")
            await all_.worker("worker")
            told = await asyncio.wait_for(events(there, f"/api/papers/{paper}/events"), 30)
            ended = await run(there, paper)

    assert killed == -signal.SIGKILL
    assert told[-1]["data"] == {"status": "ready"}
    assert ended["status"] == "finished"


async def test_a_worker_without_a_queue_says_so_in_one_sentence(tmp_path: Path) -> None:
    result = await Yomi(tmp_path, {})("worker")

    assert result.status == 2
    assert "YOMI_QUEUE_URL" in result.sentence


@pytest.mark.parametrize("command", ["serve", "worker"])
@pytest.mark.parametrize(
    "url", ["postgresql://nobody:hush@127.0.0.1:1/x", "redis://:hush@127.0.0.1:1/0", "amqp://127.0.0.1"]
)
async def test_a_queue_that_cannot_be_reached_is_one_sentence(tmp_path: Path, command: str, url: str) -> None:
    result = await Yomi(tmp_path, {"YOMI_QUEUE_URL": url})(command)

    assert result.status in (1, 2)
    assert "YOMI_QUEUE_URL" in result.sentence
    assert "hush" not in result.err


async def send(client: httpx2.AsyncClient) -> str:
    """A paper that nobody reads yet. Returns its id."""
    headers = {"content-type": "application/pdf", "prefer": "wait=0"}
    response = await client.post("/api/papers", content=SAMPLE.read_bytes(), headers=headers)
    assert response.json()["status"] == "reading"
    return str(response.json()["id"])


async def until_said(log: Path, words: str) -> None:
    async with asyncio.timeout(10):
        while words not in log.read_text():  # noqa: ASYNC110, ASYNC240 (another process says it)
            await asyncio.sleep(0.05)
