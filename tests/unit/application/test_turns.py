"""Taking turns: one after another per key, in the order they came, whatever happens to one of them."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest
from server.application.turns import Turns

pytestmark = pytest.mark.anyio


class Diary:
    """Who began and who ended, in order."""

    def __init__(self) -> None:
        self.turns = Turns()
        self.written: list[str] = []

    async def reads(
        self, name: str, key: str = "paper", *, passes_on: bool = False, fails: bool = False
    ) -> None:
        async with self.turns.take(key) as turn:
            self.written.append(f"{name} begins")
            await asyncio.sleep(0)
            if passes_on:
                turn.pass_on()
                turn.pass_on()
            await asyncio.sleep(0.005)
            self.written.append(f"{name} ends")
            if fails:
                raise ValueError


async def test_readers_of_one_paper_take_turns_in_the_order_they_came() -> None:
    diary = Diary()

    await asyncio.gather(*(diary.reads(name) for name in "ABC"))

    assert diary.written == ["A begins", "A ends", "B begins", "B ends", "C begins", "C ends"]


async def test_a_turn_passed_on_lets_one_more_begin() -> None:
    diary = Diary()

    await asyncio.gather(diary.reads("A", passes_on=True), diary.reads("B"), diary.reads("C"))

    assert diary.written[:2] == ["A begins", "B begins"]
    assert diary.written.index("C begins") > diary.written.index("B ends")


async def test_readers_of_different_papers_do_not_wait() -> None:
    diary = Diary()

    await asyncio.gather(diary.reads("A", "one"), diary.reads("B", "another"))

    assert diary.written[:2] == ["A begins", "B begins"]


async def test_an_error_ends_the_turn() -> None:
    diary = Diary()

    results = await asyncio.gather(diary.reads("A", fails=True), diary.reads("B"), return_exceptions=True)

    assert [type(result) for result in results] == [ValueError, type(None)]
    assert diary.written[-1] == "B ends"


async def test_an_error_after_the_turn_was_passed_on_ends_nobody_elses() -> None:
    diary = Diary()

    await asyncio.gather(
        diary.reads("A", passes_on=True, fails=True),
        diary.reads("B"),
        diary.reads("C"),
        return_exceptions=True,
    )

    assert diary.written.index("C begins") > diary.written.index("B ends")


@pytest.mark.parametrize("cancelled", [0, 1], ids=["while it has its turn", "while it waits"])
async def test_whoever_is_cancelled_holds_up_nobody(cancelled: int) -> None:
    diary = Diary()
    tasks = [asyncio.create_task(diary.reads(name)) for name in "ABC"]
    await asyncio.sleep(0.001)

    tasks[cancelled].cancel()
    with suppress(asyncio.CancelledError):
        await tasks[cancelled]
    await asyncio.wait_for(asyncio.gather(*(t for n, t in enumerate(tasks) if n != cancelled)), 1)

    assert diary.written[-1] == "C ends"


async def test_a_key_nobody_waits_for_is_forgotten() -> None:
    diary = Diary()

    await diary.reads("A")

    assert len(diary.turns._locks) == 0
