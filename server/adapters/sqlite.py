"""SQLite as the database: one file, one writer at a time, readers that nobody keeps waiting."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError

from server.adapters.backends import cannot_write, damaged
from server.adapters.bells import Bells
from server.adapters.sqlite_driver import connect, execute_our_way
from server.domain.errors import BusyError, StorageFullError, YomiError


class Sqlite:
    """A `Backend`. Writers of other processes are kept out by the file's own lock."""

    one_writer = True
    begin = "BEGIN IMMEDIATE"
    turn: str | None = None
    has_versions = "SELECT (SELECT 1 FROM sqlite_master WHERE name = 'alembic_version')"
    before_upgrade: Sequence[str] = ("PRAGMA journal_mode = WAL",)
    """Readers and a writer work at once. Kept in the file."""
    in_upgrade: Sequence[str] = ()

    def __init__(self, address: URL, *, busy_timeout_s: float) -> None:
        self.address = address.set(drivername="sqlite+aiosqlite")
        self.busy_timeout_s = busy_timeout_s
        self.path = Path(address.database) if address.database else None
        self.place = str(self.path or "?")

    def engine(self) -> Engine:
        # Without an isolation level the driver begins nothing by itself.
        arguments = {"isolation_level": None, "timeout": self.busy_timeout_s}
        # Writers that looked before they wait for their turn hold a connection each: there must be some left for readers.
        # To make one costs as much as a hundred statements, so that those that were needed once are kept.
        engine = create_engine(
            self.address,
            connect_args=arguments,
            pool_size=20,
            max_overflow=35,
            pool_use_lifo=True,
            hide_parameters=True,  # an error's message must not hold text of a paper
        )
        event.listen(engine, "do_connect", connect)
        event.listen(engine, "do_execute", execute_our_way)
        event.listen(engine, "connect", _set_pragmas)
        return engine

    def bells(self, engine: Engine) -> Bells:  # noqa: ARG002
        return Bells()

    def check(self, engine: Engine) -> None:  # noqa: ARG002
        """A driver that fails to open a file leaves its thread behind: look before it does."""
        if self.path is None:
            return
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self.path, timeout=self.busy_timeout_s)) as connection:
                # A database that is up to date is not written to when it is opened: find out now whether it can be.
                connection.execute("BEGIN IMMEDIATE")
                # To begin is not enough: with a file that is read-only, SQLite begins a read without a word.
                (number,) = connection.execute("PRAGMA user_version").fetchone()
                connection.execute(f"PRAGMA user_version = {int(number)}")
                connection.execute("ROLLBACK")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                return  # somebody else can write
            raise cannot_write(self.path) from error
        except sqlite3.DatabaseError as error:
            raise damaged(str(self.path)) from error
        except OSError as error:
            raise cannot_write(self.path) from error

    def meaning(self, error: DBAPIError) -> YomiError | None:
        match _code(error):
            case sqlite3.SQLITE_FULL:
                return StorageFullError()
            case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
                return BusyError(retry_after_s=1)
            case sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM:
                return cannot_write(self.place)
            case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
                return damaged(self.place)
            case _:
                return None

    def is_locked(self, error: DBAPIError) -> bool:
        return _code(error) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def _code(error: DBAPIError) -> int:
    """SQLite's primary result code, 0 for errors that are not its own."""
    code: int = getattr(error.orig, "sqlite_errorcode", 0)
    return code & 0xFF


def _set_pragmas(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys = ON")
    # The last commits survive a loss of power, at 13,700 instead of 38,000 commits a second.
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.close()
