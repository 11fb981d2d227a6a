"""A text that someone brought along, checked: the verdict, what needs a look, and the text with its statements marked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from server.application.check_text import NAME
from server.application.views import CheckView, RunView
from server.domain.brought_markup import clean
from server.domain.check_reports import CheckReport
from server.domain.check_runs import report_of
from server.domain.statements import Statement, StatementStatus
from server.web.check_html import MARKUP
from server.web.check_words import Finding, Told, tell
from server.web.pieces import Said
from server.web.plain import plain


@dataclass(frozen=True, slots=True)
class Look:
    """A finding, and the statement it is about."""

    finding: Finding
    said: Said


@dataclass(frozen=True, slots=True)
class Part:
    heading: str | None
    """The text's own."""
    lines: tuple[tuple[Said, ...], ...]


@dataclass(frozen=True, slots=True)
class Brought:
    told: Told
    tally: tuple[int, int, int]
    """Statements proven, in part, and not found."""
    groups: tuple[tuple[str, tuple[Look, ...]], ...]
    parts: tuple[Part, ...]
    """The whole text."""


def brought(view: RunView, language: str) -> Brought:
    """What the page of a checked text shows."""
    kept = report_of(view.run)
    report = kept.report
    told = tell(CheckView(report, view.paper), language)
    said = {s.start: _said(report, s, kept.origins, language) for s in report.statements}
    return Brought(
        told=told,
        tally=(
            report.count(StatementStatus.SUPPORTED),
            report.count(StatementStatus.PARTLY),
            report.count(StatementStatus.UNSUPPORTED),
        ),
        groups=tuple(
            (group.label, tuple(Look(f, said[f.start]) for f in group.findings)) for group in told.groups
        ),
        parts=tuple(
            Part(_heading(view, name, language), tuple(_lines(report, said, start, end)))
            for name, start, end in kept.parts
        ),
    )


def _said(
    report: CheckReport, statement: Statement, origins: Mapping[int, tuple[str, int]], language: str
) -> Said:
    path, start = origins[statement.start]
    lines = report.text[statement.start : statement.end].split("\n")
    return Said(
        text=" ".join(map(_words, lines)),
        status=statement.status,
        reason=plain(statement.reason.in_(language)) if statement.reason else None,
        evidence=statement.evidence,
        checks=statement.checks,
        path=path,
        start=start,
    )


def _heading(view: RunView, name: str, language: str) -> str | None:
    label = view.persona.by_id[name].label if name in view.persona.by_id else NAME
    return None if label == NAME else plain(label.in_(language))


def _lines(report: CheckReport, said: Mapping[int, Said], begin: int, end: int) -> Iterator[tuple[Said, ...]]:
    """A stretch of the text with its statements, broken where it was broken between them."""
    line: list[Said] = []
    done = begin
    for statement in (*(s for s in report.statements if begin <= s.start < end), None):
        start = end if statement is None else max(statement.start, done)
        for number, between in enumerate(report.text[done:start].split("\n")):
            if number and line:
                yield tuple(line)
                line = []
            if words := _words(between):
                line.append(Said(words, None, None, ()))
        if statement and statement.end > done:
            line.append(said[statement.start])
            done = statement.end
    if line:
        yield tuple(line)


def _words(line: str) -> str:
    return plain(MARKUP.sub("", clean(line, [(0, len(line))]).text))
