"""Events written together: one transaction for those that wait, and each keeps its own fate."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from server.adapters.database import Database
from server.adapters.run_events import SqlEvents
from server.domain.errors import NotFoundError
from sqlalchemy import event

pytestmark = pytest.mark.anyio


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'events.db'}")
    await database.upgrade()
    yield database
    await database.close()


async def test_events_that_wait_share_a_transaction(database: Database) -> None:
    said: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *given: said.append(given[2]))
    events = SqlEvents(database)

    await asyncio.gather(*(events.append(f"note:{n % 7}", "told", {"n": n}) for n in range(50)))

    assert said.count("BEGIN IMMEDIATE") == 1


async def test_events_of_one_stream_keep_the_order_they_were_told_in(database: Database) -> None:
    events = SqlEvents(database)

    await asyncio.gather(*(events.append(f"note:{n % 3}", "told", {"n": n}) for n in range(30)))

    kept = await events.after(["note:1"], 0)
    assert [(one.id, one.data["n"]) for one in kept] == [(n // 3 + 1, n) for n in range(1, 30, 3)]


async def test_an_event_of_what_is_gone_fails_alone(database: Database) -> None:
    events = SqlEvents(database)

    told = await asyncio.gather(
        events.append("note:1", "told", {}),
        events.append("run:gone", "told", {}),
        events.append("run:gone", "told", {}, fence=1),
        events.append("note:2", "told", {}),
        return_exceptions=True,
    )

    assert [isinstance(one, NotFoundError) for one in told] == [False, True, True, False]


async def test_what_the_database_refuses_together_is_tried_one_by_one(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = SqlEvents(database)
    batches = events._batches
    commit = batches._commit

    async def refuse(batch: Sequence[Any]) -> Any:
        if any(one.values["name"] == "bad" for one in batch):
            raise ValueError
        return await commit(batch)

    monkeypatch.setattr(batches, "_commit", refuse)
    names = ["good", "bad", "good"]
    told = await asyncio.gather(
        *(events.append("note:1", name, {}) for name in names), return_exceptions=True
    )

    assert [isinstance(one, ValueError) for one in told] == [False, True, False]
    assert [one.id for one in await events.after(["note:1"], 0)] == [1, 2]


async def test_who_is_cancelled_takes_no_others_with_them(database: Database) -> None:
    events = SqlEvents(database)
    leaving = asyncio.create_task(events.append("note:1", "first", {}))
    staying = asyncio.create_task(events.append("note:1", "second", {}))
    await asyncio.sleep(0)
    leaving.cancel()

    await asyncio.gather(leaving, return_exceptions=True)

    assert leaving.cancelled()
    assert (await staying).name == "second"


async def test_telling_inside_ones_own_unit_of_work_is_refused(database: Database) -> None:
    async with database.transaction() as transaction:
        await transaction.begin()
        with pytest.raises(RuntimeError, match="commit the outer one first"):
            await SqlEvents(database).append("note:1", "told", {})
