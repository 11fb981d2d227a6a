"""Storage that is away when a run or a reading begins: nothing ends for that, it is done later."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from server.application.execute_run import ExecuteRun
from server.application.mending import BeingMendedError, MendedExtractions
from server.application.ports.blobs import DamagedError
from server.domain.errors import BusyError, ConflictError, StorageFullError, YomiError
from server.domain.ids import ExtractionId, PaperId
from server.domain.papers import PaperStatus, Problem
from server.domain.runs import Run, RunStatus

from house import PDF, House

pytestmark = pytest.mark.anyio

AWAY = [
    BusyError(retry_after_s=5),
    StorageFullError(),
    ConflictError(reason_ja="書けません", reason_en="denied"),
    OSError(5, "Input/output error"),
    ConnectionResetError(),
]


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.application.handing_back.LOADING_S", 0.0)
    monkeypatch.setattr("server.application.patience.FIRST_PAUSE_S", 0.0)


class Failing:
    """Passes everything on but what is called `name`, which fails while `error` is set."""

    def __init__(self, whole: Any, name: str, error: Exception | None) -> None:
        self.error, self.tried = error, 0
        self._whole, self._name = whole, name

    def __getattr__(self, name: str) -> Any:
        return self._fail if name == self._name else getattr(self._whole, name)

    async def _fail(self, *args: Any, **kwargs: Any) -> Any:
        self.tried += 1
        if self.error:
            raise self.error
        return await getattr(self._whole, self._name)(*args, **kwargs)


def over(house: House, failing: Failing, **changes: Any) -> ExecuteRun:
    """An executor that gets extractions from there."""
    return replace(house.another_executor(), extractions=failing, **changes)


@pytest.mark.parametrize("error", AWAY, ids=lambda error: type(error).__name__)
async def test_a_run_whose_paper_is_away_makes_way_and_is_finished_later(error: Exception) -> None:
    house = House()
    run = await house.a_run()
    failing = Failing(house.memory.extractions, "get", error)
    execute = over(house, failing)

    await execute(run.id)
    waiting = house.kept(run)
    await execute(run.id)
    asleep = house.kept(run)
    failing.error = None
    house.memory.clock.advance(5)
    await execute(run.id)

    assert (waiting.status, waiting.error, waiting.lease_until) == (RunStatus.QUEUED, None, None)
    assert waiting.wake_at
    assert waiting == asleep, "nobody takes it before its time"
    assert house.kept(run).status is RunStatus.FINISHED
    assert [name for name in house.told(run) if name.startswith("finished")] == ["finished finished"]


async def test_a_run_is_left_alone_longer_each_time_but_never_for_long() -> None:
    house = House()
    run = await house.a_run()
    execute = over(house, Failing(house.memory.extractions, "get", BusyError(retry_after_s=5)))
    slept = []

    for _ in range(15):
        await execute(run.id)
        wake_at = house.kept(run).wake_at
        assert wake_at
        slept.append((wake_at - house.memory.clock.now()).total_seconds())
        house.memory.clock.advance(slept[-1])

    assert slept[:3] == [5, 10, 15]
    assert max(slept) == slept[-1] == 60


@pytest.mark.parametrize(
    ("error", "code"), [(AWAY[0], "busy"), (AWAY[1], "storage_full"), (AWAY[3], "busy")], ids=str
)
async def test_where_nobody_takes_it_up_again_the_run_fails_with_the_reason(
    error: Exception, code: str
) -> None:
    house = House()
    run = await house.a_run()

    await over(house, Failing(house.memory.extractions, "get", error), is_swept=False)(run.id)

    ended = house.kept(run)
    assert (ended.status, ended.error and ended.error.code) == (RunStatus.FAILED, code)


async def test_a_run_whose_persona_is_away_makes_way_too() -> None:
    house = House()
    run = await house.a_run()
    shelf = Failing(house.shelf, "of_run", BusyError(retry_after_s=5))

    await replace(house.another_executor(), shelf=shelf)(run.id)

    assert house.kept(run).status is RunStatus.QUEUED


async def test_a_run_that_makes_way_can_be_cancelled() -> None:
    house = House()
    run = await house.a_run()
    await over(house, Failing(house.memory.extractions, "get", AWAY[0]))(run.id)

    await house.change.cancel_run(run.id)

    assert house.kept(run).status is RunStatus.CANCELLED


async def test_a_run_whose_paper_is_gone_for_good_fails_and_says_what_is_gone() -> None:
    house = House()
    run = await house.a_run()
    house.memory.extractions.kept.clear()

    await house.execute(run.id)

    assert _error(house.kept(run)) == "not_found"


def _error(run: Run) -> str | None:
    return run.error.code if run.error else None


# Readings


async def recorded(house: House) -> PaperId:
    return (await house.ingest(PDF, filename=None)).paper.id


def _blobs_away(house: House, error: Exception) -> Failing:
    return Failing(house.memory.blobs, "get", error)


def _extractions_away(house: House, error: Exception) -> Failing:
    return Failing(house.memory.extractions, "put", error)


@pytest.mark.parametrize("error", [AWAY[0], AWAY[3]], ids=lambda error: type(error).__name__)
@pytest.mark.parametrize(("what", "failing"), [("blobs", _blobs_away), ("extractions", _extractions_away)])
async def test_a_paper_whose_storage_is_away_is_read_later(
    what: str, failing: Callable[[House, Exception], Failing], error: Exception
) -> None:
    house = House()
    paper_id = await recorded(house)
    away = failing(house, error)
    read = replace(house.read_paper, **{what: away})

    await read(paper_id)
    before = house.memory.kept.papers[paper_id]
    away.error = None
    await read(paper_id)

    assert (before.status, before.error) == (PaperStatus.READING, None)
    assert house.memory.kept.papers[paper_id].status is PaperStatus.READY


@pytest.mark.parametrize("error", AWAY[:3], ids=lambda error: type(error).__name__)
async def test_a_database_that_is_back_soon_costs_no_second_reading(error: Exception) -> None:
    house = House()
    paper_id = await recorded(house)
    refused = 0
    whole = house.memory.unit_of_work

    def unit_of_work() -> Any:
        nonlocal refused
        if house.reader.asked and refused < 3:
            refused += 1
            raise error
        return whole()

    await replace(house.read_paper, unit_of_work=unit_of_work)(paper_id)

    assert house.memory.kept.papers[paper_id].status is PaperStatus.READY
    assert (refused, house.reader.asked) == (3, 1)


async def test_where_nobody_reads_it_again_the_paper_is_refused_with_the_reason() -> None:
    house = House()
    paper_id = await recorded(house)

    await replace(house.read_paper, blobs=_blobs_away(house, AWAY[0]), is_swept=False)(paper_id)

    paper = house.memory.kept.papers[paper_id]
    assert paper.error == Problem("busy", {"retry_after_s": 5})


# Damaged


async def test_a_pdf_that_is_not_what_was_sent_is_not_read_and_can_be_sent_again() -> None:
    house = House()
    paper_id = await recorded(house)
    (place,) = house.memory.blobs.kept
    house.memory.blobs.kept[place] = PDF.replace(b"a", b"e")

    await house.read_paper(paper_id)
    refused = house.memory.kept.papers[paper_id]
    await house.ingest(PDF, filename=None)
    await house.read_paper(paper_id)

    assert refused.error == Problem("malformed", {})
    assert house.memory.kept.papers[paper_id].status is PaperStatus.READY


def mended(house: House, *, damaged: bool = True) -> tuple[MendedExtractions, Failing]:
    failing = Failing(house.memory.extractions, "get", DamagedError("x") if damaged else None)
    return MendedExtractions(failing, house.memory.unit_of_work, house.memory.jobs), failing


async def test_a_damaged_extraction_is_made_again_from_the_pdf() -> None:
    house = House()
    paper_id = await house.a_ready_paper()
    paper = house.memory.kept.papers[paper_id]
    extractions, failing = mended(house)
    asked = house.reader.asked

    with pytest.raises(BeingMendedError) as caught:
        await extractions.get(paper.workspace_id, _id(house, paper_id))
    being_read = house.memory.kept.papers[paper_id]
    await house.read_paper(paper_id)
    failing.error = None

    assert "PDF" in caught.value.words.en
    assert (being_read.status, house.memory.jobs.papers[-1]) == (PaperStatus.READING, paper_id)
    assert house.reader.asked == asked + 1
    assert await extractions.get(paper.workspace_id, _id(house, paper_id))


async def test_a_run_waits_while_its_paper_is_mended() -> None:
    house = House()
    run = await house.a_run()
    extractions, failing = mended(house)
    execute = replace(house.another_executor(), extractions=extractions)

    await execute(run.id)
    waiting = house.kept(run).status
    await house.read_paper(run.paper_id)
    failing.error = None
    house.memory.clock.advance(5)
    await execute(run.id)

    assert (waiting, house.kept(run).status) == (RunStatus.QUEUED, RunStatus.FINISHED)


async def test_a_damaged_extraction_of_an_older_reading_is_as_good_as_gone() -> None:
    house = House()
    paper_id = await house.a_ready_paper()
    paper = house.memory.kept.papers[paper_id]
    extractions, _ = mended(house)

    assert await extractions.get(paper.workspace_id, ExtractionId("an-older-one")) is None
    assert house.memory.kept.papers[paper_id].status is PaperStatus.READY


async def test_a_damaged_paper_does_not_hide_the_others() -> None:
    house = House()
    paper_id = await house.a_ready_paper()
    extractions, _ = mended(house)
    queries = replace(house.queries, extractions=extractions)

    (listed,) = await queries.papers(limit=5, cursor=None)

    assert (listed.paper.id, listed.paper.status) == (paper_id, PaperStatus.READING)
    with pytest.raises(YomiError):
        await queries.paper(paper_id)


def _id(house: House, paper_id: PaperId) -> ExtractionId:
    found = house.memory.kept.papers[paper_id].extraction_id
    assert found
    return found
