"""A run as its page shows it: reader and verdict, the answer, and below it how it came about."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import quote

from server.application.ports import Feedback
from server.application.views import RunView
from server.domain.comparing import cited_pages
from server.domain.contexts.choices import Rendering, Strategy
from server.domain.errors import InternalError
from server.domain.grounding import field_of
from server.domain.models import EngineKind
from server.domain.notices import sentence
from server.domain.papers import Problem
from server.domain.runs import Run, RunStatus
from server.web import labels
from server.web.catalogue import say
from server.web.pages.brought import Brought, brought
from server.web.pages.cells import CitedPage
from server.web.pages.claims import RunClaims, run_claims
from server.web.pages.run_members import MembersSheet, members_sheet
from server.web.pages.run_passes import PassLine, pass_lines
from server.web.pieces import Shown, Verdict, shown_fields, verdict
from server.web.plain import plain
from server.web.problem_titles import TITLES, title_of
from server.web.sentences import problem_words
from server.web.wording import engine_words, spending

Fact = tuple[str, str]
"""What it is called, and what it is."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A question with its answer, or with none yet."""

    id: str
    label: str
    shown: Shown | None
    said: int
    """Remarks that people made."""


@dataclass(frozen=True, slots=True)
class Failure:
    title: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Call:
    """One call to the engine."""

    outcome: str
    is_ok: bool
    duration: str


@dataclass(frozen=True, slots=True)
class RunSheet:
    id: str
    paper_id: str
    name: str
    ref: str | None
    """None for a text that someone brought along."""
    persona_address: str | None
    language: str
    engine: str
    is_extractive: bool
    is_text: bool
    is_running: bool
    state: str
    """How far it is, in words, while it is running."""
    verdict: Verdict
    words: str
    facts: tuple[str, ...]
    made: datetime
    pages: tuple[CitedPage, ...]
    entries: tuple[Entry, ...]
    rejected: tuple[Entry, ...]
    failure: Failure | None
    brought: Brought | None
    warnings: tuple[str, ...]
    claims: RunClaims
    calls: tuple[Call, ...]
    passes: tuple[PassLine, ...]
    """Steps and parts that prepared the answer."""
    usage: tuple[Fact, ...]
    settings: tuple[Fact, ...]
    input: tuple[Fact, ...]
    ids: tuple[Fact, ...]
    raw: str | None
    members: MembersSheet | None


def run_sheet(view: RunView, language: str, *, notes: Sequence[Feedback] = ()) -> RunSheet:
    """The whole page. `notes`: what people said about the answer."""
    run, judged = view.run, verdict(view, language)
    is_text = run.engine == EngineKind.TEXT
    rejected = run.rejected_answer is not None and not is_text
    return RunSheet(
        id=run.id,
        paper_id=run.paper_id,
        name=plain(view.persona.name.in_(language)),
        ref=None if is_text else plain(f"{run.persona.id}@{run.persona.version}"),
        persona_address=None
        if is_text
        else f"/personas/{quote(run.persona.id)}@{quote(run.persona.version)}",
        language=run.language,
        engine=engine_words(view, language),
        is_extractive=run.engine == EngineKind.EXTRACTIVE,
        is_text=is_text,
        is_running=not run.status.is_over,
        state=labels.RUNS[run.status].in_(language),
        verdict=judged,
        words=judged.sentence(language),
        facts=tuple(spending(view, language)),
        made=run.finished_at or run.created_at,
        pages=tuple(_cited(view)),
        entries=() if is_text else entries(view, language, notes=notes),
        rejected=entries(_as_finished(view, run.rejected_answer), language) if rejected else (),
        failure=failure_of(run, language),
        brought=brought(view, language) if is_text and run.status.is_over else None,
        warnings=tuple(plain(sentence(notice).in_(language)) for notice in run.warnings),
        claims=run_claims(run),
        calls=tuple(_calls(run, language)),
        passes=pass_lines(run, language),
        usage=tuple(_usage(run, language)),
        settings=tuple((name, str(value)) for name, value in run.settings.as_dict().items()),
        input=tuple(_input(run, language)),
        ids=tuple(_ids(run, language)),
        raw=None if run.members else run.response,
        members=members_sheet(view, language),
    )


def entries(view: RunView, language: str, *, notes: Sequence[Feedback] = ()) -> tuple[Entry, ...]:
    """Every question of the persona, with what was answered to it so far."""
    shown = {one.id: one for one in shown_fields(view, language)}
    about = [field_of(note.path) for note in notes if note.path]
    return tuple(
        Entry(
            field.id,
            plain(field.label.in_(language)),
            shown.get(field.id),
            about.count(field.id),
        )
        for field in view.persona.fields
    )


