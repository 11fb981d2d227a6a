"""What editing personas needs of their texts, as a small port."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from server.domain.examples import Example
from server.domain.persona_forms import PersonaForm
from server.domain.personas import Persona
from server.domain.words import Words

Problem = Mapping[str, Any]
"""`{line, code, severity, message: {ja, en}, fix: {ja, en}}`; `severity` is `error` or `warning`."""


class PersonaTexts(Protocol):
    """Reads, changes and writes the text of persona.md. Whatever is not changed keeps every byte."""

    def lint(self, source: str, *, id: str) -> tuple[Persona | None, Sequence[Problem]]:  # noqa: A002
        """The persona, unless a problem is an error, and all problems in the order of their lines."""
        ...

    def form(self, source: str) -> PersonaForm:
        """
        Raises:
            PersonaInvalidError: the text has errors.
        """
        ...

    def apply(self, form: PersonaForm, source: str) -> str:
        """`source` with what the form changed; the form's words are not judged here.

        Raises:
            PersonaInvalidError: the text has errors.
        """
        ...

    def change(
        self,
        source: str,
        *,
        version: str | None = None,
        name: Words | None = None,
        description: Words | None = None,
        attribution: str | None = None,
    ) -> str:
        """`source` with these entries set; None leaves one as it is.

        Raises:
            PersonaInvalidError: the text has errors.
        """
        ...

    def write(self, form: PersonaForm, *, attribution: str) -> str:
        """A new text, version 1.0.0, with the usual messages."""
        ...

    def write_example(self, example: Example) -> str:
        """The text of an example's file."""
        ...
