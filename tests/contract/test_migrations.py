"""The database: made and upgraded through its versions, shared by processes, its errors in our words."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import server.adapters.migrations
from alembic.script import ScriptDirectory
from server.adapters.database import Database
from server.adapters.migrations import HEAD
from server.adapters.stores import SqlUnitOfWorkFactory
from server.adapters.tables import metadata
from server.domain.errors import BusyError, ConflictError, StorageFullError
from server.domain.ids import LOCAL_WORKSPACE, PaperId
from sqlalchemy import text

from builders import a_paper
from differences import differences

pytestmark = pytest.mark.anyio


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Path]:
    return tmp_path / "data" / "yomi.db"


async def test_a_new_database_is_made_once(file: Path) -> None:
    database = Database(f"sqlite:///{file}")

    assert await database.upgrade() is True
    assert await database.upgrade() is False
    await database.close()

    with sqlite3.connect(file) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [(HEAD,)]
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()


async def test_what_is_committed_survives_and_what_belongs_together_stays_so(file: Path) -> None:
    database = Database(f"sqlite:///{file}", busy_timeout_s=1.5)
    await database.upgrade()

    async with database.transaction() as transaction:

        async def asked(pragma: str) -> object:
            return (await transaction.read(text(f"PRAGMA {pragma}"))).scalar_one()

        assert await asked("journal_mode") == "wal"
        assert await asked("synchronous") == 2  # FULL: a commit is on the disk when it returns
        assert await asked("foreign_keys") == 1
        assert await asked("busy_timeout") == 1500
    await database.close()


async def test_the_version_that_is_known_without_alembic_is_the_newest() -> None:
    folder = Path(server.adapters.migrations.__file__).parent

    assert ScriptDirectory(str(folder)).get_heads() == [HEAD]


async def test_the_versions_make_the_tables_that_the_code_uses(file: Path) -> None:
    database = Database(f"sqlite:///{file}")
    await database.upgrade()
    await database.close()

    assert differences(f"sqlite:///{file}") == []
    with sqlite3.connect(file) as connection:
        connection.execute("DROP INDEX ix_runs_workspace_id_reuse_key")
    connection.close()
    assert len(differences(f"sqlite:///{file}")) == 1  # the comparison does see what is missing


async def test_every_table_and_every_unique_key_names_the_workspace() -> None:
    for table in metadata.tables.values():
        assert "workspace_id" in table.c
        keys = [
            c
            for c in table.constraints
            if c.__class__.__name__ in ("UniqueConstraint", "ForeignKeyConstraint")
        ]
        assert all("workspace_id" in {column.name for column in key.columns} for key in keys)
        primary = set(table.primary_key.columns.keys())
        assert "workspace_id" in primary or primary == {"seq"}


async def test_databases_opened_at_once_upgrade_once(file: Path) -> None:
    databases = [Database(f"sqlite:///{file}") for _ in range(4)]

    done = await asyncio.gather(*(database.upgrade() for database in databases))

    assert sorted(done) == [False, False, False, True]
    for database in databases:
        await database.close()


async def test_a_database_of_a_newer_release_is_refused(file: Path) -> None:
    database = Database(f"sqlite:///{file}")
    await database.upgrade()
    async with database.transaction() as transaction:
        await transaction.write(text("UPDATE alembic_version SET version_num = '9999'"))
        await transaction.commit()

    with pytest.raises(ConflictError, match="newer release"):
        await database.upgrade()
    await database.close()


async def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").write_bytes(b"a file")
    database = Database(f"sqlite:///{tmp_path / 'data' / 'yomi.db'}")

    with pytest.raises(ConflictError, match="cannot be written to"):
        await database.upgrade()
    await database.close()


async def test_a_file_that_cannot_be_opened_is_named(file: Path) -> None:
    file.mkdir(parents=True)  # noqa: ASYNC240
    database = Database(f"sqlite:///{file}")

    with pytest.raises(ConflictError, match=str(file)):
        await database.upgrade()
    await database.close()


async def test_a_file_that_can_only_be_read_is_named_before_anything_is_served(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(f"sqlite:///{file}")
    await database.upgrade()
    # As for another account: root may write to whatever is read-only.
    connect = sqlite3.connect
    monkeypatch.setattr(
        "server.adapters.sqlite.sqlite3.connect", lambda path, **_: connect(f"file:{path}?mode=ro", uri=True)
    )

    with pytest.raises(ConflictError, match="cannot be written to"):
        await database.upgrade()
    await database.close()


async def test_a_full_disk_is_said_to_be_full(file: Path) -> None:
    database = Database(f"sqlite:///{file}")
    await database.upgrade()
    async with database.transaction() as transaction:
        pages = (await transaction.read(text("PRAGMA page_count"))).scalar_one()
        await transaction.read(text(f"PRAGMA max_page_count = {pages}"))
        with pytest.raises(StorageFullError):
            await transaction.write(
                text("INSERT INTO papers VALUES ('w', 'i', 's', 'ready', 0, :large)").bindparams(
                    large="x" * 99_999
                )
            )
    await database.close()


async def test_a_writer_that_never_gets_its_turn_is_told_to_come_back(file: Path) -> None:
    database = Database(f"sqlite:///{file}", busy_timeout_s=0.01)
    await database.upgrade()
    holder = sqlite3.connect(file, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")

    with pytest.raises(BusyError):
        await _add(database, "paper-1")
    holder.execute("ROLLBACK")
    holder.close()

    await _add(database, "paper-1")
    await database.close()


async def test_reading_goes_on_while_another_process_writes(file: Path) -> None:
    database = Database(f"sqlite:///{file}", busy_timeout_s=0.01)
    await database.upgrade()
    await _add(database, "paper-1")
    holder = sqlite3.connect(file, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    holder.execute("DELETE FROM papers")

    assert await _count(database) == 1
    holder.close()
    await database.close()


async def test_a_write_within_a_write_is_an_error_and_not_a_deadlock(file: Path) -> None:
    database = Database(f"sqlite:///{file}")
    await database.upgrade()

    async with SqlUnitOfWorkFactory(database)() as outer:
        await outer.papers.add(a_paper())
        with pytest.raises(RuntimeError, match="commit the outer one first"):
            await _add(database, "inner")
        await outer.commit()

    assert await _count(database) == 1
    await database.close()


WRITER = """
import asyncio, sys
sys.path.insert(0, 'tests')
from server.adapters.database import Database
from server.adapters.stores import SqlUnitOfWorkFactory
from server.domain.ids import PaperId
from builders import a_paper

