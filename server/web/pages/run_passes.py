"""The calls that prepared an answer, as the page of a run shows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from server.domain.runs import Pass, Run
from server.web import labels
from server.web.catalogue import say
from server.web.plain import plain

MANY = 8
"""Pages beyond which only their number is shown."""


@dataclass(frozen=True, slots=True)
class PassLine:
    """One call."""

    name: str
    pages: str
    tokens: str
    time: str
    asked: str
    response: str


def pass_lines(run: Run, language: str) -> tuple[PassLine, ...]:
    """In order; none for an answer that was asked for at once."""
    return tuple(_line(one, language) for one in run.passes)


def _line(one: Pass, language: str) -> PassLine:
    usage = one.usage
    known = usage.input_tokens is not None and usage.output_tokens is not None
    key = "steps.tokens_cached" if usage.cached_tokens else "steps.tokens"
    numbers = {"sent": usage.input_tokens, "cached": usage.cached_tokens or 0, "given": usage.output_tokens}
    return PassLine(
        name=plain(one.label.in_(language) if one.label else one.name),
        pages=_pages(one.pages, language),
        tokens=say(key, language, **numbers) if known else "",
        time=labels.duration(one.duration_ms, language),
        asked=plain(one.asked.strip()),
        response=one.response,
    )


def _pages(pages: Sequence[int], language: str) -> str:
    if len(pages) > MANY:
        return labels.page_count(len(pages), language)
    return "p. " + ", ".join(map(str, pages)) if pages else ""
