"""Two servers on one PostgreSQL: what one does is followed at the other, and taken over when it dies."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import pytest
from sqlalchemy import make_url
from talk import events, run, upload

import postgres
from answering import answers
from fake_provider import FakeProvider, hangs
from processes import serving

pytestmark = pytest.mark.anyio


async def test_a_run_is_followed_at_another_server_and_finished_by_it(tmp_path: Path) -> None:
    url = postgres.server().with_tables()
    async with FakeProvider(hangs, answers()) as fake:
        env = {
            "OPENAI_BASE_URL": fake.base_url,
            "YOMI_MODEL": "m",
            "YOMI_DATABASE_URL": url,
            "YOMI_DATA_DIR": str(tmp_path / "shared"),
        }
        async with (
            serving(tmp_path, **env) as first,
            serving(tmp_path, **env) as second,
            first.client as here,
            second.client as there,
        ):
            begun = await run(here, await upload(here), wait_s=0)
            place = f"/api/runs/{begun['id']}"
            following = asyncio.create_task(events(there, f"{place}/events"))
            await asyncio.wait_for(fake.asked.wait(), 20)
            killed = await first.stop(signal.SIGKILL)
            let_leases_run_out(url)
            told = await asyncio.wait_for(following, 60)
            ended = (await there.get(place)).json()

    assert killed == -signal.SIGKILL
    assert ended["status"] == "finished"
    assert len(fake.requests) == 2  # one of each server: the call that was under way could not be saved
    names = [event["name"] for event in told]
    assert (names[0], names[-1]) == ("started", "finished")
    assert names.index("reset") < names.index("field")
    assert [event["id"] for event in told] == list(range(1, len(told) + 1))


def let_leases_run_out(url: str) -> None:
    """As half a minute without a sign of life does."""
    past = """jsonb_set(document::jsonb, '{lease_until}', '"2020-01-01T00:00:00Z"')"""
    sql = f"UPDATE runs SET lease_until = 1, document = {past}::text RETURNING id"  # noqa: S608
    assert len(postgres.server().say(sql, str(make_url(url).database))) == 1
