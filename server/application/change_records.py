"""Cancel, correct, delete and comment on what is recorded."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from server.application.conversation import run_stream
from server.application.ingest_paper import paper_key
from server.application.leases import cancelling
from server.application.ports import (
    Bells,
    Blobs,
    Clock,
    Events,
    ExtractionStore,
    Feedback,
    Ids,
    Jobs,
    UnitOfWork,
    UnitOfWorkFactory,
)
from server.application.ports.telemetry import UNWATCHED, Telemetry
from server.application.pricing import sum_of
from server.domain.comparisons import Comparison
from server.domain.errors import ConflictError, NotFoundError
from server.domain.identity import Found, Identity, Source
from server.domain.ids import LOCAL_WORKSPACE, ComparisonId, PaperId, RunId, WorkspaceId
from server.domain.papers import Paper
from server.domain.runs import Run


@dataclass(frozen=True)
class ChangeRecords:
    """The changes a person makes to papers, runs and comparisons of one workspace."""

    unit_of_work: UnitOfWorkFactory
    blobs: Blobs
    extractions: ExtractionStore
    events: Events
    jobs: Jobs
    clock: Clock
    ids: Ids
    workspace_id: WorkspaceId = LOCAL_WORKSPACE
    bells: Bells | None = None
    """To reach who executes a run elsewhere at once; None: they hear of it when they renew their lease."""
    telemetry: Telemetry = UNWATCHED

    async def cancel_run(self, run_id: RunId) -> None:
        """Nothing of the run is kept after this but what it took so far; the call in flight is broken off.

        Raises:
            NotFoundError
            ConflictError: it is over already.
        """
        while not await self._is_cancelled(run_id):  # somebody took it up between the look and the write
            pass
        await self._stop(run_id)

    async def _stop(self, run_id: RunId) -> None:
        """Tell who executes it, here or elsewhere, that it is not to be executed any more."""
        if self.bells:
            self.bells.ring(cancelling(run_id))
        await self.jobs.cancel_run(run_id)

    async def _is_cancelled(self, run_id: RunId) -> bool:
        """Write that it is. False: its record changed meanwhile, look again."""
        async with self.unit_of_work() as uow:
            run = await self._run(uow, run_id)
            if run.status.is_over:
                raise ConflictError(
                    reason_ja="この実行はもう終わっています。", reason_en="This run is over already."
                )
            calls = (await uow.calls.of_run(run_id, alone=True)).values()
            taken = {
                "usage": sum_of(*(call.usage for call in calls)),
                "attempts": tuple(attempt for call in calls for attempt in call.attempts),
            }
            run = run.cancel(at=self.clock.now(), **taken)
            saved = await uow.runs.save(run)
            if saved:
                await uow.tell(run_stream(run_id), "finished", {"status": run.status.value})
            await uow.commit()
        if saved:
            self.telemetry.run_ended(run)
        return saved

    async def cancel_comparison(self, comparison_id: ComparisonId) -> None:
        """Stop what it started and is not over: also of a blind one, whose runs nobody can name.

        Raises:
            NotFoundError
            ConflictError: all of it is over already.
        """
        async with self.unit_of_work() as uow:
            comparison = await self._comparison(uow, comparison_id)
        stopped = 0
        for candidate in comparison.candidates:
            if not candidate.reused:
                with suppress(ConflictError):
                    await self.cancel_run(candidate.run_id)
                    stopped += 1
        if not stopped:
            raise ConflictError(
                reason_ja="この比較はもう終わっています。", reason_en="This comparison is over already."
            )

    async def correct_paper(self, paper_id: PaperId, corrections: dict[str, Any]) -> None:
        """Keep what a person says about title, authors, … of a paper; None takes a correction back."""
        async with self.unit_of_work() as uow:
            # Its reading may end just now: neither must write over what the other wrote.
            paper = self._paper(paper_id, await uow.papers.get_to_change(paper_id))
            changes = {
                part: None if value is None else Found(value, Source.USER)
                for part, value in corrections.items()
            }
            identity: Identity = replace(paper.corrections, **changes)
            await uow.papers.save(replace(paper, corrections=identity))
            await uow.commit()

    async def delete_paper(self, paper_id: PaperId) -> None:
        """Remove a paper and everything made from it."""
        async with self.unit_of_work() as uow:
            paper = self._paper(paper_id, await uow.papers.get_to_change(paper_id))
            going = await uow.runs.list(
                self.workspace_id, limit=10_000, cursor=None, paper_id=paper_id, follow_ups=True
            )
            await uow.papers.delete(paper_id)
            # Before the commit: once others may add these bytes again, theirs must not be deleted.
            await self.blobs.delete(paper_key(paper.workspace_id, paper.sha256))
            if paper.extraction_id:
                await self.extractions.delete(paper.workspace_id, paper.extraction_id)
            await uow.commit()
        for run in going:
            await self._stop(run.id)

    async def delete_run(self, run_id: RunId) -> None:
        """And the questions it was asked.

        Raises:
            ConflictError: a comparison shows it.
        """
        async with self.unit_of_work() as uow:
            await self._run(uow, run_id)
            if await uow.comparisons.with_run(run_id):
                raise ConflictError(
                    reason_ja="この実行は比較で使われています。先に比較を削除してください。",
                    reason_en="A comparison shows this run. Delete the comparison first.",
                )
            asked = await uow.runs.follow_ups(run_id)
            await uow.runs.delete(run_id)
            await uow.commit()
        for id_ in (run_id, *(one.id for one in asked)):
            await self._stop(id_)

    async def delete_comparison(self, comparison_id: ComparisonId) -> None:
        """The comparison goes; its runs stay."""
        async with self.unit_of_work() as uow:
            await self._comparison(uow, comparison_id)
            await uow.comparisons.delete(comparison_id)
            await uow.commit()

    async def give_feedback(
        self, run_id: RunId, *, path: str | None, verdict: str, comment: str, start: int | None = None
    ) -> Feedback:
        """`start`: of the one statement it is about, within the value at `path`."""
        feedback = Feedback(
            id=self.ids.new(),
            workspace_id=self.workspace_id,
            run_id=run_id,
            path=path,
            verdict=verdict,
            comment=comment,
            created_at=self.clock.now(),
            start=start,
        )
        async with self.unit_of_work() as uow:
            await self._run(uow, run_id)
            await uow.feedback.add(feedback)
            await uow.commit()
        return feedback

    async def _run(self, uow: UnitOfWork, run_id: RunId) -> Run:
        run = await uow.runs.get(run_id)
        if run is None or run.workspace_id != self.workspace_id:
            raise NotFoundError(kind="run", id=run_id)
        return run

    async def _comparison(self, uow: UnitOfWork, comparison_id: ComparisonId) -> Comparison:
        comparison = await uow.comparisons.get(comparison_id)
        if comparison is None or comparison.workspace_id != self.workspace_id:
            raise NotFoundError(kind="comparison", id=comparison_id)
        return comparison

    def _paper(self, paper_id: PaperId, paper: Paper | None) -> Paper:
        if paper is None or paper.workspace_id != self.workspace_id:
            raise NotFoundError(kind="paper", id=paper_id)
        return paper
