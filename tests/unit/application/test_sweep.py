"""What nobody works on is taken up, as much as there is room for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import NamedTuple

import pytest
from server.application import sweep as sweeping
from server.application.sweep import Sweep
from server.domain.errors import BusyError
from server.domain.ids import PaperId, RunId
from server.domain.papers import PaperStatus
from server.domain.runs import RunStatus

from builders import a_paper, a_queued_run
from memory import Memory

pytestmark = pytest.mark.anyio

LONG_AGO = timedelta(hours=1)
PATIENCE = timedelta(seconds=70)


class Room(NamedTuple):
    runs: int
    papers: int


@dataclass
class Hands:
    """Takes jobs and does nothing."""

    room: Room = field(default_factory=lambda: Room(8, 2))
    told: list[str] = field(default_factory=list)
    let_go: asyncio.Event = field(default_factory=asyncio.Event)

    async def read_paper(self, id: PaperId) -> None:  # noqa: A002
        self.told.append(id)

    async def execute_runs(self, ids: Sequence[RunId]) -> None:
        self.told.extend(ids)

    async def cancel_run(self, id: RunId) -> None:  # noqa: A002
        raise NotImplementedError

    async def freed(self) -> None:
        await self.let_go.wait()
        self.let_go.clear()


@dataclass
class Floor:
    memory: Memory = field(default_factory=Memory)
    here: Hands = field(default_factory=Hands)
    queue: Hands | None = None

    async def has(self, *runs: str, age: timedelta = LONG_AGO, **changes: object) -> None:
        async with self.memory.unit_of_work() as uow:
            if await uow.papers.get(a_paper().id) is None:
                await uow.papers.add(a_paper())
            for name in runs:
                at = self.memory.clock.now() - age
                await uow.runs.add(replace(a_queued_run(name, created_at=at), **changes))
            await uow.commit()

    async def has_unread(self, name: str, *, age: timedelta) -> None:
        at = self.memory.clock.now() - age
        paper = a_paper(id=PaperId(name), sha256=f"{name:>064}", status=PaperStatus.READING, created_at=at)
        async with self.memory.unit_of_work() as uow:
            await uow.papers.add(paper)
            await uow.commit()

    @asynccontextmanager
    async def swept(self) -> AsyncIterator[None]:
        """Once, and more while the body runs."""
        sweep = Sweep(
            self.memory.unit_of_work, self.here, self.memory.clock, "server", PATIENCE, queue=self.queue
        )
        task = asyncio.create_task(sweep())
        await settle()
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


async def settle() -> None:
    for _ in range(50):
        await asyncio.sleep(0)


async def test_runs_nobody_holds_are_taken_up_oldest_first() -> None:
    floor = Floor()
    now = floor.memory.clock.now()
    await floor.has("b", "a")
    await floor.has("held", status=RunStatus.RUNNING, lease_until=now + timedelta(seconds=1))
    await floor.has("lapsed", status=RunStatus.RUNNING, lease_until=now - timedelta(seconds=1))
    await floor.has("of a command line", owner="cli:1")

    async with floor.swept():
        assert floor.here.told == ["a", "b", "lapsed"]


async def test_a_run_recorded_just_now_is_left_to_whoever_was_told_of_it() -> None:
    floor = Floor()
    await floor.has("new", age=timedelta(seconds=1))

    async with floor.swept():
        assert floor.here.told == []


async def test_no_more_is_taken_than_there_is_room_for_and_more_as_soon_as_there_is() -> None:
    floor = Floor(here=Hands(room=Room(2, 2)))
    await floor.has("a", "b", "c")

    async with floor.swept():
        assert floor.here.told == ["a", "b"]
        async with floor.memory.unit_of_work() as uow:
            await uow.runs.delete(RunId("a"))
            await uow.commit()
        floor.here.let_go.set()
        await settle()
        assert floor.here.told == ["a", "b", "b", "c"]


async def test_without_room_nothing_is_taken() -> None:
    floor = Floor(here=Hands(room=Room(0, 0)))
    await floor.has("a")

    async with floor.swept():
        assert floor.here.told == []


async def test_a_server_that_starts_reads_all_papers_that_are_not_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sweeping, "EVERY_S", 0)
    floor = Floor()
    await floor.has_unread("new", age=timedelta(0))

    async with floor.swept():
        assert floor.here.told == ["new"], "once: it is being read now"


async def test_with_a_queue_papers_nobody_was_told_of_are_told_to_it_and_lost_ones_read_here() -> None:
    floor = Floor(queue=Hands())
    await floor.has_unread("new", age=timedelta(seconds=1))
    await floor.has_unread("untold", age=timedelta(seconds=5))
    await floor.has_unread("lost", age=PATIENCE + timedelta(seconds=1))

    async with floor.swept():
        assert floor.queue
        assert (floor.queue.told, floor.here.told) == (["untold"], ["lost"])


async def test_a_database_that_is_away_is_looked_into_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(sweeping, "EVERY_S", 0)
    floor = Floor()
    await floor.has("a")
    opened, tries = floor.memory.unit_of_work, []

    def away_at_first() -> object:
        tries.append(1)
        if len(tries) == 1:
            raise BusyError(retry_after_s=1)
        return opened()

    monkeypatch.setattr(floor.memory, "unit_of_work", away_at_first)
    async with floor.swept():
        assert "a" in floor.here.told
    assert caplog.text.count("nothing taken up: busy") == 1


async def test_what_cannot_be_made_out_keeps_nothing_else_from_being_taken_up_ever_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(sweeping, "EVERY_S", 0)
    floor = Floor()
    await floor.has("a")
    tries = []

    async def broken(ids: Sequence[RunId]) -> None:
        tries.append(ids)
        if len(tries) == 1:
            raise ValueError(*ids)
        floor.here.told.extend(ids)

    async def unreadable(_: object, *, first: bool) -> None:
        raise LookupError(first)

    monkeypatch.setattr(floor.here, "execute_runs", broken)
    monkeypatch.setattr(Sweep, "_papers", unreadable)
    async with floor.swept():
        assert "a" in floor.here.told
    assert "nothing taken up: ValueError" in caplog.text
    assert "no paper taken up: LookupError" in caplog.text
