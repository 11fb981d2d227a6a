"""Write values as YAML that no reader takes for something else: plain where it is safe, in double quotes elsewhere."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any


class Verbatim(str):
    """A word that is written just so, without quotes."""

    __slots__ = ()


_PLAIN = re.compile(
    r"[A-Za-z\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fff][^\x00-\x1f\x7f-\xa0\u2028\u2029\ufeff\ufffe\uffff]*"
)
_MISLEADING = re.compile(r":(?:\s|$)|\s#|\s$")
_FLOW = re.compile(r"[][{},?:]")
_WORDS = re.compile(r"y|n|yes|no|on|off|true|false|null", re.IGNORECASE)
_BREAKS = re.compile(r"[\x7f-\xa0\u2028\u2029\ufeff\ufffe\uffff]")


def scalar(value: object, *, flow: bool = False) -> str:
    """One value. `flow`: it stands between brackets."""
    if isinstance(value, Verbatim):
        return value
    if value is None or isinstance(value, bool | int | float):
        return json.dumps(value)
    text = str(value)
    plain = _PLAIN.fullmatch(text) and not _MISLEADING.search(text) and not _WORDS.fullmatch(text)
    if plain and not (flow and _FLOW.search(text)):
        return text
    return _BREAKS.sub(lambda found: f"\\u{ord(found.group()):04X}", json.dumps(text, ensure_ascii=False))


def inline(value: Any) -> str | None:
    """A value that fits on its key's line; None where it takes lines of its own."""
    if isinstance(value, Mapping):
        return None if value else "{}"
    if not isinstance(value, list | tuple):
        return scalar(value)
    if any(isinstance(item, Mapping | list | tuple) for item in value):
        return None
    return f"[{', '.join(scalar(item, flow=True) for item in value)}]"


def emit(key: str, value: Any, column: int) -> list[str]:
    """The lines of one entry of a block mapping whose keys stand at `column`."""
    head = f"{' ' * column}{scalar(key)}:"
    text = inline(value)
    if text is not None:
        return [f"{head} {text}".rstrip()]
    if isinstance(value, Mapping):
        return [head, *block(value, column + 2)]
    return [head, *_items(value, column + 2)]


def block(entries: Mapping[str, Any], column: int) -> list[str]:
    """The lines of a block mapping."""
    return [line for key, value in entries.items() for line in emit(key, value, column)]


def emit_item(entries: Mapping[str, Any], column: int) -> list[str]:
    """The lines of a mapping in a block list whose dashes stand at `column`."""
    lines = block(entries, column + 2)
    return [f"{' ' * column}- {lines[0][column + 2 :]}", *lines[1:]]


def _items(values: Sequence[Any], column: int) -> list[str]:
    written: list[str] = []
    for value in values:
        if isinstance(value, Mapping) and value:
            written += emit_item(value, column)
        elif isinstance(value, list | tuple) and inline(value) is None:
            lines = _items(value, column + 2)
            written += [f"{' ' * column}- {lines[0][column + 2 :]}", *lines[1:]]
        else:
            written.append(f"{' ' * column}- {inline(value)}")
    return written
