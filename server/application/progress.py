"""Tell a stream how far a piece of work is, as far as that can be followed: the newest word, now and then."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import Any

from server.application.ports import Events
from server.domain.errors import NotFoundError

log = logging.getLogger(__name__)

PAUSE_S = 0.3
"""Between two events, so that many small steps cost few rows."""


class Telling:
    """A `Progress` that writes `progress` events. Silent once `end` has returned."""

    def __init__(self, events: Events, stream: str, *, pause_s: float = PAUSE_S) -> None:
        self._events, self._stream, self._pause_s = events, stream, pause_s
        self._newest: dict[str, Any] | None = None
        self._over = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def __call__(self, stage: str, done: int, total: int) -> None:
        self._newest = {"stage": stage, "done": done, "total": total}
        if self._task is None and not self._over.is_set():
            self._task = asyncio.create_task(self._tell())

    async def end(self) -> None:
        """Wait for the event that is being written; what came after it is forgotten."""
        self._over.set()
        if self._task:
            await self._task

    async def _tell(self) -> None:
        try:
            while self._newest and not self._over.is_set():
                data, self._newest = self._newest, None
                await self._events.append(self._stream, "progress", data)
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._over.wait(), self._pause_s)
        except NotFoundError:  # deleted meanwhile
            self._over.set()
        except Exception as error:  # noqa: BLE001 (a word less about progress must not end the work)
            log.warning("progress not told: %s", type(error).__name__)
            self._over.set()
        finally:
            self._task = None
