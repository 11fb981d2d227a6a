"""Put the house together: the only place that names concrete classes."""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from dotenv import dotenv_values
from sqlalchemy.exc import ArgumentError, DatabaseError

from server.adapters.arxiv import ArxivFetcher
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
from server.adapters.run_events import SqlEvents
from server.adapters.sample_files import SampleFiles
from server.adapters.stores import SqlUnitOfWorkFactory
from server.adapters.templates import JinjaTemplates
from server.application.ask_question import AskQuestion
from server.application.cast_vote import CastVote
from server.application.change_records import ChangeRecords
from server.application.check_text import CheckText
from server.application.contexts import Contexts
from server.application.execute_run import ExecuteRun
from server.application.follow import Follow
from server.application.indexes import Indexes
from server.application.ingest_paper import IngestPaper
from server.application.list_papers import ListPapers
from server.application.persona_desk import PersonaDesk
from server.application.personas import PersonaShelf
from server.application.preview_prompt import PreviewPrompt
from server.application.prompting import Prompting
from server.application.queries import Queries
from server.application.rank_readers import RankReaders
from server.application.read_paper import ReadPaper
from server.application.record_text import RecordText
from server.application.search import Search
from server.application.start_comparison import StartComparison
from server.application.start_demo import StartDemo
from server.application.start_run import StartRun
from server.application.start_text import StartText
from server.application.test_persona import TestPersona
from server.domain.errors import ConflictError, InvalidRequestError, YomiError
from server.settings import Settings

log = logging.getLogger(__name__)

SERVER = "server"
"""Owner of runs that any server may take up; those of a command line belong to it alone."""

SWEEP_S = 10.0
GRACE_S = 20.0


@dataclass
class Services:
    """The use cases, wired. `start` before the first call, `close` after the last."""

    settings: Settings
    owner: str
    database: Database
    reader: PdfProcessReader
    models: ConfiguredModels
    jobs: EmbeddedJobs
    shelf: PersonaShelf
    desk: PersonaDesk
    library: FolderPersonas
    ingest: IngestPaper
    start_run: StartRun
    start_comparison: StartComparison
    preview: PreviewPrompt
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
    blobs: FileBlobs
    _sweeper: asyncio.Task[None] | None = field(default=None, init=False)

    async def start(self) -> None:
        """Bring the database up to date; a server also takes up what was left behind."""
        await _upgrade(self.database)
        if self.owner == SERVER:
            self._sweeper = asyncio.create_task(self._sweep())

    async def close(self) -> None:
        if self._sweeper:
            self._sweeper.cancel()
            with suppress(asyncio.CancelledError):
                await self._sweeper
        await self.jobs.close(GRACE_S if self.owner == SERVER else 0)
        await self.models.close()
        await self.reader.close()
        await self.database.close()

    async def _sweep(self) -> None:
        """Take up papers and runs that a stopped server left, now and every few seconds."""
        searchable = False
        while True:
            try:
                async with self.start_run.unit_of_work() as uow:
                    papers = await uow.papers.reading()
                    runs = await uow.runs.left_behind(owner=SERVER, now=self.start_run.clock.now())
                for paper in papers:
                    await self.jobs.read_paper(paper.id)
                await self.jobs.execute_runs([run.id for run in runs])
                if not searchable:  # what was recorded by a release that had no search
                    await self.search.backfill()
                    searchable = True
            except YomiError as error:  # a database that is away for a moment comes back
                log.warning("nothing taken up: %s", error.code)
            await asyncio.sleep(SWEEP_S)


