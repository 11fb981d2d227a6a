"""Read what came over the wire: the answer, its statements with their quotes, and what the model took for the paper."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from server.domain.fields import CheckRule, Field, FieldType, ScalarType
from server.domain.personas import Persona
from server.domain.raw_schema import drop_nulls
from server.domain.sanitising import sanitise
from server.domain.schema import PAPER_KEY, PAPER_PARTS, wire_order
from server.domain.statements import Claim, Quote

MAX_LEAVES = 200
"""Statements taken from one value with a schema of its own."""


@dataclass(frozen=True, slots=True)
class WireField:
    """One field, read."""

    value: Any
    """As in the answer; None: not stated."""
    claims: tuple[Claim, ...] = ()
    """In the order of the value. None for identity fields: those are held against the paper's identity instead."""
    stated_identity: Mapping[str, Any] = field(default_factory=dict)
    """Parts of the identity that this field states, as in `WireAnswer`."""


@dataclass(frozen=True, slots=True)
class WireAnswer:
    """A whole answer, read."""

    answer: dict[str, Any]
    """Field id → value, in the persona's order; every field is there."""
    claims: tuple[Claim, ...]
    stated_identity: dict[str, Any]
    """Identity part (`title`, `authors`, `first_author`, `year`, …) → what the model says; only what it says.
    `authors` is one string or a list, as the persona asks for it."""


def read_wire(persona: Persona, wire: Mapping[str, Any], *, language: str | None = None) -> WireAnswer:
    """Turn a wire object into an answer. Never raises: what does not fit the wire schema counts as not stated.

    Validate against `wire_schema` first to know what did not fit.

    Args:
        language: Of the answer, where it is known: decides whether sentences are joined with a space.
    """
    stated = dict(read_wire_field(persona, PAPER_KEY, wire.get(PAPER_KEY)).stated_identity)
    read = {
        f.id: read_wire_field(persona, f.id, wire.get(f.id), language=language) for f in wire_order(persona)
    }
    for one in read.values():
        stated.update(one.stated_identity)
    return WireAnswer(
        answer={f.id: read[f.id].value for f in persona.fields},
        claims=tuple(claim for f in persona.fields for claim in read[f.id].claims),
        stated_identity=stated,
    )


def read_wire_field(persona: Persona, field_id: str, value: Any, *, language: str | None = None) -> WireField:
    """Turn one closed key of the wire object (`_paper` too) into its part of the answer."""
    if field_id == PAPER_KEY:
        return WireField(None, stated_identity=_present(_read_object(value, PAPER_PARTS)))
    asked = persona.by_id.get(field_id)
    if asked is None:
        return WireField(None)
    if asked.check is CheckRule.IDENTITY:
        return _read_identity(asked, value)
    return _read_checked(asked, value, language)


def _read_identity(asked: Field, value: Any) -> WireField:
    if asked.type is FieldType.OBJECT:
        parts = {
            name: _whole_year(name, part) for name, part in _read_object(value, asked.properties).items()
        }
        return WireField(parts if _present(parts) else None, stated_identity=_present(parts))
    read: Any
    if asked.type is FieldType.LIST:
        read = [name for entry in _sequence(value) if (name := _read_text(entry))] or None
    else:
        read = _whole_year(asked.id, _read_scalar(value, ScalarType(asked.type.value)))
    return WireField(read, stated_identity=_present({asked.id: read}))


def _read_checked(asked: Field, value: Any, language: str | None) -> WireField:
    if asked.schema is None and asked.type is FieldType.TEXT:
        return _read_statements(asked, value, language)
    if asked.schema is None and asked.type is FieldType.LIST:
        return _read_list(asked, value)
    outer = value if isinstance(value, Mapping) else {}
    quotes = _read_quotes(outer.get("evidence"))
    read: Any
    if asked.schema is not None:
        read = _clean(drop_nulls(outer.get("value"), asked.schema))
    elif asked.type is FieldType.OBJECT:
        parts = _read_object(outer.get("value"), asked.properties)
        read = parts if _present(parts) else None
    elif asked.type is FieldType.CHOICE:
        chosen = outer.get("value")
        read = chosen if any(choice.id == chosen for choice in asked.choices) else None
    else:
        read = _read_scalar(outer.get("value"), ScalarType(asked.type.value))
    return WireField(read, _claims(f"/{asked.id}", _checkable(asked, read), quotes))


