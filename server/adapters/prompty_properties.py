"""Inputs and outputs of Prompty files, in every shape their versions know, and questions made of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from server.adapters.foreign_draft import name_of, spoken
from server.adapters.persona_values import NAME
from server.domain.brought_aspects import heading_aspects
from server.domain.fields import Aspect, CheckRule, Choice, Field, FieldType, ScalarType
from server.domain.raw_schema import SchemaRefusedError, guard
from server.domain.words import same

_KINDS = {"string": "string", "text": "string", "integer": "integer", "int": "integer", "float": "number"}
_KINDS |= {"number": "number", "boolean": "boolean", "bool": "boolean", "array": "array", "list": "array"}
_KINDS |= {"object": "object", "dictionary": "object"}
_SCALARS = {"string": ScalarType.TEXT, "number": ScalarType.NUMBER, "boolean": ScalarType.BOOLEAN}
_SCALARS |= {"integer": ScalarType.NUMBER}
MAX_DEPTH = 6


def properties_of(value: Any) -> list[tuple[str, Any]]:
    """Names and what is said of them: `{name: …}`, `[{name, …}]` or either under `properties`."""
    if isinstance(value, Mapping):
        inner = value.get("properties")
        if isinstance(inner, Mapping | list) and not {"kind", "type"} & inner_keys(inner):
            return properties_of(inner)
        return [(str(key), one) for key, one in value.items()]
    if isinstance(value, list):
        return [(str(one["name"]), one) for one in value if isinstance(one, Mapping) and one.get("name")]
    return []


def inner_keys(value: Any) -> set[str]:
    """Keys whose values are plain words; a property called `kind` has more to say."""
    return {k for k, v in value.items() if isinstance(v, str)} if isinstance(value, Mapping) else set()


def schema_of(value: Any, depth: int = 0) -> dict[str, Any]:
    """A property, or a JSON Schema, as a closed JSON Schema; what is not understood is a text."""
    if not isinstance(value, Mapping):
        kind = _KINDS.get(str(value).lower(), "string")
        return {"type": kind, **({"items": {"type": "string"}} if kind == "array" else {})}
    given = value.get("kind", value.get("type", "object" if "properties" in value else "string"))
    if isinstance(given, list):
        given = next((one for one in given if one != "null"), "string")
    kind = _KINDS.get(str(given).lower(), "string")
    options = value.get("enumValues", value.get("enum"))
    if isinstance(options, list) and options and kind == "string":
        return {"type": "string", "enum": [str(one) for one in options if one is not None]}
    if kind == "array":
        items = value.get("items")
        return {
            "type": "array",
            "items": schema_of(items or "string", depth + 1) if depth < MAX_DEPTH else {"type": "string"},
        }
    if kind == "object" and depth < MAX_DEPTH:
        parts = {name: schema_of(one, depth + 1) for name, one in properties_of(value.get("properties"))}
        if parts:
            return {
                "type": "object",
                "properties": parts,
                "required": list(parts),
                "additionalProperties": False,
            }
    return {"type": "string" if kind == "object" else kind}


def question(name: str, value: Any, *, taken: Sequence[str]) -> Field:
    """A question from an output. A description of two lines is a label and its instruction."""
    said = str(value.get("description") or "") if isinstance(value, Mapping) else ""
    first, _, rest = said.strip().partition("\n")
    label, instruction = (first, rest) if rest.strip() else (spoken(name), first)
    label, instruction = " ".join(label.split())[:200], " ".join(instruction.split())[:3000]
    id_ = name if NAME.fullmatch(name) and name not in taken else name_of(name, taken=taken)
    aspects = tuple(
        one for one in heading_aspects(label) or heading_aspects(spoken(name)) if one is not Aspect.IDENTITY
    )
    field = Field(
        id=id_,
        aspects=aspects or (Aspect.OTHER,),
        label=same(label),
        instruction=same(instruction or label),
    )
    return shaped(field, schema_of(value))


def shaped(field: Field, schema: Mapping[str, Any]) -> Field:
    """The field with the type that a schema means; the schema itself where no type says as much."""
    kind, shape = schema["type"], dict[str, Any]()
    if "enum" in schema:
        choices = dict[str, Choice]()
        for one in schema["enum"]:
            id_ = one if NAME.fullmatch(one) and one not in choices else name_of(one, taken=choices)
            choices[id_] = Choice(id_, same(one[:200] or id_))
        shape = {"type": FieldType.CHOICE, "choices": tuple(choices.values())} if len(choices) > 1 else {}
    elif kind == "array":
        items = schema["items"]
        parts = _flat(items)
        if items["type"] in _SCALARS and "enum" not in items:
            shape = {"type": FieldType.LIST, "items": _SCALARS[items["type"]]}
        elif parts:
            shape = {"type": FieldType.LIST, "items": parts}
        else:
            shape = {"schema": _guarded(schema)}
    elif kind == "object":
        parts = _flat(schema)
        shape = {"type": FieldType.OBJECT, "properties": parts} if parts else {"schema": _guarded(schema)}
    elif kind != "string":
        shape = {"type": FieldType(_SCALARS[kind].value)}
    return Field(field.id, field.aspects, field.label, field.instruction, check=CheckRule.QUOTE, **shape)


def property_of(name: str, schema: Mapping[str, Any], *, description: str = "") -> dict[str, Any]:
    """A Prompty property from a part of an answer's JSON Schema."""
    schema = next((one for one in schema.get("anyOf", ()) if one.get("type") != "null"), schema)
    given = schema.get("type", "string")
    kind = next((one for one in given if one != "null"), "string") if isinstance(given, list) else given
    written: dict[str, Any] = {"name": name} if name else {}
    written["kind"] = {"number": "float"}.get(kind, kind)
    if description:
        written["description"] = description
    if options := [one for one in schema.get("enum", ()) if one is not None]:
        written["enumValues"] = options
    if kind == "array":
        written["items"] = property_of("", schema.get("items", {}))
    if kind == "object":
        written["properties"] = [property_of(key, one) for key, one in schema.get("properties", {}).items()]
    return written


def _flat(schema: Mapping[str, Any]) -> dict[str, ScalarType]:
    """Parts of an object that all are single values with names that may stand here; else nothing."""
    return dict(_parts(schema)) if all(_parts_fit(schema)) else {}


def _parts(schema: Mapping[str, Any]) -> Iterator[tuple[str, ScalarType]]:
    for name, one in schema.get("properties", {}).items():
        yield name, _SCALARS[one["type"]]


def _parts_fit(schema: Mapping[str, Any]) -> Iterator[bool]:
    yield schema["type"] == "object"
    for name, one in schema.get("properties", {}).items():
        yield bool(NAME.fullmatch(name)) and one["type"] in _SCALARS and "enum" not in one


def _guarded(schema: Mapping[str, Any]) -> Mapping[str, Any] | None:
    try:
        guard(dict(schema))
    except SchemaRefusedError:
        return None
    return schema
