"""Look over a persona's text that is not saved: problems, the persona it would be, the shape of its answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from server.application.lint_fallback import unknown_fallbacks
from server.application.persona_texts import PersonaTexts, Problem
from server.application.ports import Models, Templates
from server.domain.errors import PersonaInvalidError
from server.domain.extractions import Extraction
from server.domain.identity import Found, Identity, Source
from server.domain.ids import ExtractionId
from server.domain.personas import Persona
from server.domain.prompts import template_variables
from server.domain.schema import answer_schema

NO_PAPER = Extraction(ExtractionId(""), "", "", (), (), Identity(), (), (), "en")
"""Stands for a paper where none has been chosen."""

_TYPICAL = Identity(
    title=Found("A Title", Source.TEXT),
    authors=Found(("First Author", "Second Author"), Source.TEXT),
    year=Found(2024, Source.TEXT),
)


@dataclass(frozen=True)
class Linted:
    problems: tuple[Problem, ...]
    """Errors and warnings in the order of their lines."""
    persona: Persona | None
    """None: an error keeps the text from being one."""
    schema: Mapping[str, Any] | None
    """Of its answers."""


@dataclass(frozen=True)
class LintPersona:
    """Finds everything wrong with a text, up to filling its templates for a made-up paper. Keeps nothing."""

    texts: PersonaTexts
    templates: Templates
    models: Models | None = None
    """Of the server it would run on; None: names of models are not looked up."""

    def __call__(self, source: str, *, id_: str, language: str) -> Linted:
        persona, found = self.texts.lint(source, id=id_)
        problems = list(found)
        if persona:
            known = {(one["line"], one["code"]) for one in problems}
            for one in self._rendering(persona):
                if (one["line"], one["code"]) not in known:
                    known.add((one["line"], one["code"]))
                    problems.append(one)
            problems += unknown_fallbacks(persona, self.models) if self.models else ()
            problems.sort(key=lambda one: one["line"])
        if any(one["severity"] == "error" for one in problems):
            persona = None
        return Linted(tuple(problems), persona, answer_schema(persona, language) if persona else None)

    def _rendering(self, persona: Persona) -> Iterator[Problem]:
        """What goes wrong when the templates are filled; a warning where it only does for a paper that names neither
        title, authors nor year."""
        for identity, severity in ((_TYPICAL, "error"), (Identity(), "warning")):
            for language in ("ja", "en"):
                variables = template_variables(persona, language, identity=identity, extraction=NO_PAPER)
                for part in (*persona.parts_for(language), *persona.step_parts):
                    try:
                        self.templates.render(part, variables)
                    except PersonaInvalidError as error:
                        yield from ({**one, "severity": severity} for one in error.data["problems"])
