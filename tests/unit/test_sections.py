"""Headings by number, size, weight, capitals, known names and bookmarks; what only looks like one is left alone."""

from __future__ import annotations

import pytest
from printed_pages import Row, a_page, prose, row
from server.domain.description import Metadata, describe
from server.domain.extractions import PAGE_BREAK, Page
from server.domain.heading_names import heading_kind
from server.domain.sections import Section, SectionKind

K = SectionKind


def _sections(
    *pages: list[Row], outline: tuple[tuple[str, int, int], ...] = ()
) -> tuple[tuple[Section, ...], str]:
    made = tuple(a_page(rows, number=number) for number, rows in enumerate(pages, start=1))
    text = PAGE_BREAK.join(page.text for page in made)
    return describe(made, metadata=Metadata(outline=outline)).sections, text


def _outline(sections: tuple[Section, ...]) -> list[tuple[str, SectionKind, int]]:
    return [(section.title, section.kind, section.level) for section in sections]


FRONT = [row(100, 60, 18, "A Paper about Readers"), row(200, 90, 11, "Jane Doe")]


def test_numbered_headings_nest_and_subsections_serve_their_section() -> None:
    sections, _ = _sections(
        [
            *FRONT,
            row(60, 120, 12, "Abstract", bold=True),
            *prose(60, 140, 10, 5),
            row(60, 220, 12, "1 Introduction", bold=True),
            *prose(60, 240, 10, 5),
            row(60, 320, 12, "2 Method", bold=True),
            row(60, 345, 11, "2.1 Two layouts", bold=True),
            *prose(60, 362, 10, 5),
            row(60, 440, 11, "2.2 What is expected of a very long heading", bold=True),
            row(82, 454, 11, "that runs over two lines", bold=True),
            *prose(60, 472, 10, 5),
            row(60, 550, 12, "3 Results and Discussion", bold=True),
            *prose(60, 570, 10, 10),
        ]
    )

    assert _outline(sections) == [
        ("Abstract", K.ABSTRACT, 1),
        ("Introduction", K.INTRODUCTION, 1),
        ("Method", K.METHOD, 1),
        ("Two layouts", K.METHOD, 2),
        ("What is expected of a very long heading that runs over two lines", K.METHOD, 2),
        ("Results and Discussion", K.RESULTS, 1),
    ]


def test_offsets_give_each_section_its_own_text_over_pages() -> None:
    sections, text = _sections(
        [*FRONT, row(60, 120, 13, "1 Introduction", bold=True), *prose(60, 140, 10, 2)],
        [
            *prose(60, 80, 10, 1),
            row(60, 120, 13, "2 Conclusion", bold=True),
            row(60, 140, 10, "We conclude."),
        ],
    )

    introduction, conclusion = sections
    assert text[introduction.start : introduction.body].startswith("1 Introduction")
    assert text[introduction.body :].startswith("we show that")
    assert introduction.end == conclusion.start
    assert text[conclusion.body : conclusion.end] == "We conclude."
    assert (introduction.page, conclusion.page) == (1, 2)


def test_roman_numbers_in_capitals_are_headings_at_body_size() -> None:
    sections, _ = _sections(
        [
            *FRONT,
            row(60, 120, 9, "Abstract—We study readers.", bold=True),
            row(120, 150, 10, "I. INTRODUCTION"),
            *prose(60, 170, 10, 10),
            row(120, 310, 10, "II. RELATED WORK"),
            *prose(60, 330, 10, 10),
            row(120, 470, 10, "REFERENCES"),
            row(60, 490, 8, "[1] J. Smith, “A title,” Journal, 2010."),
        ]
    )

    assert [section.kind for section in sections] == [K.ABSTRACT, K.INTRODUCTION, K.RELATED, K.REFERENCES]


def test_japanese_headings_are_known_by_name_with_or_without_number() -> None:
    body = lambda y: prose(60, y, 10, 3, japanese=True)  # noqa: E731
    sections, _ = _sections(
        [
            row(100, 60, 18, "読み手を変えた論文読解の評価"),
            row(60, 100, 11, "概　要", bold=True),
            *body(120),
            row(60, 170, 11, "１．はじめに", bold=True),
            *body(190),
            row(60, 240, 11, "2 関連研究", bold=True),
            *body(260),
            row(60, 310, 11, "第3章 提案手法", bold=True),
            *body(330),
            row(60, 380, 11, "4 評価実験", bold=True),
            *body(400),
            row(60, 450, 11, "5 結果と考察", bold=True),
            *body(470),
            row(60, 520, 11, "6 おわりに", bold=True),
            *body(540),
            row(60, 590, 11, "謝辞", bold=True),
            *body(610),
            row(60, 660, 11, "参考文献", bold=True),
            row(60, 680, 9, "[1] 山田太郎：読解の研究，情報処理学会論文誌，Vol. 1, No. 1, pp. 1–2 (2001)."),
        ]
    )

    assert [(section.title, section.kind) for section in sections] == [
        ("概要", K.ABSTRACT),
        ("はじめに", K.INTRODUCTION),
        ("関連研究", K.RELATED),
        ("提案手法", K.METHOD),
        ("評価実験", K.EVALUATION),
        ("結果と考察", K.RESULTS),
        ("おわりに", K.CONCLUSION),
        ("謝辞", K.ACKNOWLEDGEMENTS),
        ("参考文献", K.REFERENCES),
    ]


