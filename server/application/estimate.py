"""Estimate what a run will take and cost, before it is started. Nothing is sent anywhere."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

from server.application.choose_examples import ChooseExamples
from server.application.contexts import Contexts
from server.application.ensemble import in_the_words_of
from server.application.fallback import Fallback
from server.application.personas import PersonaShelf
from server.application.ports import ExtractionStore, Models, UnitOfWorkFactory
from server.application.prompting import Prompting
from server.domain.budgets import SLACK
from server.domain.ensembles.lineup import member_settings
from server.domain.errors import NotFoundError, RunError, YomiError
from server.domain.example_words import fitting
from server.domain.extractions import Extraction
from server.domain.follow_up_personas import asked_by
from server.domain.identity import Identity
from server.domain.models import ModelSpec
from server.domain.personas import Persona
from server.domain.plans import CallSize
from server.domain.runs import Run
from server.domain.spending import FREE, Estimate, Tokens, price_of, sum_of_estimates

UNDERRATED = 1.25
"""By how much a prompt may be longer than estimated: tokenisers differ, and endpoints add the answer's schema and marks
of their own."""
MESSAGES = 2000
"""Tokens of what a repair turn tells a model, at most about."""
LOOK = 400
"""Tokens of the rules of a second look."""


@dataclass(frozen=True)
class EstimateCost:
    """Plans a run as it would be planned, and counts all calls of that plan, of all its members.

    At most: every call with a whole answer, each repaired once. Calls that fail and are made again may add to that; so
    does a window that turns out smaller than is known.
    """

    unit_of_work: UnitOfWorkFactory
    extractions: ExtractionStore
    shelf: PersonaShelf
    models: Models
    prompting: Prompting
    contexts: Contexts = field(default_factory=Contexts)
    fallback_models: tuple[str, ...] = ()
    """Who may answer instead: the dearest counts, as far as their prices are known."""

    async def __call__(self, run: Run, *, persona: Persona | None = None) -> Estimate:
        """
        Args:
            run: As it is or would be recorded.
            persona: Its own, where that is not kept yet.

        Raises:
            NotFoundError: its paper, persona or model is gone.
        """
        spec = self.models.get(run.model)
        if spec.engine in FREE:
            return Estimate()
        async with self.unit_of_work() as uow:
            paper = await uow.papers.get(run.paper_id)
        extraction = await self.extractions.get(run.workspace_id, run.extraction_id)
        if paper is None or extraction is None:
            raise NotFoundError(kind="paper", id=run.paper_id)
        if persona is None:
            persona = await self.shelf.of_run(run.persona, workspace_id=run.workspace_id)
        persona = asked_by(run, persona)
        run = replace(run, language=run.language or extraction.language)
        identity, others = paper.identity(extraction.identity), Fallback(self.models, self.fallback_models)
        estimates = [
            _priced(
                await self._sizes(own, words, extraction, identity, reader),
                reader,
                instead=others.chain(persona, reader),
            )
            for own, words, reader in await self._readings(run, persona, spec)
        ]
        if run.settings.second_look:
            estimates.append(_priced([_second_look(estimates)], spec, is_repaired=False))
        return sum_of_estimates(estimates)

    async def _readings(
        self, run: Run, persona: Persona, spec: ModelSpec
    ) -> Sequence[tuple[Run, Persona, ModelSpec]]:
        """The run itself, or those that it is made of. A member whose persona or model is gone asks nobody."""
        if not run.members:
            return [(run, persona, spec)]
        readings = []
        for member in run.members:
            own = replace(run, settings=member_settings(run.settings, member), members=())
            with suppress(YomiError):
                words, reader = persona, self.models.get(member.model)
                if member.persona != run.persona:
                    voice = await self.shelf.of_run(member.persona, workspace_id=run.workspace_id)
                    words = in_the_words_of(voice, persona)
                readings.append((own, words, reader))
        return readings

    async def _sizes(
        self, run: Run, persona: Persona, extraction: Extraction, identity: Identity, spec: ModelSpec
    ) -> Sequence[CallSize]:
        shown = await ChooseExamples(self.shelf.parser, self.unit_of_work, self.extractions)(
            persona, extraction, identity, run=run
        )
        means = self.contexts.known(extraction, spec)

        def sizes() -> Sequence[CallSize]:
            with suppress(RunError):  # what does not fit is counted as if it did
                return self.prompting.plan(
                    persona, extraction, identity, run=run, spec=spec, shown=shown, means=means
                ).sizes
            examples = fitting(persona, shown.examples, run.language, window=spec.context_window)
            asked = self.prompting.preview(
                persona,
                extraction,
                identity,
                language=run.language,
                settings=run.settings,
                examples=examples,
            )
            return (CallSize(asked.input.estimated_tokens, asked.max_output_tokens),)

        return await asyncio.to_thread(sizes)


def _priced(
    sizes: Sequence[CallSize], spec: ModelSpec, *, instead: Sequence[ModelSpec] = (), is_repaired: bool = True
) -> Estimate:
    expected = at_most = Tokens()
    for size in sizes:
        expected = expected.plus(Tokens(size.prompt, math.ceil(size.answer / SLACK)))
        prompt = math.ceil(size.prompt * UNDERRATED)
        at_most = at_most.plus(Tokens(prompt, size.answer))
        if is_repaired:
            at_most = at_most.plus(Tokens(prompt + size.answer + MESSAGES, size.answer))
    own = spec.prices
    chain = [prices for one in (spec, *instead) if (prices := one.prices)]
    return Estimate(
        calls=len(sizes),
        expected=expected,
        at_most=at_most,
        expected_micros=price_of(expected, own) if own else 0,
        at_most_micros=max(price_of(at_most, prices) for prices in chain) if own else 0,
        unpriced=() if own else (spec.name,),
    )


def _second_look(estimates: Sequence[Estimate]) -> CallSize:
    """Statements with their quotes are about as long as the answer they come from."""
    answer = max((one.at_most.output for one in estimates), default=0) // 2
    return CallSize(answer + LOOK, answer)