async def main(url, name):
    database = Database(url)
    await database.upgrade()
    unit_of_work = SqlUnitOfWorkFactory(database)
    for number in range(60):
        async with unit_of_work() as uow:
            await uow.papers.add(a_paper(id=PaperId(f"{name}-{number}"), sha256=f"{name}-{number}"))
            await uow.commit()
    await database.close()

asyncio.run(main(*sys.argv[1:]))
"""


ROOT = Path(__file__).resolve().parents[2]


async def test_two_processes_write_to_one_file_from_its_making_on(file: Path) -> None:
    url = f"sqlite:///{file}"
    command = [sys.executable, "-c", WRITER, url]
    processes = [
        await asyncio.create_subprocess_exec(*command, name, cwd=ROOT, stderr=subprocess.PIPE)
        for name in ("one", "two")
    ]

    async with asyncio.timeout(60):
        errors = [(await process.communicate())[1] for process in processes]

    assert errors == [b"", b""]
    database = Database(url)
    assert await _count(database) == 120
    await database.close()


async def test_two_engines_with_many_tasks_each_write_without_a_locked_database(file: Path) -> None:
    databases = [Database(f"sqlite:///{file}") for _ in range(2)]
    await databases[0].upgrade()
    started = time.perf_counter()

    await asyncio.gather(
        *(_add(databases[number % 2], f"paper-{number:03}") for number in range(100)),
    )

    assert await _count(databases[0]) == 100
    assert time.perf_counter() - started < 20  # nobody sat out a busy timeout after the other
    for database in databases:
        await database.close()


async def test_a_database_can_be_named_without_its_driver(tmp_path: Path) -> None:
    assert Database(f"sqlite:///{tmp_path / 'a.db'}").engine.url.drivername == "sqlite+aiosqlite"
    assert Database(f"sqlite+aiosqlite:///{tmp_path / 'a.db'}").path == tmp_path / "a.db"


async def _add(database: Database, id: str) -> None:  # noqa: A002
    async with SqlUnitOfWorkFactory(database)() as uow:
        await uow.papers.add(a_paper(id=PaperId(id), sha256=id))
        await uow.commit()


async def _count(database: Database) -> int:
    async with SqlUnitOfWorkFactory(database)() as uow:
        return len(await uow.papers.list(LOCAL_WORKSPACE, limit=999, cursor=None))
