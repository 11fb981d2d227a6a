"""Sentences for problems kept as code and data."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from server.domain.errors import YomiError
from server.domain.papers import Problem
from server.domain.words import Words


def problem_words(problem: Problem) -> Words:
    """What a kept problem says, as the error itself would have said it.

    A problem whose code or data this version does not know says the general sentence, so that an old record never
    breaks a page.
    """
    kind = _kinds().get(problem.code, YomiError)
    error = kind.__new__(kind)
    error.data = dict(problem.data)
    try:
        return error.words
    except (KeyError, IndexError, TypeError, ValueError, AttributeError):
        return YomiError.sentence


@cache
def _kinds() -> dict[str, type[YomiError]]:
    return {kind.code: kind for kind in _tree(YomiError) if "code" in vars(kind)}


def _tree(kind: type[YomiError]) -> Iterator[type[YomiError]]:
    yield kind
    for child in kind.__subclasses__():
        yield from _tree(child)
