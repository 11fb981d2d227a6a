"""What a sentence is about: its content words, comparable across wordings and between Japanese and English."""

from __future__ import annotations

import re
from functools import lru_cache

from server.domain.bilingual import ENGLISH_OF
from server.domain.matching import fold

STEM = 6
"""Letters of a Latin word that are compared: compare, compared and comparison are one."""

_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]+(?:-[A-Za-z\u00c0-\u024f]+)*")
_KATAKANA = re.compile(r"[\u30a1-\u30fa\u30fc]{2,}")
_KANJI = re.compile(r"[\u4e00-\u9fff々]{2,}")
_WIDE = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")
_TERMS = re.compile("|".join(sorted(map(re.escape, ENGLISH_OF), key=len, reverse=True)))


def _listed(words: str) -> frozenset[str]:
    return frozenset(words.split())


EMPTY = _listed(
    """a about above after again all also am among an and any are as at be because been before being below between both
    but by can could did do does doing down during each few for from further had has have having he her here hers him his
    how however i if in into is it its itself just may might more most must my no nor not now of off on once only or other
    our ours out over own per same she should so some such than that the their theirs them then there these they this
    those through thus to too under until up upon us use used uses using very via was we were what when where whether
    which while who whom why will with within without would you your yours paper study work authors author research
    propose proposes proposed present presents presented show shows showed shown result results method methods approach
    der die das und ist nicht ein eine mit von zu den im auf für des dem als auch es an werden aus er hat dass sie nach
    wird bei"""
)


def is_japanese(text: str) -> bool:
    """Whether a text is written in Japanese, whatever Latin names stand in it."""
    return bool(_WIDE.search(text)) and len(_WIDE.findall(text)) * 3 >= len(_LATIN.findall(text))


@lru_cache(maxsize=4096)
def content_words(text: str) -> frozenset[str]:
    """The folded stems of what a text talks about. Words that any paper uses are left out."""
    found = {_stem(word) for word in _LATIN.findall(text) if len(word) > 2 and word.casefold() not in EMPTY}
    found |= {fold(word) for word in _KATAKANA.findall(text)}
    found |= {run[i : i + 2] for run in _KANJI.findall(text) for i in range(len(run) - 1)}
    return frozenset(found)


@lru_cache(maxsize=1024)
def translated(text: str) -> frozenset[str]:
    """The same for a Japanese text, as stems to look for in an English one: its Latin words, and general terms of
    research translated. Empty when it says nothing that can be looked for."""
    latin = {_stem(word) for word in _LATIN.findall(text) if len(word) > 2 and word.casefold() not in EMPTY}
    terms = {_stem(word) for term in _TERMS.findall(text) for word in ENGLISH_OF[term].split()}
    return frozenset(latin | terms)


def coverage(words: frozenset[str], passage: frozenset[str]) -> float:
    """Share of `words` that a passage has, 0–1; 0 when there are none."""
    return len(words & passage) / len(words) if words else 0.0


def _stem(word: str) -> str:
    return fold(word)[:STEM]
