"""Make one answer of several: question by question, by the kind of its value, weighted by evidence.

The result is a wire object whose values and quotes are the members' own. It is held against schema and paper again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from server.domain.ensembles.ballots import Ballot, Given, ballot, in_order, items
from server.domain.ensembles.likeness import canonical, likeness, overlap
from server.domain.ensembles.lineup import Merge
from server.domain.ensembles.lists import merge_lists
from server.domain.fields import CheckRule, Field, FieldType
from server.domain.personas import Persona
from server.domain.schema import MAX_ITEMS

_BY_MAJORITY = (FieldType.CHOICE, FieldType.BOOLEAN)


def merge_answers(persona: Persona, members: Sequence[Given], *, merge: Merge) -> dict[str, Any]:
    """The answer of all members together, on the wire. The members' order does not matter.

    Args:
        members: At least one; each answer fits the wire's schema.
    """
    voters = in_order(members)
    names = list(dict.fromkeys(name for given in members for name in given.wire))
    asked = [name for name in _wire_names(persona, names) if all(name in given.wire for given in voters)]
    return {name: _merged(persona, name, voters, merge) for name in asked}


def likest_member(persona: Persona, members: Sequence[Given]) -> Given:
    """The member whose whole answer is most like the others'."""
    voters = in_order(members)
    ballots = [[ballot(persona, name, given) for name in given.wire] for given in voters]
    whole = [
        Ballot(
            given.wire,
            {name: b.value for name, b in zip(given.wire, own, strict=True)},
            sum(b.weight for b in own) / max(1, len(own)),
            frozenset().union(*(b.cited for b in own)),
        )
        for given, own in zip(voters, ballots, strict=True)
    ]
    return voters[_medoid(whole)]


def _wire_names(persona: Persona, names: Sequence[str]) -> list[str]:
    """In the wire's usual order: what is not a question first, then the persona's questions."""
    return [n for n in names if n not in persona.by_id] + [f.id for f in persona.fields if f.id in names]


def _merged(persona: Persona, name: str, voters: Sequence[Given], merge: Merge) -> Any:
    ballots = [ballot(persona, name, given) for given in voters]
    if len({canonical(b.wire) for b in ballots}) == 1:
        return ballots[0].wire
    asked = persona.by_id.get(name)
    if asked is None or asked.check is CheckRule.IDENTITY or asked.schema is not None:
        return _likest(ballots).wire
    if asked.type in _BY_MAJORITY:
        return _majority(ballots).wire
    if not _is_stated(ballots):
        return next(b.wire for b in ballots if b.is_empty)
    if asked.type is FieldType.NUMBER and merge is not Merge.MEDOID:
        return _median([b for b in ballots if not b.is_empty]).wire
    if asked.type is FieldType.LIST and merge is not Merge.MEDOID:
        return _list(persona, asked, voters, merge) or _likest(ballots).wire
    return _likest(ballots).wire


def _is_stated(ballots: Sequence[Ballot]) -> bool:
    """Whether the question is answered at all; on a tie it is."""
    silent = sum(b.weight for b in ballots if b.is_empty)
    return sum(b.weight for b in ballots if not b.is_empty) >= silent


def _majority(ballots: Sequence[Ballot]) -> Ballot:
    """Of the value with most weight, *not stated* being one; then with most members; the best proven vote for it."""
    groups: dict[str, list[Ballot]] = {}
    for one in ballots:
        groups.setdefault(canonical(one.value), []).append(one)

    def score(value: str) -> tuple[float, int, bool, str]:
        votes = groups[value]
        return round(sum(b.weight for b in votes), 9), len(votes), not votes[0].is_empty, value

    return _proven(groups[max(groups, key=score)])


def _median(ballots: Sequence[Ballot]) -> Ballot:
    """The weighted median: a number that somebody gave. Between two it is the one with more weight, then the smaller."""
    values: dict[float, float] = {}
    for one in ballots:
        values[one.value] = values.get(one.value, 0.0) + one.weight
    half, below, middle = sum(values.values()) / 2, 0.0, list[float]()
    for value in sorted(values):
        above = below + values[value]
        if round(below, 9) <= round(half, 9) <= round(above, 9):
            middle.append(value)
        below = above
    chosen = min(middle, key=lambda value: (-round(values[value], 9), value))
    return _proven([b for b in ballots if b.value == chosen])


def _list(persona: Persona, asked: Field, voters: Sequence[Given], merge: Merge) -> list[Any]:
    found = list(items(persona, asked, voters))
    return merge_lists(found, members=len(voters), merge=merge, most=asked.max_items or MAX_ITEMS)


def _likest(ballots: Sequence[Ballot]) -> Ballot:
    """The medoid of those who say something; of all where nobody does."""
    stated = [b for b in ballots if not b.is_empty]
    return stated[_medoid(stated)] if stated else ballots[0]


def _medoid(ballots: Sequence[Ballot]) -> int:
    """Place of the value most like all, itself included, its own proof and theirs weighing."""

    def score(index: int) -> tuple[float, float, int]:
        mine = ballots[index]
        alike = sum(b.weight * (1.0 if i == index else _alike(mine, b)) for i, b in enumerate(ballots))
        return round(mine.weight * alike, 9), round(mine.weight, 9), -index

    return max(range(len(ballots)), key=score)


def _alike(mine: Ballot, yours: Ballot) -> float:
    cites = mine.cited or yours.cited
    return likeness(mine.value, yours.value, cited=overlap(mine.cited, yours.cited) if cites else None)


def _proven(ballots: Sequence[Ballot]) -> Ballot:
    """The vote with most evidence; the first of equals."""
    return max(ballots, key=lambda b: round(b.weight, 9))
