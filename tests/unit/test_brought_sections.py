"""Pasted answers cut by their headings, so that they line up with the readers."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from server.application.check_text import check
from server.application.start_text import TextRequest
from server.domain.brought_aspects import heading_aspects
from server.domain.brought_sections import MOST, placed, sections
from server.domain.brought_text import BroughtText
from server.domain.comparisons import ROWS
from server.domain.fields import Aspect
from server.domain.ids import PaperId
from server.domain.quotes import PaperIndex
from server.domain.requests import ReaderRequest
from server.domain.runs import RunStatus

from builders import TITLE, an_extraction
from house import QUOTE, SECOND_QUOTE, House

ROOT = Path(__file__).resolve().parents[2]
SEED = ROOT.parent / "shared" / "seeds" / "000_ce62cf5116718b20.txt"
ROW = {aspect: kind.id for kind in ROWS for aspect in kind.aspects}


def rows(text: str) -> list[tuple[str, str | None]]:
    return [(ROW[s.aspects[0]], s.label) for s in sections(BroughtText(text))]


def bodies(text: str) -> list[str]:
    return [text[s.start : s.end] for s in sections(BroughtText(text))]


def seed(begin: str, end: str) -> str:
    if not SEED.exists():
        pytest.skip("the article with the two answers is not on this machine")
    text = SEED.read_text(encoding="utf-8")
    return text[text.index(begin) : text.index(end)]


def test_the_articles_first_answer_lines_up_question_by_question() -> None:
    text = seed("論文要約くん\n\n論文の題名", "Paper Interpreter (Japanese)\n\n")

    assert rows(text) == [
        ("identity", "論文の題名と著者名、発行年"),
        ("in_short", "どんなもの?"),
        ("novelty", "先行研究と比べてどこがすごい?"),
        ("method", "技術や手法のキモはどこ?"),
        ("results", "どうやって有効だと検証した?"),
        ("discussion", "議論はある?"),
        ("next", "次に読むべき論文は?"),
    ]


def test_the_articles_fabricated_answer_lines_up_heading_by_heading() -> None:
    text = seed("Paper Interpreter (Japanese)\n\n", "プロンプトエンジニアリングと GPT-3\n")

    found = rows(text)

    assert [row for row, _ in found[1:]] == [
        *["identity"] * 4,
        *["in_short"] * 2,
        "method",
        "results",
        "discussion",
        "novelty",
        "discussion",
        "next",
    ]
    assert found[9] == ("discussion", "議論 (Discussion)")


@pytest.mark.parametrize("name", ["fabricated-answer.md", "fabricated-answer.en.md"])
def test_the_samples_line_up_and_nothing_but_headings_is_left_out(name: str) -> None:
    text = (ROOT / "samples" / name).read_text(encoding="utf-8")

    found = [row for row, _ in rows(text)]

    assert found == [
        *["identity"] * 4,
        *["in_short"] * 2,
        "method",
        "results",
        "discussion",
        "novelty",
        "discussion",
        "next",
        "next",
    ]
    left = text
    for body in bodies(text):
        left = left.replace(body, "", 1)
    assert all(
        line.startswith("#") or line.strip() in ("Read next:", "次に読むべき論文：")
        for line in left.split("\n")
        if line.strip()
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("結果：精度が上がった。\n\n限界：英語だけ。\n", [("results", "結果"), ("discussion", "限界")]),
        (
            "1. **どんなもの？** 良いもの。\n2. **どこがすごい？** 速い。\n",
            [("in_short", "どんなもの？"), ("novelty", "どこがすごい？")],
        ),
        (
            "**Method:** It sorts.\n\n**Results:** It is fast.\n",
            [("method", "Method"), ("results", "Results")],
        ),
        (
            "| 項目 | 内容 |\n|---|---|\n| 概要 | 本文。 |\n| 手法 | 別の文。 |\n",
            [("in_short", "概要"), ("method", "手法")],
        ),
        (
            "Notes first.\n\n# Methods\nIt sorts.\n\n# My mood\nGood.\n",
            [("in_short", None), ("method", "Methods"), ("other", "My mood")],
        ),
    ],
)
def test_labels_of_every_form_open_a_section(text: str, expected: list[tuple[str, str | None]]) -> None:
    assert rows(text) == expected


def test_markup_of_a_row_is_not_part_of_its_section() -> None:
    assert bodies("| 概要 | 本文。 |\n| 手法 | 別の文。 |\n") == ["本文。", "別の文。"]


def test_an_unknown_heading_below_a_known_one_stays_in_its_section() -> None:
    text = "## Results\nFast.\n\n### On small inputs\nFaster.\n\n## Limitations\nOnly one.\n"

    assert bodies(text) == ["Fast.\n\n### On small inputs\nFaster.", "Only one."]


@pytest.mark.parametrize(
    "text", ["Just prose. And more.", "# My notes\nProse.\n", "Title: X\nAuthors: Y\n\nProse.\n", ""]
)
def test_a_text_without_known_headings_is_not_cut(text: str) -> None:
    assert rows(text) == []


def test_no_text_has_more_sections_than_a_persona_may_have_questions() -> None:
    text = "".join(f"# Results {n}\nFast {n}.\n\n" for n in range(100))

    assert len(rows(text)) == MOST
    assert bodies(text)[-1].endswith("Fast 99.")


@pytest.mark.parametrize("heading", ["私の感想", "Paper interpreter", "x" * 100, "", "2024"])
def test_headings_that_name_no_aspect_are_not_guessed(heading: str) -> None:
    assert heading_aspects(heading) == ()


def test_the_main_aspect_of_a_heading_comes_first() -> None:
    assert heading_aspects("結果と考察") == (Aspect.RESULTS, Aspect.DISCUSSION)
    assert heading_aspects("提案手法の評価")[0] is Aspect.EVALUATION


_LINES = st.sampled_from(
    [
        "# 概要",
        "## Results",
        "### Odd",
        "限界：英語だけ。",
        f"Title: {TITLE}",
        QUOTE + ".",
        "It took 9 days.",
        "",
        "- **Method:** sorts",
        "| 結果 | 30% |",
        "Summary",
        "次に読むべき論文：「Lost in the Middle: How Models Use Contexts」",
    ]
)


@settings(max_examples=60, deadline=None)
@given(st.lists(_LINES, min_size=1, max_size=14).map("\n".join))
def test_every_statement_keeps_its_words_in_its_section(text: str) -> None:
    extraction = an_extraction()
    report = check(BroughtText(text), PaperId("paper-1"), PaperIndex(extraction), extraction.identity)
    cut = sections(BroughtText(text), report.statements)
    ids = [f"s{n}" for n in range(len(cut))]
    value = {f"/{name}": text[s.start : s.end] for name, s in zip(ids, cut, strict=True)}

    for before, after in zip(
        report.statements, placed(report.statements, cut, ids) if cut else report.statements, strict=True
    ):
        if cut:
            assert value[after.path][after.start : after.end] == text[before.start : before.end]
    assert all(a.end <= b.start for a, b in pairwise(cut))


# As a candidate


@pytest.mark.anyio
async def test_a_text_with_headings_answers_row_by_row() -> None:
    house = House()
    text = f"# {TITLE}\n\n## 手法\n{QUOTE}.\n\n## 結果\nIt took 9 days on 64 GPUs.\n"

    comparison = await house.a_comparison(ReaderRequest("summarizer"), TextRequest(text, "ChatGPT"))

    run = house.kept(comparison.candidates[1].run_id)
    assert run.status is RunStatus.FINISHED
    assert run.answer == {"text": f"# {TITLE}", "text_2": f"{QUOTE}.", "text_3": "It took 9 days on 64 GPUs."}
    assert run.grounding
    assert {name: status.value for name, status in run.grounding.fields.items()} == {
        "text": "supported",
        "text_2": "supported",
        "text_3": "unsupported",
    }
    assert house.told(run) == [
        "started",
        "field /text",
        "field /text_2",
        "field /text_3",
        "finished finished",
    ]
    view = await house.queries.comparison(comparison.id)
    assert [f.label.en for f in view.candidates[1].run.persona.fields] == [
        "Brought-along text",
        "手法",
        "結果",
    ]
    cells = {row.kind.id: row.cells["B"] for row in view.rows}
    assert (cells["method"], cells["results"], cells["in_short"]) == (("text_2",), ("text_3",), ("text",))


@pytest.mark.anyio
async def test_a_rejected_text_is_kept_aside_in_its_sections() -> None:
    house = House()
    text = (ROOT / "samples" / "fabricated-answer.md").read_text(encoding="utf-8")

    comparison = await house.a_comparison(TextRequest(text), TextRequest(f"{QUOTE}. {SECOND_QUOTE}"))

    run = house.kept(comparison.candidates[0].run_id)
    assert run.status is RunStatus.FAILED
    assert run.rejected_answer
    assert len(run.rejected_answer) == 13
    assert {s.path.strip("/") for s in run.statements} <= run.rejected_answer.keys()


@pytest.mark.anyio
@pytest.mark.parametrize(
    "heading", ['結果 "quoted": {{ x }} # ', "Results 😀\ufffe", "結果\u2028\x85 \\ 'a' \ud83d"]
)
async def test_no_heading_can_leave_its_place(heading: str) -> None:
    house = House()

    comparison = await house.a_comparison(
        TextRequest(f"# 概要\n{QUOTE}.\n\n# {heading}\n{QUOTE}."), TextRequest(QUOTE)
    )

    view = await house.queries.comparison(comparison.id)
    shown = view.candidates[0].run.persona.fields
    assert [f.id for f in shown] == ["text", "text_2"]
    assert shown[1].aspects[0] is Aspect.RESULTS
    assert shown[1].label.en[:2] in heading
