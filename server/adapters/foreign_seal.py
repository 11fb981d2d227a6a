"""Carry a whole persona inside a foreign file's metadata, and tell later whether the rest of that file was changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from server.adapters.foreign_text import Document
from server.adapters.persona_lint import read_persona
from server.adapters.persona_sections import normalise
from server.domain.personas import Persona

CARRIED = "yomikurabe-persona"
SEAL = "yomikurabe-seal"


def seal_of(document: Document) -> str:
    """SHA-256 over what a file says, without what it carries; comments and the way YAML is written do not count."""
    metadata = document.front.get("metadata")
    said = {key: value for key, value in document.front.items() if key != "metadata"}
    if isinstance(metadata, Mapping):
        said["metadata"] = {key: value for key, value in metadata.items() if key not in (CARRIED, SEAL)}
    text = json.dumps([said, document.body.strip()], sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def carried_by(document: Document) -> tuple[Persona | None, bool]:
    """The persona a file carries, where it is sound, and whether the file still says what it said when written."""
    metadata = document.front.get("metadata")
    source: Any = metadata.get(CARRIED) if isinstance(metadata, Mapping) else None
    if not isinstance(source, str) or not isinstance(metadata, Mapping):
        return None, False
    persona = read_persona(source, id="carried").persona
    return persona, persona is not None and metadata.get(SEAL) == seal_of(document)


def carry(persona: Persona, *, column: int) -> list[str]:
    """The lines of an entry that holds the persona's text: readable where YAML allows it."""
    source, indent = normalise(persona.source), " " * column
    lines = source.removesuffix("\n").split("\n")
    is_plain = source.endswith("\n") and not source.endswith("\n\n") and lines[0] and lines[0][0] not in " \t"
    if not is_plain or any(mark in source for mark in "\t\x85\u2028\u2029\ufeff"):
        return [f"{indent}{CARRIED}: {json.dumps(source)}"]
    return [f"{indent}{CARRIED}: |", *(f"{indent}  {line}" if line else "" for line in lines)]
