"""A comparison as its page shows it: a verdict line per reader, and rows of cells that lead with one line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from server.application.views import CandidateView, ComparisonView, RunView
from server.domain.comparing import MIN_COMPARED, repeats, text_of
from server.domain.comparisons import ComparisonStatus, ConflictSide, Difference, Row
from server.domain.headlines import headline
from server.domain.models import EngineKind
from server.domain.notices import FELL_BACK, sentence
from server.domain.runs import Run, RunStatus
from server.domain.statements import StatementStatus
from server.web import labels
from server.web.catalogue import say
from server.web.pages.claims import Claims, RunClaims
from server.web.pieces import Said, Shown, Verdict, shown_fields, verdict
from server.web.plain import plain
from server.web.sheets import TONES
from server.web.wording import engine_words, input_words, spending

DOUBTS = (StatementStatus.UNSUPPORTED, StatementStatus.PARTLY)
COUNTED = (StatementStatus.SUPPORTED, StatementStatus.PARTLY, StatementStatus.UNSUPPORTED)


@dataclass(frozen=True, slots=True)
class CitedPage:
    number: int
    share: float
    """Of this reader's verified quotes, relative to its most cited page."""
    address: str


@dataclass(frozen=True, slots=True)
class ReaderLine:
    """One candidate on top of the page."""

    label: str
    name: str
    ref: str | None
    """`id@version`; None while names are hidden, and for a text that someone brought along."""
    settings: tuple[str, ...]
    """What was set for this reader, `key=value`; by these alone may two readers differ."""
    run_id: str | None
    language: str
    engine: str
    is_extractive: bool
    facts: tuple[str, ...]
    verdict: Verdict
    words: str
    state: str
    """`running`, `finished`, `failed`, or `rejected`: there is an answer, but of another paper."""
    pages: tuple[CitedPage, ...]
    fell_back: str | None
    """Who was asked first, and why another model answers; None when it is the one that was asked."""


@dataclass(frozen=True, slots=True)
class Lead:
    """The line a cell leads with, and the statement it is cut from."""

    text: str
    said: Said


@dataclass(frozen=True, slots=True)
class Cell:
    id: str
    label: str
    language: str
    state: str
    """`answered`, `waiting`, `not_asked`, `not_stated`, `failed` or `rejected`."""
    questions: tuple[str, ...]
    lead: Lead | None
    fields: tuple[Shown, ...]
    counts: tuple[tuple[str, int], ...]
    """Status → number of statements, of those that were checked."""
    claims: Claims


@dataclass(frozen=True, slots=True)
class RowLine:
    id: str
    label: str
    difference: str | None
    """None while it is not known yet."""
    tone: str
    shared: str | None
    conflicts: tuple[tuple[tuple[str, str, str | None], ...], ...]
    """Pairs of (label, what it says, address of the page)."""
    cells: tuple[Cell, ...]
    differs: bool
    has_doubts: bool
    contestants: tuple[str, ...]
    """Who can be voted for here."""


@dataclass(frozen=True, slots=True)
class ComparisonSheet:
    id: str
    is_running: bool
    is_blind: bool
    """Names are hidden from whoever looks."""
    readers: tuple[ReaderLine, ...]
    rows: tuple[RowLine, ...]
    sent: str | None
    contestants: tuple[str, ...]
    """Who can be voted for: those with an answer. Empty when there is nobody to choose between."""
    noise: tuple[str, ...]
    """What a reader that meets itself tells about noise."""
    retry: str | None = None
    """Where the same readers can be asked once more; only when none of them could answer, and rows tell nothing."""


def comparison_sheet(view: ComparisonView, language: str) -> ComparisonSheet:
    """The whole page, as far as the viewer of `view` may see it."""
    hidden = view.hidden
    running = view.status is ComparisonStatus.RUNNING
    runs = [candidate.run for candidate in view.candidates]
    readers = tuple(reader_line(view, c, language) for c in view.candidates)
    return ComparisonSheet(
        id=view.comparison.id,
        is_running=running,
        is_blind=hidden,
        readers=readers,
        rows=tuple(_row(view, row, language, running=running) for row in view.rows),
        sent=None if running or hidden else input_words(runs, language, same=view.same_input, digest=False),
        contestants=_contestants([c.label for c in view.candidates if _state(c.run.run) == "finished"]),
        noise=() if running or hidden else tuple(_noise(view, language)),
        retry=_retry(view, readers) if all(reader.state == "failed" for reader in readers) else None,
    )


def reader_line(view: ComparisonView, candidate: CandidateView, language: str) -> ReaderLine:
    """One candidate on top of the page."""
    hidden = view.hidden
    run, judged = candidate.run.run, verdict(candidate.run, language)
    shares = view.cited_pages.get(candidate.label, ())
    most = max(shares, default=0.0)
    claims = claims_of(view, candidate.label)
    is_text = run.engine == EngineKind.TEXT
    return ReaderLine(
        label=candidate.label,
        name=plain(candidate.run.persona.name.in_(language)),
        ref=None if hidden or is_text else plain(f"{run.persona.id}@{run.persona.version}"),
        settings=() if hidden else tuple(f"{name}={value}" for name, value in run.settings.as_dict().items()),
        run_id=None if hidden else run.id,
        language=run.language,
        engine=engine_words(candidate.run, language),
        is_extractive=run.engine == EngineKind.EXTRACTIVE,
        facts=() if hidden else tuple(spending(candidate.run, language)),
        verdict=judged,
        words=say("comparison.rejected", language)
        if _state(run) == "rejected"
        else judged.sentence(language),
        state=_state(run),
        pages=tuple(
            CitedPage(number, round(share / most, 3), claims.page(number))
            for number, share in enumerate(shares, 1)
        )
        if most
        else (),
        fell_back=_fell_back(run, language),
    )


