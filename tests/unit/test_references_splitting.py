"""Reference lists come apart into their entries, with and without labels, over columns and pages."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import pytest
from printed_pages import Row, a_page, prose, row
from rapidfuzz import fuzz
from server.domain.description import Metadata, describe
from server.domain.extractions import PAGE_BREAK
from server.domain.printed import squash
from server.domain.references import Reference

ENTRIES = [
    (
        "Jane Adams and Peter Brown. 2001. How readers begin to",
        "read. In Proceedings of Reading, pages 1–10.",
    ),
    ("Carla Cole. 2002. Where readers stop and why they do", "it again. Journal of Reading, 3:100–120."),
    ("Dan Dale, Eve East, and Finn Fox. 2003. What readers", "remember. arXiv preprint arXiv:0301.00001."),
    ("Gus Gray. 2004. Why readers forget. In Proceedings of", "the 4th Workshop on Forgetting, Online."),
]
TITLES = [
    ("How readers begin to read", 2001),
    ("Where readers stop and why they do it again", 2002),
    ("What readers remember", 2003),
    ("Why readers forget", 2004),
]
BODY = [row(60, 60, 18, "A Paper"), row(60, 100, 13, "1 Introduction", bold=True), *prose(60, 120, 10, 30)]
HEADING = row(60, 520, 13, "References", bold=True)


def _references(*pages: Sequence[Row]) -> tuple[tuple[Reference, ...], str]:
    made = tuple(a_page(rows, number=number) for number, rows in enumerate(pages, start=1))
    return describe(made, metadata=Metadata()).references, PAGE_BREAK.join(page.text for page in made)


def _read(references: Sequence[Reference]) -> list[tuple[str | None, int | None]]:
    return [(reference.title, reference.year) for reference in references]


def _hanging(
    x: float, y: float, entries: Sequence[tuple[str, ...]], *, indent: float = 11, gap: float = 0
) -> list[Row]:
    rows = []
    for entry in entries:
        for index, text in enumerate(entry):
            rows.append(row(x + (indent if index else 0), y, 9, text))
            y += 11
        y += gap
    return rows


def test_hanging_indents_divide_entries_without_labels() -> None:
    references, _ = _references([*BODY, HEADING, *_hanging(60, 540, ENTRIES)])

    assert _read(references) == TITLES
    assert {reference.number for reference in references} == {None}
    assert [reference.index for reference in references] == [1, 2, 3, 4]


def test_air_divides_entries_that_do_not_hang() -> None:
    references, _ = _references([*BODY, HEADING, *_hanging(60, 540, ENTRIES, indent=0, gap=6)])

    assert _read(references) == TITLES


def test_an_entry_goes_on_over_a_page_with_its_header_and_number() -> None:
    first, second, third, fourth = ENTRIES
    left = [*_hanging(60, 540, [first, second]), row(60, 584, 9, third[0])]
    references, text = _references(
        [*BODY, HEADING, *left, row(290, 800, 10, "7")],
        [row(60, 30, 8, "8"), row(71, 60, 9, third[1]), *_hanging(60, 71, [fourth])],
    )

    assert _read(references) == TITLES
    assert references[2].page == 1
    assert text[references[2].start : references[2].end].startswith("Dan Dale")
    assert text[references[2].start : references[2].end].endswith("0301.00001.")
    assert "7" not in references[2].text.split()


def test_an_entry_goes_on_in_the_next_column_above_a_footnote_of_the_first() -> None:
    first, second, third, fourth = ENTRIES
    rows = [
        *_hanging(60, 540, [first, second]),
        row(60, 584, 9, third[0]),
        row(60, 610, 7, "3 A footnote about a 1999 competition."),
        row(331, 80, 9, third[1]),
        *_hanging(320, 91, [fourth]),
    ]
    references, _ = _references([*BODY, HEADING, *rows])

    assert _read(references) == TITLES
    assert "footnote" not in references[2].text


@pytest.mark.parametrize(
    ("labels", "numbers"),
    [
        (("[1] ", "[2] ", "[3] ", "[4] "), ["1", "2", "3", "4"]),
        (("1. ", "2. ", "3. ", "4. "), ["1", "2", "3", "4"]),
        (("(1) ", "(2) ", "(3) ", "(4) "), ["1", "2", "3", "4"]),
        (("1) ", "2) ", "3) ", "4) "), ["1", "2", "3", "4"]),
        (("1 ", "2 ", "3 ", "4 "), ["1", "2", "3", "4"]),
        (("[AB01] ", "[Col02] ", "[DEF03] ", "[Gra04] "), ["AB01", "Col02", "DEF03", "Gra04"]),
        (
            ("[Adams 01] ", "[Cole 02] ", "[Dale 03] ", "[Gray 04] "),
            ["Adams 01", "Cole 02", "Dale 03", "Gray 04"],
        ),
    ],
)
def test_printed_labels_divide_entries_and_are_kept(labels: tuple[str, ...], numbers: list[str]) -> None:
    entries = [(label + first, second) for label, (first, second) in zip(labels, ENTRIES, strict=True)]
    references, _ = _references([*BODY, HEADING, *_hanging(60, 540, entries, indent=0)])

    assert [reference.number for reference in references] == numbers
    assert _read(references) == TITLES


def test_a_line_that_begins_with_a_year_or_a_page_begins_no_entry() -> None:
    rows = _hanging(
        60,
        540,
        [
            ("1. Adams J. How readers read. Journal of Reading.", "2001. Reading Press.", "12. Auflage."),
            ("2. Cole C. Where readers stop. Journal of Reading.", "2002."),
            ("3. Dale D. What readers remember. Journal.", "2003."),
        ],
        indent=0,
    )
    references, _ = _references([*BODY, HEADING, *rows])

    assert [reference.number for reference in references] == ["1", "2", "3"]


def test_every_list_of_a_book_is_read() -> None:
    first = [("[1] " + ENTRIES[0][0], ENTRIES[0][1]), ("[2] " + ENTRIES[1][0], ENTRIES[1][1])]
    second = [("[1] " + ENTRIES[2][0], ENTRIES[2][1]), ("[2] " + ENTRIES[3][0], ENTRIES[3][1])]
    references, _ = _references(
        [*BODY, HEADING, *_hanging(60, 540, first, indent=0)],
        [
            row(60, 80, 13, "2 Results", bold=True),
            *prose(60, 110, 10, 30),
            HEADING,
            *_hanging(60, 540, second, indent=0),
        ],
    )

    assert _read(references) == TITLES
    assert [(reference.index, reference.number) for reference in references] == [
        (1, "1"),
        (2, "2"),
        (3, "1"),
        (4, "2"),
    ]


def test_the_list_ends_where_an_appendix_begins() -> None:
    references, _ = _references(
        [
            *BODY,
            HEADING,
            *_hanging(60, 540, ENTRIES),
            row(60, 660, 13, "A Details", bold=True),
            *prose(60, 690, 10, 6),
        ]
    )

    assert _read(references) == TITLES


def test_a_japanese_list_is_read_over_its_lines() -> None:
    rows = [
        row(60, 540, 9, "[1] 山田太郎，鈴木花子：大規模言語モデルによる論文要"),
        row(74, 552, 9, "約の評価，情報処理学会論文誌，Vol. 64, No. 3, pp. 1–2 (2023)."),
        row(60, 564, 9, "[2] 佐藤次郎：読解の支援，人工知能学会全国大会論文集 (2021)."),
    ]
    front = [row(60, 60, 18, "読み手を変えた論文読解の評価"), *prose(60, 120, 10, 30, japanese=True)]
    references, _ = _references([*front, row(60, 520, 13, "参考文献", bold=True), *rows])

    assert _read(references) == [("大規模言語モデルによる論文要約の評価", 2023), ("読解の支援", 2021)]
    assert references[0].authors == ("山田太郎", "鈴木花子")
    assert references[0].text.startswith("山田太郎，鈴木花子：大規模言語モデルによる論文要約の評価，")


def test_a_list_without_geometry_is_read_by_its_labels() -> None:
    text = "A Paper\n1 Introduction\nIt was known [1].\n" * 1 + "References\n[1] " + "\n".join(ENTRIES[0])
    text += "\n[2] " + "\n".join(ENTRIES[1])
    page = a_page([])
    bare = type(page)(1, 595, 842, text, b"")

    assert _read(describe((bare,), metadata=Metadata()).references) == TITLES[:2]


def test_labels_on_real_lists_are_what_a_person_reads(shared_papers: Path) -> None:
    from server.adapters.pdf_extraction import Limits, extract  # noqa: PLC0415 (only where papers are)

    labels_of = Path(__file__).resolve().parents[2] / "benchmarks" / "data"
    for name in ("bitcoin", "timp", "n18", "ja_note_platex"):
        data = (shared_papers / f"{name}.pdf").read_bytes()
        found = extract(
            data, reader="test", version="test", limits=Limits(), report=lambda *_: None
        ).references
        with (labels_of / f"references_{name}.csv").open(encoding="utf-8") as file:
            labels = list(csv.DictReader(file))

        assert [str(reference.year) for reference in found] == [label["year"] for label in labels]
        alike = [
            fuzz.ratio(squash(reference.title or ""), squash(label["title"]))
            for reference, label in zip(found, labels, strict=True)
        ]
        assert min(alike) >= 90
