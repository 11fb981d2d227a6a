"""Everything the use cases need to store and start, in memory. The same contract tests hold for it and for SQL."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from server.application.ports import (
    Comparisons,
    Event,
    Feedback,
    Feedbacks,
    Papers,
    Runs,
    SavedPersona,
    SavedPersonas,
    UnitOfWork,
)
from server.domain.comparisons import Comparison
from server.domain.errors import ConflictError, NotFoundError
from server.domain.extractions import Extraction
from server.domain.ids import ComparisonId, ExtractionId, PaperId, RunId, WorkspaceId
from server.domain.papers import Paper, PaperStatus
from server.domain.runs import Run, RunStatus


class Memory:
    """A whole storage: `Memory().unit_of_work`, `.events`, `.blobs`, `.extractions`, `.jobs`, `.clock`, `.ids`."""

    def __init__(self) -> None:
        self.kept = Kept()
        self.turn = asyncio.Lock()
        self.events = MemoryEvents(self)
        self.blobs = MemoryBlobs()
        self.extractions = MemoryExtractions()
        self.jobs = RecordingJobs(self)
        self.clock = SettableClock()
        self.ids = CountingIds()

    @asynccontextmanager
    async def unit_of_work(self) -> AsyncIterator[UnitOfWork]:
        mine = MemoryUnitOfWork(self)
        try:
            yield mine
        finally:
            mine.end_turn()

    def has(self, record: Any) -> Any:
        """Arrange: this record is stored (an `Extraction` too). Returns it."""
        match record:
            case Paper():
                self.kept.papers[record.id] = record
            case Run():
                self.kept.runs[record.id] = record
            case Comparison():
                self.kept.comparisons[record.id] = record
            case SavedPersona():
                self.kept.personas.append(record)
            case Feedback():
                self.kept.feedback.append(record)
            case Extraction():
                self.extractions.kept[record.id] = record
            case _:
                raise TypeError(type(record))
        return record


@dataclass
class Kept:
    """What is committed, or what one unit of work sees."""

    papers: dict[PaperId, Paper] = field(default_factory=dict)
    runs: dict[RunId, Run] = field(default_factory=dict)
    comparisons: dict[ComparisonId, Comparison] = field(default_factory=dict)
    personas: list[SavedPersona] = field(default_factory=list)
    feedback: list[Feedback] = field(default_factory=list)
    forgotten: set[str] = field(default_factory=set)
    """Streams to delete on commit."""

    def copy(self) -> Kept:
        return Kept(**{f.name: getattr(self, f.name).copy() for f in fields(self)})


class MemoryUnitOfWork:
    papers: Papers
    runs: Runs
    comparisons: Comparisons
    personas: SavedPersonas
    feedback: Feedbacks

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._draft: Kept | None = None
        self.papers = MemoryPapers(self)
        self.runs = MemoryRuns(self)
        self.comparisons = MemoryComparisons(self)
        self.personas = MemoryPersonas(self)
        self.feedback = MemoryFeedbacks(self)

    @property
    def seen(self) -> Kept:
        """What is committed, until the first write."""
        return self._memory.kept if self._draft is None else self._draft

    async def draft(self) -> Kept:
        """What is committed with this unit of work's own writes; other writers wait."""
        await asyncio.sleep(0)
        if self._draft is None:
            await self._memory.turn.acquire()
            self._draft = self._memory.kept.copy()
        return self._draft

    async def commit(self) -> None:
        await asyncio.sleep(0)
        if self._draft is None:
            return
        shown = {c.run_id for comparison in self._draft.comparisons.values() for c in comparison.candidates}
        if not shown <= self._draft.runs.keys():
            raise ConflictError(
                reason_ja="比較がこの実行を使っています。", reason_en="A comparison shows this run."
            )
        self._memory.events.forget(self._draft.forgotten)
        self._memory.kept = replace(self._draft, forgotten=set())
        self.end_turn()

    def end_turn(self) -> None:
        if self._draft is not None:
            self._draft = None
            self._memory.turn.release()


@dataclass(frozen=True)
class Store:
    uow: MemoryUnitOfWork


