"""The route that checks a brought-along text, and texts as candidates."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from builders import TITLE
from house import PDF, QUOTE
from served import Client

pytestmark = pytest.mark.anyio

THIS = f"Title: {TITLE}\nAuthors: Yomikurabe Project\n\n{QUOTE}. It saves 41% of <b>power</b>.\n"
OTHER = "Title: Deep Energy Saving for Large Buildings\nAuthors: A. Author\n\nIt saves 41% of the energy.\n"


async def a_paper(api: Client) -> str:
    response = await api.post("/api/papers", content=PDF, headers={"Content-Type": "application/pdf"})
    return str(response.json()["id"])


async def checked(api: Client, text: str, **headers: str) -> httpx.Response:
    return await api.post(f"/api/papers/{await a_paper(api)}/checks", json={"text": text}, headers=headers)


async def test_a_report_says_which_paper_and_what_is_proven(api: Client) -> None:
    response = await checked(api, THIS)

    report = response.json()
    assert response.status_code == 200
    assert (report["verdict"], report["identity"]) == ("this_paper", "confirmed")
    assert report["summary"]["ja"].startswith("この論文についての文章です")
    shown = {report["text"][s["start"] : s["end"]]: s["status"] for s in report["statements"]}
    assert shown[TITLE] == "supported"
    assert shown[f"{QUOTE}."] == "supported"
    assert shown["It saves 41% of <b>power</b>."] == "unsupported"
    assert {s["path"] for s in report["statements"]} == {"/text"}


async def test_another_paper_is_an_answer_not_an_error(api: Client) -> None:
    response = await checked(api, OTHER)

    assert response.status_code == 200
    assert response.json()["verdict"] == "other_paper"


@pytest.mark.parametrize(("accept", "start"), [("text/markdown", "---\n"), ("text/html", "<!doctype html>")])
async def test_a_report_comes_as_markdown_and_html(api: Client, accept: str, start: str) -> None:
    response = await checked(api, THIS, Accept=accept)

    assert response.headers["content-type"] == f"{accept}; charset=utf-8"
    assert response.text.startswith(start)
    assert "This is about this paper" in response.text
    assert "41%" in response.text
    assert "<b>power</b>" not in response.text
    assert "#page=1" in response.text


async def test_a_report_is_told_in_the_callers_language(api: Client) -> None:
    response = await checked(api, OTHER, Accept="text/html", **{"Accept-Language": "ja"})

    assert "別の論文の可能性があります" in response.text
    assert response.headers["content-language"] == "ja"


@pytest.mark.parametrize(
    "body",
    [{"text": ""}, {"text": " \n "}, {"text": "x" * 200_001}, {"text": "あ" * 70_000}, {}, {"texts": "x"}],
)
async def test_a_body_that_cannot_be_checked_is_refused(api: Client, body: dict[str, Any]) -> None:
    response = await api.post(f"/api/papers/{await a_paper(api)}/checks", json=body)

    assert response.status_code in (400, 422)


async def test_a_paper_that_is_not_there_is_not_found(api: Client) -> None:
    assert (await api.post("/api/papers/nothing/checks", json={"text": THIS})).status_code == 404


async def test_a_form_is_no_json(api: Client) -> None:
    response = await api.post(f"/api/papers/{await a_paper(api)}/checks", data={"text": THIS})

    assert response.status_code == 415


async def test_a_text_stands_beside_a_reader(api: Client) -> None:
    candidates = [{"persona": "summarizer"}, {"text": THIS, "name": "ChatGPT"}, {"text": OTHER}]
    response = await api.post(
        "/api/comparisons",
        json={"paper_id": await a_paper(api), "candidates": candidates},
        headers={"Prefer": "wait=10"},
    )

    comparison = response.json()
    runs = [candidate["run"] for candidate in comparison["candidates"]]
    assert comparison["status"] == "partial"
    assert [run["status"] for run in runs] == ["finished", "finished", "failed"]
    assert [run["engine"] for run in runs[1:]] == ["text", "text"]
    assert runs[1]["persona"]["name"] == "ChatGPT"
    assert runs[1]["answer"] == {"text": THIS}
    assert runs[2]["error"]["code"] == "wrong_paper"
    assert runs[2]["rejected_answer"] == {"text": OTHER}
    assert comparison["same_input"]["identical"]


@pytest.mark.parametrize("accept", ["text/markdown", "text/html"])
async def test_a_rejected_text_is_not_shown_in_a_comparison(api: Client, accept: str) -> None:
    started = await api.post(
        "/api/comparisons",
        json={"paper_id": await a_paper(api), "candidates": [{"text": THIS}, {"text": OTHER}]},
        headers={"Prefer": "wait=10"},
    )
    shown = await api.get(started.headers["location"], headers={"Accept": accept})

    assert "Brought-along text, checked without a model" in shown.text
    assert "Deep Energy Saving" not in shown.text


@pytest.mark.parametrize(
    "candidate",
    [{"persona": "summarizer", "text": THIS}, {"run_id": "r", "text": THIS}, {"name": "x"}, {"text": ""}],
)
async def test_a_candidate_is_one_thing(api: Client, candidate: dict[str, str]) -> None:
    body = {"paper_id": await a_paper(api), "candidates": [{"text": THIS}, candidate]}

    assert (await api.post("/api/comparisons", json=body)).status_code in (400, 422)


async def test_one_shot_takes_texts_beside_a_persona(api: Client) -> None:
    response = await api.post(
        "/api/compare",
        files={"file": ("a.pdf", PDF, "application/pdf")},
        data={"persona": "summarizer", "text": [THIS, THIS]},
    )

    assert response.status_code == 200
    assert [c["run"]["persona"]["id"] for c in response.json()["candidates"]] == [
        "summarizer",
        "text",
        "text",
    ]
