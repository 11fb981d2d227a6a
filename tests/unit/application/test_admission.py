"""What may wait is bounded; who asks for more is told when to come back."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest
from server.application import housekeeping
from server.application.admission import Admission
from server.application.housekeeping import Housekeeping
from server.application.start_comparison import ComparisonRequest
from server.domain.errors import BusyError
from server.domain.ids import RunId
from server.domain.papers import PaperStatus, Problem
from server.domain.requests import ReaderRequest

from builders import a_finished_run
from house import PDF, House

pytestmark = pytest.mark.anyio


def bounded(house: House, most: int) -> House:
    admission = Admission("server", most, house.memory.clock)
    for use_case in (house.start, house.ingest):
        object.__setattr__(use_case, "admission", admission)
    return house


async def test_no_more_runs_are_queued_than_may_wait() -> None:
    house = bounded(House(), 3)
    request = replace(await house.a_request(), fresh=True)

    done = await asyncio.gather(*(house.start(request) for _ in range(8)), return_exceptions=True)

    assert sum(isinstance(one, BusyError) for one in done) == 5
    assert len(house.memory.kept.runs) == 3


async def test_a_comparison_is_queued_whole_or_not_at_all() -> None:
    house = bounded(House(), 2)
    readers = tuple(ReaderRequest("summarizer", language=language) for language in ("ja", "en", "de"))
    request = ComparisonRequest(await house.a_ready_paper(), readers)

    with pytest.raises(BusyError):
        await house.start_comparison(request)

    assert (house.memory.kept.runs, house.memory.kept.comparisons) == ({}, {})
    assert await house.start_comparison(replace(request, candidates=readers[:2]))


@pytest.mark.parametrize(("ended", "wait_s"), [(0, 60), (1, 60), (120, 1), (600, 1)])
async def test_when_to_come_back_is_measured(ended: int, wait_s: int) -> None:
    house = bounded(House(), 1)
    request = replace(await house.a_request(), fresh=True)
    now = house.memory.clock.now()
    for number in range(ended):
        house.memory.has(a_finished_run(id=RunId(f"ended-{number}"), finished_at=now - timedelta(seconds=1)))
    await house.start(request)

    with pytest.raises(BusyError) as refused:
        await house.start(request)

    assert refused.value.data["retry_after_s"] == wait_s


async def test_papers_that_wait_are_bounded_but_known_ones_are_welcome() -> None:
    house = bounded(House(), 1)
    first = await house.ingest(PDF, filename=None)

    with pytest.raises(BusyError):
        await house.ingest(PDF + b"\n", filename=None)

    assert (await house.ingest(PDF, filename=None)).paper.id == first.paper.id
    assert len(house.memory.blobs.kept) == 1


async def test_a_paper_there_was_no_space_for_is_read_again() -> None:
    house = House()
    paper_id = await house.a_ready_paper()
    paper = house.memory.kept.papers[paper_id]
    house.memory.has(paper.refused(Problem("storage_full", {})))

    await Housekeeping(house.memory.unit_of_work, house.one_answer, house.memory.jobs).once()

    assert house.memory.kept.papers[paper_id].status is PaperStatus.READING
    await house.read_paper(paper_id)
    assert house.memory.kept.papers[paper_id].status is PaperStatus.READY


async def test_a_server_goes_on_tidying_up_whatever_it_meets(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(housekeeping, "EVERY_S", 0)
    house = House()
    tries, again = list[int](), asyncio.Event()

    async def broken() -> None:
        tries.append(1)
        if len(tries) == 1:
            raise LookupError
        again.set()

    keep_house = Housekeeping(house.memory.unit_of_work, house.one_answer, house.memory.jobs)
    monkeypatch.setattr(Housekeeping, "once", lambda _: broken())
    task = asyncio.create_task(keep_house())
    async with asyncio.timeout(5):
        await asyncio.wait(
            [task, waiting := asyncio.create_task(again.wait())], return_when="FIRST_COMPLETED"
        )
    waiting.cancel()
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task

    assert again.is_set()
    assert "not tidied up: LookupError" in caplog.text
