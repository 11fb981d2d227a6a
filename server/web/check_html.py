"""A check report as one HTML page that needs nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from server.application.views import CheckView, ComparisonView
from server.domain.brought_markup import clean
from server.domain.check_reports import CheckReport
from server.domain.statements import StatementStatus
from server.web import html
from server.web.check_words import Finding, Group, Told, pages_of, tell
from server.web.plain import plain
from server.web.sheets import Head, Link, Linker, Warned, comparison_sheet, paper_head
from server.web.wording import input_words

MARKUP = re.compile(r"^\s*(?:[#＃]{1,6}\s|[-*+>|•・]\s?|\|)+|\|?\s*$|^[\s|:-]+$")
"""What makes a line a heading, an item or a row: set by its words alone."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A piece of the text as it is set: a statement with its verdict, or what stands between two."""

    text: str
    status: StatementStatus | None = None
    reason: str | None = None
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    finding: Finding
    links: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class CheckSheet:
    """What the page is filled with."""

    head: Head
    told: Told
    groups: tuple[tuple[Group, tuple[Entry, ...]], ...]
    lines: tuple[tuple[Stretch, ...], ...]
    """The whole text, line by line."""
    language: str
    """Of the text."""
    tally: tuple[int, int, int]
    """Statements proven, in part, and not found."""
    warnings: tuple[Warned, ...] = ()
    date: str = ""


def check_html(view: CheckView, language: str, *, pdf: str | None = None) -> str:
    """The verdict, what needs a look, and the whole text with every statement marked. Pages link to `pdf`, the
    paper's file name unless said otherwise."""
    sheet = check_sheet(view, language, pdf=pdf)
    return html.render("check.html.j2", language, sheet=sheet, check=sheet)


def demo_html(comparison: ComparisonView, check: CheckView, language: str, *, pdf: str | None = None) -> str:
    """A comparison, and below it a checked text on the same paper."""
    linker = Linker(pdf or check.paper.paper.filename)
    runs = [candidate.run for candidate in comparison.candidates]
    return html.render(
        "demo.html.j2",
        language,
        sheet=comparison_sheet(comparison, language, linker),
        sent=input_words(runs, language, same=comparison.same_input),
        check=check_sheet(check, language, pdf=pdf),
    )


def check_sheet(view: CheckView, language: str, *, pdf: str | None = None) -> CheckSheet:
    linker, report = Linker(pdf or view.paper.paper.filename), view.report
    told = tell(view, language)
    return CheckSheet(
        head=paper_head(view.paper, language),
        told=told,
        groups=tuple(
            (group, tuple(Entry(f, _links(f.pages, linker)) for f in group.findings)) for group in told.groups
        ),
        lines=tuple(_lines(report, language, linker)),
        language=report.language,
        tally=(
            report.count(StatementStatus.SUPPORTED),
            report.count(StatementStatus.PARTLY),
            report.count(StatementStatus.UNSUPPORTED),
        ),
    )


def _lines(report: CheckReport, language: str, linker: Linker) -> Iterator[tuple[Stretch, ...]]:
    """The text with its statements marked, broken where it was broken between them."""
    line: list[Stretch] = []
    done = 0
    for statement in (*report.statements, None):
        start = len(report.text) if statement is None else max(statement.start, done)
        for number, between in enumerate(report.text[done:start].split("\n")):
            if number and line:
                yield tuple(line)
                line = []
            if words := _words(between):
                line.append(Stretch(words))
        if statement and statement.end > done:
            words = " ".join(map(_words, report.text[start : statement.end].split("\n")))
            reason = plain(statement.reason.in_(language)) if statement.reason else None
            line.append(Stretch(words, statement.status, reason, _links(pages_of(statement), linker)))
            done = statement.end
    if line:
        yield tuple(line)


def _words(line: str) -> str:
    return plain(MARKUP.sub("", clean(line, [(0, len(line))]).text))


def _links(pages: Iterable[int], linker: Linker) -> tuple[Link, ...]:
    return tuple(Link(f"p. {page}", linker.page(page)) for page in pages)