class MemoryPapers(Store):
    async def add(self, paper: Paper) -> None:
        kept = await self.uow.draft()
        known = {(p.workspace_id, p.sha256) for p in kept.papers.values()}
        if paper.id in kept.papers or (paper.workspace_id, paper.sha256) in known:
            raise _taken(paper.id)
        kept.papers[paper.id] = paper

    async def get(self, id: PaperId) -> Paper | None:  # noqa: A002
        return self.uow.seen.papers.get(id)

    async def by_sha256(self, workspace_id: WorkspaceId, sha256: str) -> Paper | None:
        papers = self.uow.seen.papers.values()
        return next((p for p in papers if (p.workspace_id, p.sha256) == (workspace_id, sha256)), None)

    async def save(self, paper: Paper) -> None:
        kept = await self.uow.draft()
        if paper.id not in kept.papers:
            raise NotFoundError(kind="paper", id=paper.id)
        kept.papers[paper.id] = paper

    async def list(self, workspace_id: WorkspaceId, *, limit: int, cursor: str | None) -> Sequence[Paper]:
        return _page(self.uow.seen.papers.values(), workspace_id, limit, cursor)

    async def reading(self) -> Sequence[Paper]:
        papers = self.uow.seen.papers.values()
        return sorted((p for p in papers if p.status is PaperStatus.READING), key=lambda p: p.id)

    async def delete(self, id: PaperId) -> None:  # noqa: A002
        kept = await self.uow.draft()
        kept.papers.pop(id, None)
        kept.forgotten.add(f"paper:{id}")
        for comparison in [c for c in kept.comparisons.values() if c.paper_id == id]:
            del kept.comparisons[comparison.id]
        for run in [r for r in kept.runs.values() if r.paper_id == id]:
            _delete_run(kept, run.id)


class MemoryRuns(Store):
    async def add(self, run: Run) -> None:
        kept = await self.uow.draft()
        if run.paper_id not in kept.papers:
            raise NotFoundError(kind="paper", id=run.paper_id)
        if run.id in kept.runs:
            raise _taken(run.id)
        kept.runs[run.id] = run

    async def get(self, id: RunId) -> Run | None:  # noqa: A002
        return self.uow.seen.runs.get(id)

    async def reusable(self, workspace_id: WorkspaceId, reuse_key: str) -> Run | None:
        finished = [r for r in self.uow.seen.runs.values() if r.status is RunStatus.FINISHED]
        equal = [r for r in finished if (r.workspace_id, r.reuse_key) == (workspace_id, reuse_key)]
        return max(equal, key=lambda r: r.id, default=None)

    async def list(
        self,
        workspace_id: WorkspaceId,
        *,
        limit: int,
        cursor: str | None,
        paper_id: PaperId | None = None,
        status: RunStatus | None = None,
        persona: str | None = None,
    ) -> Sequence[Run]:
        wanted = [
            r
            for r in self.uow.seen.runs.values()
            if paper_id in (None, r.paper_id)
            and status in (None, r.status)
            and persona in (None, r.persona.id)
        ]
        return _page(wanted, workspace_id, limit, cursor)

    async def claim(self, id: RunId, *, now: datetime, lease_until: datetime) -> Run | None:  # noqa: A002
        kept = await self.uow.draft()
        run = kept.runs.get(id)
        if run is None or not _is_free(run, now):
            return None
        claimed = replace(run, status=RunStatus.RUNNING, fence=run.fence + 1, lease_until=lease_until)
        kept.runs[id] = claimed
        return claimed

    async def save(self, run: Run) -> bool:
        kept = await self.uow.draft()
        stored = kept.runs.get(run.id)
        if stored is None or stored.status.is_over or stored.fence != run.fence:
            return False
        kept.runs[run.id] = run
        return True

    async def left_behind(self, *, owner: str, now: datetime) -> Sequence[Run]:
        runs = self.uow.seen.runs.values()
        return sorted((r for r in runs if r.owner == owner and _is_free(r, now)), key=lambda r: r.id)

    async def delete(self, id: RunId) -> None:  # noqa: A002
        _delete_run(await self.uow.draft(), id)


