"""Look for the numbers, years and names of a statement in the paper, and for what the statement is about."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from server.domain.content import Topic, content_words, coverage, is_japanese, topic_of, translated
from server.domain.number_groups import Group
from server.domain.number_kinds import Kind
from server.domain.number_search import How, NumberMatch
from server.domain.proper_names import is_named, names
from server.domain.quantities import Quantity, quantities
from server.domain.quotes import PaperIndex
from server.domain.statements import Check, CheckStatus
from server.domain.table_columns import is_in_column
from server.domain.table_rows import Row, Table

AROUND = 200
"""Characters on each side of evidence that still belong to it: the sentence before and after."""

EDGE = 16
"""Least of them: a copy is aligned to a word or two at its ends."""

WINDOW = 350
"""Characters on each side of a number in which the paper must speak of what the statement speaks of."""

BESIDE = 200
"""Characters on each side within which two numbers speak for each other."""

COMPANY = 0.2
"""What another number of the statement beside a number adds to its weight."""

SAME_TOPIC = 0.34
"""Least share of a statement's content words near a number that is taken to be the one it means."""

_COMPARES = re.compile(
    r"(?i)difference|more than|less than|fewer|faster|slower|times|fold|ratio|improv|increas|decreas|reduc|gain|drop|gap|point|higher"
    r"|lower|twice|half|差|倍|比(?!べ|較)|向上|改善|増|減|削減|短縮|低下|上回|下回|ポイント|速"
)
"""Words of a statement that says how two things compare; its number may follow from two of the paper's."""

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class NumberFound:
    """What became of one number of a statement."""

    quantity: Quantity
    check: Check
    near: bool
    """In or beside the evidence, or where the paper speaks of the same thing."""
    rounded: str | None = None
    """The paper's own number, when the statement's is its rounding."""


