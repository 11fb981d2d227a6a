"""The language of the command line, and its own words."""

from __future__ import annotations

import os

from server.domain.words import Words


def interface_language() -> str:
    """`YOMI_LANGUAGE`, else the terminal's locale: Japanese, or English for every other."""
    for name in ("YOMI_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(name):
            return "ja" if value.lower().startswith("ja") else "en"
    return "en"


def say(*, en: str, ja: str) -> str:
    """The words in the terminal's language."""
    return Words(ja=ja, en=en).in_(interface_language())
