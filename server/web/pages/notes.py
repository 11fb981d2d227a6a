"""A sentence for the next page: kept in a cookie of this browser for a minute, shown once."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, unquote

from litestar import Request, Response
from litestar.datastructures import Cookie

NOTE_COOKIE = "yomi_note"
MOST = 400
"""Characters; quoted they stay well below what a browser keeps."""


def leave_note(response: Response[Any], text: str) -> None:
    """Have the next page say this."""
    response.set_cookie(_cookie(quote(text[:MOST]), max_age=60))


def read_note(request: Request[Any, Any, Any]) -> str | None:
    """What the page before left to be said."""
    return unquote(request.cookies.get(NOTE_COOKIE, "")) or None


def drop_note(response: Response[Any]) -> None:
    """It has been said."""
    response.set_cookie(_cookie("", max_age=0))


def _cookie(value: str, *, max_age: int) -> Cookie:
    return Cookie(
        key=NOTE_COOKIE, value=value, max_age=max_age, httponly=True, samesite="strict", path="/personas"
    )
