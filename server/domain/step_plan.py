"""The plan of a persona with steps: which call comes next, what it is shown of the paper and of the results so far."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from server.domain.budgets import estimate_tokens
from server.domain.chapters import Chapter, chapters_of
from server.domain.contexts.given import Given
from server.domain.example_words import show_examples
from server.domain.examples import Example
from server.domain.extractions import Extraction, Notice
from server.domain.fields import CheckRule, Field
from server.domain.identity import Identity
from server.domain.personas import Part, Persona, Role
from server.domain.plans import Call, CallSize, Gives, Result
from server.domain.prompts import Prompt, Render, compose
from server.domain.runs import RunInput, RunSettings
from server.domain.schema import asks_for_paper
from server.domain.step_shapes import budget_of, schema_of, shape_of
from server.domain.step_words import label_of, note, shortened, usual_instruction
from server.domain.steps import MAX_SECTIONS, Leg, Over, StepKind, legs_of
from server.domain.words import Words

_GIVES = {StepKind.FIELDS: Gives.ANSWER, StepKind.QUOTES: Gives.QUOTES, StepKind.TEXT: Gives.TEXT}


@dataclass(frozen=True)
class Move:
    """One call of a leg."""

    leg: Leg
    name: str
    label: Words
    given: Given


def as_set(persona: Persona, settings: RunSettings) -> Persona:
    """The persona with what the caller set of how it goes about its answer."""
    return replace(
        persona,
        steps=() if settings.steps == "off" else persona.steps,
        evidence=settings.evidence or persona.evidence,
        structure=settings.structure or persona.structure,
    )


def takes_steps(persona: Persona) -> bool:
    """Whether a persona, as it is set, needs more than one call."""
    return bool(persona.steps) or persona.structure == "after"


def steps_plan(
    persona: Persona,
    extraction: Extraction,
    identity: Identity,
    *,
    language: str,
    settings: RunSettings,
    given: Given,
    render: Render,
    secret: bytes,
    examples: Sequence[Example] = (),
) -> StepsPlan:
    """The plan of a persona that takes steps.

    Args:
        persona: As it is set.
        given: What calls are shown of the paper, but for those about one section.
    """
    legs = legs_of(
        persona.steps,
        [field.id for field in persona.fields],
        structure=persona.structure,
        passes=settings.passes,
    )
    by_section = any(leg.step.over is Over.SECTIONS for leg in legs)
    return StepsPlan(
        persona=persona,
        extraction=extraction,
        identity=identity,
        language=language,
        settings=settings,
        legs=legs,
        given=given,
        chapters=chapters_of(extraction, most=MAX_SECTIONS, rendering=given.rendering) if by_section else (),
        render=render,
        secret=secret,
        examples=tuple(examples),
    )


@dataclass(frozen=True)
class StepsPlan:
    """Takes the legs of a persona's steps in turn. Pure: the same results lead to the same call."""

    persona: Persona
    extraction: Extraction
    identity: Identity
    language: str
    settings: RunSettings
    legs: tuple[Leg, ...]
    given: Given
    """What a call is shown of the paper that is not about one section."""
    chapters: tuple[Chapter, ...]
    """For steps over sections."""
    render: Render
    secret: bytes
    examples: tuple[Example, ...] = ()
    """Shown where questions are answered."""
    notices: tuple[Notice, ...] = ()
    window: int | None = None
    """The model's, where it is known: results that do not fit are handed on in part."""

    @property
    def calls(self) -> int:
        return len(self._moves)

    @property
    def sizes(self) -> Sequence[CallSize]:
        """With all that earlier calls may hand on to later ones."""
        sizes, handed_on = list[CallSize](), 0
        for move in self._moves:
            call = self._call(move, ())
            prompt = call.estimated_tokens + handed_on
            if self.window is not None:
                prompt = min(prompt, self.window)
            sizes.append(CallSize(prompt, call.max_output_tokens))
            handed_on += call.max_output_tokens
        return sizes

    @cached_property
    def input(self) -> RunInput:
        given, first = self.given, self.first
        return RunInput(
            digest=given.digest,
            pages_read=given.pages_read,
            pages_in_part=given.pages_in_part,
            pages_left_out=given.pages_left_out,
            estimated_tokens=first.estimated_tokens,
            strategy=given.strategy.value,
            rendering=given.rendering.value,
            spans=given.spans,
            missed=given.missed,
            prompt_digest=first.prompt.digest,
            examples=tuple(example.name for example in self.examples),
        )

    @property
    def first(self) -> Call:
        """The call that comes before any result."""
        return self._call(self._moves[0], ())

    @property
    def most_tokens(self) -> int:
        """Of prompt and answer, of the call that needs most; without what earlier calls hand on."""
        calls = [self._call(move, ()) for move in self._moves]
        return max(call.estimated_tokens + call.max_output_tokens for call in calls)

    def next(self, results: Sequence[Result]) -> Call | None:
        if results and self._stops(self._moves[len(results) - 1].leg, results[-1]):
            return None
        return self._call(self._moves[len(results)], results)

    def _call(self, move: Move, results: Sequence[Result]) -> Call:
        answer = self.settings.max_output_tokens or budget_of(
            move.leg.step,
            self._asking(move.leg),
            self.language,
            reasoning_effort=self.settings.reasoning_effort,
        )
        prompt, tokens = self._fitting(move, results, answer)
        return Call(
            name=move.name,
            prompt=prompt,
            schema=schema_of(
                move.leg.step, self._asking(move.leg), self.language, paper=self._asks_for_paper(move.leg)
            ),
            max_output_tokens=answer,
            pages=move.given.pages_read,
            estimated_tokens=tokens,
            is_answer=move.leg.is_answer,
            is_needed=bool(move.leg.settles),
            gives=_GIVES.get(move.leg.step.kind, Gives.NOTES),
            settles=() if move.leg.is_answer else move.leg.settles,
            is_draft=move.leg.step.answers and set(self.legs[-1].asks) <= set(move.leg.asks),
            label=move.label,
        )

    @cached_property
    def _moves(self) -> tuple[Move, ...]:
        return tuple(move for leg in self.legs for move in self._moves_of(leg))

    def _moves_of(self, leg: Leg) -> Iterator[Move]:
        label = label_of(leg)
        if leg.step.over is Over.PAPER:
            yield Move(leg, leg.step.id, label, self.given)
            return
        total = len(self.chapters)
        for number, chapter in enumerate(self.chapters, 1):
            part = f"{number}/{total} {chapter.title}".rstrip()
            named = Words(ja=f"{label.ja} {part}", en=f"{label.en} {part}")
            yield Move(leg, f"{leg.step.id} {number}/{total}", named, chapter.given)

    def _stops(self, leg: Leg, result: Result) -> bool:
        """Whether the last answer was one that ends the reading, and what is settled may stand for the whole."""
        if leg.settles != leg.asks or result.value is None:
            return False
        return any(_chosen(result.value.get(name)) in values for name, values in leg.step.stop.items())

    def _asking(self, leg: Leg) -> Persona:
        """The persona with the questions of this leg only."""
        return replace(self.persona, fields=self._fields(leg))

    def _fields(self, leg: Leg) -> tuple[Field, ...]:
        every = tuple(self.persona.by_id[name] for name in leg.asks if name in self.persona.by_id)
        about_text = leg.step.kind in (StepKind.QUOTES, StepKind.CRITIQUE)
        if about_text or leg.step.over is Over.SECTIONS:  # one section does not tell which paper it is
            return tuple(f for f in every if f.check is not CheckRule.IDENTITY)
        return every

    def _asks_for_paper(self, leg: Leg) -> bool:
        """Only the first leg that answers asks for the paper's title, where no question of its own does."""
        first = next((one for one in self.legs if one.step.answers), None)
        return leg is first and asks_for_paper(self._asking(leg))

    def _fitting(self, move: Move, results: Sequence[Result], answer: int) -> tuple[Prompt, int]:
        """The prompt with as much of the results as there is room for, and its tokens."""
        handed_on = list(self._notes(results))
        prompt = self._prompt(move, handed_on)
        tokens = _tokens(prompt)
        if self.window is None or not handed_on or tokens + answer <= self.window:
            return prompt, tokens
        room = self.window - answer - _tokens(self._prompt(move, []))
        prompt = self._prompt(move, shortened(handed_on, room))
        return prompt, _tokens(prompt)

    def _prompt(self, move: Move, handed_on: Sequence[str]) -> Prompt:
        leg, persona = move.leg, self._asking(move.leg)
        parts = self._parts(leg)
        notes = list(handed_on)
        if parts is not None and not any(part.role is Role.USER for part in parts):
            notes.insert(0, usual_instruction(leg.step.kind, persona.fields, self.language))
        fitting = [one for one in self.examples if not one.answer.keys().isdisjoint(leg.asks)]
        if fitting and leg.step.kind is StepKind.FIELDS:
            notes.insert(0, show_examples(persona, fitting, self.language))
        return compose(
            persona,
            self.extraction,
            self.language,
            render=self.render,
            secret=self.secret,
            identity=self.identity,
            text=move.given.text,
            parts=parts,
            notes=notes,
            shape=shape_of(leg.step, persona, self.language, paper=self._asks_for_paper(leg)),
        )

    def _parts(self, leg: Leg) -> list[Part] | None:
        """The template of a leg: a message of its own in place of the persona's questions, or those; None: the whole
        template as it is."""
        own = self.persona.parts_of_step(leg.step.id, self.language)
        whole = self.persona.parts_for(self.language)
        if not own and leg.step.kind in (StepKind.FIELDS, StepKind.TEXT):
            return None
        return [*(part for part in whole if part.role is Role.SYSTEM), *own]

    def _notes(self, results: Sequence[Result]) -> Iterator[str]:
        """What the steps so far gave, one block each."""
        by_leg: dict[int, list[Result]] = {}
        for move, result in zip(self._moves, results, strict=False):
            by_leg.setdefault(self.legs.index(move.leg), []).append(result)
        for index, every in by_leg.items():
            given = [one for one in every if one.value is not None or one.text]
            if given:
                yield note(label_of(self.legs[index]), given, self.language)


def _tokens(prompt: Prompt) -> int:
    return estimate_tokens("".join(message.content for message in prompt.messages))


def _chosen(wire: Any) -> Any:
    """The value of a choice on the wire."""
    return wire.get("value") if isinstance(wire, Mapping) else None
