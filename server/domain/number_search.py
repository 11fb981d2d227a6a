"""Find a statement's numbers in a paper: as printed, in another notation, rounded, or derived from two others."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from itertools import combinations

from server.domain.derived_numbers import Derivation, derive
from server.domain.extractions import Extraction
from server.domain.number_groups import Group, groups_in, tables_and_sentences
from server.domain.number_kinds import Kind
from server.domain.quantities import Quantity, quantities
from server.domain.table_rows import PaperTables
from server.domain.units import FRACTIONS, compatible, is_measure

Spans = Sequence[tuple[int, int]]

MAX_ROWS = 12
"""Rows of tables that one statement may compare."""
MAX_ROUNDING = Decimal("0.05")
"""A rounded number is never further from the paper's than this share of it."""
_HUNDRED = Decimal(100)
_EDGE = re.compile(r"^[ \t]*(?P<first>[0-9]{1,4})(?![0-9.,%])|(?<![0-9.,])(?P<last>[0-9]{1,4})[ \t]*$")

_LONE = re.compile(r"(?<=[^0-9.%]\n)[0-9]{1,2}(?=\n[^0-9.−-])")
"""A small number alone on its line between lines of words: a footnote mark or an index of a formula."""


class How(StrEnum):
    """How a number of a statement stands in the paper."""

    EXACT = "exact"
    CONVERTED = "converted"
    """The same value in another notation or unit."""
    ROUNDED = "rounded"
    """The paper is more precise."""


_RANK = {How.EXACT: 0, How.CONVERTED: 1, How.ROUNDED: 3}
_UNSURE = 3
"""Added where the paper prints no unit: a rounded number with its unit comes before an equal one without."""


@dataclass(frozen=True, slots=True)
class NumberMatch:
    """Where a number stands."""

    quantity: Quantity
    """The paper's own; its offsets run through `Extraction.text`."""
    page: int
    how: How
    sure: bool = True
    """Both print the same unit, or neither does. Otherwise the units only may mean the same, which says little for a
    small number."""

    @property
    def offset(self) -> int:
        return self.quantity.start


@dataclass(frozen=True, slots=True)
class DerivedMatch:
    """Two numbers of the paper that give the statement's."""

    derivation: Derivation
    page: int

    @property
    def offset(self) -> int:
        return self.derivation.left.start


