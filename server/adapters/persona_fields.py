"""Read one question of a persona from its front matter."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from server.adapters.persona_values import Values
from server.adapters.persona_yaml import ListNode, MappingNode, Node, Scalar
from server.domain.fields import (
    IDENTITY_PARTS,
    Aspect,
    CheckRule,
    Choice,
    Field,
    FieldType,
    Length,
    ScalarType,
)
from server.domain.raw_schema import KEYWORDS, SchemaRefusedError, guard
from server.domain.words import Words

KEYS = (
    "id",
    "aspects",
    "label",
    "instruction",
    "type",
    "length",
    "max_items",
    "items",
    "properties",
    "choices",
    "check",
    "schema",
    "unchecked",
)
MAX_ITEMS = 50
MAX_PARTS = 20
MAX_CHOICES = 30
MAX_LENGTH = 5000

_NEEDS_TYPE = {
    "items": FieldType.LIST,
    "max_items": FieldType.LIST,
    "properties": FieldType.OBJECT,
    "choices": FieldType.CHOICE,
}


def read_field(values: Values, node: Node) -> Field | None:
    """The field, or None after noting what keeps it from being one."""
    mapping = values.mapping(node, "fields", "- id: novelty")
    if mapping is None:
        return None
    before = len(values.problems)
    entries = mapping.entries
    values.keys(mapping, KEYS)
    id_ = values.word(entries.get("id"), "id")
    if id_ is None:
        values.note("missing_key", mapping.line, key="id", example="id: novelty")
    elif values.name(id_, mapping.lines["id"]) and "label" not in entries:
        values.note("missing_key", mapping.line, key="label", example="label: {ja: …, en: …}")
    kind = values.member(entries.get("type"), "type", FieldType) or FieldType.TEXT
    _check_keys(values, mapping, kind)
    items = _items(values, entries.get("items"))
    properties = _parts(values, entries.get("properties"), "properties")
    parts = [*properties, *(items if isinstance(items, Mapping) else ())]
    field = Field(
        id=id_ or "",
        aspects=_aspects(values, mapping),
        label=values.words(entries.get("label"), f"{id_}.label") or Words("", ""),
        instruction=values.words(entries.get("instruction"), f"{id_}.instruction") or Words("", ""),
        type=kind,
        length=_length(values, entries.get("length")),
        max_items=values.integer(entries.get("max_items"), "max_items", most=MAX_ITEMS),
        items=items,
        properties=properties,
        choices=_choices(values, entries.get("choices")),
        check=values.member(entries.get("check"), "check", CheckRule) or CheckRule.QUOTE,
        schema=read_schema(values, entries.get("schema")),
        unchecked=_unchecked(values, entries.get("unchecked"), parts),
    )
    if any(one["severity"] == "error" for one in values.problems[before:]):
        return None
    _check_sense(values, field, mapping)
    return field


def _check_keys(values: Values, mapping: MappingNode, kind: FieldType) -> None:
    for key, needed in _NEEDS_TYPE.items():
        if key in mapping.entries and kind is not needed and "schema" not in mapping.entries:
            values.note("key_needs_type", mapping.lines[key], key=key, type=needed.value)
    if "schema" in mapping.entries:
        for key in (*_NEEDS_TYPE, "type", "length"):
            if key in mapping.entries:
                values.note("schema_beside", mapping.lines[key], key=key)
        return
    example = {
        "properties": "properties: {population: text}",
        "choices": "choices: {low: {ja: 低い, en: Low}}",
    }
    for key, text in example.items():
        if kind is _NEEDS_TYPE[key] and key not in mapping.entries:
            values.note("missing_key", mapping.line, key=key, example=text)


def _check_sense(values: Values, field: Field, mapping: MappingNode) -> None:
    """What only the whole field tells."""
    line = mapping.line
    if field.check is CheckRule.IDENTITY and not _asks_for_identity(field):
        values.note("identity_parts", line, id=field.id, known=", ".join(IDENTITY_PARTS))
    elif field.check is not CheckRule.IDENTITY and field.aspects[0] is Aspect.IDENTITY:
        values.note("identity_unchecked", line, id=field.id)
    elif field.check is not CheckRule.IDENTITY and not field.instruction.en:
        values.note("no_instruction", line, id=field.id)
    if (
        field.check is CheckRule.BIBLIOGRAPHY
        and field.type is FieldType.LIST
        and isinstance(field.items, Mapping)
        and field.items.get("title") is not ScalarType.TEXT
    ):
        values.note("bibliography_title", line, id=field.id)


def _asks_for_identity(field: Field) -> bool:
    if field.schema is not None:
        return False
    match field.type:
        case FieldType.OBJECT:
            return all(
                name in IDENTITY_PARTS and (kind is ScalarType.TEXT or name == "year")
                for name, kind in field.properties.items()
            )
        case FieldType.LIST:
            return field.id == "authors" and field.items is ScalarType.TEXT
        case FieldType.TEXT:
            return field.id in IDENTITY_PARTS
        case FieldType.NUMBER:
            return field.id == "year"
        case _:
            return False


def _aspects(values: Values, mapping: MappingNode) -> tuple[Aspect, ...]:
    node = mapping.entries.get("aspects")
    if isinstance(node, Scalar):
        node = ListNode(node.line, [node])
    found = [
        values.member(one, "aspects", Aspect) for one in values.sequence(node, "aspects", "aspects: [method]")
    ]
    if node is None or (isinstance(node, ListNode) and not node.items):
        values.note("missing_key", mapping.line, key="aspects", example="aspects: [method]")
    return tuple(dict.fromkeys(one for one in found if one)) or (Aspect.OTHER,)


def _length(values: Values, node: Node | None) -> Length:
    mapping = values.mapping(node, "length", "length: {ja: 200, en: 80}")
    if mapping is None:
        return Length()
    values.keys(mapping, ("ja", "en"))
    return Length(**{key: _span(values, key, mapping.entries.get(key)) for key in ("ja", "en")})


def _span(values: Values, key: str, node: Node | None) -> tuple[int, int] | None:
    if node is None:
        return None
    given = [node] if isinstance(node, Scalar) else node.items if isinstance(node, ListNode) else []
    numbers = [
        int(one.value)
        for one in given
        if isinstance(one, Scalar) and re.fullmatch(r"[0-9]{1,4}", one.value) and int(one.value) <= MAX_LENGTH
    ]
    if isinstance(node, Scalar) and len(numbers) == 1 and numbers[0]:
        return 0, numbers[0]
    if len(numbers) == len(given) == 2 and 0 < numbers[1] >= numbers[0]:
        return numbers[0], numbers[1]
    values.note("bad_length", node.line, key=key)
    return None


def _items(values: Values, node: Node | None) -> ScalarType | Mapping[str, ScalarType]:
    if node is None:
        return ScalarType.TEXT
    if isinstance(node, Scalar):
        return values.member(node, "items", ScalarType) or ScalarType.TEXT
    return _parts(values, node, "items") or ScalarType.TEXT


def _parts(values: Values, node: Node | None, key: str) -> dict[str, ScalarType]:
    mapping = values.mapping(node, key, f"{key}: {{title: text}}")
    if mapping is None:
        return {}
    if not 0 < len(mapping.entries) <= MAX_PARTS:
        values.note("too_large", mapping.line, what=key, limit=MAX_PARTS)
    read = {
        name: values.member(kind, f"{key}.{name}", ScalarType)
        for name, kind in mapping.entries.items()
        if values.name(name, mapping.lines[name])
    }
    return {name: kind for name, kind in read.items() if kind}


def _unchecked(values: Values, node: Node | None, parts: list[str]) -> tuple[str, ...]:
    named = [
        values.one_of(one, "unchecked", parts)
        for one in values.sequence(node, "unchecked", "unchecked: [strength]")
    ]
    return tuple(name for name in named if name)


def _choices(values: Values, node: Node | None) -> tuple[Choice, ...]:
    mapping = values.mapping(node, "choices", "choices: {low: {ja: 低い, en: Low}}")
    if mapping is None:
        return ()
    if not 2 <= len(mapping.entries) <= MAX_CHOICES:
        values.note(
            "wrong_kind",
            mapping.line,
            key="choices",
            example="choices: {low: {ja: 低い, en: Low}, high: {ja: 高い, en: High}}",
            kind_ja=f"2 から {MAX_CHOICES} までの選択肢",
            kind_en=f"2 to {MAX_CHOICES} choices",
        )
    return tuple(
        Choice(id_, values.words(label, f"choices.{id_}") or Words(id_, id_))
        for id_, label in mapping.entries.items()
        if values.name(id_, mapping.lines[id_])
    )


def read_schema(values: Values, node: Node | None) -> dict[str, Any] | None:
    """A JSON Schema within the closed subset, or None after noting what leaves it."""
    mapping = values.mapping(node, "schema", "schema: {type: object, properties: …}")
    if mapping is None:
        return None
    schema = as_json(mapping)
    try:
        guard(schema)
    except SchemaRefusedError as error:
        values.note(
            "schema_refused", mapping.line, detail=str(error)[:160], known=", ".join(sorted(KEYWORDS))
        )
        return None
    return dict(schema)


def as_json(node: Node) -> Any:
    """The JSON value a node means: here plain words are numbers, truth values and null, as in YAML 1.2's core."""
    if isinstance(node, MappingNode):
        return {key: as_json(value) for key, value in node.entries.items()}
    if isinstance(node, ListNode):
        return [as_json(item) for item in node.items]
    if not node.quoted and node.value in _CONSTANTS:
        return _CONSTANTS[node.value]
    if not node.quoted and re.fullmatch(r"-?(?:0|[1-9][0-9]{0,15})", node.value):
        return int(node.value)
    if not node.quoted and re.fullmatch(r"-?(?:0|[1-9][0-9]{0,15})\.[0-9]{1,15}", node.value):
        return float(node.value)
    return node.value


_CONSTANTS: Mapping[str, Any] = {"true": True, "false": False, "null": None, "~": None, "": None}
