"""Draw a page with some of its text left out: what then looks the same shows that this text leaves no ink."""

from __future__ import annotations

import ctypes
import math
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate, repeat
from typing import NamedTuple

from pypdfium2_raw import bindings as raw  # type: ignore[import-untyped]  # carries no types

from server.adapters.pdfium import Handle, Picture, address_of, draw, quick

MIN_CONTRAST = 40
"""Of 255: less than this between the lightest and the darkest pixel of a word is no ink (white on white, 98 % grey)."""
MAX_OBJECTS = 200_000
"""Of a page. No paper comes near; beyond it, what is left counts as picture."""
_LIGHT = 128
_PAPER_SHARE = 0.5
_ROWS = 100

_count = quick(raw.FPDFPage_CountObjects, ctypes.c_void_p)
_object = quick(raw.FPDFPage_GetObject, ctypes.c_void_p, ctypes.c_int, result=ctypes.c_void_p)
_kind = quick(raw.FPDFPageObj_GetType, ctypes.c_void_p)
_count_within = quick(raw.FPDFFormObj_CountObjects, ctypes.c_void_p)
_object_within = quick(raw.FPDFFormObj_GetObject, ctypes.c_void_p, ctypes.c_ulong, result=ctypes.c_void_p)
_show = quick(raw.FPDFPageObj_SetIsActive, ctypes.c_void_p, ctypes.c_int)


