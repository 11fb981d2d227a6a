"""Papers that several change at once, and papers whose bytes come back: nothing of either is lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from server.application.change_records import ChangeRecords
from server.application.ingest_paper import IngestPaper, paper_key
from server.domain.papers import PaperStatus, Problem

from builders import a_paper
from house import PDF, Shop
from memory import Memory
from storage import STORAGES, Storage, opened

pytestmark = pytest.mark.anyio


@pytest.fixture(params=STORAGES)
async def storage(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Storage]:
    async with opened(request.param, tmp_path) as storage:
        yield storage


async def test_two_changes_of_a_paper_at_once_are_both_kept(storage: Storage) -> None:
    await storage.has(a_paper(filename="."))

    async def lengthen() -> None:
        async with storage.unit_of_work() as uow:
            paper = await uow.papers.get_to_change(a_paper().id)
            assert paper
            await asyncio.sleep(0.01)
            await uow.papers.save(replace(paper, filename=paper.filename + "."))
            await uow.commit()

    await asyncio.gather(*(lengthen() for _ in range(5)))

    async with storage.unit_of_work() as uow:
        kept = await uow.papers.get(a_paper().id)
    assert kept
    assert kept.filename == "......"


async def test_papers_that_wait_and_papers_there_was_no_space_for_are_found(storage: Storage) -> None:
    reading = a_paper(status=PaperStatus.READING)
    await storage.has(reading)
    async with storage.unit_of_work() as uow:
        assert (await uow.papers.waiting(at_most=5), await uow.papers.unkept(limit=5)) == (1, [])
        for code, unkept in (("no_text", []), ("storage_full", [reading.id])):
            await uow.papers.save(reading.refused(Problem(code, {})))
            assert (await uow.papers.waiting(at_most=5), await uow.papers.unkept(limit=5)) == (0, unkept)


async def test_bytes_that_come_back_while_their_paper_is_deleted_are_kept(storage: Storage) -> None:
    memory = Memory()  # for all but the rows
    common = (storage.unit_of_work, memory.blobs)
    ingest = IngestPaper(*common, memory.jobs, Shop(), memory.clock, memory.ids, 10**6)
    change = ChangeRecords(*common, memory.extractions, memory.events, memory.jobs, memory.clock, memory.ids)
    for _ in range(5):
        known = (await ingest(PDF, filename=None)).paper
        _, again = await asyncio.gather(change.delete_paper(known.id), ingest(PDF, filename=None))
        async with storage.unit_of_work() as uow:
            kept = await uow.papers.get(again.paper.id)
        assert kept is None or await memory.blobs.has(paper_key(kept.workspace_id, kept.sha256))
