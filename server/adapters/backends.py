"""What one kind of database does its own way, and which kind an address names."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from sqlalchemy import Engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from server.adapters.bells import Bells
from server.domain.errors import ConflictError, YomiError


class Backend(Protocol):
    """The ways of a kind of database. None of them keeps anything of a connection."""

    place: str
    """What to call this database when speaking to people; never holds a password."""
    one_writer: bool
    """Whether a writer keeps all others out."""
    begin: str
    """Begins a transaction that will write. (Before it, each statement is one of its own: reads are of now.)"""
    turn: str | None
    """Waits until no other transaction holds the turn called `:name`, and holds it to the end; None: writers take
    turns anyway."""
    has_versions: str
    """Asks for something that is not NULL if the tables have a version."""
    before_upgrade: Sequence[str]
    """What is said once for ever, before the transaction that makes the tables."""
    in_upgrade: Sequence[str]
    """What that transaction starts with."""

    def engine(self) -> Engine: ...

    def bells(self, engine: Engine) -> Bells: ...

    def check(self, engine: Engine) -> None:
        """Say early and in a sentence what is wrong with the place. Called where SQLAlchemy may wait.

        Raises:
            ConflictError
        """
        ...

    def meaning(self, error: DBAPIError) -> YomiError | None:
        """A database's error in the domain's words; None: only who spoke to it understands."""
        ...

    def is_locked(self, error: DBAPIError) -> bool:
        """Whether to try again in a moment: somebody else holds what was asked for."""
        ...


def backend_of(url: str, *, busy_timeout_s: float, connections: int) -> Backend:
    """
    Raises:
        ArgumentError: neither SQLite nor PostgreSQL.
        ImportError: the driver of PostgreSQL is not installed.
    """
    # Only the kind that is used is imported: a command line starts in a blink.
    address = make_url(url)
    kind, _, driver = address.drivername.partition("+")
    if kind == "sqlite" and driver in ("", "aiosqlite"):
        from server.adapters.sqlite import Sqlite  # noqa: PLC0415

        return Sqlite(address, busy_timeout_s=busy_timeout_s)
    if kind in ("postgresql", "postgres") and driver in ("", "psycopg", "psycopg_async"):
        from server.adapters.postgres import Postgres  # noqa: PLC0415

        return Postgres(address, busy_timeout_s=busy_timeout_s, connections=connections)
    raise ArgumentError(address.drivername)


def cannot_write(path: Path | str) -> ConflictError:
    """The place where things are kept is not writable."""
    return ConflictError(
        reason_ja=f"{path} に書き込めません。権限を確認するか、YOMI_DATA_DIR で別の場所を指定してください。",
        reason_en=f"{path} cannot be written to. Check its permissions, or set YOMI_DATA_DIR to another place.",
    )


def damaged(place: str) -> ConflictError:
    """The place is there, and no database."""
    return ConflictError(
        reason_ja=f"{place} はデータベースとして読めません（壊れている可能性があります）。別の場所へ移すか、"
        "YOMI_DATA_DIR で別の場所を指定してください。",
        reason_en=f"{place} cannot be read as a database; it may be damaged. Move it away, or set YOMI_DATA_DIR "
        "to another place.",
    )
