"""Sentences for problems kept as code and data."""

from __future__ import annotations

from server.domain.errors import YomiError, error_of
from server.domain.papers import Problem
from server.domain.words import Words


def problem_words(problem: Problem) -> Words:
    """What a kept problem says, as the error itself would have said it.

    A problem whose code or data this version does not know says the general sentence, so that an old record never
    breaks a page.
    """
    try:
        return error_of(problem.code, dict(problem.data)).words
    except (KeyError, IndexError, TypeError, ValueError, AttributeError):
        return YomiError.sentence