class Area(NamedTuple):
    """Whole pixels of a picture; `right` and `bottom` are the first outside."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def is_empty(self) -> bool:
        return self.left >= self.right or self.top >= self.bottom

    @property
    def size(self) -> int:
        return max(0, self.right - self.left) * max(0, self.bottom - self.top)

    def meets(self, other: Area) -> bool:
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )

    def shared(self, other: Area) -> int:
        """How many pixels two areas have in common."""
        width = min(self.right, other.right) - max(self.left, other.left)
        height = min(self.bottom, other.bottom) - max(self.top, other.top)
        return max(0, width) * max(0, height)

    def beside(self, other: Area) -> Area:
        """The largest part of this area above, below, left or right of another one that it meets."""
        parts = (
            Area(self.left, self.top, self.right, min(self.bottom, other.top)),
            Area(self.left, max(self.top, other.bottom), self.right, self.bottom),
            Area(self.left, self.top, min(self.right, other.left), self.bottom),
            Area(max(self.left, other.right), self.top, self.right, self.bottom),
        )
        return max(parts, key=lambda part: part.size)


@dataclass(frozen=True, slots=True)
class Frame:
    """A window on the page as displayed: `width` × `height` pixels at `left`, `top` of the page drawn at `scale`."""

    left: int
    top: int
    width: int
    height: int
    scale: float
    """Pixels per point."""

    @classmethod
    def around(cls, x0: float, y0: float, x1: float, y1: float, *, scale: float, max_pixels: int) -> Frame:
        """Points of the page as displayed; at a smaller scale where it would be too many pixels."""
        scale = min(scale, math.sqrt(max_pixels / max(1.0, (x1 - x0) * (y1 - y0))))
        width, height = (max(1, math.ceil(side * scale)) for side in (x1 - x0, y1 - y0))
        return cls(int(x0 * scale), int(y0 * scale), width, height, scale)

    def area(self, x0: float, y0: float, x1: float, y1: float) -> Area:
        """The pixels that a box in points touches, as far as they are in the window."""
        scale = self.scale
        return Area(
            max(0, int(x0 * scale - self.left)),
            max(0, int(y0 * scale - self.top)),
            min(self.width, math.ceil(x1 * scale - self.left)),
            min(self.height, math.ceil(y1 * scale - self.top)),
        )


@dataclass(frozen=True, slots=True)
class Layers:
    """The text of a page, and whether there is anything else on it."""

    page: Handle
    texts: frozenset[int]
    """Every text object, those without readable characters and those inside form objects too."""
    has_graphics: bool

    @classmethod
    def of(cls, page: Handle) -> Layers:
        texts: set[int] = set()
        has_graphics = raw.FPDFPage_GetAnnotCount(page) > 0
        for seen, handle in enumerate(_objects(page)):
            if seen < MAX_OBJECTS and _kind(handle) == raw.FPDF_PAGEOBJ_TEXT:
                texts.add(handle)
            else:
                has_graphics = True
                if seen >= MAX_OBJECTS:
                    break
        return cls(page, frozenset(texts), has_graphics)

    def draw(self, frame: Frame, *, without: Collection[int] = ()) -> Picture:
        """A grey picture of the window, some text objects left out."""
        for handle in without:
            _show(handle, 0)
        try:
            return draw(
                self.page,
                width=frame.width,
                height=frame.height,
                left=frame.left,
                top=frame.top,
                scale=(frame.scale, frame.scale),
                grey=True,
            )
        finally:
            for handle in without:
                _show(handle, 1)


def _objects(page: Handle) -> Iterator[int]:
    """Page objects, those inside of form objects instead of the forms themselves. Lazy: there may be very many."""
    address = address_of(page)
    stack = [map(_object, repeat(address), range(_count(address)))]
    while stack:
        handle = next(stack[-1], None)
        if handle is None:
            stack.pop()
        elif _kind(handle) == raw.FPDF_PAGEOBJ_FORM:
            stack.append(map(_object_within, repeat(handle), range(_count_within(handle))))
        else:
            yield handle


@dataclass(frozen=True, slots=True)
class Backdrop:
    """The page without its text."""

    picture: Picture
    marked_rows: tuple[int, ...]
    """How many rows above each are not plain paper: most of a page is, which saves looking closer."""

    @classmethod
    def of(cls, picture: Picture) -> Backdrop:
        width, pixels = picture.width, picture.pixels
        paper = b"\xff" * width
        marked = (pixels[at : at + width] != paper for at in range(0, width * picture.height, width))
        return cls(picture, tuple(accumulate(marked, initial=0)))

    def shows(self, area: Area) -> bool:
        """Whether there is ink without the text, so that the ink of the whole page proves nothing."""
        is_marked = self.marked_rows[area.bottom] > self.marked_rows[area.top]
        return is_marked and has_ink(self.picture, area)


def has_ink(picture: Picture, area: Area) -> bool:
    """Whether the lightest and the darkest pixel differ enough. Starts in the middle, where letters are."""
    if area.is_empty:
        return False
    pixels, stride = picture.pixels, picture.width
    low, high = 255, 0
    middle = (area.top + area.bottom) // 2
    for row in (*range(middle, area.bottom), *range(area.top, middle)):
        part = pixels[row * stride + area.left : row * stride + area.right]
        low, high = min(low, min(part)), max(high, max(part))  # noqa: PLW3301  the bytes are compared in C
        if high - low >= MIN_CONTRAST:
            return True
    return False


def changed(one: Picture, other: Picture, area: Area, *, enough: int) -> int:
    """How many pixels differ between two pictures of one window, counted row by row until there are `enough`. Of huge
    letters some rows are enough.
    """
    stride = one.width
    count = 0
    for row in range(area.top, area.bottom, max(1, (area.bottom - area.top) // _ROWS)):
        span = slice(row * stride + area.left, row * stride + area.right)
        first, second = one.pixels[span], other.pixels[span]
        if first != second:
            count += sum(abs(a - b) >= MIN_CONTRAST for a, b in zip(first, second, strict=True))
            if count >= enough:
                break
    return count


def is_paper(picture: Picture, areas: Iterable[Area]) -> bool:
    """Whether most of the areas is of one light tone, as around letters; a photograph is of many."""
    tones: Counter[int] = Counter()
    for area in areas:
        for row in range(area.top, area.bottom):
            tones.update(picture.pixels[row * picture.width + area.left : row * picture.width + area.right])
    if not tones:
        return False
    paper = max(range(256), key=lambda tone: sum(tones[tone + n] for n in range(-8, 9)))
    even = sum(count for tone, count in tones.items() if abs(tone - paper) < MIN_CONTRAST)
    return paper >= _LIGHT and even >= _PAPER_SHARE * tones.total()
