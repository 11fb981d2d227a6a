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
from server.adapters.pdf_ink import HiddenRange, look_for_ink
from server.adapters.pdf_reading import Glyphs, read_glyphs
from server.adapters.pdf_text import compose_page
from server.domain.description import describe
from server.domain.errors import (
    EncryptedPaperError,
    MalformedPaperError,
    NoTextError,
    ResourceLimitError,
    TooManyPagesError,
)
from server.domain.extractions import Extraction, HiddenText, Notice, Page
from server.domain.ids import ExtractionId
from server.domain.normalise import clean_text

THIN_PAGE_CHARACTERS = 50
"""Of a paper that can be summarised most pages have more text than this."""
PICTURE_PAGE_CHARACTERS = 20
"""A page that shows something and has less text than this is a picture."""
MAX_CHARACTERS = 5_000_000
_EXCERPT_CHARACTERS = 80

Report = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Limits:
    """What a paper may cost."""

    max_pages: int = 500
    max_bytes: int = 50 * 2**20


@dataclass(frozen=True, slots=True)
class _Seen:
    """A page before the whole paper is known."""

    number: int
    glyphs: Glyphs | None
    hidden: tuple[HiddenRange, ...] = ()
    is_picture: bool = False
    fallback: Page | None = None


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
    _require_text(pages)
    hidden = tuple(text for page in seen for text in _hidden_texts(page))
    report("describe", 0, 1)
    description = describe(pages, metadata=replace(admission.metadata, outline=outline))
    sha256 = hashlib.sha256(data).hexdigest()
    return Extraction(
        id=ExtractionId(hashlib.sha256(f"{sha256}|{version}".encode()).hexdigest()[:32]),
        sha256=sha256,
        reader=reader,
        pages=pages,
        hidden=hidden,
        identity=description.identity,
        sections=description.sections,
        references=description.references,
        language=description.language,
        warnings=tuple(_notices(seen, pages, hidden)),
        duration_ms=round(1000 * (time.monotonic() - started)),
    )


def _read(
    data: bytes, admission: Admission, limits: Limits, report: Report
) -> tuple[tuple[tuple[str, int, int], ...], list[_Seen]]:
    try:
        with pdfium.opened(data) as document:
            count = pdfium.page_count(document)
            if count > limits.max_pages:
                # /Count may lie; where pypdf walked the tree, its pages are the true ones.
                if admission.reader is None:
                    raise TooManyPagesError(pages=count, limit=limits.max_pages)
                count = len(admission.reader.pages)
            seen: list[_Seen] = []
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
        seen = [_Seen(n + 1, None, fallback=fallback_page(admission.reader, n)) for n in numbers]
        if not any(page.fallback for page in seen):
            raise MalformedPaperError from error
        return (), seen


def _page(document: pdfium.Handle, index: int, admission: Admission) -> _Seen:
    try:
        with pdfium.loaded_page(document, index) as handle:
            glyphs = read_glyphs(handle)
            look = look_for_ink(handle, glyphs)
            is_thin = len(glyphs.text) < PICTURE_PAGE_CHARACTERS
            return _Seen(index + 1, glyphs, look.hidden, is_picture=is_thin and not look.is_blank)
    except pdfium.PdfiumRefusedError:
        fallback = fallback_page(admission.reader, index) if admission.reader else None
        return _Seen(index + 1, None, fallback=fallback)


def _composed(seen: _Seen, vocabulary: Vocabulary) -> Page:
    if seen.glyphs:
        hidden = [(found.start, found.end) for found in seen.hidden]
        return compose_page(seen.number, seen.glyphs, hidden=hidden, vocabulary=vocabulary)
    return seen.fallback or Page(seen.number, 612.0, 792.0, "", b"")


def _require_text(pages: tuple[Page, ...]) -> None:
    """A scan, or a text too thin to summarise: most pages hold hardly any characters."""
    if not pages:
        raise MalformedPaperError
    sizes = [len("".join(page.text.split())) for page in pages]
    thin = sum(size < THIN_PAGE_CHARACTERS for size in sizes)
    if 2 * thin > len(pages):
        raise NoTextError(pages=len(pages), characters=sum(sizes))


def _hidden_texts(seen: _Seen) -> list[HiddenText]:
    if not seen.glyphs:
        return []
    glyphs = seen.glyphs.text
    texts = [
        (" ".join(clean_text(glyphs[found.start : found.end].replace("\ufffe", "")).split()), found.why)
        for found in seen.hidden
    ]
    return [HiddenText(seen.number, text, why) for text, why in texts if text]


def _notices(seen: list[_Seen], pages: tuple[Page, ...], hidden: tuple[HiddenText, ...]) -> list[Notice]:
    notices = []
    for number in sorted({text.page for text in hidden}):
        texts = [text.text for text in hidden if text.page == number]
        excerpt = " … ".join(texts)
        if len(excerpt) > _EXCERPT_CHARACTERS:
            excerpt = excerpt[: _EXCERPT_CHARACTERS - 1].rstrip() + "…"
        notices.append(
            Notice("hidden_text", page=number, excerpt=excerpt, data={"count": sum(map(len, texts))})
        )
    if any(page.fallback for page in seen):
        notices.append(Notice("read_by_fallback"))
    unread = [
        page.number
        for page, made in zip(seen, pages, strict=True)
        if len(made.text) < PICTURE_PAGE_CHARACTERS
        and (page.is_picture or not (page.glyphs or page.fallback))
    ]
    if unread:
        notices.append(Notice("pages_without_text", data={"pages": _ranges(unread)}))
    return notices


def _ranges(numbers: list[int]) -> str:
    """`[1, 3, 4, 5]` as `1, 3–5`."""
    spans: list[list[int]] = []
    for number in numbers:
        if spans and number == spans[-1][1] + 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    return ", ".join(str(low) if low == high else f"{low}–{high}" for low, high in spans)
