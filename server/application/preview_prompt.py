"""Show exactly what would be sent to a model, without calling it."""

from __future__ import annotations

from dataclasses import dataclass

from server.application.personas import PersonaShelf
from server.application.ports import ExtractionStore, Models, UnitOfWorkFactory
from server.application.prompting import Asked, Prompting
from server.application.start_run import RunRequest, StartRun
from server.domain.errors import NotFoundError
from server.domain.models import ModelSpec
from server.domain.runs import Run


@dataclass(frozen=True)
class Preview:
    asked: Asked
    model: ModelSpec
    run: Run
    """As it would be recorded."""


@dataclass(frozen=True)
class PreviewPrompt:
    """Composes a prompt and keeps nothing of it."""

    unit_of_work: UnitOfWorkFactory
    extractions: ExtractionStore
    shelf: PersonaShelf
    models: Models
    prompting: Prompting
    start_run: StartRun

    async def __call__(self, request: RunRequest) -> Preview:
        """
        Raises:
            NotFoundError, ConflictError: as for a run.
        """
        run = (await self.start_run.prepare(request)).run
        async with self.unit_of_work() as uow:
            paper = await uow.papers.get(request.paper_id)
        extraction = await self.extractions.get(run.workspace_id, run.extraction_id)
        if paper is None or extraction is None:
            raise NotFoundError(kind="paper", id=request.paper_id)
        persona = await self.shelf.of_run(run.persona, workspace_id=run.workspace_id)
        spec = self.models.get(request.reader.model)
        language = run.language or extraction.language
        asked = self.prompting.preview(
            persona, extraction, paper.identity(extraction.identity), language=language, settings=run.settings
        )
        return Preview(asked, spec, run)