def cell(
    view: ComparisonView, row: Row, candidate: CandidateView, language: str, *, arrived: Run | None = None
) -> Cell:
    """What one reader says to one row.

    Args:
        arrived: The run with the fields that have come in so far, while it is running.
    """
    run = arrived or candidate.run.run
    ids = row.cells.get(candidate.label, ())
    state = _state(run)
    come_in = ids if state != "running" else tuple(i for i in ids if arrived and i in (arrived.answer or {}))
    shown = shown_fields(_as_answered(candidate.run, run), language, ids=come_in)
    said = [s for field in shown for s in field.statements]
    lead = next((_lead(field, run.language) for field in shown if field.items), None)
    if not ids:
        state = "not_asked"
    elif state == "running":
        state = "answered" if shown else "waiting"
    elif state == "finished":
        state = "answered" if lead else "not_stated"
    by_id = candidate.run.persona.by_id
    return Cell(
        id=f"cell-{candidate.label}-{row.kind.id}",
        label=candidate.label,
        language=run.language,
        state=state,
        questions=tuple(plain(by_id[i].label.in_(language)) for i in ids if i in by_id),
        lead=lead,
        fields=shown,
        counts=tuple((s.value, n) for s in COUNTED if (n := sum(one.status is s for one in said))),
        claims=claims_of(view, candidate.label),
    )


def _fell_back(run: Run, language: str) -> str | None:
    notices = (notice for notice in run.warnings if notice.code == FELL_BACK)
    return next((plain(sentence(notice).in_(language)) for notice in notices), None)


def claims_of(view: ComparisonView, label: str) -> Claims:
    """Where the statements of a candidate are looked at, and spoken about once the names may be seen."""
    address = f"/comparisons/{view.comparison.id}/{label}"
    if view.hidden:
        return Claims(address)
    run_id = next(c.run.run.id for c in view.candidates if c.label == label)
    return RunClaims(address, run_id)


def _row(view: ComparisonView, row: Row, language: str, *, running: bool) -> RowLine:
    failed = [c.label for c in view.candidates if c.run.run.status is not RunStatus.FINISHED]
    cells = tuple(cell(view, row, candidate, language) for candidate in view.candidates)
    word, shared = (None, None) if running else labels.row_words(row, language, failed=failed)
    if shared and row.difference is not Difference.SAME_PASSAGES:
        shared = say("comparison.shared", language, share=round(100 * (row.shared_evidence or 0)))
    return RowLine(
        id=row.kind.id,
        label=row.kind.label.in_(language),
        difference=word,
        tone=TONES.get(row.difference, "quiet") if word else "quiet",
        shared=shared,
        conflicts=tuple(
            tuple((label, plain(side.text), _side(view, label, side)) for label, side in conflict.items())
            for conflict in row.conflicts
        ),
        cells=cells,
        differs=row.difference is not Difference.SAME_PASSAGES,
        contestants=_contestants([c.label for c in cells if c.state in ("answered", "not_stated")]),
        has_doubts=any(status in DOUBTS for c in cells for status, _ in c.counts)
        or row.difference is Difference.FAILED,
    )


def _contestants(labels: list[str]) -> tuple[str, ...]:
    return tuple(labels) if len(labels) >= MIN_COMPARED else ()


def _state(run: Run) -> str:
    if not run.status.is_over:
        return "running"
    if run.status is RunStatus.FINISHED:
        return "finished"
    return "rejected" if run.rejected_answer else "failed"


def _as_answered(view: RunView, run: Run) -> RunView:
    """So that fields are shown that are not an answer yet, or no longer one."""
    if run.status is RunStatus.FINISHED:
        return view
    answer = run.answer if run.answer is not None else run.rejected_answer
    return replace(view, run=replace(run, status=RunStatus.FINISHED, answer=answer or {}))


def _lead(field: Shown, language: str) -> Lead:
    """The first statement of a field in one line."""
    first = next(field.statements)
    return Lead(headline(first.text, language), first)


def _side(view: ComparisonView, label: str, side: ConflictSide) -> str | None:
    """Where the statement behind one side of a conflict is looked at."""
    run = next(c.run.run for c in view.candidates if c.label == label)
    for statement in run.statements:
        if statement.path == side.path and side.text.split(" ")[0] in text_of(run, statement):
            return f"{claims_of(view, label).address}/evidence?{urlencode({'path': side.path, 'start': statement.start})}"
    return claims_of(view, label).page(side.page) if side.page else None


def _retry(view: ComparisonView, readers: Sequence[ReaderLine]) -> str:
    """The paper's page with these readers and their settings chosen; without them while their names are hidden."""
    wanted = [(r.ref, ",".join(r.settings)) for r in readers if r.ref]
    chosen = [("reader", f"{ref}:{settings}" if settings else ref) for ref, settings in wanted]
    return f"/papers/{view.paper.paper.id}" + (f"?{urlencode(chosen)}" if chosen else "")


def _noise(view: ComparisonView, language: str) -> Sequence[str]:
    runs: Mapping[str, Run] = {c.label: c.run.run for c in view.candidates}
    said = []
    for repeat in repeats(runs):
        names = ("・" if language == "ja" else ", ").join(repeat.labels)
        share = round(100 * repeat.shared_evidence) if repeat.shared_evidence is not None else None
        said.append(
            say("comparison.noise_unknown", language, labels=names)
            if share is None
            else say("comparison.noise", language, labels=names, share=share)
        )
    return said
