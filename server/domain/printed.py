"""Printed lines of a whole paper in reading order, and which of them are page furniture."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from server.domain.extractions import Line, Page

CJK = "぀-ヿ㐀-䶿一-鿿豈-﫿々ーｦ-ﾟ"
"""Character class body: kana and Han, the scripts written without spaces."""

_SPACED_OUT = re.compile(rf"(?:\w ){{3,}}\w$|(?:[{CJK}] ){{1,7}}[{CJK}]$")
_BARE_NUMBER = re.compile(
    r"[-–—\s]*(?:p\.|page|seite|s\.)?\s*(?:\d{1,5}|[ivxlc]{1,7})(?:\s*(?:/|of|von)\s*\d{1,5})?[-–—\s]*$",
    re.IGNORECASE,
)
_HEAD_AND_FOOT = 0.12
"""Share of a page's height, at top and bottom, in which headers and page numbers stand."""


@dataclass(frozen=True, slots=True)
class Printed:
    """One printed line of the paper; pieces that stand on the same baseline, side by side, are one line."""

    page: int
    start: int
    """Offsets run through `Extraction.text`."""
    end: int
    text: str
    """On one line, without the spaces that were only between pieces."""
    x0: float
    y0: float
    x1: float
    y1: float
    size: float
    """0 where the reader could not tell (no geometry at all then)."""
    bold: bool
    rotated: bool
    page_width: float
    page_height: float
    furniture: bool = False
    """A running header, a running footer or a page number."""

    @property
    def placed(self) -> bool:
        return self.size > 0

    def is_below(self, other: Printed) -> bool:
        """On the same page and in the same column, under `other`."""
        return self.page == other.page and self.y0 > other.y0 and self.x0 < other.x1 and other.x0 < self.x1


def printed_lines(pages: tuple[Page, ...]) -> tuple[Printed, ...]:
    """All lines of the paper, in the order of its text, furniture marked."""
    lines: list[Printed] = []
    offset = 0
    for page in pages:
        lines.extend(_page_lines(page, offset))
        offset += len(page.text) + 1
    return tuple(_mark_furniture(lines))


def one_line(text: str) -> str:
    """`text` on one line: line breaks become spaces, or nothing between characters written without spaces."""
    text = re.sub(rf"(?<=[{CJK}、。，．：；！？）」』])\s*\n\s*(?=[{CJK}、。，．])", "", text)
    return re.sub(r"\s+", " ", text).strip()


def squash(text: str) -> str:
    """Letters and digits only, compatibility forms and case unified: for comparing what two places print."""
    return "".join(c for c in unicodedata.normalize("NFKC", text).casefold() if c.isalnum())


def cjk_count(text: str) -> int:
    return len(re.findall(f"[{CJK}]", text))


def unspace(text: str) -> str:
    """`A B S T R A C T` as `ABSTRACT`, `概 要` as `概要`; any other text unchanged."""
    return text.replace(" ", "") if len(text) < 60 and _SPACED_OUT.match(text) else text


def body_size(lines: Iterable[Printed]) -> float:
    """The size most characters are printed in; 0 when no line has geometry."""
    sizes: Counter[float] = Counter()
    for line in lines:
        if line.placed and not line.rotated:
            sizes[round(line.size, 1)] += len(line.text)
    return sizes.most_common(1)[0][0] if sizes else 0.0


def _page_lines(page: Page, offset: int) -> Iterator[Printed]:
    if not page.lines:
        yield from _lines_without_geometry(page, offset)
        return
    row: list[Line] = []
    for line in page.lines:
        if row and not _same_row(row[-1], line):
            yield _row(page, row, offset)
            row = []
        row.append(line)
    if row:
        yield _row(page, row, offset)


def _lines_without_geometry(page: Page, offset: int) -> Iterator[Printed]:
    start = 0
    for text in page.text.split("\n"):
        if text.strip():
            where = offset + start
            yield Printed(
                page=page.number,
                start=where,
                end=where + len(text),
                text=one_line(text),
                x0=0,
                y0=0,
                x1=0,
                y1=0,
                size=0,
                bold=False,
                rotated=False,
                page_width=page.width,
                page_height=page.height,
            )
        start += len(text) + 1


def _same_row(left: Line, right: Line) -> bool:
    """PDF text often breaks at a superscript; what follows on the same baseline belongs to the same printed line."""
    if left.rotated or right.rotated:
        return False
    overlap = min(left.y1, right.y1) - max(left.y0, right.y0)
    lower = min(left.y1 - left.y0, right.y1 - right.y0)
    gap = right.x0 - left.x1
    size = max(left.size, right.size)
    return overlap > 0.4 * lower and -0.5 * size < gap < 1.4 * size


def _row(page: Page, row: Sequence[Line], offset: int) -> Printed:
    main = max(row, key=lambda line: line.end - line.start)
    first, last = row[0], row[-1]
    return Printed(
        page=page.number,
        start=offset + first.start,
        end=offset + last.end,
        text=one_line(page.text[first.start : last.end]),
        x0=min(line.x0 for line in row),
        y0=min(line.y0 for line in row),
        x1=max(line.x1 for line in row),
        y1=max(line.y1 for line in row),
        size=main.size,
        bold=main.bold,
        rotated=main.rotated,
        page_width=page.width,
        page_height=page.height,
    )


def _mark_furniture(lines: list[Printed]) -> Iterator[Printed]:
    bands = _furniture_bands(lines)
    edges = _first_and_last(lines)
    for index, line in enumerate(lines):
        furniture = (
            _band(line) in bands or bool(_BARE_NUMBER.match(line.text[:40]))
            if _at_edge(line) or index in edges
            else False
        )
        yield replace(line, furniture=True) if furniture else line


def _at_edge(line: Printed) -> bool:
    if not line.placed or line.rotated:
        return False
    edge = _HEAD_AND_FOOT * line.page_height
    return line.y1 < edge or line.y0 > line.page_height - edge


def _first_and_last(lines: Sequence[Printed]) -> frozenset[int]:
    """Lines without geometry can only be known as furniture by being a page's first or last."""
    edges = {0, len(lines) - 1}
    for index, (left, right) in enumerate(pairwise(lines)):
        if left.page != right.page:
            edges |= {index, index + 1}
    return frozenset(index for index in edges if 0 <= index < len(lines) and not lines[index].placed)


Band = tuple[int, int]


def _band(line: Printed) -> Band:
    return round(line.y0 / 3), round(line.size * 2)


def _furniture_bands(lines: Sequence[Printed]) -> frozenset[Band]:
    """Heights at which the same words (numbers aside) stand on several pages.

    A header that names the section stands on one page only, but at the height where the others repeat.
    """
    pages_of: defaultdict[tuple[str, Band], set[int]] = defaultdict(set)
    largest = 1.15 * body_size(lines)  # a chapter's first line, however often it recurs, is no running header
    last_page = lines[-1].page if lines else 0
    for line in lines:
        if _at_edge(line) and line.size < largest:
            words = re.sub(r"\d+|[^\w]+", "", line.text[:200])
            if words:
                pages_of[words, _band(line)].add(line.page)
    enough = 2 if last_page <= 4 else 3
    repeated = {band for (_, band), pages in pages_of.items() if len(pages) >= enough}
    # A glyph with a descender moves a box by a point or two, hence the neighbours.
    return frozenset((y + shift, size) for y, size in repeated for shift in (-1, 0, 1))
