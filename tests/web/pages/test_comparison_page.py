"""The page of a comparison: what it shows, behind every statement the paper, votes, and what it never lets through."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from html import unescape
from typing import Any

import pytest
from server.adapters.scripted_engine import Script
from server.domain.errors import TruncatedError

from house import QUOTE, a_wire_answer, either, statement
from served import Client, ServedHouse, serving

pytestmark = pytest.mark.anyio

WAIT = {"Prefer": "wait=20"}
PDF = b"%PDF-1.7 a paper"
PIECE = {"HX-Request": "true"}
FABRICATED = (
    "Title: Another Paper Altogether\n\nAuthors: A. Author\n\nIt saves 41% of all energy in Atlantis."
)


async def a_comparison(api: Client, *candidates: dict[str, Any], **body: Any) -> dict[str, Any]:
    given = list(candidates) or [{"persona": "summarizer"}, {"persona": "interpreter"}]
    paper = await api.post("/api/papers", content=PDF, headers={"Content-Type": "application/pdf"})
    sent = {"paper_id": paper.json()["id"], "candidates": given, **body}
    made: dict[str, Any] = (await api.post("/api/comparisons", json=sent, headers=WAIT)).json()
    return made


@asynccontextmanager
async def served(*scripts: Any) -> AsyncIterator[Client]:
    async with serving(ServedHouse(*scripts).app()) as api:
        yield api


async def shown(api: Client, comparison: dict[str, Any], **headers: str) -> str:
    response = await api.get(f"/comparisons/{comparison['id']}", headers=headers)
    assert response.status_code == 200, response.text
    return response.text


async def test_a_verdict_stands_on_top_for_every_reader_and_the_rows_below(api: Client) -> None:
    page = await shown(api, await a_comparison(api))

    assert page.index("this paper ✓") < page.index('id="row-identity"')
    assert re.findall(r'id="row-(\w+)"', page) == ["identity", "in_short", "method", "discussion", "next"]
    assert "A did not ask" in page
    assert "Same text for every reader" in page


async def test_the_page_speaks_japanese_to_whoever_prefers_it(api: Client) -> None:
    page = await shown(api, await a_comparison(api), **{"Accept-Language": "ja"})

    assert '<html lang="ja"' in page
    for words in ("この論文です ✓", "何の論文か", "Aは聞いていない", "どちらも不可", "引き分け", "根拠あり"):
        assert words in page


async def test_a_statement_leads_to_its_place_in_the_paper(api: Client) -> None:
    comparison = await a_comparison(api)
    address = next(a for a in _addresses(await shown(api, comparison), "evidence") if "what" in a)

    piece = (await api.get(address, headers=PIECE)).text
    page = (await api.get(address)).text

    assert QUOTE in piece
    assert f'href="/api/papers/{comparison["paper_id"]}/pages/1.png' in piece
    said = comparison["candidates"][0]["run"]["statements"]
    box = next(s for s in said if s["path"] == "/what")["evidence"][0]["boxes"][0]
    assert f'x="{box["x0"] - 1.5:.1f}"' in piece
    assert "<html" not in piece
    assert "<html" in page
    assert QUOTE in page


async def test_a_page_shows_all_that_a_reader_quoted_from_it(api: Client) -> None:
    comparison = await a_comparison(api)

    piece = (await api.get(f"/comparisons/{comparison['id']}/A/pages/1", headers=PIECE)).text

    assert QUOTE in piece
    assert piece.count('class="found') >= 1
    assert f"/comparisons/{comparison['id']}/A/pages/2" in piece


@pytest.mark.parametrize(
    "rest", ["A/evidence?path=/nothing&start=0", "A/evidence?path=/what&start=999", "Z/pages/1", "A/pages/99"]
)
async def test_what_is_not_there_is_said_in_a_sentence(api: Client, rest: str) -> None:
    comparison = await a_comparison(api)

    response = await api.get(f"/comparisons/{comparison['id']}/{rest}", headers=PIECE)

    assert response.status_code == 404
    assert 'role="alert"' in response.text
    assert "<html" not in response.text


async def test_an_unknown_comparison_is_a_page_that_says_so(api: Client) -> None:
    response = await api.get("/comparisons/nothing", headers={"Accept": "text/html"})

    assert response.status_code == 404
    assert "<html" in response.text


async def test_an_answer_about_another_paper_is_folded_and_grey(api: Client) -> None:
    comparison = await a_comparison(api, {"persona": "summarizer"}, {"text": FABRICATED, "name": "A friend"})

    page = await shown(api, comparison)

    assert "May be another paper: its title and authors are not in this one" in page
    cells = re.findall(r'<div class="cell B (\w+)"', page)
    assert set(cells) <= {"rejected", "not_asked"}
    assert "rejected" in cells
    assert page.index("What it says") < page.index("It saves 41% of all energy")
    assert 'value="B"' not in page


async def test_a_failed_third_does_not_hide_how_the_others_differ() -> None:
    async with served(Script(either), Script(either), TruncatedError()) as api:
        candidates = ({"persona": "summarizer"}, {"persona": "interpreter"}, {"persona": "summarizer:seed=2"})
        page = await shown(api, await a_comparison(api, *candidates))

    in_short = page[page.index('id="row-in_short"') :]
    assert "same passages" in in_short[: in_short.index("</header>")]


async def test_where_nobody_could_answer_the_reason_and_a_way_to_try_again_stand_alone() -> None:
    async with served(TruncatedError(), TruncatedError()) as api:
        candidates = ({"persona": "summarizer:seed=2"}, {"persona": "interpreter"})
        made = await a_comparison(api, *candidates)
        page = await shown(api, made)
        again = re.search(r'href="(/papers/[^"]+\?reader=[^"]+)"', page)
        assert again
        chosen = (await api.get(unescape(again[1]))).text

    assert page.count("Could not be read") == 2
    assert 'id="row-' not in page
    assert "data-filter-by" not in page
    assert re.findall(r'value="(\w+)" checked', chosen) == ["interpreter", "summarizer"]
    assert "summarizer@1.0.0:seed=2</textarea>" in chosen


async def test_a_reader_that_meets_itself_shows_the_noise(api: Client) -> None:
    page = await shown(api, await a_comparison(api, {"persona": "summarizer"}, {"persona": "summarizer"}))

    assert "A, B are the same reader. Their evidence overlaps by 100 %." in page


HOSTILE = [
    "<script>alert(1)</script> It places the paper first.",
    '<img src=x onerror="alert(1)"> It places the paper first.',
    "[look](javascript:alert(1)) It places the paper first.",
    "![x](https://evil.example/x.png) It places the paper first.",
    '<svg onload="alert(1)"> <a href="data:text/html,x">y</a>',
    "$\\href{javascript:alert(1)}{x}$ and $x^2$",
]


@pytest.mark.parametrize("text", HOSTILE)
async def test_what_a_model_writes_is_data(text: str) -> None:
    async with served(Script(lambda _: a_wire_answer(what=[statement(text, QUOTE)]))) as api:
        comparison = await a_comparison(api, {"persona": "summarizer"}, {"persona": "summarizer"})
        page = await shown(api, comparison)
        pieces = [(await api.get(a, headers=PIECE)).text for a in _addresses(page, "evidence")]

    for html in (page, *pieces):
        assert not re.search(r"<(script|img|image|svg)[^>]*(alert|onerror|onload|evil)", html)
        assert not re.search(r"""<[^>]*\b(href|src)\s*=\s*["']?\s*(javascript|data)""", html)


