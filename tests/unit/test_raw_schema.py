"""A field's own JSON Schema: what is refused, and what becomes of the rest on the wire."""

from __future__ import annotations

from typing import Any

import pytest
from server.domain.raw_schema import SchemaRefusedError, drop_nulls, example, guard, inline, to_strict
from server.domain.validation import validate

SCORES = {
    "type": "object",
    "properties": {
        "best": {"$ref": "#/$defs/score"},
        "others": {"type": "array", "items": {"$ref": "#/$defs/score"}, "maxItems": 4},
        "remark": {"type": "string", "maxLength": 80, "pattern": "^[A-Z]"},
    },
    "required": ["best"],
    "$defs": {
        "score": {
            "type": "object",
            "properties": {"model": {"type": "string"}, "value": {"type": "number", "minimum": 0}},
            "required": ["model"],
        }
    },
}


def nested(depth: int) -> dict[str, Any]:
    return {"type": "object", "properties": {"a": nested(depth - 1)}} if depth else {"type": "string"}


def laughs(levels: int) -> dict[str, Any]:
    """Each level refers nine times to the next: small to write, huge to expand."""
    defs: dict[str, Any] = {
        f"l{n}": {"type": "object", "properties": {k: {"$ref": f"#/$defs/l{n + 1}"} for k in "abcdefghi"}}
        for n in range(levels)
    }
    return {"$ref": "#/$defs/l0", "$defs": defs | {f"l{levels}": {"type": "string"}}}


REFUSED: dict[str, tuple[Any, str]] = {
    "a reference over the network": (
        {"type": "object", "properties": {"a": {"$ref": "http://127.0.0.1/x"}}},
        "schema_ref",
    ),
    "a reference to a file": ({"type": "array", "items": {"$ref": "file:///etc/passwd"}}, "schema_ref"),
    "a reference to the root": ({"type": "object", "properties": {"a": {"$ref": "#"}}}, "schema_ref"),
    "a reference to nothing": ({"type": "array", "items": {"$ref": "#/$defs/a"}}, "schema_ref"),
    "a reference that is no text": ({"type": "array", "items": {"$ref": ["#"]}}, "schema_ref"),
    "another dialect": ({"$schema": "http://127.0.0.1/meta", "type": "string"}, "schema_keyword"),
    "a base address": ({"$id": "http://127.0.0.1/", "type": "string"}, "schema_keyword"),
    "pattern properties": ({"type": "object", "patternProperties": {"^(a+)+$": {}}}, "schema_keyword"),
    "all of": ({"allOf": [{"type": "string"}], "type": "string"}, "schema_keyword"),
    "unique items": ({"type": "array", "uniqueItems": True}, "schema_keyword"),
    "definitions within": ({"type": "array", "items": {"$defs": {}, "type": "string"}}, "schema_keyword"),
    "an open object": ({"type": "object", "additionalProperties": True}, "schema_open_object"),
    "recursion": (
        {"$ref": "#/$defs/a", "$defs": {"a": {"type": "array", "items": {"$ref": "#/$defs/a"}}}},
        "schema_recursive",
    ),
    "a billion laughs": (laughs(3), "schema_too_large"),
    "too deep": (nested(40), "schema_too_deep"),
    "too many parts": (
        {"type": "object", "properties": {f"p{n}": {"type": "string"} for n in range(501)}},
        "schema_too_large",
    ),
    "too many values": ({"type": "string", "enum": [str(n) for n in range(201)]}, "schema_too_large"),
    "too many bytes": ({"type": "string", "description": "x" * 20_000}, "schema_too_large"),
    "too many alternatives": ({"anyOf": [{"type": "string"}] * 9}, "schema_too_large"),
    "a reference with company": (
        {"$ref": "#/$defs/a", "type": "string", "$defs": {"a": {"type": "string"}}},
        "schema_keyword",
    ),
    "alternatives with company": ({"anyOf": [{"type": "string"}], "type": "object"}, "schema_keyword"),
    "a long way through definitions": (
        {
            "$ref": "#/$defs/d0",
            "$defs": {
                **{f"d{n}": {"type": "array", "items": {"$ref": f"#/$defs/d{n + 1}"}} for n in range(50)},
                "d50": {"type": "string"},
            },
        },
        "schema_too_deep",
    ),
    "an unknown type": ({"type": "quux"}, "schema_invalid"),
    "a broken pattern": ({"type": "string", "pattern": "("}, "schema_invalid"),
    "a pattern that needs backtracking": ({"type": "string", "pattern": r"^(?=a)(\w)\1$"}, "schema_invalid"),
    "a size that is no number": ({"type": "string", "maxLength": "long"}, "schema_invalid"),
    "values that are no list": ({"type": "string", "enum": 3}, "schema_invalid"),
    "properties that are no mapping": ({"type": "object", "properties": ["a"]}, "schema_invalid"),
    "definitions that are no mapping": ({"type": "string", "$defs": []}, "schema_invalid"),
    "nothing": ({}, "schema_without_type"),
    "no schema": ([], "schema_without_type"),
    "true": (True, "schema_without_type"),
    "a part that is no schema": ({"type": "array", "items": True}, "schema_invalid"),
    "a lone surrogate": ({"type": "object", "properties": {"\ud800": {"type": "string"}}}, "schema_not_json"),
    "what is not JSON": ({"type": object()}, "schema_not_json"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_schema_outside_the_subset_is_refused(name: str) -> None:
    schema, code = REFUSED[name]

    with pytest.raises(SchemaRefusedError) as refused:
        guard(schema)

    assert refused.value.code == code


@pytest.mark.parametrize(
    "schema",
    [
        SCORES,
        {"type": "string", "format": "date", "enum": ["a"]},
        {"anyOf": [{"type": "string"}, {"type": "null"}]},
    ],
)
def test_a_schema_of_the_subset_is_accepted(schema: dict[str, Any]) -> None:
    guard(schema)


def test_references_are_replaced_by_what_they_refer_to() -> None:
    inlined = inline(SCORES)

    assert "$defs" not in inlined
    assert inlined["properties"]["best"] == SCORES["$defs"]["score"]  # type: ignore[index]


def test_on_the_wire_everything_is_required_and_the_optional_may_be_null() -> None:
    strict = to_strict(SCORES)

    assert strict["required"] == ["best", "others", "remark"]
    assert strict["properties"]["remark"] == {"anyOf": [{"type": "string"}, {"type": "null"}]}
    assert strict["properties"]["best"]["properties"]["value"] == {
        "anyOf": [{"type": "number"}, {"type": "null"}]
    }
    assert strict["properties"]["best"]["additionalProperties"] is False


def test_nulls_of_the_wire_are_dropped_where_the_author_leaves_a_property_out() -> None:
    wire = {"best": {"model": "A", "value": None}, "others": [{"model": "B", "value": 2}], "remark": None}

    value = drop_nulls(wire, SCORES)

    assert value == {"best": {"model": "A"}, "others": [{"model": "B", "value": 2}]}
    assert validate(to_strict(SCORES), wire) == []
    assert validate(SCORES, value) == []


def test_the_example_of_a_strict_schema_fits_it() -> None:
    assert example(to_strict(SCORES)) == {
        "best": {"model": "…", "value": 0},
        "others": [{"model": "…", "value": 0}],
        "remark": "…",
    }
    assert validate(to_strict(SCORES), example(to_strict(SCORES))) == []
