"""The language of the command line, and its own words."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

from server.domain.words import Words


def interface_language() -> str:
    """`YOMI_LANGUAGE`, else the terminal's locale: Japanese, or English for every other."""
    for name in ("YOMI_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(name) or (_from_file(name) if name == "YOMI_LANGUAGE" else None):
            return "ja" if value.lower().startswith("ja") else "en"
    return "en"


@cache
def _from_file(name: str) -> str | None:
    """What `.env` says, as the settings would read it; most folders have none."""
    if not Path(".env").is_file():
        return None
    from dotenv import dotenv_values

    return dotenv_values(".env").get(name)


def say(*, en: str, ja: str) -> str:
    """The words in the terminal's language."""
    return Words(ja=ja, en=en).in_(interface_language())