async def test_safe_markup_and_formulas_are_set() -> None:
    text = "It **halves** cost at $n^2$ per `prompt`, not at US$5 or US$6."
    async with served(Script(lambda _: a_wire_answer(what=[statement(text, QUOTE)]))) as api:
        page = await shown(
            api, await a_comparison(api, {"persona": "summarizer"}, {"persona": "interpreter"})
        )

    assert "<strong>halves</strong>" in page
    assert "<msup><mi>n</mi><mn>2</mn></msup>" in page
    assert "<code>prompt</code>" in page
    assert "US$5 or US$6" in page


# Votes


async def test_a_blind_comparison_names_nobody_until_this_browser_has_voted(api: Client) -> None:
    comparison = await a_comparison(api, blind=True)
    hidden = await shown(api, comparison)
    for word in ("Six questions", "summarizer", "interpreter", "scripted", "/runs/", "/personas/"):
        assert word not in hidden.partition("<main")[2]
    assert "Names are hidden" in hidden
    evidence = [(await api.get(a, headers=PIECE)).text for a in _addresses(hidden, "evidence")]
    assert any(QUOTE in piece for piece in evidence)

    voted = await api.post(f"/comparisons/{comparison['id']}/votes", data={"winner": "A"}, headers=PIECE)
    after = await shown(api, comparison)
    api.cookies.clear()
    stranger = await shown(api, comparison)

    assert "This vote counts in the ranking." in voted.text
    assert "scripted" in voted.text
    assert "scripted" in after
    assert "Votes so far" in after
    assert "Names are hidden" in stranger


