"""Two to six candidates on the same paper, rows lined up by aspect."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from server.domain.fields import Aspect
from server.domain.ids import ComparisonId, ExtractionId, PaperId, RunId, WorkspaceId
from server.domain.words import Words

LABELS = "ABCDEF"


@dataclass(frozen=True, slots=True)
class RowKind:
    """One of the eight rows."""

    id: str
    label: Words
    aspects: tuple[Aspect, ...]


ROWS = (
    RowKind("identity", Words(ja="何の論文か", en="Which paper"), (Aspect.IDENTITY,)),
    RowKind(
        "in_short",
        Words(ja="ひとことで", en="In short"),
        (Aspect.OVERVIEW, Aspect.BACKGROUND, Aspect.PROBLEM),
    ),
    RowKind("method", Words(ja="手法", en="Method"), (Aspect.METHOD,)),
    RowKind(
        "results", Words(ja="検証と結果", en="Evaluation and results"), (Aspect.EVALUATION, Aspect.RESULTS)
    ),
    RowKind("novelty", Words(ja="新しさ", en="Novelty"), (Aspect.NOVELTY,)),
    RowKind(
        "discussion",
        Words(ja="議論と限界", en="Discussion and limits"),
        (Aspect.DISCUSSION, Aspect.LIMITATIONS),
    ),
    RowKind("next", Words(ja="その先", en="What follows"), (Aspect.APPLICATIONS, Aspect.REFERENCES)),
    RowKind("other", Words(ja="その他", en="Other"), (Aspect.OTHER,)),
)


class ComparisonStatus(StrEnum):
    RUNNING = "running"
    FINISHED = "finished"
    PARTIAL = "partial"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A run entered into a comparison."""

    label: str
    run_id: RunId
    reused: bool = False


@dataclass(frozen=True, slots=True)
class Comparison:
    """Which runs are compared. Rows, differences and shared evidence are derived from the runs when shown."""

    id: ComparisonId
    workspace_id: WorkspaceId
    paper_id: PaperId
    extraction_id: ExtractionId
    candidates: tuple[Candidate, ...]
    created_at: datetime
    blind: bool = False


class Difference(StrEnum):
    """One word for why the cells of a row differ; `only_A` and kin are `only` plus a label (`Row.only`)."""

    SAME_PASSAGES = "same_passages"
    DIFFERENT_PASSAGES = "different_passages"
    ONLY = "only"
    NUMBERS_DIFFER = "numbers_differ"
    NO_EVIDENCE = "no_evidence"
    NOT_ASKED = "not_asked"
    NOT_STATED = "not_stated"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class ConflictSide:
    path: str
    text: str
    page: int | None


@dataclass(frozen=True, slots=True)
class Row:
    """One row: per candidate the fields that belong to it, and how the candidates differ there."""

    kind: RowKind
    cells: dict[str, tuple[str, ...]]
    """Label → field ids, in the persona's order."""
    difference: Difference
    only: str | None = None
    """The label, when the difference is `only`."""
    shared_evidence: float | None = None
    """Overlap of verified sentences of the paper, 0–1; None when nobody cites anything."""
    conflicts: tuple[dict[str, ConflictSide], ...] = ()

    @property
    def difference_word(self) -> str:
        """As in the API: `same_passages`, `only_A`, …"""
        return f"only_{self.only}" if self.only else self.difference.value


@dataclass(frozen=True, slots=True)
class SameInput:
    identical: bool
    digest: str | None
    """Digest of the paper text all candidates were sent; None when they differ or none was sent."""
