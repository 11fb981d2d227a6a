"""Results in a terminal: side by side where there is room, one above the other where there is not."""

from __future__ import annotations

from server.terminal.check import check_table
from server.terminal.comparison import comparison_table
from server.terminal.paper import paper_summary
from server.terminal.progress import ProgressLine
from server.terminal.run import run_table
from server.terminal.screen import as_text, console_for, show

__all__ = [
    "ProgressLine",
    "as_text",
    "check_table",
    "comparison_table",
    "console_for",
    "paper_summary",
    "run_table",
    "show",
]
