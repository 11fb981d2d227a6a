"""What a server does now and then by itself: forget old keys, read again what there was no space for."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, replace

from server.application.one_answer import OneAnswer
from server.application.ports import Jobs, UnitOfWorkFactory
from server.domain.errors import YomiError
from server.domain.ids import PaperId
from server.domain.papers import PaperStatus

log = logging.getLogger(__name__)

EVERY_S = 60.0
PAPERS = 5
"""Read again at a time: while the disk is full, that many readings are for nothing."""


@dataclass(frozen=True)
class Housekeeping:
    """Harmless when several processes do it."""

    unit_of_work: UnitOfWorkFactory
    one_answer: OneAnswer
    jobs: Jobs

    async def __call__(self) -> None:
        """Until cancelled."""
        while True:
            await asyncio.sleep(EVERY_S)
            try:
                await self.once()
            except YomiError as error:  # a database that is away for a moment, a disk that is still full
                log.warning("not tidied up: %s", error.code)
            except Exception as error:  # noqa: BLE001 (for all that is kept to be tidied up another time)
                log.error("not tidied up: %s", type(error).__name__)  # noqa: TRY400

    async def once(self) -> None:
        await self.one_answer.sweep()
        async with self.unit_of_work() as uow:
            unkept = await uow.papers.unkept(limit=PAPERS)
        for paper_id in unkept:
            await self._read_again(paper_id)

    async def _read_again(self, paper_id: PaperId) -> None:
        async with self.unit_of_work() as uow:
            paper = await uow.papers.get_to_change(paper_id)
            if paper is None or paper.status is not PaperStatus.REFUSED:
                return
            await uow.papers.save(replace(paper, status=PaperStatus.READING, error=None))
            await uow.commit()
        await self.jobs.read_paper(paper_id)
