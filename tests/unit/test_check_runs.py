"""Reports on brought-along texts, read back from their runs."""

from __future__ import annotations

import pytest
from server.application.start_text import TextRequest
from server.domain.check_runs import report_of
from server.domain.comparing import text_of
from server.domain.runs import Run

from builders import TITLE
from house import House

pytestmark = pytest.mark.anyio

TEXTS = {
    "this paper": f"# {TITLE}\n\nReaders of one paper start in turn. The second persona evaluated 28 tokens.",
    "another paper": "# Deep Green: Saving Energy with Llamas\n\nAuthors: Ada Example\n\nIt saves 37 % of the energy.",
    "unnamed and true": "The second persona evaluated 28 tokens instead of 2,478.\n\nReaders of one paper start in turn.",
    "unnamed and vague": "This is nice work.",
}


async def a_text_run(house: House, text: str) -> Run:
    paper = (await house.queries.paper(await house.a_ready_paper())).paper
    return await house.start_comparison.start_text.prepare(TextRequest(text), paper)


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
async def test_the_verdict_is_the_one_that_the_check_gave(text: str) -> None:
    house = House()
    run = await a_text_run(house, text)

    kept = report_of(run).report

    assert kept.verdict is (await house.check_text(run.paper_id, text)).verdict


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
async def test_every_statement_stands_for_its_words_in_the_text(text: str) -> None:
    run = await a_text_run(House(), text)

    kept = report_of(run)

    for statement in kept.report.statements:
        path, start = kept.origins[statement.start]
        origin = next(s for s in run.statements if (s.path, s.start) == (path, start))
        held = Run(**{**run.__dict__, "answer": run.answer or run.rejected_answer})
        assert kept.report.text[statement.start : statement.end] == text_of(held, origin)
    assert len(kept.report.statements) == len(run.statements)
