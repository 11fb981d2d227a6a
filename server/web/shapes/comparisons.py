"""Comparisons as JSON."""

from __future__ import annotations

from server.application.views import ComparisonView
from server.domain.comparisons import ConflictSide
from server.domain.votes import UNDECIDED
from server.web.shapes.runs import nameless_run_out, run_out
from server.web.shapes.words import words_out
from server.web.structs import CandidateOut, ComparisonOut, ConflictSideOut, OwnVoteOut, RowOut, SameInputOut


def comparison_out(view: ComparisonView, language: str) -> ComparisonOut:
    comparison = view.comparison
    return ComparisonOut(
        id=comparison.id,
        status=view.status,
        paper_id=comparison.paper_id,
        blind=comparison.blind,
        revealed=not view.hidden,
        candidates=[
            CandidateOut(
                label=c.label, run=nameless_run_out(c.run) if view.hidden else run_out(c.run, language)
            )
            for c in view.candidates
        ],
        same_input=SameInputOut(identical=view.same_input.identical, digest=view.same_input.digest),
        rows=[
            RowOut(
                row=row.kind.id,
                label=words_out(row.kind.label),
                cells={label: list(fields) for label, fields in row.cells.items()},
                difference=row.difference_word,
                shared_evidence=row.shared_evidence,
                conflicts=[{label: _side_out(side) for label, side in c.items()} for c in row.conflicts],
            )
            for row in view.rows
        ],
        cited_pages={label: list(shares) for label, shares in view.cited_pages.items()},
        votes=None
        if view.hidden
        else dict.fromkeys([*(c.label for c in view.candidates), *UNDECIDED], 0) | dict(view.votes),
        own_votes=[OwnVoteOut(row=row, winner=winner) for row, winner in view.own_votes.items()],
        created_at=comparison.created_at,
    )


def _side_out(side: ConflictSide) -> ConflictSideOut:
    return ConflictSideOut(path=side.path, text=side.text, page=side.page)
