"""What the use cases need from the world, as small protocols. Adapters implement them; tests fake them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from server.domain.comparisons import Comparison
from server.domain.examples import Example
from server.domain.extractions import Extraction, Notice
from server.domain.ids import ComparisonId, ExtractionId, PaperId, RunId, WorkspaceId
from server.domain.models import ModelSpec
from server.domain.papers import Paper, Problem
from server.domain.personas import Part, Persona
from server.domain.prompts import Prompt
from server.domain.runs import Attempt, PersonaRef, Run, RunSettings, RunStatus, Usage
from server.domain.searching import HitKind, SearchText
from server.domain.votes import Vote
from server.domain.words import Words

# Reading papers


class PdfReader(Protocol):
    """Reads PDFs somewhere they can do no harm."""

    @property
    def version(self) -> str:
        """Changes whenever an extraction of the same bytes may come out differently; part of the cache key."""
        ...

    async def read(self, data: bytes, *, on_progress: Progress | None = None) -> Extraction:
        """Admit, read, look, normalise and describe.

        Raises:
            PaperError: one of its kinds; nothing else, whatever the bytes.
        """
        ...

    async def picture(self, data: bytes, *, page: int, width: int) -> bytes:
        """One page (from 1) as a PNG `width` pixels wide.

        Raises:
            NotFoundError: no such page.
            PaperError: as for `read`.
        """
        ...


class Progress(Protocol):
    def __call__(self, stage: str, done: int, total: int) -> None: ...


class PaperFetcher(Protocol):
    """Gets a PDF from arXiv."""

    async def fetch(self, address: str) -> tuple[bytes, str]:
        """`address`: an arXiv id (`2312.10997`, `arxiv:2312.10997v2`) or an address on a known arXiv host.

        Returns:
            The PDF's bytes and a file name to show.

        Raises:
            InvalidRequestError: not an arXiv id or address.
            FetchFailedError: says what to download instead.
            TooLargeError
        """
        ...


class Samples(Protocol):
    """The papers and the made-up answer that ship with the program."""

    def paper(self, name: str) -> tuple[bytes, str]:
        """`name`: `en`, `ja`, or `hidden` (one with text that nobody sees).

        Returns:
            The PDF's bytes and a file name to show.

        Raises:
            NotFoundError: no such sample.
        """
        ...

    def fabricated_answer(self, language: str) -> str:
        """A fluent answer about a paper that does not exist."""
        ...


# Personas


class PersonaLibrary(Protocol):
    """Built-in personas and those of the folders; saved ones are rows (`Personas`)."""

    def list(self) -> Sequence[Persona]: ...

    def get(self, id: str, version: str | None = None) -> Persona | None:  # noqa: A002
        ...


class PersonaParser(Protocol):
    def parse(self, source: str, *, id: str, files: Mapping[str, bytes] | None = None) -> Persona:  # noqa: A002
        """A persona from the text of its persona.md and, optionally, the other files of its folder.

        Raises:
            PersonaInvalidError: every problem with line and fix.
        """
        ...

    def check_files(self, persona: Persona) -> None:
        """Look into its other files, which reading it does not do.

        Raises:
            PersonaInvalidError: every problem with file, line and fix.
        """
        ...

    def examples(self, persona: Persona) -> Sequence[Example]:
        """Its right answers in the order of their files' names; what cannot be read is left out."""
        ...


class Templates(Protocol):
    def render(self, part: Part, variables: Mapping[str, Any]) -> str:
        """Fill one part of a template.

        Raises:
            PersonaInvalidError: the template leaves the closed subset or its output the budget.
        """
        ...


# Engines


@dataclass(frozen=True, slots=True)
class Question:
    """All that an engine may need to answer. Text engines use the prompt, the extractive engine the rest."""

    persona: Persona
    extraction: Extraction
    language: str
    model: ModelSpec
    settings: RunSettings
    prompt: Prompt
    wire_schema: Mapping[str, Any]
    """Of the JSON that is asked for; empty where free text is."""
    max_output_tokens: int
    deadline_s: float
    repair: Repair | None = None
    follow_up: str | None = None
    """What somebody asks in their own words, when that is all there is to answer."""


