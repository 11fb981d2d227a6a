"""Put the house together: the only place that names concrete classes."""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from dotenv import dotenv_values
from sqlalchemy.exc import ArgumentError, DatabaseError

from server.adapters.arxiv import ArxivFetcher
from server.adapters.backends import damaged
from server.adapters.blobs import FileBlobs
from server.adapters.clock import SystemClock, UuidIds
from server.adapters.database import Database, cannot_write
from server.adapters.extraction_codec import BlobExtractions
from server.adapters.jobs import EmbeddedJobs
from server.adapters.models import ConfiguredModels
from server.adapters.pdf_process import PdfProcessReader
from server.adapters.persona_files import FolderPersonas, PersonaFileParser, builtin_personas
from server.adapters.persona_form import PersonaTextFiles
from server.adapters.persona_formats import ForeignPersonas
from server.adapters.readiness import Readiness, blobs_check, database_check, queue_check, sweeper_check
from server.adapters.run_events import SqlEvents
from server.adapters.s3_blobs import S3Blobs
from server.adapters.sample_files import SampleFiles
from server.adapters.stores import SqlUnitOfWorkFactory
from server.adapters.templates import JinjaTemplates
from server.adapters.watching import Watch, watch
from server.adapters.workforce import Role, Workforce, connect, workforce
from server.application.admission import Admission
from server.application.ask_question import AskQuestion
from server.application.batch_results import BatchResults
from server.application.cast_vote import CastVote
from server.application.change_records import ChangeRecords
from server.application.check_text import CheckText
from server.application.contexts import Contexts
from server.application.estimate import EstimateCost
from server.application.execute_run import ExecuteRun
from server.application.follow import Follow
from server.application.housekeeping import Housekeeping
from server.application.indexes import Indexes
from server.application.ingest_paper import IngestPaper
from server.application.list_papers import ListPapers
from server.application.mending import MendedExtractions
from server.application.one_answer import OneAnswer
from server.application.persona_desk import PersonaDesk
from server.application.personas import PersonaShelf
from server.application.ports import Jobs
from server.application.preview_prompt import PreviewPrompt
from server.application.prompting import Prompting
from server.application.queries import Queries
from server.application.rank_readers import RankReaders
from server.application.read_paper import ReadPaper
from server.application.record_text import RecordText
from server.application.run_batch import MIN_WINDOW, RunBatches
from server.application.search import Search
from server.application.send_in_bulk import SendInBulk
from server.application.spending import Budget, ReadSpending
from server.application.start_batch import StartBatch
from server.application.start_comparison import StartComparison
from server.application.start_demo import StartDemo
from server.application.start_run import StartRun
from server.application.start_text import StartText
from server.application.test_persona import TestPersona
from server.domain.errors import InvalidRequestError, NotFoundError, YomiError
from server.settings import Settings

log = logging.getLogger(__name__)

SERVER = "server"
"""Owner of runs that any server may take up; those of a command line belong to it alone."""

UNREAD_S = 10.0
"""Beyond the deadline of its reading a paper may take so long to be recorded."""
BACKFILL_AGAIN_S = 10.0
SECRET_BYTES = 16
"""A shorter one could be guessed."""