@dataclass(frozen=True)
class PaperNumbers:
    """All numbers of one paper, ready to be searched. Build once per extraction."""

    extraction: Extraction
    quantities: tuple[Quantity, ...]
    """In reading order. Numbers of headings, page headers and the reference list are ordinals."""
    _by_value: dict[Decimal, list[Quantity]]
    _values: list[Decimal]
    _years: dict[int, Quantity]

    @classmethod
    def of(cls, extraction: Extraction) -> PaperNumbers:
        found = tuple(_with_kinds(extraction, quantities(extraction.text)))
        by_value: dict[Decimal, list[Quantity]] = defaultdict(list)
        years: dict[int, Quantity] = {}
        for one in found:
            if one.kind is Kind.NUMBER:
                by_value[one.value].append(one)
            if one.kind in (Kind.YEAR, Kind.NAME) and len(one.text) == 4 and one.text.isdecimal():
                years.setdefault(int(one.text), one)
        return cls(extraction, found, dict(by_value), sorted(by_value), years)

    def prepare(self) -> None:
        """See `PaperIndex.prepare`."""
        _ = self.tables, self._groups, self._offsets

    @cached_property
    def tables(self) -> PaperTables:
        """The tables that numbers stand in."""
        return PaperTables.of(self.extraction.text)

    def find(self, quantity: Quantity, *, within: Spans | None = None) -> NumberMatch | None:
        """Where the paper has this number: exactly, converted or rounded, in this order of preference; first place.

        Years are only found as years, ordinals and names never.

        Args:
            within: Passages, as offsets into the extraction's text; elsewhere does not count.
        """
        if quantity.kind is Kind.YEAR:
            return self._year(quantity, within)
        if quantity.kind is not Kind.NUMBER:
            return None
        matches = (*self._equal(quantity), *self._rounded(quantity))
        inside = [(how, one) for how, one in matches if _is_within(one, within)]
        if not inside:
            return None
        how, best = min(
            inside,
            key=lambda match: (_RANK[match[0]] + _UNSURE * (match[1].unit != quantity.unit), match[1].start),
        )
        return self._match(best, how, of=quantity)

    def places(self, quantity: Quantity) -> tuple[NumberMatch, ...]:
        """Everywhere the paper has this number, in any way that `find` accepts."""
        if quantity.kind is not Kind.NUMBER:
            year = self.find(quantity)
            return (year,) if year else ()
        return tuple(
            self._match(one, how, of=quantity)
            for how, one in (*self._equal(quantity), *self._rounded(quantity))
        )

    def columns(self, rows: Spans) -> Iterator[Group]:
        """The numbers that stand above each other in two rows of as many cells, for any two of these rows."""
        held = [
            tuple(one for one in self.between(start, end) if one.kind is Kind.NUMBER and not one.word)
            for start, end in rows[:MAX_ROWS]
        ]
        for upper, lower in combinations(held, 2):
            if len(upper) == len(lower):
                yield from zip(upper, lower, strict=True)

    def derived(
        self, quantity: Quantity, *, spans: Spans, among: Iterable[Group] = (), anywhere: bool = False
    ) -> DerivedMatch | None:
        """Two numbers of one sentence, table row or table column whose difference, ratio or relative change this is.

        Args:
            spans: Passages to look in; each counts as one sentence.
            among: Numbers known to belong together; looked at first.
            anywhere: The statement speaks of a difference or ratio (more than, improved by, 倍, 差): look in the whole
                paper too, if chance alone would hardly give this number.
        """
        if quantity.kind is not Kind.NUMBER:
            return None
        found = derive(quantity, among) or derive(quantity, groups_in(self._measured, spans))
        if found is None and anywhere:
            found = derive(quantity, self._groups)
        return DerivedMatch(found, self.extraction.page_at(found.left.start)) if found else None

    def between(self, start: int, end: int) -> Sequence[Quantity]:
        """The numbers of `text[start:end]`, of whatever kind."""
        return self.quantities[bisect_left(self._offsets, start) : bisect_left(self._offsets, end)]

    @cached_property
    def _measured(self) -> list[Quantity]:
        return [one for one in self.quantities if one.kind is Kind.NUMBER and not one.plus_minus]

    @cached_property
    def _groups(self) -> tuple[Group, ...]:
        return tuple(tables_and_sentences(self.extraction.text, self._measured))

    @cached_property
    def _offsets(self) -> list[int]:
        return [one.start for one in self.quantities]

    def _match(self, one: Quantity, how: How, *, of: Quantity) -> NumberMatch:
        sure = one.unit == of.unit or {one.unit, of.unit} == FRACTIONS
        return NumberMatch(one, self.extraction.page_at(one.start), how, sure)

    def _year(self, quantity: Quantity, within: Spans | None) -> NumberMatch | None:
        if within is None:
            year = self._years.get(int(quantity.value))
        else:
            year = next(
                (
                    one
                    for one in self.quantities
                    if one.kind is Kind.YEAR and one.value == quantity.value and _is_within(one, within)
                ),
                None,
            )
        return self._match(year, How.EXACT, of=quantity) if year else None

    def _equal(self, quantity: Quantity) -> Iterator[tuple[How, Quantity]]:
        for value, of_hundred in _readings(quantity):
            for one in self._by_value.get(value, ()):
                if _may_be(quantity, one, of_hundred=of_hundred):
                    yield _how(quantity, one, of_hundred=of_hundred), one

    def _rounded(self, quantity: Quantity) -> Iterator[tuple[How, Quantity]]:
        slack = _slack(quantity)
        if not slack:
            return
        for value, of_hundred in _readings(quantity):
            if of_hundred and not (quantity.unit or quantity.approximate or not quantity.is_whole):
                continue  # 90 parses are not 90.4 %
            factor = abs(value / quantity.value)
            low = bisect_left(self._values, value - slack * factor)
            high = bisect_right(self._values, value + slack * factor)
            for near in self._values[low:high]:
                if near == value or abs(near - value) > MAX_ROUNDING * abs(near):
                    continue
                for one in self._by_value[near]:
                    finer = one.step < quantity.step * factor or quantity.approximate
                    if finer and not one.word and _may_be(quantity, one, of_hundred=of_hundred):
                        yield How.ROUNDED, one


