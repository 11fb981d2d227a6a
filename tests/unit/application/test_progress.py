"""Telling how far a work is."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from server.application.progress import Telling
from server.domain.extractions import Extraction
from server.domain.ids import PaperId

from builders.papers import an_extraction
from house import PDF, House

pytestmark = pytest.mark.anyio


class Reporting:
    """A reader that reports three steps at once, and lets others work between them."""

    version = "1"

    async def read(self, data: bytes, *, on_progress: Any = None) -> Extraction:  # noqa: ARG002
        for done in (1, 2, 3):
            on_progress("read", done, 3)
        await asyncio.sleep(0.01)
        return an_extraction()

    async def picture(self, data: bytes, *, page: int, width: int) -> bytes:
        raise NotImplementedError


async def a_paper(house: House) -> PaperId:
    return (await house.ingest(PDF, filename="a.pdf")).paper.id


async def test_a_reading_tells_how_far_it_is_between_its_start_and_its_end() -> None:
    house = House()
    object.__setattr__(house.read_paper, "reader", Reporting())
    paper_id = await a_paper(house)

    await house.read_paper(paper_id)

    events = [(e.name, dict(e.data)) for e in house.memory.events.all]
    assert events == [
        ("started", {}),
        ("progress", {"stage": "read", "done": 3, "total": 3}),
        ("finished", {"status": "ready"}),
    ]


async def test_steps_that_come_fast_are_told_as_the_newest_one() -> None:
    house = House()
    telling = Telling(house.memory.events, f"paper:{await a_paper(house)}", pause_s=0.02)
    for done in range(50):
        telling("read", done, 50)
        await asyncio.sleep(0)
    await asyncio.sleep(0.05)
    await telling.end()

    told = [e.data["done"] for e in house.memory.events.all]
    assert told[-1] == 49
    assert len(told) <= 3


async def test_nothing_is_told_after_the_end() -> None:
    house = House()
    telling = Telling(house.memory.events, f"paper:{await a_paper(house)}")
    await telling.end()

    telling("read", 1, 2)
    await asyncio.sleep(0.01)

    assert house.memory.events.all == []


async def test_a_paper_that_was_deleted_is_told_nothing() -> None:
    house = House()
    telling = Telling(house.memory.events, "paper:gone", pause_s=0)

    telling("read", 1, 2)
    await asyncio.sleep(0.01)
    telling("read", 2, 2)
    await telling.end()

    assert house.memory.events.all == []
