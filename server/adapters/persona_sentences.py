"""How a problem of a persona file is worded: what is wrong, and what to do."""

from __future__ import annotations

from typing import NamedTuple

from server.domain.words import Words


class Sentences(NamedTuple):
    """With `{placeholders}` for the data of the single case."""

    message: Words
    fix: Words
    severity: str = "error"


def error(ja: str, en: str, fix_ja: str, fix_en: str) -> Sentences:
    """Keeps the persona from being used."""
    return Sentences(Words(ja=ja, en=en), Words(ja=fix_ja, en=fix_en))


def warning(ja: str, en: str, fix_ja: str, fix_en: str) -> Sentences:
    """Could be better."""
    return Sentences(Words(ja=ja, en=en), Words(ja=fix_ja, en=fix_en), "warning")
