"""Make foreign text harmless to show: what a paper, model or persona wrote, on one line, without control characters."""

from __future__ import annotations

import re
import unicodedata

_SPACE = re.compile(r"\s+")
_WIDE = r"[\u3000-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef]"
_BREAK_INSIDE_JAPANESE = re.compile(rf"(?<={_WIDE})[ \t]*[\r\n\f]\s*(?={_WIDE})")
_UNSAFE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_JOINERS = "\u200c\u200d"
"""Needed to write Persian, Hindi and composed emoji; harmless."""


def plain(text: object) -> str:
    """One line without control, bidi, tag or private characters. A line break between Japanese characters vanishes."""
    joined = _BREAK_INSIDE_JAPANESE.sub("", str(text))
    return "".join(_keep(c) for c in _SPACE.sub(" ", joined)).strip()


def _keep(character: str) -> str:
    if character in _JOINERS or character.isprintable():
        return character
    return "" if unicodedata.category(character) in _UNSAFE else character
