"""Papers, runs, comparisons, saved personas and feedback in memory, written in one transaction or not at all."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime
from typing import Any

from server.application.ports import (
    Batches,
    Calls,
    Comparisons,
    Feedback,
    Feedbacks,
    Found,
    KeptAnswer,
    KeptKey,
    Keys,
    Listings,
    Papers,
    RecordedCall,
    RunBrief,
    Runs,
    SavedPersona,
    SavedPersonas,
    SearchTexts,
    Spending,
    Votes,
)
from server.domain.batches import Batch, BatchItem
from server.domain.comparisons import Comparison
from server.domain.errors import BusyError, ConflictError, NotFoundError
from server.domain.ids import BatchId, ComparisonId, ExtractionId, PaperId, RunId, WorkspaceId
from server.domain.papers import Paper, PaperStatus
from server.domain.runs import Run, RunStatus
from server.domain.searching import HitKind, SearchText, fold, read_paper_text, run_text
from server.domain.spending import DaySpending, cost_of, day_of
from server.domain.votes import Vote

from memory_batches import MemoryBatches


@dataclass(frozen=True)
class Spent:
    """What a run was promised and, when it is over, did cost."""

    day: date
    reserved: int
    settled: int | None = None


@dataclass
class Kept:
    """What is committed, or what one unit of work sees."""

    papers: dict[PaperId, Paper] = field(default_factory=dict)
    runs: dict[RunId, Run] = field(default_factory=dict)
    calls: dict[tuple[RunId, str, int], RecordedCall] = field(default_factory=dict)
    comparisons: dict[ComparisonId, Comparison] = field(default_factory=dict)
    personas: list[SavedPersona] = field(default_factory=list)
    feedback: list[Feedback] = field(default_factory=list)
    votes: list[Vote] = field(default_factory=list)
    texts: dict[str, SearchText] = field(default_factory=dict)
    batches: dict[BatchId, Batch] = field(default_factory=dict)
    batch_items: dict[tuple[BatchId, int], BatchItem] = field(default_factory=dict)
    spending: dict[RunId, Spent] = field(default_factory=dict)
    keys: dict[str, KeptKey] = field(default_factory=dict)
    papers_of_keys: dict[str, PaperId | None] = field(default_factory=dict)
    forgotten: set[str] = field(default_factory=set)
    """Streams to delete on commit."""

    def copy(self) -> Kept:
        return Kept(**{f.name: getattr(self, f.name).copy() for f in fields(self)})


class Turn:
    """A lock for tasks of any loop: what a test arranges in its own is read in the one that serves."""

    def __init__(self) -> None:
        self._is_taken = False

    async def acquire(self) -> None:
        while self._is_taken:  # noqa: ASYNC110 (an event belongs to one loop)
            await asyncio.sleep(0)
        self._is_taken = True

    def release(self) -> None:
        self._is_taken = False


class MemoryTables:
    """What is committed, and the turn of writers."""

    def __init__(self, forget: Callable[[set[str]], None], tell: Callable[..., object]) -> None:
        self.kept = Kept()
        self.turn = Turn()
        self.forget = forget
        """Deletes streams of events."""
        self.tell = tell
        """Adds an event."""


class MemoryUnitOfWork:
    papers: Papers
    runs: Runs
    calls: Calls
    comparisons: Comparisons
    personas: SavedPersonas
    feedback: Feedbacks
    votes: Votes
    search: SearchTexts
    listings: Listings
    batches: Batches
    spending: Spending
    keys: Keys

    def __init__(self, tables: MemoryTables) -> None:
        self._tables = tables
        self._draft: Kept | None = None
        self._told: list[tuple[str, str, Mapping[str, Any]]] = []
        self.papers = MemoryPapers(self)
        self.runs = MemoryRuns(self)
        self.calls = MemoryCalls(self)
        self.comparisons = MemoryComparisons(self)
        self.personas = MemoryPersonas(self)
        self.feedback = MemoryFeedbacks(self)
        self.votes = MemoryVotes(self)
        self.search = MemorySearch(self)
        self.listings = MemoryListings(self)
        self.batches = MemoryBatches(self)
        self.spending = MemorySpending(self)
        self.keys = MemoryKeys(self)

    @property
    def seen(self) -> Kept:
        """What is committed, until the first write."""
        return self._tables.kept if self._draft is None else self._draft

    async def draft(self) -> Kept:
        """What is committed with this unit of work's own writes; other writers wait."""
        await asyncio.sleep(0)
        if self._draft is None:
            await self._tables.turn.acquire()
            self._draft = self._tables.kept.copy()
        return self._draft

    async def tell(self, stream: str, name: str, data: Mapping[str, Any]) -> None:
        await self.draft()
        self._told.append((stream, name, data))

    async def commit(self) -> None:
        await asyncio.sleep(0)
        if self._draft is None:
            return
        shown = {c.run_id for comparison in self._draft.comparisons.values() for c in comparison.candidates}
        if not shown <= self._draft.runs.keys():
            raise ConflictError(
                reason_ja="比較がこの実行を使っています。", reason_en="A comparison shows this run."
            )
        self._tables.forget(self._draft.forgotten)
        self._tables.kept = replace(self._draft, forgotten=set())
        for stream, name, data in self._told:
            self._tables.tell(stream, name, data)
        self._told = []
        self.end_turn()

    def end_turn(self) -> None:
        if self._draft is not None:
            self._draft = None
            self._tables.turn.release()


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

    async def get_to_change(self, id: PaperId) -> Paper | None:  # noqa: A002
        return (await self.uow.draft()).papers.get(id)

    async def unkept(self, *, limit: int) -> Sequence[PaperId]:
        papers = self.uow.seen.papers.values()
        return sorted(p.id for p in papers if p.error and p.error.code == "storage_full")[:limit]

    async def waiting(self, *, at_most: int) -> int:
        return min(len(await self.reading()), at_most)

    async def by_sha256(self, workspace_id: WorkspaceId, sha256: str) -> Paper | None:
        papers = self.uow.seen.papers.values()
        return next((p for p in papers if (p.workspace_id, p.sha256) == (workspace_id, sha256)), None)

    async def with_extraction(self, workspace_id: WorkspaceId, extraction_id: ExtractionId) -> Paper | None:
        papers = self.uow.seen.papers.values()
        wanted = (workspace_id, extraction_id)
        return next((p for p in papers if (p.workspace_id, p.extraction_id) == wanted), None)

    async def save(self, paper: Paper) -> None:
        kept = await self.uow.draft()
        if paper.id not in kept.papers:
            raise NotFoundError(kind="paper", id=paper.id)
        kept.papers[paper.id] = paper
        if text := read_paper_text(paper):
            kept.texts[paper.id] = text

    async def list(self, workspace_id: WorkspaceId, *, limit: int, cursor: str | None) -> Sequence[Paper]:
        return _page(self.uow.seen.papers.values(), workspace_id, limit, cursor)

    async def reading(self, *, before: datetime | None = None, limit: int | None = None) -> Sequence[Paper]:
        papers = (p for p in self.uow.seen.papers.values() if p.status is PaperStatus.READING)
        wanted = (p for p in papers if before is None or p.created_at < before)
        return sorted(wanted, key=lambda p: p.id)[:limit]

    async def delete(self, id: PaperId) -> None:  # noqa: A002
        kept = await self.uow.draft()
        kept.papers.pop(id, None)
        kept.texts = {key: text for key, text in kept.texts.items() if text.paper_id != id}
        kept.forgotten.add(f"paper:{id}")
        for key in [key for key, paper_id in kept.papers_of_keys.items() if paper_id == id]:
            kept.keys[key] = replace(kept.keys[key], answer=None)
        for comparison in [c for c in kept.comparisons.values() if c.paper_id == id]:
            del kept.comparisons[comparison.id]
        for run in [r for r in kept.runs.values() if r.paper_id == id]:
            _delete_run(kept, run.id)
        kept.votes[:] = [vote for vote in kept.votes if vote.paper_id != id]


