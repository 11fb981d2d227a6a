"""Tell of a run while it is held; what cannot be told for the moment is told later, in order."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from server.application.leases import Lease
from server.application.patience import FIRST_PAUSE_S, LONGEST_PAUSE_S, may_pass
from server.application.ports import Event, Events
from server.domain.errors import NotFoundError


@dataclass
class HeldEvents(Events):
    """Events of one execution. An answer is not lost because storage is away while it streams in: what is to be told of
    it waits here, and `settle` waits for it."""

    events: Events
    lease: Lease
    _untold: deque[tuple[str, str, Mapping[str, Any]]] = field(default_factory=deque)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    _pause_s: float = FIRST_PAUSE_S
    _not_before: float = 0.0
    """Monotonic seconds: storage is left alone until then."""

    async def append(
        self,
        stream: str,
        name: str,
        data: Mapping[str, Any],
        *,
        fence: int | None = None,  # noqa: ARG002 (the lease's own)
    ) -> Event:
        self._untold.append((stream, name, data))
        told: Event | None = None
        if self.lease.clock.monotonic() >= self._not_before:
            async with self._turn:
                told = await self._tell()
        return told or Event(0, 0, stream, name, data)

    async def settle(self) -> None:
        """Return when all is told and the run is known to be held. When storage is away for too long the run is let
        go: whoever finds it will not pay again for what was answered."""
        await self.lease.sure()
        if self._untold:
            try:
                await self.lease.patience(self._tell_all)
            except Exception as error:
                if not may_pass(error):
                    raise
                self.lease.lose()
                await self.lease.sure()

    async def _tell_all(self) -> None:
        await self.lease.sure()
        async with self._turn:
            while self._untold:
                await self._tell_next()

    async def _tell(self) -> Event | None:
        """All that waits, as far as storage takes it. Returns the last one."""
        told = None
        try:
            while self._untold:
                if self.lease.may_have_passed and not await self.lease.try_to_renew():
                    break
                told = await self._tell_next()
        except Exception as error:
            if not may_pass(error):
                raise
            self.lease.patience.failed(error)
        if self._untold:
            self._not_before = self.lease.clock.monotonic() + self._pause_s
            self._pause_s = min(2 * self._pause_s, LONGEST_PAUSE_S)
        else:
            self._pause_s = FIRST_PAUSE_S
        return told

    async def _tell_next(self) -> Event:
        if self.lease.is_lost:
            await self.lease.sure()
        stream, name, data = self._untold[0]
        try:
            told = await self.events.append(stream, name, data, fence=self.lease.run.fence)
        except NotFoundError:
            self.lease.lose()
            await self.lease.sure()
            raise
        except Exception as error:
            if not may_pass(error):
                self._untold.popleft()  # it must not stand in the way of the end
            raise
        self._untold.popleft()
        return told

    async def after(self, streams: Sequence[str], seq: int) -> Sequence[Event]:
        return await self.events.after(streams, seq)

    async def wait(self, streams: Sequence[str], *, timeout_s: float) -> bool:
        return await self.events.wait(streams, timeout_s=timeout_s)
