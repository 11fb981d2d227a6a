"""One persona × one paper × one engine and model, executed once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from server.domain.extractions import Notice
from server.domain.follow_ups import FollowUp
from server.domain.ids import ExtractionId, PaperId, RunId, WorkspaceId
from server.domain.papers import Problem
from server.domain.statements import Grounding, Statement
from server.domain.words import Words


class RunStatus(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_over(self) -> bool:
        return self in (RunStatus.FINISHED, RunStatus.FAILED, RunStatus.CANCELLED)


class Stage(StrEnum):
    """What a running run is busy with."""

    WAITING = "waiting"
    """For its turn behind another reader of the same paper, or for its endpoint: a `WaitReason` says why."""
    PREPARING = "preparing"
    """Making the calls whose results feed the last one."""
    ASKING = "asking"
    GROUNDING = "grounding"
    REPAIRING = "repairing"
    LOOKING = "looking"
    """A second look at its own statements."""


@dataclass(frozen=True, slots=True)
class RunSettings:
    """What a caller may set. None: not sent, the endpoint's own default holds."""

    temperature: float | None = None
    seed: int | None = None
    max_output_tokens: int | None = None
    reasoning_effort: str | None = None
    context: str | None = None
    """How the paper becomes text that fits: a `Strategy`."""
    rendering: str | None = None
    """How that text looks: a `Rendering`."""
    second_look: bool | None = None
    """Ask the model once more whether the quotes support the statements; one more call, counted."""
    examples: int | None = None
    """How many right answers it is shown; 0: none, whatever the persona says."""
    example_policy: str | None = None
    """Which ones: an `ExamplePolicy`."""
    steps: str | None = None
    """`off`: everything in one call, whatever steps the persona has."""
    passes: int | None = None
    """Stop after so many of the persona's steps that answer questions."""
    evidence: str | None = None
    """`before` or `after` the text it proves."""
    structure: str | None = None
    """`with` the answer, or `after` an answer in free words."""
    ensemble: int | None = None
    """How many readings make one answer; 1: a single one, whatever the persona says."""
    over: str | None = None
    """What differs between them: an `ensembles.lineup.Over`."""
    merge: str | None = None
    """How they become one: an `ensembles.lineup.Merge`."""
    members: str | None = None
    """Names of the personas or models that read beside the run's own: `a+b`."""

    def as_dict(self) -> dict[str, Any]:
        """Only what was set."""
        return {name: getattr(self, name) for name in self.__slots__ if getattr(self, name) is not None}

    @property
    def short_form(self) -> str:
        """As a caller writes it behind the reader's name: `examples=3,second_look=true`; empty when nothing was set."""
        values = self.as_dict().items()
        return ",".join(f"{k}={str(v).lower() if isinstance(v, bool) else v}" for k, v in values)


@dataclass(frozen=True, slots=True)
class PersonaRef:
    id: str
    version: str
    digest: str


@dataclass(frozen=True, slots=True)
class Usage:
    input_tokens: int | None = None
    cached_tokens: int | None = None
    output_tokens: int | None = None
    reasoning_tokens: int | None = None
    cost_usd: float | None = None

    def plus(self, other: Usage) -> Usage:
        """Both calls together; a figure that neither reports stays None."""

        def add(a: float | None, b: float | None) -> Any:
            return None if a is None and b is None else (a or 0) + (b or 0)

        return Usage(*(add(getattr(self, name), getattr(other, name)) for name in self.__slots__))


@dataclass(frozen=True, slots=True)
class RunInput:
    """What of the paper was really sent."""

    digest: str
    """SHA-256 of the paper's text as sent."""
    pages_read: tuple[int, ...]
    estimated_tokens: int
    billed_tokens: int | None = None
    truncated: bool = False
    strategy: str = "full"
    """The context strategy that was followed."""
    pages_left_out: tuple[int, ...] = ()
    """Pages of which nothing was sent."""
    pages_in_part: tuple[int, ...] = ()
    """Pages that were read, but not all of them."""
    rendering: str = "plain"
    """How the text looked: a `Rendering`."""
    spans: tuple[tuple[int, int], ...] | None = None
    """Stretches of the extraction's text that were sent, in that order; None: all of it."""
    missed: Mapping[str, int] = field(default_factory=dict)
    """Field id → page of a passage that looks like an answer to it and was not sent."""
    prompt_digest: str | None = None
    """SHA-256 of the messages as sent, so that a prompt made again can be known for the same. None: no prompt. Of
    several calls, the first one's."""
    fields_not_asked: tuple[str, ...] = ()
    """Questions of the persona that this run did not get to."""
    examples: tuple[str, ...] = ()
    """The right answers it was shown, in order: files of the persona, or `run:<id>`."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One call to the engine: `ok` or the code of the error it ended with."""

    outcome: str
    duration_ms: int


