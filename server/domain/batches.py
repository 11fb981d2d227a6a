"""A batch: many papers, each read by the same readers, worked on in the background."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from server.domain.errors import OverBudgetError
from server.domain.ids import BatchId, PaperId, RunId, WorkspaceId
from server.domain.papers import Problem
from server.domain.requests import ReaderRequest
from server.domain.runs import Run, RunStatus

MAX_READERS = 20
"""Of one batch."""
_NEWEST = 0.3
"""Weight of the latest look in the pace: some ten looks back count."""


class BatchStatus(StrEnum):
    RUNNING = "running"
    PAUSED = "paused"
    """Goes on by itself; `reason` says why it waits, `resumes_at` until when."""
    FINISHED = "finished"
    """Nothing is left to do, whatever became of its items."""
    CANCELLED = "cancelled"

    @property
    def is_over(self) -> bool:
        return self in (BatchStatus.FINISHED, BatchStatus.CANCELLED)


class BatchMode(StrEnum):
    QUEUE = "queue"
    """Runs like any other, a few at a time."""
    PROVIDER = "provider"
    """Where an endpoint offers it, asked in bulk: half the price, within a day."""


class ItemStatus(StrEnum):
    WAITING = "waiting"
    """For its paper to be read, or for its turn."""
    SENT = "sent"
    """Its question is with the provider."""
    RUNNING = "running"
    """Its run is queued or under way."""
    FINISHED = "finished"
    FAILED = "failed"
    CANCELLED = "cancelled"
    GONE = "gone"
    """Its paper or its run was deleted."""

    @property
    def is_over(self) -> bool:
        return self not in (ItemStatus.WAITING, ItemStatus.SENT, ItemStatus.RUNNING)


ENDS = {
    RunStatus.FINISHED: ItemStatus.FINISHED,
    RunStatus.FAILED: ItemStatus.FAILED,
    RunStatus.CANCELLED: ItemStatus.CANCELLED,
}
"""What becomes of an item when its run is over."""


@dataclass(frozen=True, slots=True)
class BatchItem:
    """One paper and one reader of a batch."""

    batch_id: BatchId
    number: int
    """From 1, in the order they are worked on: the readers of one paper follow each other."""
    paper_id: PaperId
    reader: int
    """Place in the batch's readers."""
    status: ItemStatus = ItemStatus.WAITING
    run_id: RunId | None = None
    shared: bool = False
    """Its run was there already: finished, or under way for somebody else. This batch did not pay for it."""
    error: Problem | None = None
    sent: str | None = None
    """Where its question is, when it was sent in bulk: the provider's name for that."""

    def runs(self, run: Run, *, shared: bool) -> BatchItem:
        return replace(self, status=ItemStatus.RUNNING, run_id=run.id, shared=shared, error=None)

    def sends(self, run: Run) -> BatchItem:
        """Its run waits for an answer that is asked for in bulk."""
        return replace(self, status=ItemStatus.SENT, run_id=run.id, shared=False, error=None, sent=None)

    def fails(self, error: Problem) -> BatchItem:
        return replace(self, status=ItemStatus.FAILED, error=error)

    def goes(self) -> BatchItem:
        return replace(self, status=ItemStatus.GONE)

    def waits(self) -> BatchItem:
        """For another run."""
        return replace(self, status=ItemStatus.WAITING, run_id=None, shared=False, error=None)

    def follows(self, run: Run | None) -> BatchItem:
        """As its run is now; None: there is none any more."""
        if run is None:
            return self.goes()
        if run.error and run.error.code == OverBudgetError.code:
            return self.waits()
        return replace(self, status=ENDS[run.status], error=run.error) if run.status.is_over else self


@dataclass(frozen=True, slots=True)
class Batch:
    """The record of a batch; its items are records of their own."""

    id: BatchId
    workspace_id: WorkspaceId
    readers: tuple[ReaderRequest, ...]
    """Persona with version and model by name, so that all its items are asked alike."""
    interface_language: str
    mode: BatchMode
    owner: str
    """As of runs: `server`, or the command line it belongs to."""
    created_at: datetime
    name: str | None = None
    key: str | None = None
    """Equal for those of one name that ask alike: asked for again, the batch is gone on with."""
    status: BatchStatus = BatchStatus.RUNNING
    reason: Problem | None = None
    """Why it is paused."""
    resumes_at: datetime | None = None
    finished_at: datetime | None = None
    cost_usd: float | None = None
    """Of the runs that it started and that are over; None: no prices are known."""
    pace_s: float | None = None
    """Seconds from one item's end to the next, of late."""
    settled_at: datetime | None = None
    """When an item ended last."""
    feeder: str | None = None
    """Which process moves it on; another one may from `fed_until` on."""
    fed_until: datetime | None = None

    def settle(self, ended: Sequence[tuple[BatchItem, Run | None]], *, at: datetime) -> Batch:
        """With the cost and pace of items that ended."""
        paid = [
            run.usage.cost_usd
            for item, run in ended
            if run and not item.shared and run.usage.cost_usd is not None
        ]
        cost = round((self.cost_usd or 0) + sum(paid), 6) if paid else self.cost_usd
        since = self.settled_at or self.created_at
        took = max((at - since).total_seconds(), 0) / max(len(ended), 1)
        pace = took if self.pace_s is None else _NEWEST * took + (1 - _NEWEST) * self.pace_s
        return replace(self, cost_usd=cost, pace_s=pace, settled_at=at)

    def pause(self, reason: Problem, *, until: datetime) -> Batch:
        return replace(self, status=BatchStatus.PAUSED, reason=reason, resumes_at=until)

    def resume(self, *, at: datetime) -> Batch:
        """Go on; the time in between does not count for its pace."""
        return replace(
            self,
            status=BatchStatus.RUNNING,
            reason=None,
            resumes_at=None,
            finished_at=None,
            settled_at=at,
        )

    def end(self, status: BatchStatus, *, at: datetime) -> Batch:
        return replace(self, status=status, reason=None, resumes_at=None, finished_at=at)

    def left(self, counts: Mapping[ItemStatus, int]) -> timedelta | None:
        """How long it will take at the pace of late; None: nobody knows."""
        todo = sum(count for status, count in counts.items() if not status.is_over)
        if self.status is not BatchStatus.RUNNING or not self.pace_s or not todo:
            return None
        return timedelta(seconds=self.pace_s * todo)


def tomorrow(now: datetime) -> datetime:
    """When the next day's budget begins (`now` in UTC)."""
    return now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)


def batch_key(name: str, asked: Sequence[Sequence[str]]) -> str:
    """Args:
    asked: Of each reader all that decides what it is asked.
    """
    return hashlib.sha256(json.dumps([name, *asked], ensure_ascii=False).encode()).hexdigest()
