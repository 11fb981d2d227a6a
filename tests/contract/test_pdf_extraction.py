"""What PDFium cannot open, pypdf may read; what nobody can read honestly is refused."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from server.adapters import pdfium
from server.adapters.pdf_extraction import Limits, extract
from server.adapters.pdf_fallback import looks_like_mojibake
from server.domain.errors import MalformedPaperError, NoTextError, ResourceLimitError
from server.domain.extractions import Extraction, Notice
from tests.pdfs import FIRST_FREE, a_paper, a_pdf, body, text_at

JAPANESE_FONT = {
    FIRST_FREE: b"<</Type/Font/Subtype/Type0/BaseFont/Ryumin-Light/Encoding/Identity-H/DescendantFonts[11 0 R]>>",
    11: b"<</Type/Font/Subtype/CIDFontType0/BaseFont/Ryumin-Light/CIDSystemInfo"
    b"<</Registry(Adobe)/Ordering(Japan1)/Supplement 2>>>>",
}


def extraction_of(data: bytes, **limits: int) -> Extraction:
    return extract(data, reader="pypdfium2 x", version="v", limits=Limits(**limits), report=lambda *_: None)


@pytest.fixture
def refuse_pages(monkeypatch: pytest.MonkeyPatch) -> Iterator[set[int]]:
    """Page indices that PDFium cannot load."""
    refused: set[int] = set()
    load = pdfium.loaded_page

    @contextmanager
    def loaded_page(document: Any, page_index: int) -> Iterator[Any]:
        if page_index in refused:
            raise pdfium.PdfiumRefusedError
        with load(document, page_index) as page:
            yield page

    monkeypatch.setattr(pdfium, "loaded_page", loaded_page)
    return refused


@pytest.fixture
def refuse_documents(monkeypatch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def opened(_: bytes) -> Iterator[Any]:
        raise pdfium.PdfiumRefusedError
        yield

    monkeypatch.setattr(pdfium, "opened", opened)


def test_a_page_that_pdfium_cannot_open_is_read_without_places(refuse_pages: set[int]) -> None:
    refuse_pages.add(1)
    extraction = extraction_of(a_paper(pages=3))

    assert Notice("read_by_fallback") in extraction.warnings
    assert "Visible line 3" in extraction.pages[1].text
    assert extraction.pages[1].box(0) is None
    assert len(extraction.pages[1].boxes) == 16 * len(extraction.pages[1].text)
    assert extraction.pages[0].box(0) is not None


@pytest.mark.usefixtures("refuse_documents")
def test_a_document_that_pdfium_cannot_open_is_read_by_the_fallback() -> None:
    extraction = extraction_of(a_paper(pages=2))

    assert extraction.warnings[0] == Notice("read_by_fallback")
    assert [page.text.count("Visible line") for page in extraction.pages] == [12, 12]


@pytest.mark.usefixtures("refuse_documents")
def test_mojibake_is_not_taken_for_text() -> None:
    """pypdf decodes such fonts without an error, and wrongly."""
    japanese = text_at(72, 700, "\x0e\x0f\x10\x11" * 40, font="F3")

    with pytest.raises(MalformedPaperError):
        extraction_of(a_pdf(japanese, japanese, objects=JAPANESE_FONT))


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("Plain English words, 3.2 % better – “quoted”.", False),
        ("大規模言語モデルに論文を読ませる利用が広がっている", False),
        ("Широко используемые методы обучения", False),
        ("ֱٱҰߓͷจΛ͓ٴ͍ͯൺͳΔ܎ૉׂ", True),
        ("ab\ufffd\ufffdcd", True),
        ("", False),
    ],
)
def test_letters_of_many_scripts_at_once_are_mojibake(text: str, *, verdict: bool) -> None:
    assert looks_like_mojibake(text) is verdict


def test_mostly_pictures_are_refused_and_mostly_text_is_read() -> None:
    picture = b"0 g 100 100 300 300 re f\n"

    with pytest.raises(NoTextError) as refusal:
        extraction_of(a_pdf(body(), picture, picture))
    assert refusal.value.data["pages"] == 3
    assert len(extraction_of(a_pdf(body(), body(), picture)).pages) == 3


def test_more_text_than_any_paper_has_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.adapters.pdf_extraction.MAX_CHARACTERS", 1000)

    with pytest.raises(ResourceLimitError):
        extraction_of(a_paper(pages=2))


def test_the_extractions_id_depends_on_the_bytes_and_the_readers_version() -> None:
    paper = a_paper()
    other = extract(paper, reader="pypdfium2 x", version="w", limits=Limits(), report=lambda *_: None)

    assert extraction_of(paper).id == extraction_of(paper).id
    assert extraction_of(paper).id != other.id
    assert extraction_of(paper).sha256 == other.sha256