@dataclass(frozen=True, slots=True)
class Repair:
    """The bounded second turn: what was answered, and what was wrong with it."""

    previous: str
    messages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Delta:
    """The next piece of the answer's JSON text."""

    text: str


@dataclass(frozen=True, slots=True)
class Restarted:
    """Forget the text so far: the call is made again (retry, or the next rung of the capability ladder)."""

    attempt: Attempt


@dataclass(frozen=True, slots=True)
class Completed:
    """Always the last event: the text is whole."""

    usage: Usage
    attempts: tuple[Attempt, ...]
    """All calls made, the last one `ok`."""
    language: str | None = None
    """Language of the answer when it is not the one asked for (the extractive engine speaks the paper's)."""
    warnings: tuple[Notice, ...] = ()


EngineEvent = Delta | Restarted | Completed


class Engine(Protocol):
    """Answers a question as JSON text that fits the wire schema, as far as it can."""

    def ask(self, question: Question) -> AsyncGenerator[EngineEvent]:
        """Closing the iterator early ends the call at the provider.

        Raises:
            RunError: one of its kinds, with `attempts` set; nothing else.
        """
        ...

    async def close(self) -> None: ...


class Embeddings(Protocol):
    """Turns texts into vectors that lie near each other where the texts mean alike."""

    async def embed(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        """One vector per text, in order, all of one length.

        Raises:
            RunError: one of its kinds; nothing else.
        """
        ...


class Models(Protocol):
    """The models on offer and the engine of each."""

    @property
    def hint(self) -> Words | None:
        """What to tell someone who set up an endpoint and would wonder why it is not used."""
        ...

    def list(self) -> Sequence[ModelSpec]: ...

    def get(self, name: str | None) -> ModelSpec:
        """None: the default one.

        Raises:
            NotFoundError: kind `model`, with the nearest name.
        """
        ...

    def engine(self, spec: ModelSpec) -> Engine: ...

    def support(self, spec: ModelSpec) -> Mapping[str, Any]:
        """What the endpoint was found to support so far."""
        ...


# Storage


class Blobs(Protocol):
    """Immutable bytes under a key like `local/papers/ab/abcd….pdf`."""

    async def put(self, key: str, data: bytes) -> None:
        """Durable when it returns; writing the same key again is harmless.

        Raises:
            StorageFullError
        """
        ...

    async def get(self, key: str) -> bytes | None: ...

    async def delete(self, key: str) -> None: ...


class ExtractionStore(Protocol):
    """Extractions by id. They never change, so one that was loaded may be handed out again."""

    async def get(self, workspace_id: WorkspaceId, extraction_id: ExtractionId) -> Extraction | None: ...

    async def put(self, workspace_id: WorkspaceId, extraction: Extraction) -> None:
        """Durable when it returns; putting the same one again is harmless.

        Raises:
            StorageFullError
        """
        ...

    async def delete(self, workspace_id: WorkspaceId, extraction_id: ExtractionId) -> None: ...


class Papers(Protocol):
    async def add(self, paper: Paper) -> None: ...
    async def get(self, id: PaperId) -> Paper | None: ...  # noqa: A002
    async def by_sha256(self, workspace_id: WorkspaceId, sha256: str) -> Paper | None: ...
    async def save(self, paper: Paper) -> None: ...
    async def list(self, workspace_id: WorkspaceId, *, limit: int, cursor: str | None) -> Sequence[Paper]:
        """Newest first; `cursor` is the id of the last one seen."""
        ...

    async def reading(self) -> Sequence[Paper]:
        """All that are still being read, of every workspace."""
        ...

    async def delete(self, id: PaperId) -> None:  # noqa: A002
        """And everything made from it: runs, comparisons, events, feedback."""
        ...


class Runs(Protocol):
    async def add(self, run: Run) -> None: ...
    async def get(self, id: RunId) -> Run | None: ...  # noqa: A002
    async def reusable(self, workspace_id: WorkspaceId, reuse_key: str) -> Run | None:
        """The newest finished run with this key."""
        ...

    async def list(
        self,
        workspace_id: WorkspaceId,
        *,
        limit: int,
        cursor: str | None,
        paper_id: PaperId | None = None,
        status: RunStatus | None = None,
        persona: str | None = None,
        follow_ups: bool = False,
    ) -> Sequence[Run]:
        """Newest first; `follow_ups` too only when they are asked for."""
        ...

    async def follow_ups(self, run_id: RunId) -> Sequence[Run]:
        """Those of this run, oldest first."""
        ...

    async def claim(self, id: RunId, *, now: datetime, lease_until: datetime) -> Run | None:  # noqa: A002
        """Take a queued run, or a running one whose lease has passed: `running`, fence + 1. None: somebody has it."""
        ...

    async def save(self, run: Run) -> bool:
        """Write if the stored fence is the run's own and the stored run is not over. False: discarded."""
        ...

    async def left_behind(self, *, owner: str, now: datetime) -> Sequence[Run]:
        """Queued runs, and running ones whose lease has passed, of this owner."""
        ...

    async def delete(self, id: RunId) -> None:  # noqa: A002
        """And its follow-ups."""
        ...


class Comparisons(Protocol):
    async def add(self, comparison: Comparison) -> None: ...
    async def get(self, id: ComparisonId) -> Comparison | None: ...  # noqa: A002
    async def list(
        self, workspace_id: WorkspaceId, *, limit: int, cursor: str | None, paper_id: PaperId | None = None
    ) -> Sequence[Comparison]: ...
    async def with_run(self, run_id: RunId) -> Sequence[Comparison]: ...
    async def delete(self, id: ComparisonId) -> None: ...  # noqa: A002


@dataclass(frozen=True, slots=True)
class SavedPersona:
    """One version of a persona saved over HTTP. Never changed, so an old version stays runnable."""

    workspace_id: WorkspaceId
    id: str
    version: str
    digest: str
    source: str
    files: Mapping[str, bytes]
    created_at: datetime


class SavedPersonas(Protocol):
    async def add(self, persona: SavedPersona) -> None: ...
    async def get(self, workspace_id: WorkspaceId, id: str, version: str | None) -> SavedPersona | None:  # noqa: A002
        """None as version: the newest."""
        ...

    async def versions(self, workspace_id: WorkspaceId, id: str) -> Sequence[SavedPersona]: ...  # noqa: A002
    async def list(self, workspace_id: WorkspaceId) -> Sequence[SavedPersona]:
        """The newest version of each."""
        ...


@dataclass(frozen=True, slots=True)
class Feedback:
    id: str
    workspace_id: WorkspaceId
    run_id: RunId
    path: str | None
    verdict: str
    comment: str
    created_at: datetime
    start: int | None = None
    """Of the statement it is about, within the value at `path`; None: all of it."""


class Feedbacks(Protocol):
    async def add(self, feedback: Feedback) -> None: ...
    async def of_run(self, run_id: RunId) -> Sequence[Feedback]: ...


class Votes(Protocol):
    """Votes outlive their comparison and go with their paper. All lists are oldest first."""

    async def add(self, vote: Vote) -> None: ...
    async def of_comparison(self, comparison_id: ComparisonId) -> Sequence[Vote]: ...
    async def of_voter(self, voter: str, paper_id: PaperId) -> Sequence[Vote]:
        """Takes the writers' turn first, so that what it returns stays all there is until the commit."""
        ...

    async def ranking(self, workspace_id: WorkspaceId, *, row: str | None) -> Sequence[Vote]:
        """Those that count in rankings, on this row or, for None, on the whole."""
        ...


@dataclass(frozen=True, slots=True)
class RunBrief:
    """A run as a list needs it, without its answer."""

    id: RunId
    paper_id: PaperId
    persona: PersonaRef
    engine: str
    model: str
    language: str
    status: RunStatus
    created_at: datetime
    error: Problem | None = None


class Listings(Protocol):
    """Records in brief, for lists of many: no answer is loaded. Newest first."""

    async def comparisons(self, workspace_id: WorkspaceId, papers: Sequence[PaperId]) -> Sequence[Comparison]:
        """All comparisons of these papers."""
        ...

    async def runs(self, workspace_id: WorkspaceId, papers: Sequence[PaperId]) -> Sequence[RunBrief]:
        """All runs of these papers, but no follow-ups."""
        ...


@dataclass(frozen=True, slots=True)
class Found:
    """A record that has the words looked for."""

    kind: HitKind
    id: str
    paper_id: PaperId
    created_at: datetime


class SearchTexts(Protocol):
    """What the library is searched through. Papers and runs put theirs themselves, when they are saved ready or
    finished; both go with their record."""

    async def put(self, text: SearchText) -> None:
        """Keep it, in place of the one before."""
        ...

    async def of(self, ids: Sequence[str]) -> Mapping[str, SearchText]:
        """By the id of the paper or run; those that have none are left out."""
        ...

    async def find(
        self,
        workspace_id: WorkspaceId,
        words: Sequence[str],
        *,
        kind: HitKind,
        limit: int,
        cursor: str | None,
        personas: Mapping[str, Collection[str]],
    ) -> Sequence[Found]:
        """Records that have every word, newest first: a paper in its own text, a run in its own or its paper's, a
        comparison in its paper's or any of its runs'.

        Args:
            words: Folded.
            cursor: Id of the last one seen.
            personas: Word → ids of the personas called so; their runs have the word.
        """
        ...

    async def missing(self, workspace_id: WorkspaceId, *, limit: int) -> Sequence[Paper | Run]:
        """Ready papers and finished runs that have no text yet. Follow-ups have none."""
        ...


class UnitOfWork(Protocol):
    """One transaction. Nothing is kept unless `commit` returned."""

    papers: Papers
    runs: Runs
    comparisons: Comparisons
    personas: SavedPersonas
    feedback: Feedbacks
    votes: Votes
    search: SearchTexts
    listings: Listings

    async def commit(self) -> None: ...


class UnitOfWorkFactory(Protocol):
    def __call__(self) -> AbstractAsyncContextManager[UnitOfWork]: ...


# Events


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a stream."""

    id: int
    """Dense from 1 within its stream."""
    seq: int
    """Grows over all streams; merges several in the order things happened."""
    stream: str
    name: str
    """`started`, `field`, `progress`, `reset`, `warning`, `finished`."""
    data: Mapping[str, Any] = field(default_factory=dict)


class Events(Protocol):
    """Durable streams of events, named `run:<id>` or `paper:<id>`. `finished` is the last of a stream."""

    async def append(self, stream: str, name: str, data: Mapping[str, Any]) -> Event: ...

    async def after(self, streams: Sequence[str], seq: int) -> Sequence[Event]:
        """Events of these streams with a greater `seq`, in order."""
        ...

    async def wait(self, streams: Sequence[str], *, timeout_s: float) -> None:
        """Return when one of the streams may have something new, at the latest after `timeout_s`."""
        ...


# Work


class Jobs(Protocol):
    """A wake-up for committed work; the database is the truth."""

    async def read_paper(self, id: PaperId) -> None: ...  # noqa: A002
    async def execute_runs(self, ids: Sequence[RunId]) -> None:
        """Execute these in order; those of one paper and endpoint in turn."""
        ...

    async def cancel_run(self, id: RunId) -> None:  # noqa: A002
        """Stop it if it is executing here."""
        ...


class Clock(Protocol):
    def now(self) -> datetime:
        """Aware, UTC."""
        ...

    def monotonic(self) -> float: ...


class Ids(Protocol):
    def new(self) -> str:
        """A UUID version 7 as text: unguessable enough, and sorting by age."""
        ...
