"""Find text that leaves no ink: what the file says and a person looking at the page does not see."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

from server.adapters.pdf_reading import Glyphs, Run
from server.adapters.pdfium import Handle, Picture, draw
from server.domain.extractions import Hiding

SCALE = 1.5
"""Pixels per point: 108 dpi, where a thin stroke of body text still differs clearly from paper."""
MAX_PIXELS = 6_000_000
MIN_CONTRAST = 40
"""Of 255: less than this between the lightest and the darkest pixel of a word is no ink (white on white, 98 % grey)."""
TINY_PT = 2.2
TINY_SIZE_PT = 3.5
"""Glyphs lower than `TINY_PT` cannot be read on paper, unless they are the low letters (`are`) of a larger font."""
SPECK_PT = 1.2
NARROW_PT = 0.8
"""Letters lower, or words narrower, than this are unreadable whatever the font says its size is (Type 3 fonts have units
of their own)."""

_LIGHT = bytes(range(256 - MIN_CONTRAST, 256))
_CLOSER_SCALE = 6.0
_CLOSER_MAX_PIXELS = 1_500_000
_CLOSER_LOOKS = 60
"""Second looks per page; a file that needs more is not setting dot leaders."""
_PIECE = re.compile(r"[^\s\ufffe]{1,16}")
_TELLING = re.compile(r"[^\W_]")
_MIN_TELLING = 2
"""Letters or digits: less than this cannot tell anybody anything, and is more likely a thin glyph than a trick."""


@dataclass(frozen=True, slots=True)
class HiddenRange:
    """A stretch of glyphs that leaves no ink."""

    start: int
    end: int
    why: Hiding


@dataclass(frozen=True, slots=True)
class Look:
    """What looking at a page told."""

    hidden: tuple[HiddenRange, ...]
    """In order."""
    picture: Picture

    @property
    def is_blank(self) -> bool:
        """The page shows nothing, not even a picture."""
        return not self.picture.pixels.translate(None, _LIGHT)


@dataclass(frozen=True, slots=True)
class _Piece:
    """A word, or part of one, drawn in one go."""

    start: int
    end: int
    run: Run
    x0: float
    y0: float
    x1: float
    y1: float


def look_for_ink(page: Handle, glyphs: Glyphs) -> Look:
    """Compare the glyphs of a page with a picture of it.

    Each word of each text object is looked for in a picture of the page; what is not seen there is looked for again,
    larger, since dots and hairlines vanish at reading size. A word between visible neighbours of the same text object
    stays unless it tells something.
    """
    scale = min(SCALE, math.sqrt(MAX_PIXELS / (glyphs.width * glyphs.height)))
    size = (max(1, math.ceil(glyphs.width * scale)), max(1, math.ceil(glyphs.height * scale)))
    picture = draw(page, width=size[0], height=size[1], scale=(scale, scale), grey=True)
    suspects = [(piece, why) for piece in _pieces(glyphs) if (why := _judge(piece, glyphs, picture, scale))]
    ranges = _merged(glyphs, suspects)
    looks = 0
    kept: list[HiddenRange] = []
    for found in ranges:
        if found.why is Hiding.NO_INK and looks < _CLOSER_LOOKS:
            looks += 1
            kept.extend(_closer(page, glyphs, suspects, found))
        else:
            kept.append(found)
    return Look(tuple(r for r in kept if _tells(glyphs, r)), picture)


def _pieces(glyphs: Glyphs) -> Iterator[_Piece]:
    x0, y0, x1, y1 = glyphs.x0, glyphs.y0, glyphs.x1, glyphs.y1
    for run in glyphs.runs:
        for match in _PIECE.finditer(glyphs.text, run.start, run.end):
            start, end = match.span()
            yield _Piece(
                start,
                end,
                run,
                min(x0[start:end]),
                min(y0[start:end]),
                max(x1[start:end]),
                max(y1[start:end]),
            )


def _judge(piece: _Piece, glyphs: Glyphs, picture: Picture, scale: float) -> Hiding | None:
    if piece.x1 <= 0 or piece.y1 <= 0 or piece.x0 >= glyphs.width or piece.y0 >= glyphs.height:
        return Hiding.OFF_PAGE
    if _is_tiny(piece, glyphs):
        return Hiding.TINY
    if _has_ink(picture, piece.x0 * scale, piece.y0 * scale, piece.x1 * scale, piece.y1 * scale):
        return None
    return Hiding.NO_INK


def _is_tiny(piece: _Piece, glyphs: Glyphs) -> bool:
    """Too small to read. Dots and dashes are low at any size, so that only their font size can tell."""
    start, end = piece.start, piece.end
    if piece.x1 - piece.x0 >= TINY_PT and piece.y1 - piece.y0 >= TINY_PT and end - start < 4:
        return False
    tallest = max(b - a for a, b in zip(glyphs.y0[start:end], glyphs.y1[start:end], strict=True))
    widest = max(b - a for a, b in zip(glyphs.x0[start:end], glyphs.x1[start:end], strict=True))
    if max(tallest, widest) < TINY_PT and piece.run.size < TINY_SIZE_PT:
        return True
    if not _TELLING.search(glyphs.text, start, end):
        return False
    if max(tallest, widest) < SPECK_PT:
        return True
    return end - start > 1 and min(piece.x1 - piece.x0, piece.y1 - piece.y0) < NARROW_PT


def _has_ink(picture: Picture, x0: float, y0: float, x1: float, y1: float) -> bool:
    """Whether the lightest and the darkest pixel in the box differ enough. Starts in the middle, where letters are."""
    left, right = max(0, int(x0)), min(picture.width, math.ceil(x1))
    top, bottom = max(0, int(y0)), min(picture.height, math.ceil(y1))
    if left >= right or top >= bottom:
        return False
    pixels, stride = picture.pixels, picture.width
    low, high = 255, 0
    middle = (top + bottom) // 2
    for row in (*range(middle, bottom), *range(top, middle)):
        part = pixels[row * stride + left : row * stride + right]
        low, high = min(low, min(part)), max(high, max(part))  # noqa: PLW3301  the bytes are compared in C
        if high - low >= MIN_CONTRAST:
            return True
    return False


def _merged(glyphs: Glyphs, suspects: list[tuple[_Piece, Hiding]]) -> list[HiddenRange]:
    """Neighbouring suspects as one stretch, with the gaps between them."""
    merged: list[HiddenRange] = []
    for piece, why in suspects:
        last = merged[-1] if merged else None
        if (
            last
            and last.why is why
            and not glyphs.text[last.end : piece.start].strip("\ufffe \r\n\t\xa0\u3000")
        ):
            merged[-1] = HiddenRange(last.start, piece.end, why)
        else:
            merged.append(HiddenRange(piece.start, piece.end, why))
    return merged


def _closer(
    page: Handle, glyphs: Glyphs, suspects: list[tuple[_Piece, Hiding]], found: HiddenRange
) -> list[HiddenRange]:
    """What of `found` shows no ink in a larger picture either."""
    pieces = [piece for piece, _ in suspects if found.start <= piece.start < found.end]
    x0, y0 = max(0.0, min(p.x0 for p in pieces) - 1), max(0.0, min(p.y0 for p in pieces) - 1)
    x1 = min(glyphs.width, max(p.x1 for p in pieces) + 1)
    y1 = min(glyphs.height, max(p.y1 for p in pieces) + 1)
    area = max(1.0, (x1 - x0) * (y1 - y0))
    scale = min(_CLOSER_SCALE, math.sqrt(_CLOSER_MAX_PIXELS / area))
    left, top = int(x0 * scale), int(y0 * scale)
    size = (max(1, math.ceil((x1 - x0) * scale)), max(1, math.ceil((y1 - y0) * scale)))
    picture = draw(page, width=size[0], height=size[1], left=left, top=top, scale=(scale, scale), grey=True)
    still = [
        (p, Hiding.NO_INK)
        for p in pieces
        if not _has_ink(
            picture, p.x0 * scale - left, p.y0 * scale - top, p.x1 * scale - left, p.y1 * scale - top
        )
    ]
    return _merged(glyphs, still)


def _tells(glyphs: Glyphs, found: HiddenRange) -> bool:
    return len(_TELLING.findall(glyphs.text, found.start, found.end)) >= _MIN_TELLING