@dataclass
class Services:
    """The use cases, wired. `start` before the first call, `close` after the last."""

    settings: Settings
    owner: str
    database: Database
    reader: PdfProcessReader
    models: ConfiguredModels
    jobs: Jobs
    force: Workforce
    shelf: PersonaShelf
    desk: PersonaDesk
    library: FolderPersonas
    ingest: IngestPaper
    start_run: StartRun
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
    test_persona: TestPersona
    cast_vote: CastVote
    rank_readers: RankReaders
    search: Search
    follow: Follow
    events: SqlEvents
    one_answer: OneAnswer
    blobs: FileBlobs | S3Blobs
    watch: Watch
    batching: StartBatch
    run_batches: RunBatches
    batch_results: BatchResults
    _feeder: asyncio.Task[None] | None = field(default=None, init=False)
    _backfill: asyncio.Task[None] | None = field(default=None, init=False)
    _housekeeper: asyncio.Task[None] | None = field(default=None, init=False)

    @cached_property
    def readiness(self) -> Readiness:
        """Whether this process can take work."""
        checks = {"database": database_check(self.database), "blobs": blobs_check(self.blobs)}
        if answers := getattr(self.jobs, "answers", None):
            checks["queue"] = queue_check(answers)
        checks["sweeper"] = sweeper_check(lambda: self.force.is_looking)
        return Readiness(checks)

    async def start(self) -> None:
        """Bring the database up to date; a server also takes up what was left behind."""
        await _upgrade(self.database)
        await self.watch.start()
        await self.force.start()
        if self.owner == SERVER:
            self._backfill = asyncio.create_task(self._make_searchable())
            self._feeder = asyncio.create_task(self.run_batches.forever())
            keep_house = Housekeeping(self.start_run.unit_of_work, self.one_answer, self.ingest.jobs)
            self._housekeeper = asyncio.create_task(keep_house())

    async def stop(self, *, now: bool = False) -> None:
        """Take no more work, and let what is under way end in the time it has, or hand it back. Harmless to repeat;
        `now`, also while that goes on: it has no more time. After it nobody waits for events any longer."""
        self.force.is_stopping = True
        if self._feeder:
            self._feeder.cancel()
            with suppress(asyncio.CancelledError):
                await self._feeder
        await self.force.stop(0 if now or self.owner != SERVER else self.settings.stop_grace_s)
        self.events.let_go()

    async def close(self) -> None:
        await self.stop()
        for task in (self._backfill, self._housekeeper):
            if task:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
        await self.force.close()
        await self.models.close()
        await self.watch.close()
        await self.reader.close()
        await self.database.close()

    async def _make_searchable(self) -> None:
        """What was recorded by a release that had no search."""
        while True:
            try:
                await self.search.backfill()
            except YomiError as error:  # a database that is away for a moment comes back
                log.warning("search not complete yet: %s", error.code)
                await asyncio.sleep(BACKFILL_AGAIN_S)
            else:
                return


