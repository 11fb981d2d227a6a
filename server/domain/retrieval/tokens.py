"""Terms of a text for searching: stems of Latin words, numbers, and pairs of Japanese characters."""

from __future__ import annotations

import re
import unicodedata

from server.domain.extractive.words import QUESTION_STOP

_WIDE = "\u3005\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_TOKEN = re.compile(
    f"(?P<wide>[{_WIDE}]+)"
    f"|(?P<number>[0-9]+(?:[.,][0-9]+)*[^\\W_{_WIDE}]*)"
    f"|(?P<word>[^\\W\\d_{_WIDE}][^\\W_{_WIDE}]*(?:['’](?:s|t|re|ve|ll|d)\\b)?)"
)
_KANA = re.compile("[\u3040-\u309f]{1,2}")
_ENDINGS = (
    "ings",
    "ions",
    "ing",
    "ion",
    "ors",
    "ers",
    "ies",
    "ed",
    "es",
    "en",
    "er",
    "em",
    "or",
    "ly",
    "s",
    "e",
)
_SHORTEST_STEM = 4


def terms(text: str) -> list[str]:
    """What can be searched for in a text, in order. Words that any question or paper uses are left out.

    Line breaks must be undone before (`sentences.one_line`): a pair of characters does not reach over them.
    """
    found: list[str] = []
    for match in _TOKEN.finditer(unicodedata.normalize("NFKC", text).casefold()):
        token = match.group()
        if match["wide"]:
            found += _pairs(token)
        elif match["number"]:
            found.append(token.replace(",", ""))
        elif len(token) > 1 and token not in QUESTION_STOP:
            found.append(_STEMS[token])
    return found


def stem(word: str) -> str:
    """A lower-case Latin word without accents and its commonest English or German ending: `annotators`, `annotation`
    and `annotated` are one. Deliberately light: it runs on any language."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", word) if c.isalnum())
    for ending in _ENDINGS:
        if plain.endswith(ending) and len(plain) - len(ending) >= _SHORTEST_STEM and not plain.endswith("ss"):
            return plain[: -len(ending)]
    return plain


def _pairs(run: str) -> list[str]:
    """Neighbouring characters two by two, which needs no dictionary; two of hiragana are grammar and left out."""
    if len(run) == 1:
        return [] if _KANA.fullmatch(run) else [run]
    pairs = (run[i : i + 2] for i in range(len(run) - 1))
    return [pair for pair in pairs if not _KANA.fullmatch(pair)]


class _Stems(dict[str, str]):
    """Stems, computed once each."""

    def __missing__(self, word: str) -> str:
        if len(self) > 100_000:
            self.clear()
        found = self[word] = stem(word)
        return found


_STEMS = _Stems()
