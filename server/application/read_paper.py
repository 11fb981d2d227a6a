"""Read a recorded paper: extract it, or refuse it with a reason."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from server.application.ingest_paper import paper_key
from server.application.ports import Blobs, Events, ExtractionStore, PdfReader, UnitOfWorkFactory
from server.application.traces import where
from server.domain.errors import MalformedPaperError, PaperError, YomiError
from server.domain.ids import PaperId
from server.domain.papers import Paper, PaperStatus, Problem

log = logging.getLogger(__name__)


def paper_stream(paper_id: PaperId) -> str:
    return f"paper:{paper_id}"


@dataclass(frozen=True)
class ReadPaper:
    """Read one paper. Repeating it is harmless; a paper never stays `reading` because of its content."""

    unit_of_work: UnitOfWorkFactory
    blobs: Blobs
    extractions: ExtractionStore
    reader: PdfReader
    events: Events

    async def __call__(self, paper_id: PaperId) -> None:
        async with self.unit_of_work() as uow:
            paper = await uow.papers.get(paper_id)
        if paper is None or paper.status is not PaperStatus.READING:
            return
        stream = paper_stream(paper_id)
        await self.events.append(stream, "started", {})
        read = await self._read(paper)
        async with self.unit_of_work() as uow:
            if await uow.papers.get(paper_id) is None:  # deleted meanwhile
                return
            await uow.papers.save(read)
            await uow.commit()
        await self.events.append(stream, "finished", {"status": read.status.value})

    async def _read(self, paper: Paper) -> Paper:
        try:
            data = await self.blobs.get(paper_key(paper.workspace_id, paper.sha256))
            if data is None:
                raise MalformedPaperError  # noqa: TRY301
            extraction = await self.reader.read(data)
            await self.extractions.put(paper.workspace_id, extraction)
        except PaperError as error:
            return paper.refused(Problem(error.code, error.data))
        except YomiError as error:
            log.warning("paper not kept: %s", error.code)
            return paper.refused(Problem(error.code, error.data))
        except Exception as error:  # noqa: BLE001 (a bug of ours must not leave the paper reading for ever)
            log.error("reading failed: %s\n%s", type(error).__name__, where(error))  # noqa: TRY400
            return paper.refused(Problem("internal", {}))
        return paper.ready(extraction.id)
