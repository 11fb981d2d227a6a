"""Write the calls of one reader on one paper: the same template and rules, whatever text stands for the paper."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

from server.domain.budgets import output_budget
from server.domain.extractions import Extraction
from server.domain.identity import Identity
from server.domain.personas import Persona
from server.domain.prompts import Prompt, Render, compose
from server.domain.runs import RunSettings
from server.domain.schema import wire_schema


@dataclass(frozen=True)
class Writer:
    """Knows everything of a call but the text and which of the questions are asked."""

    persona: Persona
    extraction: Extraction
    identity: Identity
    language: str
    settings: RunSettings
    render: Render
    secret: bytes
    notes: tuple[str, ...] = ()
    """Blocks behind the template of every call: examples."""

    def prompt(
        self, text: str | None, *, only: Collection[str] | None = None, notes: Sequence[str] = ()
    ) -> Prompt:
        """
        Args:
            text: What stands for the paper; None: all of it.
            only: Ids of the questions that are asked; None: all.
            notes: Blocks of this call, behind those of every call.

        Raises:
            PersonaInvalidError: a part of the template leaves the closed subset.
        """
        return compose(
            self.asking(only),
            self.extraction,
            self.language,
            render=self.render,
            secret=self.secret,
            identity=self.identity,
            text=text,
            notes=(*self.notes, *notes),
        )

    def schema(self, only: Collection[str] | None = None) -> dict[str, Any]:
        return wire_schema(self.asking(only), self.language)

    def wanted_output(self, only: Collection[str] | None = None) -> int:
        """Tokens that the answer asks for, or that the caller set."""
        effort = self.settings.reasoning_effort
        return self.settings.max_output_tokens or output_budget(
            self.asking(only), self.language, reasoning_effort=effort
        )

    def asking(self, only: Collection[str] | None) -> Persona:
        """The persona with these questions alone."""
        if only is None:
            return self.persona
        return replace(self.persona, fields=tuple(f for f in self.persona.fields if f.id in only))