def test_running_headers_page_numbers_and_table_cells_are_no_headings() -> None:
    def page(number: int, *rows: Row) -> list[Row]:
        return [
            row(60, 30, 9, f"{number} Methods of Reading", bold=True),
            *rows,
            row(290, 800, 10, str(number)),
        ]

    sections, _ = _sections(
        page(1, *FRONT, row(60, 120, 13, "1 Introduction", bold=True), *prose(60, 140, 10, 20)),
        page(
            2,
            *prose(60, 80, 10, 10),
            row(60, 300, 8, "2 Model", bold=True),
            row(60, 312, 8, "7 Results 0.93"),
        ),
        page(3, *prose(60, 80, 10, 30)),
        page(4, row(60, 80, 10, "Table 3: Results", bold=True), *prose(60, 100, 10, 30)),
    )

    assert [section.title for section in sections] == ["Introduction"]


def test_what_follows_the_references_is_an_appendix_and_entries_do_not_end_them() -> None:
    sections, _ = _sections(
        [
            *FRONT,
            row(60, 120, 13, "1 Introduction", bold=True),
            *prose(60, 140, 10, 20),
            row(60, 420, 13, "References", bold=True),
            row(60, 440, 10, "1 Introduction to reading. Smith, J. Press, 2001."),
            row(60, 452, 10, "2 Results", bold=True),
            row(60, 500, 13, "A Further Results", bold=True),
            *prose(60, 520, 10, 10),
        ]
    )

    assert _outline(sections)[1:] == [("References", K.REFERENCES, 1), ("Further Results", K.APPENDIX, 1)]


def test_bookmarks_make_headings_of_lines_that_look_like_text() -> None:
    outline = (("Introduction", 1, 1), ("readData", 1, 2), ("preProcess", 1, 2), ("Outlook", 1, 1))
    rows = [*FRONT]
    for index, title in enumerate(("1. Introduction", "readData", "preProcess", "Outlook")):
        rows += [row(60, 120 + 80 * index, 10, title), *prose(60, 132 + 80 * index, 10, 4)]
    sections, _ = _sections(rows, outline=outline)

    assert [(section.title, section.level) for section in sections] == [
        ("Introduction", 1),
        ("readData", 2),
        ("preProcess", 2),
        ("Outlook", 1),
    ]


def test_bookmarks_that_the_pages_do_not_print_are_ignored() -> None:
    outline = (("Slide 1", 1, 1), ("Slide 2", 1, 1), ("Slide 3", 1, 1))
    sections, _ = _sections(
        [*FRONT, row(60, 120, 13, "1 Introduction", bold=True), *prose(60, 140, 10, 20)], outline=outline
    )

    assert [section.title for section in sections] == ["Introduction"]


def test_the_lines_of_a_table_of_contents_are_no_headings() -> None:
    contents = [
        row(60, 100 + 14 * i, 10, f"{i + 1} Chapter about things {'. ' * 20}{i + 7}") for i in range(20)
    ]
    sections, _ = _sections(
        [*FRONT], contents, [row(60, 80, 16, "1 Chapter about things"), *prose(60, 120, 10, 20)]
    )

    assert [(section.title, section.page) for section in sections] == [("Chapter about things", 3)]


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("Related Work", K.RELATED),
        ("EXPERIMENTAL SETUP", K.EVALUATION),
        ("Limitations and Future Work", K.LIMITATIONS),
        ("Conclusions and Future Work", K.CONCLUSION),
        ("A B S T R A C T", K.ABSTRACT),
        ("Materials and Methods", K.METHOD),
        ("Literaturverzeichnis", K.REFERENCES),
        ("Verwandte Arbeiten", K.RELATED),
        ("今後の課題", K.CONCLUSION),
        ("議論と限界", K.LIMITATIONS),
        ("先行研究との比較", K.RELATED),
        ("付録A 実験の詳細", K.APPENDIX),
        ("A Peer-to-Peer Electronic Cash System", K.OTHER),
        ("Reclaiming Disk Space", K.OTHER),
    ],
)
def test_a_heading_tells_what_its_section_is_for(title: str, kind: SectionKind) -> None:
    assert heading_kind(title) is kind


def test_a_paper_without_headings_has_no_sections() -> None:
    assert describe((Page(1, 595, 842, "only text here", b""),), metadata=Metadata()).sections == ()
