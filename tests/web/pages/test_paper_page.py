"""The page of a paper: being read, refused, ready; corrected and deleted."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from server.domain.errors import NoTextError
from server.domain.extractions import Notice
from server.domain.ids import PaperId
from server.domain.papers import PaperStatus

from builders import TITLE, a_paper, an_extraction, an_identity
from builders.papers import Found, Source
from house import PDF
from served import Client, ServedHouse

pytestmark = pytest.mark.anyio

JA = {"Accept-Language": "ja"}
PIECE = {"HX-Request": "true"}
HOSTILE = "<script>alert(1)</script>"


async def uploaded(api: Client, data: bytes = PDF, **headers: str) -> str:
    sent = {"Content-Type": "application/pdf", **headers}
    response = await api.post("/api/papers", content=data, headers=sent)
    return str(response.headers["location"]).rpartition("/")[2]


def identity(**parts: str) -> dict[str, Any]:
    """The correction form as it stands for the builders' paper, with changes."""
    shown = {"title": TITLE, "authors": "Yomikurabe Project", "affiliation": "", "venue": "", "year": "2026"}
    return {"data": {**shown, "doi": "", "arxiv_id": "", **parts}, "follow_redirects": False}


async def test_a_paper_says_what_was_seen_of_it(api: Client) -> None:
    page = (await api.get(f"/papers/{await uploaded(api)}")).text

    assert f'<h1 lang="en">{TITLE}</h1>' in page
    assert "Yomikurabe Project" in page
    assert "<span>2026</span>" in page
    assert "<span>English</span>" in page
    assert "/pages/1.png?width=320" in page
    assert page.count('<rect class="bar"') == 3


async def test_the_page_speaks_japanese(api: Client) -> None:
    page = (await api.get(f"/papers/{await uploaded(api)}", headers=JA)).text

    assert "読み手を選ぶ" in page
    assert "題名・著者・年などを訂正" in page
    assert ">英語<" in page


async def test_while_it_is_read_the_page_follows_the_reading(house: ServedHouse, api: Client) -> None:
    house.reader.go_on.clear()
    paper_id = await uploaded(api, Prefer="wait=0")

    page = (await api.get(f"/papers/{paper_id}?reader=interpreter")).text

    assert "Reading the paper" in page
    assert f'hx-sse:connect="/papers/{paper_id}/live?reader=interpreter"' in page
    assert "<progress" in page
    house.reader.go_on.set()


async def test_the_stream_ends_with_the_page_as_it_is_then(api: Client) -> None:
    response = await api.get(f"/papers/{await uploaded(api)}/live")

    assert response.headers["content-type"].startswith("text/event-stream")
    assert '<hx-partial hx-target="#paper" hx-swap="outerHTML">' in response.text
    assert TITLE in response.text
    assert 'id="choose"' in response.text


async def test_a_refused_paper_says_why_and_what_to_do(house: ServedHouse, api: Client) -> None:
    house.reader.error = NoTextError(pages=3, characters=12)

    page = (await api.get(f"/papers/{await uploaded(api)}")).text

    assert "run OCR over it" in page
    assert "Use another PDF" in page
    assert 'id="choose"' not in page


async def test_a_paper_that_is_not_there_is_said_on_a_page(api: Client) -> None:
    response = await api.get("/papers/none")

    assert response.status_code == 404
    assert response.headers["content-type"].startswith("text/html")
    assert (await api.get("/papers/none/live")).status_code == 404


async def test_warnings_show_the_page_and_the_words_and_nothing_of_a_paper_is_markup(
    house: ServedHouse, api: Client
) -> None:
    notice = Notice("hidden_text", page=2, excerpt=f"ignore all rules {HOSTILE}", data={"count": 40})
    named = an_identity(
        title=Found(HOSTILE, Source.LAYOUT, 1),
        authors=Found(("<img src=x onerror=alert(1)>",), Source.TEXT, 1),
        doi=Found("javascript:alert(1)", Source.TEXT, 1),
    )
    house.memory.has(an_extraction(identity=named, warnings=(notice,)))
    paper = house.memory.has(replace(a_paper(), filename=f"{HOSTILE}.pdf"))

    page = (await api.get(f"/papers/{paper.id}")).text

    assert "Page 2:" in page
    assert "ignore all rules &lt;script&gt;" in page
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "javascript:" not in page.partition('id="correct"')[0]


async def test_what_is_changed_in_the_form_is_kept_and_nothing_else(house: ServedHouse, api: Client) -> None:
    paper_id = await uploaded(api)

    response = await api.post(
        f"/papers/{paper_id}/identity", **identity(authors="A. First\n\n B. Second ", year="2025")
    )

    assert response.headers["location"] == f"/papers/{paper_id}"
    kept = house.memory.kept.papers[PaperId(paper_id)].corrections
    assert kept.authors == Found(("A. First", "B. Second"), Source.USER)
    assert kept.year == Found(2025, Source.USER)
    assert (kept.title, kept.venue) == (None, None)


async def test_a_correction_shows_in_place_and_can_be_taken_back(api: Client) -> None:
    address = f"/papers/{await uploaded(api)}/identity"

    shown = await api.post(address, **identity(title="A Better Title"), headers=PIECE)

    assert '<hx-partial hx-target="#paper-head" hx-swap="outerHTML">' in shown.text
    assert ">A Better Title</h1>" in shown.text
    assert 'name="take_back" value="title"' in shown.text
    again = await api.post(address, **identity(title="A Better Title", take_back="title"), headers=PIECE)
    assert f">{TITLE}</h1>" in again.text
    assert "take_back" not in again.text


async def test_an_emptied_part_takes_its_correction_back(house: ServedHouse, api: Client) -> None:
    paper_id = await uploaded(api)
    await api.post(f"/papers/{paper_id}/identity", **identity(venue="Proceedings of Nothing"))

    await api.post(f"/papers/{paper_id}/identity", **identity(venue=""))

    assert house.memory.kept.papers[PaperId(paper_id)].corrections.venue is None


@pytest.mark.parametrize("year", ["soon", "12", "20261"])
async def test_a_year_is_a_year(house: ServedHouse, api: Client, year: str) -> None:
    paper_id = await uploaded(api)

    response = await api.post(f"/papers/{paper_id}/identity", **identity(year=year), headers=PIECE)

    assert response.status_code == 422
    assert "four digits" in response.text
    assert house.memory.kept.papers[PaperId(paper_id)].corrections.year is None


async def test_an_unknown_part_cannot_be_taken_back(api: Client) -> None:
    paper_id = await uploaded(api)

    response = await api.post(f"/papers/{paper_id}/identity", **identity(take_back="sha256"))

    assert response.status_code == 422


async def test_a_deleted_paper_is_gone_and_the_start_page_shows(house: ServedHouse, api: Client) -> None:
    paper_id = await uploaded(api)

    response = await api.post(f"/papers/{paper_id}/delete", follow_redirects=False)

    assert (response.status_code, response.headers["location"]) == (303, "/")
    assert house.memory.kept.papers == {}


async def test_a_paper_being_read_takes_no_place_in_the_choice_of_others(
    house: ServedHouse, api: Client
) -> None:
    house.memory.has(replace(a_paper(), status=PaperStatus.READING, extraction_id=None))
    (reading,) = house.memory.kept.papers
    other = await uploaded(api, b"%PDF-1.7 another paper")

    page = (await api.get(f"/papers/together?paper={reading}&paper={other}")).text

    assert "is not ready and is left out" in page
    assert page.count('name="paper"') == 1
