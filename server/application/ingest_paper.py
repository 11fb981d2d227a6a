"""Take in a PDF: store its bytes, record it, have it read."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass, replace

from server.application.admission import Admission
from server.application.one_answer import recorded_for
from server.application.ports import Blobs, Clock, Ids, Jobs, PaperFetcher, UnitOfWork, UnitOfWorkFactory
from server.domain.errors import ConflictError, NotFoundError, NotPdfError, TooLargeError
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
    admission: Admission | None = None
    """None: any number of papers may wait to be read."""

    async def __call__(
        self,
        data: bytes,
        *,
        filename: str | None,
        workspace_id: WorkspaceId = LOCAL_WORKSPACE,
        key: str | None = None,
    ) -> Ingested:
        """
        Args:
            key: Of the request, as `OneAnswer` knows it: what is recorded is bound to it.

        Raises:
            NotPdfError, TooLargeError: nothing is kept.
            StorageFullError
            BusyError: too many papers wait to be read.
        """
        if len(data) > self.max_bytes:
            raise TooLargeError(limit_mb=self.max_bytes // 2**20)
        if MAGIC not in data[:MAGIC_WITHIN]:
            raise NotPdfError
        if before := await self._recorded(key):
            return before
        sha256 = (await asyncio.to_thread(hashlib.sha256, data)).hexdigest()
        if known := await self._known(workspace_id, sha256, data, key=key):
            return known
        if self.admission:
            await self.admission.expect_room_for_paper(self.unit_of_work)
        place = paper_key(workspace_id, sha256)
        await self.blobs.expect_room(len(data))
        await self.blobs.put(place, data)
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
                # Whoever deletes a paper of these bytes lets nobody add them until its bytes are gone: look again.
                if not await self.blobs.has(place):
                    await self.blobs.put(place, data)
                await _bind(uow, key, paper, created=True)
                await uow.commit()
        except ConflictError:  # somebody uploaded the same bytes just now
            if known := await self._known(workspace_id, sha256, data, key=key):
                return known
            raise
        await self.jobs.read_paper(paper.id)
        return Ingested(paper, created=True)

    async def from_arxiv(
        self, address: str, *, workspace_id: WorkspaceId = LOCAL_WORKSPACE, key: str | None = None
    ) -> Ingested:
        """Fetch an arXiv id or address, then as for a file.

        Raises:
            InvalidRequestError: not an arXiv id or address.
            FetchFailedError: says what to download instead.
        """
        if before := await self._recorded(key):
            return before
        data, filename = await self.fetcher.fetch(address)
        return await self(data, filename=filename, workspace_id=workspace_id, key=key)

    async def _known(
        self, workspace_id: WorkspaceId, sha256: str, data: bytes, *, key: str | None
    ) -> Ingested | None:
        """The paper with these bytes; one that was refused, or read by an older reader, is read once more."""
        async with self.unit_of_work() as uow:
            paper = await uow.papers.by_sha256(workspace_id, sha256)
            if paper is None:
                return None
            again = self._needs_reading(paper)
            if again or key:
                paper = await uow.papers.get_to_change(paper.id)
                if paper is None:  # deleted meanwhile
                    return None
            if again:
                # Also over bytes that are there: they may have been damaged.
                await self.blobs.put(paper_key(workspace_id, sha256), data)
                paper = replace(paper, status=PaperStatus.READING, error=None)
                await uow.papers.save(paper)
            await _bind(uow, key, paper, created=False)
            await uow.commit()
        if again:
            await self.jobs.read_paper(paper.id)
        return Ingested(paper, created=False)

    async def _recorded(self, key: str | None) -> Ingested | None:
        """What an earlier request with this key took in."""
        recorded = await recorded_for(self.unit_of_work, key)
        if recorded is None:
            return None
        kind, id_ = recorded
        async with self.unit_of_work() as uow:
            paper = await uow.papers.get(PaperId(id_))
        if paper is None:
            raise NotFoundError(kind="paper", id=id_)
        return Ingested(paper, created=kind == "paper")

    def _needs_reading(self, paper: Paper) -> bool:
        if paper.status is PaperStatus.READY and self.reader_version:
            return paper.extraction_id != extraction_id(paper.sha256, version=self.reader_version)
        return paper.status is PaperStatus.REFUSED


async def _bind(uow: UnitOfWork, key: str | None, paper: Paper, *, created: bool) -> None:
    if key:
        await uow.keys.bind(key, f"{'paper' if created else 'known'}:{paper.id}", paper_id=paper.id)


def paper_key(workspace_id: WorkspaceId, sha256: str) -> str:
    """Where the bytes of a paper are kept."""
    return f"{workspace_id}/papers/{sha256[:2]}/{sha256}.pdf"
