"""A comparison in a terminal: per row the readers in columns, or one above the other on a narrow screen."""

from __future__ import annotations

import math
from dataclasses import dataclass

from rich.box import Box
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.table import Table
from rich.text import Text

from server.application.views import CandidateView, ComparisonView
from server.domain.comparisons import Row
from server.domain.runs import RunStatus
from server.terminal.blocks import (
    READER_STYLES,
    Heading,
    field_lines,
    legend,
    paper_lines,
    reader_lines,
    warning_lines,
)
from server.terminal.wrapping import NBSP, Paragraph
from server.web import labels
from server.web.pieces import shown_fields
from server.web.wording import engine_words, input_words

SIDE_BY_SIDE = 80
"""Columns from which on readers stand beside each other."""
COLUMN = 32
"""Columns that a reader needs."""

_DIVIDED = Box("    \n  │ \n    \n  │ \n    \n    \n  │ \n    \n", ascii=False)


def comparison_table(view: ComparisonView, language: str) -> RenderableType:
    """A comparison with every row; candidates that failed say why, their answers are not shown."""
    blocks: list[RenderableType] = [*paper_lines(view.paper, language), ""]
    engines = {engine_words(candidate.run, language) for candidate in view.candidates}
    stamped = len(engines) > 1
    if not stamped:
        blocks += [Paragraph(Text(engines.pop(), "dim"))]
    for candidate in view.candidates:
        blocks += reader_lines(candidate.run, language, label=candidate.label, stamped=stamped)
    runs = [candidate.run for candidate in view.candidates]
    blocks += [Paragraph(Text(input_words(runs, language, same=view.same_input), "dim"))]
    if not view.rows:
        blocks += ["", Text(labels.say("empty_comparison", language))]
    for row in view.rows:
        blocks += ["", _RowBlock(row, view.candidates, language)]
    paper_warnings = view.paper.extraction.warnings if view.paper.extraction else ()
    notices = [("", notice) for notice in paper_warnings]
    notices += [(c.label, notice) for c in view.candidates for notice in c.run.run.warnings]
    if notices:
        blocks += ["", Heading(labels.say("warnings", language)), *warning_lines(notices, language)]
    blocks += ["", legend(language)]
    if any(row.shared_evidence for row in view.rows):
        blocks += [Paragraph(Text(labels.say("evidence_is_not_truth", language), "dim"))]
    return Group(*blocks)


@dataclass(frozen=True)
class _RowBlock:
    row: Row
    candidates: tuple[CandidateView, ...]
    language: str

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        failed = [c.label for c in self.candidates if c.run.run.status is not RunStatus.FINISHED]
        aside = [word for word in labels.row_words(self.row, self.language, failed=failed) if word]
        yield Heading(self.row.kind.label.in_(self.language), " · ".join(aside))
        cells = [self._cell(candidate) for candidate in self.candidates]
        per_line = columns_for(len(cells), options.max_width)
        if per_line == 1:
            for index, cell in enumerate(cells):
                if index:
                    yield ""
                yield cell
        else:
            for start in range(0, len(cells), per_line):
                line = cells[start : start + per_line]
                yield _beside(line, per_line) if len(line) > 1 else line[0]
        for conflict in self.row.conflicts:
            sides = (
                f"{label}: {side.text}" + (f" [p.{NBSP}{side.page}]" if side.page else "")
                for label, side in conflict.items()
            )
            words = f"≠ {labels.say('conflict', self.language)}  {' / '.join(sides)}"
            yield Paragraph(Text(words, "yellow"), hanging=2)

    def _cell(self, candidate: CandidateView) -> RenderableType:
        label = candidate.label
        ids = self.row.cells.get(label, ())
        badge = (f"{label} ", READER_STYLES[label])
        if not ids:
            words = labels.say("not_asked", self.language)
            return Paragraph(Text.assemble(badge, (f"–{NBSP}{words}", "dim")), hanging=2)
        status = candidate.run.run.status
        if status is not RunStatus.FINISHED:  # the reason stands above, once
            return Paragraph(Text.assemble(badge, (labels.RUNS[status].in_(self.language), "red")), hanging=2)
        lines: list[RenderableType] = []
        for index, shown in enumerate(shown_fields(candidate.run, self.language, ids=ids)):
            if index:
                lines.append("")
            lines += field_lines(shown, self.language, label=label if index == 0 else " ")
        return Group(*lines)


def columns_for(count: int, width: int) -> int:
    """How many of `count` readers stand beside each other, lines filled evenly."""
    if width < SIDE_BY_SIDE:
        return 1
    fitting = max(1, min(count, width // COLUMN))
    return math.ceil(count / math.ceil(count / fitting))


def _beside(cells: list[RenderableType], columns: int) -> Table:
    table = Table(
        box=_DIVIDED, show_header=False, show_edge=False, expand=True, pad_edge=False, border_style="dim"
    )
    for _ in range(columns):
        table.add_column(ratio=1, overflow="fold", vertical="top")
    table.add_row(*cells, *[""] * (columns - len(cells)))
    return table