async def test_a_vote_for_a_row_shows_no_names(api: Client) -> None:
    comparison = await a_comparison(api, blind=True)

    voted = await api.post(
        f"/comparisons/{comparison['id']}/votes", data={"winner": "tie", "row": "in_short"}, headers=PIECE
    )

    assert "Names are hidden" in voted.text
    assert re.search(r'value="tie"[^>]*aria-pressed="true"', voted.text)


async def test_a_vote_with_names_shown_says_that_it_does_not_count(api: Client) -> None:
    comparison = await a_comparison(api)

    voted = await api.post(
        f"/comparisons/{comparison['id']}/votes", data={"winner": "both_bad"}, headers=PIECE
    )

    assert "it does not count in the ranking" in voted.text


async def test_without_script_a_vote_leads_back_to_the_page(api: Client) -> None:
    comparison = await a_comparison(api)

    voted = await api.post(
        f"/comparisons/{comparison['id']}/votes", data={"winner": "B"}, follow_redirects=False
    )

    assert (voted.status_code, voted.headers["location"]) == (303, f"/comparisons/{comparison['id']}")


@pytest.mark.parametrize("form", [{}, {"winner": ""}, {"winner": "Z"}, {"winner": "A", "row": "nothing"}])
async def test_a_vote_that_says_nothing_is_refused_in_a_sentence(api: Client, form: dict[str, str]) -> None:
    comparison = await a_comparison(api)

    response = await api.post(f"/comparisons/{comparison['id']}/votes", data=form, headers=PIECE)

    assert response.status_code == 422
    assert 'role="alert"' in response.text


# Watching


async def test_cells_come_as_pieces_and_at_the_end_the_whole(api: Client) -> None:
    comparison = await a_comparison(api)

    stream = (await api.get(f"/comparisons/{comparison['id']}/live")).text

    assert '<hx-partial hx-target="#cell-A-in_short" hx-swap="outerHTML">' in stream
    assert '<hx-partial hx-target="#cell-B-method" hx-swap="outerHTML">' in stream
    assert stream.index("#cell-A-in_short") < stream.index('hx-target="#comparison"')
    assert "event: done" in stream.replace("\r", "")


async def test_whoever_comes_back_is_told_only_the_rest(api: Client) -> None:
    comparison = await a_comparison(api)
    whole = (await api.get(f"/comparisons/{comparison['id']}/live")).text
    last = re.findall(r"^id: (\d+)", whole, re.MULTILINE)[-2]

    rest = (await api.get(f"/comparisons/{comparison['id']}/live", headers={"Last-Event-ID": last})).text

    assert "#cell-" not in re.sub(r'hx-target="#comparison".*', "", rest, flags=re.DOTALL)
    assert 'hx-target="#comparison"' in rest


async def test_a_blind_comparison_tells_nothing_before_all_are_done(api: Client) -> None:
    comparison = await a_comparison(api, blind=True)

    stream = (await api.get(f"/comparisons/{comparison['id']}/live")).text

    assert 'hx-target="#cell-' not in stream
    assert "scripted" not in stream


async def test_while_it_runs_the_questions_wait_in_their_cells() -> None:
    async with served(Script(a_wire_answer(), delay_s=30)) as api:
        paper = await api.post("/api/papers", content=PDF, headers={"Content-Type": "application/pdf"})
        body = {
            "paper_id": paper.json()["id"],
            "candidates": [{"persona": "summarizer"}, {"persona": "interpreter"}],
        }
        comparison = (await api.post("/api/comparisons", json=body)).json()
        page = await shown(api, comparison)

    assert 'hx-sse:connect="/comparisons/' in page
    assert page.count('aria-busy="true"') >= 5
    assert 'class="verdict-bar"' not in page


def _addresses(page: str, kind: str) -> list[str]:
    return list(
        dict.fromkeys(a.replace("&amp;", "&") for a in re.findall(rf'href="([^"]*/{kind}\?[^"]*)"', page))
    )


async def test_two_variants_of_one_reader_name_what_differs(api: Client) -> None:
    made = await a_comparison(api, {"persona": "summarizer"}, {"persona": "summarizer:temperature=0.5"})

    page = await shown(api, made)

    assert page.count("<code>summarizer@1.0.0</code>") == 2
    assert page.count('<code class="setting">temperature=0.5</code>') == 1
