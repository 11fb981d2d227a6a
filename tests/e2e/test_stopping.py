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


def let_leases_run_out(database: Path) -> None:
    """As half a minute without a sign of life does."""
    past = "2020-01-01T00:00:00Z"
    with sqlite3.connect(database) as connection:
        changed = connection.execute(
            "UPDATE runs SET lease_until = 1, document = json_set(document, '$.lease_until', ?)", [past]
        )
    connection.close()
    assert changed.rowcount == 1
