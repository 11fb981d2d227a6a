"""Batches as records: the same in memory, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from server.domain.batches import Batch, BatchItem, BatchMode, BatchStatus, ItemStatus
from server.domain.ids import LOCAL_WORKSPACE, BatchId, PaperId, RunId
from server.domain.papers import PaperStatus, Problem
from server.domain.requests import ReaderRequest
from server.domain.runs import RunSettings, RunStatus

from builders import NOON, a_finished_run, a_paper, a_queued_run
from storage import STORAGES, Storage, opened

pytestmark = pytest.mark.anyio


@pytest.fixture(params=STORAGES)
async def storage(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Storage]:
    async with opened(request.param, tmp_path) as storage:
        yield storage


def a_batch(id: str = "batch-1", **changes: Any) -> Batch:  # noqa: A002
    batch = Batch(
        id=BatchId(id),
        workspace_id=LOCAL_WORKSPACE,
        readers=(
            ReaderRequest("summarizer", "1.0.0", "m", "ja", RunSettings(temperature=0.5)),
            ReaderRequest("interpreter"),
        ),
        interface_language="en",
        mode=BatchMode.QUEUE,
        owner="server",
        created_at=NOON,
        name="a folder",
        key="k",
    )
    return replace(batch, **changes)


def an_item(number: int = 1, **changes: Any) -> BatchItem:
    item = BatchItem(BatchId("batch-1"), number, PaperId("paper-1"), reader=0)
    return replace(item, **changes)


async def arranged(storage: Storage, batch: Batch, *items: BatchItem) -> None:
    async with storage.unit_of_work() as uow:
        await uow.batches.add(batch)
        await uow.batches.add_items(items)
        await uow.commit()


async def test_a_batch_and_its_items_come_back_as_they_were(storage: Storage) -> None:
    batch = a_batch(reason=Problem("over_budget", {"left_usd": 0.1}), cost_usd=1.5, resumes_at=NOON)
    items = (
        an_item(1, status=ItemStatus.FAILED, error=Problem("no_text", {"pages": 3}), sent="file-1"),
        an_item(2, reader=1, run_id=RunId("r"), status=ItemStatus.RUNNING, shared=True),
    )
    await arranged(storage, batch, *items)

    async with storage.unit_of_work() as uow:
        assert await uow.batches.get(batch.id) == batch
        assert tuple(await uow.batches.items(batch.id)) == items
        assert await uow.batches.get(BatchId("none")) is None


async def test_items_come_by_number_from_any_on_and_by_state(storage: Storage) -> None:
    await arranged(
        storage,
        a_batch(),
        *(an_item(n, status=ItemStatus.FAILED if n % 2 else ItemStatus.WAITING) for n in (3, 1, 2, 4)),
    )

    async with storage.unit_of_work() as uow:
        found = await uow.batches.items(BatchId("batch-1"), after=1, limit=2)
        waiting = await uow.batches.items(BatchId("batch-1"), status=ItemStatus.WAITING)

    assert [item.number for item in found] == [2, 3]
    assert [item.number for item in waiting] == [2, 4]


async def test_more_items_than_one_statement_takes_are_kept(storage: Storage) -> None:
    await arranged(storage, a_batch(), *(an_item(n) for n in range(1, 1202)))

    async with storage.unit_of_work() as uow:
        assert await uow.batches.counts(BatchId("batch-1")) == {ItemStatus.WAITING: 1201}


async def test_ready_are_waiting_items_whose_paper_is_read_refused_or_gone(storage: Storage) -> None:
    await storage.has(
        a_paper(id="paper-1"),
        a_paper(id="paper-2", sha256="2" * 64, status=PaperStatus.READING),
        a_paper(id="paper-3", sha256="3" * 64, status=PaperStatus.REFUSED),
    )
    await arranged(
        storage,
        a_batch(),
        an_item(1, status=ItemStatus.RUNNING),
        an_item(2),
        an_item(3, paper_id=PaperId("paper-2")),
        an_item(4, paper_id=PaperId("paper-3")),
        an_item(5, paper_id=PaperId("gone")),
    )

    async with storage.unit_of_work() as uow:
        ready = await uow.batches.ready(BatchId("batch-1"), limit=9)
        first = await uow.batches.ready(BatchId("batch-1"), limit=1)

    assert [item.number for item in ready] == [2, 4, 5]
    assert [item.number for item in first] == [2]


async def test_items_without_their_run_are_counted_as_gone(storage: Storage) -> None:
    await storage.has(a_paper(id="paper-1"), a_finished_run("run-1"))
    await arranged(
        storage,
        a_batch(),
        an_item(1, run_id=RunId("run-1"), status=ItemStatus.FINISHED),
        an_item(2, run_id=RunId("run-2"), status=ItemStatus.FINISHED),
        an_item(3),
    )

    async with storage.unit_of_work() as uow:
        counts = await uow.batches.counts(BatchId("batch-1"))

    assert counts == {ItemStatus.FINISHED: 1, ItemStatus.GONE: 1, ItemStatus.WAITING: 1}


async def test_many_items_are_moved_at_once_away_from_their_runs(storage: Storage) -> None:
    await arranged(
        storage,
        a_batch(),
        an_item(1, status=ItemStatus.FAILED, run_id=RunId("r")),
        an_item(2, status=ItemStatus.GONE),
        an_item(3, status=ItemStatus.FINISHED, run_id=RunId("s")),
    )

    async with storage.unit_of_work() as uow:
        moved = await uow.batches.move(
            BatchId("batch-1"), out_of=(ItemStatus.FAILED, ItemStatus.GONE), to=ItemStatus.WAITING
        )
        await uow.commit()

    assert moved == 2
    async with storage.unit_of_work() as uow:
        items = await uow.batches.items(BatchId("batch-1"))
    assert [(item.status, item.run_id) for item in items] == [
        (ItemStatus.WAITING, None),
        (ItemStatus.WAITING, None),
        (ItemStatus.FINISHED, "s"),
    ]


async def test_saved_items_change_and_others_stay(storage: Storage) -> None:
    await arranged(storage, a_batch(), an_item(1), an_item(2))
    changed = an_item(1, status=ItemStatus.FAILED, error=Problem("no_text", {}))

    async with storage.unit_of_work() as uow:
        await uow.batches.save_items([changed, an_item(9)])
        await uow.commit()

    async with storage.unit_of_work() as uow:
        assert list(await uow.batches.items(BatchId("batch-1"))) == [changed, an_item(2)]


async def test_active_are_those_of_an_owner_that_are_not_over(storage: Storage) -> None:
    for number, (status, owner) in enumerate(
        [
            (BatchStatus.RUNNING, "server"),
            (BatchStatus.PAUSED, "server"),
            (BatchStatus.FINISHED, "server"),
            (BatchStatus.RUNNING, "cli:1"),
        ]
    ):
        await arranged(storage, a_batch(f"batch-{number}", status=status, owner=owner, key=None))

    async with storage.unit_of_work() as uow:
        active = await uow.batches.active(owner="server")
        page = await uow.batches.list(LOCAL_WORKSPACE, limit=2, cursor="batch-3")

    assert [batch.id for batch in active] == ["batch-0", "batch-1"]
    assert [batch.id for batch in page] == ["batch-2", "batch-1"]


async def test_of_one_key_the_newest_batch_is_found(storage: Storage) -> None:
    await arranged(storage, a_batch("batch-1"))
    await arranged(storage, a_batch("batch-2"))
    await arranged(storage, a_batch("batch-3", key="another"))

    async with storage.unit_of_work() as uow:
        known = await uow.batches.with_key(LOCAL_WORKSPACE, "k")
        unknown = await uow.batches.with_key(LOCAL_WORKSPACE, "no")

    assert known
    assert (known.id, unknown) == ("batch-2", None)


async def test_a_deleted_batch_takes_its_items_and_leaves_their_runs(storage: Storage) -> None:
    await storage.has(a_paper(id="paper-1"), a_finished_run("run-1"))
    await arranged(storage, a_batch(), an_item(1, run_id=RunId("run-1")))

    async with storage.unit_of_work() as uow:
        await uow.batches.delete(BatchId("batch-1"))
        await uow.commit()

    async with storage.unit_of_work() as uow:
        assert await uow.batches.get(BatchId("batch-1")) is None
        assert list(await uow.batches.items(BatchId("batch-1"))) == []
        assert list(await uow.batches.runs({RunId("run-1"), RunId("no")})) == ["run-1"]


async def test_runs_under_way_are_found_by_what_they_ask(storage: Storage) -> None:
    await storage.has(
        a_paper(id="paper-1"),
        a_queued_run("run-1", reuse_key="k"),
        a_queued_run("run-2", reuse_key="k", status=RunStatus.RUNNING),
        a_queued_run("run-3", reuse_key="other"),
        a_finished_run("run-4", reuse_key="k"),
    )

    async with storage.unit_of_work() as uow:
        found = await uow.batches.under_way(LOCAL_WORKSPACE, "k")

    assert [run.id for run in found] == ["run-1", "run-2"]


async def test_who_waits_for_a_run_and_which_papers_there_are(storage: Storage) -> None:
    await storage.has(
        a_paper(id="paper-1"), a_paper(id="paper-2", sha256="2" * 64, status=PaperStatus.REFUSED)
    )
    await arranged(
        storage,
        a_batch(),
        an_item(1, run_id=RunId("r"), status=ItemStatus.RUNNING),
        an_item(2, run_id=RunId("r"), status=ItemStatus.FINISHED),
    )

    async with storage.unit_of_work() as uow:
        users = await uow.batches.users_of(RunId("r"))
        library = await uow.batches.library(LOCAL_WORKSPACE)
        papers = await uow.batches.papers({PaperId("paper-2"), PaperId("no")})
        of_batch = await uow.batches.papers_of(BatchId("batch-1"))

    assert [item.number for item in users] == [1]
    assert list(library) == ["paper-1"]
    assert list(papers) == ["paper-2"]
    assert set(of_batch) == {"paper-1"}


async def test_who_is_alone_sees_what_the_one_before_committed(storage: Storage) -> None:
    await arranged(storage, a_batch())

    async with storage.unit_of_work() as uow:
        await uow.batches.alone()
        await uow.batches.save(a_batch(status=BatchStatus.CANCELLED))
        await uow.commit()

    async with storage.unit_of_work() as uow:
        await uow.batches.alone()
        batch = await uow.batches.get(BatchId("batch-1"))
    assert batch
    assert batch.status is BatchStatus.CANCELLED
