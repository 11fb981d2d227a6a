"""One run in a terminal: the paper, the reader, and its fields one below the other."""

from __future__ import annotations

from rich.console import Group, RenderableType

from server.application.views import RunView
from server.terminal.blocks import Heading, field_lines, legend, paper_lines, reader_lines, warning_lines
from server.web import labels
from server.web.pieces import shown_fields


def run_table(view: RunView, language: str) -> RenderableType:
    """A finished run's answer, or why there is none. A rejected answer is never shown."""
    blocks: list[RenderableType] = [*paper_lines(view.paper, language), "", *reader_lines(view, language)]
    fields = shown_fields(view, language)
    for shown in fields:
        blocks += ["", *field_lines(shown, language)]
    paper_warnings = view.paper.extraction.warnings if view.paper.extraction else ()
    notices = [("", notice) for notice in (*paper_warnings, *view.run.warnings)]
    if notices:
        blocks += ["", Heading(labels.say("warnings", language)), *warning_lines(notices, language)]
    if fields:
        blocks += ["", legend(language)]
    return Group(*blocks)
