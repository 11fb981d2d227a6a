"""Count how many readings say what a statement says: of an ensemble's members, or of one reader asked several times.

The count is of words and of places in the paper, made without a model: readings that say the same in quite other words
and cite another place are not seen to agree. It says how stable a statement is, not that it is true.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from server.domain.comparing import value_at
from server.domain.ensembles.likeness import ALIKE, canonical, cited_by, overlap, say_the_same, words_of
from server.domain.ensembles.lists import same_thing
from server.domain.fields import CheckRule, Field, FieldType
from server.domain.grounding import field_of
from server.domain.identity_check import is_empty
from server.domain.personas import Persona
from server.domain.runs import Agreement
from server.domain.statements import Statement


@dataclass(frozen=True, slots=True)
class Said:
    """One reading: the questions, the answers, and where they stand in the paper."""

    persona: Persona
    answer: Mapping[str, Any]
    statements: Sequence[Statement]


def agreement(of: Said, among: Sequence[Said]) -> tuple[Agreement, ...]:
    """For each statement how many of the readings say so too, of those that were asked the same.

    Statements about the paper's identity are left out: they are the paper's own. That a question is left without an
    answer counts as a statement.

    Args:
        among: The readings to count; if `of` is one of them it agrees with itself.
    """
    found = []
    for statement in of.statements:
        asked = of.persona.by_id.get(field_of(statement.path))
        if asked is None or asked.check is CheckRule.IDENTITY:
            continue
        heard = [(said, same) for said in among if (same := _same_question(asked, of, said))]
        if heard:
            agree = sum(_says_so(statement, asked, of, said, same) for said, same in heard)
            found.append(Agreement(statement.path, statement.start, statement.end, agree, len(heard)))
    return tuple(found)


def _same_question(asked: Field, of: Said, said: Said) -> Field | None:
    """The other reader's question that asks this: the same one, or a text on the same first aspect."""
    same = said.persona.by_id.get(asked.id)
    if same and (said.persona.id == of.persona.id or same.type is asked.type):
        return same if asked.id in said.answer else None
    if asked.type is not FieldType.TEXT:
        return None
    alike = (f for f in said.persona.fields if f.type is FieldType.TEXT and f.aspects[0] is asked.aspects[0])
    return next((f for f in alike if f.id in said.answer), None)


def _says_so(statement: Statement, asked: Field, of: Said, said: Said, same: Field) -> bool:
    mine, yours = of.answer.get(asked.id), said.answer.get(same.id)
    if is_empty(mine) or is_empty(yours):
        return is_empty(mine) and is_empty(yours)
    if asked.type is FieldType.LIST and asked.schema is None:
        return _lists_it(statement, of, said)
    leaf = value_at(of.answer, statement.path)
    if not isinstance(leaf, str) or asked.type is FieldType.CHOICE:
        return canonical(leaf) == canonical(value_at(said.answer, f"/{same.id}{_below(statement.path)}"))
    words, place = leaf[statement.start : statement.end], cited_by([statement])
    return any(
        say_the_same(words, _words(said, other), cited=overlap(place, cited_by([other])))
        for other in said.statements
        if field_of(other.path) == same.id and _below(other.path) == _below(statement.path)
    )


def _lists_it(statement: Statement, of: Said, said: Said) -> bool:
    """Whether the other's list has this entry; of an object's other parts, whether they say the same there."""
    _, name, index, *parts = statement.path.split("/")
    item = value_at(of.answer, f"/{name}/{index}")
    place = _place(of, f"/{name}/{index}")
    likest, at = max(
        (
            (same_thing(item, other, place, _place(said, f"/{name}/{number}")), -number)
            for number, other in enumerate(said.answer[name])
        ),
    )
    if likest < ALIKE:
        return False
    texts = [part for part, value in item.items() if isinstance(value, str)] if parts else []
    if not parts or parts[0] == next(iter(texts), parts[0]):
        return True
    there = f"/{name}/{-at}/{'/'.join(parts)}"
    mine, yours = value_at(of.answer, statement.path), value_at(said.answer, there)
    if not isinstance(mine, str) or not isinstance(yours, str):
        return canonical(mine) == canonical(yours)
    return say_the_same(mine, yours, cited=overlap(cited_by([statement]), _place(said, there)))


def _place(said: Said, path: str) -> frozenset[int]:
    return cited_by(s for s in said.statements if s.path == path or s.path.startswith(f"{path}/"))


def _words(said: Said, statement: Statement) -> str:
    value = value_at(said.answer, statement.path)
    return value[statement.start : statement.end] if isinstance(value, str) else words_of(value)


def _below(path: str) -> str:
    """What of a path stands behind its field."""
    return path[len(field_of(path)) + 1 :]
