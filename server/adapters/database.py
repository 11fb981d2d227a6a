"""One SQL database: its connections, its write transactions and its version."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, TypeVar, TypeVarTuple

from sqlalchemy import Connection, CursorResult, Executable, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.util import greenlet_spawn

from server.adapters.backends import backend_of, cannot_write
from server.adapters.migrations import HEAD
from server.domain.errors import BusyError, ConflictError, YomiError

__all__ = ["Database", "Transaction", "cannot_write"]

A = TypeVarTuple("A")
T = TypeVar("T")

BUSY_TIMEOUT_S = 5.0
"""How long the database itself waits for another's write."""
CONNECTIONS = 15
"""To a database server, of one process; five such processes fit into PostgreSQL's default limit."""
ATTEMPTS = 5
"""A write that could not begin may be tried again: nothing is lost yet."""


class Database:
    """Connections to one database. Belongs to the event loop it is first used on; `close` it there.

    Where there is one writer at a time, those of this process take turns here.
    """

    def __init__(
        self, url: str, *, busy_timeout_s: float = BUSY_TIMEOUT_S, connections: int = CONNECTIONS
    ) -> None:
        """
        Raises:
            ArgumentError: not an address of SQLite or PostgreSQL.
            ImportError: the driver of PostgreSQL is not installed.
        """
        self.backend = backend_of(url, busy_timeout_s=busy_timeout_s, connections=connections)
        self.engine = self.backend.engine()
        self.bells = self.backend.bells(self.engine)
        self.turn = text(self.backend.turn or "")
        """Made once: to make a statement costs more than to execute it."""
        self._turn = asyncio.Lock()
        self._writer: asyncio.Task[Any] | None = None

    @property
    def path(self) -> Path | None:
        """Of SQLite's file."""
        return getattr(self.backend, "path", None)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """What is written in it is undone unless committed."""
        transaction = Transaction(self)
        try:
            yield transaction
        finally:
            await transaction.close()

    async def upgrade(self) -> bool:
        """Bring the tables to this release's version, creating the database where there is none.

        Returns:
            Whether there was anything to do. Processes that start at once wait for each other.

        Raises:
            ConflictError: the database was written by a newer release, or cannot be opened.
        """
        await greenlet_spawn(self.backend.check, self.engine)
        async with self.transaction() as transaction:
            if await transaction.version() == HEAD:
                return False
            with self.translated():
                for sql in self.backend.before_upgrade:
                    await transaction.insist(sql)
                await transaction.begin()
                for sql in self.backend.in_upgrade:
                    await transaction.insist(sql)
                if await transaction.version() == HEAD:
                    return False
                await transaction.do(_migrate, await transaction.connected())
            await transaction.commit()
        return True

    async def answers(self) -> bool:
        """Whether the database can be asked right now."""
        try:
            async with self.transaction() as transaction:
                with self.translated():
                    return await transaction.version() == HEAD
        except YomiError:
            return False

    async def close(self) -> None:
        await self.bells.close()
        await greenlet_spawn(self.engine.dispose)

    @contextmanager
    def translated(self) -> Iterator[None]:
        """A database's errors in the domain's words; those that only the caller understands pass."""
        try:
            yield
        except PoolTimeoutError as error:
            raise BusyError(retry_after_s=1) from error
        except DBAPIError as error:
            if meaning := self.backend.meaning(error):
                raise meaning from error
            raise

    async def take_turn(self) -> None:
        """Wait until no other task of this process writes."""
        self.refuse_nested()
        await self._turn.acquire()
        self._writer = asyncio.current_task()

    def refuse_nested(self) -> None:
        """
        Raises:
            RuntimeError: this task is writing already.
        """
        if self._writer is not None and self._writer is asyncio.current_task():
            message = "a write inside another unit of work's write would wait for itself: commit the outer one first"
            raise RuntimeError(message)

    def end_turn(self) -> None:
        self._writer = None
        self._turn.release()


