"""A run or a comparison as one HTML page that needs nothing else: no script, no font, no picture from elsewhere."""

from __future__ import annotations

from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from server.application.views import ComparisonView, RunView
from server.web import labels
from server.web.plain import plain
from server.web.sheets import Linker, comparison_sheet, run_sheet
from server.web.wording import input_words

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = Path(__file__).parent / "templates"


def run_html(view: RunView, language: str, *, pdf: str | None = None) -> str:
    """One run. Pages link to `pdf`, the paper's file name unless said otherwise; a rejected answer is not shown."""
    sheet = run_sheet(view, language, Linker(pdf or view.paper.paper.filename))
    return render("run.html.j2", language, sheet=sheet)


def comparison_html(view: ComparisonView, language: str, *, pdf: str | None = None) -> str:
    """A comparison: the readers, then row by row what each says, beside each other where there is room."""
    sheet = comparison_sheet(view, language, Linker(pdf or view.paper.paper.filename))
    runs = [candidate.run for candidate in view.candidates]
    sent = input_words(runs, language, same=view.same_input)
    return render("comparison.html.j2", language, sheet=sheet, sent=sent)


def render(template: str, language: str, **values: Any) -> str:
    """A page from its template, filled with what is ready to be set."""
    page = _environment().get_template(template)
    return page.render(
        language="ja" if language == "ja" else "en",
        say=partial(_say, language),
        statements=labels.STATEMENTS,
        marks=labels.MARKS,
        **values,
    )


def _say(language: str, key: str, **data: object) -> str:
    return labels.say(key, language, **data)


@cache
def _environment() -> Environment:
    # Imported here: the command line shows tables without it.
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters["plain"] = plain
    return environment
