"""Say where an unexpected error came from without repeating its message, which may hold text of a paper or a key."""

from __future__ import annotations

import traceback


def where(error: BaseException) -> str:
    """The lines of code it passed through, innermost last."""
    return "".join(traceback.format_tb(error.__traceback__)).rstrip()
