"""What changed between two texts, word by word, in the lines around it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from rapidfuzz.distance import Indel


class Change(StrEnum):
    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Segment:
    """Neighbouring words of one kind."""

    change: Change
    text: str


@dataclass(frozen=True, slots=True)
class DiffLine:
    """A line of either text, or of both with the words that changed in it.

    Its `same` and `removed` segments make up the old line, its `same` and `added` ones the new.
    """

    old: int | None
    """Number of the line in the old text, from 1; None: it is new."""
    new: int | None
    segments: tuple[Segment, ...]

    @property
    def is_changed(self) -> bool:
        return any(segment.change is not Change.SAME for segment in self.segments) or None in (
            self.old,
            self.new,
        )


@dataclass(frozen=True, slots=True)
class Hunk:
    """Changed lines that stand near each other, with unchanged ones around them."""

    lines: tuple[DiffLine, ...]


CONTEXT_LINES = 3
MAX_CELLS = 16_000_000
"""Old × new pieces that are compared at most (a tenth of a second); beyond, all counts as replaced."""
MOST_PAIRED = 2000
"""Lines of a changed block beyond which old and new ones are not set beside each other."""
_LEAST_ALIKE = 0.4
"""Share of two lines' characters that makes the one a changed form of the other."""

_WORD = re.compile(
    r"[\u3041-\u309f]+"  # hiragana: endings and particles
    r"|[\u30a0-\u30ff\uff66-\uff9f]+"  # katakana
    r"|[^\W\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\uff66-\uff9f]+"  # words of languages with spaces, numbers
    r"|\s+|."  # a Chinese character or a sign each
)
_ISLAND = re.compile(r"\W*|[\u3041-\u309f]{1,2}")
"""Unchanged pieces that only tear a change apart: signs and spaces, a particle."""


def word_diff(old: str, new: str, *, context: int = CONTEXT_LINES) -> tuple[Hunk, ...]:
    """The changed lines with `context` unchanged ones around; nothing when both texts are alike.

    Line ends are not compared. Lines are aligned first, then the words within lines that changed: Japanese by runs of
    kana and single Chinese characters, everything else by words.
    """
    lines = list(_lines(_split(old), _split(new)))
    near: set[int] = set()
    for place, line in enumerate(lines):
        if line.is_changed:
            near.update(range(max(0, place - context), min(len(lines), place + context + 1)))
    hunks: list[list[DiffLine]] = []
    for place in sorted(near):
        if place - 1 not in near:
            hunks.append([])
        hunks[-1].append(lines[place])
    return tuple(Hunk(tuple(hunk)) for hunk in hunks)


def _split(text: str) -> list[str]:
    text = text.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n")
    return text.split("\n") if text else []


def _lines(old: Sequence[str], new: Sequence[str]) -> Iterator[DiffLine]:
    for a, a_end, b, b_end, alike in _spans(old, new):
        if alike:
            for offset in range(a_end - a):
                text = old[a + offset]
                yield DiffLine(a + offset + 1, b + offset + 1, (Segment(Change.SAME, text),))
        else:
            yield from _replaced(old[a:a_end], new[b:b_end], a=a, b=b)


def _replaced(old: Sequence[str], new: Sequence[str], *, a: int, b: int) -> Iterator[DiffLine]:
    """A block of lines that became another: each old line beside the new one it is like, in order."""
    at = 0
    ahead = 20 if len(old) <= MOST_PAIRED else 0
    for number, text in enumerate(old):
        likest = max(range(at, min(len(new), at + ahead)), key=lambda n: _alike(text, new[n]), default=None)
        if likest is None or _alike(text, new[likest]) < _LEAST_ALIKE:
            yield DiffLine(a + number + 1, None, _whole(Change.REMOVED, text))
            continue
        for n in range(at, likest):
            yield DiffLine(None, b + n + 1, _whole(Change.ADDED, new[n]))
        yield DiffLine(a + number + 1, b + likest + 1, words_changed(text, new[likest]))
        at = likest + 1
    for n in range(at, len(new)):
        yield DiffLine(None, b + n + 1, _whole(Change.ADDED, new[n]))


def _alike(old: str, new: str) -> float:
    if len(old) * len(new) > MAX_CELLS or not old.strip() or not new.strip():
        return 0.0
    return Indel.normalized_similarity(old.strip(), new.strip())


def _whole(change: Change, text: str) -> tuple[Segment, ...]:
    return (Segment(change, text),)


def words_changed(old: str, new: str) -> tuple[Segment, ...]:
    """One line and what became of it, as segments; what was removed comes before what was added."""
    a, b = _WORD.findall(old), _WORD.findall(new)
    spans = [("".join(a[i:i_end]), "".join(b[j:j_end]), alike) for i, i_end, j, j_end, alike in _spans(a, b)]
    joined: list[tuple[str, str, bool]] = []
    for place, (gone, come, alike) in enumerate(spans):
        inside = 0 < place < len(spans) - 1
        kept = alike and not (inside and _ISLAND.fullmatch(gone) and not gone.isspace())
        if not kept and joined and not joined[-1][2]:
            joined[-1] = (joined[-1][0] + gone, joined[-1][1] + come, False)
        else:
            joined.append((gone, come, kept))
    return tuple(segment for gone, come, alike in joined for segment in _segments(gone, come, alike=alike))


def _segments(gone: str, come: str, *, alike: bool) -> Iterator[Segment]:
    if alike:
        yield Segment(Change.SAME, gone)
        return
    if gone:
        yield Segment(Change.REMOVED, gone)
    if come:
        yield Segment(Change.ADDED, come)


def _spans(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int, int, int, bool]]:
    """`(old start, old end, new start, new end, alike)`, alike and changed ones in turn."""
    start = 0
    while start < min(len(old), len(new)) and old[start] == new[start]:
        start += 1
    end = 0
    while end < min(len(old), len(new)) - start and old[-1 - end] == new[-1 - end]:
        end += 1
    inner_old, inner_new = old[start : len(old) - end], new[start : len(new) - end]
    spans = [(0, start, 0, start, True)] if start else []
    if len(inner_old) * len(inner_new) > MAX_CELLS:
        spans.append((start, len(old) - end, start, len(new) - end, False))
    elif inner_old or inner_new:
        for step in Indel.opcodes(inner_old, inner_new):
            span = (
                start + step.src_start,
                start + step.src_end,
                start + step.dest_start,
                start + step.dest_end,
                step.tag == "equal",
            )
            if spans and not spans[-1][4] and not span[4]:
                span = (spans[-1][0], span[1], spans[-1][2], span[3], False)
                spans.pop()
            spans.append(span)
    if end:
        spans.append((len(old) - end, len(old), len(new) - end, len(new), True))
    return spans
