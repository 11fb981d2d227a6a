"""Merge lists: which entries of several members are the same thing, and which of the things stay."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from server.domain.ensembles.ballots import EMPTY_WEIGHT, Item
from server.domain.ensembles.likeness import (
    ALIKE,
    SAME_PLACE,
    canonical,
    contradict,
    overlap,
    wording,
    words_of,
)
from server.domain.ensembles.lineup import Merge

SAME_PLACE_HELPS = 0.2
"""What citing the same place adds to the likeness of two entries. Alone it proves nothing: one sentence of a paper
names several data sets."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """Entries of different members that are the same thing."""

    items: tuple[Item, ...]
    """At most one per member."""

    @property
    def votes(self) -> float:
        return sum(item.weight for item in self.items)

    @property
    def best(self) -> Item:
        """The entry that is kept: with most evidence, then most like the others."""
        return max(
            self.items,
            key=lambda item: (
                round(item.weight, 9),
                round(sum(same_thing(item.value, o.value, item.cited, o.cited) for o in self.items), 9),
                -item.member,
                -item.place,
            ),
        )

    @property
    def place(self) -> float:
        """Where it stands in its members' lists, on average."""
        return sum(item.place for item in self.items) / len(self.items)


def merge_lists(found: Sequence[Item], *, members: int, merge: Merge, most: int) -> list[Any]:
    """Entries as they go over the wire, those that most members name first.

    With `vote` stays what has more weight than the silence of those who do not name it; with `union` also what one
    member alone names and the checks do not call unproven.

    Args:
        members: How many were asked.
        most: Entries that may stay.
    """
    kept = []
    for cluster in clusters(found):
        silent = EMPTY_WEIGHT * (members - len(cluster.items))
        stays = cluster.votes > silent
        if merge is Merge.UNION:
            stays = stays or max(item.weight for item in cluster.items) >= EMPTY_WEIGHT
        if stays:
            kept.append(cluster)
    kept.sort(key=lambda c: (-len(c.items), -round(c.votes, 9), c.place, canonical(c.best.wire)))
    return [cluster.best.wire for cluster in kept[:most]]


def clusters(found: Sequence[Item]) -> tuple[Cluster, ...]:
    """Entries that are the same thing put together, likest first. What one member lists twice stays two things."""
    likest = sorted(
        (
            (-round(alike, 9), i, j)
            for i, j in combinations(range(len(found)), 2)
            if found[i].member != found[j].member
            and (alike := same_thing(found[i].value, found[j].value, found[i].cited, found[j].cited)) >= ALIKE
        ),
    )
    of = {index: [index] for index in range(len(found))}
    for _, i, j in likest:
        mine, yours = of[i], of[j]
        if mine is yours or {found[k].member for k in mine} & {found[k].member for k in yours}:
            continue
        mine += yours
        for k in yours:
            of[k] = mine
    groups = {id(group): group for group in of.values()}
    return tuple(Cluster(tuple(found[k] for k in sorted(group))) for group in groups.values())


def same_thing(mine: Any, yours: Any, my_place: frozenset[int], your_place: frozenset[int]) -> float:
    """How surely two entries are the same thing, 0–1. Of objects the first text tells, which names it."""
    one, other = name_of(mine), name_of(yours)
    if not isinstance(one, str) or not isinstance(other, str):
        return float(canonical(one) == canonical(other))
    if contradict(one, other):
        return 0.0
    alike = wording(one, other)
    if overlap(my_place, your_place) >= SAME_PLACE:
        alike += SAME_PLACE_HELPS
    return min(1.0, alike)


def name_of(value: Any) -> Any:
    """What an entry is called: itself, or the first text of an object."""
    if not isinstance(value, Mapping):
        return value
    first = next((part for part in value.values() if isinstance(part, str)), None)
    return first if first is not None else words_of(dict(value))
