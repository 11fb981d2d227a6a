"""Put the cells of a table's row on one line, parted by tabs, as far as their places on the page tell."""

from __future__ import annotations

import re

from server.domain.extractions import Line, Page

WIDE = 1.5
"""Width of a gap between two cells, in heights of their line; the space of a justified line is smaller."""
SAME_ROW = 0.6
"""Share of the smaller height that two pieces of a row have in common."""
NARROW = 0.35
"""Of the page's width: what is wider is a line of prose in a column, no cell."""
_GAP = re.compile(r"(?<=\S)[ \t]+(?=\S)")


def tabbed(page: Page) -> str:
    """The page's text with tabs for the spaces between cells and for the line breaks within a row. Nothing but white
    space changes, character for character, so that offsets hold and what is copied from it is found in the paper."""
    if not page.lines:
        return page.text
    text = list(page.text)
    for line in page.lines:
        height = max(line.y1 - line.y0, 1.0)
        for gap in _GAP.finditer(page.text, line.start, line.end):
            before, after = page.box(gap.start() - 1), page.box(gap.end())
            if before and after and after.x0 - before.x1 > WIDE * height:
                text[gap.start()] = "\t"
    for line, below in zip(page.lines, page.lines[1:], strict=False):
        if below.start - line.end == 1 and page.text[line.end] == "\n" and _is_row(page, line, below):
            text[line.end] = "\t"
    return "".join(text)


def _is_row(page: Page, left: Line, right: Line) -> bool:
    """Whether two lines of the text are two cells of one printed row."""
    if left.rotated or right.rotated or right.x0 <= left.x1:
        return False
    common = min(left.y1, right.y1) - max(left.y0, right.y0)
    height = min(left.y1 - left.y0, right.y1 - right.y0)
    widest = max(left.x1 - left.x0, right.x1 - right.x0)
    return common > SAME_ROW * height and widest < NARROW * page.width
