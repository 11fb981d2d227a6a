"""A field's own JSON Schema: which ones are accepted, and what becomes of them on the wire.

Schemas come from persona files, so they are untrusted: a full validator fetches `http:` and `file:` references, and can
be made to run or grow without end. Only a closed subset is accepted, small, without recursion, with references into
its own `$defs` only.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jsonschema_rs
import msgspec

MAX_BYTES = 16 * 1024
MAX_DEPTH = 8
MAX_NODES = 500
"""Counted with every reference replaced by what it refers to."""
MAX_ENUM = 200
MAX_ANY_OF = 8
MAX_PATTERN = 256

ANNOTATIONS = frozenset({"title", "description", "default", "examples"})
BOUNDS = frozenset(
    {
        "minimum",
        "maximum",
        "exclusiveMinimum",
        "exclusiveMaximum",
        "minLength",
        "maxLength",
        "minItems",
        "maxItems",
    }
)
STRUCTURE = frozenset(
    {"$defs", "$ref", "type", "properties", "required", "additionalProperties", "items", "anyOf"}
)
KEYWORDS = ANNOTATIONS | BOUNDS | STRUCTURE | {"enum", "const", "format", "pattern"}

_REF = "#/$defs/"
_ON_THE_WIRE = frozenset({"type", "enum", "const", "description", "maxItems"})
"""Keywords kept as they are; bounds, patterns and formats are left to the validation of the answer, because a forced
length breaks words and endpoints differ in what else they accept."""


class SchemaRefusedError(ValueError):
    """The schema leaves the subset. `code` names how; `detail` what exactly (a keyword, a reference)."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail


def guard(schema: Any) -> None:
    """Accept a schema of the subset.

    Raises:
        SchemaRefusedError: the first thing found that is not in the subset, or more than is allowed of it.
    """
    _Guard(schema).check()


