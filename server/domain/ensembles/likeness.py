"""How much alike two statements are: by their words, by what they cite, and by what they must not differ in."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import msgspec

from server.domain.content import content_words
from server.domain.guards import guards
from server.domain.matching import fold
from server.domain.statements import EvidenceStatus, Statement

GRAM = 3
"""Characters of the pieces that two texts are compared by."""

ALIKE = 0.6
"""Least likeness by words of two texts that say the same."""

ALIKE_IF_CITED = 0.3
"""The same of two texts that cite the same place: a paraphrase shares fewer words."""

SAME_PLACE = 0.3
"""Least overlap (Jaccard, by characters of the paper) of evidence that is called the same place."""

_DIGITS = re.compile(r"\d+(?:[.,]\d+)*")


def wording(one: str, other: str) -> float:
    """Likeness by words, 0–1: the mean of shared pieces of three characters and of shared content words (Dice)."""
    mine, yours = _key(one), _key(other)
    if mine == yours:
        return 1.0
    letters = _dice(_grams(mine), _grams(yours))
    words, others = content_words(one), content_words(other)
    return (letters + _dice(words, others)) / 2 if words or others else letters


def overlap(mine: frozenset[int], yours: frozenset[int]) -> float:
    """Of two sets of characters of the paper (Jaccard); 0 when nobody cites anything."""
    union = len(mine | yours)
    return len(mine & yours) / union if union else 0.0


def contradict(one: str, other: str) -> bool:
    """Whether two texts cannot say the same: each has a number that the other lacks, or only one denies something."""
    mine, yours = _numbers(one), _numbers(other)
    if mine - yours and yours - mine:
        return True
    return _denials(one) != _denials(other)


def say_the_same(one: str, other: str, *, cited: float) -> bool:
    """Whether two texts say the same, as far as words and places tell. `cited`: overlap of what they cite."""
    if contradict(one, other):
        return False
    return wording(one, other) >= (ALIKE_IF_CITED if cited >= SAME_PLACE else ALIKE)


def likeness(one: Any, other: Any, *, cited: float | None) -> float:
    """Likeness of two whole values, 0–1, half by words and half by what they cite.

    Args:
        cited: Overlap of what they cite; None when neither cites anything: then words alone tell.
    """
    mine, yours = words_of(one), words_of(other)
    words = wording(mine, yours)
    alike = words if cited is None else (words + cited) / 2
    return alike / 2 if contradict(mine, yours) else alike


def cited_by(statements: Iterable[Statement]) -> frozenset[int]:
    """Characters of the paper covered by verified evidence."""
    return frozenset(
        offset
        for statement in statements
        for e in statement.evidence
        if e.status is EvidenceStatus.VERIFIED and e.start is not None and e.end is not None
        for offset in range(e.start, e.end)
    )


def words_of(value: Any) -> str:
    """All that a value says, as one text."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return " ".join(filter(None, map(words_of, value.values())))
    if isinstance(value, list):
        return " ".join(filter(None, map(words_of, value)))
    return "" if value is None else canonical(value)


def canonical(value: Any) -> str:
    """The one JSON text of a value; equal for values that are equal."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return msgspec.json.encode(value, order="deterministic").decode()


@lru_cache(maxsize=4096)
def _key(text: str) -> str:
    return fold(text)


@lru_cache(maxsize=4096)
def _numbers(text: str) -> frozenset[str]:
    return frozenset(_DIGITS.findall(_key(text)))


@lru_cache(maxsize=4096)
def _denials(text: str) -> bool:
    return any(token.isalpha() for token in guards(text))


@lru_cache(maxsize=4096)
def _grams(key: str) -> frozenset[str]:
    return frozenset(key[i : i + GRAM] for i in range(max(1, len(key) - GRAM + 1))) if key else frozenset()


def _dice(mine: frozenset[str], yours: frozenset[str]) -> float:
    total = len(mine) + len(yours)
    return 2 * len(mine & yours) / total if total else 0.0