class MemoryRuns(Store):
    async def add(self, run: Run) -> None:
        kept = await self.uow.draft()
        if run.paper_id not in kept.papers:
            raise NotFoundError(kind="paper", id=run.paper_id)
        if run.id in kept.runs:
            raise _taken(run.id)
        kept.runs[run.id] = run
        _put_text(kept, run)

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
        follow_ups: bool = False,
    ) -> Sequence[Run]:
        wanted = [
            r
            for r in self.uow.seen.runs.values()
            if (follow_ups or not r.follow_up)
            and paper_id in (None, r.paper_id)
            and status in (None, r.status)
            and persona in (None, r.persona.id)
        ]
        return _page(wanted, workspace_id, limit, cursor)

    async def follow_ups(self, run_id: RunId) -> Sequence[Run]:
        runs = self.uow.seen.runs.values()
        return sorted((r for r in runs if r.follow_up and r.root == run_id), key=lambda r: r.id)

    async def claim(self, id: RunId, *, now: datetime, lease_until: datetime) -> Run | None:  # noqa: A002
        kept = await self.uow.draft()
        run = kept.runs.get(id)
        if run is None or not _is_free(run, now):
            return None
        claimed = replace(
            run, status=RunStatus.RUNNING, fence=run.fence + 1, lease_until=lease_until, wake_at=None
        )
        kept.runs[id] = claimed
        return claimed

    async def renew(self, id: RunId, *, fence: int, lease_until: datetime) -> bool:  # noqa: A002
        kept = await self.uow.draft()
        stored = kept.runs.get(id)
        if stored is None or stored.status.is_over or stored.fence != fence:
            return False
        kept.runs[id] = replace(stored, lease_until=lease_until)
        return True

    async def save(self, run: Run) -> bool:
        kept = await self.uow.draft()
        stored = kept.runs.get(run.id)
        if stored is None or stored.status.is_over or stored.fence != run.fence:
            return False
        kept.runs[run.id] = run
        _put_text(kept, run)
        if run.status.is_over:
            _forget_calls(kept, run.id)
            _settle(kept, run)
        return True

    async def left_behind(
        self,
        *,
        owner: str,
        now: datetime,
        before: datetime | None = None,
        paper_id: PaperId | None = None,
        limit: int | None = None,
    ) -> Sequence[RunId]:
        found = sorted(
            r.id
            for r in self.uow.seen.runs.values()
            if r.owner == owner
            and _is_free(r, now)
            and (before is None or r.created_at < before)
            and paper_id in (None, r.paper_id)
        )
        return found[:limit]

    async def papers_of(self, ids: Sequence[RunId]) -> Sequence[PaperId]:
        runs = self.uow.seen.runs
        return list(dict.fromkeys(runs[id_].paper_id for id_ in ids if id_ in runs))

    async def waiting(self, *, owner: str, at_most: int, alone: bool = False) -> int:
        kept = await self.uow.draft() if alone else self.uow.seen
        queued = [r for r in kept.runs.values() if r.owner == owner and r.status is RunStatus.QUEUED]
        return min(sum(run.wake_at is None for run in queued), at_most)

    async def ended(self, *, since: datetime, at_most: int) -> int:
        ended = [r for r in self.uow.seen.runs.values() if r.finished_at and r.finished_at >= since]
        return min(len(ended), at_most)

    async def delete(self, id: RunId) -> None:  # noqa: A002
        _delete_run(await self.uow.draft(), id)


