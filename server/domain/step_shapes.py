"""What a call of a step must fit, says about its shape, and may cost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from server.domain.answer_words import describe_answer
from server.domain.budgets import (
    MIN_OUTPUT_TOKENS,
    QUOTE_TOKENS,
    SLACK,
    output_budget,
    thinking_budget,
)
from server.domain.personas import Persona
from server.domain.raw_schema import to_strict
from server.domain.schema import PAPER_KEY, wire_schema
from server.domain.step_words import (
    MAX_PROBLEMS,
    MAX_QUOTES,
    critique_shape,
    own_shape,
    quotes_shape,
    text_shape,
)
from server.domain.steps import Step, StepKind

NOTES_TOKENS = 2048
"""For notes and critiques."""


def shape_of(step: Step, persona: Persona, language: str, *, paper: bool) -> str:
    """The shape in words.

    Args:
        persona: With the questions of this step only.
        paper: Whether it asks for the paper's title and authors beside them.
    """
    match step.kind:
        case StepKind.FIELDS:
            return describe_answer(persona, language, paper=paper)
        case StepKind.QUOTES:
            return quotes_shape(persona.fields, language)
        case StepKind.CRITIQUE:
            return critique_shape(persona.fields, language)
        case StepKind.TEXT:
            return text_shape(language)
        case StepKind.SCHEMA:
            return own_shape(step.schema or {}, language)


def schema_of(step: Step, persona: Persona, language: str, *, paper: bool) -> Mapping[str, Any]:
    """The same as JSON Schema; empty for free text."""
    match step.kind:
        case StepKind.FIELDS:
            return _wire(persona, language, paper=paper)
        case StepKind.QUOTES:
            return _closed({field.id: _list(_QUOTE, MAX_QUOTES) for field in persona.fields})
        case StepKind.CRITIQUE:
            named = {"type": "string", "enum": [field.id for field in persona.fields] or ["answer"]}
            problem = _closed({"field": named, "problem": {"type": "string"}})
            return _closed({"problems": _list(problem, MAX_PROBLEMS)})
        case StepKind.TEXT:
            return {}
        case StepKind.SCHEMA:
            return to_strict(step.schema or {})


def budget_of(step: Step, persona: Persona, language: str, *, reasoning_effort: str | None) -> int:
    """Tokens to allow for what it gives, and for what the model may think first."""
    match step.kind:
        case StepKind.FIELDS | StepKind.TEXT:
            return output_budget(persona, language, reasoning_effort=reasoning_effort)
        case StepKind.QUOTES:
            quotes = round(SLACK * len(persona.fields) * MAX_QUOTES * QUOTE_TOKENS)
            return max(MIN_OUTPUT_TOKENS, quotes) + thinking_budget(reasoning_effort)
        case _:
            return NOTES_TOKENS + thinking_budget(reasoning_effort)


def _wire(persona: Persona, language: str, *, paper: bool) -> dict[str, Any]:
    schema = wire_schema(persona, language)
    if paper:
        return schema
    return _closed({name: part for name, part in schema["properties"].items() if name != PAPER_KEY})


def _closed(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties),
        "additionalProperties": False,
    }


def _list(item: Mapping[str, Any], most: int) -> dict[str, Any]:
    return {"type": "array", "items": item, "maxItems": most}


_QUOTE = _closed({"quote": {"type": "string"}, "page": {"type": "integer"}})
