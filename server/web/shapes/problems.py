"""What went wrong and what is worth knowing, as JSON."""

from __future__ import annotations

from server.domain.errors import YomiError
from server.domain.extractions import Notice
from server.domain.notices import sentence
from server.domain.papers import Problem
from server.web.problem_titles import title_of
from server.web.sentences import problem_words
from server.web.structs import ProblemOut, WarningOut

PRIVATE_DATA = frozenset({"reason_ja", "reason_en"})
"""Data that only makes up the sentence."""


def problem_out(
    error: YomiError | Problem, language: str, *, status: int | None = None, title: str | None = None
) -> ProblemOut:
    """A problem object. `status` only where it is a response of its own: inside a body there is none."""
    problem = error if isinstance(error, Problem) else Problem(error.code, error.data)
    words = problem_words(error) if isinstance(error, Problem) else error.words
    name = title_of(problem.code)
    head: ProblemOut = {
        "type": f"urn:yomikurabe:problem:{problem.code}",
        "title": title or name.in_(language),
        "status": status,
        "detail": words.in_(language),
        "code": problem.code,
    }
    if status is None:
        del head["status"]
    data = {
        k: v for k, v in problem.data.items() if k not in PRIVATE_DATA and k not in head and k != "status"
    }
    return head | data


def warning_out(notice: Notice, language: str) -> WarningOut:
    return WarningOut(
        code=notice.code, page=notice.page, detail=sentence(notice).in_(language), excerpt=notice.excerpt
    )
