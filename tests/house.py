"""The use cases over memory, with an engine that plays scripts: a whole house without disk, network or PDF."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from server.adapters.bells import Bells
from server.adapters.persona_files import PersonaFileParser
from server.adapters.persona_form import PersonaTextFiles
from server.adapters.persona_formats import ForeignPersonas
from server.adapters.scripted_engine import Script, ScriptedEngine
from server.adapters.templates import JinjaTemplates
from server.application.ask_question import AskQuestion, QuestionRequest
from server.application.batch_results import BatchResults
from server.application.cast_vote import CastVote
from server.application.change_records import ChangeRecords
from server.application.check_text import CheckText
from server.application.estimate import EstimateCost
from server.application.execute_run import ExecuteRun
from server.application.follow import Follow
from server.application.indexes import Indexes
from server.application.ingest_paper import IngestPaper
from server.application.list_papers import ListPapers
from server.application.one_answer import OneAnswer
from server.application.persona_desk import PersonaDesk
from server.application.personas import PersonaShelf
from server.application.ports import Engine, Event, PersonaLibrary, Question
from server.application.preview_prompt import PreviewPrompt
from server.application.prompting import Prompting
from server.application.queries import Queries
from server.application.rank_readers import RankReaders
from server.application.read_paper import ReadPaper
from server.application.record_text import RecordText
from server.application.run_batch import RunBatches
from server.application.search import Search
from server.application.spending import Budget, ReadSpending
from server.application.start_batch import StartBatch
from server.application.start_comparison import ComparisonRequest, StartComparison
from server.application.start_demo import StartDemo
from server.application.start_run import RunRequest, StartRun
from server.application.start_text import StartText
from server.domain.errors import NotFoundError, PaperError, RunError
from server.domain.extractions import Extraction
from server.domain.ids import ExtractionId, PaperId, RunId
from server.domain.models import Breaker, GateState, ModelSpec
from server.domain.personas import Persona
from server.domain.requests import ReaderRequest
from server.domain.runs import Run
from server.domain.words import Words

from builders import TITLE, a_model, a_persona, an_extraction
from memory import Memory

PDF = b"%PDF-1.7 a paper"
SCRIPTED = "scripted"
"""Name of the model that plays the house's scripts; the default one."""

QUOTE = "We place the paper before the persona in every prompt"
SECOND_QUOTE = "Readers of one paper start in turn, because two requests at once share nothing."
PAGED = "Efficient Memory Management for Large Language Model Serving with PagedAttention"


def statement(text: str, *quotes: str, page: int = 1) -> dict[str, Any]:
    """A sentence as it crosses the wire."""
    return {"evidence": [{"quote": quote, "page": page} for quote in quotes], "text": text}


def a_wire_answer(**changes: Any) -> dict[str, Any]:
    """A true answer to the questions of the builders' summarizer on the builders' paper."""
    return {
        "header": {"title": TITLE, "authors": "Yomikurabe Project", "year": 2026},
        "what": [statement("It places the paper first.", QUOTE)],
        "discussion": [statement("Readers take turns.", SECOND_QUOTE, page=2)],
        "next_papers": [{"evidence": [], "value": {"title": PAGED, "why": "It shares prefixes."}}],
        **changes,
    }


def an_interpretation(**changes: Any) -> dict[str, Any]:
    """A true answer to the questions of the builders' interpreter, which does not ask for the title."""
    return {
        "_paper": {"title": TITLE, "authors": None},
        "abstract": [statement("The paper comes first.", QUOTE)],
        "methods": [statement("The rules come first.", "Constant rules come first, then the paper", page=2)],
        "limitations": [],
        **changes,
    }


def either(question: Question) -> dict[str, Any]:
    """A true answer to whichever of the two asks."""
    return an_interpretation() if question.persona.id == "interpreter" else a_wire_answer()


class ListedPersonas:
    """A library in a list that tests may change."""

    def __init__(self, *personas: Persona) -> None:
        self.personas = list(personas)

    def list(self) -> Sequence[Persona]:
        return tuple(self.personas)

    def get(self, id: str, version: str | None = None) -> Persona | None:  # noqa: A002
        return next((p for p in self.personas if p.id == id and version in (None, p.version)), None)