def build(settings: Settings, *, owner: str, works: bool = False) -> Services:
    """Wire everything for one process. Touches the disk only for the data directory and its secret.

    Args:
        owner: `SERVER`, or a name of this command line's own.
        works: It does what the queue says; a server that has a queue does nothing itself.

    Raises:
        ConflictError: the data directory cannot be written to.
        InvalidRequestError: a setting is wrong; says which.
    """
    secret = _secret_of(settings)
    clock, ids = SystemClock(), UuidIds()
    database = _database(settings)
    uow = SqlUnitOfWorkFactory(database)
    events = SqlEvents(database)
    blobs = _blobs(settings)
    kept = BlobExtractions(blobs)
    readers = settings.readers or os.cpu_count() or 1
    max_bytes = settings.max_upload_mb * 2**20
    reader = PdfProcessReader(
        workers=readers, max_pages=settings.max_pages, max_bytes=max_bytes, deadline_s=settings.read_timeout_s
    )
    models = _models(settings, patient=owner == SERVER and settings.queue_url is not None)
    watched = watch(models, database, clock, owner=SERVER if owner == SERVER else None, environ=os.environ)
    models.telemetry = watched.telemetry
    hands = EmbeddedJobs(max_runs=settings.runs, max_papers=readers)
    force = workforce(
        hands,
        Role.WORKER if works else Role.SERVER if owner == SERVER else Role.COMMAND,
        uow,
        clock,
        owner=owner,
        queue_url=settings.queue_url,
        paper_patience_s=settings.read_timeout_s + UNREAD_S,
        grace_s=settings.stop_grace_s,
    )
    jobs = force.jobs
    extractions = MendedExtractions(kept, uow, jobs)
    library = FolderPersonas(builtin_personas(), _persona_folders(settings), look_every_s=1.0)
    shelf = PersonaShelf(library, PersonaFileParser(), uow, blobs, clock)
    prompting = Prompting(JinjaTemplates(), secret)
    # What a command line starts is its own: nobody else waits for it.
    admission = Admission(owner, settings.max_queued, clock, force.stops) if owner == SERVER else None
    embeddings = models.embeddings(settings.embeddings_model) if settings.embeddings_model else None
    contexts = Contexts(models, embeddings)
    estimate = EstimateCost(
        uow, extractions, shelf, models, prompting, contexts, fallback_models=settings.fallback_models
    )
    budget = Budget(estimate, clock, settings.daily_budget_usd)
    start_run = StartRun(uow, shelf, models, jobs, clock, ids, owner, admission, budget=budget)
    fetcher = ArxivFetcher(base_url=settings.arxiv_base_url, max_bytes=max_bytes)
    indexes = Indexes()
    check_text = CheckText(uow, extractions, indexes)
    start_text = StartText(check_text, shelf, events, clock, ids, owner)
    start_comparison = StartComparison(uow, start_run, start_text)
    ingest = IngestPaper(uow, blobs, jobs, fetcher, clock, ids, max_bytes, reader.version, admission)
    execute_run = ExecuteRun(
        unit_of_work=uow,
        extractions=extractions,
        indexes=indexes,
        shelf=shelf,
        models=models,
        prompting=prompting,
        events=events,
        clock=clock,
        run_timeout_s=settings.run_timeout_s,
        contexts=contexts,
        bells=database.bells,
        telemetry=watched.telemetry,
        fallback_models=_fallback(settings, models),
        is_swept=owner == SERVER,
    )
    read_paper = ReadPaper(
        uow,
        blobs,
        extractions,
        reader,
        events,
        watched.telemetry,
        execute_run.patience,
        is_swept=owner == SERVER,
    )
    hands.connect(read_paper=read_paper, execute_run=execute_run)
    bulk = SendInBulk(uow, execute_run, models, jobs, clock, models)
    queries = Queries(uow, extractions, shelf)
    change = ChangeRecords(
        uow, blobs, extractions, events, jobs, clock, ids, bells=database.bells, telemetry=watched.telemetry
    )
    return Services(
        settings=settings,
        owner=owner,
        database=database,
        reader=reader,
        models=models,
        jobs=jobs,
        force=force,
        shelf=shelf,
        desk=PersonaDesk.over(
            shelf, PersonaTextFiles(), prompting.templates, models, queries, formats=ForeignPersonas()
        ),
        library=library,
        ingest=ingest,
        start_run=start_run,
        start_comparison=start_comparison,
        preview=PreviewPrompt(uow, extractions, shelf, models, prompting, start_run, contexts, estimate),
        spending=ReadSpending(uow, budget),
        queries=queries,
        list_papers=ListPapers(uow, extractions, shelf),
        check_text=check_text,
        record_text=RecordText(uow, start_text),
        start_demo=StartDemo(uow, ingest, start_comparison, events, SampleFiles()),
        change=change,
        ask_question=AskQuestion(queries, start_run),
        test_persona=TestPersona(
            reader, models, prompting, indexes, clock, settings.run_timeout_s, parser=PersonaFileParser()
        ),
        cast_vote=CastVote(uow, queries, clock, ids),
        rank_readers=RankReaders(uow),
        search=Search(uow, kept, shelf),
        follow=Follow(events, uow),
        events=events,
        one_answer=OneAnswer(uow, clock),
        blobs=blobs,
        watch=watched,
        batching=StartBatch(uow, start_run, change, bulk),
        run_batches=RunBatches(uow, start_run, window=max(MIN_WINDOW, 2 * settings.runs), bulk=bulk),
        batch_results=BatchResults(uow, shelf),
    )


def _models(settings: Settings, *, patient: bool) -> ConfiguredModels:
    key = settings.openai_api_key
    return ConfiguredModels(
        default=settings.model,
        base_url=settings.openai_base_url,
        # Without the line's end that a key read from a file often brings: no header can carry it.
        api_key=key.get_secret_value().strip() if key else None,
        models=settings.models,
        transport=settings.openai_transport,
        environ=_environ(),
        fallback=settings.fallback_models,
        embeddings=settings.embeddings_model,
        calls=settings.runs,
        patient=patient,
    )


def _fallback(settings: Settings, models: ConfiguredModels) -> tuple[str, ...]:
    """The names of `YOMI_FALLBACK_MODELS`.

    Raises:
        InvalidRequestError: one of them means nothing here.
    """
    for name in settings.fallback_models:
        try:
            models.get(name)
        except NotFoundError as error:
            near = error.data.get("nearest")
            raise InvalidRequestError(
                reason_ja=f"YOMI_FALLBACK_MODELS の「{name}」というモデルはありません。"
                + (
                    f"「{near}」ではありませんか？"
                    if near
                    else "YOMI_MODELS にある名前か extractive を書いてください。"
                ),
                reason_en=f"YOMI_FALLBACK_MODELS names '{name}', which is no model here."
                + (f" Did you mean '{near}'?" if near else " Write names of YOMI_MODELS, or extractive."),
            ) from None
    return settings.fallback_models


