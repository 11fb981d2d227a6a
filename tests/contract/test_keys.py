"""Idempotency keys: the same facts hold in memory and in SQL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from server.application.ports import KeptAnswer
from server.domain.errors import BusyError

from builders import NOON, a_paper, a_queued_run
from storage import STORAGES, Storage, opened

pytestmark = pytest.mark.anyio

UNTIL = NOON + timedelta(seconds=30)
LATER = NOON + timedelta(seconds=31)
STILL_LATER = NOON + timedelta(seconds=61)
ANSWER = KeptAnswer(202, (("location", "/api/runs/1"),), '{"id": "1", "名": "\\u0000"}')


@pytest.fixture(params=STORAGES)
async def storage(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Storage]:
    async with opened(request.param, tmp_path) as storage:
        yield storage


async def take(
    storage: Storage, *, now: object = NOON, until: object = UNTIL, request: str = "asked"
) -> bool:
    async with storage.unit_of_work() as uow:
        taken = await uow.keys.take("key", request, now=now, lease_until=until)  # type: ignore[arg-type]
        await uow.commit()
    return taken


async def bind(storage: Storage, about: str = "run:1", *, paper: bool = False) -> None:
    async with storage.unit_of_work() as uow:
        await uow.keys.bind("key", about, paper_id=a_paper().id if paper else None)
        await uow.commit()


async def answer(storage: Storage, *, until: object = UNTIL) -> None:
    async with storage.unit_of_work() as uow:
        await uow.keys.answer("key", ANSWER, held_until=until)  # type: ignore[arg-type]
        await uow.commit()


async def test_a_new_key_is_taken_once(storage: Storage) -> None:
    taken = await asyncio.gather(*(take(storage) for _ in range(8)))

    assert sorted(taken) == [False] * 7 + [True]


async def test_a_key_whose_holder_is_silent_is_taken_over(storage: Storage) -> None:
    await take(storage)

    assert not await take(storage, now=UNTIL)
    assert await take(storage, now=LATER, until=STILL_LATER)


async def test_another_request_does_not_take_a_key(storage: Storage) -> None:
    await take(storage)

    assert not await take(storage, now=LATER, request="something else")


async def test_an_answer_is_kept_as_it_was_sent(storage: Storage) -> None:
    await take(storage)
    await answer(storage)

    async with storage.unit_of_work() as uow:
        kept = await uow.keys.get("key")
    assert kept is not None
    assert (kept.fingerprint, kept.created_at, kept.lease_until, kept.answer) == ("asked", NOON, None, ANSWER)
    assert not await take(storage, now=LATER)


async def test_whoever_lost_a_key_writes_nothing(storage: Storage) -> None:
    await take(storage)
    await take(storage, now=LATER, until=STILL_LATER)

    await answer(storage, until=UNTIL)
    async with storage.unit_of_work() as uow:
        await uow.keys.let_go("key", held_until=UNTIL)
        renewed = await uow.keys.renew("key", held_until=UNTIL, lease_until=STILL_LATER)
        await uow.commit()
        kept = await uow.keys.get("key")

    assert not renewed
    assert kept is not None
    assert (kept.answer, kept.lease_until) == (None, STILL_LATER)


async def test_a_key_is_bound_to_one_record(storage: Storage) -> None:
    await take(storage)
    await bind(storage)

    with pytest.raises(BusyError):
        await bind(storage, "run:2")
    async with storage.unit_of_work() as uow:
        kept = await uow.keys.get("key")
    assert kept is not None
    assert kept.about == "run:1"


async def test_a_key_that_is_gone_is_bound_to_nothing(storage: Storage) -> None:
    with pytest.raises(BusyError):
        await bind(storage)


async def test_what_lets_go_without_a_record_leaves_no_key(storage: Storage) -> None:
    await take(storage)
    async with storage.unit_of_work() as uow:
        await uow.keys.let_go("key", held_until=UNTIL)
        await uow.commit()

    assert await take(storage, request="something else")


async def test_what_lets_go_after_recording_is_still_bound(storage: Storage) -> None:
    await take(storage)
    await bind(storage)
    async with storage.unit_of_work() as uow:
        await uow.keys.let_go("key", held_until=UNTIL)
        await uow.commit()
        kept = await uow.keys.get("key")

    assert kept is not None
    assert (kept.about, kept.lease_until) == ("run:1", None)
    assert await take(storage, now=NOON)


@pytest.mark.parametrize("what", ["paper", "run"])
async def test_an_answer_goes_with_what_it_tells_of(storage: Storage, what: str) -> None:
    run = a_queued_run()
    await storage.has(a_paper(), run)
    await take(storage)
    await bind(storage, f"run:{run.id}", paper=True)
    await answer(storage)

    async with storage.unit_of_work() as uow:
        await (uow.papers.delete(a_paper().id) if what == "paper" else uow.runs.delete(run.id))
        await uow.commit()
        kept = await uow.keys.get("key")

    assert kept is not None
    assert (kept.about, kept.answer) == (f"run:{run.id}", None)


async def test_old_keys_are_forgotten(storage: Storage) -> None:
    await take(storage)

    async with storage.unit_of_work() as uow:
        assert await uow.keys.forget(before=NOON) == 0
        assert await uow.keys.forget(before=LATER) == 1
        await uow.commit()
        assert await uow.keys.get("key") is None


async def test_queued_runs_are_counted_for_their_owner(storage: Storage) -> None:
    owner = a_queued_run().owner
    await storage.has(a_paper(), a_queued_run())

    async with storage.unit_of_work() as uow:
        assert await uow.runs.waiting(owner=owner, at_most=5) == 1
        assert await uow.runs.waiting(owner=owner, at_most=0) == 0
        assert await uow.runs.waiting(owner=owner, at_most=5, alone=True) == 1
        assert await uow.runs.waiting(owner="another", at_most=5) == 0
