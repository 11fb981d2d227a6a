"""Which numbers of a paper belong together: those of one sentence, one row or one column of a table."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence

from server.domain.quantities import Quantity

MAX_GROUP = 40
"""Numbers of a group that are looked at; longer ones are listings."""
_SENTENCE_END = re.compile(r"[。．.!?][)\]」』]?[\s]|[。．]|\n\n|\f")

Group = tuple[Quantity, ...]


def groups_in(numbers: Sequence[Quantity], spans: Sequence[tuple[int, int]]) -> Iterator[Group]:
    """The numbers of each span, as one group."""
    starts = [one.start for one in numbers]
    for start, end in spans:
        inside = numbers[bisect_left(starts, start) : bisect_left(starts, end)]
        if len(inside) > 1:
            yield tuple(inside[:MAX_GROUP])


def tables_and_sentences(text: str, numbers: Sequence[Quantity]) -> Iterator[Group]:
    """Every sentence with two numbers or more; every row of a table and every column as far as rows are alike."""
    yield from groups_in(numbers, list(_sentences(text)))
    for table in _tables(text, numbers):
        yield from (row for row in table if len(row) > 1)
        width = max(len(row) for row in table)
        for column in range(min(width, MAX_GROUP)):
            cells = tuple(row[column] for row in table if len(row) == width)[:MAX_GROUP]
            if len(cells) > 1:
                yield cells


def _sentences(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for match in _SENTENCE_END.finditer(text):
        yield start, match.end()
        start = match.end()
    yield start, len(text)


def _tables(text: str, numbers: Sequence[Quantity]) -> Iterator[tuple[Group, ...]]:
    """Consecutive lines with at least two numbers each."""
    rows: list[Group] = []
    index, start = 0, 0
    for line in text.split("\n"):
        end = start + len(line)
        first = index
        while index < len(numbers) and numbers[index].start < end:
            index += 1
        row = tuple(numbers[first:index])
        start = end + 1
        if len(row) > 1:
            rows.append(row[:MAX_GROUP])
            continue
        if len(rows) > 1:
            yield tuple(rows)
        rows = []
    if len(rows) > 1:
        yield tuple(rows)