@dataclass(frozen=True)
class StatementChecks:
    """The checks of one statement against one paper."""

    index: PaperIndex
    text: str
    evidence: tuple[Span, ...] = ()
    """Where its verified quotes stand; empty for a text without quotes."""
    around: int = AROUND
    """Characters on each side of the evidence that belong to it."""

    @cached_property
    def numbers(self) -> tuple[NumberFound, ...]:
        """One for each number that can be looked for; ordinals, digits inside names and number words are not."""
        found = [q for q in self._quantities if q.kind in (Kind.NUMBER, Kind.YEAR) and not q.word]
        return tuple(self._number(quantity) for quantity in found)

    @cached_property
    def names(self) -> tuple[Check, ...]:
        """One for each name; whether the paper has it anywhere."""
        key = self.index.whole
        if is_japanese(self.index.extraction.text[:3000]) and not is_japanese(self.text):
            return ()  # an English answer about a Japanese paper spells names its own way
        checks = []
        for name in dict.fromkeys(names(self.text)):
            status = CheckStatus.FOUND if is_named(name, key) else CheckStatus.NOT_FOUND
            checks.append(Check(kind="name", text=name.text, status=status))
        return tuple(checks)

    @cached_property
    def all(self) -> tuple[Check, ...]:
        return (*(number.check for number in self.numbers), *self.names)

    @cached_property
    def missing(self) -> tuple[Check, ...]:
        return tuple(check for check in self.all if check.status is CheckStatus.NOT_FOUND)

    @cached_property
    def elsewhere(self) -> tuple[NumberFound, ...]:
        """Numbers that the paper has, but not where it speaks of this."""
        return tuple(n for n in self.numbers if n.check.status is CheckStatus.FOUND and not n.near)

    @cached_property
    def derived(self) -> tuple[NumberFound, ...]:
        return tuple(n for n in self.numbers if n.check.status is CheckStatus.DERIVED)

    @cached_property
    def rounded(self) -> tuple[NumberFound, ...]:
        return tuple(n for n in self.numbers if n.rounded)

    @cached_property
    def topic(self) -> Topic:
        """What the statement is about, in the paper's language; empty when that cannot be told."""
        if is_japanese(self.text) and not is_japanese(self.index.extraction.text[:3000]):
            return translated(self.text)
        return topic_of(self.text)

    def overlap(self, spans: Sequence[Span]) -> float:
        """Share of the statement's content words that stand in these passages, 0–1."""
        text = " ".join(self.index.extraction.text[start:end] for start, end in spans)
        return coverage(self.topic, content_words(text))

    def _number(self, quantity: Quantity) -> NumberFound:
        paper = self.index.numbers
        kind = "year" if quantity.kind is Kind.YEAR else "number"
        around = self._around
        match = paper.find(quantity, within=around) if around else None
        if match:
            return self._found(quantity, match, kind, near=True)
        places = paper.places(quantity)
        if places:
            weighed = [(place, self._weight(place, quantity)) for place in places]
            best, weight = max(weighed, key=lambda one: (one[1], one[0].how is How.EXACT))
            near = kind == "year" or (not around and weight >= SAME_TOPIC)
            if not near and (derived := self._derived(quantity, anywhere=False)):
                return derived
            return self._found(quantity, best, kind, near=near)
        if derived := self._derived(quantity):
            return derived
        return NumberFound(
            quantity, Check(kind=kind, text=quantity.text, status=CheckStatus.NOT_FOUND), near=False
        )

    def _derived(self, quantity: Quantity, *, anywhere: bool = True) -> NumberFound | None:
        """What follows from its evidence; and, where it compares, from its own other numbers, from two rows of a table
        that it names, or, for a number that is not printed anywhere, from any two that stand together."""
        paper = self.index.numbers
        compares = bool(_COMPARES.search(self.text))
        is_copy = bool(self.evidence) and self.around < AROUND
        if quantity.bound not in ("", "=") or (is_copy and not compares):
            return None  # fewer than 90 follows from nothing; a copy has another number in it
        among: list[Group] = []
        if compares:
            matches = ((other, paper.find(other)) for other in self._others(quantity))
            own = tuple(replace(other, start=match.offset) for other, match in matches if match)
            among = [own, *paper.columns([(row.start, row.end) for row in self._named_rows])]
        found = paper.derived(
            quantity, spans=self._around, among=among, anywhere=anywhere and compares and not is_copy
        )
        if found is None:
            return None
        check = Check(kind="number", text=quantity.text, status=CheckStatus.DERIVED, page=found.page)
        return NumberFound(quantity, check, near=True)

    @cached_property
    def _around(self) -> list[Span]:
        reach = max(self.around, EDGE)
        return [(max(0, start - reach), end + reach) for start, end in self.evidence]

    @cached_property
    def _named_rows(self) -> list[Row]:
        return [row for table in self.index.numbers.tables.tables for row in table.named(self.topic)]

    def _found(self, quantity: Quantity, match: NumberMatch, kind: str, *, near: bool) -> NumberFound:
        check = Check(kind=kind, text=quantity.text, status=CheckStatus.FOUND, page=match.page)
        return NumberFound(
            quantity, check, near=near, rounded=match.quantity.text if match.how is How.ROUNDED else None
        )

    def _weight(self, place: NumberMatch, quantity: Quantity) -> float:
        """How much the paper speaks of the statement's topic around a number, 0–1.

        A cell of a table is spoken of by its own row, the head and the caption, never by another row. Two numbers of
        one statement side by side speak for each other; where nothing else can be compared, a number of its own kind
        speaks for itself.
        """
        tables = self.index.numbers.tables
        table, row = tables.at(place.offset)
        least = 0.0
        if table and row:
            named = table.named(self.topic)
            if named and row not in named:
                return 0.0
            if named and not self._others(quantity) and not self._is_in_column(place, table, row):
                return 0.0
            least = SAME_TOPIC if named else 0.0
            span = (row.start, row.end)
            passage = tables.around(table, row)
        else:
            span = (place.offset - BESIDE, place.offset + BESIDE)
            passage = self.index.extraction.text[max(0, place.offset - WINDOW) : place.offset + WINDOW]
        weight = coverage(self.topic, content_words(passage)) if self.topic else float(_is_telling(quantity))
        weight = max(weight, least)
        if any(self._stands_in(other, span) for other in self._others(quantity)):
            return max(weight, SAME_TOPIC) + COMPANY
        return weight

    def _stands_in(self, other: Quantity, span: Span) -> bool:
        offsets = self._offsets[other.start]
        index = bisect_left(offsets, span[0])
        return index < len(offsets) and offsets[index] < span[1]

    @cached_property
    def _offsets(self) -> dict[int, list[int]]:
        """Everywhere the paper has each of the statement's numbers, by where the statement has it."""
        paper = self.index.numbers
        return {q.start: sorted(place.offset for place in paper.places(q)) for q in self._quantities}

    def _is_in_column(self, place: NumberMatch, table: Table, row: Row) -> bool:
        if place.offset < row.body:
            return True
        cells = [(one.start, one.end) for one in self.index.numbers.between(row.body, row.end)]
        return is_in_column(
            self.index.extraction,
            above=table.start,
            cell=(place.offset, place.quantity.end),
            cells=cells,
            topic=self.topic,
        )

    def _others(self, quantity: Quantity) -> list[Quantity]:
        return [
            q for q in self._quantities if q.kind is Kind.NUMBER and not q.word and q.start != quantity.start
        ]

    @cached_property
    def _quantities(self) -> tuple[Quantity, ...]:
        return quantities(self.text)


def _is_telling(quantity: Quantity) -> bool:
    """Whether a number says by itself what it may be: one with a unit, or of three digits and more."""
    return bool(quantity.unit) or quantity.digits >= 3