def build(settings: Settings, *, owner: str) -> Services:
    """Wire everything for one process. Touches the disk only for the data directory and its secret.

    Args:
        owner: `SERVER`, or a name of this command line's own.

    Raises:
        ConflictError: the data directory cannot be written to.
        InvalidRequestError: a setting is wrong; says which.
    """
    secret = _data_dir_with_secret(settings.data_dir)
    clock, ids = SystemClock(), UuidIds()
    database = _database(settings)
    uow = SqlUnitOfWorkFactory(database)
    events = SqlEvents(database)
    blobs = FileBlobs(settings.data_dir / "blobs")
    extractions = BlobExtractions(blobs)
    readers = settings.readers or os.cpu_count() or 1
    max_bytes = settings.max_upload_mb * 2**20
    reader = PdfProcessReader(
        workers=readers, max_pages=settings.max_pages, max_bytes=max_bytes, deadline_s=settings.read_timeout_s
    )
    models = _models(settings, patient=owner == SERVER and settings.queue_url is not None)
    jobs = EmbeddedJobs(max_runs=settings.runs, max_papers=readers)
    library = FolderPersonas(builtin_personas(), _persona_folders(settings))
    shelf = PersonaShelf(library, PersonaFileParser(), uow, blobs, clock)
    prompting = Prompting(JinjaTemplates(), secret)
    start_run = StartRun(uow, shelf, models, jobs, clock, ids, owner)
    fetcher = ArxivFetcher(base_url=settings.arxiv_base_url, max_bytes=max_bytes)
    indexes = Indexes()
    embeddings = models.embeddings(settings.embeddings_model) if settings.embeddings_model else None
    contexts = Contexts(models, embeddings)
    check_text = CheckText(uow, extractions, indexes)
    start_text = StartText(check_text, shelf, events, clock, ids, owner)
    start_comparison = StartComparison(uow, start_run, start_text)
    ingest = IngestPaper(uow, blobs, jobs, fetcher, clock, ids, max_bytes, reader.version)
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
    )
    jobs.connect(read_paper=ReadPaper(uow, blobs, extractions, reader, events), execute_run=execute_run)
    queries = Queries(uow, extractions, shelf)
    return Services(
        settings=settings,
        owner=owner,
        database=database,
        reader=reader,
        models=models,
        jobs=jobs,
        shelf=shelf,
        desk=PersonaDesk.over(
            shelf, PersonaTextFiles(), prompting.templates, models, queries, formats=ForeignPersonas()
        ),
        library=library,
        ingest=ingest,
        start_run=start_run,
        start_comparison=start_comparison,
        preview=PreviewPrompt(uow, extractions, shelf, models, prompting, start_run, contexts),
        queries=queries,
        list_papers=ListPapers(uow, extractions, shelf),
        check_text=check_text,
        record_text=RecordText(uow, start_text),
        start_demo=StartDemo(uow, ingest, start_comparison, events, SampleFiles()),
        change=ChangeRecords(uow, blobs, extractions, events, jobs, clock, ids),
        ask_question=AskQuestion(queries, start_run),
        test_persona=TestPersona(
            reader, models, prompting, indexes, clock, settings.run_timeout_s, parser=PersonaFileParser()
        ),
        cast_vote=CastVote(uow, queries, clock, ids),
        rank_readers=RankReaders(uow),
        search=Search(uow, extractions, shelf),
        follow=Follow(events, uow),
        events=events,
        blobs=blobs,
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
        environ={**{k: v or "" for k, v in dotenv_values(".env").items()}, **os.environ},
        calls=settings.runs,
        patient=patient,
    )


async def prepare_database(settings: Settings) -> None:
    """Bring the database up to date, before anything is built on it.

    Raises:
        ConflictError: it is newer than this program, damaged, or cannot be written to.
        InvalidRequestError: its address is wrong.
    """
    database = _database(settings)
    try:
        await _upgrade(database)
    finally:
        await database.close()


async def _upgrade(database: Database) -> None:
    try:
        await database.upgrade()
    except DatabaseError as error:
        where = database.backend.place
        raise ConflictError(
            reason_ja=f"{where} はデータベースとして読めません（壊れている可能性があります）。別の場所へ移すか、"
            "YOMI_DATA_DIR で別の場所を指定してください。",
            reason_en=f"{where} cannot be read as a database; it may be damaged. Move it away, or set YOMI_DATA_DIR "
            "to another place.",
        ) from error


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


def _data_dir_with_secret(folder: Path) -> bytes:
    """Make the data directory. Returns its secret."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return _secret(folder / "secret")
    except OSError as error:
        raise cannot_write(folder) from error


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
