"""Find the right answers that a run is shown: its persona's own files, or answers of earlier runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from server.application.curtain import hidden_runs
from server.application.ports import ExtractionStore, PersonaParser, UnitOfWork, UnitOfWorkFactory
from server.domain.example_choice import choose
from server.domain.examples import Example, Shown, few_shot
from server.domain.extractions import Extraction, Notice
from server.domain.identity import Identity
from server.domain.ids import RunId
from server.domain.models import EngineKind
from server.domain.own_examples import best, example_of, run_of
from server.domain.personas import ExamplePolicy, Persona
from server.domain.runs import Run, RunStatus

LOOKED_AT = 200
"""Earlier runs of a persona that are looked through, newest first."""


async def bootstrap(uow: UnitOfWork, run: Run, persona: Persona, *, viewer: str | None) -> Run:
    """The run with the earlier ones it is to learn from, where it asks for such; decided when it is started, so that
    what it was shown does not change afterwards.

    Args:
        viewer: The voter who starts it: a run whose name is hidden from them is not used.
    """
    asked = few_shot(persona, run.settings)
    if asked.policy is not ExamplePolicy.BOOTSTRAPPED or run.engine == EngineKind.EXTRACTIVE:
        return run
    runs = await uow.runs.list(
        run.workspace_id, limit=LOOKED_AT, cursor=None, status=RunStatus.FINISHED, persona=persona.id
    )
    hidden = await hidden_runs(uow, [one.id for one in runs], viewer=viewer)
    votes = await uow.votes.ranking(run.workspace_id, row=None)
    open_ones = [one for one in runs if one.id not in hidden]
    chosen = best(open_ones, persona, votes=votes, apart_from=run, count=asked.count)
    return replace(run, bootstrapped=chosen)


@dataclass(frozen=True)
class ChooseExamples:
    """What of all there is fits a run, its paper and its language."""

    parser: PersonaParser
    unit_of_work: UnitOfWorkFactory
    extractions: ExtractionStore

    async def __call__(
        self, persona: Persona, extraction: Extraction, identity: Identity, *, run: Run
    ) -> Shown:
        asked = few_shot(persona, run.settings)
        if not asked.count:
            return Shown()
        if run.engine == EngineKind.EXTRACTIVE:
            return Shown(notices=(Notice("examples_not_applied"),))
        notices = []
        if asked.policy is ExamplePolicy.BOOTSTRAPPED:
            pool: Sequence[Example] = await self._earlier(run.bootstrapped, persona, run)
        else:
            pool = self.parser.examples(persona)
            read = {example.name for example in pool}
            unread = [name for name in persona.examples if name not in read]
            notices += [Notice("example_unreadable", data={"file": name}) for name in unread]
        examples = choose(
            pool,
            asked,
            extraction=extraction,
            identity=identity,
            language=run.language,
            seed=str(run.id if run.settings.seed is None else run.settings.seed),
        )
        if len(examples) < asked.count:
            notices.append(Notice("fewer_examples", data={"asked": asked.count, "shown": len(examples)}))
        return Shown(examples, tuple(notices))

    async def again(self, persona: Persona, run: Run) -> Shown:
        """Those that a run was shown, as far as they are still there."""
        names = run.input.examples if run.input else ()
        earlier = [run_id for name in names if (run_id := run_of(name))]
        pool = [*self.parser.examples(persona), *await self._earlier(earlier, persona, run)]
        known = {example.name: example for example in pool}
        return Shown(tuple(known[name] for name in names if name in known))

    async def _earlier(self, ids: Sequence[RunId], persona: Persona, run: Run) -> list[Example]:
        """Proven answers of other papers' runs; a run that was deleted since is passed over."""
        found = []
        async with self.unit_of_work() as uow:
            runs = [one for run_id in ids if (one := await uow.runs.get(run_id))]
            papers = {one.paper_id: await uow.papers.get(one.paper_id) for one in runs}
        for one in runs:
            paper = papers[one.paper_id]
            extraction = await self.extractions.get(one.workspace_id, one.extraction_id)
            if paper is None or extraction is None or one.workspace_id != run.workspace_id:
                continue
            title = paper.identity(extraction.identity).title
            if example := example_of(one, persona, title=title.value if title else ""):
                found.append(example)
        return found
