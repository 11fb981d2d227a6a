"""One question of a persona, and the shared words by which personas line up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from server.domain.words import Words


class Aspect(StrEnum):
    """What a question asks about; rows of a comparison are made of these."""

    IDENTITY = "identity"
    OVERVIEW = "overview"
    BACKGROUND = "background"
    PROBLEM = "problem"
    METHOD = "method"
    EVALUATION = "evaluation"
    RESULTS = "results"
    NOVELTY = "novelty"
    DISCUSSION = "discussion"
    LIMITATIONS = "limitations"
    APPLICATIONS = "applications"
    REFERENCES = "references"
    OTHER = "other"


class FieldType(StrEnum):
    TEXT = "text"
    LIST = "list"
    NUMBER = "number"
    BOOLEAN = "boolean"
    CHOICE = "choice"
    OBJECT = "object"


class ScalarType(StrEnum):
    """Types of the parts of an object and of the items of a list."""

    TEXT = "text"
    NUMBER = "number"
    BOOLEAN = "boolean"


class CheckRule(StrEnum):
    """What a value is held against."""

    QUOTE = "quote"
    IDENTITY = "identity"
    BIBLIOGRAPHY = "bibliography"
    NONE = "none"


IDENTITY_PARTS = (
    "title",
    "translation",
    "authors",
    "first_author",
    "last_author",
    "affiliation",
    "venue",
    "year",
    "doi",
    "arxiv_id",
)
"""What a field with `check: identity` may ask for: as its own id (text, or list for `authors`) or as properties of an
object. `translation` is the title in another language; it is never checked."""


@dataclass(frozen=True, slots=True)
class Length:
    """How long an answer should be, `(low, high)` per language: characters in Japanese, words otherwise. Soft."""

    ja: tuple[int, int] | None = None
    en: tuple[int, int] | None = None

    def in_(self, language: str) -> tuple[int, int] | None:
        return self.ja if language == "ja" else self.en


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the values of a `choice` field."""

    id: str
    label: Words


@dataclass(frozen=True, slots=True)
class Field:
    """One question of a persona."""

    id: str
    """`[a-z][a-z0-9_]{0,39}`."""
    aspects: tuple[Aspect, ...]
    """At least one; the first decides the row of a comparison."""
    label: Words
    instruction: Words
    type: FieldType = FieldType.TEXT
    length: Length = Length()
    max_items: int | None = None
    """Of a list."""
    items: ScalarType | Mapping[str, ScalarType] = ScalarType.TEXT
    """What a list holds: plain values, or objects with these properties."""
    properties: Mapping[str, ScalarType] = field(default_factory=dict)
    """Of an object."""
    choices: tuple[Choice, ...] = ()
    check: CheckRule = CheckRule.QUOTE
    schema: Mapping[str, Any] | None = None
    """A raw JSON Schema (closed subset) instead of `type`."""
    unchecked: tuple[str, ...] = ()
    """Properties of an object, or of the objects in a list, that are the reader's own judgement: no statements."""
