"""PostgreSQL as the database: many processes, many writers, rows and turns locked where that matters."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from sqlalchemy import URL, Engine, create_engine, event, text
from sqlalchemy.exc import DBAPIError, DisconnectionError, OperationalError

from server.adapters.bells import Bells
from server.domain.errors import BusyError, ConflictError, StorageFullError, YomiError

CONNECT_TIMEOUT_S = 10
STATEMENT_TIMEOUT_S = 60
IDLE_TIMEOUT_S = 30
"""After this a transaction that says nothing is undone: a process that was stopped must not keep its rows locked."""
ASSUMED_ALIVE_S = 10.0
"""A connection that was silent for longer is asked whether it is still there before it is used."""

FULL = ("53100",)
REFUSED = ("42501", "25006")
"""Not allowed; or a server that only answers reads."""
LATER = ("08", "40", "53", "55", "57", "25P")
"""Lost connections, lost races and timeouts: the same may well succeed a moment later. An error without a state comes
from the driver, which lost the server."""


class Postgres:
    """A `Backend`. Reads see what is committed when they begin (`READ COMMITTED`); what must not change under a writer
    is locked: a row, or a turn."""

    one_writer = False
    begin = "BEGIN"
    turn: str | None = "SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"
    # Not `to_regclass`: within a transaction it may still know from before that there was no such table.
    has_versions = (
        "SELECT (SELECT 1 FROM pg_class WHERE relname = 'alembic_version' AND pg_table_is_visible(oid))"
    )
    before_upgrade: Sequence[str] = ()
    in_upgrade: Sequence[str] = (
        # Making an index takes as long as it takes, and others that start now wait for it.
        "SET LOCAL statement_timeout = 0",
        "SET LOCAL lock_timeout = 0",
        "SELECT pg_advisory_xact_lock(hashtextextended('upgrade', 0))",
    )

    def __init__(self, address: URL, *, busy_timeout_s: float, connections: int) -> None:
        """
        Raises:
            ImportError: the extra is not installed.
        """
        import psycopg  # noqa: F401, PLC0415 (here, and not at the first connection, it can still be said in a sentence)

        self.address = address.set(drivername="postgresql+psycopg_async")
        self.busy_timeout_s = busy_timeout_s
        self.connections = connections
        host = address.host or address.query.get("host") or "localhost"
        self.place = f"{host}/{address.database or ''}"

    def engine(self) -> Engine:
        limits = {
            "lock_timeout": self.busy_timeout_s,
            "statement_timeout": STATEMENT_TIMEOUT_S,
            "idle_in_transaction_session_timeout": IDLE_TIMEOUT_S,
        }
        arguments = {
            "connect_timeout": CONNECT_TIMEOUT_S,
            "application_name": "yomikurabe",
            "options": " ".join(f"-c {name}={int(seconds * 1000)}" for name, seconds in limits.items()),
            "keepalives_idle": 30,
        }
        engine = create_engine(
            self.address,
            # The driver begins nothing by itself: a read is one message, and a write begins on purpose.
            isolation_level="AUTOCOMMIT",
            connect_args={k: v for k, v in arguments.items() if k not in self.address.query},
            pool_size=self.connections,
            max_overflow=0,
            pool_use_lifo=True,
            hide_parameters=True,  # an error's message must not hold text of a paper
        )
        event.listen(engine, "checkin", _remember)
        event.listen(engine, "checkout", _expect_alive(engine))
        return engine

    def bells(self, engine: Engine) -> Bells:
        from server.adapters.postgres_bells import PostgresBells  # noqa: PLC0415

        return PostgresBells(engine)

    def check(self, engine: Engine) -> None:
        try:
            with engine.connect() as connection:
                encoding = connection.scalar(text("SHOW server_encoding"))
        except OperationalError as error:
            said = str(error.orig).strip().splitlines()[0]
            raise ConflictError(
                reason_ja=f"データベース {self.place} に接続できません（{said}）。YOMI_DATABASE_URL を確認してください。",
                reason_en=f"The database {self.place} cannot be reached ({said}). Check YOMI_DATABASE_URL.",
            ) from error
        if encoding != "UTF8":
            raise ConflictError(
                reason_ja=f"データベース {self.place} の文字コードは {encoding} です。UTF8 で作り直してください。",
                reason_en=f"The database {self.place} is encoded in {encoding}. Create it anew with ENCODING 'UTF8'.",
            )

    def meaning(self, error: DBAPIError) -> YomiError | None:
        state: str | None = getattr(error.orig, "sqlstate", None)
        if state is None:
            return BusyError(retry_after_s=1) if isinstance(error, OperationalError) else None
        if state in FULL:
            return StorageFullError()
        if state in REFUSED:
            return ConflictError(
                reason_ja=f"データベース {self.place} に書き込めません。権限を確認してください。",
                reason_en=f"The database {self.place} cannot be written to. Check the rights of its user.",
            )
        return BusyError(retry_after_s=1) if state.startswith(LATER) else None

    def is_locked(self, error: DBAPIError) -> bool:  # noqa: ARG002
        return False  # it waits by itself


def _remember(_connection: Any, record: Any) -> None:
    record.info["used"] = time.monotonic()


def _expect_alive(engine: Engine) -> Any:
    def ask(connection: Any, record: Any, _proxy: object) -> None:
        if time.monotonic() - record.info.get("used", time.monotonic()) < ASSUMED_ALIVE_S:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise DisconnectionError from error  # the pool makes another

    return ask
