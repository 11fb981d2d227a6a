"""Searching the library: what is found, how it is shown, and what stays hidden."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from server.application.cast_vote import Ballot
from server.application.start_text import TextRequest
from server.domain.ids import ComparisonId, RunId
from server.domain.papers import PaperStatus
from server.domain.requests import ReaderRequest
from server.domain.searching import HitKind, excerpt, fold, query_words, run_text

from builders import TITLE, a_comparison, a_finished_run, a_paper, a_queued_run, an_extraction
from house import QUOTE, House

anyio = pytest.mark.anyio
PAPER, COMPARISON, RUN = HitKind.PAPER, HitKind.COMPARISON, HitKind.RUN


def a_library() -> House:
    """A ready paper with two runs in one comparison, all from before there was a search."""
    house = House()
    extraction = house.memory.has(an_extraction())
    house.memory.has(
        a_paper(status=PaperStatus.READY, extraction_id=extraction.id, filename="ＡＢＣ-メモ.pdf")
    )
    runs = [
        a_finished_run(id=RunId("run-1"), answer={"novelty": "認識の精度は、ｷｬｯｼｭで上がる。", "n": 42}),
        a_finished_run(id=RunId("run-2"), answer={"novelty": "Naïve caching\nserves all readers."}),
    ]
    for run in runs:
        house.memory.has(run)
    house.memory.has(a_comparison(runs))
    return house


async def found(house: House, query: str, **kwargs: object) -> list[tuple[HitKind, str]]:
    return [(hit.kind, hit.id) for hit in await house.search(query, **{"limit": 20, **kwargs})]


@anyio
async def test_what_was_there_before_is_taken_in_once() -> None:
    house = a_library()

    assert await house.search.backfill() == 3
    assert await house.search.backfill() == 0


@anyio
@pytest.mark.parametrize(
    ("query", "hits"),
    [
        ("精度", {(RUN, "run-1"), (COMPARISON, "comparison-1")}),
        ("キャッシュ 精度", {(RUN, "run-1"), (COMPARISON, "comparison-1")}),
        ("ｎａｉｖｅ", {(RUN, "run-2"), (COMPARISON, "comparison-1")}),
        ("caching serves", {(RUN, "run-2"), (COMPARISON, "comparison-1")}),
        ("naive 精度", {(COMPARISON, "comparison-1")}),
        ("abc", {(PAPER, "paper-1"), (RUN, "run-1"), (RUN, "run-2"), (COMPARISON, "comparison-1")}),
        ("prefix reuse 42", {(RUN, "run-1"), (COMPARISON, "comparison-1")}),
        ("精密", set()),
        ("", set()),
        ("  \ud83d ", set()),
    ],
)
async def test_every_word_must_be_there_in_whatever_width_or_case(
    query: str, hits: set[tuple[HitKind, str]]
) -> None:
    house = a_library()
    await house.search.backfill()

    assert set(await found(house, query)) == hits


@anyio
async def test_a_hit_says_where_it_stands_and_in_which_paper() -> None:
    house = a_library()
    await house.search.backfill()

    (hit,) = await house.search("ｷｬｯｼｭ", limit=5, kinds=[RUN])

    assert (hit.paper_id, hit.paper) == ("paper-1", TITLE)
    assert (hit.excerpt.before, hit.excerpt.hit) == ("認識の精度は、", "ｷｬｯｼｭ")
    assert hit.excerpt.after.startswith("で上がる。")


@anyio
async def test_the_limit_holds_over_all_kinds() -> None:
    house = a_library()
    await house.search.backfill()

    assert len(await found(house, "prefix", limit=2)) == 2
    assert await found(house, "prefix", limit=0) == []


@anyio
async def test_a_paper_is_found_from_the_moment_it_is_read_and_by_its_corrected_title() -> None:
    house = House()
    paper = await house.a_ready_paper()

    assert await found(house, "prefix reuse", kinds=[PAPER]) == [(PAPER, paper)]

    await house.change.correct_paper(paper, {"title": "題名を直した"})
    assert await found(house, "直し", kinds=[PAPER]) == [(PAPER, paper)]
    assert await found(house, "prefix reuse", kinds=[PAPER]) == []


@anyio
async def test_runs_are_found_by_the_name_of_their_reader_or_text() -> None:
    house = House()
    comparison = await house.a_comparison(ReaderRequest("summarizer"), TextRequest(f"{QUOTE}.", "田中のメモ"))
    run, text = (candidate.run_id for candidate in comparison.candidates)
    await house.execute(run)

    name = (await house.queries.run(run)).persona.name.en
    assert (RUN, run) in await found(house, name)
    assert await found(house, "メモ") == [(COMPARISON, comparison.id), (RUN, text)]


@anyio
async def test_a_blind_comparison_is_not_found_by_what_it_hides() -> None:
    house = a_library()
    await house.search.backfill()
    kept = house.memory.kept.comparisons
    kept[ComparisonId("comparison-1")] = replace(kept[ComparisonId("comparison-1")], blind=True)

    assert await found(house, "精度", viewer="voter") == []
    assert await found(house, "prefix", viewer="voter") == [(PAPER, "paper-1"), (COMPARISON, "comparison-1")]
    (hit,) = await house.search("prefix", limit=1, kinds=[COMPARISON], viewer="voter")
    assert hit.excerpt.hit == "Prefix"

    await house.cast_vote(Ballot(ComparisonId("comparison-1"), "voter", "A"))
    assert set(await found(house, "精度", viewer="voter")) == {(RUN, "run-1"), (COMPARISON, "comparison-1")}
    assert await found(house, "精度", viewer="another") == []


def test_runs_that_have_no_answer_have_no_text() -> None:
    assert run_text(a_queued_run()) is None


def test_words_are_folded_and_each_counts_once() -> None:
    assert query_words("Ｔｉｄｙ　tidy  データ ") == ("tidy", fold("データ"))
    assert fold("が") != fold("か")


@given(st.text(max_size=80), st.data())
def test_the_excerpt_of_any_stretch_has_that_stretch(text: str, data: st.DataObject) -> None:
    folded = fold(text)
    if not folded.strip():
        return
    at = data.draw(st.integers(0, len(folded) - 1))
    word = folded[at : at + 5]

    shown = excerpt(text, word)

    assert shown
    assert word in fold(shown.hit)
    assert shown.hit in text
