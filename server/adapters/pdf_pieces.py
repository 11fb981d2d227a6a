"""Cut the text of a page into words drawn in one go, and put neighbouring ones together again."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from server.adapters.pdf_reading import Glyphs, Run
from server.domain.extractions import Hiding

TELLING = re.compile(r"[^\W_]")
_PIECE = re.compile(r"[^\s\ufffe]{1,16}")
_MIN_TELLING = 2
"""Letters or digits: less than this cannot tell anybody anything, and is more likely a thin glyph than a trick."""


@dataclass(frozen=True, slots=True)
class HiddenRange:
    """A stretch of glyphs that a person does not see."""

    start: int
    end: int
    why: Hiding


@dataclass(frozen=True, slots=True)
class Piece:
    """A word, or part of one, drawn in one go. Points of the page as displayed."""

    start: int
    end: int
    run: Run
    x0: float
    y0: float
    x1: float
    y1: float


def pieces_of(glyphs: Glyphs) -> Iterator[Piece]:
    """In the order of the text."""
    x0, y0, x1, y1 = glyphs.x0, glyphs.y0, glyphs.x1, glyphs.y1
    for run in glyphs.runs:
        for match in _PIECE.finditer(glyphs.text, run.start, run.end):
            start, end = match.span()
            yield Piece(
                start,
                end,
                run,
                min(x0[start:end]),
                min(y0[start:end]),
                max(x1[start:end]),
                max(y1[start:end]),
            )


def merged(glyphs: Glyphs, ranges: Iterable[HiddenRange]) -> list[HiddenRange]:
    """In order, neighbours hidden in the same way as one stretch, with the gaps between them."""
    joined: list[HiddenRange] = []
    for found in sorted(ranges, key=lambda one: one.start):
        last = joined[-1] if joined else None
        if (
            last
            and last.why is found.why
            and not glyphs.text[last.end : found.start].strip("\ufffe \r\n\t\xa0\u3000")
        ):
            joined[-1] = HiddenRange(last.start, max(last.end, found.end), found.why)
        else:
            joined.append(found)
    return joined


def within(pieces: list[Piece], found: HiddenRange) -> list[Piece]:
    """Those of the pieces (in order) that lie in a stretch."""
    return pieces[bisect_left(pieces, found.start, key=_start) : bisect_left(pieces, found.end, key=_start)]


def _start(piece: Piece) -> int:
    return piece.start


def tells(glyphs: Glyphs, found: HiddenRange) -> bool:
    """Whether a stretch is long enough to say anything."""
    return len(TELLING.findall(glyphs.text, found.start, found.end)) >= _MIN_TELLING
