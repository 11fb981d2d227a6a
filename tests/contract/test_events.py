"""Streams of events: the same facts hold in memory and in SQL."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from server.adapters.database import Database
from server.adapters.run_events import SqlEvents
from server.domain.errors import NotFoundError
from server.domain.ids import RunId

from builders import NOON, a_paper, a_queued_run
from storage import SQL, STORAGES, Storage, address, connected, opened

pytestmark = pytest.mark.anyio

RUNS = ["run:run-1", "run:run-2"]


@pytest.fixture(params=STORAGES)
async def storage(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Storage]:
    async with opened(request.param, tmp_path) as storage:
        await storage.has(a_paper(), a_queued_run("run-1"), a_queued_run("run-2"))
        yield storage


async def test_ids_are_dense_per_stream_and_seq_grows_over_all(storage: Storage) -> None:
    appended = [await storage.events.append(RUNS[n % 2], "progress", {"n": n}) for n in range(6)]

    assert [event.id for event in appended] == [1, 1, 2, 2, 3, 3]
    assert [event.seq for event in appended] == sorted({event.seq for event in appended})


async def test_events_are_replayed_after_any_point_in_order(storage: Storage) -> None:
    appended = [await storage.events.append(RUNS[n % 2], "progress", {"n": n}) for n in range(6)]
    await storage.events.append("paper:paper-1", "started", {})

    assert await storage.events.after(RUNS, 0) == appended
    assert await storage.events.after(RUNS, appended[3].seq) == appended[4:]
    assert await storage.events.after(["run:run-2"], appended[1].seq) == [appended[3], appended[5]]
    assert await storage.events.after(RUNS, appended[-1].seq) == []


async def test_an_event_is_returned_as_it_will_be_replayed(storage: Storage) -> None:
    data = {"value": "論文\n", "pages": (1, 2), "none": None}

    appended = await storage.events.append("run:run-1", "field", data)

    assert appended.data == {"value": "論文\n", "pages": [1, 2], "none": None}
    assert await storage.events.after(["run:run-1"], 0) == [appended]


async def test_events_appended_at_once_get_ids_of_their_own(storage: Storage) -> None:
    appended = await asyncio.gather(
        *(storage.events.append("run:run-1", "field", {"n": n}) for n in range(20))
    )

    assert sorted(event.id for event in appended) == list(range(1, 21))


async def test_nothing_is_appended_to_the_stream_of_a_deleted_run(storage: Storage) -> None:
    await storage.events.append("run:run-1", "started", {})
    async with storage.unit_of_work() as uow:
        await uow.runs.delete(a_queued_run("run-1").id)
        await uow.commit()

    with pytest.raises(NotFoundError):
        await storage.events.append("run:run-1", "field", {"value": "text of the paper"})

    assert await storage.events.after(["run:run-1"], 0) == []


async def test_the_number_of_a_deleted_event_is_not_given_out_again(storage: Storage) -> None:
    last = await storage.events.append("run:run-1", "started", {})
    async with storage.unit_of_work() as uow:
        await uow.runs.delete(a_queued_run("run-1").id)
        await uow.commit()

    assert (await storage.events.append("run:run-2", "started", {})).seq > last.seq


async def test_a_waiting_reader_is_woken_at_once(storage: Storage) -> None:
    waiting = asyncio.create_task(storage.events.wait(RUNS, timeout_s=30))
    await asyncio.sleep(0.05)
    started = time.perf_counter()

    await storage.events.append("run:run-2", "progress", {})
    await waiting

    assert time.perf_counter() - started < 0.4  # sooner than other processes are looked at


async def test_an_event_between_looking_and_waiting_is_not_missed(storage: Storage) -> None:
    seen = await storage.events.after(RUNS, 0)
    await storage.events.append("run:run-1", "started", {})

    async with asyncio.timeout(5):
        await storage.events.wait(RUNS, timeout_s=30)

    assert seen == []
    assert len(await storage.events.after(RUNS, 0)) == 1


async def test_a_reader_that_has_seen_all_waits_until_the_time_is_up(storage: Storage) -> None:
    await storage.events.append("run:run-1", "started", {})
    await storage.events.after(RUNS, 0)
    started = time.perf_counter()

    await storage.events.wait(RUNS, timeout_s=0.1)

    assert time.perf_counter() - started >= 0.09


async def test_an_event_of_another_stream_wakes_nobody(storage: Storage) -> None:
    waiting = asyncio.create_task(storage.events.wait(["run:run-1"], timeout_s=0.3))
    await asyncio.sleep(0.05)
    started = time.perf_counter()

    await storage.events.append("run:run-2", "progress", {})
    await waiting

    assert time.perf_counter() - started >= 0.2


async def test_who_only_waits_hears_of_everything_once(storage: Storage) -> None:
    async def wait_twice() -> float:
        await storage.events.wait(RUNS, timeout_s=30)
        started = time.perf_counter()
        await storage.events.wait(RUNS, timeout_s=0.1)
        return time.perf_counter() - started

    waiting = asyncio.create_task(wait_twice())
    await asyncio.sleep(0.05)
    await storage.events.append("run:run-1", "finished", {})

    assert await waiting >= 0.09


@pytest.mark.parametrize("kind", SQL)
async def test_events_of_another_process_are_heard_within_the_polling_time(kind: str, tmp_path: Path) -> None:
    url = await address(kind, tmp_path)
    async with connected(url) as storage:
        await storage.has(a_paper(), a_queued_run())
        other = Database(url)
        events = SqlEvents(other, poll_s=0.05)
        waiting = asyncio.create_task(events.wait(["run:run-1"], timeout_s=30))
        await asyncio.sleep(0.1)

        appended = await storage.events.append("run:run-1", "started", {})
        async with asyncio.timeout(5):
            await waiting

        assert await events.after(["run:run-1"], 0) == [appended]
        await other.close()


async def test_when_the_process_stops_nobody_waits_any_longer(storage: Storage) -> None:
    waiting = asyncio.create_task(storage.events.wait(RUNS, timeout_s=30))
    await asyncio.sleep(0.05)

    storage.events.let_go()  # type: ignore[attr-defined]

    async with asyncio.timeout(5):
        assert await waiting is False
        assert await storage.events.wait(RUNS, timeout_s=30) is False


async def test_an_event_of_a_unit_of_work_is_told_with_what_it_keeps_or_not_at_all(storage: Storage) -> None:
    stream = "run:run-1"
    await storage.events.append(stream, "started", {})

    async with storage.unit_of_work() as uow:
        await uow.tell(stream, "finished", {"status": "cancelled"})
    assert [event.name for event in await storage.events.after([stream], 0)] == ["started"]

    async with storage.unit_of_work() as uow:
        run = await uow.runs.get(RunId("run-1"))
        assert run
        assert await uow.runs.save(run.cancel(at=NOON))
        await uow.tell(stream, "finished", {"status": "cancelled"})
        await uow.commit()
    told = await storage.events.after([stream], 0)
    assert [(event.id, event.name) for event in told] == [(1, "started"), (2, "finished")]
