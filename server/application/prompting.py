"""Turn a persona and a paper into what an engine is asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from server.application.ports import Templates
from server.domain.budgets import estimate_tokens, output_budget
from server.domain.contexts.given import whole
from server.domain.errors import ContextTooLongError
from server.domain.example_words import fitting, show_examples
from server.domain.examples import NOTHING_SHOWN, Example, Shown, too_long
from server.domain.extractions import Extraction, Notice
from server.domain.identity import Identity
from server.domain.models import EngineKind, ModelSpec
from server.domain.personas import Persona
from server.domain.plans import Call, OneCall, Plan
from server.domain.prompts import Prompt, compose, input_digest
from server.domain.runs import Run, RunInput, RunSettings
from server.domain.schema import wire_schema
from server.domain.step_plan import as_set, steps_plan, takes_steps

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
        self,
        persona: Persona,
        extraction: Extraction,
        identity: Identity,
        *,
        run: Run,
        spec: ModelSpec,
        shown: Shown = NOTHING_SHOWN,
    ) -> Asked:
        """What is asked of the model, whole. The extractive engine gets no prompt: it does not read one.

        Args:
            shown: Examples that may be shown, the most fitting first; as many as fit are.

        Raises:
            ContextTooLongError: it does not fit the model's known context window.
        """
        if spec.engine is EngineKind.EXTRACTIVE:
            return self._asked(persona, extraction, Prompt("", "", ""), run.language, run.settings)
        examples = fitting(persona, shown.examples, run.language, window=spec.context_window)
        while True:
            asked = self.preview(
                persona,
                extraction,
                identity,
                language=run.language,
                settings=run.settings,
                examples=examples,
            )
            needed = asked.input.estimated_tokens + asked.max_output_tokens
            if not spec.context_window or needed <= spec.context_window:
                return asked
            if not examples:
                raise ContextTooLongError(tokens=needed, window=spec.context_window)
            examples = examples[:-1]

    def plan(
        self,
        persona: Persona,
        extraction: Extraction,
        identity: Identity,
        *,
        run: Run,
        spec: ModelSpec,
        shown: Shown = NOTHING_SHOWN,
    ) -> Plan:
        """The calls of a run.

        Raises:
            ContextTooLongError: it does not fit the model's known context window.
        """
        persona = as_set(persona, run.settings)
        if takes_steps(persona) and spec.engine is not EngineKind.EXTRACTIVE:
            return self._steps(persona, extraction, identity, run=run, spec=spec, shown=shown)
        asked = self.ask(persona, extraction, identity, run=run, spec=spec, shown=shown)
        untaken = (Notice("steps_without_model"),) if takes_steps(persona) else ()
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
            notices=(*shown.notices, *too_long(shown, asked.input.examples), *untaken),
        )

    def _steps(
        self,
        persona: Persona,
        extraction: Extraction,
        identity: Identity,
        *,
        run: Run,
        spec: ModelSpec,
        shown: Shown,
    ) -> Plan:
        """The calls of a persona that takes steps.

        Raises:
            ContextTooLongError: one of them does not fit the model's known context window.
        """
        plan = steps_plan(
            persona,
            extraction,
            identity,
            language=run.language,
            settings=run.settings,
            given=whole(extraction),
            render=self.templates.render,
            secret=self.secret,
            examples=fitting(persona, shown.examples, run.language, window=spec.context_window),
        )
        while spec.context_window and plan.most_tokens > spec.context_window:
            if not plan.examples:
                raise ContextTooLongError(tokens=plan.most_tokens, window=spec.context_window)
            plan = replace(plan, examples=plan.examples[:-1])
        return replace(plan, notices=(*shown.notices, *too_long(shown, plan.input.examples)))

    def preview(
        self,
        persona: Persona,
        extraction: Extraction,
        identity: Identity,
        *,
        language: str,
        settings: RunSettings,
        examples: Sequence[Example] = (),
    ) -> Asked:
        """The whole prompt, whatever the model; of a persona that takes steps, that of its first call."""
        persona = as_set(persona, settings)
        if takes_steps(persona):
            plan = steps_plan(
                persona,
                extraction,
                identity,
                language=language,
                settings=settings,
                given=whole(extraction),
                render=self.templates.render,
                secret=self.secret,
                examples=examples,
            )
            first = plan.first
            return Asked(first.prompt, first.schema, first.max_output_tokens, plan.input)
        prompt = compose(
            persona,
            extraction,
            language,
            render=self.templates.render,
            secret=self.secret,
            identity=identity,
            notes=[show_examples(persona, examples, language)] if examples else (),
        )
        asked = self._asked(persona, extraction, prompt, language, settings)
        names = tuple(example.name for example in examples)
        return replace(asked, input=replace(asked.input, examples=names))

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
