"""What each member of an ensemble says to one question, with what the checks make of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from server.domain.ensembles.likeness import canonical, cited_by
from server.domain.fields import CheckRule, Field
from server.domain.identity_check import is_empty
from server.domain.personas import Persona
from server.domain.statements import Statement, StatementStatus
from server.domain.wire import read_wire_field

EMPTY_WEIGHT = 0.5
"""Of *not stated*, and of what nobody checks: more than an unproven claim, less than a proven one."""

_WEIGHTS = {
    StatementStatus.SUPPORTED: 1.0,
    StatementStatus.PARTLY: 0.5,
    StatementStatus.NOT_CHECKED: EMPTY_WEIGHT,
    StatementStatus.NOT_STATED: EMPTY_WEIGHT,
    StatementStatus.UNSUPPORTED: 0.1,
}
"""Of a vote, by what the checks say of it. Never nothing: where nobody has evidence, the majority still decides."""


@dataclass(frozen=True, slots=True)
class Given:
    """A member's whole answer: on the wire, and what became of it when it was held against the paper."""

    wire: Mapping[str, Any]
    statements: Sequence[Statement]


@dataclass(frozen=True, slots=True)
class Ballot:
    """One member's answer to one question."""

    wire: Any
    """As it came over the wire, evidence and all."""
    value: Any
    """As in the answer; None: not stated."""
    weight: float
    cited: frozenset[int]
    """Characters of the paper that its verified evidence covers."""

    @property
    def is_empty(self) -> bool:
        return is_empty(self.value)


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of a member's list."""

    member: int
    """Place among the members."""
    place: int
    """In the member's list."""
    wire: Any
    value: Any
    weight: float
    cited: frozenset[int]


def in_order(members: Iterable[Given]) -> list[Given]:
    """The members in an order that depends on what they say alone, so that no answer hangs on who came first."""
    return sorted(members, key=lambda given: canonical(given.wire))


def ballot(persona: Persona, name: str, given: Given) -> Ballot:
    """The member's vote on one key of the wire."""
    wire = given.wire.get(name)
    read = read_wire_field(persona, name, wire)
    asked = persona.by_id.get(name)
    if asked is None or asked.check is CheckRule.IDENTITY:
        stated = dict(read.stated_identity) or None
        return Ballot(wire, stated, EMPTY_WEIGHT, frozenset())
    own = [s for s in given.statements if s.path == f"/{name}" or s.path.startswith(f"/{name}/")]
    weight = EMPTY_WEIGHT if is_empty(read.value) else weight_of(own)
    return Ballot(wire, read.value, weight, cited_by(own))


def items(persona: Persona, asked: Field, members: Sequence[Given]) -> Iterator[Item]:
    """Every entry of every member's list, those that say nothing left out."""
    for member, given in enumerate(members):
        place = 0
        for entry in given.wire.get(asked.id) or ():
            read = read_wire_field(persona, asked.id, [entry])
            if is_empty(read.value):
                continue
            path = f"/{asked.id}/{place}"
            own = [s for s in given.statements if s.path == path or s.path.startswith(f"{path}/")]
            yield Item(member, place, entry, read.value[0], weight_of(own), cited_by(own))
            place += 1


def weight_of(statements: Sequence[Statement]) -> float:
    """What a vote counts by what the checks say of its statements, 0.1–1: their mean."""
    weights = [_WEIGHTS[s.status] for s in statements]
    return sum(weights) / len(weights) if weights else EMPTY_WEIGHT
