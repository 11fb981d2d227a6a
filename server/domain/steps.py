"""Steps of a persona: passes over a paper whose results feed the next, and in which order a run takes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from server.domain.words import Words

EVIDENCE = ("before", "after")
"""Where quotes stand: before or after the text they prove."""
STRUCTURE = ("with", "after")
"""When an answer gets its form: with its words, or after an answer in free words."""

MAX_STEPS = 8
MAX_SECTIONS = 8
"""Calls that one step over sections makes; short sections share one."""

ANSWER = "answer"
"""Name of the last step where the persona does not name it."""
IN_WORDS = "in_words"
"""Name of the step that answers in free words, before the form."""


class StepKind(StrEnum):
    """What a step gives."""

    FIELDS = "fields"
    """Answers to questions of the persona."""
    QUOTES = "quotes"
    """Passages for each question."""
    CRITIQUE = "critique"
    """What is wrong with the answers so far."""
    TEXT = "text"
    """Free words."""
    SCHEMA = "schema"
    """JSON of a shape of its own."""


class Over(StrEnum):
    """What a step is shown of the paper at a time."""

    PAPER = "paper"
    SECTIONS = "sections"


@dataclass(frozen=True, slots=True)
class Step:
    """One pass, as the persona describes it."""

    id: str
    kind: StepKind
    label: Words | None = None
    fields: tuple[str, ...] = ()
    """The questions it answers, or collects passages for; none named: all."""
    schema: Mapping[str, Any] | None = None
    """Of kind `schema`."""
    over: Over = Over.PAPER
    stop: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Choice field → values at which the run ends with this step."""

    @property
    def answers(self) -> bool:
        """Whether the answer may be made of what it gives. What is read section by section still has to be merged."""
        return self.kind is StepKind.FIELDS and self.over is Over.PAPER


@dataclass(frozen=True, slots=True)
class Leg:
    """A step as a run takes it."""

    step: Step
    asks: tuple[str, ...]
    """Ids of the questions it is about."""
    settles: tuple[str, ...] = ()
    """Those that no later leg answers again."""
    is_answer: bool = False
    """The last one."""


def legs_of(
    steps: Sequence[Step], questions: Sequence[str], *, structure: str = "with", passes: int | None = None
) -> tuple[Leg, ...]:
    """The legs of a run, in order; the last one is the answer.

    Questions that no step answers, or whose answers a step criticises, are asked in a last step that need not be written
    down.

    Args:
        questions: All field ids of the persona.
        structure: `after` puts a leg in free words before the last one.
        passes: End with the so many-th leg that answers questions.
    """
    every = tuple(questions)
    route = list(steps)
    answered = {name for step in route if step.answers for name in step.fields or every}
    rest = tuple(name for name in every if name not in answered)
    if rest or not route or not route[-1].answers:
        again = not rest or _ends_with_critique(route)
        route.append(Step(ANSWER, StepKind.FIELDS, fields=every if again else rest))
    if passes is not None:
        route = _first(route, passes)
    if structure == "after":
        route.insert(-1, Step(IN_WORDS, StepKind.TEXT, fields=route[-1].fields))
    legs: list[Leg] = []
    later: set[str] = set()
    for step in reversed(route):
        asks = tuple(name for name in every if name in step.fields) if step.fields else every
        settles = tuple(name for name in asks if name not in later) if step.answers else ()
        legs.append(Leg(step, asks, settles, is_answer=not legs))
        later.update(asks if step.answers else ())
    return tuple(reversed(legs))


def most_calls(steps: Sequence[Step], questions: Sequence[str]) -> int:
    """Calls of a run with these steps, whatever the paper and the settings."""
    legs = legs_of(steps, questions, structure="after")
    return sum(MAX_SECTIONS if leg.step.over is Over.SECTIONS else 1 for leg in legs)


def _ends_with_critique(route: Sequence[Step]) -> bool:
    """Whether answers are criticised after the last step that gives any."""
    for step in reversed(route):
        if step.answers:
            return False
        if step.kind is StepKind.CRITIQUE:
            return True
    return False


def _first(route: Sequence[Step], passes: int) -> list[Step]:
    answering = [index for index, step in enumerate(route) if step.answers]
    return list(route[: answering[min(passes, len(answering)) - 1] + 1])
