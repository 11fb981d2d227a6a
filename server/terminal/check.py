"""A check report in a terminal: the verdict, what needs a look and why, and the rest on a few lines."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.text import Text

from server.application.views import CheckView, ComparisonView
from server.domain.check_reports import CheckVerdict
from server.terminal.blocks import STYLES, Heading, paper_lines
from server.terminal.comparison import comparison_table
from server.terminal.wrapping import NBSP, Paragraph
from server.web import check_words, labels
from server.web.check_words import Finding, tell

VERDICT_STYLES = {
    CheckVerdict.THIS_PAPER: "bold green",
    CheckVerdict.DOUBTFUL: "bold yellow",
    CheckVerdict.OTHER_PAPER: "bold red",
    CheckVerdict.UNKNOWN: "bold",
}
SHOWN = 8
"""Doubts shown of one kind."""
SHOWN_OF_ANOTHER = 3
"""The same when the text is about another paper: one need not look at every sentence then."""
SHOWN_PROVEN = 5
LONGEST = 110
"""Characters of a sentence that is only mentioned."""


def check_table(view: CheckView, language: str, *, with_paper: bool = True) -> RenderableType:
    """A report as a colleague would tell it.

    Args:
        with_paper: Whether to say first which paper it is; not where that was just said.
    """
    told = tell(view, language)
    style = VERDICT_STYLES[told.verdict]
    dash = "——" if language == "ja" else " — "
    blocks: list[RenderableType] = [
        Paragraph(Text.assemble((f"{told.mark} {told.headline}", style), dash, told.counts), hanging=2)
    ]
    if told.advice:
        blocks += [Paragraph(Text(told.advice), indent=2)]
    if with_paper:
        blocks += ["", *paper_lines(view.paper, language)]
    most = SHOWN_OF_ANOTHER if told.verdict is CheckVerdict.OTHER_PAPER else SHOWN
    for group in told.groups:
        blocks += ["", Heading(group.label)]
        for finding in group.findings[: most if group.id != "identity" else None]:
            blocks += _doubt(finding, language)
        if group.id != "identity" and len(group.findings) > most:
            blocks += [_more(len(group.findings) - most, language)]
    if told.proven.findings:
        blocks += ["", Heading(told.proven.label)]
        blocks += [_proof(finding, language) for finding in told.proven.findings[:SHOWN_PROVEN]]
        if len(told.proven.findings) > SHOWN_PROVEN:
            blocks += [_more(len(told.proven.findings) - SHOWN_PROVEN, language)]
    if told.unchecked:
        blocks += ["", Paragraph(Text(told.unchecked, "dim"))]
    return Group(*blocks)


def demo_table(comparison: ComparisonView, checked: CheckView, language: str) -> RenderableType:
    """A comparison, and below it a made-up answer about another paper, unmasked."""
    return Group(
        comparison_table(comparison, language),
        "",
        Heading(labels.say("unmasked", language)),
        Paragraph(Text(labels.say("unmasked_intro", language), "dim")),
        "",
        check_table(checked, language, with_paper=False),
    )


def _doubt(finding: Finding, language: str) -> Iterator[RenderableType]:
    """What was said, and below it what is wrong with it."""
    colon = "：" if language == "ja" else ": "
    text = Text.assemble(
        (f"{labels.MARKS[finding.status]} ", STYLES[finding.status]),
        (f"{finding.label}{colon}" if finding.label else "", "dim"),
        finding.text,
    )
    at = "" if _says_page(finding) else _pages(finding)
    yield Paragraph(text if finding.reason else text.append(at, "dim"), hanging=2)
    if finding.reason:
        why = Text.assemble(("→ ", "dim"), (finding.reason, STYLES[finding.status]), (at, "dim"))
        yield Paragraph(why, indent=2, hanging=2)


def _proof(finding: Finding, language: str) -> RenderableType:
    colon = "：" if language == "ja" else ": "
    words = finding.text if len(finding.text) <= LONGEST else finding.text[: LONGEST - 1] + "…"
    return Paragraph(
        Text.assemble(
            ("✓ ", "green"),
            (f"{finding.label}{colon}" if finding.label else "", "dim"),
            words,
            (_pages(finding), "dim"),
        ),
        hanging=2,
    )


def _pages(finding: Finding) -> str:
    shown = f",{NBSP}".join(str(page) for page in finding.pages[:3])
    return f" [p.{NBSP}{shown}]" if shown else ""


def _says_page(finding: Finding) -> bool:
    return any(f"p. {page}" in (finding.reason or "") for page in finding.pages)


def _more(count: int, language: str) -> RenderableType:
    return Paragraph(Text(check_words.MORE.in_(language).format(count=count), "dim"), indent=2)