class ListedModels:
    """Models with an engine each; the first is the default."""

    hint: Words | None = None

    def __init__(self, *models: tuple[ModelSpec, Engine]) -> None:
        self._models = {spec.name: (spec, engine) for spec, engine in models}

    def list(self) -> Sequence[ModelSpec]:
        return tuple(spec for spec, _ in self._models.values())

    def get(self, name: str | None) -> ModelSpec:
        if name is None:
            return self.list()[0]
        if name not in self._models:
            raise NotFoundError(kind="model", id=name, nearest=self.list()[0].name)
        return self._models[name][0]

    def engine(self, spec: ModelSpec) -> Engine:
        return self._models[spec.name][1]

    def support(self, spec: ModelSpec) -> Mapping[str, Any]:  # noqa: ARG002
        return {}

    def gates(self) -> Sequence[GateState]:
        return ()

    def breaker(self, spec: ModelSpec) -> Breaker | None:  # noqa: ARG002
        return None


class ReadingAloud:
    """A PDF reader that returns the builders' extraction for any bytes, or fails as told."""

    version = "a reader 1.0"

    def __init__(self) -> None:
        self.error: Exception | None = None
        self.asked = 0
        self.go_on = asyncio.Event()
        """Readings wait until this is set."""
        self.go_on.set()
        self.began = asyncio.Event()

    async def read(self, data: bytes, *, on_progress: object = None) -> Extraction:  # noqa: ARG002
        self.asked += 1
        self.began.set()
        await self.go_on.wait()
        if self.error:
            raise self.error
        sha256 = hashlib.sha256(data).hexdigest()
        return an_extraction(id=ExtractionId(f"extraction-{sha256[:8]}"), sha256=sha256)

    async def picture(self, data: bytes, *, page: int, width: int) -> bytes:  # noqa: ARG002
        if page > 3:
            raise NotFoundError(kind="page", id=str(page))
        if self.error:
            raise self.error
        return f"\x89PNG page {page}, {width} wide".encode("latin-1")


class Shop:
    """Papers to fetch by address."""

    def __init__(self) -> None:
        self.error: PaperError | None = None

    async def fetch(self, address: str) -> tuple[bytes, str]:
        if self.error:
            raise self.error
        return PDF, f"{address.rpartition('/')[2]}.pdf"


class Showcase:
    """Samples to show: any name but `none`."""

    def paper(self, name: str) -> tuple[bytes, str]:
        if name == "none":
            raise NotFoundError(kind="sample", id=name)
        return f"%PDF-1.7 sample {name}".encode(), f"{name}.pdf"

    def fabricated_answer(self, language: str) -> str:  # noqa: ARG002
        return (
            "Title: Another Paper Altogether\n\nAuthors: A. Author\n\nIt saves 41% of all energy in Atlantis."
        )