def arrived(view: RunView, run: Run, field_id: str, language: str) -> Entry:
    """A field that has just come in. `run`: with the fields so far."""
    so_far = _as_finished(replace(view, run=run), run.answer)
    shown = shown_fields(so_far, language, ids=[field_id])
    return Entry(
        field_id, plain(view.persona.by_id[field_id].label.in_(language)), next(iter(shown), None), 0
    )


def _as_finished(view: RunView, answer: object) -> RunView:
    """So that what is not an answer yet, or no longer one, is shown like one."""
    held = answer if isinstance(answer, dict) else {}
    return replace(view, run=replace(view.run, status=RunStatus.FINISHED, answer=held))


def _cited(view: RunView) -> Iterator[CitedPage]:
    extraction = view.paper.extraction
    shares = cited_pages(view.run, pages=len(extraction.pages)) if extraction else ()
    most = max(shares, default=0.0)
    if most:
        for number, share in enumerate(shares, 1):
            yield CitedPage(number, round(share / most, 3), f"/runs/{view.run.id}/pages/{number}")


def failure_of(run: Run, language: str) -> Failure | None:
    """Why there is no answer; None when there is one, or may yet be."""
    if run.status is RunStatus.CANCELLED:
        return Failure(labels.RUNS[run.status].in_(language), say("run.cancelled_hint", language))
    if run.status is not RunStatus.FAILED:
        return None
    error = run.error or Problem(InternalError.code, {})
    title = title_of(error.code)
    return Failure(title.in_(language), plain(problem_words(error).in_(language)))


def _calls(run: Run, language: str) -> Iterator[Call]:
    for attempt in run.attempts:
        ok = attempt.outcome == "ok"
        words = TITLES.get(attempt.outcome)
        named = say("run.call_ok", language) if ok else words.in_(language) if words else attempt.outcome
        yield Call(named, ok, labels.duration(attempt.duration_ms, language))


def _usage(run: Run, language: str) -> Iterator[Fact]:
    for name in ("input_tokens", "cached_tokens", "output_tokens", "reasoning_tokens"):
        number = getattr(run.usage, name)
        if number is not None:
            yield say(f"run.usage.{name}", language), f"{number:,}"
    if run.usage.cost_usd is not None:
        yield say("run.usage.cost", language), f"US${run.usage.cost_usd:.4f}"
    if run.started_at:
        waited = round((run.started_at - run.created_at).total_seconds() * 1000)
        yield say("run.usage.waited", language), labels.duration(max(0, waited), language)


def _input(run: Run, language: str) -> Iterator[Fact]:
    if run.input is None:
        return
    sent = run.input
    if sent.strategy != Strategy.FULL:
        yield say("run.input.strategy", language), say(f"run.input.strategies.{sent.strategy}", language)
    if sent.rendering != Rendering.PLAIN:
        yield say("run.input.rendering", language), say(f"run.input.renderings.{sent.rendering}", language)
    pages = len(sent.pages_read)
    yield say("run.input.pages", language), labels.page_count(pages, language)
    if sent.pages_in_part:
        yield say("run.input.in_part", language), page_ranges(sent.pages_in_part)
    if sent.pages_left_out:
        yield say("run.input.left_out", language), page_ranges(sent.pages_left_out)
    yield say("run.input.estimated", language), f"{run.input.estimated_tokens:,}"
    if run.input.examples:
        yield say("run.input.examples", language), ", ".join(plain(name) for name in run.input.examples)
    if run.input.truncated:
        yield say("run.input.truncated", language), labels.say("yes", language)
    yield say("run.input.digest", language), run.input.digest


def _ids(run: Run, language: str) -> Iterator[Fact]:
    yield say("run.ids.run", language), run.id
    yield say("run.ids.paper", language), run.paper_id
    yield say("run.ids.extraction", language), run.extraction_id
    if run.engine != EngineKind.TEXT:
        yield say("run.ids.persona", language), run.persona.digest
    yield say("run.ids.created", language), run.created_at.isoformat(timespec="seconds")


def page_ranges(pages: Sequence[int]) -> str:
    """`3, 7–9, 12`."""
    runs: list[list[int]] = []
    for page in pages:
        if runs and page == runs[-1][-1] + 1:
            runs[-1].append(page)
        else:
            runs.append([page])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in runs)
