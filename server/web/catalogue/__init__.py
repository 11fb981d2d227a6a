"""The words of the pages: one catalogue per language, a file per page, the same keys in both."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

LANGUAGES = ("ja", "en")


def say(key: str, language: str, **data: object) -> str:
    """The words under `page.name`, placeholders filled; integers with thousands separators.

    Raises:
        KeyError: no such words; a mistake of ours.
    """
    page, _, name = key.partition(".")
    shown = {part: f"{value:,}" if isinstance(value, int) else value for part, value in data.items()}
    words: str = catalogue(language)[page][name]
    return words.format(**shown) if shown else words


@cache
def catalogue(language: str) -> dict[str, dict[str, str]]:
    """Page → name → words."""
    folder = Path(__file__).parent / ("ja" if language == "ja" else "en")
    return {path.stem: _flat(path) for path in sorted(folder.glob("*.toml"))}


def _flat(path: Path) -> dict[str, str]:
    """`[section]` and `name` become `section.name`."""
    words: dict[str, str] = {}

    def walk(table: dict[str, Any], prefix: str) -> None:
        for name, value in table.items():
            if isinstance(value, dict):
                walk(value, f"{prefix}{name}.")
            else:
                words[f"{prefix}{name}"] = value

    walk(tomllib.loads(path.read_text(encoding="utf-8")), "")
    return words