def inline(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The same guarded schema without references."""
    defs = schema.get("$defs", {})

    def replace(node: Any) -> Any:
        if not isinstance(node, Mapping):
            return node
        if "$ref" in node:
            beside = {name: part for name, part in node.items() if name in ("title", "description")}
            return {**replace(defs[node["$ref"].removeprefix(_REF)]), **beside}
        return _map_subschemas({name: part for name, part in node.items() if name != "$defs"}, replace)

    replaced: dict[str, Any] = replace(schema)
    return replaced


def to_strict(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A guarded schema in the subset that strict modes accept: what may be left out becomes nullable instead."""

    def strict(node: Any) -> dict[str, Any]:
        kept = {name: part for name, part in node.items() if name in _ON_THE_WIRE}
        if "anyOf" in node:
            return {"anyOf": [strict(option) for option in node["anyOf"]]}
        if "items" in node:
            kept["items"] = strict(node["items"])
        if "properties" in node:
            required = node.get("required", ())
            kept["properties"] = {
                name: strict(part) if name in required else _nullable(strict(part))
                for name, part in node["properties"].items()
            }
            kept["required"] = list(node["properties"])
            kept["additionalProperties"] = False
        return kept

    return strict(inline(schema))


def drop_nulls(value: Any, schema: Mapping[str, Any]) -> Any:
    """Undo `to_strict` on a value: a null where the guarded schema lets the property be left out is left out."""

    def drop(part: Any, node: Mapping[str, Any]) -> Any:
        if isinstance(part, list) and "items" in node:
            return [drop(one, node["items"]) for one in part]
        if isinstance(part, Mapping):
            node = _option_for(part, node)
            properties, required = node.get("properties", {}), node.get("required", ())
            return {
                name: drop(one, properties.get(name, {}))
                for name, one in part.items()
                if one is not None or name in required or name not in properties
            }
        return part

    return drop(value, inline(schema))


def _option_for(value: Mapping[str, Any], node: Mapping[str, Any]) -> Mapping[str, Any]:
    """Of alternatives, the object with the most properties in common with the value."""
    options = [option for option in node.get("anyOf", ()) if "properties" in option]
    return max(options, key=lambda option: len(option["properties"].keys() & value.keys()), default=node)


def _nullable(node: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [*node.get("anyOf", [node]), {"type": "null"}]}


def _map_subschemas(node: dict[str, Any], change: Any) -> dict[str, Any]:
    mapped = dict(node)
    if "properties" in node:
        mapped["properties"] = {name: change(part) for name, part in node["properties"].items()}
    if "anyOf" in node:
        mapped["anyOf"] = [change(part) for part in node["anyOf"]]
    if "items" in node:
        mapped["items"] = change(node["items"])
    return mapped


class _Guard:
    def __init__(self, schema: Any) -> None:
        self.schema = schema
        self.nodes = 0

    def check(self) -> None:
        try:
            size = len(msgspec.json.encode(self.schema))
        except (TypeError, ValueError, RecursionError) as error:
            raise SchemaRefusedError("schema_not_json") from error
        if size > MAX_BYTES:
            raise SchemaRefusedError("schema_too_large", f"{size} bytes, {MAX_BYTES} allowed")
        if not isinstance(self.schema, Mapping) or not ({"type", "anyOf", "$ref"} & self.schema.keys()):
            raise SchemaRefusedError("schema_without_type")
        self.defs = self.schema.get("$defs", {})
        if not isinstance(self.defs, Mapping):
            raise SchemaRefusedError("schema_invalid", "$defs")
        self.walk(self.schema, 0, inside=())
        for name, definition in self.defs.items():
            self.walk(definition, 1, inside=(name,))
        self.compile()

    def walk(self, node: Any, depth: int, *, inside: tuple[str, ...]) -> None:
        """Visit a node and all below it, references followed; `inside`: the definitions on the way here."""
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise SchemaRefusedError("schema_too_large", f"more than {MAX_NODES} parts")
        if depth > MAX_DEPTH:
            raise SchemaRefusedError("schema_too_deep", f"more than {MAX_DEPTH} levels")
        if not isinstance(node, Mapping):
            raise SchemaRefusedError("schema_invalid", str(node)[:40])
        _check_keywords(node, is_root=not depth)
        _check_size(node)
        if "$ref" in node:
            self.follow(node["$ref"], depth, inside=inside)
        for part in _subschemas(node):
            self.walk(part, depth + 1, inside=inside)

    def follow(self, reference: Any, depth: int, *, inside: tuple[str, ...]) -> None:
        name = reference.removeprefix(_REF) if isinstance(reference, str) else None
        if name is None or name == reference or name not in self.defs:
            raise SchemaRefusedError("schema_ref", str(reference)[:80])
        if name in inside:
            raise SchemaRefusedError("schema_recursive", name[:40])
        self.walk(self.defs[name], depth + 1, inside=(*inside, name))

    def compile(self) -> None:
        """The dialect itself, with patterns that a linear engine can run (no look-around, no back references)."""
        try:
            jsonschema_rs.validator_for(
                dict(self.schema),
                offline=True,
                pattern_options=jsonschema_rs.RegexOptions(size_limit=1 << 20),
            )
        except (ValueError, jsonschema_rs.ReferencingError) as error:
            raise SchemaRefusedError("schema_invalid", str(error).splitlines()[0][:120]) from error


def _check_keywords(node: Mapping[str, Any], *, is_root: bool) -> None:
    for name in node:
        if name not in KEYWORDS or (name == "$defs" and not is_root):
            raise SchemaRefusedError("schema_keyword", str(name)[:40])
    for alone in ("$ref", "anyOf"):
        beside = node.keys() - ANNOTATIONS - {alone, "$defs"}
        if alone in node and beside:
            raise SchemaRefusedError("schema_keyword", f"{min(beside)} beside {alone}")
    if node.get("additionalProperties", False) is not False:
        raise SchemaRefusedError("schema_open_object")


def _check_size(node: Mapping[str, Any]) -> None:
    for name, most in (("enum", MAX_ENUM), ("anyOf", MAX_ANY_OF), ("required", MAX_NODES)):
        alternatives = node.get(name, [])
        if not isinstance(alternatives, list):
            raise SchemaRefusedError("schema_invalid", name)
        if len(alternatives) > most:
            raise SchemaRefusedError("schema_too_large", name)
    if len(str(node.get("pattern", ""))) > MAX_PATTERN:
        raise SchemaRefusedError("schema_too_large", "pattern")


def _subschemas(node: Mapping[str, Any]) -> list[Any]:
    properties = node.get("properties", {})
    if not isinstance(properties, Mapping):
        raise SchemaRefusedError("schema_invalid", "properties")
    return [*properties.values(), *node.get("anyOf", []), *([node["items"]] if "items" in node else [])]


def example(schema: Mapping[str, Any]) -> Any:
    """A value of the shape of a strict schema, with nothing in it."""
    if "anyOf" in schema:
        return example(schema["anyOf"][0])
    for name in ("enum", "const"):
        if name in schema:
            return schema["enum"][0] if name == "enum" else schema["const"]
    kind = schema.get("type")
    kind = kind[0] if isinstance(kind, list) else kind
    match kind:
        case "object":
            return {name: example(part) for name, part in schema.get("properties", {}).items()}
        case "array":
            return [example(schema["items"])] if "items" in schema else []
        case "string":
            return "…"
        case "number" | "integer":
            return 0
        case "boolean":
            return False
        case _:
            return None