class MemoryComparisons(Store):
    async def add(self, comparison: Comparison) -> None:
        kept = await self.uow.draft()
        if comparison.paper_id not in kept.papers:
            raise NotFoundError(kind="paper", id=comparison.paper_id)
        if comparison.id in kept.comparisons:
            raise _taken(comparison.id)
        kept.comparisons[comparison.id] = comparison

    async def get(self, id: ComparisonId) -> Comparison | None:  # noqa: A002
        return self.uow.seen.comparisons.get(id)

    async def list(
        self, workspace_id: WorkspaceId, *, limit: int, cursor: str | None, paper_id: PaperId | None = None
    ) -> Sequence[Comparison]:
        wanted = [c for c in self.uow.seen.comparisons.values() if paper_id in (None, c.paper_id)]
        return _page(wanted, workspace_id, limit, cursor)

    async def with_run(self, run_id: RunId) -> Sequence[Comparison]:
        comparisons = self.uow.seen.comparisons.values()
        shown = [c for c in comparisons if run_id in {candidate.run_id for candidate in c.candidates}]
        return sorted(shown, key=lambda c: c.id)

    async def delete(self, id: ComparisonId) -> None:  # noqa: A002
        (await self.uow.draft()).comparisons.pop(id, None)


class MemoryPersonas(Store):
    async def add(self, persona: SavedPersona) -> None:
        kept = await self.uow.draft()
        if any(_version(p) == _version(persona) for p in kept.personas):
            raise _taken(f"{persona.id}@{persona.version}")
        kept.personas.append(persona)

    async def get(self, workspace_id: WorkspaceId, id: str, version: str | None) -> SavedPersona | None:  # noqa: A002
        versions = await self.versions(workspace_id, id)
        return next((p for p in versions if version in (None, p.version)), None)

    async def versions(self, workspace_id: WorkspaceId, id: str) -> Sequence[SavedPersona]:  # noqa: A002
        return [p for p in reversed(self.uow.seen.personas) if (p.workspace_id, p.id) == (workspace_id, id)]

    async def list(self, workspace_id: WorkspaceId) -> Sequence[SavedPersona]:
        newest = {p.id: p for p in self.uow.seen.personas if p.workspace_id == workspace_id}
        return [newest[id_] for id_ in sorted(newest)]


class MemoryFeedbacks(Store):
    async def add(self, feedback: Feedback) -> None:
        kept = await self.uow.draft()
        if feedback.run_id not in kept.runs:
            raise NotFoundError(kind="run", id=feedback.run_id)
        if feedback.id in {f.id for f in kept.feedback}:
            raise _taken(feedback.id)
        kept.feedback.append(feedback)

    async def of_run(self, run_id: RunId) -> Sequence[Feedback]:
        return sorted((f for f in self.uow.seen.feedback if f.run_id == run_id), key=lambda f: f.id)


