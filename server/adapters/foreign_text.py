"""Text written for another program: cleaned, split, and made harmless for templates here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from server.adapters import persona_yaml
from server.adapters.persona_fields import as_json
from server.adapters.persona_problems import errors_of, invalid, problem
from server.adapters.persona_sections import normalise
from server.domain.errors import InvalidRequestError
from server.domain.sanitising import sanitise

MAX_BYTES = 512 * 1024

_NONCHARACTERS = re.compile("[\ufdd0-\ufdef\ufffe\uffff]")
_BRACE = re.compile(r"\{(?=[{%#])")
_ROLE = re.compile(r"^(system|user|assistant|developer|tool)(?=(?:\.[A-Za-z-]+)?:)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Document:
    """A text in its two pieces."""

    front: Mapping[str, Any]
    """Its front matter as JSON values; empty where it has none."""
    body: str
    line: int
    """Where the body starts, from 1."""
    has_front: bool


def clean(data: bytes, *, what: str) -> tuple[str, int]:
    """The text without characters that nobody sees, and how many those were.

    Raises:
        InvalidRequestError: too large, or not UTF-8.
    """
    if len(data) > MAX_BYTES:
        raise InvalidRequestError(
            reason_ja=f"{what} が大きすぎます（上限 {MAX_BYTES // 1024} KiB）。",
            reason_en=f"{what} is too large (limit {MAX_BYTES // 1024} KiB).",
        )
    try:
        text = normalise(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise InvalidRequestError(
            reason_ja=f"{what} は UTF-8 のテキストではありません。", reason_en=f"{what} is not UTF-8 text."
        ) from error
    kept = _NONCHARACTERS.sub("", sanitise(text))
    return kept, len(text) - len(kept)


def read_document(text: str) -> Document:
    """Front matter and body.

    Raises:
        PersonaInvalidError: the front matter is not closed, or YAML that misleads (anchors, tags, a key twice).
    """
    lines = text.split("\n")
    if lines[0].rstrip() != "---":
        return Document({}, text, 1, has_front=False)
    closing = next((n for n, line in enumerate(lines[1:], start=1) if line.rstrip() == "---"), None)
    if closing is None:
        raise invalid([problem("unclosed_front_matter", len(lines))])
    tree, problems = persona_yaml.load("\n".join([*lines[1:closing], ""]), first_line=2)
    if errors := errors_of(problems):
        raise invalid(errors)
    front = as_json(tree) if isinstance(tree, persona_yaml.MappingNode) else {}
    return Document(front, "\n".join(lines[closing + 1 :]), closing + 2, has_front=True)


def escape(text: str) -> str:
    """A template that becomes exactly `text`: nothing in it is Jinja, and no line of it begins a message."""
    braced = _BRACE.sub("{{ '{' }}", text)
    return _ROLE.sub(lambda found: f"{{{{ '{found[1]}' }}}}", braced)


def text_of(value: Any, *, most: int = 2000) -> str:
    """A value of the front matter as one line of text; empty for lists, mappings and nothing."""
    if value is None or isinstance(value, Mapping | list):
        return ""
    words = " ".join(("true" if value is True else "false" if value is False else str(value)).split())
    return words if len(words) <= most else words[: most - 1] + "…"
