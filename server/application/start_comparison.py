"""Start a comparison: two to six readers of one paper."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from secrets import SystemRandom
from typing import Any

from server.application.curtain import hidden_runs
from server.application.one_answer import recorded_for
from server.application.ports import UnitOfWorkFactory
from server.application.start_run import RunRequest, Started, StartRun, ready_paper
from server.application.start_text import StartText, TextRequest
from server.domain.comparisons import LABELS, Candidate, Comparison
from server.domain.errors import InvalidRequestError, NotFoundError
from server.domain.ids import LOCAL_WORKSPACE, ComparisonId, ExtractionId, PaperId, RunId, WorkspaceId
from server.domain.papers import Paper
from server.domain.requests import ReaderRequest
from server.domain.runs import Run

MIN_CANDIDATES = 2


@dataclass(frozen=True, slots=True)
class ComparisonRequest:
    """Readers to run, texts brought along, or runs that are there already (by id), in the order of their labels."""

    paper_id: PaperId
    candidates: tuple[ReaderRequest | TextRequest | RunId, ...]
    fresh: bool = False
    interface_language: str = "en"
    workspace_id: WorkspaceId = LOCAL_WORKSPACE
    blind: bool = False
    """Hide who is who until a voter has voted; the sides are shuffled."""
    viewer: str | None = None
    """The voter who asks, as for a run."""
    key: str | None = None
    """Of the request, as `OneAnswer` knows it: what is recorded is bound to it."""


@dataclass(frozen=True)
class StartComparison:
    """Record a comparison with its runs in one transaction, then queue the runs in order."""

    unit_of_work: UnitOfWorkFactory
    start_run: StartRun
    start_text: StartText
    shuffle: Callable[[list[Any]], None] = SystemRandom().shuffle

    async def __call__(self, request: ComparisonRequest) -> Comparison:
        """
        Raises:
            InvalidRequestError: too few or too many candidates; runs of different papers; one run twice.
            NotFoundError, ConflictError, OverBudgetError: as for a run.
        """
        if before := await self._recorded(request.key):
            return before
        check_count(request.candidates)
        async with self.unit_of_work() as uow:
            paper = await ready_paper(uow, request.paper_id, request.workspace_id)
        started = [await self._candidate(c, request, paper) for c in request.candidates]
        keys = Counter(one.run.reuse_key for one in started)
        started = [
            await self._prepare(c, request, repeat=True)
            if isinstance(c, ReaderRequest) and keys[one.run.reuse_key] > 1
            else one
            for c, one in zip(request.candidates, started, strict=True)
        ]
        if request.blind:
            self.shuffle(started)
        comparison = Comparison(
            id=ComparisonId(self.start_run.ids.new()),
            workspace_id=request.workspace_id,
            paper_id=request.paper_id,
            extraction_id=ExtractionId(str(paper.extraction_id)),
            candidates=tuple(
                Candidate(label, one.run.id, reused=one.reused)
                for label, one in zip(LABELS, started, strict=False)
            ),
            created_at=self.start_run.clock.now(),
            blind=request.blind,
        )
        new = [one.run for one in started if not one.reused]
        bill = await self.start_run.bill([run for run in new if not run.status.is_over])
        async with self.unit_of_work() as uow:
            await self.start_run.admit(uow, sum(not run.status.is_over for run in new))
            await self.start_run.reserve(uow, bill)
            for run in new:
                await uow.runs.add(run)
            await uow.comparisons.add(comparison)
            if request.key:
                about = f"comparison:{comparison.id}"
                await uow.keys.bind(request.key, about, paper_id=comparison.paper_id)
            await uow.commit()
        for run in new:
            if run.status.is_over:
                await self.start_text.tell(run)
        queued = [run.id for run in new if not run.status.is_over]
        if request.blind:
            self.shuffle(queued)  # again: whoever answers first must not be A for that reason
        await self.start_run.jobs.execute_runs(queued)
        return comparison

    async def _recorded(self, key: str | None) -> Comparison | None:
        """What an earlier request with this key recorded."""
        recorded = await recorded_for(self.unit_of_work, key)
        if recorded is None:
            return None
        async with self.unit_of_work() as uow:
            comparison = await uow.comparisons.get(ComparisonId(recorded[1]))
        if comparison is None:
            raise NotFoundError(kind="comparison", id=recorded[1])
        return comparison

    async def _candidate(
        self, candidate: ReaderRequest | TextRequest | RunId, request: ComparisonRequest, paper: Paper
    ) -> Started:
        if isinstance(candidate, ReaderRequest):
            return await self._prepare(candidate, request)
        if isinstance(candidate, TextRequest):
            return Started(await self.start_text.prepare(candidate, paper), reused=False)
        return Started(await self._existing(candidate, request, paper), reused=True)

    async def _prepare(
        self, reader: ReaderRequest, request: ComparisonRequest, *, repeat: bool = False
    ) -> Started:
        """`repeat`: it asks what another candidate asks, in whatever words; to meet itself it must be run anew."""
        return await self.start_run.prepare(
            RunRequest(
                paper_id=request.paper_id,
                reader=reader,
                fresh=request.fresh or repeat,
                repeat=repeat,
                interface_language=request.interface_language,
                workspace_id=request.workspace_id,
                viewer=request.viewer,
            )
        )

    async def _existing(self, run_id: RunId, request: ComparisonRequest, paper: Paper) -> Run:
        async with self.unit_of_work() as uow:
            run = await uow.runs.get(run_id)
            hidden = await hidden_runs(uow, [run.root if run else run_id], viewer=request.viewer)
        if run is None or hidden or run.workspace_id != request.workspace_id:
            raise NotFoundError(kind="run", id=run_id)
        if run.follow_up:
            raise InvalidRequestError(
                reason_ja=f"{run_id} は回答への追加の質問です。比べられるのは読み手の回答です。",
                reason_en=f"{run_id} is a question to a reader. What can be compared are readers' own answers.",
                path="/candidates",
            )
        if (run.paper_id, run.extraction_id) != (paper.id, paper.extraction_id):
            raise InvalidRequestError(
                reason_ja=f"実行 {run_id} は別の論文（または別の読み取り）のものです。同じ論文の実行だけを比べられます。",
                reason_en=f"Run {run_id} is of another paper, or of another reading of it. Only runs of one paper compare.",
                path="/candidates",
            )
        return run


def check_count(candidates: Sequence[ReaderRequest | TextRequest | RunId]) -> None:
    """
    Raises:
        InvalidRequestError: too few or too many candidates, or one run twice.
    """
    if not MIN_CANDIDATES <= len(candidates) <= len(LABELS):
        raise InvalidRequestError(
            reason_ja=f"比べる読み手は {MIN_CANDIDATES}〜{len(LABELS)} 人です（{len(candidates)} 人が指定されました）。",
            reason_en=f"A comparison takes {MIN_CANDIDATES} to {len(LABELS)} readers ({len(candidates)} were given).",
            path="/candidates",
        )
    runs = [c for c in candidates if isinstance(c, str)]
    if len(set(runs)) < len(runs):
        raise InvalidRequestError(
            reason_ja="同じ実行が二度指定されています。",
            reason_en="The same run is given twice.",
            path="/candidates",
        )
