"""Batches: what is started when, shared, paused, taken up again and stopped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from server.adapters.scripted_engine import Script
from server.application.run_batch import RunBatches
from server.application.start_batch import BatchRequest
from server.domain.batches import Batch, BatchItem, BatchStatus, ItemStatus
from server.domain.errors import (
    ConflictError,
    EncryptedPaperError,
    InvalidRequestError,
    NotFoundError,
    UnavailableError,
)
from server.domain.ids import BatchId, PaperId
from server.domain.models import Prices
from server.domain.requests import ReaderRequest
from server.domain.runs import RunStatus, Usage

from house import PDF, House, a_wire_answer

pytestmark = pytest.mark.anyio

BOTH = (ReaderRequest("summarizer"), ReaderRequest("interpreter"))


async def papers(house: House, count: int) -> tuple[PaperId, ...]:
    """Arrange: so many different papers, read."""
    return tuple([await house.a_ready_paper(PDF + str(number).encode()) for number in range(count)])


async def begun(house: House, *given: PaperId, readers: Sequence[ReaderRequest] = BOTH, **more: Any) -> Batch:
    return await house.batching(BatchRequest(given, tuple(readers), **more))


async def executed(house: House) -> None:
    """All that was queued is executed, and the batches look again, until nothing happens any more."""
    await house.run_batches()
    done = 0
    while done < len(house.memory.jobs.enqueued):
        run_id = house.memory.jobs.enqueued[done]
        done += 1
        await house.execute(run_id)
        if done == len(house.memory.jobs.enqueued):
            await house.run_batches()


def items(house: House, batch: Batch) -> list[BatchItem]:
    kept = house.memory.kept.batch_items.values()
    return sorted((i for i in kept if i.batch_id == batch.id), key=lambda i: i.number)


def statuses(house: House, batch: Batch) -> list[str]:
    return [item.status.value for item in items(house, batch)]


def kept(house: House, batch: Batch) -> Batch:
    return house.memory.kept.batches[batch.id]


async def test_readers_of_one_paper_follow_each_other() -> None:
    house = House()
    first, second = await papers(house, 2)

    await begun(house, first, second)
    await house.run_batches()

    runs = [house.kept(run_id) for run_id in house.memory.jobs.enqueued]
    assert [(run.paper_id, run.persona.id) for run in runs] == [
        (first, "summarizer"),
        (first, "interpreter"),
        (second, "summarizer"),
        (second, "interpreter"),
    ]
    assert all(house.memory.jobs.committed_when_enqueued)


async def test_a_batch_ends_when_all_its_runs_have() -> None:
    house = House()
    batch = await begun(house, *await papers(house, 2))

    await executed(house)

    assert statuses(house, batch) == ["finished"] * 4
    assert kept(house, batch).status is BatchStatus.FINISHED
    assert kept(house, batch).finished_at == house.memory.clock.now()


async def test_the_queue_never_holds_more_than_the_window_and_one_paper() -> None:
    house = House()
    house.run_batches.window = 3
    await begun(house, *await papers(house, 5))

    await house.run_batches()
    await house.run_batches()

    assert len(house.memory.jobs.enqueued) == 4


async def test_nothing_is_added_while_the_runs_of_people_wait() -> None:
    house = House()
    house.run_batches.window = 2
    paper, other = await papers(house, 2)
    for language in ("en", "ja"):
        await house.a_run(paper_id=other, language=language)

    batch = await begun(house, paper)
    await house.run_batches()

    assert statuses(house, batch) == ["waiting", "waiting"]


async def test_an_equal_finished_run_is_reused_and_costs_nothing() -> None:
    house = House(prices=Prices(1.0, 1.0))
    (paper,) = await papers(house, 1)
    run = await house.executed(paper_id=paper)

    batch = await begun(house, paper, readers=BOTH[:1])
    await house.run_batches()

    (item,) = items(house, batch)
    assert (item.status, item.run_id, item.shared) == (ItemStatus.FINISHED, run.id, True)
    assert kept(house, batch).cost_usd is None
    assert kept(house, batch).status is BatchStatus.FINISHED


async def test_an_equal_run_under_way_is_shared() -> None:
    house = House()
    (paper,) = await papers(house, 1)
    run = await house.a_run(paper_id=paper)
    one = await begun(house, paper, readers=BOTH[:1])
    two = await begun(house, paper, readers=BOTH[:1])

    await house.run_batches()

    assert [items(house, batch)[0].run_id for batch in (one, two)] == [run.id, run.id]
    assert house.memory.jobs.enqueued == [run.id]
    await executed(house)
    assert statuses(house, one) == statuses(house, two) == ["finished"]


async def test_two_feeders_start_every_run_once() -> None:
    house = House()
    batch = await begun(house, *await papers(house, 2))
    other = RunBatches(house.memory.unit_of_work, house.start)

    for feeder in (house.run_batches, other):
        await feeder.step(batch.id)

    assert len(house.memory.kept.runs) == 4
    assert len(house.memory.jobs.enqueued) == 4


async def test_what_one_process_feeds_another_leaves_until_it_is_gone() -> None:
    house = House()
    batch = await begun(house, *await papers(house, 1))
    await house.run_batches()
    other = RunBatches(house.memory.unit_of_work, house.start)
    for run_id in house.memory.jobs.enqueued:
        await house.execute(run_id)

    await other()
    assert statuses(house, batch) == ["running", "running"]
    house.memory.clock.advance(11)
    await other()

    assert statuses(house, batch) == ["finished", "finished"]


async def test_items_wait_for_their_paper_and_others_go_ahead() -> None:
    house = House()
    unread = (await house.ingest(b"%PDF- unread", filename="a.pdf")).paper.id
    (ready,) = await papers(house, 1)

    batch = await begun(house, unread, ready)
    await house.run_batches()
    assert statuses(house, batch) == ["waiting", "waiting", "running", "running"]
    await house.read_paper(unread)
    await executed(house)

    assert statuses(house, batch) == ["finished"] * 4


async def test_a_refused_paper_costs_only_its_own_items() -> None:
    house = House()
    (ready,) = await papers(house, 1)
    house.reader.error = EncryptedPaperError()
    locked = await house.a_ready_paper(b"%PDF- locked")

    batch = await begun(house, locked, ready)
    await executed(house)

    assert statuses(house, batch) == ["failed", "failed", "finished", "finished"]
    error = items(house, batch)[0].error
    assert error
    assert error.code == "encrypted"


async def test_deleted_papers_and_runs_are_gone() -> None:
    house = House()
    first, second = await papers(house, 2)
    batch = await begun(house, first, second)
    house.run_batches.window = 1
    await house.run_batches()
    run_id = items(house, batch)[1].run_id
    assert run_id

    await house.change.delete_run(run_id)
    await house.change.delete_paper(second)
    await house.run_batches()

    await executed(house)
    assert statuses(house, batch) == ["finished", "gone", "gone", "gone"]
    assert kept(house, batch).status is BatchStatus.FINISHED


async def test_a_finished_item_whose_run_was_deleted_is_shown_as_gone() -> None:
    house = House()
    batch = await begun(house, *await papers(house, 1))
    await executed(house)
    run_id = items(house, batch)[0].run_id
    assert run_id

    await house.change.delete_run(run_id)

    view = await house.batch_results.batch(batch.id)
    assert view.counts == {ItemStatus.GONE: 1, ItemStatus.FINISHED: 1}
    assert [r.status async for r in house.batch_results.results(batch.id)] == [
        ItemStatus.GONE,
        ItemStatus.FINISHED,
    ]


async def test_cost_is_what_its_own_runs_cost() -> None:
    house = House(Script(a_wire_answer(), usage=Usage(500_000, 0, 100_000)), prices=Prices(1.0, 10.0))
    reused, new = await papers(house, 2)
    await house.executed(paper_id=reused)
    batch = await begun(house, reused, new, readers=BOTH[:1])

    await executed(house)

    assert kept(house, batch).cost_usd == pytest.approx(0.5 + 1.0)


async def test_a_batch_over_the_budget_waits_for_the_next_day_and_says_so() -> None:
    house = House(prices=Prices(100.0, 100.0), daily_usd=0.01)
    batch = await begun(house, *await papers(house, 1), readers=BOTH[:1])

    await house.run_batches()

    paused = kept(house, batch)
    assert paused.status is BatchStatus.PAUSED
    assert paused.reason
    assert paused.reason.code == "over_budget"
    assert paused.resumes_at == house.memory.clock.now().replace(hour=0) + timedelta(days=1)
    object.__setattr__(house.budget, "daily_usd", None)
    await house.run_batches()
    assert statuses(house, batch) == ["waiting"]

    house.memory.clock.advance(24 * 3600)
    await executed(house)

    assert statuses(house, batch) == ["finished"]
    assert kept(house, batch).reason is None


async def test_cancelling_stops_its_own_runs_and_leaves_those_of_others() -> None:
    house = House()
    (paper,) = await papers(house, 1)
    shared = await house.a_run(paper_id=paper)
    batch = await begun(house, paper)
    await house.run_batches()

    await house.batching.cancel(batch.id)

    assert statuses(house, batch) == ["cancelled", "cancelled"]
    own = next(run for run in house.memory.kept.runs.values() if run.id != shared.id)
    assert own.status is RunStatus.CANCELLED
    assert house.kept(shared).status is RunStatus.QUEUED
    with pytest.raises(ConflictError):
        await house.batching.cancel(batch.id)


async def test_a_batch_of_one_name_is_gone_on_with() -> None:
    house = House()
    first, second = await papers(house, 2)
    batch = await begun(house, first, name="a folder")
    await executed(house)

    again = await begun(house, second, first, name="a folder")
    await executed(house)

    assert again.id == batch.id
    assert [(item.number, item.paper_id) for item in items(house, batch)] == [
        (1, first),
        (2, first),
        (3, second),
        (4, second),
    ]
    assert statuses(house, batch) == ["finished"] * 4


async def test_other_readers_make_another_batch_of_the_same_name() -> None:
    house = House()
    (paper,) = await papers(house, 1)
    one = await begun(house, paper, name="a folder")

    two = await begun(house, paper, readers=BOTH[:1], name="a folder")

    assert one.id != two.id


async def test_cancelled_items_are_taken_up_again_and_failed_ones_on_demand() -> None:
    house = House(UnavailableError(host="h"))
    (paper,) = await papers(house, 1)
    batch = await begun(house, paper, name="a folder", readers=BOTH[:1])
    await executed(house)
    assert statuses(house, batch) == ["failed"]

    await begun(house, paper, name="a folder", readers=BOTH[:1])
    assert statuses(house, batch) == ["failed"]
    assert kept(house, batch).status is BatchStatus.FINISHED
    await begun(house, paper, name="a folder", readers=BOTH[:1], retry_failed=True)
    assert statuses(house, batch) == ["waiting"]
    await house.batching.cancel(batch.id)
    await begun(house, paper, name="a folder", readers=BOTH[:1])

    assert statuses(house, batch) == ["waiting"]
    assert kept(house, batch).status is BatchStatus.RUNNING


async def test_runs_of_an_interrupted_command_line_are_taken_over_by_the_next() -> None:
    house = House()
    object.__setattr__(house.start, "owner", "cli:first")
    (paper,) = await papers(house, 1)
    batch = await begun(house, paper, name="a folder")
    await house.run_batches()
    object.__setattr__(house.start, "owner", "cli:second")

    again = await begun(house, paper, name="a folder")
    await house.run_batches()

    assert again.id == batch.id
    assert {run.owner for run in house.memory.kept.runs.values()} == {"cli:second"}
    assert house.memory.jobs.enqueued[2:] == [item.run_id for item in items(house, batch)]


async def test_a_run_that_somebody_still_executes_is_not_taken_over() -> None:
    house = House()
    object.__setattr__(house.start, "owner", "cli:first")
    (paper,) = await papers(house, 1)
    await begun(house, paper, name="a folder", readers=BOTH[:1])
    await house.run_batches()
    (run,) = house.memory.kept.runs.values()
    lease = house.memory.clock.now() + timedelta(seconds=30)
    house.memory.has(replace(run, status=RunStatus.RUNNING, fence=1, lease_until=lease))
    object.__setattr__(house.start, "owner", "cli:second")

    await begun(house, paper, name="a folder", readers=BOTH[:1])
    await house.run_batches()
    assert house.kept(run).owner == "cli:first"
    house.memory.clock.advance(31)
    await house.run_batches()

    assert house.kept(run).owner == "cli:second"


async def test_only_a_batch_that_is_over_is_forgotten_and_its_runs_stay() -> None:
    house = House()
    batch = await begun(house, *await papers(house, 1))
    with pytest.raises(ConflictError):
        await house.batching.delete(batch.id)
    await executed(house)

    await house.batching.delete(batch.id)

    assert (house.memory.kept.batches, house.memory.kept.batch_items) == ({}, {})
    assert len(house.memory.kept.runs) == 2


async def test_a_data_set_is_every_paper_that_is_not_refused() -> None:
    house = House()
    ready = await papers(house, 2)
    house.reader.error = EncryptedPaperError()
    await house.a_ready_paper(b"%PDF- locked")

    batch = await begun(house, readers=BOTH[:1], dataset="all")

    assert [item.paper_id for item in items(house, batch)] == list(ready)


@pytest.mark.parametrize(
    ("request_", "error"),
    [
        (BatchRequest((), BOTH), InvalidRequestError),
        (BatchRequest((), BOTH, dataset="all"), InvalidRequestError),
        (BatchRequest((), BOTH, dataset="none"), InvalidRequestError),
        (BatchRequest((PaperId("p"),), BOTH, dataset="all"), InvalidRequestError),
        (BatchRequest((PaperId("p"),), ()), InvalidRequestError),
        (BatchRequest((PaperId("p"),), BOTH), NotFoundError),
        (BatchRequest((PaperId("p"),), (ReaderRequest("nobody"),)), NotFoundError),
        (BatchRequest((PaperId("p"),), (ReaderRequest("summarizer", model="none"),)), NotFoundError),
    ],
)
async def test_what_cannot_be_started_is_refused_at_once(
    request_: BatchRequest, error: type[Exception]
) -> None:
    house = House()

    with pytest.raises(error):
        await house.batching(request_)

    assert house.memory.kept.batches == {}


async def test_a_reader_given_twice_reads_once() -> None:
    house = House()

    batch = await begun(house, *await papers(house, 1), readers=(*BOTH, *BOTH))

    assert len(items(house, batch)) == 2


async def test_how_long_it_takes_is_told_from_the_pace_of_late() -> None:
    house = House()
    house.run_batches.window = 1
    batch = await begun(house, *await papers(house, 3), readers=BOTH[:1])
    await house.run_batches()
    house.memory.clock.advance(10)
    await house.execute(house.memory.jobs.enqueued[0])
    await house.run_batches()

    view = await house.batch_results.batch(batch.id)

    assert view.left == timedelta(seconds=20)


async def test_a_batch_that_is_not_there_is_said_so() -> None:
    house = House()

    with pytest.raises(NotFoundError):
        await house.batch_results.batch(BatchId("none"))
