"""Every way an endpoint fails ends in a run with the right code, and nothing confidential in the server's log."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from talk import run, upload

from answering import answers
from fake_provider import FakeProvider, Step, drips, refuses, resets, responds, streams
from processes import Server, serving

pytestmark = pytest.mark.anyio

KEY = "sk-canary-4711"
LEAKY = f"Incorrect API key provided: {KEY}"

FAILURES: dict[str, tuple[Step, str]] = {
    "a key that is refused": (refuses(401, LEAKY), "provider_auth"),
    "no money left": (refuses(429, code="insufficient_quota"), "quota"),
    "errors of its own": (refuses(500), "unavailable"),
    "connections dropped": (resets, "unavailable"),
    "a web page": (responds(b"<html>hello</html>", content_type="text/html"), "bad_response"),
    "prose instead of JSON": (streams("I am sorry, ", "but no."), "answer_invalid"),
    "a stream cut by a reset": (streams('{"what": [', ends="reset"), "unavailable"),
    "a stream that just ends": (streams('{"what": [', finish=None, done=False), "truncated"),
    "an answer cut off": (streams('{"what": [', finish="length"), "truncated"),
    "silence": (streams('{"what": [', ends="stall"), "timeout"),
    "bytes without an end": (drips, "timeout"),
    "another paper": (answers(title="Attention Is All You Need", authors=["Alice Brown"]), "wrong_paper"),
}


@pytest.fixture
async def fake() -> AsyncIterator[FakeProvider]:
    async with FakeProvider() as provider:
        yield provider


@pytest.fixture
async def server(fake: FakeProvider, tmp_path: Path) -> AsyncIterator[Server]:
    env = {
        "OPENAI_BASE_URL": fake.base_url,
        "OPENAI_API_KEY": KEY,
        "YOMI_RUN_TIMEOUT_S": "6",
        "YOMI_LOG_LEVEL": "debug",
    }
    async with serving(tmp_path, **env) as running:
        yield running


async def test_each_failure_has_its_code_and_a_sentence_and_leaves_nothing_in_the_log(
    fake: FakeProvider, server: Server
) -> None:
    ended = {}
    async with server.client as client:
        paper = await upload(client)
        text = (await client.get(f"/api/papers/{paper}/text")).json()["pages"][0]["text"]
        for number, (name, (step, _)) in enumerate(FAILURES.items()):
            fake.requests.clear()
            fake.steps = (step,)
            ended[name] = await run(client, paper, model=f"model-{number}", wait_s=20)
        prompt = fake.bodies[0]["messages"][1]["content"]
    log = server.log.read_text()

    assert {name: one["status"] for name, one in ended.items()} == dict.fromkeys(FAILURES, "failed")
    codes = {name: one["error"]["code"] for name, one in ended.items()}
    assert codes == {name: code for name, (_, code) in FAILURES.items()}
    assert all(len(one["error"]["detail"]) > 20 for one in ended.values())
    assert {name: one["answer"] for name, one in ended.items()} == dict.fromkeys(FAILURES)
    assert KEY not in str(ended)
    assert fake.requests[0].headers["authorization"] == f"Bearer {KEY}"
    assert "POST /api/runs 200" in log
    for secret in (KEY, "canary", text[200:260], prompt[-100:-40], "Attention Is All You Need", "I am sorry"):
        assert secret not in log


async def test_a_run_waits_out_a_rate_limit(fake: FakeProvider, server: Server) -> None:
    fake.steps = (refuses(429, "slow down"), answers())
    async with server.client as client:
        ended = await run(client, await upload(client), model="m")

    assert ended["status"] == "finished"
    assert [attempt["outcome"] for attempt in ended["attempts"]] == ["rate_limited", "ok"]


async def test_an_endpoint_that_is_not_there_is_said_to_be_unavailable(tmp_path: Path) -> None:
    env = {"OPENAI_BASE_URL": "http://127.0.0.1:9/v1", "YOMI_MODEL": "m"}
    async with serving(tmp_path, **env) as server, server.client as client:
        ended = await run(client, await upload(client))

    assert (ended["status"], ended["error"]["code"]) == ("failed", "unavailable")
    assert "127.0.0.1:9" in ended["error"]["detail"]
