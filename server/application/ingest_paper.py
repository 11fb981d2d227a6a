"""Take in a PDF: store its bytes, record it, have it read."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

from server.application.ports import Blobs, Clock, Ids, Jobs, PaperFetcher, UnitOfWorkFactory
from server.domain.errors import ConflictError, NotPdfError, TooLargeError
from server.domain.extractions import extraction_id
from server.domain.ids import LOCAL_WORKSPACE, PaperId, WorkspaceId
from server.domain.papers import Paper, PaperStatus, display_name

MAGIC = b"%PDF-"
MAGIC_WITHIN = 1024
"""Bytes in which the header must begin (ISO 32000-2, Annex I.2)."""


@dataclass(frozen=True)
class Ingested:
    paper: Paper
    created: bool
    """False when this workspace had these bytes already."""


@dataclass(frozen=True)
class IngestPaper:
    """Record a PDF and queue its reading. The same bytes in one workspace are one paper."""

    unit_of_work: UnitOfWorkFactory
    blobs: Blobs
    jobs: Jobs
    fetcher: PaperFetcher
    clock: Clock
    ids: Ids
    max_bytes: int
    reader_version: str | None = None
    """Of the reader in use: a paper read by an older one is read again, and runs keep what they pinned."""

    async def __call__(
        self, data: bytes, *, filename: str | None, workspace_id: WorkspaceId = LOCAL_WORKSPACE
    ) -> Ingested:
        """
        Raises:
            NotPdfError, TooLargeError: nothing is kept.
            StorageFullError
        """
        if len(data) > self.max_bytes:
            raise TooLargeError(limit_mb=self.max_bytes // 2**20)
        if MAGIC not in data[:MAGIC_WITHIN]:
            raise NotPdfError
        sha256 = hashlib.sha256(data).hexdigest()
        if known := await self._known(workspace_id, sha256):
            return Ingested(known, created=False)
        await self.blobs.put(paper_key(workspace_id, sha256), data)
        paper = Paper(
            id=PaperId(self.ids.new()),
            workspace_id=workspace_id,
            sha256=sha256,
            filename=display_name(filename),
            bytes=len(data),
            status=PaperStatus.READING,
            created_at=self.clock.now(),
        )
        try:
            async with self.unit_of_work() as uow:
                await uow.papers.add(paper)
                await uow.commit()
        except ConflictError:  # somebody uploaded the same bytes just now
            if known := await self._known(workspace_id, sha256):
                return Ingested(known, created=False)
            raise
        await self.jobs.read_paper(paper.id)
        return Ingested(paper, created=True)

    async def from_arxiv(self, address: str, *, workspace_id: WorkspaceId = LOCAL_WORKSPACE) -> Ingested:
        """Fetch an arXiv id or address, then as for a file.

        Raises:
            InvalidRequestError: not an arXiv id or address.
            FetchFailedError: says what to download instead.
        """
        data, filename = await self.fetcher.fetch(address)
        return await self(data, filename=filename, workspace_id=workspace_id)

    async def _known(self, workspace_id: WorkspaceId, sha256: str) -> Paper | None:
        """The paper with these bytes; one that was refused, or read by an older reader, is read once more."""
        async with self.unit_of_work() as uow:
            paper = await uow.papers.by_sha256(workspace_id, sha256)
            if paper is None or not self._needs_reading(paper):
                return paper
            paper = replace(paper, status=PaperStatus.READING, error=None)
            await uow.papers.save(paper)
            await uow.commit()
        await self.jobs.read_paper(paper.id)
        return paper

    def _needs_reading(self, paper: Paper) -> bool:
        if paper.status is PaperStatus.READY and self.reader_version:
            return paper.extraction_id != extraction_id(paper.sha256, version=self.reader_version)
        return paper.status is PaperStatus.REFUSED


def paper_key(workspace_id: WorkspaceId, sha256: str) -> str:
    """Where the bytes of a paper are kept."""
    return f"{workspace_id}/papers/{sha256[:2]}/{sha256}.pdf"
