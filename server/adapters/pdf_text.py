"""Make a page of visible, normalised text, its boxes and its lines out of a page's glyphs."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from operator import sub

from server.adapters.pdf_hyphens import Hyphen, Vocabulary
from server.adapters.pdf_reading import HYPHEN_MARK, Glyphs, Run, printed_lines
from server.domain.extractions import Line, Page
from server.domain.normalise import Cleaned, clean

NOWHERE = array("f", [float("nan")] * 4)
_NEXT_LINE = 3.0
"""Times the height of a line: a line further down than this does not go on with the word (a footnote, a caption)."""
_GAPS = re.compile(r"\s")
_SIZE_OF_HEIGHT = 1.1
"""A line's tallest glyph box spans ascender to descender, about 0.9 of the font size."""
_SMALLEST, _LARGEST = 0.6, 8.0
"""A font size outside these multiples of the tallest glyph box says nothing: Type 3 fonts have units of their own."""


def compose_page(
    number: int, glyphs: Glyphs, *, left_out: Sequence[tuple[int, int]], vocabulary: Vocabulary
) -> Page:
    """The page as a person reads it: without the stretches of glyphs that are `left_out` (in order), words broken at line ends made whole.

    A word that goes over a line end leaves no trace of the break in the text; its lines then touch (`Line.end` of the
    one is `Line.start` of the next). A hyphen that stays is the last character of its line.
    """
    return _Composer(number, glyphs, left_out, vocabulary).page()


class _Composer:
    def __init__(
        self, number: int, glyphs: Glyphs, left_out: Sequence[tuple[int, int]], vocabulary: Vocabulary
    ) -> None:
        self.number = number
        self.glyphs = glyphs
        self.left_out = left_out
        self.vocabulary = vocabulary
        self.pieces: list[str] = []
        self.length = 0
        self.boxes = array("f")
        self.lines: list[Line] = []
        self.run_starts = [run.start for run in glyphs.runs]
        self.packed = _packed(glyphs)
        self._edges = (glyphs.x0, glyphs.y0, glyphs.x1, glyphs.y1)

    def page(self) -> Page:
        glyphs = self.glyphs
        joint = "\n"
        last: tuple[int, int] | None = None
        for start, end, follows in printed_lines(glyphs.text):
            ranges = _trimmed(glyphs.text, _without(start, end, self.left_out))
            cleaned = [clean(glyphs.text[low:high]) for low, high in ranges]
            if any(part.text.strip() for part in cleaned):
                if last:
                    self._join(joint, last, ranges)
                self._line(ranges, cleaned)
                last = (ranges[0][0], ranges[-1][1])
                joint = follows
            elif follows == "\n":
                joint = "\n"
        text = "".join(self.pieces)
        return Page(
            self.number, glyphs.width, glyphs.height, text, _little_endian(self.boxes), tuple(self.lines)
        )

    def _join(self, joint: str, last: tuple[int, int], ranges: list[tuple[int, int]]) -> None:
        if joint != HYPHEN_MARK:
            self._put("\n", NOWHERE)
            return
        text = self.glyphs.text
        mark, after = last[1], ranges[0]
        hyphen = Hyphen.BREAK
        if self._goes_on(mark, after[0]):
            hyphen = self.vocabulary.hyphen(text[last[0] : mark], text[after[0] : after[1]])
        if hyphen is not Hyphen.DROP:
            self._put("-", self.packed[4 * mark : 4 * mark + 4])
            self.lines[-1] = replace(self.lines[-1], end=self.length)
        if hyphen is Hyphen.BREAK:
            self._put("\n", NOWHERE)

    def _goes_on(self, before: int, after: int) -> bool:
        """Whether the glyph `after` a line end can be where the line of `before` continues: just below, or further up
        in the next column.
        """
        y0, y1 = self.glyphs.y0, self.glyphs.y1
        height = max(y1[before - 1] - y0[before - 1], y1[after] - y0[after], 1.0)
        return y0[after] - y1[before - 1] < _NEXT_LINE * height

    def _put(self, text: str, boxes: array[float]) -> None:
        self.pieces.append(text)
        self.boxes.extend(boxes)
        self.length += len(text)

    def _line(self, ranges: list[tuple[int, int]], cleaned: list[Cleaned]) -> None:
        start = self.length
        for (low, high), part in zip(ranges, cleaned, strict=True):
            if part.is_identity:
                self._put(part.text, self.packed[4 * low : 4 * high])
            else:
                for letter, first, after in zip(part.text, part.starts, part.ends, strict=True):
                    self._put(letter, self._union(low + first, low + after))
        self.lines.append(self._described(start, ranges))

    def _union(self, start: int, end: int) -> array[float]:
        """The box around several glyphs that became one character."""
        boxes = [self.packed[4 * at : 4 * at + 4] for at in range(start, end)]
        real = [box for box in boxes if box[0] == box[0]]
        if not real:
            return NOWHERE
        x0, y0, x1, y1 = zip(*real, strict=True)
        return array("f", (min(x0), min(y0), max(x1), max(y1)))

    def _described(self, start: int, ranges: list[tuple[int, int]]) -> Line:
        sizes: Counter[float] = Counter()
        bold = rotated = total = 0
        for low, high in ranges:
            for run in self._runs(low, high):
                count = min(run.end, high) - max(run.start, low)
                total += count
                sizes[run.size] += count
                bold += count * run.bold
                rotated += count * run.rotated
        turned = 2 * rotated > total
        x0, y0, x1, y1 = (self._along(ranges, edges) for edges in self._edges)
        tallest = max(map(sub, x1, x0) if turned else map(sub, y1, y0))
        size = sizes.most_common(1)[0][0] if sizes else 0.0
        if not tallest * _SMALLEST <= size <= tallest * _LARGEST:  # the size lies: trust the shapes
            size = tallest * _SIZE_OF_HEIGHT
        place = (min(x0), min(y0), max(x1), max(y1))
        return Line(start, self.length, *place, size=round(size, 2), bold=2 * bold > total, rotated=turned)

    @staticmethod
    def _along(ranges: list[tuple[int, int]], values: array[float]) -> array[float]:
        low, high = ranges[0]
        along = values[low:high]
        for low, high in ranges[1:]:
            along += values[low:high]
        return along

    def _runs(self, low: int, high: int) -> Sequence[Run]:
        runs = self.glyphs.runs
        first = max(0, bisect_right(self.run_starts, low) - 1)
        last = bisect_right(self.run_starts, high - 1)
        return [run for run in runs[first:last] if run.end > low]


