"""Short facts about papers and runs in words, shared by every way of showing them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from server.application.views import PaperView, RunView
from server.domain.blinding import HIDDEN
from server.domain.comparisons import SameInput
from server.domain.models import EngineKind
from server.web import labels
from server.web.plain import plain


def paper_facts(paper: PaperView, language: str) -> Iterator[str]:
    """Authors, venue, year, number of pages, file name: those that are known."""
    identity, extraction = paper.identity, paper.extraction
    if identity.authors:
        yield ("、" if language == "ja" else ", ").join(plain(name) for name in identity.authors.value)
    if identity.venue:
        yield plain(identity.venue.value)
    if identity.year:
        yield str(identity.year.value)
    if extraction:
        yield labels.page_count(len(extraction.pages), language)
    yield plain(paper.paper.filename)


def engine_words(view: RunView, language: str) -> str:
    """The model, or the stamp of a reading without one."""
    if view.run.engine == EngineKind.EXTRACTIVE:
        return labels.say("extractive", language)
    if view.run.engine == EngineKind.TEXT:
        return labels.say("brought", language)
    if view.run.engine == HIDDEN:
        return labels.say("blind", language)
    colon = "：" if language == "ja" else ": "
    return f"{labels.say('model', language)}{colon}{plain(view.run.model)}"


def spending(view: RunView, language: str) -> Iterator[str]:
    """Tokens, cost and time, as far as known; of a reused run only that it is one."""
    usage, run = view.run.usage, view.run
    if usage.input_tokens is not None:
        yield labels.say("input_tokens", language, count=usage.input_tokens)
    if usage.cached_tokens is not None:
        yield labels.say("cached_tokens", language, count=usage.cached_tokens)
    if usage.output_tokens is not None:
        yield labels.say("output_tokens", language, count=usage.output_tokens)
    if usage.cost_usd is not None:
        yield labels.say("cost", language, usd=f"{usage.cost_usd:.4f}")
    if view.reused:
        yield labels.say("reused", language)
    elif run.started_at and run.finished_at:
        taken = run.finished_at - run.started_at
        yield labels.duration(round(taken.total_seconds() * 1000), language)


def input_words(runs: Sequence[RunView], language: str, *, same: SameInput, digest: bool = True) -> str:
    """Whether all readers were sent the same text, and how much of it."""
    asked = [view for view in runs if view.run.engine != EngineKind.TEXT]
    inputs = [view.run.input for view in asked if view.run.input]
    if not inputs or len(inputs) < len(asked):
        return labels.say("no_input", language)
    if not same.identical:
        return f"≠ {labels.say('different_input', language)}"
    facts = [
        f"= {labels.say('same_input', language)}",
        labels.page_count(len(inputs[0].pages_read), language),
        (same.digest or "")[:12] if digest else "",
    ]
    if any(sent.truncated for sent in inputs):
        facts.append(labels.say("truncated", language))
    return " · ".join(fact for fact in facts if fact)
