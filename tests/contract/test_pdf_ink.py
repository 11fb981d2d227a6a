"""Text that a person cannot see is told from text that a person can."""

from __future__ import annotations

from pathlib import Path

import pytest
from server.adapters import pdfium
from server.adapters.pdf_ink import look_for_ink
from server.adapters.pdf_reading import read_glyphs
from server.domain.extractions import Hiding
from tests.pdfs import (
    FIRST_FREE,
    HIDDEN,
    OTHER_WORDS,
    SECRET,
    SHOWN,
    a_pdf,
    a_scan,
    body,
    on_a_photograph,
    picture,
    text_at,
)


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


def a_scanned_page(*, recognised: bytes) -> bytes:
    """A picture of honest text that fills the page, with invisible text over it."""
    with pdfium.opened(a_pdf(body(40))) as document, pdfium.loaded_page(document, 0) as page:
        drawn = pdfium.draw(page, width=1224, height=1584, scale=(2, 2), grey=True)
    return a_pdf(
        b"q 612 0 0 792 0 0 cm /I Do Q\n" + recognised,
        resources=b"/XObject<</I %d 0 R>>" % (FIRST_FREE + 1),
        objects={FIRST_FREE + 1: picture(bytes(drawn.pixels), width=1224, height=1584)},
    )


def unprinted(content: bytes) -> bytes:
    return b"3 Tr " + content


def test_text_recognised_from_a_scan_is_kept_and_said_to_be_recognised() -> None:
    scan = a_scanned_page(recognised=unprinted(body(40)))

    with pdfium.opened(scan) as document, pdfium.loaded_page(document, 0) as page:
        look = look_for_ink(page, read_glyphs(page))
    assert look.hidden == ()
    assert look.is_recognised


def test_text_beside_the_print_of_a_scan_is_hidden() -> None:
    scan = a_scanned_page(recognised=unprinted(body(40)) + text_at(72, 60, SECRET, state="3 Tr"))

    assert hidden_in(scan) == [(SECRET, Hiding.NO_INK)]


def test_an_invisible_page_of_text_on_a_photograph_is_not_taken_for_a_scan() -> None:
    words = b"".join(text_at(80, 380 - 14 * n, SECRET, state="3 Tr") for n in range(10))
    photograph = on_a_photograph(words).replace(body(), b"%" * (len(body()) - 1) + b"\n")

    assert [text.split("\r\n") for text, _ in hidden_in(photograph)] == [[SECRET] * 10]


@pytest.mark.parametrize("depth", [12, 400])
def test_what_lies_deep_in_a_pile_of_words_is_hidden(depth: int) -> None:
    pile = b"".join(text_at(72, 300, f"filler{n:04} of the pile", state="3 Tr") for n in range(depth))
    content = body() + text_at(72, 300, OTHER_WORDS) + pile + text_at(72, 300, SECRET, state="3 Tr")

    found = hidden_in(a_pdf(content))
    assert SECRET in found[-1][0]
    assert not any(OTHER_WORDS in text or "Visible" in text for text, _ in found)


def repeated_in(data: bytes) -> list[str]:
    with pdfium.opened(data) as document, pdfium.loaded_page(document, 0) as page:
        glyphs = read_glyphs(page)
        return [glyphs.text[start:end] for start, end in look_for_ink(page, glyphs).repeated]


@pytest.mark.parametrize("how", ["bold by printing twice", "with a shadow"])
def test_words_printed_twice_at_one_place_are_read_once(how: str) -> None:
    assert repeated_in(SHOWN[how]) == SECRET.split()


@pytest.mark.parametrize("how", sorted(set(SHOWN) - {"bold by printing twice", "with a shadow"}))
def test_nothing_else_counts_as_printed_twice(how: str) -> None:
    assert repeated_in(SHOWN[how]) == []


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
