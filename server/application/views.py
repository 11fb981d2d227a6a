"""Results put together for showing: a record with all that is needed to read it."""

from __future__ import annotations

from dataclasses import dataclass

from server.domain.check_reports import CheckReport
from server.domain.comparisons import Comparison, ComparisonStatus, Row, SameInput
from server.domain.extractions import Extraction
from server.domain.identity import Identity
from server.domain.papers import Paper
from server.domain.personas import Persona
from server.domain.runs import Run


@dataclass(frozen=True)
class PaperView:
    paper: Paper
    extraction: Extraction | None
    identity: Identity
    """Corrections applied."""


@dataclass(frozen=True)
class RunView:
    run: Run
    persona: Persona
    paper: PaperView
    reused: bool = False


@dataclass(frozen=True)
class CandidateView:
    label: str
    run: RunView


@dataclass(frozen=True)
class ComparisonView:
    comparison: Comparison
    status: ComparisonStatus
    paper: PaperView
    candidates: tuple[CandidateView, ...]
    rows: tuple[Row, ...]
    same_input: SameInput
    cited_pages: dict[str, tuple[float, ...]]
    """Label → per page of the paper the share of this candidate's verified quotes found there."""


@dataclass(frozen=True)
class CheckView:
    """A checked text with the paper it was held against."""

    report: CheckReport
    paper: PaperView
