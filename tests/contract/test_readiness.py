"""Whether a process says rightly that it can take work."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from server.adapters import readiness
from server.adapters.blobs import FileBlobs
from server.adapters.database import Database
from server.adapters.readiness import (
    PROBE,
    Readiness,
    blobs_check,
    database_check,
    queue_check,
    sweeper_check,
)
from server.domain.errors import StorageFullError
from sqlalchemy import make_url, text

import postgres
from memory import MemoryBlobs

pytestmark = pytest.mark.anyio


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    made = Database(f"sqlite+aiosqlite:///{tmp_path / 'yomi.db'}")
    await made.upgrade()
    yield made
    await made.close()


async def yes() -> bool:
    return True


async def no() -> bool:
    return False


async def test_a_process_that_has_all_it_needs_is_ready(database: Database, tmp_path: Path) -> None:
    checks = {
        "database": database_check(database),
        "blobs": blobs_check(FileBlobs(tmp_path / "blobs")),
        "queue": queue_check(yes),
        "sweeper": sweeper_check(lambda: True),
    }

    assert await Readiness(checks).troubles() == []


async def test_each_trouble_is_named_in_a_word(tmp_path: Path) -> None:
    nowhere = tmp_path / "a file"
    nowhere.write_bytes(b"")
    checks = {
        "blobs": blobs_check(FileBlobs(nowhere / "blobs")),
        "queue": queue_check(no),
        "sweeper": sweeper_check(lambda: False),
    }

    assert await Readiness(checks).troubles() == ["blobs", "queue", "sweeper"]


async def test_whatever_does_not_answer_in_time_is_a_trouble(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "PATIENCE_S", 0.02)

    async def for_ever() -> bool:
        await asyncio.Event().wait()
        return True

    async def breaks() -> bool:
        raise RuntimeError

    found = await Readiness({"queue": queue_check(for_ever), "sweeper": queue_check(breaks)}).troubles()

    assert found == ["queue", "sweeper"]


async def test_a_database_of_another_version_is_a_trouble(database: Database) -> None:
    async with database.transaction() as transaction:
        await transaction.write(text("UPDATE alembic_version SET version_num = '9999'"))
        await transaction.commit()

    assert await database_check(database)() == "database"


async def test_a_database_that_only_answers_reads_is_a_trouble(database: Database) -> None:
    async with database.transaction() as transaction:
        # As a file system that has become read-only; root may write to files that forbid it.
        await transaction.do((await transaction.connected()).exec_driver_sql, "PRAGMA query_only = 1")

    assert await database_check(database)() == "read_only"


async def test_a_database_in_which_others_write_is_none(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readiness, "PATIENCE_S", 0.2)
    assert database.path
    other = sqlite3.connect(database.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        assert await database_check(database)() is None
    finally:
        other.close()


async def test_looking_changes_nothing_in_the_database(database: Database) -> None:
    await database_check(database)()

    assert await database.answers()


async def test_a_postgresql_that_only_answers_reads_is_a_trouble() -> None:
    server = postgres.server()
    url = server.with_tables()
    found = []
    for setting in ("off", "on"):
        server.say(f"ALTER DATABASE {make_url(url).database} SET default_transaction_read_only = {setting}")
        database = Database(url)
        found.append(await database_check(database)())
        await database.close()

    assert found == [None, "read_only"]


async def test_blobs_that_were_well_are_not_written_again_at_once() -> None:
    class Full(MemoryBlobs):
        is_full = False

        async def put(self, key: str, data: bytes) -> None:
            if self.is_full:
                raise StorageFullError
            await super().put(key, data)

    full, still_well = Full(), Full()
    well = blobs_check(still_well)
    assert await well() is None
    full.is_full = still_well.is_full = True

    assert await well() is None
    assert await blobs_check(full)() == "storage_full"
    assert await still_well.get(PROBE) == b"ready"
