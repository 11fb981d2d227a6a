"""The main job over HTTP, against a real server process: upload, run, follow, compare."""

from __future__ import annotations

import asyncio
import json
import re
import zlib
from pathlib import Path
from typing import Any

import pytest
from talk import compare, events, upload

from answering import answers
from fake_provider import FakeProvider
from pdfs import a_pdf, zeros
from processes import SAMPLE, Server, serving

pytestmark = pytest.mark.anyio


async def test_a_stream_that_was_cut_goes_on_where_it_stopped(tmp_path: Path) -> None:
    half = asyncio.Event()
    async with (
        FakeProvider(answers(hold_within=half)) as fake,
        serving(tmp_path, OPENAI_BASE_URL=fake.base_url, YOMI_MODEL="m") as server,
        server.client as client,
    ):
        sent = {"paper_id": await upload(client), "persona": "summarizer"}
        run = (await client.post("/api/runs", json=sent)).json()
        place = f"/api/runs/{run['id']}/events"

        before = await events(client, place, stop_after=4)
        half.set()
        rest = await events(client, place, after=4)
        whole = await events(client, place)
        gone = await client.get(place, headers={"Last-Event-ID": str(whole[-1]["id"])})

    assert before + rest == whole
    assert [event["id"] for event in whole] == list(range(1, len(whole) + 1))
    assert (whole[0]["name"], whole[-1]["name"]) == ("started", "finished")
    assert whole[-1]["data"] == {"status": "finished"}
    assert {"what", "novelty", "next_papers"} <= {
        e["data"]["path"][1:] for e in whole if e["name"] == "field"
    }
    assert gone.status_code == 204


async def test_two_readers_are_sent_the_same_bytes_up_to_the_persona_one_after_the_other(
    tmp_path: Path,
) -> None:
    first = asyncio.Event()
    steps = answers(hold_before=first, usage=billed(7000, cached=0)), answers(usage=billed(7100, cached=6600))
    async with (
        FakeProvider(*steps) as fake,
        serving(tmp_path, OPENAI_BASE_URL=fake.base_url, YOMI_MODEL="m") as server,
        server.client as client,
    ):
        paper = await upload(client)
        comparing = asyncio.create_task(compare(client, paper, "summarizer", "interpreter"))
        await asyncio.wait_for(fake.asked.wait(), 30)
        await asyncio.sleep(1)
        asked_while_the_first_reads = len(fake.requests)
        first.set()
        found = await comparing
        text = (await client.get(f"/api/papers/{paper}/text")).json()["pages"][-1]["text"]

    assert asked_while_the_first_reads == 1
    assert found["status"] == "finished"
    assert found["same_input"]["identical"] is True
    prompts = [json.dumps(body["messages"], ensure_ascii=False) for body in fake.bodies]
    shared = next(i for i, pair in enumerate(zip(*prompts, strict=False)) if pair[0] != pair[1])
    end_of_paper = re.search(r"<<<end of paper [0-9a-f]{24}>>>\\n", prompts[0])
    assert end_of_paper
    assert end_of_paper.end() <= shared
    assert text.strip()[-200:] in fake.bodies[0]["messages"][1]["content"]
    assert "What is the key idea" in prompts[0][shared:]
    assert "What is the key idea" not in prompts[1]
    usages = [candidate["run"]["usage"] for candidate in found["candidates"]]
    assert [u["cached_tokens"] for u in usages] == [0, 6600]
    assert [u["input_tokens"] for u in usages] == [7000, 7100]


async def test_fields_of_a_model_are_grounded_in_the_paper(tmp_path: Path) -> None:
    async with (
        FakeProvider(answers()) as fake,
        serving(tmp_path, OPENAI_BASE_URL=fake.base_url, YOMI_MODEL="m") as server,
        server.client as client,
    ):
        found = await compare(client, await upload(client), "summarizer", "interpreter")

    for candidate in found["candidates"]:
        run = candidate["run"]
        assert run["grounding"]["identity"] == "confirmed"
        quotes = [e for s in run["statements"] for e in s["evidence"]]
        assert quotes
        assert {(q["status"], q["page"]) for q in quotes} == {("verified", 1)}


async def test_twenty_uploads_of_the_same_bytes_at_once_are_one_paper(server: Server) -> None:
    async with server.client as client:
        ids = await asyncio.gather(*[upload(client) for _ in range(20)])
        listed = (await client.get("/api/papers")).json()["items"]

    assert len(set(ids)) == 1
    assert [paper["id"] for paper in listed] == ids[:1]


async def test_a_bomb_does_not_spoil_the_paper_beside_it(server: Server) -> None:
    bomb = a_pdf(
        b"<</Filter[/FlateDecode/FlateDecode]/Length %d>>\nstream\n%s\nendstream" % (len(twice()), twice())
    )
    async with server.client as client:
        sent = client.post("/api/papers", content=bomb, headers={"content-type": "application/pdf"})
        refused, paper = await asyncio.gather(sent, upload(client))
        read = (await client.get(f"/api/papers/{paper}")).json()

    assert len(bomb) < 100_000
    assert (refused.status_code, refused.json()["code"]) == (422, "resource_limit")
    assert read["status"] == "ready"


async def test_what_curl_sends_comes_back_as_markdown(server: Server) -> None:
    form = [("file", ("p.pdf", SAMPLE.read_bytes(), "application/pdf"))]
    form += [("persona", (None, persona)) for persona in ("summarizer", "interpreter")]  # type: ignore[misc]
    async with server.client as client:
        response = await client.post("/api/compare", files=form, headers={"Accept": "text/markdown"})

    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/markdown")
    assert response.text.startswith("---\ntitle:")
    assert "persona:" in response.text
    assert "summarizer@1.0.0" in response.text
    assert "interpreter@1.0.0" in response.text


def billed(tokens: int, *, cached: int) -> dict[str, Any]:
    """Usage as a provider reports it."""
    details = {"cached_tokens": cached}
    return {"prompt_tokens": tokens, "completion_tokens": 100, "prompt_tokens_details": details}


def twice() -> bytes:
    """Half a gibibyte of blanks, squeezed twice."""
    return zlib.compress(zeros(2**29), 9)
