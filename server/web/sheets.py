"""What an HTML page of results is filled with: every word, link and figure decided, ready to be set."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from server.application.views import ComparisonView, PaperView, RunView
from server.domain.comparing import cited_pages
from server.domain.comparisons import ConflictSide, Difference, Row
from server.domain.extractions import Notice
from server.domain.models import EngineKind
from server.domain.notices import sentence
from server.domain.runs import RunStatus
from server.domain.statements import CheckStatus, Evidence, EvidenceStatus
from server.web import labels
from server.web.pieces import Said, Shown, Verdict, shown_fields, verdict
from server.web.plain import plain
from server.web.wording import engine_words, paper_facts, spending

_DOI = re.compile(r"10\.\d{4,9}/[!-~]+")
_ARXIV = re.compile(r"(?:[a-z.-]+/)?\d{4}\.?\d{3,5}(?:v\d+)?", re.IGNORECASE)

TONES = {
    Difference.SAME_PASSAGES: "same",
    Difference.NUMBERS_DIFFER: "differ",
    Difference.NO_EVIDENCE: "doubt",
    Difference.FAILED: "doubt",
}
"""How loud a difference is; all others are quiet."""


@dataclass(frozen=True, slots=True)
class Linker:
    """Addresses of pages of the paper's PDF."""

    pdf: str

    def page(self, number: int) -> str:
        return f"{quote(plain(self.pdf), safe='/')}#page={number}"


@dataclass(frozen=True, slots=True)
class Link:
    text: str
    href: str


@dataclass(frozen=True, slots=True)
class Head:
    """Which paper this is about."""

    title: str
    facts: tuple[str, ...]
    links: tuple[Link, ...]
    language: str | None


@dataclass(frozen=True, slots=True)
class CitedPage:
    number: int
    share: float
    """Of this reader's verified quotes, relative to its most cited page."""
    href: str


@dataclass(frozen=True, slots=True)
class Reader:
    """One candidate: who, with what, at what cost, and the verdict."""

    label: str
    name: str
    ref: str
    language: str
    """Of the answer."""
    engine: str
    is_extractive: bool
    facts: tuple[str, ...]
    verdict: Verdict
    words: str
    pages: tuple[CitedPage, ...]


@dataclass(frozen=True, slots=True)
class Proof:
    """A quote behind a statement, or the reference it was found in."""

    quote: str
    link: Link | None
    verified: bool
    remark: str | None