class MemoryCalls(Store):
    async def of_run(self, run_id: RunId, *, alone: bool = False) -> Mapping[tuple[str, int], RecordedCall]:
        kept = await self.uow.draft() if alone else self.uow.seen
        mine = {place[1:]: call for place, call in kept.calls.items() if place[0] == run_id}
        return dict(sorted(mine.items(), key=lambda item: (item[1].at, item[0])))

    async def add(self, run_id: RunId, place: tuple[str, int], call: RecordedCall) -> bool:
        kept = await self.uow.draft()
        run = kept.runs.get(run_id)
        if run is None or run.status.is_over:
            return False
        kept.calls.setdefault((run_id, *place), call)
        return True


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


class MemoryListings(Store):
    async def comparisons(self, workspace_id: WorkspaceId, papers: Sequence[PaperId]) -> Sequence[Comparison]:
        found = [
            c
            for c in self.uow.seen.comparisons.values()
            if c.workspace_id == workspace_id and c.paper_id in papers
        ]
        return sorted(found, key=lambda c: c.id, reverse=True)

    async def runs(self, workspace_id: WorkspaceId, papers: Sequence[PaperId]) -> Sequence[RunBrief]:
        found = [
            r
            for r in self.uow.seen.runs.values()
            if r.workspace_id == workspace_id and r.paper_id in papers and not r.follow_up
        ]
        names = [f.name for f in fields(RunBrief)]
        briefs = [RunBrief(**{name: getattr(run, name) for name in names}) for run in found]
        return sorted(briefs, key=lambda b: b.id, reverse=True)


