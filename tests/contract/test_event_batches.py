"""Events written together: whatever happens to their writer, whoever waits for one hears of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
from server.adapters.event_batches import EventBatches

pytestmark = pytest.mark.anyio

SOON_S = 5
VALUES = {"workspace": "w", "name": "field", "data": "{}"}


class FakeDatabase:
    """Answers as it is told to: with so many rows, or by cutting off who writes."""

    def __init__(self, *, rows: int = 0) -> None:
        self.rows = rows
        self.begun = asyncio.Event()
        self.is_stuck = False

    def refuse_nested(self) -> None: ...

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[FakeDatabase]:
        yield self

    async def write_together(self, statements: Sequence[Any]) -> list[tuple[int, int]]:
        self.begun.set()
        if self.is_stuck and len(statements) == 1:
            await asyncio.get_running_loop().create_future()
        if self.is_stuck:
            raise ValueError
        return [(1, 1)] * self.rows


def batches(database: FakeDatabase) -> EventBatches:
    made: Any = database
    return EventBatches(made)


async def ends(adding: Sequence[asyncio.Task[Any]]) -> list[type[BaseException]]:
    """How each of them ended."""
    async with asyncio.timeout(SOON_S):
        found = await asyncio.gather(*adding, return_exceptions=True)
    return [type(one) for one in found]


async def test_whoever_waits_is_told_when_an_answer_does_not_fit() -> None:
    together = batches(FakeDatabase(rows=1))

    adding = [asyncio.create_task(together.add(f"run:{n}", fence=None, values=VALUES)) for n in range(3)]

    assert ValueError in await ends(adding)


async def test_whoever_waits_is_told_when_the_writer_is_cut_off() -> None:
    database = FakeDatabase()
    database.is_stuck = True
    together = batches(database)
    adding = [asyncio.create_task(together.add(f"run:{n}", fence=None, values=VALUES)) for n in range(3)]
    await database.begun.wait()
    writer = together._writer
    assert writer
    late = asyncio.create_task(together.add("run:late", fence=None, values=VALUES))
    await asyncio.sleep(0)

    writer.cancel()

    assert await ends([*adding, late]) == [asyncio.CancelledError] * 4


async def test_who_comes_after_a_writer_that_was_cut_off_is_served() -> None:
    database = FakeDatabase(rows=1)
    database.is_stuck = True
    together = batches(database)
    first = asyncio.create_task(together.add("run:1", fence=None, values=VALUES))
    await database.begun.wait()
    assert together._writer
    together._writer.cancel()
    await ends([first])

    database.is_stuck = False

    assert await together.add("run:1", fence=None, values=VALUES) == (1, 1)
