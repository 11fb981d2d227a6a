"""Read what is there, put together for showing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from server.application.agreeing import with_agreement
from server.application.curtain import hidden_runs, is_hidden
from server.application.mending import BeingMendedError
from server.application.personas import PersonaShelf
from server.application.ports import ExtractionStore, UnitOfWorkFactory
from server.application.views import CandidateView, ComparisonView, PaperView, RunView
from server.domain.blinding import blinded
from server.domain.comparing import Reader, cited_pages, compare_readers, same_input, status_of
from server.domain.comparisons import Candidate, Comparison, ComparisonStatus
from server.domain.errors import NotFoundError
from server.domain.extractions import Extraction
from server.domain.follow_up_personas import shown_of
from server.domain.ids import LOCAL_WORKSPACE, ComparisonId, ExtractionId, PaperId, RunId, WorkspaceId
from server.domain.papers import Paper, PaperStatus
from server.domain.runs import Run, RunInput, RunStatus
from server.domain.votes import latest, tally


@dataclass(frozen=True)
class Queries:
    """Views of papers, runs and comparisons of one workspace. Ids of other workspaces are not found.

    `viewer` is the voter who looks. Without one a blind comparison stays blind: what a caller forgets shows less.
    """

    unit_of_work: UnitOfWorkFactory
    extractions: ExtractionStore
    shelf: PersonaShelf
    workspace_id: WorkspaceId = LOCAL_WORKSPACE

    async def paper(self, paper_id: PaperId) -> PaperView:
        return await self._paper_view(await self.paper_record(paper_id))

    async def paper_record(self, paper_id: PaperId) -> Paper:
        """The bare record, without what was read."""
        async with self.unit_of_work() as uow:
            paper = await uow.papers.get(paper_id)
        if paper is None or paper.workspace_id != self.workspace_id:
            raise NotFoundError(kind="paper", id=paper_id)
        return paper

    async def papers(self, *, limit: int, cursor: str | None) -> Sequence[PaperView]:
        async with self.unit_of_work() as uow:
            papers = await uow.papers.list(self.workspace_id, limit=limit, cursor=cursor)
        return [await self._listed(paper) for paper in papers]

    async def extraction(self, paper_id: PaperId, *, extraction_id: str | None = None) -> Extraction:
        """The paper's current extraction, or an older one by its id."""
        view = await self.paper(paper_id)
        if extraction_id and (view.extraction is None or view.extraction.id != extraction_id):
            older = await self.extractions.get(self.workspace_id, ExtractionId(extraction_id))
            if older is None or older.sha256 != view.paper.sha256:
                raise NotFoundError(kind="extraction", id=extraction_id)
            return older
        if view.extraction is None:
            raise NotFoundError(kind="extraction", id=f"of paper {paper_id}")
        return view.extraction

    async def run(self, run_id: RunId, *, viewer: str | None = None, reused: bool = False) -> RunView:
        """
        Raises:
            NotFoundError: also for a run whose name is hidden from the viewer.
        """
        async with self.unit_of_work() as uow:
            run = await uow.runs.get(run_id)
            if run is None or run.workspace_id != self.workspace_id:
                raise NotFoundError(kind="run", id=run_id)
            if await hidden_runs(uow, [run.root], viewer=viewer):
                raise NotFoundError(kind="run", id=run_id)
            paper = await uow.papers.get(run.paper_id)
        if paper is None:
            raise NotFoundError(kind="paper", id=run.paper_id)
        return await self.view_of(run, await self._paper_view(paper), reused=reused)

    async def runs(
        self,
        *,
        limit: int,
        cursor: str | None,
        paper_id: PaperId | None = None,
        status: RunStatus | None = None,
        persona: str | None = None,
        follow_ups: bool = False,
        viewer: str | None = None,
    ) -> Sequence[RunView]:
        """Newest first, at most `limit`; those hidden from the viewer are passed over. `follow_ups` too only when they
        are asked for."""
        async with self.unit_of_work() as uow:
            shown: list[Run] = []
            while len(shown) < limit:
                runs = await uow.runs.list(
                    self.workspace_id,
                    limit=limit,
                    cursor=cursor,
                    paper_id=paper_id,
                    status=status,
                    persona=persona,
                    follow_ups=follow_ups,
                )
                hidden = await hidden_runs(uow, {run.root for run in runs}, viewer=viewer)
                shown += [run for run in runs if run.root not in hidden]
                if len(runs) < limit:
                    break
                cursor = runs[-1].id
        return [await self.view_of(run, await self.paper(run.paper_id)) for run in shown[:limit]]

    async def comparison(self, comparison_id: ComparisonId, *, viewer: str | None = None) -> ComparisonView:
        return await self._seen(await self.comparison_record(comparison_id), viewer)

    async def unmasked(self, comparison_id: ComparisonId) -> ComparisonView:
        """With all names, whoever asks: for counting, never for showing."""
        return await self._comparison_view(await self.comparison_record(comparison_id))

    async def comparison_record(self, comparison_id: ComparisonId) -> Comparison:
        """The bare record, with the names of its runs: not for showing."""
        async with self.unit_of_work() as uow:
            comparison = await uow.comparisons.get(comparison_id)
        if comparison is None or comparison.workspace_id != self.workspace_id:
            raise NotFoundError(kind="comparison", id=comparison_id)
        return comparison

    async def comparisons(
        self,
        *,
        limit: int,
        cursor: str | None,
        paper_id: PaperId | None = None,
        viewer: str | None = None,
    ) -> Sequence[ComparisonView]:
        async with self.unit_of_work() as uow:
            found = await uow.comparisons.list(
                self.workspace_id, limit=limit, cursor=cursor, paper_id=paper_id
            )
        return [await self._seen(comparison, viewer) for comparison in found]

    async def run_record(self, run_id: RunId) -> Run:
        """The bare record, without its paper and persona."""
        async with self.unit_of_work() as uow:
            run = await uow.runs.get(run_id)
        if run is None or run.workspace_id != self.workspace_id:
            raise NotFoundError(kind="run", id=run_id)
        return run

    async def _listed(self, paper: Paper) -> PaperView:
        """A paper among others: one that is being mended must not hide them."""
        try:
            return await self._paper_view(paper)
        except BeingMendedError:
            reading = replace(paper, status=PaperStatus.READING)
            return PaperView(reading, None, paper.identity(None))

    async def _paper_view(self, paper: Paper) -> PaperView:
        extraction = None
        if paper.extraction_id:
            extraction = await self.extractions.get(paper.workspace_id, paper.extraction_id)
        return PaperView(paper, extraction, paper.identity(extraction.identity if extraction else None))

    async def view_of(self, run: Run, paper: PaperView, *, reused: bool = False) -> RunView:
        """A run with what is needed to read it. Shows it to whoever asks."""
        persona = await self.shelf.of_run(run.persona, workspace_id=run.workspace_id)
        return RunView(run, shown_of(run, persona), paper, reused)

    async def _seen(self, comparison: Comparison, viewer: str | None) -> ComparisonView:
        """As this viewer may see it."""
        view = await self._comparison_view(comparison)
        async with self.unit_of_work() as uow:
            hidden = await is_hidden(uow, comparison, viewer=viewer)
            votes = await uow.votes.of_comparison(comparison.id)
        own = {row: vote.winner for (voter, row), vote in latest(votes).items() if voter == viewer}
        labels = [candidate.label for candidate in comparison.candidates]
        if hidden:
            return replace(_behind_the_curtain(view), own_votes=own)
        return replace(view, own_votes=own, votes=tally(votes, labels))

    async def _comparison_view(self, comparison: Comparison) -> ComparisonView:
        paper = await self.paper(comparison.paper_id)
        candidates = []
        for candidate in comparison.candidates:
            run = await self.run_record(candidate.run_id)
            view = await self.view_of(run, paper, reused=candidate.reused)
            candidates.append(CandidateView(candidate.label, view))
        return _laid_side_by_side(comparison, paper, with_agreement(candidates))


