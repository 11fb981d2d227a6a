"""Break lines of mixed Japanese and Latin text by cells: between Japanese characters too, never before a 。"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.text import Text

NBSP = "\u00a0"
"""Holds `[p. 4]` together; printed as an ordinary space."""

_WIDE = "\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef"
_OPENING = "「『（〔［【《〈“‘"
_CLOSING = "、。，．・：；！？」』）〕］】》〉”’…‥ー々ゝゞぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ％"
_UNIT = re.compile(rf"[{_OPENING}]*(?:[{_WIDE}]|[^ {_WIDE}{_OPENING}]+)?[{_CLOSING}]* *")
"""What is never broken: one wide character or one Latin word, with what must not leave its side."""


def wrap(text: Text, width: int, *, hanging: int = 0) -> list[Text]:
    """The lines of `text`, each at most `width` cells wide; all but the first leave `hanging` cells free.

    Nothing is cut off: a word longer than a line is broken.
    """
    width = max(width, 1)
    starts: list[int] = []
    used = 0
    room = width
    for start, end in _units(text.plain, max(width - hanging, 2)):
        cells = cell_len(text.plain[start:end].rstrip(" "))
        if used and used + cells > room:
            starts.append(start)
            used, room = 0, max(width - hanging, 2)
        used += cell_len(text.plain[start:end])
    lines = list(text.divide(starts)) if starts else [text.copy()]
    for line in lines:
        line.rstrip()
        line.plain = line.plain.replace(NBSP, " ")
        line.no_wrap = True
    return lines


def _units(plain: str, width: int) -> Iterator[tuple[int, int]]:
    """Stretches that stay on one line, as (start, end); one that is wider than a line comes in pieces."""
    for match in _UNIT.finditer(plain):
        if match.end() == match.start():
            continue
        if cell_len(match.group().rstrip(" ")) <= width:
            yield match.span()
            continue
        piece = match.start()
        used = 0
        for offset in range(match.start(), match.end()):
            cells = cell_len(plain[offset])
            if used + cells > width and plain[offset] != " ":
                yield piece, offset
                piece, used = offset, 0
            used += cells
        yield piece, match.end()


@dataclass(frozen=True)
class Paragraph:
    """Text that wraps by `wrap` in whatever width it is given."""

    text: Text
    indent: int = 0
    """Cells before every line."""
    hanging: int = 0
    """More cells before every line but the first."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        margin = self.indent if options.max_width > 3 * self.indent else 0
        for number, line in enumerate(wrap(self.text, options.max_width - margin, hanging=self.hanging)):
            line.pad_left(margin + (self.hanging if number else 0))
            yield line

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        return Measurement(
            min(10, options.max_width), min(cell_len(self.text.plain) + self.indent, options.max_width)
        )
