"""Personas with some of the built-in questions, and models."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from server.domain.fields import Aspect, CheckRule, Field, FieldType, ScalarType
from server.domain.models import EXTRACTIVE, EngineKind, ModelSpec
from server.domain.personas import Origin, Part, Persona, Role
from server.domain.words import Words


def a_field(id: str = "novelty", *, aspects: Sequence[Aspect] | None = None, **changes: Any) -> Field:  # noqa: A002
    """A question. Its aspect is its id where that is an aspect, else `other`."""
    if aspects is None:
        aspects = (Aspect(id) if id in set(Aspect) else Aspect.OTHER,)
    field = Field(
        id=id,
        aspects=tuple(aspects),
        label=Words(ja=f"問い「{id}」", en=f"Question {id}"),
        instruction=Words(ja="論文から答える。", en="Answer from the paper."),
    )
    return replace(field, **changes)


def summarizer_fields() -> tuple[Field, ...]:
    """Four of the six questions, of three types: object (identity), text, and a list of objects."""
    text = ScalarType.TEXT
    return (
        a_field(
            "header",
            aspects=[Aspect.IDENTITY],
            label=Words(ja="題名・著者・発行年", en="Title, authors, year"),
            type=FieldType.OBJECT,
            properties={"title": text, "authors": text, "year": ScalarType.NUMBER},
            check=CheckRule.IDENTITY,
        ),
        a_field(
            "what",
            aspects=[Aspect.OVERVIEW, Aspect.BACKGROUND],
            label=Words(ja="どんなもの？", en="What is it?"),
        ),
        a_field(
            "discussion",
            aspects=[Aspect.DISCUSSION, Aspect.LIMITATIONS],
            label=Words(ja="議論はある？", en="What is open to debate?"),
        ),
        a_field(
            "next_papers",
            aspects=[Aspect.REFERENCES],
            label=Words(ja="次に読むべき論文は？", en="What to read next?"),
            type=FieldType.LIST,
            max_items=3,
            items={"title": text, "why": text},
            check=CheckRule.BIBLIOGRAPHY,
        ),
    )


def interpreter_fields() -> tuple[Field, ...]:
    """Three of the twelve headings; `methods` is asked by this persona only."""
    return (
        a_field("abstract", aspects=[Aspect.OVERVIEW], label=Words(ja="概要", en="Abstract in brief")),
        a_field("methods", aspects=[Aspect.METHOD], label=Words(ja="方法", en="Methods")),
        a_field("limitations", label=Words(ja="限界", en="Limitations")),
    )


def a_persona(id: str = "summarizer", *, fields: Sequence[Field] | None = None, **changes: Any) -> Persona:  # noqa: A002
    """`summarizer` or `interpreter` with some of their fields; any other id gets the summarizer's."""
    interpreter = id == "interpreter"
    if fields is None:
        fields = interpreter_fields() if interpreter else summarizer_fields()
    persona = Persona(
        id=id,
        version="1.0.0",
        name=Words(ja="論文の読み解き（十二項目）", en="Paper interpreter")
        if interpreter
        else Words(ja="落合式・六つの問い", en="Six questions (Ochiai)"),
        fields=tuple(fields),
        parts=(Part(Role.USER, None, "{% for field in fields %}{{ field.label }}\n{% endfor %}", 1),),
        digest=hashlib.sha256(id.encode()).hexdigest(),
        source="---\nformat: 1\n---\nuser:\n",
        origin=Origin.BUILTIN,
        attribution="Unofficial.",
        license="CC0-1.0",
    )
    return replace(persona, **changes)


def a_model(name: str = EXTRACTIVE, **changes: Any) -> ModelSpec:
    """The extractive one, or a local OpenAI-compatible one for any other name."""
    if name == EXTRACTIVE:
        spec = ModelSpec(name, EngineKind.EXTRACTIVE, name, default=True)
    else:
        spec = ModelSpec(name, EngineKind.OPENAI, name, base_url="http://127.0.0.1:8080/v1")
    return replace(spec, **changes)
