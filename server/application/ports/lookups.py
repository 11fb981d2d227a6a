"""Looking for records: in brief, and by their words."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from server.domain.comparisons import Comparison
from server.domain.ids import PaperId, RunId, WorkspaceId
from server.domain.papers import Paper, Problem
from server.domain.runs import PersonaRef, Run, RunStatus
from server.domain.searching import HitKind, SearchText


@dataclass(frozen=True, slots=True)
class RunBrief:
    """A run as a list needs it, without its answer."""

    id: RunId
    paper_id: PaperId
    persona: PersonaRef
    engine: str
    model: str
    language: str
    status: RunStatus
    created_at: datetime
    error: Problem | None = None


class Listings(Protocol):
    """Records in brief, for lists of many: no answer is loaded. Newest first."""

    async def comparisons(self, workspace_id: WorkspaceId, papers: Sequence[PaperId]) -> Sequence[Comparison]:
        """All comparisons of these papers."""
        ...

    async def runs(self, workspace_id: WorkspaceId, papers: Sequence[PaperId]) -> Sequence[RunBrief]:
        """All runs of these papers, but no follow-ups."""
        ...


@dataclass(frozen=True, slots=True)
class Found:
    """A record that has the words looked for."""

    kind: HitKind
    id: str
    paper_id: PaperId
    created_at: datetime


class SearchTexts(Protocol):
    """What the library is searched through. Papers and runs put theirs themselves, when they are saved ready or
    finished; both go with their record."""

    async def put(self, text: SearchText) -> None:
        """Keep it, in place of the one before."""
        ...

    async def of(self, ids: Sequence[str]) -> Mapping[str, SearchText]:
        """By the id of the paper or run; those that have none are left out."""
        ...

    async def find(
        self,
        workspace_id: WorkspaceId,
        words: Sequence[str],
        *,
        kind: HitKind,
        limit: int,
        cursor: str | None,
        personas: Mapping[str, Collection[str]],
    ) -> Sequence[Found]:
        """Records that have every word, newest first: a paper in its own text, a run in its own or its paper's, a
        comparison in its paper's or any of its runs'.

        Args:
            words: Folded.
            cursor: Id of the last one seen.
            personas: Word → ids of the personas called so; their runs have the word.
        """
        ...

    async def missing(self, workspace_id: WorkspaceId, *, limit: int) -> Sequence[Paper | Run]:
        """Ready papers and finished runs that have no text yet. Follow-ups have none."""
        ...