class Transaction:
    """Reads what is committed, until its first write; from then on what it wrote, too. Its connection is taken from the
    others when it is first used: who waits for a turn to write keeps none of them.

    On SQLite it is then the only writer. (A read that turns into a write would otherwise fail when somebody else wrote
    between.) On PostgreSQL others write at the same time: what must stay as it was read is locked, with `alone` or with
    the row; and a statement that was refused ends the transaction.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._connection: Connection | None = None
        self._has_begun = False

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self._database.engine.dialect.name

    async def connected(self) -> Connection:
        """The connection, for what only SQLAlchemy itself can do."""
        if self._connection is None:
            with self._database.translated():
                self._connection = await greenlet_spawn(self._database.engine.connect)
        return self._connection

    @staticmethod
    async def do(work: Callable[[*A], T], *args: *A) -> T:
        """Let SQLAlchemy's own code wait for an async driver.

        As its `AsyncConnection` does; but that comes with the whole ORM, 0.2 s of every start of the command line.
        """
        result: T = await greenlet_spawn(work, *args)
        return result

    async def read(self, statement: Executable, values: Mapping[str, Any] | None = None) -> CursorResult[Any]:
        """`values`: of the parameters that the statement names."""
        connection = self._connection or await self.connected()
        with self._database.translated():
            return await self.do(connection.execute, statement, values)

    async def write(
        self, statement: Executable, values: Mapping[str, Any] | None = None
    ) -> CursorResult[Any]:
        await self.begin()
        return await self.read(statement, values)

    async def write_together(
        self, statements: Sequence[tuple[str, Mapping[str, Any]]]
    ) -> list[tuple[Any, ...]]:
        """All of these in a transaction of their own that is committed when this returns, with one message to the
        database. Only where there is one writer at a time.

        Args:
            statements: In the database's own words, with `:name` for each value.

        Returns:
            Of each the first row that it returns; an empty one if there is none.
        """
        await self._database.take_turn()
        self._has_begun = True
        with self._database.translated():
            found = await self.insist(self._database.backend.begin, together=statements)
        self._end_turn()
        return [row for (row,) in found]

    async def begin(self) -> None:
        """Become a writer, unless this already is: on SQLite the only one."""
        if self._has_begun:
            return
        if self._database.backend.one_writer:
            await self._database.take_turn()
        self._has_begun = True
        with self._database.translated():
            await self.insist(self._database.backend.begin)

    async def alone(self, name: str) -> None:
        """Become a writer, and the only one that is alone with this name, until the end of the transaction: what was
        read after this stays true until then, if all who change it are alone with it."""
        await self.begin()
        if self._database.backend.turn:
            await self.read(self._database.turn, {"name": name})

    async def commit(self) -> None:
        if self._connection is not None:
            try:
                with self._database.translated():
                    await self.do(self._connection.commit)
            except BaseException:
                # SQLite leaves a refused transaction open, and nobody would close it: drop the connection with it.
                await asyncio.shield(asyncio.ensure_future(self.do(self._connection.invalidate)))
                raise
        self._end_turn()

    async def close(self) -> None:
        """Undo what was not committed, and give the connection back."""
        try:
            if self._connection is None:
                return
            closing = self.do(self._connection.close)
            if self._has_begun:
                # A task that is being cancelled must not leave an open write half undone.
                await asyncio.shield(asyncio.ensure_future(closing))
            else:
                await closing  # nothing to undo: the database is not asked
        finally:
            self._end_turn()

    def _end_turn(self) -> None:
        if self._has_begun:
            self._has_begun = False
            if self._database.backend.one_writer:
                self._database.end_turn()

    async def version(self) -> str | None:
        """Version of the tables; None for an empty database."""
        connection = await self.connected()
        found = await self.do(connection.scalar, text(self._database.backend.has_versions))
        if found is None:
            return None
        version: str | None = await self.do(
            connection.scalar, text("SELECT version_num FROM alembic_version")
        )
        return version

    async def insist(self, sql: str, **options: Any) -> list[Any]:
        """Say it again while another process holds the file. (Changing the journal does not wait as writes do.)"""
        connection = await self.connected()
        for attempt in range(ATTEMPTS):
            try:
                found = await self.do(connection.exec_driver_sql, sql, None, options)
            except OperationalError as error:
                if not self._database.backend.is_locked(error) or attempt == ATTEMPTS - 1:
                    raise
                await asyncio.sleep(0.05 * 2**attempt)
            else:
                return list(found) if found.returns_rows else []
        raise AssertionError  # the last attempt returned or raised


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
