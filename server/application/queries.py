"""Read what is there, put together for showing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from server.application.personas import PersonaShelf
from server.application.ports import ExtractionStore, UnitOfWorkFactory
from server.application.views import CandidateView, ComparisonView, PaperView, RunView
from server.domain.comparing import Reader, cited_pages, compare_readers, same_input, status_of
from server.domain.comparisons import Comparison
from server.domain.errors import NotFoundError
from server.domain.extractions import Extraction
from server.domain.ids import LOCAL_WORKSPACE, ComparisonId, ExtractionId, PaperId, RunId, WorkspaceId
from server.domain.papers import Paper
from server.domain.runs import Run, RunStatus


@dataclass(frozen=True)
class Queries:
    """Views of papers, runs and comparisons of one workspace. Ids of other workspaces are not found."""

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
        return [await self._paper_view(paper) for paper in papers]

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

    async def run(self, run_id: RunId, *, reused: bool = False) -> RunView:
        run = await self.run_record(run_id)
        return await self._run_view(run, await self.paper(run.paper_id), reused=reused)

    async def runs(
        self,
        *,
        limit: int,
        cursor: str | None,
        paper_id: PaperId | None = None,
        status: RunStatus | None = None,
        persona: str | None = None,
    ) -> Sequence[RunView]:
        async with self.unit_of_work() as uow:
            runs = await uow.runs.list(
                self.workspace_id,
                limit=limit,
                cursor=cursor,
                paper_id=paper_id,
                status=status,
                persona=persona,
            )
        return [await self._run_view(run, await self.paper(run.paper_id)) for run in runs]

    async def comparison(self, comparison_id: ComparisonId) -> ComparisonView:
        return await self._comparison_view(await self.comparison_record(comparison_id))

    async def comparison_record(self, comparison_id: ComparisonId) -> Comparison:
        async with self.unit_of_work() as uow:
            comparison = await uow.comparisons.get(comparison_id)
        if comparison is None or comparison.workspace_id != self.workspace_id:
            raise NotFoundError(kind="comparison", id=comparison_id)
        return comparison

    async def comparisons(
        self, *, limit: int, cursor: str | None, paper_id: PaperId | None = None
    ) -> Sequence[ComparisonView]:
        async with self.unit_of_work() as uow:
            found = await uow.comparisons.list(
                self.workspace_id, limit=limit, cursor=cursor, paper_id=paper_id
            )
        return [await self._comparison_view(comparison) for comparison in found]

    async def run_record(self, run_id: RunId) -> Run:
        """The bare record, without its paper and persona."""
        async with self.unit_of_work() as uow:
            run = await uow.runs.get(run_id)
        if run is None or run.workspace_id != self.workspace_id:
            raise NotFoundError(kind="run", id=run_id)
        return run

    async def _paper_view(self, paper: Paper) -> PaperView:
        extraction = None
        if paper.extraction_id:
            extraction = await self.extractions.get(paper.workspace_id, paper.extraction_id)
        return PaperView(paper, extraction, paper.identity(extraction.identity if extraction else None))

    async def _run_view(self, run: Run, paper: PaperView, *, reused: bool = False) -> RunView:
        return RunView(
            run, await self.shelf.of_run(run.persona, workspace_id=run.workspace_id), paper, reused
        )

    async def _comparison_view(self, comparison: Comparison) -> ComparisonView:
        paper = await self.paper(comparison.paper_id)
        candidates = []
        for candidate in comparison.candidates:
            run = await self.run_record(candidate.run_id)
            view = await self._run_view(run, paper, reused=candidate.reused)
            candidates.append(CandidateView(candidate.label, view))
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
