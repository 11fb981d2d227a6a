"""List papers with what was made from each, newest first, without loading a single answer or page."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from server.application.curtain import is_hidden
from server.application.mending import BeingMendedError
from server.application.personas import PersonaShelf
from server.application.ports import ExtractionStore, RunBrief, UnitOfWork, UnitOfWorkFactory
from server.domain.comparisons import Comparison
from server.domain.errors import NotFoundError
from server.domain.ids import LOCAL_WORKSPACE, ComparisonId, PaperId, RunId, WorkspaceId
from server.domain.papers import Gist, Paper
from server.domain.runs import PersonaRef
from server.domain.words import Words

REMEMBERED = 2_000
"""Names of personas kept at hand."""


@dataclass(frozen=True, slots=True)
class ListedRun:
    """A run and what its persona is called."""

    run: RunBrief
    name: Words


@dataclass(frozen=True, slots=True)
class ListedComparison:
    id: ComparisonId
    created_at: datetime
    blind: bool
    readers: tuple[tuple[str, ListedRun], ...]
    """Label and run. Empty while the names are hidden from the viewer."""
    count: int
    """Candidates, hidden or not."""


@dataclass(frozen=True, slots=True)
class ListedPaper:
    paper: Paper
    gist: Gist | None
    """None: nothing was read of it."""
    comparisons: tuple[ListedComparison, ...]
    runs: tuple[ListedRun, ...]
    """Those that stand in no comparison."""
    run_count: int
    """All that would go with the paper."""


@dataclass(frozen=True, slots=True)
class PaperList:
    papers: tuple[ListedPaper, ...]
    next_cursor: str | None


@dataclass(frozen=True)
class ListPapers:
    """Papers of one workspace with their comparisons and readers."""

    unit_of_work: UnitOfWorkFactory
    extractions: ExtractionStore
    shelf: PersonaShelf
    workspace_id: WorkspaceId = LOCAL_WORKSPACE
    _names: dict[str, Words] = field(default_factory=dict, repr=False)
    """Digest of a persona → its name. Digests never change their meaning."""

    async def __call__(
        self, *, limit: int, cursor: str | None = None, viewer: str | None = None
    ) -> PaperList:
        """Args:
        viewer: The voter who looks; from a stranger, readers of a blind comparison are hidden.
        """
        async with self.unit_of_work() as uow:
            papers = await uow.papers.list(self.workspace_id, limit=limit + 1, cursor=cursor)
            shown = papers[:limit]
            listed = await self._listed(uow, shown, viewer)
        return PaperList(listed, shown[-1].id if len(papers) > limit else None)

    async def of(self, papers: Sequence[PaperId], *, viewer: str | None = None) -> tuple[ListedPaper, ...]:
        """These papers, in this order; what is not there is left out."""
        async with self.unit_of_work() as uow:
            found = [paper for id_ in papers if (paper := await uow.papers.get(id_))]
            return await self._listed(uow, [p for p in found if p.workspace_id == self.workspace_id], viewer)

    async def _listed(
        self, uow: UnitOfWork, papers: Sequence[Paper], viewer: str | None
    ) -> tuple[ListedPaper, ...]:
        ids = [paper.id for paper in papers]
        runs = {run.id: run for run in await uow.listings.runs(self.workspace_id, ids)}
        comparisons = await uow.listings.comparisons(self.workspace_id, ids)
        hidden = {c.id for c in comparisons if await is_hidden(uow, c, viewer=viewer)}
        compared = {candidate.run_id for c in comparisons for candidate in c.candidates}
        names = {run.persona.digest: await self._name(run.persona) for run in runs.values()}
        listed = {run.id: ListedRun(run, names[run.persona.digest]) for run in runs.values()}
        return tuple(
            [
                ListedPaper(
                    paper=paper,
                    gist=await self._gist(paper),
                    comparisons=tuple(
                        _comparison(c, listed, hidden=c.id in hidden)
                        for c in comparisons
                        if c.paper_id == paper.id
                    ),
                    runs=tuple(
                        one
                        for one in listed.values()
                        if one.run.paper_id == paper.id and one.run.id not in compared
                    ),
                    run_count=sum(run.paper_id == paper.id for run in runs.values()),
                )
                for paper in papers
            ]
        )

    async def _gist(self, paper: Paper) -> Gist | None:
        """Papers read before gists were kept cost a look at their extraction."""
        if paper.gist or not paper.extraction_id:
            return paper.gist
        extraction = None
        with suppress(BeingMendedError):
            extraction = await self.extractions.get(paper.workspace_id, paper.extraction_id)
        if extraction is None:
            return None
        return Gist(extraction.identity, len(extraction.pages), extraction.language)

    async def _name(self, ref: PersonaRef) -> Words:
        if known := self._names.get(ref.digest):
            return known
        try:
            name = (await self.shelf.of_run(ref, workspace_id=self.workspace_id)).name
        except NotFoundError:
            return Words(ja=ref.id, en=ref.id)
        if len(self._names) >= REMEMBERED:
            self._names.clear()
        self._names[ref.digest] = name
        return name


def _comparison(comparison: Comparison, runs: dict[RunId, ListedRun], *, hidden: bool) -> ListedComparison:
    readers = tuple((c.label, runs[c.run_id]) for c in comparison.candidates if c.run_id in runs)
    return ListedComparison(
        id=comparison.id,
        created_at=comparison.created_at,
        blind=comparison.blind,
        readers=() if hidden else readers,
        count=len(comparison.candidates),
    )
