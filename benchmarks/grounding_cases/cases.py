"""One case of the benchmark, the halves it is split into, and the interval around a rate."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from random import Random
from typing import Any

PER_CELL = 240
"""Cases kept of one kind and column, where the papers give as many."""

Z95 = 1.959964


class Column(StrEnum):
    """Language of the answer and of the paper it is about."""

    EN = "en"
    JA = "ja"
    JA_ON_EN = "ja_on_en"

    @property
    def answer_language(self) -> str:
        return "en" if self is Column.EN else "ja"


class Half(StrEnum):
    DEV = "dev"
    HELD_OUT = "held-out"


class Outcome(StrEnum):
    """What a reader is shown."""

    ACCEPTED = "accepted"
    DOUBTED = "doubted"
    DERIVED = "derived"
    """Not proven, and not doubted: said to follow from numbers of the paper."""
    NOT_CHECKED = "not_checked"


@dataclass(frozen=True)
class Statement:
    """A sentence of an answer, with the quotes given for it."""

    text: str
    quotes: tuple[str, ...] = ()


@dataclass(frozen=True)
class QuoteOnly:
    text: str


@dataclass(frozen=True)
class StatedIdentity:
    parts: tuple[tuple[str, Any], ...]

    @property
    def mapping(self) -> Mapping[str, Any]:
        return dict(self.parts)


@dataclass(frozen=True)
class SuggestedReading:
    title: str


Subject = QuoteOnly | Statement | StatedIdentity | SuggestedReading


@dataclass(frozen=True)
class Case:
    """Something to be judged against a paper, and whether it was planted."""

    kind: str
    column: Column
    paper: str
    subject: Subject
    planted: bool
    origin: str = field(default="", compare=False)
    """What it was made from, to read a miss by."""

    @cached_property
    def id(self) -> str:
        """Stable as long as the case itself is: what it is judged on, not where it stands in a list."""
        text = "\x1f".join((self.kind, self.column, self.paper, repr(self.subject)))
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    @property
    def half(self) -> Half:
        return Half.HELD_OUT if int(self.id[-1], 16) % 2 else Half.DEV


def dice(*names: str) -> Random:
    """Always the same dice for the same names."""
    return Random("/".join(names))  # noqa: S311 (a benchmark wants to be repeatable)


def some(cases: Iterable[Case], *, at_most: int = PER_CELL) -> tuple[Case, ...]:
    """At most so many cases of each kind and column, without doubles, drawn by fixed dice."""
    cells: dict[tuple[str, Column], dict[str, Case]] = {}
    for case in cases:
        cells.setdefault((case.kind, case.column), {}).setdefault(case.id, case)
    kept: list[Case] = []
    for (kind, column), cell in cells.items():
        drawn: Sequence[Case] = list(cell.values())
        if len(drawn) > at_most:
            drawn = dice(kind, column).sample(drawn, at_most)
        kept.extend(drawn)
    return tuple(kept)


def wilson(hits: int, n: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927)."""
    if n == 0:
        return 0.0, 1.0
    share = hits / n
    middle = (share + Z95**2 / (2 * n)) / (1 + Z95**2 / n)
    reach = Z95 / (1 + Z95**2 / n) * math.sqrt(share * (1 - share) / n + Z95**2 / (4 * n * n))
    low = 0.0 if hits == 0 else middle - reach
    high = 1.0 if hits == n else middle + reach
    return max(0.0, low), min(1.0, high)
