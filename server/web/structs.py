"""The JSON shapes of the API as types. What another program builds on: add to them, never rename."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

ProblemOut = dict[str, Any]
"""RFC 9457: `type`, `title`, `detail`, `code`, `status` where there is a response, and the error's own data."""


class Out(msgspec.Struct, kw_only=True):
    """Base of all shapes: nulls are sent, field order is that of the contract."""


class WordsOut(Out):
    ja: str
    en: str


# Papers


class FoundOut(Out):
    """A piece of identity and where it was found: `layout`, `text`, `metadata` or `user`."""

    value: str | int | list[str]
    source: str
    page: int | None


class IdentityOut(Out):
    title: FoundOut | None
    authors: FoundOut | None
    affiliation: FoundOut | None
    venue: FoundOut | None
    year: FoundOut | None
    doi: FoundOut | None
    arxiv_id: FoundOut | None


class PageSizeOut(Out):
    """Points."""

    width: float
    height: float


class ExtractionOut(Out):
    id: str
    reader: str
    digest: str
    """SHA-256 of the visible text."""
    pages: int
    page_sizes: list[PageSizeOut]
    characters: list[int]
    """Per page."""
    duration_ms: int


class SectionOut(Out):
    title: str
    kind: str
    page: int


class WarningOut(Out):
    code: str
    page: int | None
    detail: str
    excerpt: str | None


class PaperOut(Out):
    id: str
    status: str
    error: ProblemOut | None
    sha256: str
    filename: str
    bytes: int
    language: str | None
    created_at: datetime
    identity: IdentityOut
    extraction: ExtractionOut | None
    sections: list[SectionOut]
    references: int
    warnings: list[WarningOut]


class ReferenceOut(Out):
    index: int
    number: str | None
    text: str
    title: str | None
    authors: list[str]
    year: int | None
    doi: str | None
    page: int


class ReferencesOut(Out):
    references: list[ReferenceOut]


# Runs


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


class BoxOut(Out):
    """Points of the page as displayed, origin top left."""

    page: int
    x0: float
    y0: float
    x1: float
    y1: float


class EvidenceOut(Out):
    quote: str
    page: int | None
    status: str
    score: float
    start: int | None
    end: int | None
    boxes: list[BoxOut]
    difference: WordsOut | None
    """What differs from the paper, unless verified."""


class CheckOut(Out):
    kind: str
    text: str
    status: str
    page: int | None
    reference: int | None


class StatementOut(Out):
    path: str
    """JSON Pointer into `answer`; `start` and `end` are code points of the value there."""
    start: int
    end: int
    status: str
    reason: WordsOut | None
    evidence: list[EvidenceOut]
    checks: list[CheckOut]


class GroundingOut(Out):
    score: float | None
    identity: str
    fields: dict[str, str]


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


# Checks


class CheckReportOut(Out):
    """A brought-along text, checked. Offsets of its statements run through `text`."""

    paper_id: str
    extraction_id: str
    text: str
    """As it was checked: line breaks are `\\n`, control characters are gone."""
    language: str
    verdict: str
    """`this_paper`, `doubtful`, `other_paper` or `unknown`."""
    identity: str
    summary: WordsOut
    statements: list[StatementOut]
    grounding: GroundingOut


# Comparisons


class NamelessRunOut(Out):
    """A run whose names are hidden. Ids of fields, and of parts that a persona named, are opaque (`/A.1/2`)."""

    status: str
    answer: dict[str, Any] | None
    statements: list[StatementOut]


class CandidateOut(Out):
    label: str
    run: Any
    """A `RunOut`, or a `NamelessRunOut` while the names are hidden; msgspec has no union of two shapes."""


class SameInputOut(Out):
    identical: bool
    digest: str | None


class ConflictSideOut(Out):
    path: str
    text: str
    page: int | None


class RowOut(Out):
    row: str
    label: WordsOut
    cells: dict[str, list[str]]
    difference: str
    shared_evidence: float | None
    conflicts: list[dict[str, ConflictSideOut]]


class OwnVoteOut(Out):
    row: str | None
    """None: the whole."""
    winner: str


class ComparisonOut(Out):
    id: str
    status: str
    paper_id: str
    blind: bool
    revealed: bool
    """False in a blind comparison until the caller has voted on the whole."""
    candidates: list[CandidateOut]
    same_input: SameInputOut
    rows: list[RowOut]
    cited_pages: dict[str, list[float]]
    votes: dict[str, int] | None
    """Voters per choice for the whole; null until revealed."""
    own_votes: list[OwnVoteOut]
    """The caller's."""
    created_at: datetime


# Personas and models


class AppliesToOut(Out):
    paper_types: list[str]
    warn_if: list[str]


class LengthOut(Out):
    """`[low, high]`: characters in Japanese, words in English. Soft."""

    ja: list[int] | None
    en: list[int] | None


class ChoiceOut(Out):
    id: str
    label: WordsOut


class FieldOut(Out):
    id: str
    aspects: list[str]
    label: WordsOut
    instruction: WordsOut
    type: str
    length: LengthOut
    max_items: int | None
    items: str | dict[str, str] | None
    """Of a list: the type of its items, or the types of their parts."""
    properties: dict[str, str] | None
    """Of an object: the types of its parts."""
    choices: list[ChoiceOut] | None
    check: str
    unchecked: list[str]
    """Parts that are the reader's own judgement."""


class FewShotOut(Out):
    """The examples a run is shown unless its settings say otherwise."""

    count: int
    policy: str


class StepOut(Out):
    id: str
    label: WordsOut
    gives: str
    """`fields`, `quotes`, `critique`, `text` or `schema`."""
    fields: list[str]
    """The questions it is about; empty: all of them."""
    over: str
    """`paper` or `sections`."""
    stop: dict[str, list[str]]
    """Choice field → values at which a run ends with this step."""


class EnsembleOut(Out):
    """Several readings that make one answer."""

    runs: int
    over: str
    """What differs between them: `samples`, `personas` or `models`."""
    merge: str
    """`vote`, `medoid` or `union`."""
    others: list[str]
    """Personas or models that read beside the run's own."""


class PersonaOut(Out):
    id: str
    version: str
    digest: str
    name: WordsOut
    description: WordsOut | None
    attribution: str | None
    license: str | None
    language: str | None
    origin: str
    applies_to: AppliesToOut
    context: str
    rendering: str
    steps: list[StepOut]
    """Passes before and up to the answer; empty: everything in one call."""
    evidence: str
    """Whether quotes come `before` or `after` the text they prove."""
    structure: str
    """`with`, or `after` an answer in free words."""
    ensemble: EnsembleOut | None
    """Null: one reading."""
    fallback: list[str]
    """Models that answer when the one that was asked cannot, in this order; empty: the server's list."""
    fields: list[FieldOut]
    source: str | None
    """Text of persona.md; null in listings."""
    examples: int
    """How many right answers it keeps to show what is wanted."""
    few_shot: FewShotOut


class PricesOut(Out):
    """US dollars per million tokens."""

    input: float
    output: float
    cached_input: float | None


class ModelOut(Out):
    name: str
    engine: str
    model: str
    host: str | None
    """Where a paper is sent; null when it stays in this process."""
    context_window: int | None
    shares_cache: bool
    prices: PricesOut | None
    default: bool
    support: dict[str, Any]
    """What the endpoint was found to support so far."""
    state: str | None = None
    """`closed`: calls pass. `open`: its endpoint is away, and they wait; `half_open`: one is trying whether it is back.
    Null: this process has not asked it yet."""
