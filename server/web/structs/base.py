"""What all shapes have in common, and those that every noun uses."""

from __future__ import annotations

from typing import Any

import msgspec

ProblemOut = dict[str, Any]
"""RFC 9457: `type`, `title`, `detail`, `code`, `status` where there is a response, and the error's own data."""


class Out(msgspec.Struct, kw_only=True):
    """Base of all shapes: nulls are sent, field order is that of the contract."""


class WordsOut(Out):
    ja: str
    en: str


class WarningOut(Out):
    code: str
    page: int | None
    detail: str
    excerpt: str | None
