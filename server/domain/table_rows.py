"""Which lines of a paper are rows of tables, and which row a statement means."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from server.domain.content import Topic, content_words, meets

BESIDE = 400
"""Characters before and after the rows of a table that hold its head and caption."""
MOST_WORDS = (6, 9)
"""Words of a row that has one number, or two; a longer line that ends with a number is prose."""

_CELL = re.compile(
    r"[(\[~±+\-−–<>=≈$↑↓*]*[0-9][0-9.,]*(?:e-?[0-9]+)?(?:[%kKMBx×⋆]|ms|MB|GB)?[)\]*†‡§∗]*(?:±[0-9.]+)?|[-–—]|n/a|N/A"
)
_UNIT_CELL = re.compile(r"%|s|ms|MB|GB|h|min|[KMB]|pt|秒|件|倍|ページ|[±(↑↓)]+")
_ENDS_SENTENCE = re.compile(r"[.,。、;:]$")


@dataclass(frozen=True)
class Row:
    """One line of a table, `text[start:end]`, and what stands before its first cell."""

    start: int
    end: int
    body: int
    """Where its first cell begins."""
    label: str
    cells: int

    @cached_property
    def words(self) -> frozenset[str]:
        return content_words(self.label)


@dataclass(frozen=True)
class Table:
    """Lines below each other that all end in cells."""

    rows: tuple[Row, ...]

    @property
    def start(self) -> int:
        return self.rows[0].start

    @property
    def end(self) -> int:
        return self.rows[-1].end

    def row_at(self, offset: int) -> Row | None:
        return next((row for row in self.rows if row.start <= offset < row.end), None)

    def named(self, topic: Topic) -> tuple[Row, ...]:
        """The rows whose labels say what the topic says: those that no other row fits better."""
        fits = [(row, meets(topic, row.words)) for row in self.rows]
        return tuple(row for row, met in fits if met and not any(met < other for _, other in fits))


@dataclass(frozen=True)
class PaperTables:
    """The tables of a paper, in reading order."""

    text: str
    tables: tuple[Table, ...]

    @classmethod
    def of(cls, text: str) -> PaperTables:
        return cls(text, tuple(Table(rows) for rows in _runs(text)))

    def at(self, offset: int) -> tuple[Table | None, Row | None]:
        """The table and the row at this offset; None for both in prose."""
        index = bisect_right(self._starts, offset) - 1
        row = self.tables[index].row_at(offset) if index >= 0 else None
        return (self.tables[index], row) if row else (None, None)

    def around(self, table: Table, row: Row) -> str:
        """A row with the head and caption of its table, without the other rows."""
        before = self.text[max(0, table.start - BESIDE) : table.start]
        after = self.text[table.end : table.end + BESIDE]
        return f"{before} {self.text[row.start : row.end]} {after}"

    @cached_property
    def _starts(self) -> list[int]:
        return [table.start for table in self.tables]


def _runs(text: str) -> Iterator[tuple[Row, ...]]:
    """Two rows or more below each other; a line between two rows may belong to a label."""
    rows: list[Row] = []
    above, missed, start = "", 0, 0
    for line in text.replace("\f", "\n").split("\n"):
        row = _row(line, start, above)
        above = "" if row else line
        start += len(line) + 1
        if row:
            rows.append(row)
            missed = 0
            continue
        missed += 1
        if missed > 1 or len(line) > BESIDE // 10:
            if len(rows) > 1:
                yield tuple(rows)
            rows = []
    if len(rows) > 1:
        yield tuple(rows)


def _row(line: str, start: int, above: str) -> Row | None:
    placed = list(re.finditer(r"\S+", line))
    words = [match[0] for match in placed]
    first = _first_cell(words)
    cells = [word for word in words[first:] if _CELL.fullmatch(word)]
    if not cells or _ENDS_SENTENCE.search(line.rstrip()):
        return None
    if len(cells) <= len(MOST_WORDS) and len(words) > MOST_WORDS[len(cells) - 1]:
        return None
    label = " ".join(words[:first])
    return Row(start, start + len(line), start + placed[first].start(), label or above, len(cells))


def _first_cell(words: Sequence[str]) -> int:
    """The index from which on a line has nothing but cells; its length when it does not end in one."""
    first = len(words)
    for index in range(len(words) - 1, -1, -1):
        if _CELL.fullmatch(words[index]):
            first = index
        elif not _UNIT_CELL.fullmatch(words[index]):
            break
    return first
