"""What one reading of a paper's bytes yielded."""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from itertools import accumulate

from server.domain.identity import Identity
from server.domain.ids import ExtractionId
from server.domain.references import Reference
from server.domain.sections import Section

PAGE_BREAK = "\f"

_NONE = float("nan")


def extraction_id(sha256: str, *, version: str) -> ExtractionId:
    """The id of what a reader of this version makes of these bytes: the same bytes and reader, the same extraction."""
    return ExtractionId(hashlib.sha256(f"{sha256}|{version}".encode()).hexdigest()[:32])


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on a page, in PDF points of the page as displayed (CropBox, after /Rotate), origin top left."""

    page: int
    x0: float
    y0: float
    x1: float
    y1: float


@dataclass(frozen=True, slots=True)
class Line:
    """One printed line: its place in the page's text and how it looks."""

    start: int
    """Offset into `Page.text` of the first character."""
    end: int
    """Offset after the last character; the line break is not part of the line."""
    x0: float
    y0: float
    x1: float
    y1: float
    """Points, origin top left, as in `Box`."""
    size: float
    """Commonest font size on the line, in points as displayed (after all matrices)."""
    bold: bool = False
    rotated: bool = False
    """The baseline is not horizontal (side stamps, landscape tables)."""


@dataclass(frozen=True)
class Page:
    """One page of visible, normalised text. Lines of `text` are separated by `\\n`; it holds no `\\f`."""

    number: int
    """From 1."""
    width: float
    height: float
    text: str
    boxes: bytes
    """Four little-endian float32 (x0, y0, x1, y1) per code point of `text`; NaN where a character has no box
    (line breaks, generated spaces)."""
    lines: tuple[Line, ...] = ()

    def box(self, offset: int) -> Box | None:
        """Where the character at `offset` of this page's text is printed, or None."""
        x0, y0, x1, y1 = self._numbers(offset, offset + 1)
        return None if x0 != x0 else Box(self.number, x0, y0, x1, y1)  # noqa: PLR0124 (NaN)

    def stretches(self, start: int, end: int) -> list[Box]:
        """Rectangles covering `text[start:end]` of this page: one for each stretch of a printed line."""
        found, numbers = list[Box](), iter(self._numbers(start, end))
        left = top = right = bottom = _NONE
        # In place, with numbers only and without calls: this is done for each character of each quote.
        for x0, y0, x1, y1 in zip(numbers, numbers, numbers, numbers, strict=True):
            if x0 != x0:  # noqa: PLR0124 (NaN)
                continue
            low, high = (bottom - top, y1 - y0) if bottom - top < y1 - y0 else (y1 - y0, bottom - top)
            height = high if high > 1.0 else 1.0  # noqa: FURB136
            shared = (bottom if bottom < y1 else y1) - (top if top > y0 else y0)  # noqa: FURB136
            if shared > 0.3 * low and -height < x0 - right < 2.5 * height:  # goes on the same printed line
                left = left if left < x0 else x0  # noqa: FURB136
                top = top if top < y0 else y0  # noqa: FURB136
                right = right if right > x1 else x1  # noqa: FURB136
                bottom = bottom if bottom > y1 else y1  # noqa: FURB136
            else:
                if left == left:  # noqa: PLR0124 (NaN)
                    found.append(Box(self.number, left, top, right, bottom))
                left, top, right, bottom = x0, y0, x1, y1
        if left == left:  # noqa: PLR0124 (NaN)
            found.append(Box(self.number, left, top, right, bottom))
        return found

    def _numbers(self, start: int, end: int) -> memoryview[float]:
        """Four for each character of `text[start:end]`."""
        return memoryview(self.boxes).cast("f")[4 * start : 4 * end]


class Hiding(StrEnum):
    """Why text of the file is not visible text."""

    NO_INK = "no_ink"
    TINY = "tiny"
    OFF_PAGE = "off_page"


@dataclass(frozen=True, slots=True)
class HiddenText:
    """Text of the file that a person looking at the page does not see. Never prompted, never evidence."""

    page: int
    text: str
    why: Hiding


@dataclass(frozen=True, slots=True)
class Notice:
    """Something worth knowing that is not an error; its sentence is in `notices.py`."""

    code: str
    page: int | None = None
    excerpt: str | None = None
    data: dict[str, str | int | float] = field(default_factory=dict)


@dataclass(frozen=True)
class Extraction:
    """One reading of a paper. Immutable: a better reader makes a new one, and runs pin the one they used."""

    id: ExtractionId
    sha256: str
    """Of the PDF's bytes."""
    reader: str
    """What read it, with version, e.g. `pypdfium2 5.15.2`."""
    pages: tuple[Page, ...]
    hidden: tuple[HiddenText, ...]
    identity: Identity
    sections: tuple[Section, ...]
    references: tuple[Reference, ...]
    language: str
    """ISO 639-1 code of the body text, e.g. `en`, `ja`, `de`."""
    warnings: tuple[Notice, ...] = ()
    duration_ms: int = 0

    @cached_property
    def text(self) -> str:
        """All visible text, pages joined by form feeds. Offsets of evidence, sections and references run through this."""
        return PAGE_BREAK.join(page.text for page in self.pages)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the visible text."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @cached_property
    def page_starts(self) -> tuple[int, ...]:
        """Offset in `text` at which each page begins."""
        return (0, *accumulate(len(page.text) + 1 for page in self.pages[:-1]))

    def page_at(self, offset: int) -> int:
        """The page number (from 1) that holds `offset` of `text`."""
        return bisect_right(self.page_starts, offset)

    def boxes(self, start: int, end: int) -> tuple[Box, ...]:
        """Rectangles covering `text[start:end]`: one for each stretch of a printed line."""
        merged: list[Box] = []
        for number in range(self.page_at(start), self.page_at(max(start, end - 1)) + 1):
            page, begin = self.pages[number - 1], self.page_starts[number - 1]
            merged += page.stretches(max(start - begin, 0), min(end - begin, len(page.text)))
        return tuple(merged)
