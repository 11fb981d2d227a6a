"""Print a result, or write it to a file, in the asked format."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from server.cli.session import note
from server.cli.words import say

if TYPE_CHECKING:
    from server.application.views import ComparisonView, PaperView, RunView

FORMATS = ("table", "json", "markdown", "html")
SUFFIXES = {
    ".json": "json",
    ".md": "markdown",
    ".markdown": "markdown",
    ".html": "html",
    ".htm": "html",
    ".txt": "table",
}
ENDINGS = {"table": "txt", "json": "json", "markdown": "md", "html": "html"}

format_option = click.option(
    "--format",
    "format_",
    type=click.Choice(FORMATS),
    help=say(
        en="How the result looks; by default as the suffix of -o says, else a table.",
        ja="出力の形。省略時は -o の拡張子、なければ表。",
    ),
)


def chosen_format(format_: str | None, output: Path | None) -> str:
    """The format asked for, else that of the file's suffix, else a table.

    Raises:
        click.UsageError: the suffix says nothing.
    """
    if format_ or output is None:
        return format_ or "table"
    if output.suffix.lower() in SUFFIXES:
        return SUFFIXES[output.suffix.lower()]
    known = " ".join(SUFFIXES)
    raise click.UsageError(
        say(
            en=f"'{output.name}' does not tell the format. Use one of {known}, or --format.",
            ja=f"「{output.name}」からは形式が分かりません。{known} のいずれかか、--format を使ってください。",
        )
    )


def places_for(
    papers: Sequence[str], output: str | None, format_: str | None, *, persona: str
) -> tuple[str, list[Path | None]]:
    """The format, and where the result of each paper goes: a file, a file each in a folder, or stdout (None).

    Raises:
        click.UsageError: the suffix says nothing.
    """
    target = Path(output) if output else None
    if target is None or not (len(papers) > 1 or target.is_dir() or str(output).endswith("/")):
        return chosen_format(format_, target), [target] * len(papers)
    wanted = format_ or "markdown"
    places: list[Path | None] = []
    for paper in papers:
        name, number = _stem(paper), 1
        while (place := target / f"{name}.{persona}.{ENDINGS[wanted]}") in places:
            number += 1
            name = f"{_stem(paper)}-{number}"
        places.append(place)
    return wanted, places


def expect_writable(output: Path | None) -> None:
    """Say before the work is done that its result could not be written. Leaves no trace.

    Raises:
        click.ClickException
    """
    if output is None:
        return
    if output.is_dir():
        raise click.UsageError(
            say(
                en=f"'{output}' is a folder. Name a file in it.",
                ja=f"「{output}」はフォルダーです。その中のファイル名を指定してください。",
            )
        )
    folder = next(parent for parent in output.absolute().parents if parent.exists())
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise _cannot_write(output, error) from None


def link_to(paper: str, output: Path | None) -> str | None:
    """The paper as seen from where the result is written, so that links to its pages open; None when it is no file."""
    if not Path(paper).is_file():
        return None
    try:
        return Path(os.path.relpath(paper, output.parent if output else ".")).as_posix()
    except ValueError:  # on another drive
        return Path(paper).name


def deliver(
    view: RunView | ComparisonView | PaperView,
    *,
    format_: str,
    output: Path | None,
    language: str,
    pdf: str | None,
) -> None:
    """Print to stdout, or write a file (whole or not at all)."""
    if output is None and format_ == "table":
        from server.terminal.screen import show

        show(_table(view, language))
        return
    text = _rendered(view, format_, language, pdf=pdf)
    if output is None:
        click.echo(text, nl=not text.endswith("\n"))
        return
    write(output, text)


def write(output: Path, text: str) -> None:
    """Write a file whole or not at all."""
    part = output.with_name(f".{output.name}.part")
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(text, encoding="utf-8")
        part.replace(output)
    except OSError as error:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise _cannot_write(output, error) from None
    note(say(en=f"Wrote {output}", ja=f"{output} に書き出しました"))


def as_json(shape: Any) -> str:
    """One of the API's shapes, as JSON to read."""
    import msgspec

    return msgspec.json.format(msgspec.json.encode(shape), indent=2).decode()


def _table(view: Any, language: str) -> Any:
    from server.application.views import ComparisonView, RunView

    if isinstance(view, ComparisonView):
        from server.terminal.comparison import comparison_table

        return comparison_table(view, language)
    if isinstance(view, RunView):
        from server.terminal.run import run_table

        return run_table(view, language)
    from server.terminal.paper import paper_summary

    return paper_summary(view, language)


def _rendered(view: Any, format_: str, language: str, *, pdf: str | None) -> str:
    from server.application.views import ComparisonView, RunView

    if format_ == "table":
        from server.terminal.screen import as_text

        return as_text(_table(view, language))
    if format_ == "json":
        from server.web.shapes import comparison_out, paper_out, run_out

        shape = (
            comparison_out
            if isinstance(view, ComparisonView)
            else run_out
            if isinstance(view, RunView)
            else paper_out
        )
        return as_json(shape(view, language))
    if format_ == "markdown":
        from server.web.markdown import comparison_markdown, run_markdown

        if isinstance(view, ComparisonView):
            return comparison_markdown(view, language, pdf=pdf)
        return run_markdown(view, language, pdf=pdf)
    from server.web.html import comparison_html, run_html

    if isinstance(view, ComparisonView):
        return comparison_html(view, language, pdf=pdf)
    return run_html(view, language, pdf=pdf)


def _cannot_write(output: Path, error: OSError) -> click.ClickException:
    return click.ClickException(
        say(
            en=f"{output} cannot be written: {error.strerror}.",
            ja=f"{output} に書き込めません：{error.strerror}",
        )
    )


def _stem(source: str) -> str:
    """What a paper's result is called after: its file, or the end of its address."""
    path = Path(source)
    return path.stem if path.is_file() else source.rstrip("/").rpartition("/")[2].rpartition(":")[2]
