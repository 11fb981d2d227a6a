"""The report on a brought-along text, read back from the run that keeps it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from server.domain.check_reports import MOST, CheckReport, CheckVerdict, kind_of
from server.domain.errors import WrongPaperError
from server.domain.runs import Run
from server.domain.statements import Grounding, IdentityVerdict, Statement, StatementStatus

PATH = "/text"
BETWEEN = "\n\n"
"""Stands between the parts of a text that was cut into several."""


@dataclass(frozen=True)
class KeptReport:
    """A report whose text is the parts of the run's answer, one after the other."""

    report: CheckReport
    origins: dict[int, tuple[str, int]]
    """Start of a statement in the text → its path and start in the run."""
    parts: tuple[tuple[str, int, int], ...]
    """Field of the run's answer, and from where to where it stands in the text."""


def report_of(run: Run) -> KeptReport:
    """`run`: of the engine `text`, and over."""
    answer = run.answer if run.answer is not None else run.rejected_answer or {}
    text, at = "", dict[str, int]()
    for name, value in answer.items():
        if isinstance(value, str) and value:
            text += BETWEEN if text else ""
            at[f"/{name}"] = len(text)
            text += value
    origins: dict[int, tuple[str, int]] = {}
    statements = []
    for statement in run.statements:
        if statement.path in at:
            moved = _moved(statement, at[statement.path])
            origins[moved.start] = (statement.path, statement.start)
            statements.append(moved)
    grounding = run.grounding or Grounding(None, IdentityVerdict.UNKNOWN, {})
    report = CheckReport(
        paper_id=run.paper_id,
        extraction_id=run.extraction_id,
        text=text,
        language=run.language,
        verdict=_verdict(run, grounding),
        statements=tuple(sorted(statements, key=lambda s: (s.start, s.end))),
        grounding=grounding,
    )
    parts = tuple((path[1:], start, start + len(str(answer[path[1:]]))) for path, start in at.items())
    return KeptReport(report, origins, parts)


def _moved(statement: Statement, by: int) -> Statement:
    return replace(statement, path=PATH, start=statement.start + by, end=statement.end + by)


def _verdict(run: Run, grounding: Grounding) -> CheckVerdict:
    """As `judge` found it: what it told apart is kept as the run's error, its warning, or its identity."""
    if run.error and run.error.code == WrongPaperError.code:
        return CheckVerdict.OTHER_PAPER
    if any(notice.code == "brought_doubtful" for notice in run.warnings):
        return CheckVerdict.DOUBTFUL
    if grounding.identity is IdentityVerdict.CONFIRMED:
        return CheckVerdict.THIS_PAPER
    skipped = (StatementStatus.NOT_CHECKED, StatementStatus.NOT_STATED)
    checked = [s.status for s in run.statements if kind_of(s) == "body" and s.status not in skipped]
    share = checked.count(StatementStatus.SUPPORTED) / len(checked) if checked else 0
    return CheckVerdict.THIS_PAPER if share >= MOST and len(checked) > 1 else CheckVerdict.UNKNOWN
