"""The JSON shapes of comparisons."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from server.web.structs.base import Out, WordsOut
from server.web.structs.statements import StatementOut


class NamelessRunOut(Out):
    """A run whose names are hidden. Ids of fields, and of parts that a persona named, are opaque (`/A.1/2`)."""

    status: str
    answer: dict[str, Any] | None
    statements: list[StatementOut]


class CandidateOut(Out):
    label: str
    run: Any
    """A `RunOut`, or a `NamelessRunOut` while the names are hidden; msgspec has no union of two shapes."""


class SameInputOut(Out):
    identical: bool
    digest: str | None


class ConflictSideOut(Out):
    path: str
    text: str
    page: int | None


class RowOut(Out):
    row: str
    label: WordsOut
    cells: dict[str, list[str]]
    difference: str
    shared_evidence: float | None
    conflicts: list[dict[str, ConflictSideOut]]


class OwnVoteOut(Out):
    row: str | None
    """None: the whole."""
    winner: str


class ComparisonOut(Out):
    id: str
    status: str
    paper_id: str
    blind: bool
    revealed: bool
    """False in a blind comparison until the caller has voted on the whole."""
    candidates: list[CandidateOut]
    same_input: SameInputOut
    rows: list[RowOut]
    cited_pages: dict[str, list[float]]
    votes: dict[str, int] | None
    """Voters per choice for the whole; null until revealed."""
    own_votes: list[OwnVoteOut]
    """The caller's."""
    created_at: datetime
