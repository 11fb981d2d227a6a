"""One SQL database: its connections, its write transactions and its version."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, TypeVar, TypeVarTuple

from sqlalchemy import Connection, CursorResult, Executable, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, OperationalError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.util import greenlet_spawn

from server.adapters.migrations import HEAD
from server.domain.errors import BusyError, ConflictError, StorageFullError, YomiError

A = TypeVarTuple("A")
T = TypeVar("T")

DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg", "postgres": "postgresql+asyncpg"}

BUSY_TIMEOUT_S = 5.0
"""How long SQLite itself waits for another process's write."""
ATTEMPTS = 5
"""A write that could not begin may be tried again: nothing is lost yet."""


class Database:
    """Connections to one database. Belongs to the event loop it is first used on; `close` it there.

    On SQLite, writers of this process take turns here and those of other processes in the file's own lock.
    """

    def __init__(self, url: str, *, busy_timeout_s: float = BUSY_TIMEOUT_S) -> None:
        address = make_url(url)
        address = address.set(drivername=DRIVERS.get(address.drivername, address.drivername))
        self.is_sqlite = address.get_backend_name() == "sqlite"
        self.path = Path(address.database) if self.is_sqlite and address.database else None
        # Without an isolation level the driver begins nothing by itself: reads are of now, writes begin on purpose.
        arguments = {"isolation_level": None, "timeout": busy_timeout_s} if self.is_sqlite else {}
        # Writers waiting for their turn hold a connection each: there must be some left for readers.
        self.engine = create_engine(address, connect_args=arguments, max_overflow=50)
        if self.is_sqlite:
            event.listen(self.engine, "connect", _set_pragmas)
        self._turn = asyncio.Lock()
        self._writer: asyncio.Task[Any] | None = None

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """A connection; what it wrote is undone unless committed."""
        with translated(self.path):
            connection: Connection = await greenlet_spawn(self.engine.connect)
        transaction = Transaction(self, connection)
        try:
            yield transaction
        finally:
            try:
                # Closing undoes an open write; a task that is being cancelled must not leave it half done.
                await asyncio.shield(asyncio.ensure_future(greenlet_spawn(connection.close)))
            finally:
                transaction.end_turn()

    async def upgrade(self) -> bool:
        """Bring the tables to this release's version, creating the database where there is none.

        Returns:
            Whether there was anything to do. Processes that start at once wait for each other.

        Raises:
            ConflictError: the database was written by a newer release, or cannot be opened.
        """
        if self.path is not None:
            _check_openable(self.path)
        async with self.transaction() as transaction:
            if await transaction.version() == HEAD:
                return False
            await transaction.use_wal()
            await transaction.begin()
            if await transaction.version() == HEAD:
                return False
            with translated(self.path):
                await transaction.do(_migrate, transaction.connection)
            await transaction.commit()
        return True

    async def answers(self) -> bool:
        """Whether the database can be asked right now."""
        try:
            async with self.transaction() as transaction:
                return await transaction.version() == HEAD
        except YomiError:
            return False

    async def close(self) -> None:
        await greenlet_spawn(self.engine.dispose)

    async def take_turn(self) -> None:
        """Wait until no other task of this process writes."""
        me = asyncio.current_task()
        if self._writer is not None and self._writer is me:
            message = "a write inside another unit of work's write would wait for itself: commit the outer one first"
            raise RuntimeError(message)
        await self._turn.acquire()
        self._writer = me

    def end_turn(self) -> None:
        self._writer = None
        self._turn.release()


