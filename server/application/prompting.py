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
from server.domain.plans import Call, OneCall, Plan
from server.domain.prompts import Prompt, compose, input_digest
from server.domain.runs import Run, RunInput, RunSettings
from server.domain.schema import wire_schema

ANSWER = "answer"
"""Name of the last call."""


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
        """What is asked of the model, whole. The extractive engine gets no prompt: it does not read one.

        Raises:
            ContextTooLongError: it does not fit the model's known context window.
        """
        if spec.engine is EngineKind.EXTRACTIVE:
            return self._asked(persona, extraction, Prompt("", "", ""), run.language, run.settings)
        asked = self.preview(persona, extraction, identity, language=run.language, settings=run.settings)
        needed = asked.input.estimated_tokens + asked.max_output_tokens
        if spec.context_window and needed > spec.context_window:
            raise ContextTooLongError(tokens=needed, window=spec.context_window)
        return asked

    def plan(
        self, persona: Persona, extraction: Extraction, identity: Identity, *, run: Run, spec: ModelSpec
    ) -> Plan:
        """The calls of a run.

        Raises:
            ContextTooLongError: it does not fit the model's known context window.
        """
        asked = self.ask(persona, extraction, identity, run=run, spec=spec)
        return OneCall(
            Call(
                name=ANSWER,
                prompt=asked.prompt,
                schema=asked.wire_schema,
                max_output_tokens=asked.max_output_tokens,
                pages=asked.input.pages_read,
                estimated_tokens=asked.input.estimated_tokens,
            ),
            asked.input,
        )

    def preview(
        self,
        persona: Persona,
        extraction: Extraction,
        identity: Identity,
        *,
        language: str,
        settings: RunSettings,
    ) -> Asked:
        """The whole prompt, whatever the model."""
        prompt = compose(
            persona, extraction, language, render=self.templates.render, secret=self.secret, identity=identity
        )
        return self._asked(persona, extraction, prompt, language, settings)

    def _asked(
        self, persona: Persona, extraction: Extraction, prompt: Prompt, language: str, settings: RunSettings
    ) -> Asked:
        budget = output_budget(persona, language, reasoning_effort=settings.reasoning_effort)
        sent = "".join(message.content for message in prompt.messages) or extraction.text
        return Asked(
            prompt=prompt,
            wire_schema=wire_schema(persona, language),
            max_output_tokens=settings.max_output_tokens or budget,
            input=RunInput(
                digest=input_digest(extraction),
                pages_read=tuple(page.number for page in extraction.pages),
                estimated_tokens=estimate_tokens(sent),
                prompt_digest=prompt.digest if prompt.rules else None,
            ),
        )
