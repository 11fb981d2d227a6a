"""Make pages as a reader would see them, from lines that say where and how they are printed."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass

from server.domain.extractions import Line, Page

NAN = float("nan")
WIDE = "\t"
"""In a row's text: a space of two ems, as between names in a title block."""


@dataclass(frozen=True)
class Row:
    """One printed line. Characters between `{` and `}` are raised, as superscripts are."""

    x: float
    y: float
    size: float
    text: str
    bold: bool = False
    rotated: bool = False


def row(x: float, y: float, size: float, text: str, *, bold: bool = False, rotated: bool = False) -> Row:
    return Row(x, y, size, text, bold, rotated)


def prose(x: float, y: float, size: float, lines: int, *, japanese: bool = False) -> list[Row]:
    """A paragraph of running text, `lines` long."""
    words = (
        "本稿ではこのような方法を用いることで読み手の負担を減らせることを示す"
        if japanese
        else "we show that the order of the parts decides what a cache can reuse at all"
    )
    return [Row(x, y + i * 1.25 * size, size, words) for i in range(lines)]


def a_page(rows: Sequence[Row], *, number: int = 1, width: float = 595, height: float = 842) -> Page:
    """A page with a box for every character; Latin letters half an em wide, Japanese ones a whole em."""
    text: list[str] = []
    boxes = array("f")
    lines: list[Line] = []
    for printed in rows:
        if text:
            text.append("\n")
            boxes.extend([NAN] * 4)
        start = len(text)
        x, raised = printed.x, False
        bottom = printed.y + printed.size
        for c in printed.text:
            if c in "{}":
                raised = c == "{"
                continue
            size = printed.size * (0.65 if raised else 1.0)
            advance = size * (1.0 if ord(c) > 0x2E80 else 2.0 if c == WIDE else 0.5)
            text.append(" " if c == WIDE else c)
            if c.isspace():
                boxes.extend([NAN] * 4)
            else:
                base = bottom - (0.4 * printed.size if raised else 0.0)
                boxes.extend([x, base - 0.7 * size, x + 0.9 * advance, base])
            x += advance
        lines.append(
            Line(
                start, len(text), printed.x, printed.y, x, bottom, printed.size, printed.bold, printed.rotated
            )
        )
    packed = array("f", boxes)
    return Page(number, width, height, "".join(text), packed.tobytes(), tuple(lines))
