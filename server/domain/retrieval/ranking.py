"""Rank a paper's passages for a question: plainly by its words, or by all that is known about both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from server.domain.extractive.choosing import Chooser
from server.domain.extractive.facets import Facet
from server.domain.fields import Field
from server.domain.passages import Passage
from server.domain.retrieval.fusion import fused, ranked
from server.domain.retrieval.index import PassageIndex
from server.domain.retrieval.queries import Query, plain_terms, rewrite


@dataclass(frozen=True, slots=True)
class Weights:
    """What each ranking and each feature is worth. Tuned on half of the benchmark's questions."""

    own: float
    """The question's own words."""
    more: float
    """Those, and what may stand for them."""
    place: float
    """Cues and section, a ranking for each thing that is asked for."""
    sentence: float
    """Passages that hold the sentences which by themselves answer best."""
    scores: float = 1.5
    """Scores handed in (embeddings)."""
    near: float = 0.5
    """Features are added to the share of the best fused score: words of the question close together."""
    heading: float = 0.4
    number: float = 0.1
    looked_at: int = 30
    """Passages ranked again; the rest keep their order behind them."""


WORDS = Weights(own=1.0, more=1.0, place=0.5, sentence=0.0)
"""For a question in somebody's own words."""
ASPECTS = Weights(own=0.3, more=0.3, place=0.6, sentence=1.0, near=0.2)
"""For a field of a persona."""
_WINDOW = 40
"""Terms that stand close together: about three sentences."""
_STRONGEST = 12
"""Sentences taken as answers by themselves."""


def naive(field: Field, index: PassageIndex, *, k: int) -> tuple[Passage, ...]:
    """The `k` best passages by BM25 over the question's words as they stand. The reference list is not searched."""
    scores = index.bm25.scores(plain_terms(field, language=index.language))
    return _best(_in_text(ranked(scores), index), index, k)


def advanced(
    field: Field,
    index: PassageIndex,
    *,
    k: int,
    scores: Sequence[float] | None = None,
    weights: Weights | None = None,
) -> tuple[Passage, ...]:
    """The `k` best passages: the question is rewritten for the paper, several rankings are fused, the best are ranked
    again by how close together its words stand.

    Args:
        scores: One per passage, from elsewhere (embeddings); only their order counts. None: do without.
    """
    return _best(order_of(field, index, scores=scores, weights=weights), index, k)


def order_of(
    field: Field,
    index: PassageIndex,
    *,
    scores: Sequence[float] | None = None,
    weights: Weights | None = None,
) -> list[int]:
    """Numbers of all passages that may answer a field, best first; of its reference list when it asks for that."""
    query = rewrite(field, index)
    weights = weights or (ASPECTS if query.by_aspect else WORDS)
    rankings = [
        (ranked(index.bm25.scores(query.own)), weights.own),
        (ranked(index.bm25.scores(query.more)), weights.more),
        *((ranking, weights.place) for ranking in _by_place(query, index)),
    ]
    if weights.sentence:
        rankings.append((_by_sentence(query, index), weights.sentence))
    if scores is not None:
        rankings.append((ranked(scores), weights.scores))
    together = fused(rankings, size=len(index.passages))
    return _reranked(together, query, index, weights)


def _best(order: Sequence[int], index: PassageIndex, k: int) -> tuple[Passage, ...]:
    return tuple(index.passages[number] for number in order[:k])


def _in_text(order: Sequence[int], index: PassageIndex) -> list[int]:
    return [number for number in order if not index.passages[number].is_reference]


def _by_place(query: Query, index: PassageIndex) -> list[list[int]]:
    """One ranking for each thing the question asks for: by the cues of a passage and the section it stands in."""
    return [
        ranked([_place(facet, query, index, number) for number in range(len(index.passages))])
        for facet in query.asked.facets
    ]


def _by_sentence(query: Query, index: PassageIndex) -> list[int]:
    found = Chooser(index.sentences).strongest(query.asked, count=_STRONGEST)
    return list(dict.fromkeys(index.number_at(sentence.start) for sentence in found))


def _place(facet: Facet, query: Query, index: PassageIndex, number: int) -> float:
    kind = index.passages[number].kind
    prior = facet.sections.get(kind, 0.0) + query.asked.leaning.get(kind, 0.0)
    tells = query.opens and number in index.last_of_introduction
    return index.cues[number].get(facet.name, 0.0) + 0.7 * prior + 0.3 * tells


def _reranked(scores: Sequence[float], query: Query, index: PassageIndex, weights: Weights) -> list[int]:
    """All passages that scored, the first ones in the order of score and features together."""
    order = _in_text(ranked(scores), index)
    first, rest = order[: weights.looked_at], order[weights.looked_at :]
    top = scores[order[0]] if order else 1.0
    rarity = {term: weight * index.bm25.rarity(term) for term, weight in query.more.items()}
    merit = {
        number: scores[number] / top + _features(number, query, index, rarity, weights) for number in first
    }
    return [*sorted(first, key=lambda number: (-merit[number], number)), *rest]


def _features(
    number: int, query: Query, index: PassageIndex, rarity: Mapping[str, float], weights: Weights
) -> float:
    whole = sum(rarity.values()) or 1.0
    near = _nearness(index.terms[number], rarity) / whole
    heading = sum(worth for term, worth in rarity.items() if term in index.headings[number]) / whole
    numbers = any(term[0].isdigit() for term in index.terms[number])
    return (
        weights.near * near + weights.heading * heading + weights.number * (query.wants_numbers and numbers)
    )


def _nearness(found: Sequence[str], rarity: Mapping[str, float]) -> float:
    """The most that the question's terms weigh together within any `_WINDOW` terms."""
    places = [(at, term) for at, term in enumerate(found) if term in rarity]
    best = 0.0
    for first, (start, _) in enumerate(places):
        near = {term for at, term in places[first:] if at - start < _WINDOW}
        best = max(best, sum(rarity[term] for term in near))
    return best
