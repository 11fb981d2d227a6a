"""The queue between servers and workers, on a real PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from anyio import to_thread
from server.adapters.jobs import EmbeddedJobs
from server.adapters.saq_broker import SaqBroker
from server.adapters.saq_jobs import SaqJobs
from server.adapters.saq_worker import SaqWorker
from server.domain.errors import ConflictError, InvalidRequestError
from server.domain.ids import PaperId, RunId
from server.domain.runs import RunStatus
from sqlalchemy import make_url

import postgres
from builders import a_paper, a_queued_run
from memory import Memory

pytestmark = pytest.mark.anyio

PAPER = a_paper().id


@dataclass
class Shop:
    """Records in memory, a queue that is real."""

    url: str
    broker: SaqBroker
    memory: Memory = field(default_factory=Memory)
    done: list[str] = field(default_factory=list)
    during: Callable[[str], Any] = lambda _: None
    """What happens while a job is done."""

    def __post_init__(self) -> None:
        self.jobs = SaqJobs(self.broker, self.memory.unit_of_work)

    async def has(self, *names: str, paper: PaperId = PAPER) -> list[RunId]:
        """These runs are recorded."""
        async with self.memory.unit_of_work() as uow:
            if await uow.papers.get(paper) is None:
                await uow.papers.add(a_paper(id=paper, sha256=f"{paper:>064}"))
            for name in names:
                await uow.runs.add(a_queued_run(name, paper_id=paper))
            await uow.commit()
        return [RunId(name) for name in names]

    def queued(self) -> list[str]:
        sql = "SELECT key FROM saq_jobs WHERE status = 'queued' ORDER BY key"
        return [str(key) for (key,) in self.say(sql)]

    def say(self, sql: str) -> list[tuple[object, ...]]:
        return postgres.server().say(sql, str(make_url(self.url).database))

    @asynccontextmanager
    async def worker(self, *, max_runs: int = 2, grace_s: float = 5) -> AsyncIterator[SaqWorker]:
        hands = EmbeddedJobs(max_runs=max_runs, max_papers=1)
        hands.connect(read_paper=self._read, execute_run=self._execute)
        worker = SaqWorker(
            self.broker, hands, self.memory.unit_of_work, self.memory.clock, owner="server", grace_s=grace_s
        )
        worker.start()
        try:
            yield worker
        finally:
            worker.stop_taking()
            await hands.close(0)
            await worker.ended()

    async def _read(self, id: PaperId) -> None:  # noqa: A002
        self.done.append(id)

    async def _execute(self, id: RunId, *, placed: Callable[[], None]) -> None:  # noqa: A002
        placed()
        async with self.memory.unit_of_work() as uow:
            run = await uow.runs.get(id)
            assert run
            await uow.runs.save(run.cancel(at=self.memory.clock.now()))
            await uow.commit()
        self.done.append(id)
        if (doing := self.during(id)) is not None:
            await doing

    async def until_done(self, *names: str) -> None:
        await until(lambda: set(names) <= set(self.done) and not self.say("SELECT key FROM saq_jobs"))


async def until(happened: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not happened():  # noqa: ASYNC110 (the worker says nothing to us)
            await asyncio.sleep(0.05)


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    url = await to_thread.run_sync(lambda: postgres.server().database())
    broker = SaqBroker(url)
    await broker.open()
    try:
        yield Shop(url, broker)
    finally:
        await broker.close()


async def test_a_paper_is_queued_once_however_many_of_its_runs_are(shop: Shop) -> None:
    other = PaperId("another")
    runs = [*await shop.has("a", "b"), *await shop.has("c", paper=other)]

    await shop.jobs.execute_runs(runs)
    await shop.jobs.execute_runs(runs)
    await shop.jobs.read_paper(other)
    await shop.jobs.read_paper(other)

    assert shop.queued() == [f"execute_runs:{other}", f"execute_runs:{PAPER}", f"read_paper:{other}"]


async def test_a_worker_does_what_is_recorded_in_order_and_what_comes_meanwhile(shop: Shop) -> None:
    async def more() -> None:
        await shop.jobs.execute_runs(await shop.has("d"))

    shop.during = lambda name: more() if name == "b" else None
    await shop.jobs.execute_runs((await shop.has("a", "b", "c"))[:1])

    async with shop.worker(max_runs=1):
        await shop.until_done("a", "b", "c", "d")

    assert shop.done == ["a", "b", "c", "d"]


async def test_a_paper_whose_job_ended_this_second_is_queued_again(shop: Shop) -> None:
    async with shop.worker():
        for name in ("a", "b", "c"):
            await shop.jobs.execute_runs(await shop.has(name))
            await shop.until_done(name)

    assert shop.done == ["a", "b", "c"]


async def test_papers_are_read_beside_runs(shop: Shop) -> None:
    gate = asyncio.Event()
    shop.during = lambda _: gate.wait()
    await shop.jobs.execute_runs(await shop.has("a"))
    await shop.jobs.read_paper(PAPER)

    async with shop.worker(max_runs=1):
        await until(lambda: set(shop.done) == {"a", PAPER})
        gate.set()


async def test_a_run_that_cannot_be_taken_is_not_tried_without_end(shop: Shop) -> None:
    [run] = await shop.has("a")

    async def put_back() -> None:
        kept = shop.memory.kept.runs[run]
        shop.memory.kept.runs[run] = a_queued_run("a", fence=kept.fence, status=RunStatus.QUEUED)

    shop.during = lambda _: put_back()
    await shop.jobs.execute_runs([run])
    async with shop.worker():
        await shop.until_done("a")

    assert shop.done == ["a"]


async def test_a_job_that_fails_leaves_no_word_of_the_paper_in_queue_or_log(
    shop: Shop, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: Any, **__: Any) -> None:
        message = "words of the paper"
        raise KeyError(message)

    def kept() -> str:
        return str(shop.say("SELECT convert_from(job, 'UTF8') FROM saq_jobs"))

    await shop.jobs.execute_runs(await shop.has("a"))
    monkeypatch.setattr("memory_rows.MemoryRuns.left_behind", fail)
    async with shop.worker():
        await until(lambda: "KeyError" in kept())

    assert "WorkFailedError: KeyError" in kept()
    assert "words of the paper" not in kept() + caplog.text


async def test_an_idle_worker_stops_at_once(shop: Shop) -> None:
    async with shop.worker(grace_s=600) as worker:
        await asyncio.sleep(0.3)
        worker.stop_taking()
        async with asyncio.timeout(5):
            await worker.ended()

    await shop.jobs.execute_runs(await shop.has("a"))
    assert shop.queued() == [f"execute_runs:{PAPER}"]


async def test_a_worker_that_stops_ends_what_it_has_begun_and_takes_nothing_more(shop: Shop) -> None:
    gate, begun = asyncio.Event(), asyncio.Event()

    async def wait() -> None:
        begun.set()
        await gate.wait()

    shop.during = lambda _: wait()
    await shop.jobs.execute_runs(await shop.has("a"))
    async with shop.worker() as worker:
        await asyncio.wait_for(begun.wait(), 20)
        worker.stop_taking()
        await shop.jobs.execute_runs(await shop.has("b", paper=PaperId("another")))
        gate.set()
        await asyncio.wait_for(worker.ended(), 20)

    assert shop.done == ["a"]
    assert shop.queued() == ["execute_runs:another"]


async def test_a_queue_that_is_away_costs_nobody_their_work(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    runs = await shop.has("a")
    assert await shop.jobs.answers()
    shop.say("ALTER TABLE saq_jobs RENAME TO gone")

    await shop.jobs.execute_runs(runs)
    await shop.jobs.read_paper(PAPER)

    assert not await shop.jobs.answers()
    assert caplog.text.count("workers not told") == 1, "and is not asked again at once"


async def test_of_processes_that_start_at_once_all_find_the_queues_tables() -> None:
    url = await to_thread.run_sync(lambda: postgres.server().database())
    brokers = [SaqBroker(url) for _ in range(4)]

    await asyncio.gather(*(broker.open() for broker in brokers))

    assert [await broker.papers.count("queued") for broker in brokers] == [0] * 4
    for broker in brokers:
        await broker.close()


async def test_a_queue_that_cannot_be_reached_is_said_without_the_password() -> None:
    with pytest.raises(ConflictError) as refused:
        await SaqBroker("postgresql://me:hush@127.0.0.1:1/x").open()

    assert "127.0.0.1/x" in refused.value.words.en
    assert "hush" not in refused.value.words.en


@pytest.mark.parametrize("url", ["sqlite:///x", "http://127.0.0.1", "queue", "postgresql://[/x", ""])
async def test_what_is_no_address_of_a_broker_is_refused(url: str) -> None:
    with pytest.raises(InvalidRequestError):
        SaqBroker(url)


@pytest.mark.parametrize(
    "url",
    ["redis://127.0.0.1:6379/0", "rediss://me:hush@cache/1", "postgres://a/b", "postgresql+psycopg://a/b"],
)
async def test_these_are_addresses_of_brokers(url: str) -> None:
    assert SaqBroker(url).runs.name == "yomi-runs"