class House:
    """Every use case. `library`, `models`, `reader` and `fetcher` may be changed before they are used.

    `engine` is the scripted model's; `spec` changes what is known of that model.
    """

    def __init__(
        self,
        *scripts: Script | Mapping[str, Any] | RunError,
        library: PersonaLibrary | None = None,
        models: Sequence[tuple[ModelSpec, Engine]] = (),
        max_bytes: int = 10_000,
        daily_usd: float | None = None,
        **spec: Any,
    ) -> None:
        self.memory = memory = Memory()
        self.engine = ScriptedEngine(*(scripts or (Script(either),)))
        self.library = library or ListedPersonas(a_persona(), a_persona("interpreter"))
        self.models = ListedModels((a_model(SCRIPTED, default=True, **spec), self.engine), *models)
        self.reader = ReadingAloud()
        self.fetcher = Shop()
        self.prompting = Prompting(JinjaTemplates(), b"a secret of this server")
        uow, jobs, clock, ids = memory.unit_of_work, memory.jobs, memory.clock, memory.ids
        self.shelf = PersonaShelf(self.library, PersonaFileParser(), uow, memory.blobs, clock)
        self.ingest = IngestPaper(uow, memory.blobs, jobs, self.fetcher, clock, ids, max_bytes)
        self.read_paper = ReadPaper(uow, memory.blobs, memory.extractions, self.reader, memory.events)
        self.estimate = EstimateCost(uow, memory.extractions, self.shelf, self.models, self.prompting)
        self.budget = Budget(self.estimate, clock, daily_usd)
        self.spending = ReadSpending(uow, self.budget)
        self.start = StartRun(uow, self.shelf, self.models, jobs, clock, ids, "server", budget=self.budget)
        self.check_text = CheckText(uow, memory.extractions, Indexes())
        start_text = StartText(self.check_text, self.shelf, memory.events, clock, ids, "server")
        self.start_comparison = StartComparison(uow, self.start, start_text)
        self.record_text = RecordText(uow, start_text)
        self.samples = Showcase()
        self.start_demo = StartDemo(uow, self.ingest, self.start_comparison, memory.events, self.samples)
        self.bells = Bells()
        self.execute = self.another_executor()
        self.one_answer = OneAnswer(uow, clock)
        self.follow = Follow(memory.events, uow)
        self.change = ChangeRecords(
            uow, memory.blobs, memory.extractions, memory.events, jobs, clock, ids, bells=self.bells
        )
        self.queries = Queries(uow, memory.extractions, self.shelf)
        self.ask_question = AskQuestion(self.queries, self.start)
        self.cast_vote = CastVote(uow, self.queries, clock, ids)
        self.rank_readers = RankReaders(uow)
        self.batching = StartBatch(uow, self.start, self.change)
        self.run_batches = RunBatches(uow, self.start)
        self.batch_results = BatchResults(uow, self.shelf)
        self.search = Search(uow, memory.extractions, self.shelf)
        self.list_papers = ListPapers(uow, memory.extractions, self.shelf)
        self.desk = PersonaDesk.over(
            self.shelf,
            PersonaTextFiles(),
            self.prompting.templates,
            self.models,
            self.queries,
            formats=ForeignPersonas(),
        )
        self.preview = PreviewPrompt(
            uow,
            memory.extractions,
            self.shelf,
            self.models,
            self.prompting,
            self.start,
            estimate=self.estimate,
        )

    def another_executor(self) -> ExecuteRun:
        """As of another process over the same storage."""
        memory = self.memory
        return ExecuteRun(
            unit_of_work=memory.unit_of_work,
            extractions=memory.extractions,
            indexes=Indexes(),
            shelf=self.shelf,
            models=self.models,
            prompting=self.prompting,
            events=memory.events,
            clock=memory.clock,
            run_timeout_s=60.0,
            bells=self.bells,
        )

    async def a_ready_paper(self, data: bytes = PDF) -> PaperId:
        """Arrange: taken in and read."""
        paper_id = (await self.ingest(data, filename="paper-first.pdf")).paper.id
        await self.read_paper(paper_id)
        return paper_id

    async def a_run(
        self, persona: str = "summarizer", *, paper_id: PaperId | None = None, **reader: Any
    ) -> Run:
        """Arrange: queued, on the ready paper unless said otherwise."""
        return (await self.start(await self.a_request(persona, paper_id=paper_id, **reader))).run

    async def a_request(
        self, persona: str = "summarizer", *, paper_id: PaperId | None = None, **changes: Any
    ) -> RunRequest:
        """For the ready paper; `changes` are those of the reader or of the request."""
        own = {
            name: changes.pop(name) for name in ("fresh", "repeat", "interface_language") if name in changes
        }
        return RunRequest(paper_id or await self.a_ready_paper(), ReaderRequest(persona, **changes), **own)

    async def executed(self, persona: str = "summarizer", **reader: Any) -> Run:
        """A run as it was when its execution had ended."""
        run = await self.a_run(persona, **reader)
        await self.execute(run.id)
        return self.kept(run)

    async def asked(self, run: Run, question: str = "Why?", **request: Any) -> Run:
        """A follow-up of a run as it was when its execution had ended."""
        started = await self.ask_question(QuestionRequest(run.id, question, **request))
        await self.execute(started.run.id)
        # Whoever serves this house may have been quicker to take it.
        await until(lambda: self.kept(started.run).status.is_over)
        return self.kept(started.run)

    async def a_comparison(self, *candidates: ReaderRequest | RunId, **changes: Any) -> Any:
        return await self.start_comparison(
            ComparisonRequest(await self.a_ready_paper(), candidates, **changes)
        )

    def kept(self, run: Run | RunId) -> Run:
        """A run as it is committed now."""
        return self.memory.kept.runs[run if isinstance(run, str) else run.id]

    def events_of(self, run: Run) -> list[Event]:
        return [event for event in self.memory.events.all if event.stream == f"run:{run.id}"]

    def told(self, run: Run) -> list[str]:
        """Names of a run's events; `field` with its path, `progress` with its stage."""
        return [_told(event) for event in self.events_of(run)]


async def until(holds: Callable[[], object]) -> None:
    """Let others work until `holds`, at most five seconds."""
    async with asyncio.timeout(5):
        while not holds():  # noqa: ASYNC110 (what is waited for is a fact, not an event)
            await asyncio.sleep(0)


def _told(event: Event) -> str:
    detail = event.data.get("path") or event.data.get("stage") or event.data.get("status")
    return f"{event.name} {detail}" if detail else event.name


def renamed(persona: Persona, **changes: Any) -> Persona:
    """The same persona, changed, so that nothing of it is reused."""
    return replace(persona, digest=f"{persona.digest[:-1]}x", **changes)
