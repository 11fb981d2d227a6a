"""Captions of a paper, and the tables and figures that a sentence names."""

from __future__ import annotations

from itertools import pairwise

import pytest
from server.domain.captions import Caption, CaptionKind, captions, named, named_in
from server.domain.extractions import Extraction, Line, Page
from server.domain.identity import Identity
from server.domain.ids import ExtractionId

TABLE, FIGURE, ALGORITHM = CaptionKind.TABLE, CaptionKind.FIGURE, CaptionKind.ALGORITHM


def _paper(*pages: str, gap: float = 12.0) -> Extraction:
    """Pages of lines of 10 points, each `gap` below the one before; an empty line is a gap."""
    made = []
    for number, text in enumerate(pages, start=1):
        at, lines = 0, []
        for row, words in enumerate(text.split("\n")):
            y = 50 + gap * row
            if words:
                lines.append(Line(at, at + len(words), 72, y, 300, y + 10, 10.0))
            at += len(words) + 1
        made.append(Page(number, 612, 792, text, b"", tuple(lines)))
    return Extraction(ExtractionId("e"), "0" * 64, "test", tuple(made), (), Identity(), (), (), "en")


def _found(paper: Extraction) -> list[tuple[CaptionKind, str, int, str]]:
    return [(c.kind, c.number, c.page, paper.text[c.start : c.end]) for c in captions(paper)]


def test_captions_are_found_with_all_their_lines() -> None:
    paper = _paper(
        "Some words.", "Table 1: Results on the\ntwo test sets.\n\nWe see that\nFigure 2: The model."
    )

    assert _found(paper) == [
        (TABLE, "1", 2, "Table 1: Results on the\ntwo test sets."),
        (FIGURE, "2", 2, "Figure 2: The model."),
    ]


def test_a_sentence_that_begins_with_a_table_is_no_caption() -> None:
    paper = _paper("as shown in\nTable 1. On average, it\nis so.", "Table 1: Results.\n\nTable 2: More.")

    assert [(c.number, c.page) for c in captions(paper)] == [("1", 2), ("2", 2)]


@pytest.mark.parametrize(
    ("line", "kind", "number"),
    [
        ("表3 提案手法の比較", TABLE, "3"),
        ("図２：提案手法の概要", FIGURE, "2"),
        ("Abbildung 1.10: Ein Knoten", FIGURE, "1.10"),
        ("Tab. 4: Ergebnisse", TABLE, "4"),
        ("Fig. 2. Overview", FIGURE, "2"),
        ("TABLE IV", TABLE, "4"),
        ("Table A1: Prompts", TABLE, "A1"),
        ("Algorithm 1 Bootstrap confidence interval", ALGORITHM, "1"),
    ],
)
def test_captions_are_known_in_each_language_and_habit(line: str, kind: CaptionKind, number: str) -> None:
    assert [(c.kind, c.number) for c in captions(_paper(line))] == [(kind, number)]


@pytest.mark.parametrize(
    "line",
    [
        "表1のとおり，精度は高い",
        "代表1名を選んだ",
        "Table 4 shows the results",
        "TABLEFORMER 60.0 61.2",
        "tables 3 times",
    ],
)
def test_other_lines_are_no_captions(line: str) -> None:
    assert captions(_paper(line)) == ()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("see Table 3 and Figs. 2–4", [(TABLE, "3"), (FIGURE, "2"), (FIGURE, "3"), (FIGURE, "4")]),
        ("Tables 1, 2, and 3 show it", [(TABLE, "1"), (TABLE, "2"), (TABLE, "3")]),
        ("表3に示すように、図１・２では", [(TABLE, "3"), (FIGURE, "1"), (FIGURE, "2")]),
        ("表1から表3まで", [(TABLE, "1"), (TABLE, "3")]),
        ("図2〜4を参照", [(FIGURE, "2"), (FIGURE, "3"), (FIGURE, "4")]),
        ("Figure 2a and Table 10(b)", [(FIGURE, "2"), (TABLE, "10")]),
        ("siehe Abbildung 1.8a", [(FIGURE, "1.8")]),
        ("TABLE II and table 2", [(TABLE, "2")]),
        ("Algorithm 1 runs in Fig. 2-4", [(ALGORITHM, "1"), (FIGURE, "2-4")]),
        ("代表2名が発表3件を意図1した", []),
        ("as in Table 4 of Smith et al. (2019)", []),
        ("Table 2 of the appendix", [(TABLE, "2")]),
        ("a stable 3 and a config. 2", []),
        ("As shown in Table 1, S2ORC and 3D models", [(TABLE, "1")]),
    ],
)
def test_a_sentence_names_tables_and_figures(text: str, found: list[tuple[CaptionKind, str]]) -> None:
    assert list(named(text)) == found


def test_what_is_named_leads_to_its_page_or_nowhere() -> None:
    paper = (Caption(FIGURE, "2", 4, 0, 9), Caption(FIGURE, "3", 5, 0, 9), Caption(TABLE, "1-2", 7, 0, 9))

    assert [c.page for c in named_in("Figures 2 and 9, Fig. 2-3, Table 1-2", paper)] == [4, 5, 7]


def test_a_caption_ends_at_a_gap() -> None:
    lines = captions(_paper("Table 1: One.\nstill its caption", gap=12.0))
    apart = captions(_paper("Table 1: One.\nthe next paragraph", gap=24.0))

    assert [c.end - c.start for c in (*lines, *apart)] == [31, 13]
    assert all(a.end <= b.start for a, b in pairwise(lines))
