"""Everything the use cases need to store and start, in memory. The same contract tests hold for it and for SQL."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from server.application.ports import (
    Event,
    Feedback,
    SavedPersona,
    UnitOfWork,
)
from server.domain.comparisons import Comparison
from server.domain.errors import NotFoundError
from server.domain.extractions import Extraction
from server.domain.ids import ExtractionId, PaperId, RunId, WorkspaceId
from server.domain.papers import Paper
from server.domain.runs import Run, RunStatus
from server.domain.votes import Vote

from memory_rows import Kept, MemoryTables, MemoryUnitOfWork


class Memory:
    """A whole storage: `Memory().unit_of_work`, `.events`, `.blobs`, `.extractions`, `.jobs`, `.clock`, `.ids`."""

    def __init__(self) -> None:
        self.events = MemoryEvents(self)
        self._tables = MemoryTables(self.events.forget, self.events.add)
        self.blobs = MemoryBlobs()
        self.extractions = MemoryExtractions()
        self.jobs = RecordingJobs(self)
        self.clock = SettableClock()
        self.ids = CountingIds()

    @property
    def kept(self) -> Kept:
        """What is committed."""
        return self._tables.kept

    @asynccontextmanager
    async def unit_of_work(self) -> AsyncIterator[UnitOfWork]:
        mine = MemoryUnitOfWork(self._tables)
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
            case Vote():
                self.kept.votes.append(record)
            case Extraction():
                self.extractions.kept[record.id] = record
            case _:
                raise TypeError(type(record))
        return record


class MemoryEvents:
    """Streams in a list. `all` is what was appended, in order."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self.all: list[Event] = []
        self._seq = 0
        self._rung = asyncio.Event()
        self.silent = False
        self._seen: dict[asyncio.Task[Any] | None, int] = {}

    async def append(
        self, stream: str, name: str, data: Mapping[str, Any], *, fence: int | None = None
    ) -> Event:
        await asyncio.sleep(0)
        kind, _, id_ = stream.partition(":")
        records: dict[str, Mapping[Any, object]] = {
            "run": self._memory.kept.runs,
            "paper": self._memory.kept.papers,
        }
        if kind in records and id_ not in records[kind]:
            raise NotFoundError(kind=kind, id=id_)
        if fence is not None:
            run = self._memory.kept.runs[RunId(id_)]
            if (run.fence, run.status) != (fence, RunStatus.RUNNING):
                raise NotFoundError(kind=kind, id=id_)
        return self.add(stream, name, data)

    def add(self, stream: str, name: str, data: Mapping[str, Any]) -> Event:
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

    async def wait(self, streams: Sequence[str], *, timeout_s: float) -> bool:
        task = asyncio.current_task()
        seen = self._seen.get(task, self._seq)
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                while not self._after(streams, seen) and not self.silent:
                    await self._rung.wait()
                self._seen[task] = self._seq
        return not self.silent

    def let_go(self) -> None:
        self.silent = True
        self._rung.set()

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

    async def has(self, key: str) -> bool:
        return key in self.kept

    async def delete(self, key: str) -> None:
        self.kept.pop(key, None)

    async def expect_room(self, size: int) -> None:
        """Memory does not fill up."""


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

    def jump(self, by: timedelta) -> None:
        """Somebody sets the wall clock."""
        self._at += by


class CountingIds:
    """`id-000001`, `id-000002`, …: they sort by age as real ones do."""

    def __init__(self) -> None:
        self._last = 0

    def new(self) -> str:
        self._last += 1
        return f"id-{self._last:06}"