class MemoryEvents:
    """Streams in a list. `all` is what was appended, in order."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self.all: list[Event] = []
        self._seq = 0
        self._rung = asyncio.Event()
        self._seen: dict[asyncio.Task[Any] | None, int] = {}

    async def append(self, stream: str, name: str, data: Mapping[str, Any]) -> Event:
        await asyncio.sleep(0)
        kind, _, id_ = stream.partition(":")
        records: dict[str, Mapping[Any, object]] = {
            "run": self._memory.kept.runs,
            "paper": self._memory.kept.papers,
        }
        if kind in records and id_ not in records[kind]:
            raise NotFoundError(kind=kind, id=id_)
        self._seq += 1
        number = 1 + sum(event.stream == stream for event in self.all)
        event = Event(number, self._seq, stream, name, json.loads(json.dumps(data)))
        self.all.append(event)
        self._rung.set()
        self._rung = asyncio.Event()
        return event

    async def after(self, streams: Sequence[str], seq: int) -> Sequence[Event]:
        await asyncio.sleep(0)
        found = self._after(streams, seq)
        self._seen[asyncio.current_task()] = found[-1].seq if found else seq
        return found

    async def wait(self, streams: Sequence[str], *, timeout_s: float) -> None:
        task = asyncio.current_task()
        seen = self._seen.get(task, self._seq)
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                while not self._after(streams, seen):
                    await self._rung.wait()
                self._seen[task] = self._seq

    def names(self, stream: str) -> list[str]:
        return [event.name for event in self.all if event.stream == stream]

    def forget(self, streams: set[str]) -> None:
        self.all = [event for event in self.all if event.stream not in streams]

    def _after(self, streams: Sequence[str], seq: int) -> list[Event]:
        return [event for event in self.all if event.seq > seq and event.stream in streams]


class MemoryBlobs:
    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    async def put(self, key: str, data: bytes) -> None:
        if any(not name or name.startswith(".") for name in key.split("/")):
            raise ValueError(key)
        self.kept[key] = data

    async def get(self, key: str) -> bytes | None:
        return self.kept.get(key)

    async def delete(self, key: str) -> None:
        self.kept.pop(key, None)


class MemoryExtractions:
    def __init__(self) -> None:
        self.kept: dict[ExtractionId, Extraction] = {}

    async def get(self, workspace_id: WorkspaceId, extraction_id: ExtractionId) -> Extraction | None:  # noqa: ARG002
        return self.kept.get(extraction_id)

    async def put(self, workspace_id: WorkspaceId, extraction: Extraction) -> None:  # noqa: ARG002
        self.kept[extraction.id] = extraction

    async def delete(self, workspace_id: WorkspaceId, extraction_id: ExtractionId) -> None:  # noqa: ARG002
        self.kept.pop(extraction_id, None)


class RecordingJobs:
    """Executes nothing; remembers what was asked, and whether it was committed by then."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self.papers: list[PaperId] = []
        self.enqueued: list[RunId] = []
        self.cancelled: list[RunId] = []
        self.committed_when_enqueued: list[bool] = []
        """For each paper and run, in the order they were asked for."""

    async def read_paper(self, id: PaperId) -> None:  # noqa: A002
        self.papers.append(id)
        self.committed_when_enqueued.append(id in self._memory.kept.papers)

    async def execute_runs(self, ids: Sequence[RunId]) -> None:
        self.enqueued.extend(ids)
        self.committed_when_enqueued.extend(id_ in self._memory.kept.runs for id_ in ids)

    async def cancel_run(self, id: RunId) -> None:  # noqa: A002
        self.cancelled.append(id)


class SettableClock:
    """Stands still until `advance`d."""

    def __init__(self, at: datetime = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)) -> None:
        self._at = at
        self._monotonic = 1000.0

    def now(self) -> datetime:
        return self._at

    def monotonic(self) -> float:
        return self._monotonic

    def advance(self, seconds: float) -> None:
        self._at += timedelta(seconds=seconds)
        self._monotonic += seconds


class CountingIds:
    """`id-000001`, `id-000002`, …: they sort by age as real ones do."""

    def __init__(self) -> None:
        self._last = 0

    def new(self) -> str:
        self._last += 1
        return f"id-{self._last:06}"


def _page(records: Any, workspace_id: WorkspaceId, limit: int, cursor: str | None) -> list[Any]:
    mine = [r for r in records if r.workspace_id == workspace_id and (cursor is None or r.id < cursor)]
    return sorted(mine, key=lambda r: r.id, reverse=True)[:limit]


def _is_free(run: Run, now: datetime) -> bool:
    lapsed = run.lease_until is not None and run.lease_until < now
    return run.status is RunStatus.QUEUED or (run.status is RunStatus.RUNNING and lapsed)


def _delete_run(kept: Kept, id: RunId) -> None:  # noqa: A002
    kept.runs.pop(id, None)
    kept.feedback[:] = [f for f in kept.feedback if f.run_id != id]
    kept.forgotten.add(f"run:{id}")


def _version(persona: SavedPersona) -> tuple[str, str, str]:
    return (persona.workspace_id, persona.id, persona.version)


def _taken(id: str) -> ConflictError:  # noqa: A002
    return ConflictError(reason_ja=f"「{id}」はもうあります。", reason_en=f"'{id}' exists already.")
