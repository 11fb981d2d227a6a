"""Checking a brought-along text: on which paper it is, what of it is proven, and as a candidate beside readers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from server.application.check_text import MAX_STATEMENTS, MAX_TEXT, check
from server.application.start_text import TextRequest
from server.domain.brought_text import BroughtText
from server.domain.check_reports import CheckReport, CheckVerdict, kind_of
from server.domain.comparisons import ComparisonStatus
from server.domain.errors import ConflictError, InvalidRequestError, NotFoundError
from server.domain.identity import Found, Source
from server.domain.ids import PaperId
from server.domain.models import EngineKind
from server.domain.quotes import PaperIndex
from server.domain.references import Reference
from server.domain.requests import ReaderRequest
from server.domain.runs import RunStatus
from server.domain.statements import IdentityVerdict, Statement, StatementStatus

from builders import TITLE, an_extraction, an_identity
from house import PAGED, PDF, QUOTE, SECOND_QUOTE, House

pytestmark = pytest.mark.anyio

SEEDS = Path(__file__).resolve().parents[4] / "shared" / "seeds"

THIS = f"Title: {TITLE}\nAuthors: Yomikurabe Project\nYear: 2026\n\n{QUOTE}.\n"
OTHER = (
    "Title: Deep Energy Saving for Large Buildings\nAuthors: A. Author, B. Author\n\n"
    "It saves 41% of the energy. It took 9 days on 64 GPUs.\n"
)
RAG = "Retrieval-Augmented Generation for Large Language Models: A Survey"
RAG_AUTHORS = (
    "Yunfan Gao",
    "Yun Xiong",
    "Xinyu Gao",
    "Kangxiang Jia",
    "Jinliu Pan",
    "Yuxi Bi",
    "Yi Dai",
    "Jiawei Sun",
    "Meng Wang",
    "Haofen Wang",
)


def report_on(text: str, **changes: Any) -> CheckReport:
    extraction = an_extraction(**changes)
    return check(BroughtText(text), PaperId("paper-1"), PaperIndex(extraction), extraction.identity)


def said(report: CheckReport, *statuses: StatementStatus) -> list[str]:
    return [report.text[s.start : s.end] for s in report.statements if s.status in statuses]


def about(report: CheckReport, text: str) -> Statement:
    return next(s for s in report.statements if report.text[s.start : s.end] == text)


# The verdict


def test_a_text_with_this_title_and_these_authors_is_about_this_paper() -> None:
    report = report_on(THIS)

    assert report.verdict is CheckVerdict.THIS_PAPER
    assert report.grounding.identity is IdentityVerdict.CONFIRMED
    assert report.grounding.score == 1.0
    assert said(report, StatementStatus.SUPPORTED) == [TITLE, "Yomikurabe Project", "2026", f"{QUOTE}."]


def test_another_title_and_other_authors_are_another_paper() -> None:
    report = report_on(OTHER)

    assert report.verdict is CheckVerdict.OTHER_PAPER
    assert report.grounding.identity is IdentityVerdict.MISMATCH
    title = about(report, "Deep Energy Saving for Large Buildings")
    assert title.status is StatementStatus.UNSUPPORTED
    assert title.reason
    assert TITLE in title.reason.en
    assert TITLE in title.reason.ja


def test_another_title_over_a_true_text_is_doubtful() -> None:
    text = f"Title: Deep Energy Saving for Large Buildings\n\n{QUOTE}. {SECOND_QUOTE}\n"

    assert report_on(text).verdict is CheckVerdict.DOUBTFUL


def test_another_title_over_a_text_that_is_not_found_is_another_paper() -> None:
    text = (
        "Title: Deep Energy Saving for Large Buildings\n\nIt saves 41%. It took 93 days. It has 640 GPUs.\n"
    )

    assert report_on(text).verdict is CheckVerdict.OTHER_PAPER


def test_the_right_title_over_an_invented_text_is_doubtful() -> None:
    body = "It saves 41% of power. It took 93 days. It has 640 GPUs. It beats T5 by 7.3 points. It cost 88 dollars.\n"

    report = report_on(f"Title: {TITLE}\n\n{body}")

    assert report.verdict is CheckVerdict.DOUBTFUL
    assert len(said(report, StatementStatus.UNSUPPORTED)) >= 4


def test_other_authors_under_the_right_title_are_doubtful() -> None:
    report = report_on(f"Title: {TITLE}\nAuthors: John Smith, Alice Brown\n")

    assert report.verdict is CheckVerdict.DOUBTFUL
    reason = about(report, "John Smith, Alice Brown").reason
    assert reason
    assert "Yomikurabe Project" in reason.en
    assert "John Smith" in reason.en


def test_a_text_that_names_no_paper_is_judged_by_what_is_found() -> None:
    assert report_on(f"{QUOTE}. {SECOND_QUOTE}\n").verdict is CheckVerdict.THIS_PAPER
    assert report_on("This is a good paper.\n").verdict is CheckVerdict.UNKNOWN
    invented = "It saves 41%. It took 93 days. It has 640 GPUs. It beats it by 7.3 points.\n"
    assert report_on(invented).verdict is CheckVerdict.DOUBTFUL


def test_a_translated_title_beside_the_original_is_right_and_alone_says_nothing() -> None:
    both = report_on(f"タイトル\n{TITLE}\n論文が先：複数の読み手のための再利用\n\n{QUOTE}.\n")
    alone = report_on(f"タイトル：論文が先、複数の読み手のための再利用\n\n{QUOTE}. {SECOND_QUOTE}\n")

    assert both.verdict is CheckVerdict.THIS_PAPER
    assert about(both, "論文が先：複数の読み手のための再利用").status is StatementStatus.NOT_CHECKED
    assert alone.verdict is CheckVerdict.THIS_PAPER
    assert alone.grounding.identity is IdentityVerdict.UNKNOWN


def test_a_heading_that_fits_is_the_title_and_one_that_does_not_accuses_nobody() -> None:
    fits = report_on(f"# {TITLE}\n\n{QUOTE}.\n")
    differs = report_on(f"# Notes About Something Entirely Different\n\n{QUOTE}. {SECOND_QUOTE}\n")

    assert fits.grounding.identity is IdentityVerdict.CONFIRMED
    assert differs.grounding.identity is IdentityVerdict.UNKNOWN
    assert differs.verdict is CheckVerdict.THIS_PAPER
    assert len(differs.statements) == 2


def test_authors_are_compared_without_what_stands_behind_them() -> None:
    report = report_on(
        "著者：Ann Lee 他2名（Example University）\n",
        identity=an_identity(authors=Found(("Ann Lee", "Bo Chen", "Cy Dunn"), Source.TEXT, 1)),
    )

    assert [s.status for s in report.statements] == [StatementStatus.SUPPORTED]


# Statements


def test_suggested_readings_must_be_in_the_papers_list() -> None:
    report = report_on(
        f"What to read next:\n\n- {PAGED} (Kwon, 2023)\n- An Invented Work on Nothing (Doe, 2020)\n"
    )

    assert {report.text[s.start : s.end]: (s.status, kind_of(s)) for s in report.statements} == {
        PAGED: (StatementStatus.SUPPORTED, "reference"),
        "An Invented Work on Nothing": (StatementStatus.UNSUPPORTED, "reference"),
    }


def test_a_quotation_that_the_paper_does_not_have_is_not_supported() -> None:
    report = report_on('The authors write "all of our readers always run at the same time" (p. 1).\n')

    (statement,) = report.statements
    assert statement.status is StatementStatus.UNSUPPORTED
    assert [e.quote for e in statement.evidence] == ["all of our readers always run at the same time"]


def test_a_quotation_translated_into_japanese_is_not_looked_for_in_an_english_paper() -> None:
    report = report_on("著者らは「すべての読み手に同じ本文を先に渡すことが大切だ」と述べている。\n")

    assert [s.status for s in report.statements] == [StatementStatus.NOT_CHECKED]


def test_statements_come_in_the_order_of_the_text_inside_it() -> None:
    report = report_on(f"{THIS}\nFurther reading: {PAGED}. It saves 41%.\n")

    starts = [s.start for s in report.statements]
    assert starts == sorted(starts)
    assert all(s.path == "/text" for s in report.statements)
    assert report.language == "en"


def test_the_answers_of_the_article_are_told_apart() -> None:
    found = sorted(SEEDS.glob("000*.txt"))
    if not found:
        pytest.skip("needs ../shared/seeds beside the checkout")
    lines = found[0].read_text(encoding="utf-8").splitlines(keepends=True)
    names = ("論文要約くん\n", "Paper Interpreter (Japanese)\n", "プロンプトエンジニアリングと GPT-3\n")
    first, second, end = (lines.index(name) for name in names)
    listed = "Retrieval-Augmented Generation for Knowledge-Intensive NLP Tasks"
    entry = f"[1] P. Lewis et al. {listed}. 2020."
    page = f"{RAG}\nRAG has Naive RAG, Advanced RAG and Modular RAG.\nReferences\n{entry}"
    survey = {
        "texts": (page,),
        "identity": an_identity(
            title=Found(RAG, Source.LAYOUT, 1),
            authors=Found(RAG_AUTHORS, Source.TEXT, 1),
            year=Found(2023, Source.TEXT, 1),
        ),
        "references": (
            Reference(1, "1", entry, listed, ("P. Lewis",), 2020, 1, page.index(entry), len(page)),
        ),
    }

    true = report_on("".join(lines[first:second]), **survey)
    false = report_on("".join(lines[second:end]), **survey)

    assert true.verdict is CheckVerdict.THIS_PAPER
    assert about(true, listed).status is StatementStatus.SUPPORTED
    unlisted = about(true, "A Survey on RAG Meets LLMs: Towards Retrieval-Augmented Large Language Models")
    assert unlisted.status is StatementStatus.UNSUPPORTED
    assert false.verdict is CheckVerdict.OTHER_PAPER
    assert about(false, "John Smith").status is StatementStatus.UNSUPPORTED


# The use case


async def test_the_use_case_checks_a_ready_paper_with_its_corrections() -> None:
    house = House()
    paper_id = await house.a_ready_paper()
    corrected = an_identity(title=Found("What the Paper Is Really Called", Source.USER, None))
    paper = house.memory.kept.papers[paper_id]
    house.memory.has(replace(paper, corrections=corrected))

    report = await house.check_text(paper_id, "Title: What the Paper Is Really Called\n")

    assert report.paper_id == paper_id
    assert report.extraction_id == paper.extraction_id
    assert report.verdict is CheckVerdict.THIS_PAPER


async def test_characters_that_nobody_sees_are_gone_before_anything_is_read() -> None:
    house = House()

    report = await house.check_text(await house.a_ready_paper(), f"\ufeffTitle:\u202e {TITLE}\r\n")

    assert report.text == f"Title: {TITLE}\n"
    assert report.verdict is CheckVerdict.THIS_PAPER


@pytest.mark.parametrize(
    "text",
    [" \n\u200e", "x" * (MAX_TEXT + 1), "あ" * (MAX_TEXT // 3 + 1), "It is fast.\n\n" * (MAX_STATEMENTS + 1)],
)
async def test_nothing_and_too_much_are_refused(text: str) -> None:
    house = House()
    paper_id = await house.a_ready_paper()

    with pytest.raises(InvalidRequestError):
        await house.check_text(paper_id, text)


async def test_a_paper_that_is_not_there_or_not_read_cannot_be_checked_against() -> None:
    house = House()
    unread = (await house.ingest(PDF, filename="a.pdf")).paper.id

    with pytest.raises(NotFoundError):
        await house.check_text(PaperId("nothing"), THIS)
    with pytest.raises(ConflictError):
        await house.check_text(unread, THIS)


# As a candidate


async def test_a_text_is_a_run_that_is_over_at_once() -> None:
    house = House()

    comparison = await house.a_comparison(ReaderRequest("summarizer"), TextRequest(THIS, "ChatGPT"))

    run = house.kept(comparison.candidates[1].run_id)
    assert run.status is RunStatus.FINISHED
    assert run.engine == EngineKind.TEXT
    assert run.answer == {"text": THIS}
    assert run.grounding
    assert run.grounding.fields == {"text": StatementStatus.SUPPORTED}
    assert house.memory.jobs.enqueued == [comparison.candidates[0].run_id]
    assert house.told(run) == ["started", "field /text", "finished finished"]
    view = await house.queries.run(run.id)
    assert view.persona.name.en == "ChatGPT"
    assert [field.id for field in view.persona.fields] == ["text"]


async def test_a_text_about_another_paper_fails_and_is_kept_aside() -> None:
    house = House()

    comparison = await house.a_comparison(TextRequest(THIS), TextRequest(OTHER))

    run = house.kept(comparison.candidates[1].run_id)
    assert run.status is RunStatus.FAILED
    assert run.error
    assert run.error.code == "wrong_paper"
    assert (run.answer, run.rejected_answer) == (None, {"text": OTHER})
    assert run.statements
    assert house.told(run) == ["started", "finished failed"]
    view = await house.queries.comparison(comparison.id)
    assert view.status is ComparisonStatus.PARTIAL


async def test_a_doubtful_text_is_shown_with_a_warning() -> None:
    house = House()
    doubtful = f"Title: {TITLE}\nAuthors: John Smith\n\n{QUOTE}.\n"

    comparison = await house.a_comparison(TextRequest(THIS), TextRequest(doubtful))

    first, second = (house.kept(candidate.run_id) for candidate in comparison.candidates)
    assert first.warnings == ()
    assert [notice.code for notice in second.warnings] == ["brought_doubtful"]


@pytest.mark.parametrize(
    "name", ['a "quoted": {{ name }} #', "改行\n---\nname: x", "\u202eReversed", "x" * 500]
)
async def test_no_name_can_leave_its_place(name: str) -> None:
    house = House()

    comparison = await house.a_comparison(TextRequest(THIS, name), TextRequest(THIS))

    view = await house.queries.comparison(comparison.id)
    shown = view.candidates[0].run.persona
    assert shown.name.en == shown.name.ja
    assert shown.name.en[:1] in name
    assert len(shown.name.en) <= 80
    assert [field.id for field in shown.fields] == ["text"]


async def test_texts_do_not_make_the_input_of_readers_unequal() -> None:
    house = House()
    comparison = await house.a_comparison(
        ReaderRequest("summarizer"), ReaderRequest("interpreter"), TextRequest(THIS)
    )
    for candidate in comparison.candidates[:2]:
        await house.execute(candidate.run_id)

    view = await house.queries.comparison(comparison.id)

    assert view.same_input.identical
    assert view.status is ComparisonStatus.FINISHED


async def test_nothing_is_recorded_when_one_of_the_texts_is_empty() -> None:
    house = House()

    with pytest.raises(InvalidRequestError):
        await house.a_comparison(TextRequest(THIS), TextRequest(" "))

    assert house.memory.kept.runs == {}
