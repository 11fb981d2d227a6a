"""Comparisons and their views."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from server.application.views import CandidateView, ComparisonView, RunView
from server.domain.comparisons import (
    LABELS,
    ROWS,
    Candidate,
    Comparison,
    ComparisonStatus,
    Difference,
    Row,
    SameInput,
)
from server.domain.ids import LOCAL_WORKSPACE, ComparisonId, ExtractionId, PaperId
from server.domain.runs import Run, RunStatus
from server.domain.statements import (
    EvidenceStatus,
)

from .papers import NOON
from .personas import a_persona
from .runs import a_finished_run, a_run_view


def a_comparison(runs: Sequence[Run] | None = None, **changes: Any) -> Comparison:
    runs = runs or (a_finished_run("run-1"), a_finished_run("run-2", persona=a_persona("interpreter")))
    comparison = Comparison(
        id=ComparisonId("comparison-1"),
        workspace_id=LOCAL_WORKSPACE,
        paper_id=PaperId("paper-1"),
        extraction_id=ExtractionId("extraction-1"),
        candidates=tuple(Candidate(label, run.id) for label, run in zip(LABELS, runs, strict=False)),
        created_at=NOON,
    )
    return replace(comparison, **changes)


def a_comparison_view(views: Sequence[RunView] | None = None, **changes: Any) -> ComparisonView:
    """The summarizer beside the interpreter on the builder's paper. The rows' differences are plausible, not derived:
    give `rows=` where they matter."""
    views = views or (
        a_run_view(a_finished_run("run-1")),
        a_run_view(a_finished_run("run-2", persona=a_persona("interpreter"))),
    )
    runs = [view.run for view in views]
    candidates = tuple(CandidateView(label, view) for label, view in zip(LABELS, views, strict=False))
    finished = [run.status is RunStatus.FINISHED for run in runs]
    status = (
        ComparisonStatus.FINISHED
        if all(finished)
        else ComparisonStatus.PARTIAL
        if any(finished)
        else ComparisonStatus.FAILED
    )
    digests = {run.input.digest for run in runs if run.input}
    view = ComparisonView(
        comparison=a_comparison(runs),
        status=status,
        paper=views[0].paper,
        candidates=candidates,
        rows=tuple(_rows(candidates)),
        same_input=SameInput(len(digests) == 1, digests.pop() if len(digests) == 1 else None),
        cited_pages={candidate.label: _cited(candidate.run) for candidate in candidates},
    )
    return replace(view, **changes)


def _rows(candidates: Sequence[CandidateView]) -> list[Row]:
    rows = []
    for kind in ROWS:
        cells = {
            c.label: tuple(f.id for f in c.run.persona.fields if f.aspects[0] in kind.aspects)
            for c in candidates
        }
        answers = {c.label: c.run.run.answer or {} for c in candidates}
        asked = [label for label, ids in cells.items() if ids]
        told = [label for label in asked if any(answers[label].get(name) for name in cells[label])]
        shared = 0.5 if kind.id == "in_short" else None
        if len(asked) == len(cells) and len(told) == 1:
            rows.append(Row(kind, cells, Difference.ONLY, only=told[0]))
        elif asked:
            asked_all = len(asked) == len(cells)
            word = Difference.DIFFERENT_PASSAGES if asked_all else Difference.NOT_ASKED
            rows.append(Row(kind, cells, word, shared_evidence=shared))
    return rows


def _cited(view: RunView) -> tuple[float, ...]:
    """Share of the run's verified quotes on each page."""
    pages = [e.page for s in view.run.statements for e in s.evidence if e.status is EvidenceStatus.VERIFIED]
    extraction = view.paper.extraction
    total = len(extraction.pages) if extraction else 0
    return tuple(pages.count(number) / len(pages) if pages else 0.0 for number in range(1, total + 1))
