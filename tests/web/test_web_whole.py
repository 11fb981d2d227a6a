"""The API over everything: real PDFs read in child processes, rows, files and the engine without a model."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest

from pdfs import a_paper as a_small_pdf
from pdfs import a_scan, encrypted
from served import Client

pytestmark = pytest.mark.anyio

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
PDF = {"Content-Type": "application/pdf"}


@pytest.fixture(scope="session")
def samples() -> dict[str, bytes]:
    return {path.stem: path.read_bytes() for path in SAMPLES.glob("*.pdf")}


async def uploaded(api: Client, data: bytes) -> Any:
    response = await api.post("/api/papers", content=data, headers=PDF)
    assert response.status_code == 201, response.text
    return response.json()


async def test_two_readers_lay_a_real_paper_side_by_side(
    whole_api: Client, samples: dict[str, bytes]
) -> None:
    sent = {
        "files": {"file": ("論文.pdf", samples["paper-first"], "application/pdf")},
        "data": {"persona": ["summarizer", "interpreter"]},
    }

    response = await whole_api.post("/api/compare", **sent)
    comparison = response.json()

    assert (response.status_code, comparison["status"]) == (200, "finished")
    assert comparison["same_input"]["identical"]
    runs = [candidate["run"] for candidate in comparison["candidates"]]
    assert [run["engine"] for run in runs] == ["extractive", "extractive"]
    text = (await whole_api.get(f"/api/papers/{comparison['paper_id']}/text")).json()
    whole = "\f".join(page["text"] for page in text["pages"])
    for run in runs:
        evidence = [e for statement in run["statements"] for e in statement["evidence"]]
        assert {e["status"] for e in evidence} == {"verified"}
        for e in evidence:
            printed = re.sub(r"[\s-]", "", whole[e["start"] : e["end"]])
            assert printed == re.sub(r"[\s-]", "", e["quote"])
            assert whole.count("\f", 0, e["start"]) + 1 == e["page"]
            assert e["boxes"][0]["page"] == e["page"]
    events = await whole_api.get(f"{response.headers['location']}/events")
    assert events.text.count("event: finished") == 1
    for accept in ("text/markdown", "text/html"):
        shown = await whole_api.get(response.headers["location"], headers={"Accept": accept})
        assert comparison["candidates"][0]["run"]["answer"]["header"]["title"] in shown.text


async def test_the_same_upload_twice_at_once_is_one_paper(
    whole_api: Client, samples: dict[str, bytes]
) -> None:
    data = samples["hidden-instruction"]

    both = await asyncio.gather(*(whole_api.post("/api/papers", content=data, headers=PDF) for _ in range(2)))

    assert sorted(response.status_code for response in both) == [200, 201]
    assert len({response.json()["id"] for response in both}) == 1
    paper = both[0].json()
    assert "hidden_text" in [warning["code"] for warning in paper["warnings"]]
    picture = await whole_api.get(f"/api/papers/{paper['id']}/pages/1.png?width=200")
    assert picture.content.startswith(b"\x89PNG\r\n")
    beyond = await whole_api.get(f"/api/papers/{paper['id']}/pages/999.png")
    assert beyond.status_code == 404
    for extraction, status in (("unknown", 404), ("../../secret", 422), ("..", 422), ("%0a", 422)):
        missing = await whole_api.get(f"/api/papers/{paper['id']}/text?extraction={extraction}")
        assert missing.status_code == status, extraction


async def test_real_papers_that_cannot_be_read_are_refused_with_a_reason(whole_api: Client) -> None:
    locked = encrypted(a_small_pdf(), password="secret")
    given = {
        "encrypted": locked,
        "no_text": a_scan(),
        "malformed": a_small_pdf()[:300],
    }

    for code, data in given.items():
        response = await whole_api.post("/api/papers", content=data, headers=PDF)
        assert (response.status_code, response.json()["code"]) == (422, code)
        again = await whole_api.get(response.headers["location"])
        assert (again.json()["status"], again.json()["error"]["code"]) == ("refused", code)


async def test_nothing_of_a_deleted_paper_stays(
    whole_api: Client, samples: dict[str, bytes], tmp_path: Path
) -> None:
    paper = await uploaded(whole_api, samples["hidden-instruction"])
    body = {"paper_id": paper["id"], "persona": "keshav"}
    run = await whole_api.post("/api/runs", json=body, headers={"Prefer": "wait=20"})
    assert run.json()["status"] == "finished"

    assert (await whole_api.delete(f"/api/papers/{paper['id']}")).status_code == 204

    assert (await whole_api.get(run.headers["location"])).status_code == 404
    left = [path for path in (tmp_path / "data" / "blobs").rglob("*") if path.is_file()]
    assert [path for path in left if "personas" not in path.parts] == []
    assert (await whole_api.get("/readyz")).status_code == 200


async def test_a_japanese_paper_is_answered_in_japanese(whole_api: Client, samples: dict[str, bytes]) -> None:
    paper = await uploaded(whole_api, samples["japanese-pdf"])
    body = {"paper_id": paper["id"], "persona": "interpreter", "language": "en"}

    run = (await whole_api.post("/api/runs", json=body, headers={"Prefer": "wait=20"})).json()

    assert (paper["language"], run["language"], run["status"]) == ("ja", "ja", "finished")
    assert "language_not_applied" in [warning["code"] for warning in run["warnings"]]