class MemoryVotes(Store):
    async def add(self, vote: Vote) -> None:
        kept = await self.uow.draft()
        if vote.paper_id not in kept.papers:
            raise NotFoundError(kind="paper", id=vote.paper_id)
        if vote.id in {v.id for v in kept.votes}:
            raise _taken(vote.id)
        kept.votes.append(vote)

    async def of_comparison(self, comparison_id: ComparisonId) -> Sequence[Vote]:
        return self._sorted(v for v in self.uow.seen.votes if v.comparison_id == comparison_id)

    async def of_voter(self, voter: str, paper_id: PaperId) -> Sequence[Vote]:
        kept = await self.uow.draft()
        return self._sorted(v for v in kept.votes if (v.voter, v.paper_id) == (voter, paper_id))

    async def ranking(self, workspace_id: WorkspaceId, *, row: str | None) -> Sequence[Vote]:
        votes = self.uow.seen.votes
        return self._sorted(v for v in votes if v.workspace_id == workspace_id and v.ranks and v.row == row)

    @staticmethod
    def _sorted(votes: Iterable[Vote]) -> Sequence[Vote]:
        return sorted(votes, key=lambda vote: vote.id)


class MemorySearch(Store):
    async def put(self, text: SearchText) -> None:
        (await self.uow.draft()).texts[text.id] = text

    async def of(self, ids: Sequence[str]) -> Mapping[str, SearchText]:
        return {id_: self.uow.seen.texts[id_] for id_ in ids if id_ in self.uow.seen.texts}

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
        seen = self.uow.seen

        def said(id_: str, word: str) -> bool:
            return id_ in seen.texts and word in fold(seen.texts[id_].text)

        def has(record: Any, word: str) -> bool:
            if kind is HitKind.PAPER:
                return said(record.id, word)
            runs = [record] if kind is HitKind.RUN else [seen.runs[c.run_id] for c in record.candidates]
            own = any(said(run.id, word) or run.persona.id in personas.get(word, ()) for run in runs)
            return own or said(record.paper_id, word)

        records: dict[HitKind, list[Any]] = {
            HitKind.PAPER: list(seen.papers.values()),
            HitKind.RUN: [
                r for r in seen.runs.values() if r.status is RunStatus.FINISHED and not r.follow_up
            ],
            HitKind.COMPARISON: list(seen.comparisons.values()),
        }
        wanted = [r for r in records[kind] if all(has(r, word) for word in words)]
        return [
            Found(kind, r.id, getattr(r, "paper_id", r.id), r.created_at)
            for r in _page(wanted, workspace_id, limit, cursor)
        ]

    async def missing(self, workspace_id: WorkspaceId, *, limit: int) -> Sequence[Paper | Run]:
        seen = self.uow.seen
        papers = [p for p in seen.papers.values() if p.status is PaperStatus.READY]
        runs = [r for r in seen.runs.values() if r.status is RunStatus.FINISHED and not r.follow_up]
        mine = [r for r in (*papers, *runs) if r.workspace_id == workspace_id and r.id not in seen.texts]
        return sorted(mine, key=lambda r: (isinstance(r, Run), r.id))[:limit]


class MemorySpending(Store):
    async def committed(self, workspace_id: WorkspaceId, day: date, *, alone: bool = False) -> int:  # noqa: ARG002
        if alone:
            await self.uow.draft()
        rows = [row for row in self.uow.seen.spending.values() if row.day == day]
        return sum(row.reserved if row.settled is None else row.settled for row in rows)

    async def reserve(self, run_id: RunId, *, day: date, micros: int) -> None:
        (await self.uow.draft()).spending[run_id] = Spent(day, micros)

    async def days(self, workspace_id: WorkspaceId, *, first: date, last: date) -> Sequence[DaySpending]:  # noqa: ARG002
        rows = list(self.uow.seen.spending.values())
        return [
            DaySpending(
                day,
                sum(row.reserved for row in rows if row.day == day and row.settled is None),
                sum(row.settled or 0 for row in rows if row.day == day),
                sum(row.day == day for row in rows),
            )
            for day in sorted({row.day for row in rows})
            if first <= day <= last
        ]