@dataclass(frozen=True, slots=True)
class Sentence:
    said: Said
    number: int | None
    """Under which its proofs stand below the field; None without proofs."""
    links: tuple[Link, ...]
    proofs: tuple[Proof, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """A field, ready to be set."""

    shown: Shown
    items: tuple[tuple[tuple[str | None, tuple[Sentence, ...]], ...], ...]
    """Items of parts: (label, sentences)."""
    proven: tuple[Sentence, ...]
    """The sentences that have proofs to look at."""


@dataclass(frozen=True, slots=True)
class Cell:
    label: str
    language: str
    is_asked: bool
    failure: str | None
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class RowSheet:
    id: str
    label: str
    difference: str
    tone: str
    share: int
    """Of common evidence, per cent."""
    shared: str | None
    """The same in words, where there is some."""
    conflicts: tuple[tuple[tuple[str, str, Link | None], ...], ...]
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Warned:
    label: str
    text: str
    link: Link | None


@dataclass(frozen=True, slots=True)
class Sheet:
    head: Head
    readers: tuple[Reader, ...]
    rows: tuple[RowSheet, ...]
    entries: tuple[Entry, ...]
    """Of a single run."""
    warnings: tuple[Warned, ...]
    date: str


def run_sheet(view: RunView, language: str, linker: Linker) -> Sheet:
    extraction = view.paper.extraction
    pages = cited_pages(view.run, pages=len(extraction.pages)) if extraction else ()
    own = extraction.warnings if extraction else ()
    return Sheet(
        head=paper_head(view.paper, language),
        readers=(_reader("", view, pages, language, linker),),
        rows=(),
        entries=tuple(_entry(shown, language, linker) for shown in shown_fields(view, language)),
        warnings=tuple(_warned("", n, language, linker) for n in (*own, *view.run.warnings)),
        date=(view.run.finished_at or view.run.created_at).date().isoformat(),
    )


def comparison_sheet(view: ComparisonView, language: str, linker: Linker) -> Sheet:
    own = view.paper.extraction.warnings if view.paper.extraction else ()
    notices = [("", n) for n in own] + [(c.label, n) for c in view.candidates for n in c.run.run.warnings]
    return Sheet(
        head=paper_head(view.paper, language),
        readers=tuple(
            _reader(c.label, c.run, view.cited_pages.get(c.label, ()), language, linker)
            for c in view.candidates
        ),
        rows=tuple(_row(row, view, language, linker) for row in view.rows),
        entries=(),
        warnings=tuple(_warned(label, n, language, linker) for label, n in notices),
        date=view.comparison.created_at.date().isoformat(),
    )


def paper_head(paper: PaperView, language: str) -> Head:
    """The head of every page: which paper this is about."""
    title, doi, arxiv = paper.identity.title, paper.identity.doi, paper.identity.arxiv_id
    links = []
    # The hosts are ours, only the id is the paper's, and only where it looks like one.
    if doi and _DOI.fullmatch(doi.value):
        links.append(Link(f"doi:{doi.value}", f"https://doi.org/{quote(doi.value, safe='/')}"))
    if arxiv and _ARXIV.fullmatch(arxiv.value):
        links.append(Link(f"arXiv:{arxiv.value}", f"https://arxiv.org/abs/{arxiv.value}"))
    return Head(
        title=plain(title.value) if title else labels.say("untitled", language),
        facts=tuple(paper_facts(paper, language)),
        links=tuple(links),
        language=paper.extraction.language if paper.extraction else None,
    )


def _reader(label: str, view: RunView, pages: Sequence[float], language: str, linker: Linker) -> Reader:
    judged = verdict(view, language)
    most = max(pages, default=0.0)
    return Reader(
        label=label,
        name=plain(view.persona.name.in_(language)),
        ref=plain(view.run.reader),
        language=view.run.language,
        engine=engine_words(view, language),
        is_extractive=view.run.engine == EngineKind.EXTRACTIVE,
        facts=tuple(spending(view, language)),
        verdict=judged,
        words=judged.sentence(language),
        pages=tuple(
            CitedPage(number, round(share / most, 3), linker.page(number))
            for number, share in enumerate(pages, 1)
        )
        if most
        else (),
    )


def _row(row: Row, view: ComparisonView, language: str, linker: Linker) -> RowSheet:
    failed = [c.label for c in view.candidates if c.run.run.status is not RunStatus.FINISHED]
    cells = []
    for candidate in view.candidates:
        run, ids = candidate.run.run, row.cells.get(candidate.label, ())
        fields = shown_fields(candidate.run, language, ids=ids)
        cells.append(
            Cell(
                label=candidate.label,
                language=run.language,
                is_asked=bool(ids),
                # Why stands with the reader, once.
                failure=None if run.status is RunStatus.FINISHED else labels.RUNS[run.status].in_(language),
                entries=tuple(_entry(shown, language, linker) for shown in fields),
            )
        )
    difference, shared = labels.row_words(row, language, failed=failed)
    return RowSheet(
        id=row.kind.id,
        label=row.kind.label.in_(language),
        difference=difference,
        tone=TONES.get(row.difference, "quiet"),
        share=round(100 * (row.shared_evidence or 0)),
        shared=shared,
        conflicts=tuple(
            tuple((label, plain(side.text), _side_link(side, linker)) for label, side in conflict.items())
            for conflict in row.conflicts
        ),
        cells=tuple(cells),
    )


def _side_link(side: ConflictSide, linker: Linker) -> Link | None:
    return Link(f"p. {side.page}", linker.page(side.page)) if side.page else None


def _entry(shown: Shown, language: str, linker: Linker) -> Entry:
    numbered: list[Sentence] = []

    def ready(said: Said) -> Sentence:
        proofs = _proofs(said, language, linker)
        links = tuple(Link(f"p. {page}", linker.page(page)) for page in said.pages)
        sentence = Sentence(said, len(numbered) + 1 if proofs else None, links, proofs)
        if proofs:
            numbered.append(sentence)
        return sentence

    items = tuple(
        tuple(
            # The first part of a list item is what the item is; its label would only repeat the field's.
            (None if shown.is_list and index == 0 else part.label, tuple(ready(said) for said in part.said))
            for index, part in enumerate(item)
        )
        for item in shown.items
    )
    return Entry(shown, items, tuple(numbered))


def _proofs(said: Said, language: str, linker: Linker) -> tuple[Proof, ...]:
    proofs = [_proof(evidence, language, linker) for evidence in said.evidence]
    for check in said.checks:
        if check.kind == "reference" and check.status is CheckStatus.FOUND and check.reference:
            link = Link(f"p. {check.page}", linker.page(check.page)) if check.page else None
            name = labels.say("reference", language, number=check.reference)
            proofs.append(Proof("", link, verified=True, remark=name))
    return tuple(proofs)


def _proof(evidence: Evidence, language: str, linker: Linker) -> Proof:
    verified = evidence.status is EvidenceStatus.VERIFIED
    remark = None if verified else labels.EVIDENCE[evidence.status].in_(language)
    if remark and evidence.difference:
        difference = plain(evidence.difference.in_(language))
        remark = f"{remark}（{difference}）" if language == "ja" else f"{remark} ({difference})"
    link = Link(f"p. {evidence.page}", linker.page(evidence.page)) if evidence.page else None
    return Proof(plain(evidence.quote), link, verified, remark)


def _warned(label: str, notice: Notice, language: str, linker: Linker) -> Warned:
    link = Link(f"p. {notice.page}", linker.page(notice.page)) if notice.page else None
    return Warned(label, plain(sentence(notice).in_(language)), link)
