"""Which answers are much longer than they were asked to be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from server.domain.extractions import Notice
from server.domain.personas import Persona

LONGER = 1.5
"""How many times its asked length an answer may have before it is noticed."""


def too_long(persona: Persona, answer: Mapping[str, Any], *, language: str) -> Iterator[Notice]:
    """A notice for each answer that is: characters are counted in Japanese, words in English."""
    for asked in persona.fields:
        value, limit = answer.get(asked.id), asked.length.in_(language)
        if not isinstance(value, str) or limit is None:
            continue
        length = len(value) if language == "ja" else len(value.split())
        if length > LONGER * limit[1]:
            label = asked.label.in_(language)
            yield Notice("too_long_answer", data={"field": label, "length": length, "limit": limit[1]})