class MemoryKeys(Store):
    async def get(self, key: str) -> KeptKey | None:
        return self.uow.seen.keys.get(key)

    async def take(self, key: str, fingerprint: str, *, now: datetime, lease_until: datetime) -> bool:
        kept = await self.uow.draft()
        known = kept.keys.get(key)
        if known is None:
            kept.keys[key] = KeptKey(fingerprint, now, lease_until, None, None)
            return True
        held = known.lease_until is not None and known.lease_until >= now
        if held or known.answer or known.fingerprint != fingerprint:
            return False
        kept.keys[key] = replace(known, lease_until=lease_until)
        return True

    async def renew(self, key: str, *, held_until: datetime, lease_until: datetime) -> bool:
        return await self._change(key, held_until, lease_until=lease_until)

    async def bind(self, key: str, about: str, *, paper_id: PaperId | None) -> None:
        kept = await self.uow.draft()
        known = kept.keys.get(key)
        if known is None or known.about is not None:
            raise BusyError(retry_after_s=1)
        kept.keys[key] = replace(known, about=about)
        kept.papers_of_keys[key] = paper_id

    async def answer(self, key: str, answer: KeptAnswer, *, held_until: datetime) -> None:
        await self._change(key, held_until, lease_until=None, answer=answer)

    async def let_go(self, key: str, *, held_until: datetime) -> None:
        if await self._change(key, held_until, lease_until=None):
            kept = await self.uow.draft()
            if kept.keys[key].about is None:
                del kept.keys[key]

    async def forget(self, *, before: datetime) -> int:
        kept = await self.uow.draft()
        old = [key for key, known in kept.keys.items() if known.created_at < before]
        for key in old:
            del kept.keys[key]
            kept.papers_of_keys.pop(key, None)
        return len(old)

    async def _change(self, key: str, held_until: datetime, **changes: Any) -> bool:
        kept = await self.uow.draft()
        known = kept.keys.get(key)
        if known is None or known.lease_until != held_until:
            return False
        kept.keys[key] = replace(known, **changes)
        return True


def _settle(kept: Kept, run: Run) -> None:
    cost, row = cost_of(run), kept.spending.get(run.id)
    if row:
        kept.spending[run.id] = replace(row, settled=row.reserved if cost is None else cost)
    elif cost:
        kept.spending[run.id] = Spent(day_of(run.created_at), 0, cost)


def _put_text(kept: Kept, run: Run) -> None:
    if text := run_text(run):
        kept.texts[run.id] = text


def _page(records: Any, workspace_id: WorkspaceId, limit: int, cursor: str | None) -> list[Any]:
    mine = [r for r in records if r.workspace_id == workspace_id and (cursor is None or r.id < cursor)]
    return sorted(mine, key=lambda r: r.id, reverse=True)[:limit]


def _is_free(run: Run, now: datetime) -> bool:
    lapsed = run.lease_until is not None and run.lease_until < now
    awake = run.wake_at is None or run.wake_at <= now
    return (run.status is RunStatus.QUEUED and awake) or (run.status is RunStatus.RUNNING and lapsed)


def _delete_run(kept: Kept, id: RunId) -> None:  # noqa: A002
    for follow_up in [r for r in kept.runs.values() if r.follow_up and r.root == id]:
        _delete_run(kept, follow_up.id)
    kept.runs.pop(id, None)
    kept.texts.pop(id, None)
    _forget_calls(kept, id)
    for key, known in kept.keys.items():
        if known.about in (f"run:{id}", f"reused:{id}"):
            kept.keys[key] = replace(known, answer=None)
    kept.feedback[:] = [f for f in kept.feedback if f.run_id != id]
    kept.forgotten.add(f"run:{id}")


def _forget_calls(kept: Kept, id: RunId) -> None:  # noqa: A002
    kept.calls = {place: call for place, call in kept.calls.items() if place[0] != id}


def _version(persona: SavedPersona) -> tuple[str, str, str]:
    return (persona.workspace_id, persona.id, persona.version)


def _taken(id: str) -> ConflictError:  # noqa: A002
    return ConflictError(reason_ja=f"「{id}」はもうあります。", reason_en=f"'{id}' exists already.")
