"""Text that a person cannot see is told from text that a person can."""

from __future__ import annotations

from pathlib import Path

import pytest
from server.adapters import pdfium
from server.adapters.pdf_ink import look_for_ink
from server.adapters.pdf_reading import read_glyphs
from server.domain.extractions import Hiding
from tests.pdfs import HIDDEN, SECRET, SHOWN, a_pdf, a_scan, body, text_at


def hidden_in(data: bytes) -> list[tuple[str, Hiding]]:
    found = []
    with pdfium.opened(data) as document:
        for index in range(pdfium.page_count(document)):
            with pdfium.loaded_page(document, index) as page:
                glyphs = read_glyphs(page)
                found += [(glyphs.text[r.start : r.end], r.why) for r in look_for_ink(page, glyphs).hidden]
    return found


@pytest.mark.parametrize("how", HIDDEN)
def test_hidden_text_is_found_and_nothing_else(how: str) -> None:
    assert [text for text, _ in hidden_in(HIDDEN[how])] == [SECRET]


@pytest.mark.parametrize("how", SHOWN)
def test_visible_text_is_left_alone(how: str) -> None:
    assert hidden_in(SHOWN[how]) == []


@pytest.mark.parametrize(
    ("how", "why"),
    [
        ("white", Hiding.NO_INK),
        ("half a point high", Hiding.TINY),
        ("off the page", Hiding.OFF_PAGE),
        ("outside the crop box", Hiding.OFF_PAGE),
    ],
)
def test_the_reason_is_named(how: str, why: Hiding) -> None:
    assert hidden_in(HIDDEN[how]) == [(SECRET, why)]


def test_text_on_a_picture_of_itself_is_visible() -> None:
    """As in a scan with recognised text: invisible letters over visible ones."""
    shown = b"".join(text_at(72, 720 - 14 * n, SECRET) for n in range(5))
    recognised = b"".join(text_at(72, 720 - 14 * n, SECRET, state="3 Tr") for n in range(5))

    assert hidden_in(a_pdf(shown + recognised)) == []


def test_a_huge_page_box_costs_no_more_than_a_page() -> None:
    assert hidden_in(a_pdf(body(), page=b"/MediaBox[0 0 2000000 2000000]")) == []


def test_a_blank_page_is_told_from_a_picture() -> None:
    def is_blank(data: bytes) -> bool:
        with pdfium.opened(data) as document, pdfium.loaded_page(document, 0) as page:
            return look_for_ink(page, read_glyphs(page)).is_blank

    assert is_blank(a_pdf(b""))
    assert not is_blank(a_scan(1))


def test_real_papers_raise_no_false_alarm(shared_papers: Path) -> None:
    papers = ["papermage.pdf", "longeval.pdf", "ja_note_platex.pdf", "bitcoin.pdf"]

    assert {name: hidden_in((shared_papers / name).read_bytes()) for name in papers} == {
        name: [] for name in papers
    }
