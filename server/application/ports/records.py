"""The records people know: papers, runs, comparisons, personas, feedback, votes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from server.domain.comparisons import Comparison
from server.domain.ids import ComparisonId, ExtractionId, PaperId, RunId, WorkspaceId
from server.domain.papers import Paper
from server.domain.runs import Run, RunStatus
from server.domain.votes import Vote


class Papers(Protocol):
    async def add(self, paper: Paper) -> None: ...
    async def get(self, id: PaperId) -> Paper | None: ...  # noqa: A002
    async def get_to_change(self, id: PaperId) -> Paper | None:  # noqa: A002
        """As it stays until the commit: nobody else changes it meanwhile."""
        ...

    async def by_sha256(self, workspace_id: WorkspaceId, sha256: str) -> Paper | None: ...
    async def with_extraction(self, workspace_id: WorkspaceId, extraction_id: ExtractionId) -> Paper | None:
        """The paper whose current extraction this is. Looks through all of them."""
        ...

    async def save(self, paper: Paper) -> None: ...
    async def list(self, workspace_id: WorkspaceId, *, limit: int, cursor: str | None) -> Sequence[Paper]:
        """Newest first; `cursor` is the id of the last one seen."""
        ...

    async def reading(self, *, before: datetime | None = None, limit: int | None = None) -> Sequence[Paper]:
        """Those that are still being read, of every workspace, oldest first; only ones recorded `before`."""
        ...

    async def unkept(self, *, limit: int) -> Sequence[PaperId]:
        """Those that were refused only because there was no space left to keep what was read."""
        ...

    async def waiting(self, *, at_most: int) -> int:
        """How many are still being read, counted up to `at_most`."""
        ...

    async def delete(self, id: PaperId) -> None:  # noqa: A002
        """And everything made from it: runs, comparisons, events, feedback."""
        ...


class Runs(Protocol):
    async def add(self, run: Run) -> None: ...
    async def get(self, id: RunId) -> Run | None: ...  # noqa: A002
    async def reusable(self, workspace_id: WorkspaceId, reuse_key: str) -> Run | None:
        """The newest finished run with this key."""
        ...

    async def list(
        self,
        workspace_id: WorkspaceId,
        *,
        limit: int,
        cursor: str | None,
        paper_id: PaperId | None = None,
        status: RunStatus | None = None,
        persona: str | None = None,
        follow_ups: bool = False,
    ) -> Sequence[Run]:
        """Newest first; `follow_ups` too only when they are asked for."""
        ...

    async def follow_ups(self, run_id: RunId) -> Sequence[Run]:
        """Those of this run, oldest first."""
        ...

    async def claim(self, id: RunId, *, now: datetime, lease_until: datetime) -> Run | None:  # noqa: A002
        """Take a queued run whose time has come (`wake_at`), or a running one whose lease has passed: `running`,
        fence + 1. None: somebody has it, or it sleeps."""
        ...

    async def renew(self, id: RunId, *, fence: int, lease_until: datetime) -> bool:  # noqa: A002
        """Hold it for longer, if the stored fence is this one and the run is not over. False: it is not held."""
        ...

    async def save(self, run: Run) -> bool:
        """Write if the stored fence is the run's own and the stored run is not over. False: discarded. With the run
        that is over go the answers of its `Calls`."""
        ...

    async def left_behind(
        self,
        *,
        owner: str,
        now: datetime,
        before: datetime | None = None,
        paper_id: PaperId | None = None,
        limit: int | None = None,
    ) -> Sequence[RunId]:
        """Runs of this owner that may be taken now, oldest first: queued ones that are not told to wait longer, and
        running ones whose lease has passed; only those recorded `before`, and of this paper."""
        ...

    async def papers_of(self, ids: Sequence[RunId]) -> Sequence[PaperId]:
        """The papers these runs are about, each once, in the order they are first met."""
        ...

    async def waiting(self, *, owner: str, at_most: int, alone: bool = False) -> int:
        """How many runs of this owner are queued and awake, counted up to `at_most`. `alone`: nobody else who counts so counts
        until the commit, so that two do not take the same room."""
        ...

    async def ended(self, *, since: datetime, at_most: int) -> int:
        """How many runs have ended since, counted up to `at_most`."""
        ...

    async def delete(self, id: RunId) -> None:  # noqa: A002
        """And its follow-ups."""
        ...


class Comparisons(Protocol):
    async def add(self, comparison: Comparison) -> None: ...
    async def get(self, id: ComparisonId) -> Comparison | None: ...  # noqa: A002
    async def list(
        self, workspace_id: WorkspaceId, *, limit: int, cursor: str | None, paper_id: PaperId | None = None
    ) -> Sequence[Comparison]: ...
    async def with_run(self, run_id: RunId) -> Sequence[Comparison]: ...
    async def delete(self, id: ComparisonId) -> None: ...  # noqa: A002


@dataclass(frozen=True, slots=True)
class SavedPersona:
    """One version of a persona saved over HTTP. Never changed, so an old version stays runnable."""

    workspace_id: WorkspaceId
    id: str
    version: str
    digest: str
    source: str
    files: Mapping[str, bytes]
    created_at: datetime


class SavedPersonas(Protocol):
    async def add(self, persona: SavedPersona) -> None: ...
    async def get(self, workspace_id: WorkspaceId, id: str, version: str | None) -> SavedPersona | None:  # noqa: A002
        """None as version: the newest."""
        ...

    async def versions(self, workspace_id: WorkspaceId, id: str) -> Sequence[SavedPersona]: ...  # noqa: A002
    async def list(self, workspace_id: WorkspaceId) -> Sequence[SavedPersona]:
        """The newest version of each."""
        ...


@dataclass(frozen=True, slots=True)
class Feedback:
    id: str
    workspace_id: WorkspaceId
    run_id: RunId
    path: str | None
    verdict: str
    comment: str
    created_at: datetime
    start: int | None = None
    """Of the statement it is about, within the value at `path`; None: all of it."""


class Feedbacks(Protocol):
    async def add(self, feedback: Feedback) -> None: ...
    async def of_run(self, run_id: RunId) -> Sequence[Feedback]: ...


class Votes(Protocol):
    """Votes outlive their comparison and go with their paper. All lists are oldest first."""

    async def add(self, vote: Vote) -> None: ...
    async def of_comparison(self, comparison_id: ComparisonId) -> Sequence[Vote]: ...
    async def of_voter(self, voter: str, paper_id: PaperId) -> Sequence[Vote]:
        """Takes the writers' turn first, so that what it returns stays all there is until the commit."""
        ...

    async def ranking(self, workspace_id: WorkspaceId, *, row: str | None) -> Sequence[Vote]:
        """Those that count in rankings, on this row or, for None, on the whole."""
        ...
