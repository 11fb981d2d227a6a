"""Turn a persona and a paper into what an engine is asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from server.application.ports import Templates
from server.domain.budgets import estimate_tokens, output_budget
from server.domain.contexts.choices import Rendering, Strategy
from server.domain.contexts.given import Given, whole
from server.domain.contexts.parts_plan import PartsPlan
from server.domain.contexts.planning import EXCERPTS, Wanted, planned
from server.domain.contexts.rooms import Means
from server.domain.contexts.steps import fitted
from server.domain.contexts.writing import Writer
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
from server.domain.step_plan import StepsPlan, as_set, steps_plan, takes_steps

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

    def plan(
        self,
        persona: Persona,
        extraction: Extraction,
        identity: Identity,
        *,
        run: Run,
        spec: ModelSpec,
        shown: Shown = NOTHING_SHOWN,
        means: Means | None = None,
    ) -> Plan:
        """The calls of a run. The extractive engine gets one without a prompt: it does not read any.

        Args:
            shown: Examples that may be shown, the most fitting first; as many as fit are.
            means: What is known of the model's window and how it counts; None: what the model's settings say.

        Raises:
            ContextTooLongError: it does not fit the model's known context window.
            TooManyCallsError: it would take more calls than a run may make.
        """
        persona, wanted = as_set(persona, run.settings), _wanted(persona, run.settings)
        if spec.engine is EngineKind.EXTRACTIVE:
            asked = self._asked(persona, extraction, Prompt("", "", ""), run.language, run.settings)
            return OneCall(_call(asked), asked.input, notices=(*shown.notices, *_untaken(persona, wanted)))
        means = means or Means(extraction, window=spec.context_window)
        examples = fitting(persona, shown.examples, run.language, window=means.window)
        writer = Writer(
            persona, extraction, identity, run.language, run.settings, self.templates.render, self.secret
        )
        if takes_steps(persona):
            plan: StepsPlan | OneCall | PartsPlan = self._steps(writer, means, wanted, examples)
        else:
            plan = _planned(writer, means, wanted, examples)
        told = (*shown.notices, *plan.notices, *too_long(shown, plan.input.examples))
        return replace(plan, notices=told)

    def _steps(self, writer: Writer, means: Means, wanted: Wanted, examples: Sequence[Example]) -> StepsPlan:
        """The calls of a persona that takes steps: the whole paper or passages of it in each.

        Raises:
            ContextTooLongError: one of them does not fit the model's known context window.
        """
        given = whole(writer.extraction, rendering=wanted.rendering)
        while True:
            plan = steps_plan(
                writer.persona,
                writer.extraction,
                writer.identity,
                language=writer.language,
                settings=writer.settings,
                given=given,
                render=writer.render,
                secret=writer.secret,
                examples=examples,
            )
            if means.window is None and wanted.strategy is not Strategy.RETRIEVE:
                return plan
            try:
                return fitted(plan, writer, means, wanted)
            except ContextTooLongError:
                if not examples:
                    raise
                examples = examples[:-1]

    def preview(
        self,
        persona: Persona,
        extraction: Extraction,
        identity: Identity,
        *,
        language: str,
        settings: RunSettings,
        examples: Sequence[Example] = (),
        given: Given | None = None,
    ) -> Asked:
        """The prompt, whatever the model; of a persona that takes steps, that of its first call.

        Args:
            given: What of the paper it gets; None: all of it.
        """
        persona = as_set(persona, settings)
        given = given or whole(extraction, rendering=_wanted(persona, settings).rendering)
        if takes_steps(persona):
            plan = steps_plan(
                persona,
                extraction,
                identity,
                language=language,
                settings=settings,
                given=given,
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
            text=given.text,
            notes=[
                *([show_examples(persona, examples, language)] if examples else ()),
                *([EXCERPTS.in_(language)] if given.strategy is Strategy.RETRIEVE else ()),
            ],
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


def _wanted(persona: Persona, settings: RunSettings) -> Wanted:
    return Wanted(
        Strategy(settings.context or persona.context), Rendering(settings.rendering or persona.rendering)
    )


def _planned(
    writer: Writer, means: Means, wanted: Wanted, examples: Sequence[Example]
) -> OneCall | PartsPlan:
    """With as many examples as fit."""
    shown = [tuple(examples[:count]) for count in range(len(examples), -1, -1)]
    blocks = [show_examples(writer.persona, some, writer.language) for some in shown]
    writers = [replace(writer, notes=(block,) if block else ()) for block in blocks]
    plan, used = planned(writers, means, wanted)
    names = tuple(example.name for example in shown[writers.index(used)])
    return replace(plan, input=replace(plan.input, examples=names))


def _call(asked: Asked) -> Call:
    return Call(
        name=ANSWER,
        prompt=asked.prompt,
        schema=asked.wire_schema,
        max_output_tokens=asked.max_output_tokens,
        pages=asked.input.pages_read,
        estimated_tokens=asked.input.estimated_tokens,
    )


def _untaken(persona: Persona, wanted: Wanted) -> Iterator[Notice]:
    """What does not apply without a model."""
    if takes_steps(persona):
        yield Notice("steps_without_model")
    if wanted.strategy not in (Strategy.AUTO, Strategy.FULL) or wanted.rendering is not Rendering.PLAIN:
        yield Notice("context_without_model")
