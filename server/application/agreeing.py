"""How far a reader agrees with itself: of candidates that are one reader asked several times, who says so too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from server.application.views import CandidateView, RunView
from server.domain.comparing import repeats
from server.domain.ensembles.agreement import Said, agreement


def with_agreement(candidates: Sequence[CandidateView]) -> tuple[CandidateView, ...]:
    """The candidates, each statement of a reader that meets itself counted. What several readings made has a count of
    its own, and keeps it."""
    by_label = {c.label: c.run for c in candidates}
    counted = dict(by_label)
    for group in repeats({label: view.run for label, view in by_label.items()}):
        said = {label: _said(by_label[label]) for label in group.labels}
        for label in group.labels:
            view = by_label[label]
            if not view.run.members:
                agreed = agreement(said[label], list(said.values()))
                counted[label] = replace(view, run=replace(view.run, agreement=agreed))
    return tuple(replace(c, run=counted[c.label]) for c in candidates)


def _said(view: RunView) -> Said:
    return Said(view.persona, view.run.answer or {}, view.run.statements)
