"""The shape of a persona's answer: as the caller gets it, and as it crosses the wire from a model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from server.domain.fields import CheckRule, Field, FieldType, ScalarType
from server.domain.personas import Persona
from server.domain.raw_schema import inline, to_strict
from server.domain.validation import validate

__all__ = ["PAPER_KEY", "answer_schema", "asks_for_paper", "validate", "wire_order", "wire_schema"]

PAPER_KEY = "_paper"
"""On the wire only: what the model takes for the paper, for personas that do not ask for its title themselves."""

PAPER_PARTS: Mapping[str, ScalarType] = {"title": ScalarType.TEXT, "authors": ScalarType.TEXT}

MAX_STATEMENTS = 12
"""Sentences of one text on the wire. A bound, so that a small model under a grammar cannot loop for ever."""

MAX_QUOTES = 3
"""Quotes for one statement on the wire."""

MAX_ITEMS = 20
"""Items of a list whose field sets no `max_items`."""

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_NULL = {"type": "null"}


def answer_schema(persona: Persona, language: str) -> dict[str, Any]:
    """JSON Schema 2020-12 of a finished answer. Every value may be null: *not stated in the paper*."""
    return {
        "$schema": DIALECT,
        "title": persona.name.in_(language),
        **_closed({f.id: _answer_property(f, language) for f in persona.fields}),
    }


def wire_schema(persona: Persona, language: str) -> dict[str, Any]:
    """What a model is held to, in the subset that strict modes accept: closed objects, everything required.

    Keys come identity first, whatever the persona's order, so that a reader of the wrong paper is noticed early;
    evidence comes before text, so that the model looks before it speaks, unless the persona has it the other way round.
    """
    properties: dict[str, Any] = {}
    if asks_for_paper(persona):
        properties[PAPER_KEY] = _object_of(PAPER_PARTS)
    for field in wire_order(persona):
        shape = _wire_property(field, evidence_first=persona.evidence != "after")
        properties[field.id] = {**shape, "description": field.label.in_(language)}
    return _closed(properties)


def wire_order(persona: Persona) -> tuple[Field, ...]:
    """The persona's fields as they come on the wire: those of the identity, then the rest in the persona's order."""
    rest = tuple(f for f in persona.fields if f.check is not CheckRule.IDENTITY)
    return persona.identity_fields + rest


def asks_for_paper(persona: Persona) -> bool:
    """Whether the wire needs `_paper`, because no field of the persona asks for the title."""
    return not any(f.id == "title" or "title" in f.properties for f in persona.identity_fields)


def _answer_property(field: Field, language: str) -> dict[str, Any]:
    return {
        "title": field.label.in_(language),
        "description": field.instruction.in_(language),
        **_answer_shape(field),
    }


def _answer_shape(field: Field) -> dict[str, Any]:
    if field.schema is not None:
        return {"anyOf": [inline(field.schema), _NULL]}
    match field.type:
        case FieldType.LIST:
            bound = {} if field.max_items is None else {"maxItems": field.max_items}
            return {"type": ["array", "null"], "items": _item(field), **bound}
        case FieldType.OBJECT:
            return {**_object_of(field.properties), "type": ["object", "null"]}
        case FieldType.CHOICE:
            return {"type": ["string", "null"], "enum": [*(choice.id for choice in field.choices), None]}
        case _:
            return _scalar(field.id, ScalarType(field.type.value), identity=field.check is CheckRule.IDENTITY)


def _wire_property(field: Field, *, evidence_first: bool) -> dict[str, Any]:
    if field.check is CheckRule.IDENTITY:
        return _identity_shape(field)
    if field.schema is not None:
        return _evidenced("value", {"anyOf": [to_strict(field.schema), _NULL]}, first=evidence_first)
    match field.type:
        case FieldType.TEXT:
            statement = _evidenced("text", {"type": "string"}, first=evidence_first)
            return {"type": "array", "items": statement, "maxItems": MAX_STATEMENTS}
        case FieldType.LIST:
            return {
                "type": "array",
                "items": _evidenced("value", _item(field), first=evidence_first),
                "maxItems": field.max_items or MAX_ITEMS,
            }
        case FieldType.OBJECT:
            return _evidenced("value", _object_of(field.properties), first=evidence_first)
        case FieldType.CHOICE:
            options = {"type": "string", "enum": [choice.id for choice in field.choices]}
            return _evidenced("value", {"anyOf": [options, _NULL]}, first=evidence_first)
        case _:
            return _evidenced("value", _scalar(field.id, ScalarType(field.type.value)), first=evidence_first)


def _identity_shape(field: Field) -> dict[str, Any]:
    """Plain values without evidence: they are held against the paper's own identity."""
    match field.type:
        case FieldType.OBJECT:
            return _object_of(field.properties, identity=True)
        case FieldType.LIST:
            return {
                "type": "array",
                "items": {"type": "string"},
                "maxItems": field.max_items or 10 * MAX_ITEMS,
            }
        case _:
            return _scalar(field.id, ScalarType(field.type.value), identity=True)


def _item(field: Field) -> dict[str, Any]:
    if isinstance(field.items, ScalarType):
        return {"type": _TYPES[field.items]}
    return _object_of(field.items)


def _object_of(properties: Mapping[str, ScalarType], *, identity: bool = False) -> dict[str, Any]:
    return _closed({name: _scalar(name, kind, identity=identity) for name, kind in properties.items()})


def _scalar(name: str, kind: ScalarType, *, identity: bool = False) -> dict[str, Any]:
    whole = identity and name == "year" and kind is ScalarType.NUMBER
    return {"type": ["integer" if whole else _TYPES[kind], "null"]}


def _evidenced(name: str, value: Mapping[str, Any], *, first: bool) -> dict[str, Any]:
    """Something with its quotes, those first or last: models write in this order."""
    parts = {"evidence": _evidence(), name: value}
    return _closed(parts if first else dict(reversed(parts.items())))


def _evidence() -> dict[str, Any]:
    quote = _closed({"quote": {"type": "string"}, "page": {"type": "integer"}})
    return {"type": "array", "items": quote, "maxItems": MAX_QUOTES}


def _closed(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties),
        "additionalProperties": False,
    }


_TYPES = {ScalarType.TEXT: "string", ScalarType.NUMBER: "number", ScalarType.BOOLEAN: "boolean"}
