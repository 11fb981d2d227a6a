"""A question for an engine, small enough to read in a failing test."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from server.application.ports import EngineEvent, Question
from server.domain.prompts import Prompt
from server.domain.runs import RunSettings

from builders import a_model, a_persona, an_extraction

WIRE_SCHEMA = {
    "type": "object",
    "properties": {
        "what": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "evidence": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "properties": {"quote": {"type": "string"}, "page": {"type": "integer"}},
                            "required": ["quote", "page"],
                            "additionalProperties": False,
                        },
                    },
                    "text": {"type": "string"},
                },
                "required": ["evidence", "text"],
                "additionalProperties": False,
            },
        }
    },
    "required": ["what"],
    "additionalProperties": False,
}


def a_question(*, base_url: str | None = None, model: str = "a-model", **changes: Any) -> Question:
    """One persona with one field, for the model `model` at `base_url`."""
    question = Question(
        persona=a_persona(),
        extraction=an_extraction(),
        language="en",
        model=a_model(model, base_url=base_url),
        settings=RunSettings(),
        prompt=Prompt(
            "Read only the paper.", "[p. 1] 28 tokens instead of 2,478.\n", "What is it? Answer in JSON."
        ),
        wire_schema=WIRE_SCHEMA,
        max_output_tokens=500,
        deadline_s=20.0,
    )
    return replace(question, **changes)


async def events_of(asking: Any) -> list[EngineEvent]:
    return [event async for event in asking]
