"""Carry a whole persona inside a foreign file's metadata, and tell later whether the rest of that file was changed.

Many readers of front matter look for the next `---`, wherever it stands; so none may stand in what is carried.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from server.adapters.foreign_text import Document
from server.adapters.persona_lint import read_persona
from server.adapters.persona_sections import normalise, split
from server.domain.personas import Persona

SETTINGS, MESSAGES = "yomikurabe-settings", "yomikurabe-messages"
WHOLE = "yomikurabe-persona"
SEAL = "yomikurabe-seal"
_OURS = (SETTINGS, MESSAGES, WHOLE, SEAL)
_FENCE = "---"


def seal_of(document: Document) -> str:
    """SHA-256 over what a file says, without what it carries; comments and the way YAML is written do not count."""
    metadata = document.front.get("metadata")
    said = {key: value for key, value in document.front.items() if key != "metadata"}
    if isinstance(metadata, Mapping):
        said["metadata"] = {key: value for key, value in metadata.items() if key not in _OURS}
    text = json.dumps([said, document.body.strip()], sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def carried_by(document: Document) -> tuple[Persona | None, bool]:
    """The persona a file carries, where it is sound, and whether the file still says what it said when written."""
    metadata = document.front.get("metadata")
    if not isinstance(metadata, Mapping):
        return None, False
    source: Any = metadata.get(WHOLE)
    settings, messages = metadata.get(SETTINGS), metadata.get(MESSAGES)
    if isinstance(settings, str) and isinstance(messages, str):
        source = _joined(settings, messages)
    if not isinstance(source, str):
        return None, False
    persona = read_persona(source, id="carried").persona
    return persona, persona is not None and metadata.get(SEAL) == seal_of(document)


def carry(persona: Persona, *, column: int) -> list[str]:
    """The lines of the entries that hold the persona's text: readable where it allows that."""
    source, indent = normalise(persona.source), " " * column
    settings = (split(source).front or "") + "\n"
    messages = source[len(_joined(settings, "")) :]
    if _joined(settings, messages) == source and _is_plain(settings) and _is_plain(messages):
        return [*_literal(SETTINGS, settings, indent), *_literal(MESSAGES, messages, indent)]
    quoted = json.dumps(source).replace(_FENCE, "\\u002d--")
    return [f"{indent}{WHOLE}: {quoted}"]


def unfenced(value: Any) -> Any:
    """The value with no `---` in its texts."""
    if isinstance(value, str):
        return value.replace(_FENCE, "—")
    if isinstance(value, Mapping):
        return {key: unfenced(one) for key, one in value.items()}
    return [unfenced(one) for one in value] if isinstance(value, list) else value


def _joined(settings: str, messages: str) -> str:
    return f"{_FENCE}\n{settings}{_FENCE}\n{messages}"


def _is_plain(text: str) -> bool:
    """Whether a literal block gives it back byte for byte, to every reader."""
    lines = text.split("\n")
    ends_once = text.endswith("\n") and not text.endswith("\n\n")
    starts_flush = bool(lines[0]) and lines[0][0] not in " \t#"
    return (
        ends_once
        and starts_flush
        and not any(one in text for one in (_FENCE, "\t", *"\x85\u2028\u2029\ufeff"))
    )


def _literal(key: str, text: str, indent: str) -> list[str]:
    lines = text.removesuffix("\n").split("\n")
    return [f"{indent}{key}: |", *(f"{indent}  {line}" if line else "" for line in lines)]
