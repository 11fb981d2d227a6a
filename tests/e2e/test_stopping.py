"""What becomes of runs when they are cancelled, or when the server stops, in order or not."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
from pathlib import Path

import pytest
from talk import events, run, upload

from answering import answers
from fake_provider import FakeProvider, hangs
from processes import serving

pytestmark = pytest.mark.anyio


async def test_a_run_that_a_killed_server_left_is_taken_up_by_the_next(tmp_path: Path) -> None:
    async with FakeProvider(hangs, answers()) as fake:
        env = {"OPENAI_BASE_URL": fake.base_url, "YOMI_MODEL": "m"}
        async with serving(tmp_path, **env) as server, server.client as client:
            begun = await run(client, await upload(client), wait_s=0)
            await asyncio.wait_for(fake.asked.wait(), 20)
            killed = await server.stop(signal.SIGKILL)
        let_leases_run_out(tmp_path / "data" / "yomikurabe" / "yomi.db")
        async with serving(tmp_path, **env) as server, server.client as client:
            place = f"/api/runs/{begun['id']}"
            told = await asyncio.wait_for(events(client, f"{place}/events"), 30)
            ended = (await client.get(place)).json()

    assert killed == -signal.SIGKILL
    assert ended["status"] == "finished"
    names = [event["name"] for event in told]
    assert names[0] == "started"
    assert names.index("reset") < names.index("field")
    assert [event["id"] for event in told] == list(range(1, len(told) + 1))
    assert told[-1]["data"] == {"status": "finished"}


async def test_a_server_told_to_stop_lets_a_run_finish_and_exits_with_0(tmp_path: Path) -> None:
    gate = asyncio.Event()
    async with FakeProvider(answers(hold_before=gate)) as fake:
        env = {"OPENAI_BASE_URL": fake.base_url, "YOMI_MODEL": "m"}
        async with serving(tmp_path, **env) as server, server.client as client:
            begun = await run(client, await upload(client), wait_s=0)
            await asyncio.wait_for(fake.asked.wait(), 20)
            stopping = asyncio.create_task(server.stop())
            await asyncio.sleep(0.5)
            gate.set()
            status = await stopping
        async with serving(tmp_path, **env) as server, server.client as client:
            ended = (await client.get(f"/api/runs/{begun['id']}")).json()

    assert status == 0
    assert ended["status"] == "finished"
    assert len(fake.requests) == 1


async def test_while_it_waits_for_a_run_a_server_says_so_takes_nothing_new_and_answers_everything_else(
    tmp_path: Path,
) -> None:
    gate = asyncio.Event()
    async with FakeProvider(answers(hold_before=gate)) as fake:
        env = {"OPENAI_BASE_URL": fake.base_url, "YOMI_MODEL": "m"}
        async with serving(tmp_path, **env) as server, server.client as client:
            begun = await run(client, await upload(client), wait_s=0)
            place = f"/api/runs/{begun['id']}"
            await asyncio.wait_for(fake.asked.wait(), 20)
            following = asyncio.create_task(events(client, f"{place}/events"))
            stopping = asyncio.create_task(server.stop())
            await said(server.log, "runs: 1")
            ready = await client.get("/readyz")
            more = await client.post(
                "/api/runs", json={"paper_id": begun["paper_id"], "persona": "interpreter"}
            )
            shown = await client.get(place)
            gate.set()
            told = await following
            status = await stopping

    assert (ready.status_code, ready.json()["troubles"]) == (503, ["stopping"])
    assert (more.status_code, more.json()["code"], more.headers["retry-after"]) == (503, "busy", "5")
    assert shown.json()["status"] == "running"
    assert told[-1]["data"] == {"status": "finished"}
    assert status == 0


async def test_an_open_stream_does_not_hold_up_a_stop_and_what_is_not_done_is_handed_back(
    tmp_path: Path,
) -> None:
    async with FakeProvider(hangs, answers()) as fake:
        env = {"OPENAI_BASE_URL": fake.base_url, "YOMI_MODEL": "m", "YOMI_STOP_GRACE_S": "0.5"}
        async with serving(tmp_path, **env) as server, server.client as client:
            begun = await run(client, await upload(client), wait_s=0)
            place = f"/api/runs/{begun['id']}"
            await asyncio.wait_for(fake.asked.wait(), 20)
            following = asyncio.create_task(events(client, f"{place}/events"))
            asked = asyncio.create_task(client.get(place, headers={"Prefer": "wait=60"}))
            await asyncio.sleep(0.2)
            status = await asyncio.wait_for(server.stop(), 8)
            told, answer = await following, await asked
        async with serving(tmp_path, **env) as server, server.client as client:
            more = await events(client, f"{place}/events", after=told[-1]["id"])

    assert status == 0
    assert told[-1]["name"] != "finished"
    assert answer.json()["status"] in ("running", "queued")
    assert more[-1]["data"] == {"status": "finished"}
    assert [event["id"] for event in (*told, *more)] == list(range(1, len(told) + len(more) + 1))


async def test_a_second_signal_stops_a_server_now_and_in_order(tmp_path: Path) -> None:
    async with FakeProvider(hangs) as fake:
        env = {"OPENAI_BASE_URL": fake.base_url, "YOMI_MODEL": "m", "YOMI_STOP_GRACE_S": "600"}
        async with serving(tmp_path, **env) as server, server.client as client:
            await run(client, await upload(client), wait_s=0)
            await asyncio.wait_for(fake.asked.wait(), 20)
            server.process.send_signal(signal.SIGTERM)
            await said(server.log, "runs: 1")
            status = await asyncio.wait_for(server.stop(), 10)
            log = server.log.read_text()

    assert status == 0
    assert "Traceback" not in log
    assert "Exception" not in log
    with sqlite3.connect(tmp_path / "data" / "yomikurabe" / "yomi.db") as connection:
        left = connection.execute("SELECT status FROM runs").fetchall()
    connection.close()
    assert left == [("queued",)]


async def test_ctrl_c_stops_an_idle_server_at_once_and_without_a_traceback(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        status = await asyncio.wait_for(server.stop(signal.SIGINT), 10)

    assert status == 0
    assert "Traceback" not in server.log.read_text()


async def test_a_cancelled_run_hangs_up_and_stays_cancelled(tmp_path: Path) -> None:
    async with FakeProvider(hangs) as fake:
        env = {"OPENAI_BASE_URL": fake.base_url, "YOMI_MODEL": "m"}
        async with serving(tmp_path, **env) as server, server.client as client:
            begun = await run(client, await upload(client), wait_s=0)
            place = f"/api/runs/{begun['id']}"
            await asyncio.wait_for(fake.asked.wait(), 20)
            cancelled = await client.post(f"{place}/cancel")
            await asyncio.wait_for(fake.gone.wait(), 10)
            told = await events(client, f"{place}/events")
            again = await client.post(f"{place}/cancel")

    assert (cancelled.status_code, cancelled.json()["status"]) == (202, "cancelled")
    assert told[-1]["name"] == "finished"
    assert told[-1]["data"] == {"status": "cancelled"}
    assert (again.status_code, again.json()["code"]) == (409, "conflict")
    assert len(fake.requests) == 1


async def said(log: Path, words: str) -> None:
    async with asyncio.timeout(10):
        while words not in log.read_text():  # noqa: ASYNC110, ASYNC240 (another process says it)
            await asyncio.sleep(0.05)


def let_leases_run_out(database: Path) -> None:
    """As half a minute without a sign of life does."""
    past = "2020-01-01T00:00:00Z"
    with sqlite3.connect(database) as connection:
        changed = connection.execute(
            "UPDATE runs SET lease_until = 1, document = json_set(document, '$.lease_until', ?)", [past]
        )
    connection.close()
    assert changed.rowcount == 1
