"""Commands with a model: what is sent where, and every way in which that goes wrong."""

from __future__ import annotations

import asyncio
import json
import signal
import sqlite3

import pytest

from answering import answers
from fake_provider import FakeProvider, Step, hangs, refuses, responds, streams
from processes import SAMPLE, Yomi

pytestmark = pytest.mark.anyio

TWO = ("-p", "summarizer", "-p", "interpreter")
WRONG: dict[str, tuple[Step, str]] = {
    "refuses the key": (refuses(401), "API key"),
    "is a web page": (responds(b"<html></html>", content_type="text/html"), "OpenAI-compatible"),
    "talks nonsense": (streams("Sorry, no."), "asked shape"),
    "cuts off": (streams('{"what": [', finish="length"), "cut off"),
    "is slow": (hangs, "within 2 s"),
}


async def test_the_host_is_named_before_the_paper_is_sent_to_it(yomi: Yomi) -> None:
    async with FakeProvider(answers()) as fake:
        done = await yomi(
            "compare", SAMPLE, *TWO, "--format", "json", OPENAI_BASE_URL=fake.base_url, YOMI_MODEL="m"
        )

    host = fake.base_url.removeprefix("http://").removesuffix("/v1")
    assert done.status == 0
    assert f"The paper is sent to {host} (model m)." in done.err
    comparison = json.loads(done.out)
    assert [c["run"]["model"] for c in comparison["candidates"]] == ["m", "m"]
    assert len(fake.requests) == 2


async def test_one_persona_read_by_two_models(yomi: Yomi) -> None:
    async with FakeProvider(answers()) as fake:
        done = await yomi(
            "compare", SAMPLE, "-p", "summarizer", "-m", "a", "-m", "b", OPENAI_BASE_URL=fake.base_url
        )

    assert done.status == 0
    assert sorted(body["model"] for body in fake.bodies) == ["a", "b"]


async def test_a_key_without_a_model_is_hinted_at_and_nothing_is_sent(yomi: Yomi) -> None:
    async with FakeProvider(answers()) as fake:
        done = await yomi(
            "read", SAMPLE, "-p", "summarizer", OPENAI_BASE_URL=fake.base_url, OPENAI_API_KEY="sk-canary"
        )

    assert done.status == 0
    assert "no paper leaves this machine" in done.err
    assert "canary" not in done.out + done.err
    assert fake.requests == []


@pytest.mark.parametrize("name", WRONG)
async def test_when_the_endpoint(yomi: Yomi, name: str) -> None:
    step, word = WRONG[name]
    async with FakeProvider(step) as fake:
        env = {"OPENAI_BASE_URL": fake.base_url, "YOMI_MODEL": "m", "YOMI_RUN_TIMEOUT_S": "2"}
        done = await yomi("read", SAMPLE, "-p", "summarizer", "-o", "out.md", **env)

    assert (done.status, done.out) == (1, "")
    assert word in done.sentence
    assert not (yomi.home / "out.md").exists()


async def test_when_the_endpoint_is_not_there(yomi: Yomi) -> None:
    env = {"OPENAI_BASE_URL": "http://127.0.0.1:9/v1", "YOMI_MODEL": "m"}
    told = await yomi("read", SAMPLE, "-p", "summarizer", **env)
    as_json = await yomi("read", SAMPLE, "-p", "summarizer", "--format", "json", **env)

    assert (told.status, told.out) == (1, "")
    assert "127.0.0.1:9" in told.sentence
    assert as_json.status == 1
    assert json.loads(as_json.out)["error"]["code"] == "unavailable"


async def test_one_reader_that_fails_does_not_take_the_other_along(yomi: Yomi) -> None:
    readers = ("-p", "summarizer:model=m", "-p", "interpreter:model=extractive")
    env = {"OPENAI_BASE_URL": "http://127.0.0.1:9/v1"}
    done = await yomi("compare", SAMPLE, *readers, "-o", "out.md", **env)

    assert done.status == 1
    assert done.sentence.startswith("A Six questions (Ochiai): 127.0.0.1:9")
    assert "Abstract in brief" in (yomi.home / "out.md").read_text()


async def test_ctrl_c_cancels_what_is_under_way(yomi: Yomi) -> None:
    async with FakeProvider(hangs) as fake:
        env = {"OPENAI_BASE_URL": fake.base_url, "YOMI_MODEL": "m"}
        process = await yomi.start("compare", SAMPLE, *TWO, "-o", "out.md", **env)
        await asyncio.wait_for(fake.asked.wait(), 20)
        process.send_signal(signal.SIGINT)
        done = await yomi.end(process)
        await asyncio.wait_for(fake.gone.wait(), 10)

    assert (done.status, done.out) == (1, "")
    assert done.sentence == "Cancelled."
    assert statuses(yomi) == ["cancelled", "cancelled"]
    assert not (yomi.home / "out.md").exists()


async def test_a_paper_whose_reader_was_killed_is_read_again(yomi: Yomi) -> None:
    await yomi("paper", SAMPLE)
    with sqlite3.connect(yomi.home / "data" / "yomikurabe" / "yomi.db") as connection:
        changed = connection.execute(
            "UPDATE papers SET status = 'reading', document = json_set(document, '$.status', 'reading')"
        )
    connection.close()
    done = await asyncio.wait_for(yomi("paper", SAMPLE), 20)

    assert changed.rowcount == 1
    assert done.status == 0


def statuses(yomi: Yomi) -> list[str]:
    """Of all runs, as kept."""
    connection = sqlite3.connect(yomi.home / "data" / "yomikurabe" / "yomi.db")
    try:
        return [status for (status,) in connection.execute("SELECT status FROM runs")]
    finally:
        connection.close()