async def prepare_database(settings: Settings) -> None:
    """Bring the database up to date, before anything is built on it; and see that papers can be kept.

    Raises:
        ConflictError: it is newer than this program, damaged, or cannot be written to; the bucket cannot be used.
        BusyError: the bucket cannot be reached.
        InvalidRequestError: an address is wrong.
    """
    await _blobs(settings).check()
    database = _database(settings)
    try:
        await _upgrade(database)
    finally:
        await database.close()


async def prepare_queue(settings: Settings) -> None:
    """Make sure that the queue can be reached, where there is one, and make its tables.

    Raises:
        ConflictError: it cannot be reached.
        InvalidRequestError: its address is wrong, or an extra is missing.
    """
    if settings.queue_url:
        broker = connect(settings.queue_url)
        await broker.open()
        await broker.close()


def _blobs(settings: Settings) -> FileBlobs | S3Blobs:
    if settings.blobs_url:
        return S3Blobs(settings.blobs_url, environ=_environ())
    return FileBlobs(settings.data_dir / "blobs")


def _environ() -> dict[str, str]:
    """The environment's variables, and those of `.env` that it does not set."""
    return {**{k: v or "" for k, v in dotenv_values(".env").items()}, **os.environ}


async def _upgrade(database: Database) -> None:
    try:
        await database.upgrade()
    except DatabaseError as error:
        raise damaged(database.backend.place) from error


def _database(settings: Settings) -> Database:
    try:
        return Database(settings.database, connections=settings.database_connections)
    except ImportError:
        raise InvalidRequestError(
            reason_ja="PostgreSQL を使うには、追加のパッケージが要ります：pip install 'yomikurabe[postgres]'",
            reason_en="PostgreSQL needs an extra: pip install 'yomikurabe[postgres]'",
        ) from None
    except ArgumentError:
        raise InvalidRequestError(
            reason_ja="YOMI_DATABASE_URL は sqlite:///パス（例：sqlite:////var/lib/yomi/yomi.db）か、"
            "postgresql://ユーザー:パスワード@ホスト/データベース の形にしてください。",
            reason_en="YOMI_DATABASE_URL must look like sqlite:///PATH (e.g. sqlite:////var/lib/yomi/yomi.db) or "
            "postgresql://USER:PASSWORD@HOST/DATABASE.",
        ) from None


def _persona_folders(settings: Settings) -> tuple[Path, ...]:
    for folder in settings.personas_dir:
        if not folder.expanduser().is_dir():
            raise InvalidRequestError(
                reason_ja=f"YOMI_PERSONAS_DIR のフォルダー {folder} がありません。パスを確認してください。",
                reason_en=f"The folder of YOMI_PERSONAS_DIR, {folder}, is not there. Check the path.",
            )
    return tuple(folder.expanduser() for folder in settings.personas_dir)


def _secret_of(settings: Settings) -> bytes:
    """Make the data directory. Returns the secret that is set, or the directory's own."""
    folder = settings.data_dir
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for kept in (folder, folder / "blobs"):
            if kept.is_dir():  # now, in a sentence, and not with the first paper
                tempfile.TemporaryFile(dir=kept).close()
        if settings.secret is None:
            return _secret(folder / "secret")
    except OSError as error:
        raise cannot_write(folder) from error
    secret = settings.secret.get_secret_value().strip().encode()
    if len(secret) < SECRET_BYTES:
        raise InvalidRequestError(
            reason_ja=f"YOMI_SECRET が短すぎます。{SECRET_BYTES} 文字以上のランダムな文字列にしてください（例：openssl rand -hex 32）。",
            reason_en=f"YOMI_SECRET is too short. Give at least {SECRET_BYTES} random characters, e.g. by openssl rand -hex 32.",
        )
    return secret


def _secret(path: Path) -> bytes:
    """The server's secret, made when first needed and readable by its owner only."""
    with suppress(FileNotFoundError):
        return path.read_bytes()
    secret = secrets.token_bytes(32)
    with suppress(FileExistsError):
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(secret)
        return secret
    return path.read_bytes()
