"""Show exactly what would be sent to a model, without calling it."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field, replace

from server.application.choose_examples import ChooseExamples
from server.application.contexts import Contexts
from server.application.estimate import EstimateCost
from server.application.line_up import LineUp
from server.application.personas import PersonaShelf
from server.application.ports import ExtractionStore, Models, UnitOfWorkFactory
from server.application.prompting import Asked, Prompting
from server.application.start_run import RunRequest, StartRun, ready_paper
from server.domain.errors import NotFoundError, RunError, YomiError
from server.domain.example_words import fitting
from server.domain.models import EngineKind, ModelSpec
from server.domain.personas import Persona
from server.domain.runs import Run
from server.domain.spending import Estimate


@dataclass(frozen=True)
class Preview:
    asked: Asked
    model: ModelSpec
    run: Run
    """As it would be recorded."""
    estimate: Estimate | None = None
    """What all its calls would take; None: nobody estimates here."""


@dataclass(frozen=True)
class PreviewPrompt:
    """Composes a prompt and keeps nothing of it."""

    unit_of_work: UnitOfWorkFactory
    extractions: ExtractionStore
    shelf: PersonaShelf
    models: Models
    prompting: Prompting
    start_run: StartRun
    contexts: Contexts = field(default_factory=Contexts)
    estimate: EstimateCost | None = None

    @property
    def examples(self) -> ChooseExamples:
        return ChooseExamples(self.shelf.parser, self.unit_of_work, self.extractions)

    async def __call__(self, request: RunRequest) -> Preview:
        """
        Raises:
            NotFoundError, ConflictError: as for a run.
        """
        run = (await self.start_run.prepare(request)).run
        persona = await self.shelf.of_run(run.persona, workspace_id=run.workspace_id)
        return await self._preview(run, persona, request)

    async def unsaved(self, persona: Persona, request: RunRequest) -> Preview:
        """What a run of a persona would send that is not saved yet; the persona that `request` names is not looked for.

        Raises:
            NotFoundError, ConflictError: as for a run.
            PersonaInvalidError: its template cannot be filled.
        """
        spec = self.models.get(request.reader.model)
        async with self.unit_of_work() as uow:
            paper = await ready_paper(uow, request.paper_id, request.workspace_id)
        run = self.start_run.record(request, paper, persona, spec)
        with suppress(YomiError):  # whom it cannot find yet is not counted
            run, _ = await LineUp(self.shelf, self.models)(run, persona, spec)
        return await self._preview(run, persona, request)

    async def _preview(self, run: Run, persona: Persona, request: RunRequest) -> Preview:
        async with self.unit_of_work() as uow:
            paper = await uow.papers.get(request.paper_id)
        extraction = await self.extractions.get(run.workspace_id, run.extraction_id)
        if paper is None or extraction is None:
            raise NotFoundError(kind="paper", id=request.paper_id)
        spec = self.models.get(request.reader.model)
        estimate = await self.estimate(run, persona=persona) if self.estimate else None
        language = run.language or extraction.language
        identity = paper.identity(extraction.identity)
        shown = await self.examples(persona, extraction, identity, run=replace(run, language=language))
        if spec.engine is EngineKind.OPENAI:
            with suppress(RunError):  # What does not fit is shown as it would be if it did.
                plan = await asyncio.to_thread(
                    self.prompting.plan,
                    persona,
                    extraction,
                    identity,
                    run=replace(run, language=language),
                    spec=spec,
                    shown=shown,
                    means=self.contexts.known(extraction, spec),
                )
                if first := plan.next(()):
                    asked = Asked(first.prompt, first.schema, first.max_output_tokens, plan.input)
                    return Preview(asked, spec, run, estimate)
        asked = self.prompting.preview(
            persona,
            extraction,
            identity,
            language=language,
            settings=run.settings,
            examples=fitting(persona, shown.examples, language, window=spec.context_window),
        )
        return Preview(asked, spec, run, estimate)
