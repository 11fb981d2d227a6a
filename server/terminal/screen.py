"""Where results are printed: the console, with colours only for a person looking at it."""

from __future__ import annotations

import io
import os
import sys
from typing import IO

from rich.console import Console, RenderableType

PLAIN_WIDTH = 100
"""Columns where nobody says how wide the output is (a file, a pipe)."""


def console_for(file: IO[str] | None = None) -> Console:
    """Colours and the terminal's width on a tty (not with NO_COLOR); elsewhere plain text, 100 columns or COLUMNS."""
    stream = file or sys.stdout
    tty = stream.isatty()
    columns = os.environ.get("COLUMNS", "")
    width = None if tty else int(columns) if columns.isdigit() and int(columns) else PLAIN_WIDTH
    return Console(
        file=stream,
        width=width,
        force_terminal=tty,
        no_color=None if tty else True,
        color_system="auto" if tty else None,
        markup=False,
        emoji=False,
        highlight=False,
        soft_wrap=False,
    )


def show(renderable: RenderableType, *, file: IO[str] | None = None) -> None:
    """Print a result on stdout, or on `file`; into a pipe without the spaces that fill up columns."""
    stream = file or sys.stdout
    console = console_for(stream)
    if stream.isatty():
        console.print(renderable)
    else:
        stream.write(as_text(renderable, width=console.width))


def as_text(renderable: RenderableType, *, width: int = PLAIN_WIDTH) -> str:
    """A result as plain text `width` columns wide, without colours and trailing spaces."""
    out = io.StringIO()
    Console(file=out, width=width, color_system=None, markup=False, emoji=False, highlight=False).print(
        renderable
    )
    return "\n".join(line.rstrip() for line in out.getvalue().split("\n"))
