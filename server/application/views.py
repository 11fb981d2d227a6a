"""Results put together for showing: a record with all that is needed to read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

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
    hidden: bool = False
    """Blind, and the viewer has not voted yet: the candidates are known by their labels only."""
    votes: Mapping[str, int] = field(default_factory=dict)
    """How many voters chose what for the whole: labels, `tie`, `both_bad`. Empty while `hidden`."""
    own_votes: Mapping[str | None, str] = field(default_factory=dict)
    """What the viewer chose: row, or None for the whole, → label, `tie` or `both_bad`."""


@dataclass(frozen=True)
class CheckView:
    """A checked text with the paper it was held against."""

    report: CheckReport
    paper: PaperView
