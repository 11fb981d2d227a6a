"""Turn a persona and a paper into what an engine is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from server.application.ports import Templates
from server.domain.budgets import estimate_tokens, output_budget
from server.domain.errors import ContextTooLongError
from server.domain.extractions import Extraction
from server.domain.identity import Identity
from server.domain.models import EngineKind, ModelSpec
from server.domain.personas import Persona
from server.domain.prompts import Prompt, compose, input_digest
from server.domain.runs import Run, RunInput
from server.domain.schema import wire_schema


@dataclass(frozen=True)
class Asked:
    prompt: Prompt
    wire_schema: Mapping[str, Any]
    max_output_tokens: int
    input: RunInput


@dataclass(frozen=True)
class Prompting:
    """Composes prompts. The secret makes the paper's delimiters unforgeable; it is the same for every persona."""

    templates: Templates
    secret: bytes

    def ask(
        self, persona: Persona, extraction: Extraction, identity: Identity, *, run: Run, spec: ModelSpec
    ) -> Asked:
        """What is asked of the model, whole.

        Raises:
            ContextTooLongError: it does not fit the model's known context window.
        """
        budget = run.settings.max_output_tokens or output_budget(
            persona, run.language, reasoning_effort=run.settings.reasoning_effort
        )
        if spec.engine is EngineKind.EXTRACTIVE:
            prompt, tokens = Prompt("", "", ""), estimate_tokens(extraction.text)
        else:
            prompt = self.compose(persona, extraction, identity, language=run.language)
            tokens = sum(estimate_tokens(m.content) for m in prompt.messages)
            if spec.context_window and tokens + budget > spec.context_window:
                raise ContextTooLongError(tokens=tokens + budget, window=spec.context_window)
        return Asked(
            prompt=prompt,
            wire_schema=wire_schema(persona, run.language),
            max_output_tokens=budget,
            input=RunInput(
                digest=input_digest(extraction),
                pages_read=tuple(page.number for page in extraction.pages),
                estimated_tokens=tokens,
            ),
        )

    def compose(
        self, persona: Persona, extraction: Extraction, identity: Identity, *, language: str
    ) -> Prompt:
        return compose(
            persona, extraction, language, render=self.templates.render, secret=self.secret, identity=identity
        )
