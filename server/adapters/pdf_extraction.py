"""Make an extraction of a paper's bytes: admit, read, look, normalise, describe, in this order."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from server.adapters import pdfium
from server.adapters.pdf_admission import Admission, admit
from server.adapters.pdf_fallback import fallback_page
from server.adapters.pdf_hyphens import Vocabulary
from server.adapters.pdf_ink import look_for_ink
from server.adapters.pdf_notices import PICTURE_PAGE_CHARACTERS, SeenPage, hidden_texts, notices
from server.adapters.pdf_reading import read_glyphs
from server.adapters.pdf_text import compose_page
from server.domain.description import describe
from server.domain.errors import (
    EncryptedPaperError,
    MalformedPaperError,
    NoTextError,
    ResourceLimitError,
    TooManyPagesError,
)
from server.domain.extractions import Extraction, HiddenText, Page, extraction_id

THIN_PAGE_CHARACTERS = 50
"""Of a paper that can be summarised most pages have more text than this."""
MAX_CHARACTERS = 5_000_000

Report = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Limits:
    """What a paper may cost."""

    max_pages: int = 500
    max_bytes: int = 50 * 2**20


def extract(data: bytes, *, reader: str, version: str, limits: Limits, report: Report) -> Extraction:
    """Everything one reading of these bytes yields. The same bytes and version give the same extraction.

    Raises:
        PaperError
    """
    started = time.monotonic()
    report("admit", 0, 1)
    admission = admit(data, max_bytes=limits.max_bytes, max_pages=limits.max_pages)
    outline, seen = _read(data, admission, limits, report)
    vocabulary = Vocabulary.of(page.glyphs.text for page in seen if page.glyphs)
    pages = tuple(_composed(page, vocabulary) for page in seen)
    hidden = tuple(text for page in seen for text in hidden_texts(page))
    _require_text(pages, hidden)
    report("describe", 0, 1)
    description = describe(pages, metadata=replace(admission.metadata, outline=outline))
    sha256 = hashlib.sha256(data).hexdigest()
    return Extraction(
        id=extraction_id(sha256, version=version),
        sha256=sha256,
        reader=reader,
        pages=pages,
        hidden=hidden,
        identity=description.identity,
        sections=description.sections,
        references=description.references,
        language=description.language,
        warnings=tuple(
            notices(seen, pages, hidden, about=(*admission.about, *(entry[0] for entry in outline)))
        ),
        duration_ms=round(1000 * (time.monotonic() - started)),
    )


def _read(
    data: bytes, admission: Admission, limits: Limits, report: Report
) -> tuple[tuple[tuple[str, int, int], ...], list[SeenPage]]:
    try:
        with pdfium.opened(data) as document:
            count = pdfium.page_count(document)
            if count > limits.max_pages:
                # /Count may lie; where pypdf walked the tree, its pages are the true ones.
                if admission.reader is None:
                    raise TooManyPagesError(pages=count, limit=limits.max_pages)
                count = len(admission.reader.pages)
            seen: list[SeenPage] = []
            characters = 0
            for index in range(count):
                report("read", index, count)
                seen.append(_page(document, index, admission))
                characters += len(glyphs.text) if (glyphs := seen[-1].glyphs) else 0
                if characters > MAX_CHARACTERS:
                    raise ResourceLimitError
            return tuple(pdfium.outline(document)), seen
    except pdfium.PdfiumRefusedError as error:
        if error.password:
            raise EncryptedPaperError from error
        if admission.reader is None:
            raise MalformedPaperError from error
        numbers = range(len(admission.reader.pages))
        seen = [SeenPage(n + 1, None, fallback=fallback_page(admission.reader, n)) for n in numbers]
        if not any(page.fallback for page in seen):
            raise MalformedPaperError from error
        return (), seen


def _page(document: pdfium.Handle, index: int, admission: Admission) -> SeenPage:
    try:
        with pdfium.loaded_page(document, index) as handle:
            glyphs = read_glyphs(handle)
            look = look_for_ink(handle, glyphs)
            is_thin = len(glyphs.text) < PICTURE_PAGE_CHARACTERS
            return SeenPage(
                index + 1,
                glyphs,
                look.hidden,
                look.repeated,
                is_picture=is_thin and not look.is_blank,
                is_recognised=look.is_recognised,
            )
    except pdfium.PdfiumRefusedError:
        fallback = fallback_page(admission.reader, index) if admission.reader else None
        return SeenPage(index + 1, None, fallback=fallback)


def _composed(seen: SeenPage, vocabulary: Vocabulary) -> Page:
    if seen.glyphs:
        left_out = sorted([*((found.start, found.end) for found in seen.hidden), *seen.repeated])
        return compose_page(seen.number, seen.glyphs, left_out=left_out, vocabulary=vocabulary)
    return seen.fallback or Page(seen.number, 612.0, 792.0, "", b"")


def _require_text(pages: tuple[Page, ...], hidden: tuple[HiddenText, ...]) -> None:
    """A scan, or a text too thin to summarise: most pages hold hardly any characters."""
    if not pages:
        raise MalformedPaperError
    sizes = [len("".join(page.text.split())) for page in pages]
    thin = sum(size < THIN_PAGE_CHARACTERS for size in sizes)
    if 2 * thin > len(pages):
        unseen = sum(len("".join(text.text.split())) for text in hidden)
        raise NoTextError(pages=len(pages), characters=sum(sizes), **({"hidden": unseen} if unseen else {}))
