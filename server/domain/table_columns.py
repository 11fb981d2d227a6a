"""Whether a cell of a table stands below the words of its head that a statement uses."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from server.domain.content import Topic, content_words, meets
from server.domain.extractions import Box, Extraction

Span = tuple[int, int]

SPACE = 0.42
"""Widest space between words of one head, as a share of their height."""
MOST_LINES = 3
"""Lines of a head."""
_WORD = re.compile(r"\S+")
_PROSE = re.compile(
    r"[,;:。，、；：]$|(?<!\S)[a-z]\w*[)”]?\.$"
    r"|(?<!\S)(?:the|are|is|was|were|we|and|for|with|to|in|on|by|that|which)(?!\S)|[はをがにで][^)）]{2}"
)
"""A sentence, or a piece of one; "Avg." ends none."""


def is_in_column(
    extraction: Extraction, *, above: int, cell: Span, cells: Sequence[Span], topic: Topic
) -> bool:
    """False when the head names columns that the topic speaks of, and the cell stands in none of them.

    Each line of the head speaks for itself: "Co-Read" over "MAP nDCG" asks for a cell below both. A word of the head
    stands over the cells that are nearer to it than to any other word of its line. True where there is no head, or
    it says nothing that the topic says.

    Args:
        above: Where the rows of the table begin.
        cells: All cells of the row.
    """
    place = _box(extraction, cell)
    row = [box for span in cells if (box := _box(extraction, span))]
    if place is None or len(row) < 2:
        return True
    for line in _head(extraction.text, above):
        heads = [(words, box) for words, box in _heads(extraction, line) if box.page == place.page]
        said = {box for words, box in heads if meets(topic, content_words(words))}
        boxes = [box for _, box in heads]
        if any(_over(box, boxes) in said for box in row) and _over(place, boxes) not in said:
            return False
    return True


def _head(text: str, above: int) -> Iterator[Span]:
    """The lines just above the rows as far as they are no prose, the nearest first."""
    end = above - 1
    for _ in range(MOST_LINES):
        start = max(text.rfind("\n", 0, max(0, end)), text.rfind("\f", 0, max(0, end))) + 1
        if start >= end or _PROSE.search(text[start:end]):
            return
        yield start, end
        end = start - 1


def _heads(extraction: Extraction, line: Span) -> Iterator[tuple[str, Box]]:
    """The words of a line; those that only a space parts are one head."""
    words: list[str] = []
    whole: Box | None = None
    for match in _WORD.finditer(extraction.text, *line):
        box = _box(extraction, match.span())
        if box is None:
            continue
        if whole and not 0 <= box.x0 - whole.x1 <= SPACE * (whole.y1 - whole.y0):
            yield " ".join(words), whole
            words, whole = [], None
        words.append(match[0])
        whole = replace(box, x0=whole.x0) if whole else box
    if whole:
        yield " ".join(words), whole


def _box(extraction: Extraction, span: Span) -> Box | None:
    return next(iter(extraction.boxes(*span)), None)


def _over(cell: Box, words: Sequence[Box]) -> Box | None:
    """The word whose middle is nearest to the middle of a cell."""
    return min(words, key=lambda word: abs(word.x0 + word.x1 - cell.x0 - cell.x1), default=None)
