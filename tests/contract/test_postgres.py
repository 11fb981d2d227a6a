"""PostgreSQL: its tables, its locks, what its errors mean, and what happens when it goes away and comes back."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import psycopg
import pytest
from server.adapters import postgres as backend
from server.adapters.backends import backend_of
from server.adapters.database import Database
from server.adapters.migrations import HEAD
from server.adapters.run_events import SqlEvents
from server.adapters.tables import metadata
from server.domain.errors import BusyError, ConflictError, NotFoundError, StorageFullError
from server.domain.ids import PaperId, RunId
from sqlalchemy import make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError

import postgres
from builders import NOON, a_finished_run, a_paper, a_queued_run
from differences import differences
from storage import Storage, connected

pytestmark = pytest.mark.anyio

RUNS = ["run:run-1", "run:run-2"]


@pytest.fixture
def server() -> postgres.Server:
    return postgres.server()


@pytest.fixture
def url(server: postgres.Server) -> str:
    return server.with_tables()


@pytest.fixture
async def storage(url: str) -> AsyncIterator[Storage]:
    async with connected(url) as storage:
        await storage.has(a_paper(), a_queued_run("run-1"), a_queued_run("run-2"))
        yield storage


def name(url: str) -> str:
    return str(make_url(url).database)


# Tables


async def test_an_empty_database_is_made_once_by_those_who_start_at_once(server: postgres.Server) -> None:
    url = server.database()
    databases = [Database(url) for _ in range(4)]

    done = await asyncio.gather(*(database.upgrade() for database in databases))

    assert sorted(done) == [False, False, False, True]
    assert server.say("SELECT version_num FROM alembic_version", name(url)) == [(HEAD,)]
    for database in databases:
        assert await database.answers()
        await database.close()


async def test_the_versions_make_the_tables_that_the_code_uses(url: str, server: postgres.Server) -> None:
    address = make_url(url).set(drivername="postgresql+psycopg")

    assert differences(address) == []
    server.say("DROP INDEX ix_runs_workspace_id_reuse_key", name(url))
    assert len(differences(address)) == 1  # the comparison does see what is missing


async def test_texts_are_indexed_by_trigrams_where_the_extension_can_be_had(
    url: str, server: postgres.Server
) -> None:
    known = server.say("SELECT 1 FROM pg_available_extensions WHERE name = 'pg_trgm'", name(url))
    found = server.say("SELECT 1 FROM pg_indexes WHERE indexname = 'search_index'", name(url))

    assert found == known


async def test_every_version_can_be_taken_back(url: str, server: postgres.Server) -> None:
    await asyncio.to_thread(postgres.migrate, url, "base")

    left = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
    assert server.say(left, name(url)) == [("alembic_version",)]
    assert server.say("SELECT proname FROM pg_proc WHERE proname = 'append_event'", name(url)) == []


async def test_a_database_of_a_newer_release_is_refused(url: str, server: postgres.Server) -> None:
    server.say("UPDATE alembic_version SET version_num = '9999'", name(url))
    database = Database(url)

    with pytest.raises(ConflictError, match="newer release"):
        await database.upgrade()
    assert not await database.answers()
    await database.close()


# Addresses


async def test_a_database_can_be_named_without_its_driver() -> None:
    for driver in ("postgres", "postgresql", "postgresql+psycopg"):
        engine = Database(f"{driver}://somebody@db.example/yomi").engine
        assert engine.url.drivername == "postgresql+psycopg_async"
    for address in ("mysql://db.example/yomi", "postgresql+pg8000://db.example/yomi"):
        with pytest.raises(ArgumentError):
            Database(address)


async def test_a_database_that_cannot_be_reached_is_named_without_its_password(
    server: postgres.Server,
) -> None:
    wrong = {
        "nowhere": "postgresql://somebody:a-secret@127.0.0.1:9/yomi",
        "unknown database": server.url.set(database="nothing", password="a-secret").render_as_string(
            hide_password=False
        ),
    }
    for address in wrong.values():
        database = Database(address)
        with pytest.raises(ConflictError, match=r"cannot be reached \(.+\)") as caught:
            await database.upgrade()
        assert str(make_url(address).database) in str(caught.value)
        assert "a-secret" not in str(caught.value.data)
        assert not await database.answers()
        await database.close()


async def test_a_database_that_cannot_hold_every_letter_is_refused(server: postgres.Server) -> None:
    server.say("CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    database = Database(server.url.set(database="latin").render_as_string())

    with pytest.raises(ConflictError, match="encoded in LATIN1"):
        await database.upgrade()
    await database.close()


async def test_a_user_who_may_not_make_tables_is_told_so(server: postgres.Server) -> None:
    url = server.database()
    server.say("CREATE ROLE reader LOGIN")
    database = Database(make_url(url).set(username="reader").render_as_string())

    with pytest.raises(ConflictError, match="Check the rights"):
        await database.upgrade()
    await database.close()


# Waiting and errors


@pytest.mark.parametrize(
    ("state", "meaning"),
    [
        ("53100", StorageFullError),  # disk full
        ("53300", BusyError),  # too many connections
        ("40P01", BusyError),  # deadlock
        ("55P03", BusyError),  # lock timeout
        ("57014", BusyError),  # statement timeout
        ("57P01", BusyError),  # it is being stopped
        ("08006", BusyError),  # the connection failed
        ("25P03", BusyError),  # idle for too long
        ("25006", ConflictError),  # read only
        ("42501", ConflictError),  # no right to
        ("42P01", type(None)),  # no such table: a bug
        ("23505", type(None)),  # there is one already: only the caller knows of what
        (None, BusyError),  # the driver's own: no server
    ],
)
async def test_its_errors_are_said_in_our_words(state: str | None, meaning: type[object]) -> None:
    error = type("Error", (Exception,), {"sqlstate": state})()
    kind = OperationalError if state is None else DBAPIError

    said = backend_of("postgresql://db/yomi", busy_timeout_s=1, connections=2).meaning(kind("", None, error))

    assert type(said) is meaning


async def test_a_row_that_stays_locked_makes_a_writer_come_back_later(url: str, storage: Storage) -> None:
    impatient = Database(url, busy_timeout_s=0.05)
    async with storage.unit_of_work() as uow:
        await uow.runs.claim(RunId("run-1"), now=NOON, lease_until=NOON)

        async with impatient.transaction() as transaction:
            with pytest.raises(BusyError):
                await transaction.write(text("DELETE FROM runs"))
    await impatient.close()


async def test_no_more_connections_are_made_than_were_allowed(url: str, server: postgres.Server) -> None:
    database = Database(url, connections=2)
    at_once = asyncio.Semaphore(0)

    async def read() -> None:
        async with database.transaction() as transaction:
            await transaction.read(text("SELECT pg_sleep(0.01)"))
            at_once.release()

    await asyncio.gather(*(read() for _ in range(20)))

    count = f"SELECT count(*) FROM pg_stat_activity WHERE datname = '{name(url)}' AND pid <> pg_backend_pid()"  # noqa: S608
    assert server.say(count) == [(2,)]
    await database.close()


async def test_a_process_that_stops_within_a_write_does_not_hold_it_for_ever(
    storage: Storage, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setattr(backend, "IDLE_TIMEOUT_S", 0.1)
    stopped = Database(url)
    async with stopped.transaction() as transaction:
        await transaction.write(text("DELETE FROM runs"))

        async with asyncio.timeout(3), storage.unit_of_work() as uow:
            claimed = await uow.runs.claim(RunId("run-1"), now=NOON, lease_until=NOON)
        with pytest.raises(BusyError):
            await transaction.write(text("DELETE FROM papers"))
    await stopped.close()

    assert claimed is not None


async def test_connections_that_the_server_closed_are_made_anew(
    url: str, server: postgres.Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backend, "ASSUMED_ALIVE_S", 0.0)
    database = Database(url)
    assert await database.answers()
    server.close_connections(name(url))

    assert await database.answers()
    await database.close()


async def test_one_question_at_most_is_lost_to_a_restart_at_full_speed(
    url: str, server: postgres.Server
) -> None:
    database = Database(url)
    async with database.transaction() as one, database.transaction() as two, database.transaction() as three:
        for transaction in (one, two, three):
            await transaction.connected()
    server.close_connections(name(url))

    assert [await database.answers() for _ in range(4)].count(False) <= 1
    await database.close()


async def test_an_id_that_no_database_can_keep_names_nothing(storage: Storage) -> None:
    async with storage.unit_of_work() as uow:
        assert await uow.papers.get(PaperId("a NUL \0")) is None
        assert await uow.runs.list(a_paper().workspace_id, limit=9, cursor="\0", persona="\ud83d") == []
        await uow.papers.add(a_paper(id=PaperId("odd \0"), sha256="\0"))
        assert (await uow.papers.get(PaperId("odd \0"))) is not None


# Events


async def test_an_event_waits_for_the_one_numbered_before_it(url: str, storage: Storage) -> None:
    call = "SELECT id FROM append_event('local', 'run:run-1', 'run', 'run-1', 'started', '{}')"
    async with await psycopg.AsyncConnection.connect(url) as slow:
        await slow.execute(call)
        later = asyncio.create_task(storage.events.append("run:run-2", "started", {}))
        await asyncio.sleep(0.1)
        assert not later.done()  # else a reader might see it first, and never look for the other
        await slow.commit()

    first, second = await storage.events.after(RUNS, 0)
    assert (first.stream, second) == ("run:run-1", await later)


async def test_nothing_is_appended_to_what_never_was(storage: Storage) -> None:
    for stream in ("run:nothing", "paper:nothing"):
        with pytest.raises(NotFoundError):
            await storage.events.append(stream, "started", {})
    assert (await storage.events.append("another", "started", {})).id == 1


async def test_events_of_another_process_are_heard_at_once(url: str, storage: Storage) -> None:
    async with connected(url) as other:
        waiting = asyncio.create_task(other.events.wait(RUNS, timeout_s=30))
        await asyncio.sleep(0.3)  # until it listens
        started = time.perf_counter()

        appended = await storage.events.append("run:run-2", "started", {})
        await waiting

        assert time.perf_counter() - started < 2  # looking by itself would take 5 s
        assert await other.events.after(RUNS, 0) == [appended]


async def test_many_events_are_told_in_few_messages(url: str, storage: Storage) -> None:
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as listener:
        await listener.execute("LISTEN yomi_events")
        await asyncio.gather(*(storage.events.append(RUNS[n % 2], "field", {}) for n in range(40)))
        messages = [notice.payload async for notice in listener.notifies(timeout=0.3)]

    assert {stream for message in messages for stream in message.split(" ")[1:]} == set(RUNS)
    assert len(messages) < 40


async def test_a_listener_that_lost_its_connection_hears_again(
    url: str, storage: Storage, server: postgres.Server
) -> None:
    async with connected(url) as other:
        await other.events.wait(RUNS, timeout_s=0.01)
        server.close_connections(name(url), saying="LISTEN yomi_events")
        await asyncio.sleep(1)
        waiting = asyncio.create_task(other.events.wait(RUNS, timeout_s=30))
        await asyncio.sleep(0.1)
        started = time.perf_counter()

        await storage.events.append("run:run-2", "started", {})
        await waiting

        assert time.perf_counter() - started < 2


async def test_an_event_that_nobody_was_told_of_is_found(url: str, storage: Storage) -> None:
    assert storage.database is not None
    events = SqlEvents(storage.database, poll_s=0.05)
    waiting = asyncio.create_task(events.wait(RUNS, timeout_s=30))
    await asyncio.sleep(0.3)

    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as killed:
        await killed.execute("SELECT append_event('local', 'run:run-1', 'run', 'run-1', 'started', '{}')")
    async with asyncio.timeout(3):
        await waiting


async def test_every_text_of_the_tables_is_one_that_can_be_kept() -> None:
    kinds = {type(column.type).__name__ for table in metadata.tables.values() for column in table.columns}

    assert kinds == {"KeptText", "BigInteger", "Integer"}


async def test_who_cancels_a_run_and_who_ends_it_do_not_wait_for_each_other(storage: Storage) -> None:
    async with storage.unit_of_work() as uow:
        held = await uow.runs.claim(RunId("run-1"), now=NOON, lease_until=NOON)
        await uow.commit()
    assert held
    ended = a_finished_run("run-1", fence=held.fence)

    async def end() -> bool:
        async with storage.unit_of_work() as uow:
            kept = await uow.runs.save(ended)
            await uow.commit()
        return kept

    async with storage.unit_of_work() as uow:
        await uow.calls.of_run(held.id, alone=True)
        ending = asyncio.create_task(end())
        await asyncio.wait([ending], timeout=0.2)
        is_cancelled = await uow.runs.save(held.cancel(at=NOON))
        await uow.commit()

    assert (is_cancelled, await ending) == (True, False)