def _readings(quantity: Quantity) -> Iterator[tuple[Decimal, bool]]:
    """The values under which the paper may have it: a table of percent prints 58.4, a statement says 58.4 %."""
    yield quantity.value, False
    if quantity.unit in FRACTIONS:
        yield quantity.value * _HUNDRED, True
    elif not quantity.unit and not (quantity.counted or quantity.word):
        yield quantity.value / _HUNDRED, True
    if quantity.falls and not quantity.signed:
        yield -quantity.value, False
        if quantity.unit in FRACTIONS:
            yield -quantity.value * _HUNDRED, True


def _may_be(quantity: Quantity, one: Quantity, *, of_hundred: bool) -> bool:
    if quantity.per and one.per and quantity.per != one.per:
        return False
    if quantity.bound and one.bound and quantity.bound[0] != one.bound[0]:
        return False
    if of_hundred:
        return {quantity.unit in FRACTIONS, one.unit in FRACTIONS} == {True, False} and (
            one.unit in FRACTIONS or (not one.unit and not one.counted and not one.word and one.digits > 1)
        )
    if not is_measure(quantity.unit) and (quantity.unit in FRACTIONS) != (one.unit in FRACTIONS):
        return abs(one.value) <= 1 and not (quantity.counted or one.counted)
    return compatible(quantity.unit, one.unit, counted=quantity.counted, other_counted=one.counted)


def _how(quantity: Quantity, one: Quantity, *, of_hundred: bool) -> How:
    same = quantity.scale == one.scale and quantity.word == one.word and not of_hundred
    flipped = quantity.value != one.value
    return How.EXACT if same and not flipped else How.CONVERTED


def _slack(quantity: Quantity) -> Decimal:
    """How far the paper's number may be from a rounded one; 0 when this number cannot be a rounded one."""
    if quantity.word or not quantity.value or quantity.bound in (">", ">=", "<", "<="):
        return Decimal(0)
    if quantity.approximate:
        return _coarse_step(quantity) / 2
    return quantity.step / 2 if quantity.digits > 1 else Decimal(0)


def _coarse_step(quantity: Quantity) -> Decimal:
    """The place of the last digit that is not 0: about 3,000 is precise to a thousand."""
    step = quantity.step
    if quantity.is_whole:
        whole = abs(quantity.value / step)
        while whole and whole % 10 == 0:
            whole, step = whole / 10, step * 10
    return step


def _is_within(one: Quantity, within: Spans | None) -> bool:
    return within is None or any(start <= one.start and one.end <= end for start, end in within)


def _with_kinds(extraction: Extraction, found: Iterable[Quantity]) -> Iterator[Quantity]:
    """What only the whole paper tells: numbers of headings, of pages and within the reference list count nothing."""
    headings = [(section.start, min(section.body, section.start + 12)) for section in extraction.sections]
    entries = [(entry.start, entry.end) for entry in extraction.references]
    lone = (match.span() for match in _LONE.finditer(extraction.text))
    barred = sorted((*headings, *entries, *lone, *_page_numbers(extraction)))
    index, reach = 0, -1
    for one in found:
        while index < len(barred) and barred[index][0] <= one.start:
            reach = max(reach, barred[index][1])
            index += 1
        yield replace(one, kind=Kind.ORDINAL) if one.start < reach and one.kind is Kind.NUMBER else one


def _page_numbers(extraction: Extraction) -> Iterator[tuple[int, int]]:
    """Numbers at the edge of a page's first or last line that count up with the pages."""
    seen: dict[int, dict[int, list[tuple[int, int]]]] = defaultdict(lambda: defaultdict(list))
    for page, offset in zip(extraction.pages, extraction.page_starts, strict=True):
        text = page.text.rstrip("\n")
        last = text.rfind("\n") + 1
        first = text.find("\n") if last else len(text)
        for start, line in {0: text[:first], last: text[last:]}.items():
            for match in _EDGE.finditer(line[:200]):
                name = str(match.lastgroup)
                place = offset + start + match.start(name), offset + start + match.end(name)
                seen[int(match[name]) - page.number][page.number].append(place)
    pages = len(extraction.pages)
    for by_page in seen.values():
        if len(by_page) >= max(2, min(3, pages - 1), pages // 4):
            for places in by_page.values():
                yield from places
