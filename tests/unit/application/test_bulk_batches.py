"""Batches whose questions are sent in bulk: what is sent, what becomes of the answers, and of questions without one."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from server.adapters.scripted_engine import Script
from server.application.ports import Question
from server.application.ports.bulk import BulkAnswer
from server.application.run_batch import RunBatches
from server.application.send_in_bulk import SendInBulk
from server.application.start_batch import BatchRequest
from server.domain.batches import Batch, BatchMode, BatchStatus
from server.domain.errors import InvalidRequestError, ProviderAuthError, RunError, UnavailableError
from server.domain.ids import PaperId
from server.domain.models import ModelSpec, Prices
from server.domain.requests import ReaderRequest
from server.domain.runs import RunSettings, RunStatus, Usage

from house import PDF, House, a_wire_answer, either

pytestmark = pytest.mark.anyio

BOTH = (ReaderRequest("summarizer"), ReaderRequest("interpreter"))


class Provider:
    """Takes lots, and answers when told to."""

    def __init__(self) -> None:
        self.lots: dict[str, Mapping[str, Question]] = {}
        self.marks: list[str] = []
        self.done = False
        self.silent: set[str] = set()
        """Ids of questions that get no answer."""
        self.error: RunError | None = None
        self.cancelled: list[str] = []
        self.sending, self.may_end = asyncio.Event(), asyncio.Event()
        self.may_end.set()

    async def send(self, spec: ModelSpec, mark: str, questions: Mapping[str, Question]) -> str:  # noqa: ARG002
        if self.error:
            raise self.error
        self.sending.set()
        await self.may_end.wait()
        self.marks.append(mark)
        name = f"lot-{mark}"
        self.lots[name] = dict(questions)
        return name

    async def answers(self, spec: ModelSpec, lot: str) -> Mapping[str, BulkAnswer] | None:  # noqa: ARG002
        if not self.done:
            return None
        return {
            id_: BulkAnswer(json.dumps(either(question)), Usage(1_000_000, 0, 100_000))
            for id_, question in self.lots[lot].items()
            if id_ not in self.silent
        }

    async def cancel(self, spec: ModelSpec, lots: Sequence[str]) -> None:  # noqa: ARG002
        self.cancelled.extend(lots)


class BulkHouse(House):
    """A house whose model can be asked in bulk."""

    def __init__(self, *scripts: Any, **more: Any) -> None:
        super().__init__(*scripts, **{"batch": True, "prices": Prices(1.0, 10.0), **more})
        self.provider = Provider()
        memory = self.memory
        bulk = SendInBulk(
            memory.unit_of_work, self.execute, self.models, memory.jobs, memory.clock, self.provider
        )
        self.run_batches.bulk = bulk
        object.__setattr__(self.batching, "bulk", bulk)

    async def begun(self, *papers: PaperId, readers: Sequence[ReaderRequest] = BOTH, **more: Any) -> Batch:
        more.setdefault("mode", BatchMode.PROVIDER)
        return await self.batching(BatchRequest(papers, tuple(readers), **more))

    async def looked(self, times: int = 4) -> None:
        """The feeder looks so many times, more than a minute apart; what it queues is executed."""
        for _ in range(times):
            await self.run_batches()
            for run_id in self.memory.jobs.enqueued:
                await self.execute(run_id)
            self.memory.clock.advance(61)

    def statuses(self, batch: Batch) -> list[str]:
        items = sorted(self.memory.kept.batch_items.values(), key=lambda i: i.number)
        return [item.status.value for item in items if item.batch_id == batch.id]


async def test_questions_are_sent_in_one_lot_and_their_answers_taken_at_half_the_price() -> None:
    house = BulkHouse()
    first, second = [await house.a_ready_paper(PDF + bytes([n])) for n in (65, 66)]
    batch = await house.begun(first, second)

    await house.looked()
    assert house.statuses(batch) == ["sent"] * 4
    assert [len(lot) for lot in house.provider.lots.values()] == [4]
    house.provider.done = True
    await house.looked()

    assert house.statuses(batch) == ["finished"] * 4
    assert house.engine.questions == []
    runs = house.memory.kept.runs.values()
    assert [run.usage.cost_usd for run in runs] == [pytest.approx((1.0 + 1.0) / 2)] * 4
    assert house.memory.kept.batches[batch.id].cost_usd == pytest.approx(4.0)
    assert house.memory.kept.batches[batch.id].status is BatchStatus.FINISHED


async def test_a_question_without_an_answer_is_asked_live() -> None:
    house = BulkHouse()
    batch = await house.begun(await house.a_ready_paper())
    await house.looked()
    (lot,) = house.provider.lots.values()
    house.provider.silent = {next(iter(lot))}
    house.provider.done = True

    await house.looked()

    assert house.statuses(batch) == ["finished"] * 2
    assert len(house.engine.questions) == 1


async def test_what_is_sent_waits_for_nobody_and_is_executed_by_nobody() -> None:
    house = BulkHouse()
    await house.begun(await house.a_ready_paper())

    await house.looked()

    assert house.memory.jobs.enqueued == []
    async with house.memory.unit_of_work() as uow:
        assert await uow.runs.waiting(owner="server", at_most=9) == 0


async def test_without_a_model_that_takes_questions_in_bulk_it_is_refused() -> None:
    house = BulkHouse(batch=False)

    with pytest.raises(InvalidRequestError):
        await house.begun(await house.a_ready_paper())


async def test_a_batch_for_the_queue_sends_nothing_in_bulk() -> None:
    house = BulkHouse()
    batch = await house.begun(await house.a_ready_paper(), mode=BatchMode.QUEUE)

    await house.looked()

    assert house.statuses(batch) == ["finished"] * 2
    assert house.provider.lots == {}


async def test_a_reader_of_several_calls_goes_through_the_queue() -> None:
    house = BulkHouse(Script(either))
    reader = ReaderRequest("summarizer", settings=RunSettings(structure="after"))
    batch = await house.begun(await house.a_ready_paper(), readers=(reader,))

    await house.looked(6)

    assert house.provider.lots == {}
    assert house.statuses(batch) in (["finished"], ["failed"])
    assert len(house.engine.questions) > 1


async def test_a_lot_whose_name_was_lost_is_sent_under_the_same_mark() -> None:
    house = BulkHouse()
    await house.begun(await house.a_ready_paper())
    house.provider.error = UnavailableError(host="h")
    await house.looked(3)
    marked = {item.sent for item in house.memory.kept.batch_items.values()}
    house.provider.error = None

    await house.looked(1)

    assert {f"to send:{mark}" for mark in house.provider.marks} == marked


async def test_an_endpoint_that_refuses_leaves_all_to_the_queue() -> None:
    house = BulkHouse()
    house.provider.error = ProviderAuthError(host="h")
    batch = await house.begun(await house.a_ready_paper())

    await house.looked()

    assert house.statuses(batch) == ["finished"] * 2
    assert len(house.engine.questions) == 2


async def test_what_is_cancelled_is_cancelled_at_the_provider_too() -> None:
    house = BulkHouse()
    batch = await house.begun(await house.a_ready_paper())
    await house.looked()

    await house.batching.cancel(batch.id)

    assert house.statuses(batch) == ["cancelled"] * 2
    assert house.provider.cancelled == list(house.provider.lots)
    assert {run.status for run in house.memory.kept.runs.values()} == {RunStatus.CANCELLED}


async def test_an_answer_about_another_paper_is_refused_as_a_live_one_is() -> None:
    house = BulkHouse()
    other = {"title": "Another Paper Altogether", "authors": "A. Author", "year": 1999}
    house.provider.done = True

    async def answers(spec: ModelSpec, lot: str) -> Mapping[str, BulkAnswer]:  # noqa: ARG001
        text = json.dumps(a_wire_answer(header=other))
        return {id_: BulkAnswer(text, Usage(10, 0, 10)) for id_ in house.provider.lots[lot]}

    house.provider.answers = answers  # type: ignore[method-assign]  # for this test
    batch = await house.begun(await house.a_ready_paper(), readers=BOTH[:1])

    await house.looked(6)

    assert house.statuses(batch) == ["failed"]
    (run,) = house.memory.kept.runs.values()
    assert run.error
    assert run.error.code == "wrong_paper"


async def test_a_lot_that_takes_long_to_hand_in_is_handed_in_by_nobody_else() -> None:
    house = BulkHouse()
    batch = await house.begun(await house.a_ready_paper())
    other = RunBatches(house.memory.unit_of_work, house.start, bulk=house.run_batches.bulk)
    house.run_batches.renew_s = 0
    house.provider.may_end.clear()

    async def first() -> None:
        while not house.provider.sending.is_set():
            await house.run_batches()

    handing_in = asyncio.create_task(first())
    await house.provider.sending.wait()
    for _ in range(4):
        house.memory.clock.advance(8)
        now = house.memory.clock.now()
        async with asyncio.timeout(5):
            while (house.memory.kept.batches[batch.id].fed_until or now) <= now:  # noqa: ASYNC110 (a record)
                await asyncio.sleep(0)
    looking = asyncio.create_task(other())
    await asyncio.wait([looking], timeout=1)
    house.provider.may_end.set()
    await asyncio.gather(handing_in, looking)

    assert len(house.provider.marks) == 1
    assert house.memory.kept.batches[batch.id].feeder != other._me
