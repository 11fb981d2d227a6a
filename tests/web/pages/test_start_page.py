"""The start page, and what its forms lead to."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from server.adapters.extractive_engine import ExtractiveEngine
from server.domain.errors import FetchFailedError, NoTextError
from server.domain.models import EngineKind
from server.domain.words import Words

from builders import TITLE, a_model, a_paper, an_extraction, an_identity
from builders.papers import Found, Source
from house import PDF
from served import Client, ServedHouse, serving

pytestmark = pytest.mark.anyio

JA = {"Accept-Language": "ja"}
PIECE = {"HX-Request": "true"}
HOSTILE = "<script>alert(1)</script> & Sons"


def a_form(data: bytes | None = PDF, **fields: str) -> dict[str, Any]:
    """A multipart form as a browser sends it: an empty part where no file was chosen."""
    file = ("paper.pdf", data, "application/pdf") if data else ("", b"", "application/octet-stream")
    return {"files": {"file": file}, "data": fields, "follow_redirects": False}


async def test_two_ways_stand_side_by_side_and_samples_below(api: Client) -> None:
    page = (await api.get("/")).text

    assert page.index("Compare readers on a paper") < page.index("Check an answer you already have")
    assert page.index("Check an answer") < page.index("See it in ten seconds")
    assert page.count('type="file"') == 2
    assert "0 MB" in page  # what this server takes


async def test_the_start_page_speaks_japanese(api: Client) -> None:
    page = (await api.get("/", headers=JA)).text

    assert "論文を読み比べる" in page
    assert "手元の回答を確かめる" in page
    assert "日本語の論文で見る" in page


async def test_without_a_model_the_page_says_calmly_how_to_name_one() -> None:
    house = ServedHouse()
    house.models._models = {
        "extractive": (a_model("extractive", engine=EngineKind.EXTRACTIVE, default=True), ExtractiveEngine())
    }
    house.models.hint = Words(ja="鍵は使いません", en="A key is set but no model is named")
    async with serving(house.app()) as api:
        page = (await api.get("/")).text

    assert "No model is set up, and none is needed." in page
    assert "YOMI_MODEL" in page
    assert "A key is set but no model is named" in page


async def test_with_a_model_there_is_nothing_to_explain(api: Client) -> None:
    assert "YOMI_MODEL" not in (await api.get("/")).text


async def test_the_newest_papers_stand_below_and_hostile_titles_stay_text(
    house: ServedHouse, api: Client
) -> None:
    identity = an_identity(title=Found(HOSTILE, Source.LAYOUT, 1))
    house.memory.has(an_extraction(identity=identity))
    house.memory.has(replace(a_paper(), gist=None))

    page = (await api.get("/")).text

    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; Sons" in page
    assert "<script>alert" not in page


async def test_a_paper_is_taken_without_a_script(house: ServedHouse, api: Client) -> None:
    response = await api.post("/papers", **a_form(url=""))

    (paper_id,) = house.memory.kept.papers
    assert (response.status_code, response.headers["location"]) == (303, f"/papers/{paper_id}")


async def test_a_paper_is_taken_from_arxiv(house: ServedHouse, api: Client) -> None:
    response = await api.post("/papers", **a_form(None, url=" 2312.10997 "))

    assert response.status_code == 303
    assert [paper.filename for paper in house.memory.kept.papers.values()] == ["2312.10997.pdf"]


@pytest.mark.parametrize("form", [a_form(None, url=""), a_form(url="2312.10997")], ids=["neither", "both"])
async def test_a_paper_is_a_file_or_an_address(api: Client, form: dict[str, Any]) -> None:
    response = await api.post("/papers", **form)

    assert response.status_code == 422
    assert "<h1>Check what you entered</h1>" in response.text
    assert "Choose one PDF" in response.text


async def test_what_cannot_be_fetched_is_said_on_a_page(house: ServedHouse, api: Client) -> None:
    house.fetcher.error = FetchFailedError(url="https://arxiv.org/pdf/2312.10997", why="no network")

    response = await api.post("/papers", **a_form(None, url="2312.10997"))

    assert response.status_code == 422
    assert "https://arxiv.org/pdf/2312.10997" in response.text


async def test_an_answer_is_checked_against_the_pdf_that_comes_with_it(
    house: ServedHouse, api: Client
) -> None:
    response = await api.post("/checks", **a_form(text=f"{TITLE}\n\nIt saves 99%.", url=""))

    (run,) = house.memory.kept.runs.values()
    assert (response.status_code, response.headers["location"]) == (303, f"/runs/{run.id}")
    assert (run.engine, run.status) == ("text", "finished")


async def test_an_answer_is_checked_against_a_paper_that_is_here(house: ServedHouse, api: Client) -> None:
    sent_paper = await api.post("/api/papers", content=PDF, headers={"Content-Type": "application/pdf"})
    paper_id = sent_paper.json()["id"]
    sent = {"data": {"paper": paper_id, "text": "It places the paper first."}, "headers": PIECE}

    response = await api.post("/checks", **sent)

    (run,) = house.memory.kept.runs.values()
    assert response.headers["hx-redirect"] == f"/runs/{run.id}"
    assert run.paper_id == paper_id


async def test_a_refused_paper_says_so_in_its_place(house: ServedHouse, api: Client) -> None:
    house.reader.error = NoTextError(pages=3, characters=12)

    response = await api.post("/checks", **a_form(text="It places the paper first."), headers=PIECE)

    assert response.status_code == 422
    assert response.text.startswith('<p class="problem-line" role="alert">')
    assert house.memory.kept.runs == {}


async def test_an_answer_without_words_is_asked_for(house: ServedHouse, api: Client) -> None:
    response = await api.post("/checks", **a_form(text=" \n "), headers=JA)

    assert response.status_code == 422
    assert "照合したい回答を貼り付けてください" in response.text
    assert house.memory.kept.papers == {}


async def test_the_demo_leads_to_its_comparison() -> None:
    house = ServedHouse(models=[(a_model("extractive"), ExtractiveEngine())])
    async with serving(house.app()) as api:
        response = await api.post("/demo", data={"sample": "en"}, follow_redirects=False)

    (comparison,) = house.memory.kept.comparisons.values()
    assert response.headers["location"] == f"/comparisons/{comparison.id}"
    assert len(comparison.candidates) == 3


async def test_the_demo_uses_the_paper_of_the_pages_language() -> None:
    house = ServedHouse(models=[(a_model("extractive"), ExtractiveEngine())])
    async with serving(house.app()) as api:
        await api.post("/demo", data={}, headers=JA, follow_redirects=False)

    assert [paper.filename for paper in house.memory.kept.papers.values()] == ["ja.pdf"]


async def test_a_sample_becomes_a_paper(house: ServedHouse, api: Client) -> None:
    response = await api.post("/samples", data={"sample": "hidden"}, follow_redirects=False)

    (paper,) = house.memory.kept.papers.values()
    assert (paper.filename, response.headers["location"]) == ("hidden.pdf", f"/papers/{paper.id}")


async def test_an_unknown_sample_is_not_found(api: Client) -> None:
    assert (await api.post("/samples", data={"sample": "none"})).status_code == 404
