"""How near texts lie to a question by their embeddings: scores for `ranking.advanced`."""

from __future__ import annotations

import math
from collections.abc import Sequence


def similarities(question: Sequence[float], texts: Sequence[Sequence[float]]) -> list[float]:
    """Cosine of the question's vector with each text's, moved to 0–1 so that every text has a rank; 0 for a text whose
    vector is nothing.

    Raises:
        ValueError: vectors of different lengths.
    """
    return [_cosine(question, text) for text in texts]


def _cosine(one: Sequence[float], other: Sequence[float]) -> float:
    product = sum(a * b for a, b in zip(one, other, strict=True))
    lengths = math.hypot(*one) * math.hypot(*other)
    return 0.5 + 0.5 * product / lengths if lengths else 0.0
