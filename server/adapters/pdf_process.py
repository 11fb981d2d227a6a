"""Read PDFs in child processes that may hang, crash or be killed without harm to anybody else."""

from __future__ import annotations

import asyncio
import logging
import os
from dataclasses import dataclass, field
from functools import cached_property
from importlib.metadata import version

from server.adapters.pdf_limits import Ceiling
from server.adapters.pdf_messages import Done, Draw, Drawn, Failed, Read, Reply, Request
from server.adapters.pdf_supervised import Child, ChildLostError
from server.application.ports import Progress
from server.domain.errors import ParserCrashedError, ResourceLimitError, TooLargeError
from server.domain.extractions import Extraction

EXTRACTION_VERSION = 3
"""Raise when reading, cleaning or describing may come out differently for the same bytes: caches then start anew."""

_GIB = 2**30
log = logging.getLogger(__name__)


@dataclass
class PdfProcessReader:
    """Implements `PdfReader`: one document at a time per child, children reused, up to one per core.

    A child that misses its deadline, dies or talks nonsense is killed, and another takes its place; only the document
    it was reading fails. No child is started before it is needed (or `start` called).
    """

    workers: int = field(default_factory=lambda: os.cpu_count() or 1)
    max_pages: int = 500
    max_bytes: int = 50 * 2**20
    deadline_s: float = 60.0
    """Wall clock, from handing the document over."""
    cpu_s: int = 30
    text_memory_bytes: int = _GIB
    picture_memory_bytes: int = 2 * _GIB
    recycle_after: int = 50
    """Documents after which a child is replaced, so that nothing it leaks can add up."""

    def __post_init__(self) -> None:
        self._slots = asyncio.Semaphore(self.workers)
        self._idle: list[Child] = []
        self._busy: set[Child] = set()
        self._closed = False

    @cached_property
    def reader(self) -> str:
        """What reads, as it stands in extractions."""
        return f"pypdfium2 {version('pypdfium2')}"

    @cached_property
    def version(self) -> str:
        """Changes whenever an extraction of the same bytes may come out differently; part of the cache key."""
        return f"{self.reader}; pypdf {version('pypdf')}; extraction {EXTRACTION_VERSION}"

    @property
    def children(self) -> tuple[int, ...]:
        """Process ids of the children there are."""
        return tuple(child.pid for child in (*self._idle, *self._busy))

    async def start(self) -> None:
        """Start one child ahead of need. Returns at once; the child loads its libraries meanwhile."""
        if not self._idle and not self._busy:
            self._idle.append(await self._spawn())

    async def close(self) -> None:
        """End all children; whoever still waits for one gets `parser_crashed`."""
        self._closed = True
        children = [*self._idle, *self._busy]
        self._idle.clear()
        await asyncio.gather(*(child.kill() for child in children))

    async def read(self, data: bytes, *, on_progress: Progress | None = None) -> Extraction:
        """Admit, read, look, normalise and describe. Raises PaperError, nothing else."""
        if len(data) > self.max_bytes:
            raise TooLargeError(limit_mb=self.max_bytes // 2**20)
        request = Read(
            data=data,
            reader=self.reader,
            version=self.version,
            max_pages=self.max_pages,
            max_bytes=self.max_bytes,
            ceiling=Ceiling(self.cpu_s, self.text_memory_bytes),
        )
        reply = await self._ask(request, on_progress)
        if not isinstance(reply, Done):
            raise ParserCrashedError
        return reply.extraction

    async def picture(self, data: bytes, *, page: int, width: int) -> bytes:
        """One page (from 1) as a PNG; `width` is kept between 50 and 2000 pixels. Raises NotFoundError, PaperError."""
        if len(data) > self.max_bytes:
            raise TooLargeError(limit_mb=self.max_bytes // 2**20)
        ceiling = Ceiling(self.cpu_s, self.picture_memory_bytes)
        reply = await self._ask(Draw(data=data, page=page, width=width, ceiling=ceiling), None)
        if not isinstance(reply, Drawn):
            raise ParserCrashedError
        return reply.png

    async def _ask(self, request: Request, on_progress: Progress | None) -> Reply:
        async with self._slots:
            child = await self._take()
            try:
                async with asyncio.timeout(self.deadline_s):
                    reply = await child.ask(request, on_progress)
            except TimeoutError as error:
                await self._drop(child)
                raise ResourceLimitError from error
            except ChildLostError as error:
                await self._drop(child)
                raise (ResourceLimitError if error.by_limit else ParserCrashedError) from error
            except BaseException:  # cancelled: what the child is doing, nobody wants any more
                await self._drop(child)
                raise
            await self._put_back(child)
        if isinstance(reply, Failed):
            if reply.detail:
                log.error("the PDF reader failed on a document:\n%s", reply.detail)
            raise reply.error()
        return reply

    async def _take(self) -> Child:
        child = self._idle.pop() if self._idle else None
        while child and not child.is_alive:
            await child.kill()
            child = self._idle.pop() if self._idle else None
        if self._closed:
            raise ParserCrashedError
        child = child or await self._spawn()
        self._busy.add(child)
        if self._closed:  # while it was started
            await self._drop(child)
            raise ParserCrashedError
        return child

    async def _put_back(self, child: Child) -> None:
        is_spent = child.documents >= self.recycle_after or child.is_bloated(self.text_memory_bytes)
        if self._closed or is_spent:
            await self._drop(child)
        else:
            self._busy.discard(child)
            self._idle.append(child)

    async def _drop(self, child: Child) -> None:
        self._busy.discard(child)
        await asyncio.shield(child.kill())

    async def _spawn(self) -> Child:
        return await Child.spawn(memory_bytes=max(self.text_memory_bytes, self.picture_memory_bytes))
