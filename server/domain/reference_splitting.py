"""Take a reference list to pieces: which lines begin an entry."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from server.domain.printed import CJK, Printed

_LABELS: dict[str, re.Pattern[str]] = {
    "bracket": re.compile(r"\s?[\[［](\d{1,4})[\]］]\s?"),
    "paren": re.compile(r"\s?[(（](\d{1,4})[)）]\s?"),
    "half_paren": re.compile(r"\s?(\d{1,4})[)）]\s?"),
    "dot": re.compile(r"\s?(\d{1,4})[.．](?:\s|(?=[^\d\s]))"),
    "key": re.compile(r"\s?[\[［]([^\]］]{2,40})[\]］]\s?"),
    "bare": re.compile(rf"\s?(\d{{1,4}})\s(?=[A-ZÀ-Þ{CJK}“\"'‘])"),
}
_FULL_NAME_START = re.compile(
    r"(?:[A-ZÀ-Þ][\w'’´`-]*\.?|[A-ZÀ-Þ]\.|van|von|de|der|di|la|el|al)(?:[\s,]+(?:[A-ZÀ-Þ][\w'’´`.-]*|van|von|de|der|di|la|el|al|and|&)){1,}"
)
_YEAR = re.compile(r"(?:19|20)\d\d")
_ENDS_ENTRY = re.compile(r"[.。．)）\]>/\d\w]\s*$")
_LEAST_INDENT = 4.0
_MOST_INDENT = 60.0


@dataclass(frozen=True, slots=True)
class RawEntry:
    """The lines of one entry, and its printed label."""

    label: str | None
    label_length: int
    lines: tuple[Printed, ...]


def split_entries(lines: Sequence[Printed]) -> tuple[RawEntry, ...]:
    """The entries of one list, in printed order.

    Args:
        lines: Of the list alone, over columns and pages; furniture already gone.
    """
    lines = _without_notes(lines)
    if not lines:
        return ()
    return _labelled(lines) or _grouped(lines, _starts_without_labels(lines))


def _without_notes(lines: Sequence[Printed]) -> list[Printed]:
    """Without footnotes, which stand smaller at the foot of a column between two lines of an entry."""
    size = _usual_size(lines)
    return [
        line
        for line in lines
        if not line.rotated and (not line.placed or line.size >= size - max(0.6, 0.07 * size))
    ]


def _usual_size(lines: Sequence[Printed]) -> float:
    sizes: Counter[float] = Counter()
    for line in lines:
        sizes[round(line.size, 1)] += len(line.text)
    return sizes.most_common(1)[0][0] if sizes else 0.0


# Lists with labels


def _labelled(lines: Sequence[Printed]) -> tuple[RawEntry, ...]:
    for kind, pattern in _LABELS.items():
        starts = _key_starts(lines, pattern) if kind == "key" else _number_starts(lines, pattern)
        enough = 2 if kind in {"bracket", "key"} else 3
        begins_early = starts and min(starts) <= 2
        if begins_early and (len(starts) >= enough or (kind == "bracket" and len(lines) <= 6)):
            return _grouped(lines, sorted(starts), starts)
    return ()


def _number_starts(lines: Sequence[Printed], pattern: re.Pattern[str]) -> dict[int, tuple[str, int]]:
    """Line index → label and its length, where the numbers go up; a year or a page at a line's start does not fit."""
    starts: dict[int, tuple[str, int]] = {}
    last: int | None = None
    for index, line in enumerate(lines):
        match = pattern.match(line.text[:12])
        if not match:
            continue
        number = int(match[1])
        if number == 1 or (last is None and number <= 3) or (last is not None and 0 < number - last <= 3):
            if number == 1 and last is not None and last < 3:
                continue
            starts[index] = match[1], match.end()
            last = number
    return starts


def _key_starts(lines: Sequence[Printed], pattern: re.Pattern[str]) -> dict[int, tuple[str, int]]:
    starts = {}
    for index, line in enumerate(lines):
        match = pattern.match(line.text[:48])
        if match and re.search(r"[^\W\d]", match[1]) and re.search(r"\d{2}|[+]", match[1]):
            starts[index] = match[1], match.end()
    return starts


def _grouped(
    lines: Sequence[Printed], starts: Sequence[int], labels: dict[int, tuple[str, int]] | None = None
) -> tuple[RawEntry, ...]:
    ends = [*starts[1:], len(lines)]
    entries = []
    for start, end in zip(starts, ends, strict=True):
        label, length = (labels or {}).get(start, (None, 0))
        entries.append(RawEntry(label, length, tuple(_within_one_entry(lines[start:end]))))
    return tuple(entries)


def _within_one_entry(lines: Sequence[Printed]) -> Sequence[Printed]:
    """Cut where a much larger gap or other type says that something else has begun below the entry."""
    for index, (above, line) in enumerate(pairwise(lines), start=1):
        if not line.placed or not line.is_below(above):
            continue
        gap = line.y0 - above.y1
        if gap > 2.6 * above.size or (line.size > 1.15 * above.size and gap > 0.5 * above.size):
            return lines[:index]
    return lines


# Lists without labels


