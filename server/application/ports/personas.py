"""Where personas come from, and what fills their templates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from server.domain.examples import Example
from server.domain.personas import Part, Persona


class PersonaLibrary(Protocol):
    """Built-in personas and those of the folders; saved ones are rows (`Personas`)."""

    def list(self) -> Sequence[Persona]: ...

    def get(self, id: str, version: str | None = None) -> Persona | None:  # noqa: A002
        ...


class PersonaParser(Protocol):
    def parse(self, source: str, *, id: str, files: Mapping[str, bytes] | None = None) -> Persona:  # noqa: A002
        """A persona from the text of its persona.md and, optionally, the other files of its folder.

        Raises:
            PersonaInvalidError: every problem with line and fix.
        """
        ...

    def check_files(self, persona: Persona) -> None:
        """Look into its other files, which reading it does not do.

        Raises:
            PersonaInvalidError: every problem with file, line and fix.
        """
        ...

    def examples(self, persona: Persona) -> Sequence[Example]:
        """Its right answers in the order of their files' names; what cannot be read is left out."""
        ...


class Templates(Protocol):
    def render(self, part: Part, variables: Mapping[str, Any]) -> str:
        """Fill one part of a template.

        Raises:
            PersonaInvalidError: the template leaves the closed subset or its output the budget.
        """
        ...
