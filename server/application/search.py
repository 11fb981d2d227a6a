"""Search the library: papers, comparisons and runs by words in titles, authors, file names, answers and names of readers."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from heapq import merge
from itertools import islice

from server.application.curtain import hidden_runs, is_hidden
from server.application.personas import PersonaShelf
from server.application.ports import ExtractionStore, Found, UnitOfWork, UnitOfWorkFactory
from server.application.ports.blobs import DamagedError
from server.domain.ids import LOCAL_WORKSPACE, ComparisonId, PaperId, RunId, WorkspaceId
from server.domain.papers import Paper
from server.domain.personas import Persona
from server.domain.runs import Run
from server.domain.searching import (
    Excerpt,
    HitKind,
    SearchText,
    excerpt,
    fold,
    paper_text,
    query_words,
    run_text,
)

BATCH = 100
"""Records looked through at a time; at most so many that are kept from the viewer cost another look."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A record that has every word of a query."""

    kind: HitKind
    id: str
    paper_id: PaperId
    paper: str
    """What the paper is called."""
    created_at: datetime
    excerpt: Excerpt
    """Around the first word, in what was found."""


@dataclass(frozen=True)
class Search:
    """Finds what has every word of a query, newest first."""

    unit_of_work: UnitOfWorkFactory
    extractions: ExtractionStore
    shelf: PersonaShelf
    workspace_id: WorkspaceId = LOCAL_WORKSPACE

    async def __call__(
        self,
        query: str,
        *,
        limit: int,
        kinds: Collection[HitKind] = tuple(HitKind),
        viewer: str | None = None,
    ) -> Sequence[Hit]:
        """A paper has the words of its title, authors and file name; a run also those of its answer and its reader's
        name; a comparison those of its runs. What a blind comparison hides from `viewer` is not searched for them.

        An empty query finds nothing.
        """
        words = query_words(query)
        if not words or limit < 1:
            return ()
        shelf = await self.shelf.list(workspace_id=self.workspace_id)
        named = {word: {p.id for p in shelf if word in fold(_names(p))} for word in words}
        personas = {p.id: _names(p) for p in shelf}
        async with self.unit_of_work() as uow:
            finder = _Finder(uow, self.workspace_id, words, named, personas, viewer)
            found = [await finder.of_kind(kind, limit=limit) for kind in HitKind if kind in kinds]
        # Ids sort by age over all kinds.
        return tuple(islice(merge(*found, key=lambda hit: hit.id, reverse=True), limit))

    async def backfill(self) -> int:
        """Make searchable what was recorded before there was a search. Repeating it is harmless.

        Returns:
            How many records it took in.
        """
        done = 0
        skipped: set[str] = set()
        while True:
            async with self.unit_of_work() as uow:
                missing = await uow.search.missing(self.workspace_id, limit=BATCH + len(skipped))
                missing = [record for record in missing if record.id not in skipped]
                if not missing:
                    return done
                for record in missing:
                    text = run_text(record) if isinstance(record, Run) else await self._of_paper(record)
                    if text is None:
                        skipped.add(record.id)
                        continue
                    await uow.search.put(text)
                    done += 1
                await uow.commit()

    async def _of_paper(self, paper: Paper) -> SearchText:
        extraction = None
        if paper.extraction_id:
            with suppress(DamagedError):  # it is found by its file name
                extraction = await self.extractions.get(paper.workspace_id, paper.extraction_id)
        return paper_text(paper, paper.identity(extraction.identity if extraction else None))


@dataclass(frozen=True)
class _Finder:
    """One query in one unit of work."""

    uow: UnitOfWork
    workspace_id: WorkspaceId
    words: Sequence[str]
    named: Mapping[str, Collection[str]]
    personas: Mapping[str, str]
    viewer: str | None

    async def of_kind(self, kind: HitKind, *, limit: int) -> list[Hit]:
        hits: list[Hit] = []
        cursor: str | None = None
        while len(hits) < limit:
            found = await self.uow.search.find(
                self.workspace_id, self.words, kind=kind, limit=BATCH, cursor=cursor, personas=self.named
            )
            for one in found:
                if len(hits) < limit and (hit := await self._hit(one)):
                    hits.append(hit)
            if len(found) < BATCH:
                break
            cursor = found[-1].id
        return hits

    async def _hit(self, found: Found) -> Hit | None:
        """With its excerpt; None where what was found is hidden from the viewer."""
        runs = await self._visible_runs(found)
        if found.kind is HitKind.RUN and not runs:
            return None
        texts = await self.uow.search.of([found.paper_id, *runs])
        paper = texts[found.paper_id].text if found.paper_id in texts else ""
        said = [texts[id_].text for id_ in runs if id_ in texts]
        said += [self.personas.get(run.persona.id, "") for run in runs.values()]
        shown = [*said, paper] if found.kind is not HitKind.PAPER else [paper]
        if not all(any(word in fold(text) for text in shown) for word in self.words):
            return None
        where = next(e for text in shown if (e := excerpt(text, self.words[0])))
        return Hit(
            found.kind, found.id, found.paper_id, paper.split("\n", 1)[0], found.created_at, excerpt=where
        )

    async def _visible_runs(self, found: Found) -> Mapping[str, Run]:
        ids: list[RunId] = []
        if found.kind is HitKind.RUN:
            ids = [RunId(found.id)]
        elif found.kind is HitKind.COMPARISON:
            comparison = await self.uow.comparisons.get(ComparisonId(found.id))
            if comparison and not await is_hidden(self.uow, comparison, viewer=self.viewer):
                ids = [candidate.run_id for candidate in comparison.candidates]
        hidden = await hidden_runs(self.uow, ids, viewer=self.viewer)
        runs = [await self.uow.runs.get(id_) for id_ in ids if id_ not in hidden]
        return {run.id: run for run in runs if run}


def _names(persona: Persona) -> str:
    return "\n".join(dict.fromkeys((persona.name.ja, persona.name.en, persona.id)))
