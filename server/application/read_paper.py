"""Read a recorded paper: extract it, or refuse it with a reason."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from dataclasses import dataclass, field

from server.application.ingest_paper import paper_key
from server.application.patience import Patience, is_away
from server.application.ports import Blobs, Events, ExtractionStore, PdfReader, Progress, UnitOfWorkFactory
from server.application.ports.telemetry import UNWATCHED, Telemetry
from server.application.progress import Telling
from server.application.traces import where
from server.domain.errors import MalformedPaperError, NotFoundError, PaperError, StorageFullError, YomiError
from server.domain.extractions import Extraction
from server.domain.ids import ExtractionId, PaperId
from server.domain.papers import Gist, Paper, PaperStatus, Problem

log = logging.getLogger(__name__)

KEEPING_S = 20.0
"""How long the database may be away before what was read is given up and read again later."""


def paper_stream(paper_id: PaperId) -> str:
    return f"paper:{paper_id}"


@dataclass(frozen=True)
class ReadPaper:
    """Read one paper. Repeating it is harmless; a paper never stays `reading` because of its content, but because what
    it is kept in is away: then whoever sweeps has it read again."""

    unit_of_work: UnitOfWorkFactory
    blobs: Blobs
    extractions: ExtractionStore
    reader: PdfReader
    events: Events
    telemetry: Telemetry = UNWATCHED
    patience: Patience = field(default_factory=Patience)
    is_swept: bool = True
    """Whether somebody has it read again. Who works alone refuses the paper instead."""

    async def __call__(self, paper_id: PaperId) -> None:
        try:
            await self._bring_to_end(paper_id)
        except Exception as error:
            if not (self.is_swept and is_away(error)):
                raise
            self.patience.failed(error)

    async def _bring_to_end(self, paper_id: PaperId) -> None:
        async with self.unit_of_work() as uow:
            paper = await uow.papers.get(paper_id)
        if paper is None or paper.status is not PaperStatus.READING:
            return
        stream = paper_stream(paper_id)
        outcome: Extraction | Problem | None = None
        try:
            await self.events.append(stream, "started", {})
            telling = Telling(self.events, stream)
            with self.telemetry.reading(paper):
                try:
                    outcome = await self._read(paper, telling)
                finally:
                    await telling.end()
                status = await self._keep_at_last(paper_id, outcome)
                self.telemetry.paper_read(paper, outcome)
            await self.events.append(stream, "finished", {"status": status.value})
        except NotFoundError:  # deleted meanwhile
            if outcome is not None and not isinstance(outcome, Problem):
                await self._forget(paper, outcome.id)

    async def _read(self, paper: Paper, telling: Progress) -> Extraction | Problem:
        try:
            data = await self.blobs.get(paper_key(paper.workspace_id, paper.sha256))
            if data is None or await asyncio.to_thread(_sha256, data) != paper.sha256:
                raise MalformedPaperError  # noqa: TRY301
            extraction = await self.reader.read(data, on_progress=telling)
            await self.extractions.put(paper.workspace_id, extraction)
        except PaperError as error:
            return Problem(error.code, error.data)
        except StorageFullError as error:  # told at once; read again when there is room
            log.warning("paper not kept: %s", error.code)
            return Problem(error.code, error.data)
        except Exception as error:
            if is_away(error) and self.is_swept:
                raise
            if isinstance(error, YomiError):
                log.warning("paper not kept: %s", error.code)
                return Problem(error.code, error.data)
            # A bug of ours must not leave the paper reading for ever.
            log.error("reading failed: %s\n%s", type(error).__name__, where(error))  # noqa: TRY400
            return Problem("internal", {})
        return extraction

    async def _keep_at_last(self, paper_id: PaperId, outcome: Extraction | Problem) -> PaperStatus:
        return await self.patience(lambda: self._keep(paper_id, outcome), for_s=KEEPING_S)

    async def _keep(self, paper_id: PaperId, outcome: Extraction | Problem) -> PaperStatus:
        """Record the outcome on the paper as it is now: it may have been corrected while it was read."""
        async with self.unit_of_work() as uow:
            paper = await uow.papers.get_to_change(paper_id)
            if paper is None:
                raise NotFoundError(kind="paper", id=paper_id)
            read = paper.refused(outcome) if isinstance(outcome, Problem) else _ready(paper, outcome)
            await uow.papers.save(read)
            await uow.commit()
        return read.status

    async def _forget(self, paper: Paper, extraction_id: ExtractionId) -> None:
        """Nothing of a deleted paper may come back, unless its bytes were sent again."""
        async with self.unit_of_work() as uow:
            again = await uow.papers.by_sha256(paper.workspace_id, paper.sha256)
        if again is None:
            await self.extractions.delete(paper.workspace_id, extraction_id)


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _ready(paper: Paper, extraction: Extraction) -> Paper:
    gist = Gist(extraction.identity, len(extraction.pages), extraction.language)
    return paper.ready(extraction.id, gist=gist)
