"""Whether a number is the difference, the ratio or the relative change of two others that stand together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations

from server.domain.number_groups import Group
from server.domain.quantities import Quantity
from server.domain.unit_names import PERCENT, TIMES
from server.domain.units import FRACTIONS, compatible, is_measure

MAX_CHANCE = 0.25
"""Expected number of hits by chance above which a hit proves nothing: a page of tables derives almost anything."""
MAX_OFF = 0.05
"""Furthest a result may be from the number, as a share of it, however few digits are written."""
_NEIGHBOURHOOD = 0.3
"""Share of the number around it in which results are counted to estimate chance."""
_SMALL = 10


class Operation(StrEnum):
    """How two numbers give a third."""

    DIFFERENCE = "difference"
    RATIO = "ratio"
    CHANGE = "change"
    """Difference relative to one of them."""


@dataclass(frozen=True, slots=True)
class Derivation:
    """`left` and `right`, in the order of the paper, give the number by `operation`."""

    operation: Operation
    left: Quantity
    right: Quantity


def derive(quantity: Quantity, groups: Iterable[Group]) -> Derivation | None:
    """The first pair of one group that gives the number at its own precision, if chance would hardly do so too.

    Only ratios, percentages, points, multiples and differences are looked for; a small whole count is the difference
    of any two things.
    """
    if not _is_derivable(quantity):
        return None
    wanted = abs(float(quantity.value))
    half = float(quantity.step) / 2 * (1 + 1e-9)
    hits: list[Derivation] = []
    near = 0
    for group in groups:
        for left, right in combinations(group, 2):
            for operation, result in _results(quantity, left, right):
                distance = abs(result - wanted)
                if distance <= min(half, MAX_OFF * wanted):
                    hits.append(Derivation(operation, left, right))
                near += distance <= _NEIGHBOURHOOD * wanted
    if not hits:
        return None
    by_chance = (near - len(hits)) * (2 * half) / (2 * _NEIGHBOURHOOD * wanted)
    return hits[0] if by_chance <= MAX_CHANCE else None


def _is_derivable(quantity: Quantity) -> bool:
    if not quantity.value or quantity.word:
        return False
    return is_measure(quantity.unit) or not quantity.is_whole or abs(quantity.value) > _SMALL


def _results(quantity: Quantity, left: Quantity, right: Quantity) -> Iterator[tuple[Operation, float]]:
    if left.word or right.word or left.value == right.value or not _alike(left, right):
        return
    small, large = sorted((abs(float(left.value)), abs(float(right.value))))
    if not small:
        return
    if quantity.unit in FRACTIONS:
        scores = not left.unit and not right.unit and not (left.is_whole and right.is_whole)
        if left.unit in FRACTIONS or scores:
            yield Operation.DIFFERENCE, (large - small) / (100 if scores else 1)
        if quantity.unit == PERCENT:
            yield Operation.CHANGE, (large - small) / large
            yield Operation.CHANGE, (large - small) / small
            yield Operation.RATIO, small / large
    elif quantity.unit in (TIMES, "times"):
        yield Operation.RATIO, large / small
    elif not quantity.unit and left.unit in FRACTIONS:
        yield Operation.DIFFERENCE, (large - small) * 100
    elif not quantity.unit or quantity.unit in (left.unit, right.unit):
        yield Operation.DIFFERENCE, large - small


def _alike(left: Quantity, right: Quantity) -> bool:
    """Whether subtracting or dividing them makes sense."""
    return compatible(left.unit, right.unit, counted=left.counted, other_counted=right.counted)
