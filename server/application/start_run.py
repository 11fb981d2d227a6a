"""Start a run: one persona over one paper."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from server.application.admission import Admission
from server.application.choose_examples import bootstrap
from server.application.curtain import hidden_runs
from server.application.line_up import LineUp
from server.application.one_answer import recorded_for
from server.application.personas import PersonaShelf
from server.application.ports import Clock, Ids, Jobs, Models, UnitOfWork, UnitOfWorkFactory
from server.application.spending import Bill, Budget
from server.domain.errors import ConflictError, NotFoundError
from server.domain.ids import LOCAL_WORKSPACE, ExtractionId, PaperId, RunId, WorkspaceId
from server.domain.models import EngineKind, ModelSpec
from server.domain.papers import Paper, PaperStatus
from server.domain.personas import Persona
from server.domain.requests import ReaderRequest
from server.domain.runs import PersonaRef, Run

REUSED = "reused"
"""Kind of what is bound to a key when an equal run was there."""


@dataclass(frozen=True, slots=True)
class RunRequest:
    """A reader for a paper. `fresh`: do not reuse an equal run; `repeat`: nor ever be reused (A/A)."""

    paper_id: PaperId
    reader: ReaderRequest
    fresh: bool = False
    repeat: bool = False
    interface_language: str = "en"
    workspace_id: WorkspaceId = LOCAL_WORKSPACE
    viewer: str | None = None
    """The voter who asks: a run whose name is hidden from them is not handed to them as reused."""
    key: str | None = None
    """Of the request, as `OneAnswer` knows it: what is recorded is bound to it."""


@dataclass(frozen=True, slots=True)
class Started:
    run: Run
    reused: bool


@dataclass(frozen=True)
class StartRun:
    """Record a run and queue its execution. Commits before it queues, so the worker sees the row."""

    unit_of_work: UnitOfWorkFactory
    shelf: PersonaShelf
    models: Models
    jobs: Jobs
    clock: Clock
    ids: Ids
    owner: str
    admission: Admission | None = None
    """None: any number of runs may wait."""
    budget: Budget | None = None
    """None: they may cost anything."""

    async def __call__(self, request: RunRequest) -> Started:
        """
        Raises:
            NotFoundError: no such paper, persona or model; the nearest is named.
            ConflictError: the paper is still being read, or was refused.
            BusyError: too many runs wait already.
            OverBudgetError: it may cost more than what is left of today's budget.
        """
        if before := await recorded_run(self.unit_of_work, request.key):
            return before
        started = await self.prepare(request)
        bill = await self.bill([] if started.reused else [started.run])
        async with self.unit_of_work() as uow:
            if not started.reused:
                await self.admit(uow, 1)
                await self.reserve(uow, bill)
                await uow.runs.add(started.run)
            await bind_run(uow, request.key, started)
            await uow.commit()
        if not started.reused:
            await self.jobs.execute_runs([started.run.id])
        return started

    async def admit(self, uow: UnitOfWork, count: int) -> None:
        """Make sure, in the transaction that records them, that so many more runs may wait.

        Raises:
            BusyError
        """
        if self.admission:
            await self.admission.admit_runs(uow, count)

    async def bill(self, runs: Sequence[Run]) -> Bill:
        """What runs that are about to be recorded may cost. Slow: before the transaction that records them.

        Raises:
            InvalidRequestError: there is a budget, and nobody knows what one of their models costs.
        """
        return await self.budget.bill(runs) if self.budget else {}

    async def reserve(self, uow: UnitOfWork, bill: Bill) -> None:
        """Promise it to them, in that transaction.

        Raises:
            OverBudgetError: it is more than what is left of today's budget; nothing may be recorded.
        """
        if self.budget:
            await self.budget.reserve(uow, bill)

    async def check_ready(
        self, papers: Iterable[PaperId], *, workspace_id: WorkspaceId = LOCAL_WORKSPACE
    ) -> None:
        """For whoever starts several: nothing is started while one of them cannot be run on.

        Raises:
            NotFoundError, ConflictError
        """
        async with self.unit_of_work() as uow:
            for paper_id in papers:
                await ready_paper(uow, paper_id, workspace_id)

    async def prepare(self, request: RunRequest) -> Started:
        """The run as it would be recorded, or the equal one that is there already. Keeps nothing but the persona."""
        spec = self.models.get(request.reader.model)
        persona = await self.shelf.get(request.reader.ref, workspace_id=request.workspace_id)
        line_up = LineUp(self.shelf, self.models)
        async with self.unit_of_work() as uow:
            paper = await ready_paper(uow, request.paper_id, request.workspace_id)
            run = self.record(request, paper, persona, spec)
            run = await bootstrap(uow, run, persona, viewer=request.viewer)
        run, beside = await line_up(run, persona, spec)
        if not request.repeat:
            run = replace(run, reuse_key=_reuse_key(run, spec, paper, *line_up.key(run)))
        if run.reuse_key and not request.fresh:
            async with self.unit_of_work() as uow:
                equal = await uow.runs.reusable(request.workspace_id, run.reuse_key)
                if equal and not await hidden_runs(uow, [equal.id], viewer=request.viewer):
                    return Started(equal, reused=True)
        for one in (persona, *beside):
            await self.shelf.keep(one, workspace_id=request.workspace_id)
        return Started(run, reused=False)

    def record(self, request: RunRequest, paper: Paper, persona: Persona, spec: ModelSpec) -> Run:
        """The run as it would be recorded; nothing is kept."""
        language = request.reader.language or persona.language or request.interface_language
        if spec.engine is EngineKind.EXTRACTIVE and not request.reader.language:
            language = ""  # the paper's own; known when the engine has looked
        extraction_id = ExtractionId(str(paper.extraction_id))
        return Run(
            id=RunId(self.ids.new()),
            workspace_id=request.workspace_id,
            paper_id=paper.id,
            extraction_id=extraction_id,
            persona=PersonaRef(persona.id, persona.version, persona.digest),
            engine=spec.engine.value,
            model=spec.name,
            language=language,
            settings=request.reader.settings,
            created_at=self.clock.now(),
            owner=self.owner,
        )


async def recorded_run(unit_of_work: UnitOfWorkFactory, key: str | None) -> Started | None:
    """What an earlier request with this key recorded.

    Raises:
        NotFoundError: it was deleted since.
    """
    recorded = await recorded_for(unit_of_work, key)
    if recorded is None:
        return None
    kind, id_ = recorded
    async with unit_of_work() as uow:
        run = await uow.runs.get(RunId(id_))
    if run is None:
        raise NotFoundError(kind="run", id=id_)
    return Started(run, reused=kind == REUSED)


async def bind_run(uow: UnitOfWork, key: str | None, started: Started) -> None:
    """
    Raises:
        BusyError: another request with this key was quicker.
    """
    if key:
        kind = REUSED if started.reused else "run"
        await uow.keys.bind(key, f"{kind}:{started.run.id}", paper_id=started.run.paper_id)


async def ready_paper(uow: UnitOfWork, paper_id: PaperId, workspace_id: WorkspaceId) -> Paper:
    """The paper, when it can be run on.

    Raises:
        NotFoundError, ConflictError
    """
    paper = await uow.papers.get(paper_id)
    if paper is None or paper.workspace_id != workspace_id:
        raise NotFoundError(kind="paper", id=paper_id)
    if paper.status is PaperStatus.READING:
        raise ConflictError(
            reason_ja="論文をまだ読み取り中です。少し待って再度お試しください。",
            reason_en="The paper is still being read. Wait a moment and try again.",
        )
    if paper.status is PaperStatus.REFUSED:
        raise ConflictError(
            reason_ja="この論文は読み取れなかったため、読み手に渡せません。",
            reason_en="This paper could not be read, so no persona can read it.",
        )
    return paper


def _reuse_key(run: Run, spec: ModelSpec, paper: Paper, *members: Any) -> str:
    """Equal for runs that ask the same: extraction and corrections, persona, endpoint, model, language, settings, and
    who reads beside it."""
    parts = [
        run.extraction_id,
        repr(paper.corrections),
        run.persona.id,
        run.persona.digest,
        spec.engine.value,
        spec.base_url,
        spec.model,
        run.language,
        run.settings.as_dict(),
        *run.bootstrapped,
        *members,
    ]
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()
