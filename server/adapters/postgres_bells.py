"""Bells that ring in every process of one PostgreSQL, by LISTEN and NOTIFY."""

from __future__ import annotations

import asyncio
import logging
import secrets
from contextlib import suppress
from typing import Any

import psycopg
from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.util import greenlet_spawn

from server.adapters.bells import POLL_S, Bells

log = logging.getLogger(__name__)

CHANNEL = "yomi_events"
GATHER_S = 0.01
"""Events of so long are told in one message: a transaction that notifies holds up all others that do."""
MANY = 100
"""Streams of one message: it may have 8,000 bytes."""
HEARD_POLL_S = 5.0
"""How long a reader sleeps while it is told of events: who dies between commit and message tells nobody."""
PROBE_S = 30.0
"""A listener that heard nothing for so long asks whether the server is still there."""
FIRST_S = 2.0
"""How long a reader waits for the listener to be ready; then it polls."""
RETRY_S = (0.5, 10.0)
"""Pause after a lost connection, the shortest and the longest."""

TELL = text("SELECT pg_notify(:channel, :streams)")


class PostgresBells(Bells):
    """Tells other processes what was committed here, and listens once somebody waits. Nothing depends on a message:
    without any, readers look by themselves every `poll_s`."""

    def __init__(self, engine: Engine) -> None:
        super().__init__()
        self._engine = engine
        self._me = secrets.token_hex(4)
        self._untold: set[str] = set()
        self._teller: asyncio.Task[None] | None = None
        self._listener: asyncio.Task[None] | None = None
        self._tried = asyncio.Event()

    def ring(self, stream: str) -> None:
        super().ring(stream)
        self._untold.add(stream)
        if self._teller is None or self._teller.done():
            self._teller = asyncio.create_task(self._tell())

    async def listen(self) -> None:
        if self._listener is None:
            self._listener = asyncio.create_task(self._listen())
        if not self._tried.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(FIRST_S):
                    await self._tried.wait()

    async def close(self) -> None:
        for task in (self._teller, self._listener):
            if task is not None:
                task.cancel()
                await asyncio.wait([task])

    async def _tell(self) -> None:
        while self._untold:
            await asyncio.sleep(GATHER_S)
            streams = sorted(self._untold)
            self._untold.clear()
            try:
                for start in range(0, len(streams), MANY):
                    await greenlet_spawn(self._notify, " ".join([self._me, *streams[start : start + MANY]]))
            except SQLAlchemyError as error:
                log.warning("events not told to other processes: %s", type(error).__name__)

    def _notify(self, message: str) -> None:
        with self._engine.connect() as connection:
            connection.execute(TELL, {"channel": CHANNEL, "streams": message})

    async def _listen(self) -> None:
        pause_s = RETRY_S[0]
        while True:
            try:
                async with await self._connect() as connection:
                    await connection.execute(f"LISTEN {CHANNEL}")
                    pause_s, self.poll_s = RETRY_S[0], HEARD_POLL_S
                    self._ring_all()  # for what nobody told while this was away
                    self._tried.set()
                    await self._hear(connection)
            except (psycopg.Error, OSError) as error:
                self.poll_s = POLL_S
                self._tried.set()
                log.warning("not told of events of other processes: %s", type(error).__name__)
                self._ring_all()  # who sleeps for long must sleep for short from now on
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, RETRY_S[1])

    async def _connect(self) -> psycopg.AsyncConnection[Any]:
        """A connection of its own: one that listens can do nothing else."""
        arguments, options = self._engine.dialect.create_connect_args(self._engine.url)
        return await psycopg.AsyncConnection.connect(
            *arguments, **{"connect_timeout": 10, **options}, autocommit=True
        )

    async def _hear(self, connection: psycopg.AsyncConnection[Any]) -> None:
        while True:
            async for notice in connection.notifies(timeout=PROBE_S):
                who, *streams = notice.payload.split(" ")
                if who != self._me:
                    for stream in streams:
                        super().ring(stream)
            await connection.execute("SELECT 1")

    def _ring_all(self) -> None:
        for stream in list(self._waiting):
            super().ring(stream)
