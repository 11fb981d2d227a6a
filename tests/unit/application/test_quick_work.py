"""Work is done in the event loop once it was quick."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from server.application.quick_work import QUICK_S, REMEMBERED, QuickWork

pytestmark = pytest.mark.anyio


def taking(*seconds: float) -> Callable[[], float]:
    """A clock by which one piece of work after another takes so long."""
    moments = [moment for took in seconds for moment in (0.0, took)]
    return lambda: moments.pop(0)


def here() -> bool:
    return threading.current_thread() is threading.main_thread()


async def test_work_leaves_the_event_loop_until_it_was_quick() -> None:
    work = QuickWork(taking(1.0, QUICK_S, 1.0, 0.0))

    assert [await work("one", here) for _ in range(4)] == [False, False, True, False]


async def test_what_one_piece_of_work_took_says_nothing_of_another() -> None:
    work = QuickWork(taking(0.0, 0.0))

    assert [await work(name, here) for name in ("one", "other")] == [False, False]


async def test_work_that_fails_is_timed_too() -> None:
    work = QuickWork(taking(0.0, 0.0))

    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            await work("one", lambda: 1 / 0)

    assert len(work._took) == 1


async def test_not_more_is_remembered_than_is_of_use() -> None:
    work = QuickWork(lambda: 0.0)

    for number in range(REMEMBERED + 5):
        await work(number, here)

    assert len(work._took) == REMEMBERED
