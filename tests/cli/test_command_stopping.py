"""A process that is told to stop stops, whatever goes wrong on the way."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from server.cli.stopping import Stopping

pytestmark = pytest.mark.anyio


class Broken:
    """Services that cannot be stopped in order."""

    force = SimpleNamespace(under_way=(0, 0))

    async def stop(self, *, now: bool = False) -> None:
        raise LookupError(now)


async def test_a_process_ends_though_its_work_could_not_be_handed_back() -> None:
    told = list[str]()
    services: Any = Broken()
    stopping = Stopping(services, then=lambda: told.append("then"), force=lambda: told.append("force"))

    for _ in range(2):
        stopping.tell()
        await asyncio.sleep(0)
    await asyncio.sleep(0)

    assert told == ["then", "force"]
    assert [type(task.exception()) for task in stopping._tasks] == [LookupError] * 2