def _laid_side_by_side(
    comparison: Comparison, paper: PaperView, candidates: Sequence[CandidateView]
) -> ComparisonView:
    runs = [candidate.run.run for candidate in candidates]
    readers = [Reader(c.label, c.run.run, c.run.persona) for c in candidates]
    pages = len(paper.extraction.pages) if paper.extraction else 0
    return ComparisonView(
        comparison=comparison,
        status=status_of(runs),
        paper=paper,
        candidates=tuple(candidates),
        rows=compare_readers(readers),
        same_input=same_input(runs),
        cited_pages={r.label: cited_pages(r.run, pages=pages) for r in readers},
    )


def _behind_the_curtain(view: ComparisonView) -> ComparisonView:
    """The same comparison made from anonymous runs: what was never put in cannot be shown by mistake."""
    all_over, at = view.status is not ComparisonStatus.RUNNING, view.comparison.created_at
    candidates = []
    for candidate in view.candidates:
        run, persona = blinded(
            candidate.label, candidate.run.run, candidate.run.persona, all_over=all_over, at=at
        )
        if view.same_input.identical and all_over:
            # Equal for all, a text that somebody brought along among them: it tells nothing but that it was equal.
            run = replace(run, input=_common(view))
        candidates.append(CandidateView(candidate.label, RunView(run, persona, view.paper)))
    nameless = replace(
        view.comparison, candidates=tuple(Candidate(c.label, c.run.run.id) for c in candidates)
    )
    return replace(_laid_side_by_side(nameless, view.paper, candidates), hidden=True)


def _common(view: ComparisonView) -> RunInput | None:
    """What every reader was sent, without what it cost."""
    sent = [c.run.run.input for c in view.candidates if c.run.run.input]
    return (
        replace(sent[0], estimated_tokens=0, billed_tokens=None, prompt_digest=None, examples=())
        if sent
        else None
    )