def _packed(glyphs: Glyphs) -> array[float]:
    """Four floats per glyph; nowhere for spaces that PDFium made up."""
    boxes = array("f", bytes(16 * len(glyphs.text)))
    for edge, values in enumerate((glyphs.x0, glyphs.y0, glyphs.x1, glyphs.y1)):
        boxes[edge::4] = values
    for gap in _GAPS.finditer(glyphs.text):
        at = 4 * gap.start()
        if boxes[at] >= boxes[at + 2] or boxes[at + 1] >= boxes[at + 3]:
            boxes[at : at + 4] = NOWHERE
    return boxes


def _little_endian(boxes: array[float]) -> bytes:
    if array("H", [1]).tobytes()[0] == 0:  # pragma: no cover  big-endian machines
        boxes.byteswap()
    return boxes.tobytes()


def _without(start: int, end: int, hidden: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """What remains of `start:end` when the hidden stretches (in order) are taken out."""
    remaining: list[tuple[int, int]] = []
    for low, high in hidden:
        if high <= start or low >= end:
            continue
        if low > start:
            remaining.append((start, low))
        start = max(start, high)
    if start < end:
        remaining.append((start, end))
    return remaining


def _trimmed(text: str, ranges: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Without white space at both ends of the line; empty when nothing else is there."""
    kept = [
        (low + len(part) - len(part.lstrip()), low + len(part.rstrip()))
        for low, high in ranges
        if (part := text[low:high]).strip()
    ]
    if len(kept) > 1:  # inner edges keep their spaces
        inner = [r for r in ranges if text[r[0] : r[1]].strip()]
        kept = [
            (k[0] if i == 0 else r[0], k[1] if i == len(kept) - 1 else r[1])
            for i, (k, r) in enumerate(zip(kept, inner, strict=True))
        ]
    return kept
