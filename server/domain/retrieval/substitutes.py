"""What may stand in a paper for the words of a question: translations, words that sound or look alike."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from rapidfuzz import fuzz, process

from server.domain.bilingual import ENGLISH_OF
from server.domain.content import is_japanese
from server.domain.extractive.words import is_wide
from server.domain.retrieval.glossary import ENTRIES
from server.domain.retrieval.index import PassageIndex
from server.domain.retrieval.sounds import heard_as
from server.domain.retrieval.tokens import terms

_TRANSLATED = 0.8
"""What a translated word weighs, shared among its translations that the paper has."""
_ALIKE = 0.5
"""What a word of the paper weighs that only looks like one of the question."""
_LEAST_ALIKE = 78.0
"""Similarity (0–100) from which a word of the paper counts as like one of the question: homotopic, homotopie."""
_LIKE_AT_MOST = 3
_SHORTEST = 5
"""Letters of a word that is looked for by its looks."""


def substitutes(text: str, index: PassageIndex) -> Iterator[tuple[str, float]]:
    """Terms of the paper that may stand for what `text` says, each with its weight beside a term of its own."""
    if is_japanese(text) != is_wide(index.language) or index.language not in ("ja", "en"):
        yield from _shared(_translations(text, index.language), index)
    if not is_wide(index.language):
        yield from _shared(map(" ".join, heard_as(text, index.sounds).values()), index)
        yield from _alike(text, index)


def _shared(meanings: Iterable[str], index: PassageIndex) -> Iterator[tuple[str, float]]:
    """Each meaning's words that the paper has; they weigh the less the more there are."""
    for words in meanings:
        there = [term for term in dict.fromkeys(terms(words)) if term in index.bm25]
        for term in there:
            yield term, _TRANSLATED / len(there)


def _translations(text: str, language: str) -> list[str]:
    """For each word of `text` that is in the lists, its words in a paper's language."""
    if is_japanese(text):
        return [
            meaning for match in _FROM_JAPANESE.finditer(text) for meaning in _meanings(match[0], language)
        ]
    stems = _from_english(language)
    return [stems[term] for term in dict.fromkeys(terms(text)) if term in stems]


def _meanings(word: str, language: str) -> list[str]:
    listed = [entry.in_(language) for entry in ENTRIES if word in entry.ja]
    general = [ENGLISH_OF[word]] if language != "de" and word in ENGLISH_OF else []
    return [" ".join((*general, *listed))]


_WORDS = {word for entry in ENTRIES for word in entry.ja} | set(ENGLISH_OF)
_FROM_JAPANESE = re.compile("|".join(sorted(map(re.escape, _WORDS), key=lambda word: (-len(word), word))))


@lru_cache(maxsize=4)
def _from_english(language: str) -> Mapping[str, str]:
    """Stem of an English word → words of the paper's language that it may stand for."""
    found: dict[str, list[str]] = {}
    for entry in ENTRIES:
        for term in dict.fromkeys(terms(entry.en)):
            found.setdefault(term, []).append(entry.in_(language))
    if is_wide(language):
        for japanese, english in ENGLISH_OF.items():
            for term in dict.fromkeys(terms(english)):
                found.setdefault(term, []).append(japanese)
    return {term: " ".join(words) for term, words in found.items()}


def _alike(text: str, index: PassageIndex) -> Iterator[tuple[str, float]]:
    """Words of the paper that look like one of the question it does not have: compounds, other languages, slips."""
    for term in dict.fromkeys(terms(text)):
        if term in index.bm25 or len(term) < _SHORTEST or not term.isascii() or not term.isalpha():
            continue
        near = process.extract(
            term,
            index.latin_terms,
            scorer=fuzz.ratio,
            processor=_spelling,
            score_cutoff=_LEAST_ALIKE,
            limit=_LIKE_AT_MOST,
        )
        for word, score, _ in near:
            yield word, _ALIKE * score / 100


@lru_cache(maxsize=50_000)
def _spelling(word: str) -> str:
    """A word as if English and German spelt alike: compact, kompakt."""
    return word.replace("ph", "f").replace("th", "t").translate(_SPELLING)


_SPELLING = str.maketrans({"c": "k", "y": "i", "z": "s"})
