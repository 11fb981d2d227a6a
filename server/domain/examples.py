"""An example: a right answer to some of a persona's questions, shown to say what is wanted. Never evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from server.domain.extractions import Notice
from server.domain.matching import fold
from server.domain.personas import ExamplePolicy, FewShot, Persona
from server.domain.runs import RunSettings
from server.domain.schema import answer_schema, validate
from server.domain.statements import Claim

MAX_EXAMPLES = 50
"""Of one persona."""
MAX_WHY = 2000

USUAL_COUNT = 3
"""Shown where only a policy was named."""


@dataclass(frozen=True, slots=True)
class Example:
    """An answer to learn from, and why it is good."""

    title: str
    """Of the paper; may be empty."""
    sha256: str
    """Of the paper's PDF; may be empty where there is an excerpt."""
    language: str
    answer: Mapping[str, Any]
    """Field id → value, only of the fields it shows."""
    why: str
    excerpt: str = ""
    """What the answer is drawn from."""
    evidence: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Field id → the passage of the excerpt for each of its statements, or one for all; only where they are given."""
    name: str = ""
    """The persona's file, or `run:<id>`."""
    claims: tuple[Claim, ...] = ()
    """The answer's statements with their quotes, where they are known (a run's)."""


@dataclass(frozen=True, slots=True)
class Shown:
    """The examples chosen for a run, the most telling ones first."""

    examples: tuple[Example, ...] = ()
    notices: tuple[Notice, ...] = ()


NOTHING_SHOWN = Shown()


def misfits(persona: Persona, answer: Any, *, language: str) -> list[dict[str, str]]:
    """What keeps `answer` from being an answer to some of the persona's questions: `{path, message}` each."""
    schema = {**answer_schema(persona, language), "required": [], "minProperties": 1}
    return validate(schema, answer)


def few_shot(persona: Persona, settings: RunSettings) -> FewShot:
    """What a run is shown: the persona's own choice, and what the caller set of it."""
    count = persona.few_shot.count if settings.examples is None else settings.examples
    policy = persona.few_shot.policy
    if settings.example_policy is not None:
        policy = ExamplePolicy(settings.example_policy)
        count = USUAL_COUNT if settings.examples is None and not count else count
    elif settings.examples and policy is ExamplePolicy.NONE:
        policy = ExamplePolicy.NEAREST
    return FewShot(count, policy) if count and policy is not ExamplePolicy.NONE else FewShot()


def too_long(shown: Shown, used: Sequence[str]) -> tuple[Notice, ...]:
    """Says that not all could be shown. `used`: names of those that were."""
    left_out = len(shown.examples) - len(used)
    if left_out <= 0:
        return ()
    return (Notice("examples_too_long", data={"left_out": left_out, "shown": len(used)}),)


def words_of(example: Example) -> str:
    """Every text of an example, one below the other."""
    quotes = (quote.quote for claim in example.claims for quote in claim.quotes)
    return "\n".join([example.title, example.excerpt, *quotes, *_texts(example.answer)])


def keys_of(examples: Sequence[Example]) -> tuple[str, ...]:
    """Matching keys of all that examples say, so that a quote taken from one is known for what it is."""
    return tuple(fold(line) for example in examples for line in _whole(example) if line)


def _whole(example: Example) -> list[str]:
    """Texts in which a quote may stand: an excerpt in one piece, whatever its lines."""
    quotes = [quote.quote for claim in example.claims for quote in claim.quotes]
    return [example.title, example.excerpt, *quotes, *_texts(example.answer)]


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, list | tuple) else ()
    return [text for one in inner for text in _texts(one)]
