"""An answer to one question as a form that anyone can fill in, and back."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from server.domain.errors import InvalidRequestError
from server.domain.fields import Field, FieldType, ScalarType
from server.web.catalogue import catalogue
from server.web.forms import Form
from server.web.part_words import part_label

SPARE = 1
"""Empty items offered beyond those that are there."""


@dataclass(frozen=True, slots=True)
class Input:
    """One control of the form."""

    name: str
    label: str | None
    kind: str
    """`text`, `line`, `number`, `choice`, `lines` or `json`."""
    value: str
    choices: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """Controls that belong together: the whole value, or one item of a list."""

    number: int | None
    """Of a list's item; None: the whole."""
    is_new: bool
    inputs: tuple[Input, ...]


def groups_of(field: Field, value: Any, language: str) -> tuple[Group, ...]:
    """The form for a field, filled with `value`."""
    if field.schema is not None:
        shown = "" if value is None else json.dumps(value, ensure_ascii=False, indent=2)
        return (Group(None, is_new=False, inputs=(Input("value", None, "json", shown),)),)
    if field.type is FieldType.LIST and isinstance(field.items, Mapping):
        items = [item for item in value or () if isinstance(item, Mapping)]
        room = len(items) + SPARE if field.max_items is None else max(field.max_items, len(items))
        rows: Sequence[Mapping[str, Any]] = [*items, *({} for _ in range(min(room - len(items), SPARE)))]
        return tuple(
            Group(n, n >= len(items), tuple(_parts(field.items, row, language, prefix=f"item-{n}-")))
            for n, row in enumerate(rows)
        )
    if field.type is FieldType.OBJECT:
        held = value if isinstance(value, Mapping) else {}
        return (
            Group(None, is_new=False, inputs=tuple(_parts(field.properties, held, language, prefix="part-"))),
        )
    return (Group(None, is_new=False, inputs=(_single(field, value, language),)),)


def value_of(field: Field, form: Form) -> Any:
    """What was filled in; None for an empty answer.

    Raises:
        InvalidRequestError: a number that is none, JSON that cannot be read.
    """
    if field.schema is not None:
        return _json(form.one("value"))
    if field.type is FieldType.LIST and isinstance(field.items, Mapping):
        found = [
            {name: _scalar(form.one(f"item-{n}-{name}"), kind) for name, kind in field.items.items()}
            for n in range(_rows(form))
        ]
        return [item for item in found if any(part is not None for part in item.values())]
    if field.type is FieldType.OBJECT:
        parts = {name: _scalar(form.one(f"part-{name}"), kind) for name, kind in field.properties.items()}
        return parts if any(part is not None for part in parts.values()) else None
    given = form.one("value")
    if field.type is FieldType.LIST:
        kind = field.items if isinstance(field.items, ScalarType) else ScalarType.TEXT
        return [_scalar(line, kind) for line in (given or "").splitlines() if line.strip()]
    if field.type is FieldType.NUMBER:
        return _scalar(given, ScalarType.NUMBER)
    if field.type is FieldType.BOOLEAN:
        return _scalar(given, ScalarType.BOOLEAN)
    return _scalar(given, ScalarType.TEXT)


def refilled(groups: Sequence[Group], form: Form) -> tuple[Group, ...]:
    """The same form with what was filled in, so that nothing is lost when it has to be shown again."""
    return tuple(
        replace(group, inputs=tuple(replace(i, value=form.one(i.name) or "") for i in group.inputs))
        for group in groups
    )


def names_of(field: Field, *, rows: int) -> Iterator[str]:
    """Names of all controls that a form for this field may have."""
    yield from ("value", "rows")
    yield from (f"part-{name}" for name in field.properties)
    if isinstance(field.items, Mapping):
        yield from (f"item-{n}-{name}" for n in range(rows) for name in field.items)


def _single(field: Field, value: Any, language: str) -> Input:
    if field.type is FieldType.LIST:
        lines = "\n".join(str(item) for item in value or ())
        return Input("value", None, "lines", lines)
    if field.type is FieldType.CHOICE:
        choices = tuple((choice.id, choice.label.in_(language)) for choice in field.choices)
        return Input("value", None, "choice", str(value or ""), choices)
    if field.type is FieldType.BOOLEAN:
        return _boolean("value", None, value, language)
    if field.type is FieldType.NUMBER:
        return Input("value", None, "number", "" if value is None else str(value))
    return Input("value", None, "text", str(value or ""))


def _parts(
    kinds: Mapping[str, ScalarType], value: Mapping[str, Any], language: str, *, prefix: str
) -> Iterator[Input]:
    for name, kind in kinds.items():
        label, held = part_label(name, language), value.get(name)
        if kind is ScalarType.BOOLEAN:
            yield _boolean(prefix + name, label, held, language)
        elif kind is ScalarType.NUMBER:
            yield Input(prefix + name, label, "number", "" if held is None else str(held))
        else:
            long = isinstance(held, str) and len(held) > 60
            yield Input(prefix + name, label, "text" if long else "line", "" if held is None else str(held))


def _boolean(name: str, label: str | None, value: Any, language: str) -> Input:
    words = catalogue(language)["feedback"]
    choices = (("true", words["example.yes"]), ("false", words["example.no"]))
    return Input(name, label, "choice", {True: "true", False: "false"}.get(value, ""), choices)


def _scalar(text: str | None, kind: ScalarType) -> Any:
    given = (text or "").strip()
    if not given:
        return None
    if kind is ScalarType.BOOLEAN:
        return given == "true"
    if kind is ScalarType.NUMBER:
        return _number(given)
    return given.replace("\r\n", "\n")


def _number(text: str) -> int | float:
    try:
        number = float(text.replace(",", ""))
    except ValueError:
        number = float("nan")
    if number != number or abs(number) == float("inf"):  # noqa: PLR0124  # not a number is not itself
        raise _wrong("not_a_number", text)
    return int(number) if number.is_integer() else number


def _json(text: str | None) -> Any:
    try:
        # Stricter than Python's: no NaN, no half of a surrogate pair, none of which could be written down.
        return msgspec.json.decode(text) if text and text.strip() else None
    except (msgspec.DecodeError, RecursionError) as error:
        raise _wrong("not_json", str(error)) from error


def _rows(form: Form) -> int:
    given = form.one("rows") or "0"
    return min(int(given), 100) if given.isascii() and given.isdigit() and len(given) < 4 else 0


def _wrong(key: str, text: str) -> InvalidRequestError:
    ja, en = (catalogue(language)["feedback"][f"example.{key}"] for language in ("ja", "en"))
    return InvalidRequestError(reason_ja=ja.format(text=text[:80]), reason_en=en.format(text=text[:80]))
