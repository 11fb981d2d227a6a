"""What is recorded of an execution that is over, however it ended."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from server.application.reading import Reading
from server.domain.errors import InternalError, RunError, UngroundedError, WrongPaperError, YomiError
from server.domain.papers import Problem
from server.domain.runs import Run, Usage

TOLD = frozenset({"not_found", "persona_invalid", "busy", "storage_full", "conflict"})
"""Codes of errors that are no run's own and say more than `internal`."""


def finished(reading: Reading, *, usage: Usage, at: datetime) -> Run:
    """The run with its answer.

    Raises:
        WrongPaperError, UngroundedError: what it says is no answer about this paper.
    """
    reading.grounded.check()
    return reading.run.finish(
        answer=reading.answer,
        statements=reading.statements,
        grounding=reading.grounded.sum_up(),
        finished_at=at,
        usage=usage,
        **_account(reading),
    )


def failed(run: Run, error: YomiError, reading: Reading | None, *, usage: Usage, at: datetime) -> Run:
    """The run without an answer, and why.

    Args:
        reading: As far as it came; None: it was never opened.
    """
    changes: dict[str, Any] = {"finished_at": at, "usage": usage}
    if reading:
        run = reading.run
        changes |= _account(reading)
        changes["attempts"] = (*changes["attempts"], *getattr(error, "attempts", ()))
        if isinstance(error, (WrongPaperError, UngroundedError)):
            changes["rejected_answer"] = reading.grounded.rejected
    if not isinstance(error, RunError):
        error = error if error.code in TOLD else InternalError()
    return run.fail(Problem(error.code, error.data), **changes)


def _account(reading: Reading) -> dict[str, Any]:
    """What a run records of its calls, beside what they took."""
    account = reading.account
    return {
        "input": reading.input,
        "members": reading.members or reading.run.members,
        "agreement": reading.agreement,
        "attempts": (*account.before, *account.attempts),
        "passes": tuple(account.passes),
        "warnings": reading.warnings(),
        "response": reading.stream.text or None,
        "language": reading.language,
    }