def _starts_without_labels(lines: Sequence[Printed]) -> list[int]:
    """By hanging indents; else by the air between entries; else by how a line reads."""
    if lines[0].placed:
        for found in (_by_indent(lines), _by_gap(lines)):
            if _plausible(found, lines):
                return found
    return _by_reading(lines)


def _plausible(starts: Sequence[int], lines: Sequence[Printed]) -> bool:
    if not starts or (len(starts) == 1 and len(lines) > 6):
        return False
    ends = [*starts[1:], len(lines)]
    sizes = [end - start for start, end in zip(starts, ends, strict=True)]
    dated = sum(
        any(_YEAR.search(line.text) for line in lines[a:b]) for a, b in zip(starts, ends, strict=True)
    )
    return median(sizes) <= 8 and dated >= 0.5 * len(starts)


def _by_indent(lines: Sequence[Printed]) -> list[int]:
    columns = _columns(lines)
    indent = _hanging_indent(lines, columns)
    if not indent:
        return []
    edges = _left_edges(lines, columns, indent)
    starts = []
    for index, line in enumerate(lines):
        edge = edges[columns[index]]
        if line.x0 < edge + 0.5 * indent:
            starts.append(index)
    if starts and starts[0] != 0:
        starts.insert(0, 0)
    return starts


def _columns(lines: Sequence[Printed]) -> list[int]:
    """The run of lines, one below the other, that each line belongs to."""
    columns = [0]
    for above, line in pairwise(lines):
        same = (
            line.page == above.page
            and line.y0 > above.y0 - 2
            and abs(line.x0 - above.x0) < 0.3 * line.page_width
        )
        columns.append(columns[-1] if same else columns[-1] + 1)
    return columns


def _hanging_indent(lines: Sequence[Printed], columns: Sequence[int]) -> float:
    """How far lines after the first are moved in: the commonest step to the right within a column."""
    steps: Counter[int] = Counter()
    for (left, a), (right, b) in pairwise(zip(lines, columns, strict=True)):
        step = right.x0 - left.x0
        if a == b and _LEAST_INDENT < step < _MOST_INDENT:
            steps[round(step)] += 1
    if not steps:
        return 0.0
    best = max(steps, key=lambda step: steps[step - 1] + steps[step] + steps[step + 1])
    return (
        float(best) if steps[best - 1] + steps[best] + steps[best + 1] >= max(2, 0.04 * len(lines)) else 0.0
    )


def _left_edges(lines: Sequence[Printed], columns: Sequence[int], indent: float) -> dict[int, float]:
    """Where each column begins. One that holds only the tail of an entry has no first line of its own to show it."""
    members: dict[int, list[Printed]] = {}
    for line, column in zip(lines, columns, strict=True):
        members.setdefault(column, []).append(line)
    edges: dict[int, float] = {}
    sure: list[tuple[Printed, float]] = []
    for column, mine in members.items():
        left = min(line.x0 for line in mine)
        if any(0.6 * indent < line.x0 - left < 1.4 * indent for line in mine):
            edges[column] = left
            sure.append((mine[0], left))
    for column, mine in members.items():
        if column not in edges:
            left = min(line.x0 for line in mine)
            near = [
                edge
                for line, edge in sure
                if abs(edge - left) < 1.5 * indent and line.page_width == mine[0].page_width
            ]
            edges[column] = min(
                near, key=lambda edge: min(abs(edge - left), abs(edge + indent - left)), default=left
            )
    return edges


def _by_gap(lines: Sequence[Printed]) -> list[int]:
    gaps = [b.y0 - a.y0 if b.is_below(a) else None for a, b in pairwise(lines)]
    known = sorted(gap for gap in gaps if gap is not None)
    if len(known) < 3:
        return []
    usual = known[len(known) // 4]
    threshold = usual * 1.22
    if sum(gap > threshold for gap in known) < 0.08 * len(known):
        return []
    starts = [0]
    for index, gap in enumerate(gaps, start=1):
        begins = gap > threshold if gap is not None else _reads_like_start(lines[index - 1], lines[index])
        if begins:
            starts.append(index)
    return starts


def _by_reading(lines: Sequence[Printed]) -> list[int]:
    starts = [0]
    dated = False
    for index, (above, line) in enumerate(pairwise(lines), start=1):
        dated = dated or bool(_YEAR.search(above.text))
        if dated and _reads_like_start(above, line):
            starts.append(index)
            dated = False
    return starts


def _reads_like_start(above: Printed, line: Printed) -> bool:
    if not _ENDS_ENTRY.search(above.text) or above.text.rstrip()[-1:] in {",", "，", "-"}:
        return False
    ended = above.text.rstrip()[-1:] in {".", "。", "．", ")", "）"}
    japanese = bool(re.match(rf"[{CJK}]{{1,6}}[ 　,，、：:（(]", line.text[:12]))
    names = bool(re.match(r"[^\W\d_][\w'’-]+,? (?:[A-Z]\.|[A-Z]{1,3}[,.\s])", line.text[:60])) or bool(
        re.match(r"(?:[A-Z]\. ?){1,3}[A-Z]\w+", line.text[:40])
    )
    full = bool(_FULL_NAME_START.match(line.text[:80])) and bool(re.search(r",| and ", line.text[:80]))
    return ended and (japanese or names or full)
