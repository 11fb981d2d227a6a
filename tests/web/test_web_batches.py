"""Batches over HTTP."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from dataclasses import replace
from typing import Any

import pytest
from server.domain.ids import PaperId
from server.domain.papers import Problem

from house import PDF
from served import Client, ServedHouse

pytestmark = pytest.mark.anyio


async def a_paper(api: Client, data: bytes = PDF) -> str:
    response = await api.post("/api/papers", content=data, headers={"Content-Type": "application/pdf"})
    return str(response.json()["id"])


async def worked_off(api: Client, house: ServedHouse, batch: dict[str, Any]) -> dict[str, Any]:
    """Let it be fed, and wait for its end."""
    house.run_batches.window = 16
    async with asyncio.timeout(10):
        while True:
            shown = (await api.get(f"/api/batches/{batch['id']}")).json()
            if shown["status"] == "finished":
                return dict(shown)
            await asyncio.sleep(0.02)


async def started(api: Client, house: ServedHouse, papers: int = 1, **body: Any) -> dict[str, Any]:
    """Taken in, and not begun before somebody works it off."""
    house.run_batches.window = 0
    ids = [await a_paper(api, PDF + str(number).encode()) for number in range(papers)]
    sent = {"paper_ids": ids, "personas": ["summarizer", "interpreter"], **body}
    response = await api.post("/api/batches", json=sent)
    assert response.status_code == 202, response.text
    assert response.headers["location"] == f"/api/batches/{response.json()['id']}"
    return dict(response.json())


async def test_a_batch_is_taken_in_worked_off_and_shown(api: Client, house: ServedHouse) -> None:
    batch = await started(api, house, papers=2, model="scripted", language="en")
    assert (batch["status"], batch["items"], batch["papers"], batch["progress"]) == ("running", 4, 2, 0.0)
    assert batch["counts"]["waiting"] == 4

    shown = await worked_off(api, house, batch)

    assert (shown["status"], shown["counts"]["finished"], shown["progress"]) == ("finished", 4, 1.0)
    assert shown["readers"][0] == {
        "persona": "summarizer@1.0.0",
        "model": "scripted",
        "language": "en",
        "settings": {},
    }
    listed = (await api.get("/api/batches")).json()
    assert listed == {"items": [shown], "next_cursor": None}


async def test_results_are_one_json_object_a_line_in_order(api: Client, house: ServedHouse) -> None:
    batch = await started(api, house, papers=2)
    await worked_off(api, house, batch)

    response = await api.get(f"/api/batches/{batch['id']}/results")

    lines = [json.loads(line) for line in response.text.splitlines()]
    assert response.headers["content-type"].startswith("application/x-ndjson")
    assert [line["number"] for line in lines] == [1, 2, 3, 4]
    assert [line["persona"] for line in lines] == ["summarizer@1.0.0", "interpreter@1.0.0"] * 2
    run = (await api.get(f"/api/runs/{lines[0]['run']['id']}")).json()
    assert lines[0]["run"] == run
    assert lines[0]["paper"]["sha256"] == house.memory.kept.papers[lines[0]["paper"]["id"]].sha256


async def test_results_can_be_had_while_it_runs(api: Client, house: ServedHouse) -> None:
    batch = await started(api, house)

    response = await api.get(f"/api/batches/{batch['id']}/results")

    lines = [json.loads(line) for line in response.text.splitlines()]
    assert [(line["status"], line["run"]) for line in lines] == [("waiting", None)] * 2


@pytest.mark.parametrize("asked", [{"params": {"format": "csv"}}, {"headers": {"Accept": "text/csv"}}])
async def test_results_come_as_csv_one_row_per_item_and_field(
    api: Client, house: ServedHouse, asked: Any
) -> None:
    batch = await started(api, house)
    await worked_off(api, house, batch)

    response = await api.get(f"/api/batches/{batch['id']}/results", **asked)

    rows = list(csv.DictReader(io.StringIO(response.text)))
    runs = {run.persona.id: run for run in house.memory.kept.runs.values()}
    fields = [*(runs["summarizer"].answer or ()), *(runs["interpreter"].answer or ())]
    assert [row["field"] for row in rows] == fields
    what = next(row for row in rows if row["field"] == "what")
    assert (what["value"], what["grounding"], what["pages"]) == (
        "It places the paper first.",
        "supported",
        "1",
    )


async def test_what_a_spreadsheet_would_run_is_plain_text(api: Client, house: ServedHouse) -> None:
    batch = await started(api, house, personas=["summarizer"])
    await worked_off(api, house, batch)
    (run,) = house.memory.kept.runs.values()
    bad = ["=HYPERLINK(1)", "+1", "-1", "@x", "\t=1", "\n=1", "a=1"]
    house.memory.has(replace(run, answer={f"f{n}": text for n, text in enumerate(bad)}))

    response = await api.get(f"/api/batches/{batch['id']}/results?format=csv&bom=true")

    assert response.content.startswith(b"\xef\xbb\xbfnumber,")
    rows = csv.DictReader(io.StringIO(response.text.removeprefix("\ufeff"), newline=""))
    assert [row["value"] for row in rows] == [f"'{text}" for text in bad[:-1]] + ["a=1"]


async def test_a_refused_paper_has_its_own_lines(api: Client, house: ServedHouse) -> None:
    locked = await a_paper(api)
    paper = house.memory.kept.papers[PaperId(locked)]
    house.memory.has(paper.refused(Problem("encrypted", {})))
    response = await api.post("/api/batches", json={"paper_ids": [locked], "personas": ["summarizer"]})
    await worked_off(api, house, response.json())

    place = f"{response.headers['location']}/results"
    (line,) = [json.loads(line) for line in (await api.get(place)).text.splitlines()]
    (row,) = csv.DictReader(io.StringIO((await api.get(place, params={"format": "csv"})).text))

    assert (line["status"], line["error"]["code"], line["run"]) == ("failed", "encrypted", None)
    assert (row["status"], row["error"], row["field"]) == ("failed", "encrypted", "")


async def test_runs_that_stand_in_a_blind_comparison_are_not_in_the_results(
    api: Client, house: ServedHouse
) -> None:
    batch = await started(api, house)
    await worked_off(api, house, batch)
    runs = list(house.memory.kept.runs)
    candidates = [{"run_id": run_id} for run_id in runs]
    sent = {"paper_id": house.kept(runs[0]).paper_id, "candidates": candidates, "blind": True}
    assert (await api.post("/api/comparisons", json=sent)).is_success

    response = await api.get(f"/api/batches/{batch['id']}/results")

    assert [json.loads(line)["run"] for line in response.text.splitlines()] == [None, None]


async def test_a_batch_is_cancelled_then_deleted(api: Client, house: ServedHouse) -> None:
    batch = await started(api, house)
    place = f"/api/batches/{batch['id']}"
    assert (await api.delete(place)).status_code == 409

    cancelled = await api.post(f"{place}/cancel")

    assert (cancelled.status_code, cancelled.json()["status"]) == (202, "cancelled")
    assert (await api.post(f"{place}/cancel")).status_code == 409
    assert (await api.delete(place)).status_code == 204
    for gone in (place, f"{place}/results"):
        assert (await api.get(gone)).status_code == 404


async def test_the_whole_library_is_a_data_set(api: Client) -> None:
    await a_paper(api)

    response = await api.post("/api/batches", json={"dataset": "all", "personas": ["summarizer"]})

    assert (response.status_code, response.json()["items"]) == (202, 1)


async def test_the_same_key_makes_one_batch(api: Client, house: ServedHouse) -> None:
    sent = {"paper_ids": [await a_paper(api)], "personas": ["summarizer"]}
    headers = {"Idempotency-Key": "once"}

    first = await api.post("/api/batches", json=sent, headers=headers)
    second = await api.post("/api/batches", json=sent, headers=headers)

    assert first.json() == second.json()
    assert len(house.memory.kept.batches) == 1


@pytest.mark.parametrize(
    "body",
    [
        {"personas": ["summarizer"]},
        {"personas": [], "dataset": "all"},
        {"personas": ["summarizer"], "dataset": "some"},
        {"personas": ["summarizer"], "paper_ids": ["p"], "mode": "fast"},
        {"personas": ["summarizer"], "paper_ids": ["p"], "unknown": 1},
        {"personas": ["summarizer:temperature=9"], "paper_ids": ["p"]},
    ],
)
async def test_what_is_wrong_is_refused(api: Client, body: dict[str, Any]) -> None:
    assert (await api.post("/api/batches", json=body)).status_code in (400, 422)


async def test_what_is_not_there_is_not_found(api: Client) -> None:
    sent = {"personas": ["summarizer"], "paper_ids": ["none"]}
    assert (await api.post("/api/batches", json=sent)).status_code == 404
    assert (await api.get("/api/batches/none")).status_code == 404
