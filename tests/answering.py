"""Steps for the fake provider that answer whatever the request's schema asks, with quotes from the paper it was sent."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fake_provider import USAGE, Exchange, Step, chunk

TITLE = "Paper First: Prefix Reuse When Several Personas Read One Paper"
AUTHORS = ["Yomikurabe Project"]
"""Of samples/paper-first.pdf."""
PIECE = 200
"""Characters of one event of the stream."""


@dataclass(frozen=True)
class Answer:
    """What an obedient model would say: a true quote for every text, the paper's title, nothing for lists."""

    title: str
    authors: list[str]
    quote: str

    def to(self, schema: Mapping[str, Any], name: str = "") -> Any:
        kinds = schema.get("type", ())
        if "anyOf" in schema:
            return self.to(schema["anyOf"][0], name)
        if "enum" in schema:
            return schema["enum"][0]
        if kinds == "object":
            return {key: self.to(part, key) for key, part in schema["properties"].items()}
        if kinds == "array":
            if name == "authors":
                return self.authors
            listed = "value" in schema["items"].get("properties", ())
            return [] if listed else [self.to(schema["items"], name)]
        known = {"title": self.title, "authors": ", ".join(self.authors), "quote": self.quote, "page": 1}
        if name in known:
            return known[name]
        if "null" in kinds:
            return None
        return self.quote if "string" in kinds else 1


def answer_to(
    body: Mapping[str, Any], *, title: str = TITLE, authors: list[str] | None = None
) -> dict[str, Any]:
    """A whole answer for a request, its quote a sentence of the first page, or where that is not sent, of another."""
    paper = body["messages"][1]["content"].partition("<<<end of paper")[0]
    sentences = [
        sentence
        for text in (paper.partition("[p. 2]")[0], paper)
        for sentence in re.findall(r"(?<=\. )[A-Z][^.\n]{40,200}\.(?= )", text.replace("\n", " "))
    ]
    schema = body["response_format"]["json_schema"]["schema"]
    said: dict[str, Any] = Answer(title, authors or AUTHORS, sentences[0]).to(schema)
    return said


def answers(
    *,
    title: str = TITLE,
    authors: list[str] | None = None,
    hold_before: asyncio.Event | None = None,
    hold_within: asyncio.Event | None = None,
    usage: Any = USAGE,
) -> Step:
    """Stream such an answer. `hold_before`: wait for it before the first byte; `hold_within`: after half of it."""

    async def step(exchange: Exchange) -> None:
        text = json.dumps(answer_to(exchange.request.body, title=title, authors=authors), ensure_ascii=False)
        pieces = [text[at : at + PIECE] for at in range(0, len(text), PIECE)]
        await exchange.head(200, "text/event-stream")
        if hold_before:
            await hold_before.wait()
        for number, piece in enumerate(pieces):
            if hold_within and number == len(pieces) // 2:
                await hold_within.wait()
            await exchange.event(chunk(piece))
        await exchange.event(chunk(finish="stop"))
        await exchange.event({**chunk(), "choices": [], "usage": usage})
        await exchange.event("[DONE]")

    return step
