"""What was extracted from a paper, in a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.text import Text

from server.application.views import PaperView
from server.domain.extractions import Extraction
from server.domain.identity import Identity
from server.domain.statements import StatementStatus
from server.terminal.blocks import Heading, paper_lines, warning_lines
from server.terminal.wrapping import NBSP, Paragraph
from server.web import labels
from server.web.part_words import part_label
from server.web.plain import plain
from server.web.sentences import problem_words

BAR = 24
"""Cells of the longest bar of characters per page."""


def paper_summary(view: PaperView, language: str) -> RenderableType:
    """Identity with sources, sections, characters per page, hidden text and warnings; or why it was refused."""
    blocks: list[RenderableType] = [*paper_lines(view, language)]
    if view.paper.error:
        sentence = plain(problem_words(view.paper.error).in_(language))
        return Group(*blocks, Paragraph(Text(f"✕ {sentence}", "red"), hanging=2))
    if view.extraction is None:
        return Group(*blocks, Text(labels.PAPERS[view.paper.status].in_(language)))
    blocks += ["", Heading(labels.say("identity", language)), *_identity(view.identity, language)]
    blocks += [*_facts(view.extraction, language)]
    if view.extraction.sections:
        blocks += ["", Heading(labels.say("sections", language)), *_sections(view.extraction)]
    blocks += ["", Heading(labels.say("characters", language)), *_characters(view.extraction)]
    if view.extraction.hidden:
        blocks += ["", Heading(labels.say("hidden", language)), *_hidden(view.extraction, language)]
    if view.extraction.warnings:
        notices = [("", notice) for notice in view.extraction.warnings]
        blocks += ["", Heading(labels.say("warnings", language)), *warning_lines(notices, language)]
    return Group(*blocks)


def _identity(identity: Identity, language: str) -> Iterator[RenderableType]:
    join = "、" if language == "ja" else ", "
    for name in Identity.__slots__:
        found = getattr(identity, name)
        label = part_label(name, language)
        if found is None:
            yield _fact(
                label, Text(f"– {labels.STATEMENTS[StatementStatus.NOT_STATED].in_(language)}", "dim")
            )
            continue
        value = join.join(found.value) if isinstance(found.value, tuple) else found.value
        where = f"  {labels.SOURCES[found.source].in_(language)}" + (
            f" [p.{NBSP}{found.page}]" if found.page else ""
        )
        yield _fact(label, Text.assemble(plain(value), (where, "dim")))


def _facts(extraction: Extraction, language: str) -> Iterator[RenderableType]:
    yield _fact(labels.say("language", language), Text(extraction.language))
    count = labels.say("references", language, count=len(extraction.references))
    yield Paragraph(Text(count))
    took = labels.duration(extraction.duration_ms, language)
    yield _fact(labels.say("reader", language), Text(f"{plain(extraction.reader)} · {took}"))


def _fact(label: str, value: Text) -> RenderableType:
    return Paragraph(Text.assemble((f"{label}  ", "dim"), value), hanging=2)


def _sections(extraction: Extraction) -> Iterator[RenderableType]:
    for section in extraction.sections:
        page = (f" [p.{NBSP}{section.page}]", "dim")
        indent = 2 * (section.level - 1)
        yield Paragraph(Text.assemble(plain(section.title), page), indent=indent, hanging=2)


def _characters(extraction: Extraction) -> Iterator[RenderableType]:
    most = max((len(page.text) for page in extraction.pages), default=0) or 1
    for page in extraction.pages:
        bar = "█" * max(round(BAR * len(page.text) / most), 1 if page.text else 0)
        yield Text(f"{page.number:>4}  {len(page.text):>6,}  {bar}", no_wrap=True, overflow="crop")


def _hidden(extraction: Extraction, language: str) -> Iterator[RenderableType]:
    for hidden in extraction.hidden:
        head = (f"[p.{NBSP}{hidden.page}] {labels.HIDINGS[hidden.why].in_(language)}  ", "dim")
        yield Paragraph(Text.assemble(head, plain(hidden.text)), hanging=2)
