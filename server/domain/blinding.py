"""Take from a run and its persona whatever tells who answered, so that any way of showing them shows a blind reader."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from server.domain import second_look
from server.domain.comparisons import ROWS
from server.domain.errors import UndisclosedError
from server.domain.fields import IDENTITY_PARTS, Field, Length, ScalarType
from server.domain.ids import RunId
from server.domain.papers import Problem
from server.domain.personas import Origin, Persona
from server.domain.quotes import NOT_THERE
from server.domain.reasons import BESIDE_THE_POINT, FROM_EXAMPLE
from server.domain.runs import PersonaRef, Run, RunSettings, RunStatus
from server.domain.statements import Grounding, Statement, StatementStatus
from server.domain.words import Words

HIDDEN = "hidden"
"""Engine and model of a run whose names are hidden."""
VERSION = "blind"

_ROWS = {aspect: row for row in ROWS for aspect in row.aspects}
_ORDER = {row.id: number for number, row in enumerate(ROWS)}


def blinded(label: str, run: Run, persona: Persona, *, all_over: bool, at: datetime) -> tuple[Run, Persona]:
    """A run and a persona known by a label only.

    What stays is what the paper and the answer say: status, language, answer, statements and their checks. Field ids
    become `A.1`, `A.2`, … in the order of the rows; a question is called by its row.

    Args:
        all_over: Whether all runs of the comparison are. Until then every one looks the same: pace tells a model.
        at: When the comparison was made; a reused run is older than it.
    """
    names = _Names.of(label, persona, run.answer or {})
    fields = tuple(names.field(persona.by_id[id_]) for id_ in names.fields)
    ref = PersonaRef(label, VERSION, "")
    blank = Run(
        id=RunId(label),
        workspace_id=run.workspace_id,
        paper_id=run.paper_id,
        extraction_id=run.extraction_id,
        persona=ref,
        engine=HIDDEN,
        model=HIDDEN,
        language=run.language if all_over and run.status is RunStatus.FINISHED else "",
        settings=RunSettings(),
        created_at=at,
        owner="",
        status=run.status if all_over else RunStatus.RUNNING,
    )
    nobody = Persona(
        id=label,
        version=VERSION,
        name=Words(ja=f"読み手 {label}", en=f"Reader {label}"),
        fields=fields,
        parts=(),
        digest="",
        source="",
        origin=Origin.BUILTIN,
    )
    if not all_over:
        return blank, nobody
    if run.status is not RunStatus.FINISHED:
        return replace(blank, error=Problem(UndisclosedError.code, {})), nobody
    return (
        replace(
            blank,
            answer={names.fields[id_]: names.value(id_, value) for id_, value in _ordered(run, names)},
            statements=tuple(names.statement(s) for s in run.statements if names.knows(s.path)),
            grounding=names.grounding(run.grounding) if run.grounding else None,
        ),
        nobody,
    )


def _ordered(run: Run, names: _Names) -> list[tuple[str, Any]]:
    answer = run.answer or {}
    return [(id_, answer[id_]) for id_ in names.fields if id_ in answer]


@dataclass(frozen=True, slots=True)
class _Names:
    """What the fields of one reader, and the parts of their values, are called instead."""

    fields: Mapping[str, str]
    parts: Mapping[str, Mapping[str, str]]

    @classmethod
    def of(cls, label: str, persona: Persona, answer: Mapping[str, Any]) -> _Names:
        ordered = sorted(persona.fields, key=lambda f: _ORDER[_ROWS[f.aspects[0]].id])
        return cls(
            {field.id: f"{label}.{number}" for number, field in enumerate(ordered, 1)},
            {field.id: _part_names(field, answer.get(field.id)) for field in persona.fields},
        )

    def field(self, field: Field) -> Field:
        row = _ROWS[field.aspects[0]]
        parts = self.parts[field.id]
        items = field.items if isinstance(field.items, str) else _renamed(field.items, parts)
        return replace(
            field,
            id=self.fields[field.id],
            aspects=row.aspects[:1],
            label=row.label,
            instruction=Words(ja="", en=""),
            length=Length(),
            max_items=None,
            items=items,
            properties=_renamed(field.properties, parts),
            schema=None,
            unchecked=tuple(parts.get(name, name) for name in field.unchecked),
        )

    def value(self, id_: str, value: Any) -> Any:
        return _value(value, self.parts[id_])

    def knows(self, path: str) -> bool:
        return path.partition("/")[2].partition("/")[0] in self.fields

    def path(self, path: str) -> str:
        _, field, *rest = path.split("/")
        parts = self.parts[field]
        return "/".join(["", self.fields[field], *(parts.get(_unescaped(part), part) for part in rest)])

    def statement(self, statement: Statement) -> Statement:
        reason = statement.reason
        if statement.status is StatementStatus.NOT_STATED:
            reason = None  # only a model can have missed something, or have been given too little
        elif reason == second_look.DOUBTED:
            reason = BESIDE_THE_POINT  # not everyone looks twice
        elif reason == FROM_EXAMPLE:
            reason = NOT_THERE  # nor is everyone shown examples
        return replace(
            statement,
            path=self.path(statement.path),
            reason=reason,
            evidence=tuple(
                replace(one, difference=NOT_THERE) if one.difference == FROM_EXAMPLE else one
                for one in statement.evidence
            ),
            checks=tuple(check for check in statement.checks if check.kind != second_look.KIND),
        )

    def grounding(self, grounding: Grounding) -> Grounding:
        fields = {self.fields[id_]: status for id_, status in grounding.fields.items() if id_ in self.fields}
        return replace(grounding, fields=fields)


def _unescaped(name: str) -> str:
    """A part of a JSON Pointer (RFC 6901)."""
    return name.replace("~1", "/").replace("~0", "~")


def _part_names(field: Field, value: Any) -> dict[str, str]:
    """Parts of an object or of a list's items. What names a paper is everybody's word; the others are numbered."""
    declared = [*field.properties, *(field.items if isinstance(field.items, Mapping) else ())]
    known = dict.fromkeys((*declared, *_keys(value)))
    return {name: name if name in IDENTITY_PARTS else str(number) for number, name in enumerate(known, 1)}


def _keys(value: Any) -> Iterator[str]:
    """Names of parts at any depth; a raw schema may nest them."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield name
            yield from _keys(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _keys(inner)


def _renamed(parts: Mapping[str, ScalarType], names: Mapping[str, str]) -> dict[str, ScalarType]:
    return {names[name]: kind for name, kind in parts.items()}


def _value(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, Mapping):
        return {names[name]: _value(inner, names) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_value(inner, names) for inner in value]
    return value
