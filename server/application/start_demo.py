"""Show in ten seconds what this is: a sample paper, two readers without a model, and a made-up answer beside them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from server.application.follow import wait_until
from server.application.ingest_paper import IngestPaper
from server.application.ports import Events, Samples, UnitOfWorkFactory
from server.application.read_paper import paper_stream
from server.application.start_comparison import ComparisonRequest, StartComparison
from server.application.start_run import ready_paper
from server.application.start_text import TextRequest
from server.domain.comparisons import Comparison
from server.domain.ids import LOCAL_WORKSPACE, PaperId
from server.domain.models import EXTRACTIVE, EngineKind
from server.domain.papers import Paper, PaperStatus
from server.domain.requests import ReaderRequest
from server.domain.runs import Run
from server.domain.words import Words

READERS = ("summarizer", "interpreter")
MADE_UP = Words(ja="作り話の回答", en="A made-up answer")
LOOKED_AT = 20
"""How many of the paper's newest comparisons are looked through for an equal one."""


@dataclass(frozen=True)
class StartDemo:
    """Reads the sample where needed and compares. Asked again, it finds what it made before."""

    unit_of_work: UnitOfWorkFactory
    ingest: IngestPaper
    start_comparison: StartComparison
    events: Events
    samples: Samples
    read_within_s: float = 90.0

    async def __call__(self, *, sample: str, language: str) -> Comparison:
        """
        Args:
            sample: Which paper, a name of `Samples`.
            language: Of the made-up answer and of names.

        Raises:
            NotFoundError: no such sample.
            ConflictError: the sample could not be read in time.
        """
        paper = await self.take_in(sample)
        await self._read(paper.id)
        text = TextRequest(self.samples.fabricated_answer(language), MADE_UP.in_(language))
        if earlier := await self._earlier(paper.id, text):
            return earlier
        readers = tuple(ReaderRequest(persona, model=EXTRACTIVE) for persona in READERS)
        return await self.start_comparison(
            ComparisonRequest(paper.id, (*readers, text), interface_language=language)
        )

    async def take_in(self, sample: str) -> Paper:
        """The sample as a paper of this workspace, perhaps still being read.

        Raises:
            NotFoundError: no such sample.
        """
        data, filename = self.samples.paper(sample)
        return (await self.ingest(data, filename=filename)).paper

    async def _read(self, paper_id: PaperId) -> None:
        async def over() -> bool:
            async with self.unit_of_work() as uow:
                paper = await uow.papers.get(paper_id)
            return paper is None or paper.status is not PaperStatus.READING

        await wait_until(
            over, events=self.events, streams=[paper_stream(paper_id)], timeout_s=self.read_within_s
        )

    async def _earlier(self, paper_id: PaperId, text: TextRequest) -> Comparison | None:
        """The newest comparison of the same things, as they are now."""
        start, start_text = self.start_comparison.start_run, self.start_comparison.start_text
        wanted: list[tuple[str, str, Any]] = [
            (EngineKind.EXTRACTIVE.value, (await start.shelf.get(id_)).digest, None) for id_ in READERS
        ]
        async with self.unit_of_work() as uow:
            paper = await ready_paper(uow, paper_id, LOCAL_WORKSPACE)
        wanted.append(_kind(await start_text.prepare(text, paper)))
        async with self.unit_of_work() as uow:
            found = await uow.comparisons.list(
                paper.workspace_id, limit=LOOKED_AT, cursor=None, paper_id=paper_id
            )
            for comparison in found:
                if comparison.blind or comparison.extraction_id != paper.extraction_id:
                    continue
                runs = [run for c in comparison.candidates if (run := await uow.runs.get(c.run_id))]
                if [_kind(run) for run in runs] == wanted:
                    return comparison
        return None


def _kind(run: Run) -> tuple[str, str, Any]:
    """What makes two candidates of the demo alike: engine, persona and, of a text, what it says."""
    said = (run.answer, run.rejected_answer) if run.engine == EngineKind.TEXT else None
    return (run.engine, run.persona.digest, said)
