"""Engines that stop in the middle, and storage that is away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import Any

from server.application.execute_run import ExecuteRun
from server.application.ports import Engine, EngineEvent, Event, Question, UnitOfWork, UnitOfWorkFactory
from server.domain.errors import BusyError
from server.domain.runs import Run

from house import House, ListedModels
from memory import Memory


class Stuck:
    """Passes `before` questions on to an engine; at the next one it is stuck until it is let go."""

    def __init__(self, engine: Engine, *, before: int) -> None:
        self.engine = engine
        self.asked = 0
        self.reached = asyncio.Event()
        self.go_on = asyncio.Event()
        self._before = before

    async def ask(self, question: Question) -> AsyncGenerator[EngineEvent]:
        self.asked += 1
        if self.asked == self._before + 1:
            self.reached.set()
            await self.go_on.wait()
        async for event in self.engine.ask(question):
            yield event

    async def close(self) -> None:
        await self.engine.close()


class Out:
    """Storage of a house that can be away, for its executor alone."""

    def __init__(self, memory: Memory) -> None:
        self.is_away = False
        self.refused = 0
        self._memory = memory
        self._uow: UnitOfWorkFactory = memory.unit_of_work

    @asynccontextmanager
    async def unit_of_work(self) -> AsyncIterator[UnitOfWork]:
        self._look()
        async with self._uow() as uow:
            yield uow

    async def append(
        self, stream: str, name: str, data: Mapping[str, Any], *, fence: int | None = None
    ) -> Event:
        self._look()
        return await self._memory.events.append(stream, name, data, fence=fence)

    def _look(self) -> None:
        if self.is_away:
            self.refused += 1
            raise BusyError(retry_after_s=1)


def executor(house: House, *, engine: Engine | None = None, out: Out | None = None) -> ExecuteRun:
    """Another one, over this engine or this storage instead of the house's own."""
    changes: dict[str, Any] = {}
    if engine:
        changes["models"] = ListedModels((house.models.get(None), engine))
    if out:
        changes |= {"unit_of_work": out.unit_of_work, "events": out}
    return replace(house.another_executor(), **changes)


async def stopped_during(house: House, run: Run, *, call: int) -> None:
    """An executor took the run and stopped while its `call`-th call was in flight: nothing of that came back."""
    stuck = Stuck(house.engine, before=call - 1)
    going = asyncio.create_task(executor(house, engine=stuck)(run.id))
    async with asyncio.timeout(5):
        await stuck.reached.wait()
    going.cancel()
    with suppress(asyncio.CancelledError):
        await going
