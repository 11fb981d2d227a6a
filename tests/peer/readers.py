"""Two tiny personas on an excerpt of the English sample, for a model too small to make sense but not to keep a schema."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pypdfium2
from server.application.ports import Question
from server.domain.models import EngineKind, ModelSpec
from server.domain.personas import Persona
from server.domain.prompts import compose
from server.domain.runs import RunSettings
from server.domain.schema import wire_schema

from builders import a_field, a_persona, an_extraction

SAMPLE = Path(__file__).resolve().parents[2] / "samples" / "paper-first.pdf"
SUMMARIZER = a_persona("summarizer", fields=[a_field("overview"), a_field("results")])
INTERPRETER = a_persona("interpreter", fields=[a_field("method"), a_field("limitations")])


def excerpt(characters: int) -> list[str]:
    """The first characters of the sample, page by page."""
    document = pypdfium2.PdfDocument(SAMPLE)
    try:
        pages = [page.get_textpage().get_text_range().replace("\r\n", "\n") for page in document]
    finally:
        document.close()
    texts = []
    for text in pages:
        texts.append(text[:characters])
        characters -= len(texts[-1])
        if not characters:
            break
    return texts


def bounded(schema: Mapping[str, Any], *, items: int = 1, length: int = 24) -> dict[str, Any]:
    """The schema with an end to everything: a model of 135 million parameters does not stop by itself."""
    limits: dict[str, Any] = {}
    kinds = schema.get("type", ())
    if "string" in kinds and "enum" not in schema:
        limits["maxLength"] = length
    if "integer" in kinds:
        limits.update(minimum=1, maximum=99)
    if "array" in kinds:
        limits.update(maxItems=items, items=bounded(schema["items"], items=items, length=length))
    if "object" in kinds:
        limits["properties"] = {
            name: bounded(part, items=items, length=length) for name, part in schema["properties"].items()
        }
    return {**schema, **limits}


def question_of(
    persona: Persona, *, base_url: str, characters: int, max_output_tokens: int = 320, deadline_s: float = 300
) -> Question:
    """What the product would ask, with the schema bounded."""
    extraction = an_extraction(excerpt(characters))
    prompt = compose(
        persona,
        extraction,
        "en",
        render=lambda _part, variables: "\n".join(f["label"] for f in variables["fields"]),
        secret=b"peer",
        identity=extraction.identity,
    )
    return Question(
        persona=persona,
        extraction=extraction,
        language="en",
        model=ModelSpec("peer", EngineKind.OPENAI, "peer", base_url=base_url),
        settings=RunSettings(temperature=0.0, seed=1),
        prompt=prompt,
        wire_schema=bounded(wire_schema(persona, "en")),
        max_output_tokens=max_output_tokens,
        deadline_s=deadline_s,
    )


def messages_of(question: Question) -> list[dict[str, str]]:
    return [{"role": m.role, "content": m.content} for m in question.prompt.messages]


def common(first: list[int], second: list[int]) -> int:
    """How many tokens two prompts share from the start."""
    pairs = zip(first, second, strict=False)
    return next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(first), len(second)))
