"""Make one ranking out of several that cannot be compared by their scores."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

RRF = 60
"""Constant of reciprocal rank fusion: how little the very first ranks stand out (Cormack, Clarke and Büttcher 2009,
"Reciprocal Rank Fusion outperforms Condorcet and individual Rank Learning Methods", SIGIR, §2)."""


def ranked(scores: Sequence[float]) -> list[int]:
    """Numbers of what scored above nothing, best first; the earlier one first where two score alike."""
    return sorted((n for n, score in enumerate(scores) if score > 0), key=lambda n: (-scores[n], n))


def fused(rankings: Iterable[tuple[Sequence[int], float]], *, size: int) -> list[float]:
    """Sum over the rankings of weight ÷ (`RRF` + rank), one score for each of `size` things.

    Args:
        rankings: Each with its weight. What a ranking does not name gets nothing from it.
    """
    scores = [0.0] * size
    for ranking, weight in rankings:
        for rank, number in enumerate(ranking, 1):
            scores[number] += weight / (RRF + rank)
    return scores
