"""BM25: how well each of many texts answers a bag of weighted terms."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence

K1 = 1.2
"""How soon a repeated term stops counting more."""
B = 0.75
"""How much a long text must share out. Both as usual (Robertson and Zaragoza 2009, "The Probabilistic Relevance
Framework: BM25 and Beyond", §3.4)."""


class BM25:
    """An index over the terms of texts. Texts are numbered from 0 in the order given."""

    def __init__(self, texts: Sequence[Sequence[str]]) -> None:
        self._count = len(texts)
        lengths = [len(text) for text in texts]
        average = sum(lengths) / max(1, len(lengths)) or 1.0
        self._norms = [K1 * (1 - B + B * length / average) for length in lengths]
        self._postings: dict[str, list[tuple[int, int]]] = {}
        for number, text in enumerate(texts):
            for term, times in Counter(text).items():
                self._postings.setdefault(term, []).append((number, times))

    @property
    def vocabulary(self) -> frozenset[str]:
        return frozenset(self._postings)

    def __contains__(self, term: str) -> bool:
        return term in self._postings

    def rarity(self, term: str) -> float:
        """How much a term tells: its inverse document frequency, never negative; 0 when no text has it."""
        found = len(self._postings.get(term, ()))
        return math.log(1 + (self._count - found + 0.5) / (found + 0.5)) if found else 0.0

    def scores(self, query: Mapping[str, float]) -> list[float]:
        """One score per text, in order; 0 for texts without any of the terms.

        Args:
            query: Weight of each term, 1 for a plain word of the question.
        """
        scores = [0.0] * self._count
        for term, weight in query.items():
            worth = weight * self.rarity(term)
            for number, times in self._postings.get(term, ()):
                scores[number] += worth * times * (K1 + 1) / (times + self._norms[number])
        return scores
