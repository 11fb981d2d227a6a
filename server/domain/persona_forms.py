"""A persona as a form: what a person may change of it without reading its text."""

from __future__ import annotations

from dataclasses import dataclass

from server.domain.fields import Field
from server.domain.personas import Persona
from server.domain.words import Words


@dataclass(frozen=True, slots=True)
class FormField:
    """One question. Its raw `schema`, if it has one, is not part of the form and stays as it is."""

    field: Field
    was: str | None
    """The id this question has in the text; None: a new question."""


@dataclass(frozen=True, slots=True)
class PersonaForm:
    """Name, description, language and questions, in their order."""

    name: Words
    description: Words | None
    language: str | None
    fields: tuple[FormField, ...]

    @classmethod
    def of(cls, persona: Persona) -> PersonaForm:
        """The form as the persona's text fills it."""
        return cls(
            name=persona.name,
            description=persona.description,
            language=persona.language,
            fields=tuple(FormField(field, field.id) for field in persona.fields),
        )
