"""An example: a right answer to some of a persona's questions, kept to show what is wanted. Never evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from server.domain.personas import Persona
from server.domain.schema import answer_schema, validate

MAX_EXAMPLES = 50
"""Of one persona."""
MAX_WHY = 2000


@dataclass(frozen=True, slots=True)
class Example:
    """What a person wrote in place of an answer, and why."""

    title: str
    """Of the paper; may be empty."""
    sha256: str
    """Of the paper's PDF."""
    language: str
    answer: Mapping[str, Any]
    """Field id → value, only of the fields it shows."""
    why: str


def misfits(persona: Persona, answer: Any, *, language: str) -> list[dict[str, str]]:
    """What keeps `answer` from being an answer to some of the persona's questions: `{path, message}` each."""
    schema = {**answer_schema(persona, language), "required": [], "minProperties": 1}
    return validate(schema, answer)