def _read_statements(asked: Field, value: Any, language: str | None) -> WireField:
    """Sentences, joined to one text; each claim says where in that text its sentence stands."""
    joined = ""
    claims: list[Claim] = []
    for entry in _sequence(value):
        statement = entry if isinstance(entry, Mapping) else {}
        text = _read_text(statement.get("text"))
        if text is None:
            continue
        if joined and _needs_space(joined[-1], text[0], language):
            joined += " "
        start = len(joined)
        joined += text
        quotes = _read_quotes(statement.get("evidence"))
        claims.append(Claim(f"/{asked.id}", start, len(joined), text, quotes))
    return WireField(joined or None, tuple(claims))


def _read_list(asked: Field, value: Any) -> WireField:
    items: list[Any] = []
    claims: list[Claim] = []
    for entry in _sequence(value):
        outer = entry if isinstance(entry, Mapping) else {}
        item: Any
        if isinstance(asked.items, ScalarType):
            item = _read_scalar(outer.get("value"), asked.items)
        else:
            item = _read_object(outer.get("value"), asked.items)
            item = item if _present(item) else None
        if item is None:
            continue
        quotes = _read_quotes(outer.get("evidence"))
        claims += _claims(f"/{asked.id}/{len(items)}", _checkable(asked, item), quotes)
        items.append(item)
    return WireField(items or None, tuple(claims))


def _checkable(asked: Field, value: Any) -> Any:
    """Without the parts that are the reader's own judgement."""
    if not isinstance(value, Mapping):
        return value
    return {name: part for name, part in value.items() if name not in asked.unchecked}


def _claims(path: str, value: Any, quotes: tuple[Quote, ...]) -> tuple[Claim, ...]:
    """One claim for each leaf of a value; all of them rest on the same quotes."""
    claims = []
    for where, leaf in _leaves(path, value):
        text = leaf if isinstance(leaf, str) else msgspec.json.encode(leaf).decode()
        claims.append(Claim(where, 0, len(text), text, quotes))
        if len(claims) == MAX_LEAVES:
            break
    return tuple(claims)


def _leaves(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for name, part in value.items():
            yield from _leaves(f"{path}/{name.replace('~', '~0').replace('/', '~1')}", part)
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from _leaves(f"{path}/{index}", part)
    elif value is not None:
        yield path, value


def _read_quotes(value: Any) -> tuple[Quote, ...]:
    quotes = []
    for entry in _sequence(value):
        given = entry if isinstance(entry, Mapping) else {}
        text = _read_text(given.get("quote"))
        if text is not None:
            page = given.get("page")
            quotes.append(Quote(text, page if type(page) is int and page > 0 else None))
    return tuple(quotes)


def _read_object(value: Any, properties: Mapping[str, ScalarType]) -> dict[str, Any]:
    given = value if isinstance(value, Mapping) else {}
    return {name: _read_scalar(given.get(name), kind) for name, kind in properties.items()}


def _read_scalar(value: Any, kind: ScalarType) -> Any:
    match kind:
        case ScalarType.TEXT:
            return _read_text(value)
        case ScalarType.BOOLEAN:
            return value if isinstance(value, bool) else None
        case ScalarType.NUMBER:
            number = not isinstance(value, bool) and isinstance(value, int | float) and math.isfinite(value)
            return value if number else None


def _whole_year(part: str, value: Any) -> Any:
    """A year is a whole number, however it was written; anything else passes."""
    if part != "year" or not isinstance(value, float):
        return value
    return int(value) if value.is_integer() else None


def _read_text(value: Any) -> str | None:
    return (sanitise(value).strip() or None) if isinstance(value, str) else None


def _clean(value: Any) -> Any:
    """Every text within a value sanitised."""
    if isinstance(value, str):
        return sanitise(value)
    if isinstance(value, Mapping):
        return {sanitise(name): _clean(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_clean(part) for part in value]
    return value


def _present(parts: Mapping[str, Any]) -> dict[str, Any]:
    return {name: part for name, part in parts.items() if part is not None}


def _sequence(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _needs_space(before: str, after: str, language: str | None) -> bool:
    """Whether two sentences meet with a space: Japanese ones do not, nor Chinese ones."""
    wide = _is_wide(before), _is_wide(after)
    return not (any(wide) if language in (None, "ja", "zh") else all(wide))


def _is_wide(character: str) -> bool:
    return "\u3000" <= character <= "\u9fff" or "\uf900" <= character <= "\uffef" or character >= "\U00020000"
