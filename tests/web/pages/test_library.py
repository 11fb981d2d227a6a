"""The page of the library."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from server.domain.ids import ComparisonId, ExtractionId, PaperId
from server.domain.papers import Problem
from server.domain.searching import run_text

from builders import (
    NOON,
    TITLE,
    a_comparison,
    a_finished_run,
    a_paper,
    a_persona,
    a_queued_run,
    a_refused_paper,
    an_extraction,
    an_identity,
)
from served import Client, ServedHouse

pytestmark = pytest.mark.anyio

JA = {"Accept-Language": "ja"}
PDF = b"%PDF-1.7 a paper"


async def a_full_house(house: ServedHouse) -> None:
    """A paper that two readers were compared on, and one of them read once more alone."""
    memory = house.memory
    memory.has(a_paper())
    memory.has(an_extraction())
    both = [a_finished_run("run-1"), a_finished_run("run-2", persona=a_persona("interpreter"))]
    for run in (*both, a_finished_run("run-3")):
        await house.shelf.keep(a_persona(run.persona.id))
        memory.has(run)
    memory.has(a_comparison(both))


async def test_an_empty_library_leads_to_the_start(api: Client) -> None:
    page = await api.get("/library")

    assert "No papers yet" in page.text
    assert 'href="/" role="button"' in page.text


async def test_a_paper_stands_with_its_comparisons_and_readings(house: ServedHouse, api: Client) -> None:
    await a_full_house(house)

    page = (await api.get("/library", headers=JA)).text

    assert page.count("<article") == 1
    assert TITLE in page
    assert "Yomikurabe Project" in page
    assert 'href="/comparisons/comparison-1"' in page
    assert 'href="/runs/run-3"' in page
    assert 'href="/runs/run-1"' not in page
    assert a_persona("interpreter").name.ja in page


async def test_deleting_a_paper_says_what_goes_with_it(house: ServedHouse, api: Client) -> None:
    await a_full_house(house)

    page = (await api.get("/library")).text

    assert "Its answers (3) and comparisons (1) go with it." in page


@pytest.mark.parametrize("what", ["papers/paper-1", "comparisons/comparison-1"])
async def test_a_form_that_is_wrong_deletes_nothing(house: ServedHouse, api: Client, what: str) -> None:
    await a_full_house(house)

    response = await api.post(f"/library/{what}/delete", data={"after": ["a", "b"]}, follow_redirects=False)

    assert response.status_code == 422
    assert "/comparisons/comparison-1" in (await api.get("/library")).text


async def test_a_deleted_paper_is_gone_and_the_list_is_shown_again(house: ServedHouse, api: Client) -> None:
    await a_full_house(house)

    response = await api.post("/library/papers/paper-1/delete", data={"after": ""}, follow_redirects=False)

    assert (response.status_code, response.headers["location"]) == (303, "/library")
    assert "No papers yet" in (await api.get("/library")).text


async def test_a_deleted_comparison_leaves_its_readings(house: ServedHouse, api: Client) -> None:
    await a_full_house(house)

    await api.post("/library/comparisons/comparison-1/delete", data={"after": ""}, follow_redirects=False)
    page = (await api.get("/library")).text

    assert "/comparisons/" not in page
    assert all(f'href="/runs/run-{n}"' in page for n in (1, 2, 3))


async def test_readers_of_a_blind_comparison_are_not_named_before_the_vote(
    house: ServedHouse, api: Client
) -> None:
    memory = house.memory
    memory.has(a_paper())
    runs = [a_finished_run("run-1"), a_finished_run("run-2", persona=a_persona("interpreter"))]
    for run in runs:
        await house.shelf.keep(a_persona(run.persona.id))
        memory.has(run)
    memory.has(a_comparison(runs, blind=True))

    page = (await api.get("/library")).text

    assert "Blind: 2 readers" in page
    assert 'href="/comparisons/comparison-1"' in page
    assert a_persona("interpreter").name.en not in page
    assert a_persona().name.en not in page
    assert "/runs/" not in page


async def test_a_long_library_comes_in_pages_newest_first(house: ServedHouse, api: Client) -> None:
    for n in range(1, 24):
        paper = a_paper(id=PaperId(f"paper-{n:02}"), sha256=f"{n:064}", extraction_id=None)
        house.memory.has(replace(paper, filename=f"number {n}.pdf", created_at=NOON + timedelta(hours=n)))

    first = (await api.get("/library")).text
    second = (await api.get("/library?after=paper-04")).text

    assert first.index("number 23.pdf") < first.index("number 22.pdf")
    assert "number 3.pdf" not in first
    assert 'href="/library?after=paper-04"' in first
    assert "number 3.pdf" in second
    assert "Older papers" not in second


async def test_words_of_answers_are_found_and_marked_two_japanese_characters_too(
    house: ServedHouse, api: Client
) -> None:
    paper_id = await house.a_ready_paper()
    run = await house.executed(paper_id=paper_id)
    answer = {**(run.answer or {}), "what": "手法の要点は、論文を先に置くことである。"}
    async with house.memory.unit_of_work() as uow:
        await uow.search.put(run_text(replace(run, answer=answer)))
        await uow.commit()

    page = (await api.get("/library?q=要点", headers=JA)).text

    assert "<mark>要点</mark>" in page
    assert f'href="/runs/{run.id}"' in page
    assert 'value="要点"' in page


async def test_words_of_titles_are_found(house: ServedHouse, api: Client) -> None:
    await house.a_ready_paper()

    page = (await api.get("/library?q=prefix")).text

    assert "<mark>Prefix</mark>" in page


async def test_a_blind_comparison_found_by_its_title_has_a_name_to_click_and_gives_none_away(
    api: Client,
) -> None:
    paper = await api.post("/api/papers", content=PDF, headers={"Content-Type": "application/pdf"})
    readers = [{"persona": "summarizer"}, {"persona": "interpreter"}]
    sent = {"paper_id": paper.json()["id"], "candidates": readers, "blind": True}
    made = (await api.post("/api/comparisons", json=sent, headers={"Prefer": "wait=20"})).json()

    page = (await api.get("/library?q=prefix")).text

    (line,) = re.findall(rf'<a href="/comparisons/{made["id"]}">(.*?)</a>', page)
    assert "Blind: 2 readers" in line
    assert "/runs/" not in page


async def test_what_is_not_found_says_what_to_try(api: Client) -> None:
    page = (await api.get("/library", params={"q": "<b>nothing</b>"})).text

    assert "was not found. Try fewer words" in page
    assert "<b>nothing" not in page


async def test_a_refused_paper_says_why(house: ServedHouse, api: Client) -> None:
    house.memory.has(a_refused_paper("encrypted"))

    page = (await api.get("/library", headers=JA)).text

    assert "読み取れませんでした。" in page
    assert "パスワード" in page


async def test_a_failed_reader_is_marked_by_shape_and_word(house: ServedHouse, api: Client) -> None:
    house.memory.has(a_paper())
    await house.shelf.keep(a_persona())
    failed = a_queued_run("run-1").fail(Problem("timeout", {}))
    house.memory.has(failed)

    page = (await api.get("/library")).text

    assert "✕</i> Out of time" in page


@pytest.mark.parametrize("language", ["ja", "en"])
async def test_hostile_titles_stay_text(house: ServedHouse, api: Client, language: str) -> None:
    evil = '<script>alert(1)</script>"><img src=x onerror=alert(2)>'
    title = replace(an_identity().title, value=evil)  # type: ignore[type-var]
    house.memory.has(a_paper())
    house.memory.has(an_extraction(identity=an_identity(title=title)))

    page = (await api.get("/library", headers={"Accept-Language": language})).text

    assert "<script>alert" not in page
    assert "<img" not in page
    assert "&lt;script&gt;" in page


async def test_no_extraction_is_loaded_for_papers_that_keep_their_gist(
    house: ServedHouse, api: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    await house.a_ready_paper()
    loaded = []

    async def get(workspace: str, extraction_id: ExtractionId) -> None:
        loaded.append((workspace, extraction_id))

    monkeypatch.setattr(house.memory.extractions, "get", get)

    page = (await api.get("/library")).text

    assert TITLE in page
    assert loaded == []


async def test_what_is_not_there_cannot_be_deleted(api: Client) -> None:
    for address in (f"papers/{PaperId('x')}", f"comparisons/{ComparisonId('x')}"):
        response = await api.post(f"/library/{address}/delete", data={"after": ""})
        assert response.status_code == 404
        assert "Not found" in response.text
