"""The pieces a result is printed from: headings, readers, fields with their statements, warnings, the legend."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.text import Text

from server.application.views import PaperView, RunView
from server.domain.comparisons import LABELS
from server.domain.extractions import Notice
from server.domain.notices import sentence
from server.domain.statements import StatementStatus
from server.terminal.wrapping import NBSP, Paragraph
from server.web import labels
from server.web.pieces import Part, Said, Shown, verdict
from server.web.plain import plain
from server.web.wording import engine_words, paper_facts, spending

STYLES = {
    StatementStatus.SUPPORTED: "green",
    StatementStatus.PARTLY: "yellow",
    StatementStatus.UNSUPPORTED: "red",
    StatementStatus.NOT_STATED: "dim",
    StatementStatus.NOT_CHECKED: "dim",
}
READER_STYLES = {
    label: f"bold {colour}"
    for label, colour in zip(LABELS, ("cyan", "magenta", "blue", "green", "yellow", "red"), strict=True)
}


@dataclass(frozen=True)
class Heading:
    """A bold title with quieter words behind it, and a rule to the right edge where there is room."""

    title: str
    aside: str = ""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        text = Text.assemble((self.title, "bold"), (f"  {self.aside}" if self.aside else "", "yellow"))
        rest = options.max_width - cell_len(text.plain) - 1
        if rest > 0:
            yield Text.assemble(text, (" " + "─" * rest, "dim"))
        else:
            yield Paragraph(text)


def paper_lines(paper: PaperView, language: str) -> Iterator[RenderableType]:
    """Title; authors, venue, year, pages and file."""
    found = paper.identity.title
    title = plain(found.value) if found else labels.say("untitled", language)
    yield Paragraph(Text(title, "bold"))
    yield Paragraph(Text(" · ".join(paper_facts(paper, language)), "dim"))


def reader_lines(
    view: RunView, language: str, *, label: str | None = None, stamped: bool = True
) -> Iterator[RenderableType]:
    """Who read, with what (unless said for all, `stamped=False`), at what cost; and the verdict."""
    run = view.run
    badge = Text.assemble((f"{label} ", READER_STYLES[label]) if label else "")
    by = f" · {engine_words(view, language)}" if stamped else ""
    ref = f"  {plain(run.reader)}"
    yield Paragraph(
        Text.assemble(badge, (plain(view.persona.name.in_(language)), "bold"), (ref, "dim"), (by, "dim")),
        hanging=2 if label else 0,
    )
    judged = verdict(view, language)
    text = Text(judged.sentence(language), "red" if judged.failure else "")
    if spent := " · ".join(spending(view, language)):
        text.append(f" · {spent}", "dim")
    yield Paragraph(text, indent=2 if label else 0)


def field_lines(shown: Shown, language: str, *, label: str | None = None) -> Iterator[RenderableType]:
    """A field under its own label; the lead sentence bold, every statement with its mark."""
    head = Text()
    if label:
        head.append(f"{label} ", READER_STYLES.get(label, ""))
    head.append(shown.label, "dim")
    yield Paragraph(head, hanging=2 if label else 0)
    indent = 2 if label else 0
    if not shown.items:
        empty = status_text(StatementStatus.NOT_STATED, language)
        if shown.reason:
            empty.append(f"  {plain(shown.reason)}", "dim")
        yield Paragraph(empty, indent=indent)
    for number, item in enumerate(shown.items, 1):
        bullet = f"{number}. " if shown.is_list else ""
        for index, part in enumerate(item):
            first = bullet if index == 0 else " " * len(bullet)
            # The first part of a list item is what the item is; its label would only repeat the field's.
            named = part.label if not (shown.is_list and index == 0) else None
            text = Text.assemble(
                first, part_text(part, language, named=named, bold=shown.is_list and index == 0)
            )
            yield Paragraph(text, indent=indent, hanging=len(bullet))
    if shown.support:
        yield Paragraph(Text(shown.support, "dim"), indent=indent)


def part_text(part: Part, language: str, *, named: str | None, bold: bool = False) -> Text:
    text = Text()
    if named:
        text.append(f"{named}{'：' if language == 'ja' else ': '}", "dim")
    for index, said in enumerate(part.said):
        if index:
            text.append(" ")
        text.append_text(said_text(said, language, bold=bold))
    return text


def said_text(said: Said, language: str, *, bold: bool = False) -> Text:
    """`text [p. 4] ✓`; what is not proven says so in words, with the reason."""
    if said.status is StatementStatus.NOT_STATED:
        return status_text(said.status, language)
    text = Text(said.text, "bold" if said.lead or bold else "")
    if said.pages:
        pages = f",{NBSP}".join(str(page) for page in said.pages)
        text.append(f" [p.{NBSP}{pages}]", "dim")
    if said.status is StatementStatus.SUPPORTED:
        text.append(NBSP + labels.MARKS[said.status], STYLES[said.status])
    elif said.status is StatementStatus.NOT_CHECKED:
        text.append(" ")
        text.append_text(status_text(said.status, language))
    elif said.is_doubted and said.status:
        colon = "：" if language == "ja" else ": "
        why = f"{colon}{said.reason}" if said.reason else ""
        text.append(" ")
        text.append_text(status_text(said.status, language))
        text.append(why, STYLES[said.status])
    return text


def status_text(status: StatementStatus, language: str) -> Text:
    words = f"{labels.MARKS[status]}{NBSP}{labels.STATEMENTS[status].in_(language)}"
    return Text(words, STYLES[status])


def warning_lines(notices: Iterable[tuple[str, Notice]], language: str) -> Iterator[RenderableType]:
    """What is worth knowing, each with the label of the reader it is about (empty: the paper)."""
    for label, notice in notices:
        page = f"[p.{NBSP}{notice.page}] " if notice.page else ""
        who = f"{label}  " if label else ""
        yield Paragraph(
            Text.assemble(("! ", "yellow"), f"{who}{page}{plain(sentence(notice).in_(language))}"), hanging=2
        )


def legend(language: str) -> RenderableType:
    """What the marks mean."""
    shown = (
        StatementStatus.SUPPORTED,
        StatementStatus.PARTLY,
        StatementStatus.UNSUPPORTED,
        StatementStatus.NOT_STATED,
    )
    text = Text("", "dim")
    for index, status in enumerate(shown):
        text.append("   " if index else "")
        text.append_text(status_text(status, language))
    return Paragraph(text)
