"""What the application is built from: use cases, limits, health."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from server.application.ask_question import AskQuestion
from server.application.batch_results import BatchResults
from server.application.cast_vote import CastVote
from server.application.change_records import ChangeRecords
from server.application.check_text import CheckText
from server.application.follow import Follow
from server.application.ingest_paper import IngestPaper
from server.application.list_papers import ListPapers
from server.application.one_answer import OneAnswer
from server.application.persona_desk import PersonaDesk
from server.application.personas import PersonaShelf
from server.application.ports import Blobs, Events, Models, PdfReader
from server.application.ports.telemetry import UNWATCHED, Telemetry
from server.application.preview_prompt import PreviewPrompt
from server.application.queries import Queries
from server.application.rank_readers import RankReaders
from server.application.record_text import RecordText
from server.application.run_batch import RunBatches
from server.application.search import Search
from server.application.spending import ReadSpending
from server.application.start_batch import StartBatch
from server.application.start_comparison import StartComparison
from server.application.start_demo import StartDemo
from server.application.start_run import StartRun
from server.web.lines import WaitingLine
from server.web.structs import Out


class Limits(Out):
    """What the server accepts."""

    max_upload_bytes: int
    max_pages: int
    max_json_bytes: int
    max_candidates: int
    max_wait_s: int
    read_timeout_s: float
    run_timeout_s: float
    concurrent_runs: int
    daily_budget_usd: float | None = None
    """What runs may cost in a day (UTC); null: no limit."""
    left_today_usd: float | None = None
    """Of that budget, without what is promised to runs that are not over."""


@dataclass(frozen=True)
class Health:
    troubles: Callable[[], Awaitable[Sequence[str]]]
    """Why no work can be taken, in a word each; nothing: it can."""


async def _nothing(accept: str) -> tuple[bytes, str]:  # noqa: ARG001
    return b"", "text/plain; charset=utf-8"


@dataclass(frozen=True)
class Watched:
    """Who is told of requests, and what there is to see of all they were told."""

    telemetry: Telemetry = UNWATCHED
    scrape: Callable[[str], Awaitable[tuple[bytes, str]]] = _nothing
    """Figures for Prometheus and their media type, for what a scraper accepts."""


@dataclass(frozen=True)
class UseCases:
    """Everything the routes call. The field names are the names under which handlers ask for them."""

    ingest: IngestPaper
    start: StartRun
    start_comparison: StartComparison
    preview: PreviewPrompt
    spending: ReadSpending
    queries: Queries
    list_papers: ListPapers
    check_text: CheckText
    record_text: RecordText
    start_demo: StartDemo
    change: ChangeRecords
    ask_question: AskQuestion
    cast_vote: CastVote
    rank_readers: RankReaders
    search: Search
    follow: Follow
    shelf: PersonaShelf
    desk: PersonaDesk
    models: Models
    reader: PdfReader
    blobs: Blobs
    events: Events
    one_answer: OneAnswer
    batching: StartBatch
    run_batches: RunBatches
    batch_results: BatchResults
    limits: Limits
    health: Health
    watched: Watched = Watched()
    pictures: WaitingLine = field(default_factory=lambda: WaitingLine(at_once=4, waiting=60, again_s=2))
    """Of pages to be drawn: each holds its whole PDF."""
