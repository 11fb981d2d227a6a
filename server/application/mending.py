"""Extractions whose bytes can be damaged: noticed, and made again from the paper's PDF."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace

from server.application.ports import ExtractionStore, Jobs, UnitOfWorkFactory
from server.application.ports.blobs import DamagedError
from server.domain.errors import BusyError
from server.domain.extractions import Extraction
from server.domain.ids import ExtractionId, WorkspaceId
from server.domain.papers import PaperStatus
from server.domain.words import Words

log = logging.getLogger(__name__)

AGAIN_S = 10


class BeingMendedError(BusyError):
    sentence = Words(
        ja="保存されていた論文の本文が壊れていたため、PDFから読み直しています。{retry_after_s} 秒後に再度お試しください。",
        en="What was kept of the paper's text is damaged; it is being read again from its PDF. Try again in "
        "{retry_after_s} s.",
    )


@dataclass(frozen=True)
class MendedExtractions(ExtractionStore):
    """Another store's extractions. One that is damaged is read again if it is the current one of its paper; any other is
    as good as gone."""

    kept: ExtractionStore
    unit_of_work: UnitOfWorkFactory
    jobs: Jobs

    async def get(self, workspace_id: WorkspaceId, extraction_id: ExtractionId) -> Extraction | None:
        """
        Raises:
            BeingMendedError: it was damaged; the paper is being read again.
        """
        try:
            return await self.kept.get(workspace_id, extraction_id)
        except DamagedError as error:
            log.error("damaged extraction: %s", extraction_id)  # noqa: TRY400 (of what it is, says the id)
            if not await self._read_again(workspace_id, extraction_id):
                return None
            raise BeingMendedError(retry_after_s=AGAIN_S) from error

    async def put(self, workspace_id: WorkspaceId, extraction: Extraction) -> None:
        await self.kept.put(workspace_id, extraction)

    async def delete(self, workspace_id: WorkspaceId, extraction_id: ExtractionId) -> None:
        await self.kept.delete(workspace_id, extraction_id)

    async def _read_again(self, workspace_id: WorkspaceId, extraction_id: ExtractionId) -> bool:
        """Whether its paper is being read again."""
        async with self.unit_of_work() as uow:
            found = await uow.papers.with_extraction(workspace_id, extraction_id)
            paper = await uow.papers.get_to_change(found.id) if found else None
            if paper is None or paper.status is PaperStatus.REFUSED:
                return False
            if paper.status is PaperStatus.READY:
                await uow.papers.save(replace(paper, status=PaperStatus.READING, error=None))
                await uow.commit()
        await self.jobs.read_paper(paper.id)
        return True
