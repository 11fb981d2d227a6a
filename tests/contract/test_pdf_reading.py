"""A page's text, boxes and lines are what a person sees on the page as displayed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from server.adapters import pdfium
from server.adapters.pdf_hyphens import Vocabulary
from server.adapters.pdf_reading import read_glyphs
from server.adapters.pdf_text import compose_page
from server.domain.extractions import Page
from tests.conftest import ROOT
from tests.pdfs import FIRST_FREE, a_pdf, stream, text_at


def pages_of(data: bytes) -> list[Page]:
    with pdfium.opened(data) as document:
        glyphs = []
        for index in range(pdfium.page_count(document)):
            with pdfium.loaded_page(document, index) as page:
                glyphs.append(read_glyphs(page))
    vocabulary = Vocabulary.of(page.text for page in glyphs)
    return [
        compose_page(number, page, left_out=(), vocabulary=vocabulary)
        for number, page in enumerate(glyphs, start=1)
    ]


def page_of(content: bytes, **options: object) -> Page:
    return pages_of(a_pdf(content, **options))[0]  # type: ignore[arg-type]


def test_every_character_has_one_box_and_line_breaks_have_none() -> None:
    page = page_of(text_at(72, 700, "First line") + text_at(72, 680, "Second"))

    assert page.text == "First line\nSecond"
    assert len(page.boxes) == 16 * len(page.text)
    assert page.box(page.text.index("\n")) is None
    first = page.box(0)
    assert first is not None
    assert (first.x0, first.y1) == pytest.approx((72.7, 92.0), abs=1.0)
    assert first.y1 - first.y0 == pytest.approx(7.2, abs=0.8)


@pytest.mark.parametrize(
    ("page", "size", "corner"),
    [
        (b"/MediaBox[0 0 600 800]", (600, 800), (100, 100)),
        (b"/MediaBox[0 0 600 800]/CropBox[50 40 550 760]", (500, 720), (50, 60)),
        (b"/MediaBox[-10 -20 590 780]", (600, 800), (110, 80)),
        (b"/MediaBox[0 0 600 800]/Rotate 180", (600, 800), (500, 700)),
    ],
)
def test_boxes_are_those_of_the_page_as_displayed(
    page: bytes, size: tuple[int, int], corner: tuple[int, int]
) -> None:
    read = page_of(text_at(100, 700, "X"), page=page)
    box = read.box(0)

    assert (read.width, read.height) == size
    assert box is not None
    x, y = (box.x1, box.y0) if b"180" in page else (box.x0, box.y1)
    assert (x, y) == pytest.approx(corner, abs=1.0)


@pytest.mark.parametrize(("turn", "x", "y"), [(90, 700, 100), (270, 100, 500)])
def test_a_turned_page_turns_its_boxes_and_says_so(turn: int, x: int, y: int) -> None:
    page = page_of(
        text_at(100, 700, "Baseline"), page=b"/MediaBox[0 0 600 800]/CropBox[0 0 600 800]/Rotate %d" % turn
    )
    line = page.lines[0]

    assert (page.width, page.height) == (800, 600)
    assert line.rotated
    assert line.x0 - 10 <= x <= line.x1 + 10
    assert line.y0 - 10 <= y <= line.y1 + 10
    assert line.y1 - line.y0 > 3 * (line.x1 - line.x0)


def test_lines_know_their_size_weight_and_direction() -> None:
    page = page_of(
        text_at(72, 700, "Title", size=18, font="F2")
        + text_at(72, 660, "Body text")
        + text_at(0, 0, "Scaled", size=1, state="12 0 0 12 72 600 cm")
        + text_at(0, 0, "Margin", state="0 1 -1 0 40 300 cm")
    )

    assert [
        (page.text[line.start : line.end], line.size, line.bold, line.rotated) for line in page.lines
    ] == [
        ("Title", 18.0, True, False),
        ("Body text", 10.0, False, False),
        ("Scaled", 12.0, False, False),
        ("Margin", 10.0, False, True),
    ]


def broken(before: str, after: str, *more: str) -> str:
    """A paragraph in which a word is broken after `before`, followed by more lines."""
    lines = [
        f"A line of text that is long and ends in {before}",
        f"{after} starts the next line of it.",
        *more,
    ]
    return page_of(b"".join(text_at(72, 700 - 12 * n, line) for n, line in enumerate(lines))).text


def test_a_word_broken_at_the_line_end_is_made_whole() -> None:
    assert "ends in specific starts the next line" in broken("speci-", "fic")


@pytest.mark.parametrize(
    ("before", "after", "word"),
    [
        ("BERT-", "Base", "BERT-Base"),
        ("GPT-", "3", "GPT-3"),
        ("state-of-the-", "art", "state-of-the-art"),
    ],
)
def test_the_hyphen_of_a_compound_stays(before: str, after: str, word: str) -> None:
    assert word in broken(before, after)


def test_a_hyphen_that_stays_ends_its_line() -> None:
    page = page_of(
        text_at(72, 700, "A long line of text that ends in BERT-") + text_at(72, 688, "Base and goes on.")
    )

    assert [page.text[line.start : line.end] for line in page.lines] == [
        "A long line of text that ends in BERT-",
        "Base and goes on.",
    ]


def test_a_hyphen_that_stands_for_the_rest_of_a_compound_keeps_its_space() -> None:
    assert "token-\nand span-level" in broken("token-", "and span-level", "One token is one word.")


def test_the_paper_decides_whether_a_hyphen_belongs_to_the_word() -> None:
    assert "ends in pre-trained starts" in broken("pre-", "trained", "They are pre-trained models.")
    assert "ends in pretrained starts" in broken("pre-", "trained", "They are pretrained models.")


def test_a_footnote_below_does_not_go_on_with_a_word() -> None:
    page = page_of(
        text_at(72, 700, "A long enough line that ends in a sum-") + text_at(72, 90, "mary of a footnote")
    )

    assert page.text == "A long enough line that ends in a sum-\nmary of a footnote"


def test_lines_of_a_broken_word_touch_and_cover_the_text() -> None:
    page = page_of(
        text_at(72, 700, "A long enough line that ends in speci-") + text_at(72, 688, "fic words.")
    )
    first, second = page.lines

    assert first.end == second.start
    assert page.text[first.start : first.end].endswith("speci")
    assert page.text[second.start : second.end] == "fic words."
    assert second.y0 > first.y0


def test_what_a_font_map_smuggles_in_is_cleaned_with_its_boxes_kept() -> None:
    to_unicode = (
        b"begincmap 1 begincodespacerange <00> <FF> endcodespacerange 6 beginbfchar "
        b"<41> <0000> <42> <D800> <43> <202E> <44> <DB40DC41> <45> <0301> <46> <D842DFB7> endbfchar endcmap"
    )
    font = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/ToUnicode %d 0 R>>" % (FIRST_FREE + 1)
    page = page_of(
        text_at(72, 700, "xAyBzCwDeEF", font="F3"),
        objects={FIRST_FREE: font, FIRST_FREE + 1: stream(to_unicode)},
    )

    assert page.text.encode().decode() == page.text
    assert [page.text.count(letter) for letter in "xyzw"] == [1, 1, 1, 1]
    assert not set(page.text) & {"\0", "\u202e", "\U000e0041", "\f"}
    assert len(page.boxes) == 16 * len(page.text)


TO_UNICODE = (
    b"begincmap 1 begincodespacerange <00> <FF> endcodespacerange %d beginbfchar %s endbfchar endcmap"
)


@pytest.mark.parametrize("unnamed", [b"", b" <21> <0000>"])
def test_a_letter_beyond_sixteen_bits_is_one_character_with_one_box(unnamed: bytes) -> None:
    """𝑃 comes as two UTF-16 units; beside a glyph without a name PDFium has to be asked for each of them."""
    font = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/ToUnicode %d 0 R>>" % (FIRST_FREE + 1)
    entries = b"<50> <D835DC43>" + unnamed
    page = page_of(
        text_at(72, 700, "take P tokens and P!", font="F3") + text_at(72, 680, "Next", font="F2"),
        objects={FIRST_FREE: font, FIRST_FREE + 1: stream(TO_UNICODE % (1 + bool(unnamed), entries))},
    )
    first, last = page.box(5), page.box(18)

    assert page.text.startswith("take \U0001d443 tokens and \U0001d443")
    assert len(page.boxes) == 16 * len(page.text)
    assert first is not None
    assert last is not None
    assert first.x0 == pytest.approx(72 + 10 * (0.278 + 0.556 + 0.5 + 0.556 + 0.278), abs=1.5)
    assert first.x1 - first.x0 == pytest.approx(6, abs=1)
    assert last.x0 > first.x1
    assert [(page.text[line.start : line.end][-4:], line.bold) for line in page.lines][-1] == ("Next", True)


def test_the_mathematical_letters_of_the_sample_are_read() -> None:
    text = pages_of((ROOT / "samples" / "paper-first.pdf").read_bytes())[1].text

    assert "take \U0001d443 tokens" in text
    assert "  tokens" not in text


def test_a_line_of_nothing_but_junk_leaves_no_trace() -> None:
    to_unicode = b"begincmap 1 begincodespacerange <00> <FF> endcodespacerange 1 beginbfchar <41> <E001> endbfchar endcmap"
    font = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/ToUnicode %d 0 R>>" % (FIRST_FREE + 1)
    page = page_of(
        text_at(72, 700, "Above") + text_at(72, 680, "AAA", font="F3") + text_at(72, 660, "Below"),
        objects={FIRST_FREE: font, FIRST_FREE + 1: stream(to_unicode)},
    )

    assert page.text == "Above\nBelow"
    assert len(page.lines) == 2


def test_a_page_without_text_is_empty() -> None:
    page = page_of(b"0 0 100 100 re f")

    assert (page.text, page.boxes, page.lines) == ("", b"", ())


@pytest.mark.parametrize("name", ["ja_note_platex.pdf", "ja_note_luatex.pdf"])
def test_every_plain_sentence_of_a_japanese_source_is_read(shared_papers: Path, name: str) -> None:
    text = "\f".join(page.text for page in pages_of((shared_papers / name).read_bytes()))
    source = (shared_papers / "ja_note.tex").read_text().split("\\begin{document}")[1]
    sentences = ["".join(sentence.split()) for sentence in re.split("[．。\\n]", source)]
    plain = [sentence for sentence in sentences if re.fullmatch("[\u3040-\u9fff，]{12,}", sentence)]

    assert len(plain) >= 10
    assert [sentence for sentence in plain if sentence not in "".join(text.split())] == []
    assert re.search("[\u3040-\u9fff] \\n", text) is None
    assert not set(text) & {"\ufffe", "\x02", "\r"}


def test_no_mark_of_a_broken_word_is_left_in_real_papers(shared_papers: Path) -> None:
    page = pages_of((shared_papers / "tableformer.pdf").read_bytes())[0]

    assert "Existing models for table understanding require linearization of the table structure" in (
        page.text.replace("\n", " ")
    )
    assert page.lines[0].bold
    assert page.lines[0].size == pytest.approx(14.3, abs=0.1)