class Transaction:
    """A connection that reads what is committed, until its first write; from then on it is the only writer, and reads
    what it wrote. (On SQLite a read that turns into a write would otherwise fail when somebody else wrote between.)"""

    def __init__(self, database: Database, connection: Connection) -> None:
        self.connection = connection
        self._database = database
        self._has_turn = False

    @staticmethod
    async def do(work: Callable[[*A], T], *args: *A) -> T:
        """Let SQLAlchemy's own code wait for an async driver.

        As its `AsyncConnection` does; but that comes with the whole ORM, 0.2 s of every start of the command line.
        """
        result: T = await greenlet_spawn(work, *args)
        return result

    async def read(self, statement: Executable) -> CursorResult[Any]:
        with translated(self._database.path):
            return await self.do(self.connection.execute, statement)

    async def write(self, statement: Executable) -> CursorResult[Any]:
        await self.begin()
        return await self.read(statement)

    async def begin(self) -> None:
        """Become the writer, unless this already is."""
        if self._has_turn or not self._database.is_sqlite:
            return
        await self._database.take_turn()
        self._has_turn = True
        with translated(self._database.path):
            await self._insist("BEGIN IMMEDIATE")

    async def commit(self) -> None:
        try:
            with translated(self._database.path):
                await self.do(self.connection.commit)
        except BaseException:
            # SQLite leaves a refused transaction open, and nobody would close it: drop the connection with it.
            await asyncio.shield(asyncio.ensure_future(self.do(self.connection.invalidate)))
            raise
        self.end_turn()

    def end_turn(self) -> None:
        if self._has_turn:
            self._has_turn = False
            self._database.end_turn()

    async def version(self) -> str | None:
        """Version of the tables; None for an empty database."""
        try:
            version: str | None = await self.do(
                self.connection.scalar, text("SELECT version_num FROM alembic_version")
            )
        except (OperationalError, ProgrammingError) as error:
            if _is_locked(error) or _code(error) != sqlite3.SQLITE_ERROR:
                raise
            return None
        return version

    async def use_wal(self) -> None:
        """Let readers and a writer work at once. Kept in the file, so once is enough."""
        if not self._database.is_sqlite:
            return
        with translated(self._database.path):
            await self._insist("PRAGMA journal_mode = WAL")

    async def _insist(self, sql: str) -> None:
        """Say it again while another process holds the file. (Changing the journal does not wait as writes do.)"""
        for attempt in range(ATTEMPTS):
            try:
                await self.do(self.connection.exec_driver_sql, sql)
            except OperationalError as error:
                if not _is_locked(error) or attempt == ATTEMPTS - 1:
                    raise
                await asyncio.sleep(0.05 * 2**attempt)
            else:
                return


@contextmanager
def translated(path: Path | None) -> Iterator[None]:
    """A database's errors in the domain's words; those that only the caller understands pass."""
    try:
        yield
    except PoolTimeoutError as error:
        raise BusyError(retry_after_s=1) from error
    except OperationalError as error:
        match _code(error):
            case sqlite3.SQLITE_FULL:
                raise StorageFullError from error
            case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
                raise BusyError(retry_after_s=1) from error
            case sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM:
                raise cannot_write(path) from error
            case _:
                raise


def cannot_write(path: Path | None) -> ConflictError:
    """The place where things are kept is not writable."""
    where = path or "?"
    return ConflictError(
        reason_ja=f"{where} に書き込めません。権限を確認するか、YOMI_DATA_DIR で別の場所を指定してください。",
        reason_en=f"{where} cannot be written to. Check its permissions, or set YOMI_DATA_DIR to another place.",
    )


def _code(error: DBAPIError) -> int:
    """SQLite's primary result code, 0 for other databases."""
    code: int = getattr(error.orig, "sqlite_errorcode", 0)
    return code & 0xFF


def _is_locked(error: DBAPIError) -> bool:
    return _code(error) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def _check_openable(path: Path) -> None:
    """Say early what is wrong with the place: a driver that fails to open a file leaves its thread behind."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        sqlite3.connect(path).close()
    except (OSError, sqlite3.OperationalError) as error:
        raise cannot_write(path) from error


def _set_pragmas(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys = ON")
    # The last commits survive a loss of power, at 13,700 instead of 38,000 commits a second.
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.close()


def _migrate(connection: Connection) -> None:
    # Imported here: 0.3 s that only a new or an old database needs.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415
    from alembic.util import CommandError  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise ConflictError(
            reason_ja="データベースは新しい版の yomi が作ったものです。yomi を更新してください。",
            reason_en="The database was written by a newer release of yomi. Upgrade yomi.",
        ) from error
