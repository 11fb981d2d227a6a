"""Putting together what is shown."""

from __future__ import annotations

from dataclasses import replace

import pytest
from server.adapters.scripted_engine import Script
from server.domain.comparisons import Comparison, ComparisonStatus
from server.domain.errors import NotFoundError
from server.domain.ids import ComparisonId, PaperId, RunId, WorkspaceId
from server.domain.requests import ReaderRequest
from server.domain.runs import RunStatus, Usage

from house import PDF, House, a_wire_answer, an_interpretation

pytestmark = pytest.mark.anyio


async def compared(house: House) -> Comparison:
    comparison: Comparison = await house.a_comparison(
        ReaderRequest("summarizer"), ReaderRequest("interpreter")
    )
    for candidate in comparison.candidates:
        await house.execute(candidate.run_id)
    return comparison


async def test_a_comparison_is_shown_with_rows_and_what_was_really_sent() -> None:
    house = House(a_wire_answer(), an_interpretation())

    view = await house.queries.comparison((await compared(house)).id)

    assert view.status is ComparisonStatus.FINISHED
    assert [(row.kind.id, row.difference_word) for row in view.rows] == [
        ("identity", "not_asked"),
        ("in_short", "same_passages"),
        ("method", "not_asked"),
        ("discussion", "only_A"),
        ("next", "not_asked"),
    ]
    extraction = view.paper.extraction
    assert extraction
    assert view.same_input.identical
    assert view.cited_pages == {"A": (0.5, 0.5, 0.0), "B": (0.5, 0.5, 0.0)}
    assert [c.run.persona.id for c in view.candidates] == ["summarizer", "interpreter"]


async def test_readers_that_were_not_given_the_same_say_so() -> None:
    cut = Script(an_interpretation(), usage=Usage(30, 0, 100))
    house = House(Script(a_wire_answer(), usage=Usage(700, 0, 100)), cut)

    view = await house.queries.comparison((await compared(house)).id)

    assert (view.same_input.identical, view.same_input.digest) == (False, None)


async def test_a_comparison_under_way_is_running() -> None:
    house = House(a_wire_answer())
    comparison = await house.a_comparison(ReaderRequest("summarizer"), ReaderRequest("interpreter"))
    await house.execute(comparison.candidates[0].run_id)

    view = await house.queries.comparison(comparison.id)

    assert view.status is ComparisonStatus.RUNNING
    assert not view.same_input.identical


async def test_a_paper_being_read_is_shown_without_what_is_not_known_yet() -> None:
    house = House()
    paper = (await house.ingest(PDF, filename="a.pdf")).paper

    view = await house.queries.paper(paper.id)

    assert (view.paper, view.extraction, view.identity.title) == (paper, None, None)
    with pytest.raises(NotFoundError):
        await house.queries.extraction(paper.id)


async def test_an_extraction_is_found_by_its_id_only_where_it_is_of_the_paper() -> None:
    house = House()
    one, other = await house.a_ready_paper(), await house.a_ready_paper(b"%PDF-1.7 another")
    extraction = await house.queries.extraction(one)
    older = replace(extraction, id=type(extraction.id)("older"))
    house.memory.has(older)

    assert await house.queries.extraction(one, extraction_id="older") == older
    assert await house.queries.extraction(one, extraction_id=extraction.id) == extraction
    for paper_id, extraction_id in ((other, extraction.id), (one, "unknown")):
        with pytest.raises(NotFoundError):
            await house.queries.extraction(paper_id, extraction_id=extraction_id)


async def test_lists_come_newest_first_page_by_page_and_filtered() -> None:
    house = House()
    runs = [await house.executed(fresh=True) for _ in range(3)]
    await house.a_run("interpreter", paper_id=runs[0].paper_id)

    first = await house.queries.runs(limit=2, cursor=None, persona="summarizer")
    rest = await house.queries.runs(limit=2, cursor=first[-1].run.id, persona="summarizer")
    queued = await house.queries.runs(limit=9, cursor=None, status=RunStatus.QUEUED)
    nobodys = await house.queries.runs(limit=9, cursor=None, paper_id=PaperId("unknown"))

    assert [view.run.id for view in [*first, *rest]] == [run.id for run in reversed(runs)]
    assert ([view.run.persona.id for view in queued], list(nobodys)) == (["interpreter"], [])


async def test_what_belongs_to_another_workspace_is_not_found() -> None:
    house = House(a_wire_answer(), an_interpretation())
    comparison = await compared(house)
    theirs = replace(house.queries, workspace_id=WorkspaceId("other"))

    for call in (
        theirs.paper(comparison.paper_id),
        theirs.run(comparison.candidates[0].run_id),
        theirs.comparison(comparison.id),
        house.queries.run(RunId("unknown")),
        house.queries.comparison(ComparisonId("unknown")),
    ):
        with pytest.raises(NotFoundError):
            await call  # type: ignore[misc]
    assert list(await theirs.papers(limit=9, cursor=None)) == []
    assert list(await theirs.comparisons(limit=9, cursor=None)) == []
