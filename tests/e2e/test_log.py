"""A server at its most talkative, asked for everything, with canaries wherever a caller, a paper, a persona or an endpoint
can put words: none of them is in its log, and what happened is."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from talk import run, upload

from answering import answers
from fake_provider import FakeProvider, refuses, responds, streams
from pdfs import a_pdf, text_at
from processes import SAMPLE, Server, serving

pytestmark = pytest.mark.anyio

CANARY = "kanarienvogel"
"""Part of every word that nobody may read."""
KEY, PROVIDER_KEY = f"key-{CANARY}-1", f"sk-{CANARY}-2"
PERSONA = f"""\
---
format: 1
version: "1.0.0"
name: {{ja: 読み手 {CANARY}, en: "Reader {CANARY}"}}
fields:
  - id: what
    aspects: [overview]
    label: {{ja: 何？, en: "What {CANARY}?"}}
    instruction: {{ja: 一文で。, en: "Say {CANARY}."}}
---
user:
{CANARY} {{% for field in fields %}}{{{{ field.label }}}}
{{% endfor %}}
"""
LINES = [f"The {CANARY} number {n} sings in the paper that nobody else may ever read." for n in range(30)]
PAPER = a_pdf(b"".join(text_at(50, 760 - 20 * n, line) for n, line in enumerate(LINES)))


@pytest.fixture
async def fake() -> AsyncIterator[FakeProvider]:
    async with FakeProvider() as provider:
        yield provider


@pytest.fixture
async def server(fake: FakeProvider, tmp_path: Path) -> AsyncIterator[Server]:
    env = {
        "OPENAI_BASE_URL": fake.base_url,
        "OPENAI_API_KEY": PROVIDER_KEY,
        "YOMI_MODEL": "configured",
        "YOMI_API_KEYS": KEY,
        "YOMI_LOG_LEVEL": "debug",
    }
    async with serving(tmp_path, **env) as running:
        yield running


async def test_nothing_that_anybody_wrote_is_in_the_log_and_every_line_is_one_object(
    fake: FakeProvider, server: Server
) -> None:
    async with server.client as client:
        client.headers["authorization"] = f"Bearer {KEY}"
        finished = await do_everything(client, fake)
    await server.stop()
    log = server.log.read_bytes()

    assert CANARY.encode() not in log
    assert b"\x1b" not in log
    # To whoever sits before it, the command itself says where the server is, and that it stops.
    said_to_people, lines = [], []
    for line in log.decode().splitlines():
        if line.startswith("  "):
            said_to_people.append(line.split()[0].strip(";,."))
        else:
            lines.append(json.loads(line))
    assert set(said_to_people) <= {"Open", "Stopping"}
    assert all(isinstance(line, dict) and line["timestamp"] and line["level"] for line in lines)
    said = Counter(line["event"] for line in lines)
    assert said["run started"] == said["run finished"] + said["run failed"] + said["run cancelled"]
    own = [line for line in lines if line.get("run_id") == finished["id"]]
    work = [line for line in own if line["logger"] == "yomi.work"]
    assert [line["event"] for line in work] == ["run started", "call made again", "run finished"]
    ended = work[-1]
    assert (ended["paper_id"], ended["engine"], ended["model"]) == (
        finished["paper_id"],
        "openai",
        "configured",
    )
    assert ended["total_ms"] >= ended["queued_ms"] >= 0
    assert {line["request_id"] for line in work} == {"asked-by-a-test"}
    assert {line["code"] for line in lines if line["event"] == "paper refused"} == {"malformed"}
    refused = {(line["route"], line.get("code")) for line in lines if line.get("status", 0) >= 400}
    assert {("/api/runs", "unauthorized"), ("unmatched", "not_found"), ("/api/runs", "not_found")} <= refused


async def do_everything(client: httpx2.AsyncClient, fake: FakeProvider) -> dict[str, Any]:
    """Read, run, compare, ask, fail. Returns the run that went well, asked for under an id of its own."""
    put = await client.put(
        f"/api/personas/mine-{CANARY}", content=PERSONA, headers={"content-type": "text/markdown"}
    )
    assert put.status_code == 201, put.text
    named = {"file": (f"{CANARY}\r\n\u2028.pdf", PAPER, "application/pdf")}
    secret_paper = (await client.post("/api/papers", files=named)).json()["id"]
    paper = await upload(client)

    fake.steps = (refuses(429, CANARY), answers())
    client.headers["x-request-id"] = "asked-by-a-test"
    finished = await run(client, paper)
    assert finished["status"] == "finished"
    client.headers["x-request-id"] = f"not well formed: {CANARY}"

    ended = []
    for step in (
        refuses(401, f"Incorrect key {PROVIDER_KEY}"),
        refuses(400, CANARY),
        responds(f"<html>{CANARY}</html>".encode(), content_type="text/html"),
        streams(CANARY, CANARY),
        answers(title="Attention Is All You Need", authors=["Alice Brown"]),
    ):
        fake.steps = (step,)
        failed = await run(
            client, secret_paper, persona=f"mine-{CANARY}", model=f"model-{CANARY}", fresh=True
        )
        ended.append(failed["status"])
    assert ended == [*["failed"] * 4, "finished"]
    both = [{"persona": "summarizer", "model": "extractive"}, {"text": f"{CANARY} is 12 % better."}]
    compared = await client.post(
        "/api/comparisons",
        json={"paper_id": secret_paper, "candidates": both},
        headers={"prefer": "wait=40"},
    )
    assert compared.status_code == 200, compared.text
    await client.post(f"/api/papers/{secret_paper}/checks", json={"text": CANARY})
    await client.post(f"/api/runs/{finished['id']}/questions", json={"question": CANARY})
    await client.post(f"/api/runs/{finished['id']}/feedback", json={"verdict": "wrong", "comment": CANARY})

    for method, place, more in (
        ("GET", f"/nowhere/{CANARY}?{CANARY}={CANARY}", {}),
        ("BREW", f"/api/runs?{CANARY}", {}),
        ("GET", f"/api/runs/{CANARY}", {}),
        ("GET", f"/api/papers?cursor={CANARY}", {}),
        ("POST", "/api/runs", {"json": {"paper_id": CANARY, "persona": CANARY}}),
        ("POST", "/api/runs", {"content": CANARY, "headers": {"content-type": "application/json"}}),
        (
            "POST",
            "/api/papers",
            {"content": SAMPLE.read_bytes()[:900], "headers": {"content-type": "application/pdf"}},
        ),
        ("POST", "/api/papers", {"content": f"{CANARY}", "headers": {"content-type": "application/pdf"}}),
        ("POST", "/api/papers", {"json": {"url": f"https://{CANARY}.invalid/{CANARY}"}}),
        ("GET", "/api/runs", {"headers": {"authorization": f"Bearer wrong-{CANARY}"}}),
        (
            "GET",
            "/api/runs",
            {"headers": {"authorization": f"Basic {CANARY}", "cookie": f"yomi_session={CANARY}"}},
        ),
        ("GET", "/", {"headers": {"accept-language": CANARY, "user-agent": CANARY}}),
    ):
        await client.request(method, place, **more)
    return finished
