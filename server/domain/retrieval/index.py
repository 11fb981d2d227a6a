"""A paper made ready for searching its passages: their terms, the cues they hold, their place."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from server.domain.extractions import Extraction
from server.domain.extractive.facets import FACETS
from server.domain.extractive.index import SentenceIndex
from server.domain.extractive.words import Phrases, Stems, is_wide, words
from server.domain.passages import Passage, passages_of
from server.domain.retrieval.bm25 import BM25
from server.domain.retrieval.sounds import by_skeleton
from server.domain.retrieval.tokens import terms
from server.domain.sections import SectionKind
from server.domain.sentences import one_line

_STRONG, _WEAK = 1.0, 0.4
_ENOUGH = 3.0
"""Cues beyond this say nothing more: a long passage would win by its length."""


@dataclass(frozen=True)
class PassageIndex:
    """All passages of a paper in reading order. Costs about as much as reading the paper's sentences; keep it."""

    extraction: Extraction
    passages: tuple[Passage, ...]
    terms: tuple[tuple[str, ...], ...]
    """Of each passage, in order."""
    bm25: BM25
    cues: tuple[Mapping[str, float], ...]
    """Of each passage: facet → how much its words show it, 0–1."""
    headings: tuple[frozenset[str], ...]
    """Of each passage: the terms of its section's heading."""

    @classmethod
    def of(cls, extraction: Extraction) -> PassageIndex:
        passages = passages_of(extraction)
        known = frozenset(words(extraction.text))
        texts = [one_line(passage.text, known_words=known) for passage in passages]
        found = tuple(tuple(terms(text)) for text in texts)
        return cls(
            extraction=extraction,
            passages=passages,
            terms=found,
            bm25=BM25(found),
            cues=tuple(_cues(texts, wide=is_wide(extraction.language))),
            headings=tuple(_heading(extraction, passage) for passage in passages),
        )

    @cached_property
    def last_of_introduction(self) -> frozenset[int]:
        """Where papers tell what they contribute: the ends of their introductions."""
        kinds = [passage.kind for passage in self.passages] + [SectionKind.OTHER]
        return frozenset(
            number
            for number, kind in enumerate(kinds[:-1])
            if kind is SectionKind.INTRODUCTION and kinds[number + 1] is not kind
        )

    @cached_property
    def sentences(self) -> SentenceIndex:
        """The paper's prose, sentence by sentence."""
        return SentenceIndex.of(self.extraction)

    @cached_property
    def latin_terms(self) -> tuple[str, ...]:
        """Stems of Latin words that the passages hold."""
        return tuple(sorted(t for t in self.bm25.vocabulary if len(t) > 3 and t.isascii() and t.isalpha()))

    @cached_property
    def sounds(self) -> Mapping[str, tuple[str, ...]]:
        """The paper's Latin words by what Japanese hears of them (`sounds.by_skeleton`)."""
        return by_skeleton(sorted({word for word in words(self.extraction.text) if len(word) > 2}))

    def number_at(self, offset: int) -> int:
        """Number of the passage that holds `offset` of the paper's text."""
        return bisect_right(self.passages, offset, key=lambda passage: passage.start) - 1

    @property
    def language(self) -> str:
        return self.extraction.language


def _cues(texts: list[str], *, wide: bool) -> list[dict[str, float]]:
    phrases = Phrases(Stems())
    for facet in FACETS:
        phrases.add(facet.strong, label=facet.name, weight=_STRONG)
        phrases.add(facet.weak, label=facet.name, weight=_WEAK)
    return [
        {
            name: min(_ENOUGH, sum(weight for _, weight in hits)) / _ENOUGH
            for name, hits in phrases.find(text, wide=wide).items()
        }
        for text in texts
    ]


def _heading(extraction: Extraction, passage: Passage) -> frozenset[str]:
    return (
        frozenset(terms(extraction.sections[passage.section].title)) if passage.section >= 0 else frozenset()
    )
