"""The page of the paper behind a statement: picture, rectangles, quotes, and what the checks say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from server.application.views import PaperView, RunView
from server.domain.captions import CaptionKind, captions, named_in
from server.domain.comparing import text_of
from server.domain.errors import NotFoundError
from server.domain.extractions import Box, Extraction
from server.domain.runs import Run
from server.domain.statements import Check, CheckStatus, EvidenceStatus, Statement
from server.web import labels
from server.web.catalogue import say
from server.web.plain import plain

WIDTH = 1100
"""Pixels of a page's picture."""
MARGIN = 1.5
"""Points by which a rectangle is wider than its characters, so that it frames them."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A page of the paper as it is shown, sizes and rectangles in points."""

    number: int
    of: int
    width: float
    height: float
    address: str
    rectangles: tuple[tuple[float, float, float, float], ...]
    """x, y, width, height."""


@dataclass(frozen=True, slots=True)
class Quoted:
    """One quote behind a statement."""

    text: str
    page: int | None
    is_verified: bool
    remark: str | None
    address: str | None
    """Shows its page."""
    is_open: bool


@dataclass(frozen=True, slots=True)
class Named:
    """A table or figure that the statement or its quotes name."""

    text: str
    address: str
    is_open: bool


@dataclass(frozen=True, slots=True)
class Viewed:
    """What the viewer shows."""

    title: str
    text: str
    language: str | None
    status: str | None
    reason: str | None
    quotes: tuple[Quoted, ...]
    checks: tuple[str, ...]
    named: tuple[Named, ...]
    picture: Picture | None
    before: str | None
    after: str | None
    pdf: str


def statement_at(run: Run, path: str, start: int) -> Statement:
    """
    Raises:
        NotFoundError
    """
    found = next((s for s in run.statements if (s.path, s.start) == (path, start)), None)
    if found is None:
        raise NotFoundError(kind="statement", id=path[:100])
    return found


def viewed_statement(
    view: RunView, statement: Statement, language: str, *, address: str, page: int | None = None
) -> Viewed:
    """A statement with its evidence. `address`: of this view; `page`: the one to show instead of the first quote's."""
    extraction = view.paper.extraction
    run = view.run if view.run.answer is not None else _rejected(view.run)
    text = plain(text_of(run, statement))
    own = {"path": statement.path, "start": statement.start}

    def at(number: int | None) -> str | None:
        return f"{address}?{urlencode({**own, 'page': number})}" if number else None

    named = _named(statement, text, extraction)
    pages = [e.page for e in statement.evidence if e.page and e.boxes]
    pages += [number for _, number in named]
    pages += [e.page for e in statement.evidence if e.page] + [c.page for c in statement.checks if c.page]
    shown = page or next(iter(pages), None)
    boxes = [box for e in statement.evidence for box in e.boxes]
    return Viewed(
        title=labels.say("evidence", language),
        text=text,
        language=view.run.language or None,
        status=statement.status.value,
        reason=plain(statement.reason.in_(language)) if statement.reason else None,
        quotes=tuple(
            Quoted(
                text=plain(e.quote),
                page=e.page,
                is_verified=e.status is EvidenceStatus.VERIFIED,
                remark=_remark(e.status, e.difference.in_(language) if e.difference else None, language),
                address=at(e.page),
                is_open=e.page == shown,
            )
            for e in statement.evidence
        ),
        checks=tuple(_check_line(c, language) for c in statement.checks if c.kind != "identity" or c.text),
        named=tuple(
            Named(_caption_words(kind, number, language), str(at(page_number)), page_number == shown)
            for (kind, number), page_number in named
        ),
        picture=_picture(view.paper, shown, boxes),
        before=at(shown - 1) if shown and shown > 1 else None,
        after=at(shown + 1) if shown and extraction and shown < len(extraction.pages) else None,
        pdf=f"/api/papers/{view.paper.paper.id}/file",
    )


def viewed_page(view: RunView, number: int, language: str, *, name: str, address: str) -> Viewed:
    """A page with everything that this reader verifiably quoted from it. `address` ends before the page's number."""
    extraction = view.paper.extraction
    pages = len(extraction.pages) if extraction else 0
    if not 1 <= number <= pages:
        raise NotFoundError(kind="page", id=str(number))
    verified = [
        e
        for s in view.run.statements
        for e in s.evidence
        if e.status is EvidenceStatus.VERIFIED and e.page == number
    ]
    quotes = dict.fromkeys(plain(e.quote) for e in verified)
    return Viewed(
        title=name,
        text=say("comparison.quoted_here", language, count=len(quotes)),
        language=None,
        status=None,
        reason=None,
        quotes=tuple(
            Quoted(text, number, is_verified=True, remark=None, address=None, is_open=True) for text in quotes
        ),
        checks=(),
        named=(),
        picture=_picture(view.paper, number, [box for e in verified for box in e.boxes]),
        before=f"{address}{number - 1}" if number > 1 else None,
        after=f"{address}{number + 1}" if number < pages else None,
        pdf=f"/api/papers/{view.paper.paper.id}/file",
    )


def _rejected(run: Run) -> Run:
    """A rejected answer is looked at like one that was kept."""
    return replace(run, answer=run.rejected_answer)


def _named(
    statement: Statement, text: str, extraction: Extraction | None
) -> list[tuple[tuple[CaptionKind, str], int]]:
    """Tables and figures named by the statement or its quotes, with the pages of their captions."""
    if extraction is None:
        return []
    words = "\n".join([text, *(e.quote for e in statement.evidence)])
    return [((c.kind, c.number), c.page) for c in named_in(words, captions(extraction))]


def _picture(paper: PaperView, number: int | None, boxes: Sequence[Box]) -> Picture | None:
    if number is None or paper.extraction is None or number > len(paper.extraction.pages):
        return None
    page = paper.extraction.pages[number - 1]
    return Picture(
        number=number,
        of=len(paper.extraction.pages),
        width=round(page.width, 1),
        height=round(page.height, 1),
        address=f"/api/papers/{paper.paper.id}/pages/{number}.png?width={WIDTH}",
        rectangles=tuple(
            (
                round(box.x0 - MARGIN, 1),
                round(box.y0 - MARGIN, 1),
                round(box.x1 - box.x0 + 2 * MARGIN, 1),
                round(box.y1 - box.y0 + 2 * MARGIN, 1),
            )
            for box in boxes
            if box.page == number
        ),
    )


def _remark(status: EvidenceStatus, difference: str | None, language: str) -> str | None:
    if status is EvidenceStatus.VERIFIED:
        return None
    words = labels.EVIDENCE[status].in_(language)
    if not difference:
        return words
    return f"{words}（{plain(difference)}）" if language == "ja" else f"{words} ({plain(difference)})"


def _check_line(check: Check, language: str) -> str:
    where = f" · p. {check.page}" if check.page else ""
    if check.kind == "reference" and check.reference and check.status is CheckStatus.FOUND:
        return labels.say("reference", language, number=check.reference) + where
    kind, status = (
        say(f"comparison.kind.{check.kind}", language),
        say(f"comparison.check.{check.status}", language),
    )
    return say("comparison.checked", language, kind=kind, text=plain(check.text), status=status) + where


def _caption_words(kind: CaptionKind, number: str, language: str) -> str:
    return say(f"comparison.{kind.value}", language, number=number)
