"""Personas in the formats of other programs, as a small port."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from server.domain.personas import Persona
from server.domain.words import Words


class Format(StrEnum):
    """How a persona is written down."""

    PERSONA = "persona"
    """Our own."""
    FABRIC = "fabric"
    """A pattern of fabric: `system.md`, and seldom a `user.md`."""
    PROMPTY = "prompty"
    """A `.prompty` file, version 1 or 2."""
    SKILL = "skill"
    """An agent skill: `SKILL.md`."""


@dataclass(frozen=True, slots=True)
class Note:
    """What was guessed, changed or left out on the way."""

    code: str
    words: Words


@dataclass(frozen=True, slots=True)
class Foreign:
    """A persona's text made from another format's, not yet looked over."""

    format: Format
    """What it came as."""
    name: str
    """What the source calls it; an id can be made of it."""
    source: str
    """persona.md."""
    notes: tuple[Note, ...] = ()
    files: Mapping[str, bytes] = field(default_factory=dict)
    """Other files of a persona's folder, where the source was one."""


@dataclass(frozen=True, slots=True)
class Written:
    """A persona in another format: one file, and the folder it wants to be in."""

    folder: str | None
    file: str
    text: str
    notes: tuple[Note, ...] = ()


class PersonaFormats(Protocol):
    """Reads and writes personas as other programs keep them. Reads no file and no variable that a text names."""

    def read(self, files: Mapping[str, bytes], *, name: str | None, format: Format | None) -> Foreign:  # noqa: A002
        """A persona's text.

        Args:
            files: The source: one text, or a folder's files by their names in it.
            name: What to call it; None: what the source says.
            format: None: what the files look like.

        Raises:
            InvalidRequestError: it is in none of the formats, too large, or needs what a persona does not have.
            PersonaInvalidError: its YAML or its template cannot be used, with lines of the source.
        """
        ...

    def write(self, persona: Persona, *, to: Format, language: str) -> Written:
        """A persona in another format, worded in one language.

        Raises:
            PersonaInvalidError: its template cannot be filled.
        """
        ...
