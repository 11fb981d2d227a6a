"""SQLite's driver with one message to its thread per statement, where SQLAlchemy's own takes four; and none for those
that look up or write few rows by their key.

Each message wakes another thread and, when it is answered, the event loop: 80 µs of processor time, where a look at one row
takes SQLite 2 µs. What waits for a lock or the disk stays with the thread: to begin and to commit, and all statements not
declared brief. Revisit when SQLAlchemy asks aiosqlite for cursor, execution, rows and closing at once.
"""

from __future__ import annotations

import sqlite3
from collections import deque
from typing import Any

from sqlalchemy.dialects.sqlite.aiosqlite import AsyncAdapt_aiosqlite_connection, AsyncAdapt_aiosqlite_cursor


class Cursor(AsyncAdapt_aiosqlite_cursor):
    """Has all rows when `execute` returns, as the one it stands for has."""

    __slots__ = ()

    def execute(self, operation: Any, parameters: Any = None) -> None:
        driver: Any = self._connection
        try:
            found = self.await_(driver._execute(_execute, driver, operation, parameters))  # noqa: SLF001
        except Exception as error:  # noqa: BLE001 (as SQLAlchemy does: some become its own)
            self._adapt_connection._handle_exception(error)  # noqa: SLF001
        else:
            self.description, rows, self.lastrowid, self.rowcount = found
            self._rows = deque(rows)

    def execute_together(self, begin: str, statements: Any) -> None:
        """A whole transaction. Its rows: of each statement the first row that it returned."""
        driver: Any = self._connection
        rows = self.await_(driver._execute(_execute_together, driver, begin, statements))  # noqa: SLF001
        described: Any = (("row", *[None] * 6),)
        self.description, self.lastrowid, self.rowcount = described, -1, -1
        self._rows = deque((row,) for row in rows)

    def execute_here(self, operation: Any, parameters: Any) -> None:
        """In the thread of the caller: for what takes microseconds. Nobody else uses the connection meanwhile."""
        done: Any = _execute(self._connection, operation, parameters)
        self.description, rows, self.lastrowid, self.rowcount = done
        self._rows = deque(rows)


class Connection(AsyncAdapt_aiosqlite_connection):
    """Undoes nothing where nothing was begun."""

    __slots__ = ()

    def cursor(self, server_side: bool = False) -> Any:  # noqa: FBT001, FBT002 (SQLAlchemy's own signature)
        return super().cursor(server_side) if server_side else Cursor(self)

    def rollback(self) -> None:
        driver: Any = self.driver_connection
        if driver.in_transaction:
            super().rollback()


def connect(dialect: Any, _record: object, arguments: Any, named: Any) -> Connection:
    """For SQLAlchemy's event `do_connect`."""
    made = dialect.connect(*arguments, **named)
    return Connection(made.dbapi, made.driver_connection)


def execute_our_way(cursor: Any, operation: str, parameters: Any, context: Any) -> bool:
    """For SQLAlchemy's event `do_execute`: whether that has been done."""
    if statements := context.execution_options.get("together"):
        cursor.execute_together(operation, statements)
    elif context.execution_options.get("brief"):
        cursor.execute_here(operation, parameters)
    else:
        return False
    return True


def _execute_together(driver: Any, begin: str, statements: Any) -> list[Any]:
    """In the driver's thread."""
    raw: sqlite3.Connection = driver._conn  # noqa: SLF001
    raw.execute(begin)
    try:
        rows = [next(iter(raw.execute(said, values).fetchall()), ()) for said, values in statements]
        raw.execute("COMMIT")
    except BaseException:
        if raw.in_transaction:
            raw.execute("ROLLBACK")
        raise
    return rows


def _execute(driver: Any, operation: str, parameters: Any) -> tuple[Any, list[Any], int | None, int]:
    """In the driver's thread."""
    raw: sqlite3.Connection = driver._conn  # noqa: SLF001 (what aiosqlite itself runs there)
    cursor = raw.cursor()
    try:
        cursor.execute(operation, () if parameters is None else parameters)
        if cursor.description:
            return cursor.description, cursor.fetchall(), -1, -1
        return None, [], cursor.lastrowid, cursor.rowcount
    finally:
        cursor.close()
