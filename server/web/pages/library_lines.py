"""Papers, comparisons and readings as lists show them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from server.application.list_papers import ListedComparison, ListedPaper, ListedRun
from server.application.ports import RunBrief
from server.domain.identity import Identity
from server.domain.models import EngineKind
from server.domain.papers import PaperStatus
from server.domain.runs import RunStatus
from server.web import labels
from server.web.plain import plain
from server.web.problem_titles import TITLES
from server.web.sentences import problem_words

NAMES = 4
"""Authors named before the others are counted."""


@dataclass(frozen=True, slots=True)
class ReaderWord:
    """A reader in a list: `A Six questions · qwen`."""

    label: str
    name: str
    model: str | None
    state: str | None
    """Only where it is not simply finished."""
    status: RunStatus


@dataclass(frozen=True, slots=True)
class MadeLine:
    """A comparison or a single reading of a paper."""

    id: str
    address: str
    at: datetime
    readers: tuple[ReaderWord, ...]
    hidden: int
    """Candidates whose names are hidden."""
    is_comparison: bool


@dataclass(frozen=True, slots=True)
class PaperLine:
    id: str
    title: str
    language: str | None
    facts: tuple[str, ...]
    at: datetime
    state: str | None
    problem: str | None
    made: tuple[MadeLine, ...]
    comparisons: int
    runs: int


def paper_line(listed: ListedPaper, language: str) -> PaperLine:
    """A paper as lists show it."""
    paper, gist = listed.paper, listed.gist
    identity = paper.identity(gist.identity if gist else None)
    made = [_comparison(c, language) for c in listed.comparisons] + [_run(r, language) for r in listed.runs]
    refused = paper.status is PaperStatus.REFUSED and paper.error
    return PaperLine(
        id=paper.id,
        title=plain(identity.title.value) if identity.title else plain(paper.filename),
        language=gist.language if gist and identity.title else None,
        facts=tuple(_facts(identity, gist.pages if gist else 0, language)),
        at=paper.created_at,
        state=None if paper.status is PaperStatus.READY else labels.PAPERS[paper.status].in_(language),
        problem=plain(problem_words(paper.error).in_(language)) if refused and paper.error else None,
        made=tuple(sorted(made, key=lambda line: line.at, reverse=True)),
        comparisons=len(listed.comparisons),
        runs=listed.run_count,
    )


def _facts(identity: Identity, pages: int, language: str) -> Sequence[str]:
    facts = []
    if identity.authors:
        names = [plain(name) for name in identity.authors.value]
        shown = ("、" if language == "ja" else ", ").join(names[:NAMES])
        more = {"ja": " ほか", "en": " et al."}["ja" if language == "ja" else "en"]
        facts.append(shown + (more if len(names) > NAMES else ""))
    if identity.venue:
        facts.append(plain(identity.venue.value))
    if identity.year:
        facts.append(str(identity.year.value))
    if pages:
        facts.append(labels.page_count(pages, language))
    return facts


def _comparison(listed: ListedComparison, language: str) -> MadeLine:
    return MadeLine(
        id=listed.id,
        address=f"/comparisons/{listed.id}",
        at=listed.created_at,
        readers=tuple(_reader(label, run, language) for label, run in listed.readers),
        hidden=listed.count if not listed.readers else 0,
        is_comparison=True,
    )


def _run(listed: ListedRun, language: str) -> MadeLine:
    return MadeLine(
        id=listed.run.id,
        address=f"/runs/{listed.run.id}",
        at=listed.run.created_at,
        readers=(_reader("", listed, language),),
        hidden=0,
        is_comparison=False,
    )


def _reader(label: str, listed: ListedRun, language: str) -> ReaderWord:
    run = listed.run
    return ReaderWord(
        label=label,
        name=plain(listed.name.in_(language)),
        model=plain(run.model) if run.engine == EngineKind.OPENAI else None,
        state=_state(run, language),
        status=run.status,
    )


def _state(run: RunBrief, language: str) -> str | None:
    """What keeps it from being an answer."""
    if run.status is RunStatus.FINISHED:
        return None
    known = TITLES.get(run.error.code) if run.error else None
    return (known or labels.RUNS[run.status]).in_(language)
