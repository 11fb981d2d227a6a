"""Batches as the JSON shapes of the API."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from server.application.batch_results import BatchResult, BatchView
from server.domain.batches import ItemStatus
from server.domain.requests import ReaderRequest
from server.web.shapes import problem_out, run_out
from server.web.structs import Out, ProblemOut, RunOut


class BatchReaderOut(Out):
    persona: str
    """`id@version`."""
    model: str
    language: str | None
    settings: dict[str, Any]


class BatchCountsOut(Out):
    """Items by what has become of them."""

    waiting: int
    """For their paper to be read, or for their turn."""
    sent: int
    """With the provider, asked in bulk."""
    running: int
    """Their run is queued or under way."""
    finished: int
    failed: int
    cancelled: int
    gone: int
    """Their paper or their run was deleted."""


class BatchOut(Out):
    id: str
    name: str | None
    status: str
    """`running`, `paused` (goes on by itself: see `reason`), `finished` (whatever became of its items), `cancelled`."""
    mode: str
    readers: list[BatchReaderOut]
    papers: int
    items: int
    """Papers × readers."""
    counts: BatchCountsOut
    progress: float
    """Share of the items that are over, 0 to 1."""
    cost_usd: float | None
    """Of the runs that it started and that are over; null: no prices are known."""
    eta_ms: int | None
    """How long it will take at the pace of late; null: nobody knows."""
    reason: ProblemOut | None
    """Why it is paused."""
    resumes_at: datetime | None
    created_at: datetime
    finished_at: datetime | None


class BatchesOut(Out):
    items: list[BatchOut]
    next_cursor: str | None


class ItemPaperOut(Out):
    id: str | None
    """null: it could not even be taken in."""
    title: str | None
    sha256: str | None
    filename: str | None


class BatchItemOut(Out):
    """A line of the results: one paper and one reader."""

    number: int
    paper: ItemPaperOut
    persona: str
    """`id@version`."""
    model: str
    language: str | None
    """Asked for; the run says in which it answered."""
    settings: dict[str, Any]
    status: str
    error: ProblemOut | None
    run: RunOut | None
    """null: there is none (yet, any more), or it stands in a blind comparison that you have yet to vote on."""


def batch_out(view: BatchView, language: str) -> BatchOut:
    batch = view.batch
    return BatchOut(
        id=batch.id,
        name=batch.name,
        status=batch.status,
        mode=batch.mode,
        readers=[_reader_out(reader) for reader in batch.readers],
        papers=view.papers,
        items=view.items,
        counts=BatchCountsOut(**{status.value: view.counts.get(status, 0) for status in ItemStatus}),
        progress=round(view.over / view.items, 4) if view.items else 1.0,
        cost_usd=batch.cost_usd,
        eta_ms=_ms(view.left),
        reason=problem_out(batch.reason, language) if batch.reason else None,
        resumes_at=batch.resumes_at,
        created_at=batch.created_at,
        finished_at=batch.finished_at,
    )


def item_out(result: BatchResult, language: str) -> BatchItemOut:
    item, paper = result.item, result.paper
    title = paper.identity(paper.gist.identity if paper.gist else None).title if paper else None
    error = item.error if result.status is ItemStatus.FAILED else None
    return BatchItemOut(
        number=item.number,
        paper=ItemPaperOut(
            id=item.paper_id,
            title=str(title.value) if title else None,
            sha256=paper.sha256 if paper else None,
            filename=paper.filename if paper else None,
        ),
        persona=result.reader.ref,
        model=str(result.reader.model),
        language=result.reader.language,
        settings=result.reader.settings.as_dict(),
        status=result.status,
        error=problem_out(error, language) if error else None,
        run=run_out(result.run, language) if result.run else None,
    )


def _reader_out(reader: ReaderRequest) -> BatchReaderOut:
    return BatchReaderOut(
        persona=reader.ref,
        model=str(reader.model),
        language=reader.language,
        settings=reader.settings.as_dict(),
    )


def _ms(time: timedelta | None) -> int | None:
    return None if time is None else round(time.total_seconds() * 1000)
