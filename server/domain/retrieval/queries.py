"""Rewrite a question so that it finds what answers it: in the paper's language, in the paper's words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import fuzz, process

from server.domain.bilingual import ENGLISH_OF
from server.domain.content import is_japanese
from server.domain.extractive.facets import Facet
from server.domain.extractive.questions import Questions
from server.domain.extractive.words import is_wide
from server.domain.fields import Aspect, Field
from server.domain.retrieval.bm25 import BM25
from server.domain.retrieval.tokens import terms
from server.domain.sections import SectionKind
from server.domain.words import same

_INSTRUCTION = 0.4
"""What a word of the instruction weighs beside one of the label: it also says how to answer."""
_TRANSLATED = 0.8
"""What a translated word weighs, shared among its translations that the paper has."""
_ALIKE = 0.5
"""What a word of the paper weighs that only looks like one of the question."""
_LEAST_ALIKE = 78.0
"""Similarity (0–100) from which a word of the paper counts as like one of the question: homotopic, homotopie."""
_LIKE_AT_MOST = 3
_SHORTEST_ALIKE = 5
_ASIDE = re.compile(r"\([^()]*\)|（[^（）]*）")
_TERMS = re.compile("|".join(sorted(map(re.escape, ENGLISH_OF), key=len, reverse=True)))


@dataclass(frozen=True, slots=True)
class Query:
    """A question made ready for one paper."""

    own: Mapping[str, float]
    """Its own terms in the paper's language, each with its weight."""
    more: Mapping[str, float]
    """Those and what may stand for them in the paper: translations, words that look alike."""
    facets: tuple[Facet, ...]
    """What it asks for, as far as its words and aspects tell."""
    leaning: Mapping[SectionKind, float]
    """Sections that its aspect looks at rather than at others."""
    aspects: tuple[Aspect, ...]
    wants_numbers: bool


def question(text: str) -> Field:
    """A question in somebody's own words, as a field that asks for it."""
    return Field(id="question", aspects=(Aspect.OTHER,), label=same(text), instruction=same(""))


def plain_terms(field: Field, *, language: str) -> dict[str, float]:
    """The question's words as they stand, in the paper's language where it is put in both."""
    return _weighted(terms(f"{field.label.in_(language)}\n{field.instruction.in_(language)}"), 1.0)


def rewrite(field: Field, *, language: str, bm25: BM25) -> Query:
    """A question put in the words of a paper in `language` whose passages `bm25` holds."""
    asked = _QUESTIONS.read(field, language=language, rarity={})
    own = _weighted(terms(_ASIDE.sub(" ", field.instruction.in_(language))), _INSTRUCTION)
    own |= _weighted(terms(field.label.in_(language)), 1.0)
    more = {term: weight for term, weight in own.items() if term in bm25}
    texts = ((field.label.in_(language), 1.0), (field.instruction.in_(language), _INSTRUCTION))
    for text, weight in texts:
        for term, share in _translations(text, language=language, bm25=bm25):
            more[term] = max(more.get(term, 0.0), weight * share)
    vocabulary = _latin_vocabulary(bm25.vocabulary)
    for term, weight in own.items():
        if term not in bm25 and len(term) >= _SHORTEST_ALIKE and term.isalpha() and not is_japanese(term):
            for like, share in _alike(term, vocabulary):
                more[like] = max(more.get(like, 0.0), weight * share)
    return Query(
        own={term: weight for term, weight in own.items() if term in bm25},
        more=more,
        facets=asked.facets,
        leaning=asked.leaning,
        aspects=field.aspects,
        wants_numbers=asked.wants_numbers or bool(_HOW_MUCH.search(field.label.in_(language))),
    )


_QUESTIONS = Questions()
_HOW_MUCH = re.compile(
    r"(?i)\bhow (?:many|much|long|large|often|far|big)\b|\bwie (?:viele?|lange|oft|groß)\b|いくつ|いくら|どれだけ|何(?:秒|件|人|本|年|倍|分|％|%)"
)


def _weighted(found: list[str], weight: float) -> dict[str, float]:
    return dict.fromkeys(found, weight)


def _translations(text: str, *, language: str, bm25: BM25) -> list[tuple[str, float]]:
    """Terms of the paper's language for what a text in the other one says, as far as they are general terms of
    research; each weighs the less the more there are of it."""
    if is_wide(language):
        pairs: list[Sequence[str]] = [] if is_japanese(text) else [_english().get(term, ()) for term in terms(text)]
    else:
        pairs = [terms(ENGLISH_OF[term]) for term in _TERMS.findall(text)]
    found: list[tuple[str, float]] = []
    for meanings in pairs:
        there = [meaning for meaning in dict.fromkeys(meanings) if meaning in bm25]
        found += [(meaning, _TRANSLATED / len(there)) for meaning in there]
    return found


@lru_cache(maxsize=1)
def _english() -> Mapping[str, tuple[str, ...]]:
    """Stem of an English word → terms of the Japanese words it may stand for."""
    found: dict[str, tuple[str, ...]] = {}
    for japanese, english in ENGLISH_OF.items():
        for term in terms(english):
            found[term] = (*found.get(term, ()), *terms(japanese))
    return found


@lru_cache(maxsize=8)
def _latin_vocabulary(vocabulary: frozenset[str]) -> tuple[str, ...]:
    return tuple(
        sorted(t for t in vocabulary if len(t) >= _SHORTEST_ALIKE - 1 and t.isalpha() and t < "\u3000")
    )


def _alike(term: str, vocabulary: tuple[str, ...]) -> list[tuple[str, float]]:
    """Words of the paper that look like one of the question it does not have: compounds, other languages, slips."""
    near = process.extract(
        term, vocabulary, scorer=fuzz.ratio, score_cutoff=_LEAST_ALIKE, limit=_LIKE_AT_MOST
    )
    return [(word, _ALIKE * score / 100) for word, score, _ in near]
