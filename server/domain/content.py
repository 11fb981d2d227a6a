"""What a sentence is about: its content words, comparable across wordings and between Japanese and English."""

from __future__ import annotations

import re
from functools import lru_cache

from server.domain.bilingual import ENGLISH_OF
from server.domain.matching import fold

STEM = 6
"""Letters of a Latin word that are compared: compare, compared and comparison are one."""

_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]+(?:-[A-Za-z\u00c0-\u024f]+)*")
_MARKED = re.compile(
    r"(?<![A-Za-z0-9.])(?:[A-Za-z]+[-@]?[0-9]+[A-Za-z]*|[0-9]{1,2}(?:[acdefijlnopqrtuvwyz]|st|nd|rd|th))(?![A-Za-z0-9])"
)
"""Names with digits: BM25, ROUGE-1, R@5, 8p."""
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


Topic = frozenset[frozenset[str]]
"""Terms, each a set of stems of which any may stand for it."""


@lru_cache(maxsize=4096)
def content_words(text: str) -> frozenset[str]:
    """The folded stems of what a text talks about. Words that any paper uses are left out."""
    found = _latin(text) | {fold(word) for word in _KATAKANA.findall(text)}
    found |= {run[i : i + 2] for run in _KANJI.findall(text) for i in range(len(run) - 1)}
    return frozenset(found)


def topic_of(text: str) -> Topic:
    """What a text talks about, to be looked for in a passage of its own language."""
    return frozenset(frozenset((word,)) for word in content_words(text))


@lru_cache(maxsize=1024)
def translated(text: str) -> Topic:
    """The same for a Japanese text, to be looked for in an English one: its Latin words, and general terms of research
    translated. Empty when it says nothing that can be looked for."""
    terms = {frozenset(map(_stem, ENGLISH_OF[term].split())) for term in _TERMS.findall(text)}
    return frozenset(terms | {frozenset((word,)) for word in _latin(text)})


def meets(topic: Topic, passage: frozenset[str]) -> Topic:
    """The terms of a topic that a passage has."""
    return frozenset(term for term in topic if not term.isdisjoint(passage))


def coverage(topic: Topic, passage: frozenset[str]) -> float:
    """Share of a topic that a passage has, 0–1; 0 when there is no topic."""
    return len(meets(topic, passage)) / len(topic) if topic else 0.0


def _latin(text: str) -> set[str]:
    words = {_stem(word) for word in _LATIN.findall(text) if len(word) > 2 and word.casefold() not in EMPTY}
    return words | {fold(name) for name in _MARKED.findall(text)}


def _stem(word: str) -> str:
    folded = fold(word)
    return (folded[:-1] if len(folded) > 4 and folded.endswith("s") else folded)[:STEM]