@dataclass(frozen=True, slots=True)
class FellBack:
    """A model that was asked and could not answer, so that the next one was."""

    model: str
    """The name under which it is offered."""
    code: str
    """Of the error that it ended with."""


@dataclass(frozen=True, slots=True)
class Pass:
    """A call before the last one: what it was for, what it was sent, cost and gave."""

    name: str
    pages: tuple[int, ...]
    usage: Usage
    duration_ms: int
    response: str
    """The model's raw text."""
    asked: str = ""
    """What stood in the prompt behind the paper."""
    label: Words | None = None
    """What it is called where people read it; None: its name."""


@dataclass(frozen=True, slots=True)
class Member:
    """One of the readings that make one answer: who reads, and when it is over how that ended."""

    number: int
    """From 1."""
    persona: PersonaRef
    """In whose words it was asked; the questions are those of the run's own persona."""
    model: str
    seed: int | None = None
    temperature: float | None = None
    answer: Mapping[str, Any] | None = None
    grounding: Grounding | None = None
    usage: Usage = Usage()
    duration_ms: int | None = None
    """None: not over."""
    error: Problem | None = None
    """Why it has no say."""
    response: str | None = None
    """The model's raw text."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """How many readers say what one statement says."""

    path: str
    start: int
    end: int
    """Of the statement."""
    agree: int
    of: int
    """Readers who were asked."""


@dataclass(frozen=True)
class Run:
    """The record of a run. Changes only by the methods below, each returning the new record."""

    id: RunId
    workspace_id: WorkspaceId
    paper_id: PaperId
    extraction_id: ExtractionId
    persona: PersonaRef
    engine: str
    model: str
    """The name under which the model is offered that answers: the one that was asked, unless `fell_back`."""
    language: str
    settings: RunSettings
    created_at: datetime
    owner: str
    """Who executes it: `server`, or one command line (`cli:<id>`), whose runs nobody else takes up."""
    reuse_key: str | None = None
    """Equal for runs that would come out alike; None for repeats, which are never reused."""
    status: RunStatus = RunStatus.QUEUED
    stage: Stage | None = None
    input: RunInput | None = None
    answer: Mapping[str, Any] | None = None
    rejected_answer: Mapping[str, Any] | None = None
    statements: tuple[Statement, ...] = ()
    grounding: Grounding | None = None
    usage: Usage = Usage()
    attempts: tuple[Attempt, ...] = ()
    passes: tuple[Pass, ...] = ()
    """The calls that prepared the answer, in order; none for a reader that asks once."""
    members: tuple[Member, ...] = ()
    """The readings that make this answer together; none for a single one."""
    agreement: tuple[Agreement, ...] = ()
    """How many of them say so, per statement. In a comparison also of one reader that was asked several times."""
    warnings: tuple[Notice, ...] = ()
    error: Problem | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    fence: int = 0
    """Grows with every claim; a commit with an older one is discarded."""
    lease_until: datetime | None = None
    wake_at: datetime | None = None
    """While it is queued: nobody takes it up before; None: at once."""
    response: str | None = None
    """The model's raw text, kept before it is processed."""
    fell_back: tuple[FellBack, ...] = ()
    """Who was asked before `model`, in order, the one that was chosen first."""
    title: str | None = None
    """What a brought-along text is called."""
    bootstrapped: tuple[RunId, ...] = ()
    """Earlier runs whose answers were chosen as its examples when it was started."""
    follow_up: FollowUp | None = None
    """What it asks the persona of another run; such a run is a part of that one, and asks none of its persona's own
    questions."""

    @property
    def root(self) -> RunId:
        """The run that people know: itself, or for a follow-up the one it is asked of."""
        return self.follow_up.run_id if self.follow_up else self.id

    @property
    def reader(self) -> str:
        """Who reads, in the short form: two that differ only in a setting can be told apart, and asked for again."""
        ref, settings = f"{self.persona.id}@{self.persona.version}", self.settings.short_form
        return f"{ref}:{settings}" if settings else ref

    def finish(self, **changes: Any) -> Run:
        return replace(self, status=RunStatus.FINISHED, stage=None, lease_until=None, **changes)

    def fail(self, error: Problem, **changes: Any) -> Run:
        return replace(self, status=RunStatus.FAILED, stage=None, lease_until=None, error=error, **changes)

    def cancel(self, *, at: datetime, **changes: Any) -> Run:
        return replace(
            self,
            status=RunStatus.CANCELLED,
            stage=None,
            lease_until=None,
            finished_at=at,
            error=Problem("cancelled", {}),
            **changes,
        )
