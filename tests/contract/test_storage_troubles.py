"""The whole house on SQLite and files, with storage that is full, away or damaged for a while."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest
from server.application.start_run import RunRequest
from server.bootstrap import SERVER, Services, build
from server.domain.errors import BusyError
from server.domain.ids import PaperId, RunId
from server.domain.models import EXTRACTIVE
from server.domain.papers import PaperStatus
from server.domain.requests import ReaderRequest
from server.domain.runs import RunStatus
from server.settings import Settings
from sqlalchemy import Connection, event

from processes import SAMPLE

pytestmark = pytest.mark.anyio


@pytest.fixture
async def services(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Services]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("server.application.sweep.EVERY_S", 0.05)
    monkeypatch.setattr("server.application.handing_back.LOADING_S", 0.0)
    made = build(Settings(data_dir=tmp_path / "data", readers=1), owner=SERVER)
    await made.start()
    yield made
    await made.close()


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(30):
        while not await holds():  # noqa: ASYNC110 (what is waited for is a record)
            await asyncio.sleep(0.05)


async def a_paper(services: Services) -> PaperId:
    paper_id = (await services.ingest(SAMPLE.read_bytes(), filename="a.pdf")).paper.id
    await until(lambda: is_ready(services, paper_id))
    return paper_id


async def is_ready(services: Services, paper_id: PaperId) -> bool:
    return (await services.queries.paper_record(paper_id)).status is PaperStatus.READY


async def is_over(services: Services, run_id: RunId) -> bool:
    return (await services.queries.run_record(run_id)).status.is_over


async def a_run(services: Services, paper_id: PaperId) -> RunId:
    reader = ReaderRequest("summarizer", model=EXTRACTIVE)
    return (await services.start_run(RunRequest(paper_id, reader))).run.id


def forget_what_is_at_hand(services: Services) -> None:
    """As another process would come to it."""
    services.queries.extractions.kept._recent.clear()  # type: ignore[attr-defined]


async def test_a_run_ends_well_when_its_blobs_come_back(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.application.handing_back.AGAIN", timedelta(seconds=0.1))
    paper_id = await a_paper(services)
    forget_what_is_at_hand(services)
    get, refused = services.blobs.get, 0

    async def away(key: str) -> bytes | None:
        nonlocal refused
        if "/extractions/" in key and refused < 3:
            refused += 1
            raise BusyError(retry_after_s=5)
        return await get(key)

    monkeypatch.setattr(services.blobs, "get", away)
    run_id = await a_run(services, paper_id)
    await until(lambda: is_over(services, run_id))

    run = await services.queries.run_record(run_id)
    assert (run.status, run.error) == (RunStatus.FINISHED, None)
    assert run.fence > 1


async def test_a_flipped_byte_is_mended_from_the_pdf(services: Services, tmp_path: Path) -> None:
    paper_id = await a_paper(services)
    (kept,) = (tmp_path / "data" / "blobs").glob("local/extractions/*/*.bin")
    whole, before = kept.read_bytes(), await services.queries.extraction(paper_id)
    kept.write_bytes(whole[:100] + bytes([whole[100] ^ 1]) + whole[101:])
    forget_what_is_at_hand(services)

    with pytest.raises(BusyError):
        await services.queries.extraction(paper_id)
    await until(lambda: is_ready(services, paper_id))

    forget_what_is_at_hand(services)
    assert len((await services.queries.extraction(paper_id)).pages) == len(before.pages)


async def test_a_run_on_a_damaged_paper_ends_well(
    services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.application.handing_back.AGAIN", timedelta(seconds=0.1))
    paper_id = await a_paper(services)
    (kept,) = (tmp_path / "data" / "blobs").glob("local/extractions/*/*.bin")
    kept.write_bytes(b"x" + kept.read_bytes())
    forget_what_is_at_hand(services)

    run_id = await a_run(services, paper_id)
    await until(lambda: is_over(services, run_id))

    assert (await services.queries.run_record(run_id)).status is RunStatus.FINISHED


class Full:
    """The database's file may not grow while `is_full`."""

    def __init__(self, services: Services) -> None:
        self.is_full = False
        event.listen(services.database.engine, "before_cursor_execute", self._before)

    def _before(self, connection: Connection, *_: object) -> None:
        most = 1 if self.is_full else 2**30  # SQLite takes the pages there are for the least
        cursor = connection.connection.cursor()
        cursor.execute(f"PRAGMA max_page_count = {most}")
        cursor.close()


async def test_an_answer_on_a_full_database_is_kept_when_there_is_room(
    services: Services, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("server.application.patience.LONGEST_PAUSE_S", 0.1)
    full, execute = Full(services), services.force.hands.execute

    async def execute_on_full(run_id: RunId, *, placed: Callable[[], None]) -> None:
        full.is_full = True
        await execute(run_id, placed=placed)

    monkeypatch.setattr(services.force.hands, "execute", execute_on_full)
    run_id = await a_run(services, await a_paper(services))
    await until(lambda: _said(caplog, "storage is away, trying again: StorageFullError"))
    before = await services.queries.run_record(run_id)
    full.is_full = False
    await until(lambda: is_over(services, run_id))

    run = await services.queries.run_record(run_id)
    assert not before.status.is_over
    assert (run.status, run.fence) == (RunStatus.FINISHED, 1)
    told = await services.events.after([f"run:{run_id}"], 0)
    assert told[-1].data == {"status": "finished"}
    assert [event.id for event in told] == list(range(1, len(told) + 1))


async def _said(caplog: pytest.LogCaptureFixture, words: str) -> bool:
    return words in caplog.text
