"""Connects to SAQ's broker: a PostgreSQL, by a small pool of connections, or a Redis."""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from server.domain.errors import ConflictError, InvalidRequestError

if TYPE_CHECKING:
    from psycopg_pool import AsyncConnectionPool
    from saq.queue import Queue

PAPERS, RUNS = "yomi-papers", "yomi-runs"
"""The two queues: one kind of work must not hold up the other."""

CONNECT_TIMEOUT_S = 5
READY_S = 5.0
"""How long the tables of a broker that somebody else makes at this moment may take."""


class SaqBroker:
    """The queues of one broker. `open` before the first use, in the loop that uses it, and `close` there."""

    papers: Queue
    runs: Queue

    def __init__(self, url: str, *, connections: int = 4) -> None:
        """
        Args:
            connections: To a PostgreSQL, at most. A worker needs two that listen, and others beside them.

        Raises:
            ImportError: SAQ, or the driver of this broker, is not installed.
            InvalidRequestError: not an address of a broker.
        """
        kind = url.partition("://")[0].partition("+")[0]
        if kind not in ("postgres", "postgresql", "redis", "rediss"):
            raise _wrong_address()
        self._pool: AsyncConnectionPool[Any] | None = None
        self._url = re.sub(r"^postgres(ql)?(\+\w+)?://", "postgresql://", url)
        self._place = _place(self._url)
        if kind.startswith("redis"):
            self._connect_to_redis()
        else:
            self._connect_to_postgres(connections)

    def _connect_to_redis(self) -> None:
        from redis import asyncio as redis  # noqa: PLC0415 (an extra)
        from saq.errors import MissingDependencyError  # noqa: PLC0415

        try:
            from saq.queue.redis import RedisQueue  # noqa: PLC0415
        except MissingDependencyError as error:
            raise ImportError from error
        try:
            client = redis.from_url(self._url, socket_connect_timeout=CONNECT_TIMEOUT_S)
        except ValueError:
            raise _wrong_address() from None
        self.papers, self.runs = RedisQueue(client, name=PAPERS), RedisQueue(client, name=RUNS)

    def _connect_to_postgres(self, connections: int) -> None:
        import psycopg  # noqa: PLC0415
        from psycopg_pool import AsyncConnectionPool  # noqa: PLC0415
        from saq.queue.postgres import PostgresQueue  # noqa: PLC0415

        try:
            psycopg.conninfo.conninfo_to_dict(self._url)
        except psycopg.ProgrammingError:
            raise _wrong_address() from None
        self._pool = AsyncConnectionPool(
            self._url,
            kwargs={"connect_timeout": CONNECT_TIMEOUT_S, "application_name": "yomikurabe-queue"},
            min_size=1,
            max_size=connections,
            timeout=CONNECT_TIMEOUT_S,
            check=AsyncConnectionPool.check_connection,
            open=False,
            name="queue",
        )
        self.papers = PostgresQueue(pool=self._pool, name=PAPERS)
        self.runs = PostgresQueue(pool=self._pool, name=RUNS)

    async def open(self) -> None:
        """Connect, and make the broker's tables where there are none.

        Raises:
            ConflictError: it cannot be reached; says why.
        """
        try:
            if self._pool is not None:
                await self._reach(self._url)
                await self._pool.open()
            async with asyncio.timeout(READY_S):
                for queue in (self.papers, self.runs):
                    await queue.connect()
                    await _usable(queue)
        except Exception as error:
            await self.close()
            said = next(iter(str(error).strip().splitlines()), "") or type(error).__name__
            raise ConflictError(
                reason_ja=f"キュー {self._place} に接続できません（{said}）。YOMI_QUEUE_URL を確認してください。",
                reason_en=f"The queue {self._place} cannot be reached ({said}). Check YOMI_QUEUE_URL.",
            ) from error

    @staticmethod
    async def _reach(url: str) -> None:
        """A pool only says that it got no connection; a connection says why."""
        import psycopg  # noqa: PLC0415

        await (await psycopg.AsyncConnection.connect(url, connect_timeout=CONNECT_TIMEOUT_S)).close()

    async def close(self) -> None:
        for queue in (self.papers, self.runs):
            with suppress(Exception):  # a Redis that cannot be reached is told goodbye all the same
                await queue.disconnect()
        if self._pool is not None:
            await self._pool.close()


async def _usable(queue: Queue) -> None:
    """Return when its tables are there: of several processes that start at once one makes them, and SAQ lets the others go
    on without."""
    while True:
        try:
            await queue.count("queued")
        except Exception as error:
            if type(error).__name__ != "UndefinedTable":
                raise
            await asyncio.sleep(0.1)
        else:
            return


def _place(url: str) -> str:
    """Host and name, without who connects and how they prove it.

    Raises:
        InvalidRequestError: it is no address.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        raise _wrong_address() from None
    return f"{parts.hostname or 'localhost'}{parts.path}"


def _wrong_address() -> InvalidRequestError:
    return InvalidRequestError(
        reason_ja="YOMI_QUEUE_URL は postgresql://ユーザー:パスワード@ホスト/データベース か redis://ホスト:6379/0 の形に"
        "してください。",
        reason_en="YOMI_QUEUE_URL must look like postgresql://USER:PASSWORD@HOST/DATABASE or redis://HOST:6379/0.",
    )
