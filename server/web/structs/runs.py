"""The JSON shapes of runs: what was sent, answered and used."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from server.web.structs.base import Out, ProblemOut, WarningOut, WordsOut
from server.web.structs.statements import GroundingOut, StatementOut


class PersonaRefOut(Out):
    id: str
    version: str
    digest: str
    name: str


class RunInputOut(Out):
    digest: str
    """SHA-256 of the paper's text as sent."""
    strategy: str
    """`full`, `retrieve`, `map_reduce` or `sections`: how the paper became text that fits."""
    rendering: str
    """`plain`, `sectioned` or `tables`: how that text looked."""
    pages_read: list[int]
    pages_in_part: list[int]
    """Those that were read, but not all of them."""
    pages_left_out: list[int]
    """Pages of which nothing was sent."""
    missed: dict[str, int]
    """Question → page of a passage that looks like an answer to it and was not sent."""
    estimated_tokens: int
    billed_tokens: int | None
    truncated: bool
    fields_not_asked: list[str]
    """Questions that the reading did not get to, because it was to end before."""
    examples: list[str]
    """The right answers it was shown, in order: files of the persona, or `run:<id>` of an earlier run."""


class UsageOut(Out):
    input_tokens: int | None
    cached_tokens: int | None
    output_tokens: int | None
    reasoning_tokens: int | None
    cost_usd: float | None


class AttemptOut(Out):
    outcome: str
    duration_ms: int


class TimingOut(Out):
    queued_ms: int | None
    total_ms: int | None


class PassOut(Out):
    """A call before the last one."""

    name: str
    label: WordsOut | None
    pages: list[int]
    """Of the paper, that it was sent."""
    asked: str
    """What stood in its prompt behind the paper."""
    response: str
    """The model's raw text."""
    usage: UsageOut
    duration_ms: int


class MemberRefOut(Out):
    id: str
    version: str
    digest: str


class MemberOut(Out):
    """One of the readings that make one answer."""

    number: int
    """From 1."""
    persona: MemberRefOut
    """In whose words it was asked."""
    model: str
    seed: int | None
    temperature: float | None
    answer: dict[str, Any] | None
    """Its own; null until it is over, and where it failed."""
    score: float | None
    """Of its own grounding."""
    usage: UsageOut
    duration_ms: int | None
    """Null until it is over."""
    error: ProblemOut | None
    """Why it has no say."""


class AgreementOut(Out):
    """How many readings say what the statement at this place says."""

    path: str
    start: int
    end: int
    agree: int
    of: int


class FollowUpOut(Out):
    """What was asked of another run's persona."""

    run_id: str
    question: str


class FellBackOut(Out):
    model: str
    code: str
    """Of the error it ended with."""


class RunOut(Out):
    id: str
    status: str
    stage: str | None
    paper_id: str
    extraction_id: str
    persona: PersonaRefOut
    engine: str
    model: str
    language: str
    settings: dict[str, Any]
    reused: bool
    input: RunInputOut | None
    answer: dict[str, Any] | None
    rejected_answer: dict[str, Any] | None
    statements: list[StatementOut]
    grounding: GroundingOut | None
    usage: UsageOut
    attempts: list[AttemptOut]
    passes: list[PassOut]
    """The calls that prepared the answer, in order; empty where it was asked for at once."""
    members: list[MemberOut]
    """The readings that make this answer together; empty for a single one."""
    agreement: list[AgreementOut]
    """How many of them say so, per statement that could be counted."""
    fell_back: list[FellBackOut]
    """Who was asked before `model` and could not answer, in order; empty where the one that was asked answers."""
    timing: TimingOut
    warnings: list[WarningOut]
    error: ProblemOut | None
    created_at: datetime
    finished_at: datetime | None
    follow_up: FollowUpOut | None = None
    """Only of what `/api/runs/{id}/questions` started."""
