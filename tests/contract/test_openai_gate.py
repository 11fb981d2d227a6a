"""The engine at an endpoint that comes and goes: who waits, who leaves, and what callers are told."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from server.adapters import provider_breaker
from server.adapters.openai_engine import OpenAIEngine
from server.application.ports import Completed, Delta, Restarted, Waiting
from server.domain.errors import RunError, UnavailableError
from server.domain.models import Breaker
from server.domain.waits import WaitReason

from fake_provider import ANSWER, Exchange, FakeProvider, refuses, resets, responds, streams
from questions import a_question, events_of

pytestmark = pytest.mark.anyio

WELL = streams(ANSWER)
AWAY = refuses(503)
Make = Callable[..., OpenAIEngine]


@pytest.fixture
async def engine_at(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Make]:
    """Engines whose breakers try again after a twentieth of a second."""
    monkeypatch.setattr(provider_breaker, "FIRST_PAUSE_S", 0.05)
    monkeypatch.setattr(provider_breaker, "LONGEST_PAUSE_S", 0.1)
    made: list[OpenAIEngine] = []

    def make(provider: FakeProvider, **options: Any) -> OpenAIEngine:
        made.append(OpenAIEngine(provider.base_url, backoff_s=0.01, **options))
        return made[-1]

    yield make
    for engine in made:
        await engine.close()


def state(engine: OpenAIEngine) -> Breaker:
    return engine.gates[0].breaker


async def test_a_run_waits_while_the_endpoint_is_away_and_says_so(engine_at: Make) -> None:
    async with FakeProvider(*[AWAY] * 12, WELL) as provider:
        engine = engine_at(provider, patient=True)
        events = await events_of(engine.ask(a_question()))

    kinds = [type(event) for event in events]
    assert kinds[:9] == [Restarted] * 5 + [Waiting, Waiting, Restarted, Waiting]
    assert events[5:7] == [Waiting(WaitReason.AWAY), Waiting(None)]
    assert kinds[-3:] == [Waiting, Delta, Completed]
    ended = events[-1]
    assert isinstance(ended, Completed)
    assert [one.outcome for one in ended.attempts] == ["unavailable"] * 12 + ["ok"]
    assert state(engine) is Breaker.CLOSED


async def test_an_endpoint_that_was_there_is_waited_for_until_the_deadline(engine_at: Make) -> None:
    async with FakeProvider(WELL, resets) as provider:
        engine = engine_at(provider)
        await events_of(engine.ask(a_question()))
        with pytest.raises(UnavailableError) as raised:
            await events_of(engine.ask(a_question(deadline_s=2.0)))
        assert state(engine) is not Breaker.CLOSED
        assert len(raised.value.attempts) == len(provider.requests) - 1

    assert len(raised.value.attempts) > 8
    assert {one.outcome for one in raised.value.attempts} == {"unavailable"}


async def test_who_has_an_alternative_leaves_as_soon_as_the_endpoint_is_away(engine_at: Make) -> None:
    async with FakeProvider(WELL, AWAY) as provider:
        engine = engine_at(provider)
        await events_of(engine.ask(a_question()))
        with pytest.raises(UnavailableError) as raised:
            await events_of(engine.ask(a_question(has_alternative=True)))

    assert len(raised.value.attempts) == 8  # five, had it not answered just before


async def test_noise_is_tried_eight_times_at_an_endpoint_that_was_there(engine_at: Make) -> None:
    async with FakeProvider(WELL, *[AWAY] * 7, WELL) as provider:
        engine = engine_at(provider)
        await events_of(engine.ask(a_question()))
        *_, ended = await events_of(engine.ask(a_question()))

    assert isinstance(ended, Completed)
    assert len(ended.attempts) == 8


async def test_to_be_left_alone_holds_back_the_others_too(engine_at: Make) -> None:
    loop, asked_at = asyncio.get_running_loop(), list[float]()

    def noting(step: Callable[[Exchange], Awaitable[None]]) -> Callable[[Exchange], Awaitable[None]]:
        async def noted(exchange: Exchange) -> None:
            asked_at.append(loop.time())
            await step(exchange)

        return noted

    busy = responds({"error": {"message": "slow"}}, status=429, retry_after="1")
    async with FakeProvider(noting(busy), noting(WELL)) as provider:
        engine = engine_at(provider)
        first = asyncio.create_task(events_of(engine.ask(a_question())))
        while not engine.gates or not engine.gates[0].retries:  # noqa: ASYNC110 (nothing tells)
            await asyncio.sleep(0.01)
        second = await events_of(engine.ask(a_question()))
        await first

    assert second[0] == Waiting(WaitReason.RATE)
    assert [at - asked_at[0] >= 0.99 for at in asked_at[1:]] == [True, True]


async def test_no_more_calls_are_under_way_than_the_model_allows(engine_at: Make) -> None:
    under_way, most = 0, 0

    async def counted(exchange: Exchange) -> None:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0.05)
        under_way -= 1
        await WELL(exchange)

    async with FakeProvider(counted) as provider:
        engine = engine_at(provider, ceiling=2)
        await asyncio.gather(*(events_of(engine.ask(a_question())) for _ in range(6)))

    assert most == 2


@pytest.mark.parametrize("left_at", ["waiting", "answering"])
async def test_who_leaves_makes_room(engine_at: Make, left_at: str) -> None:
    async with FakeProvider(streams('{"wh', ends="stall"), WELL) as provider:
        engine = engine_at(provider, ceiling=1)
        first, second = engine.ask(a_question()), engine.ask(a_question())
        await anext(first)
        assert await anext(second) == Waiting(WaitReason.BUSY)
        if left_at == "waiting":
            await second.aclose()
        await first.aclose()
        if left_at == "answering":
            await events_of(second)
        await events_of(engine.ask(a_question()))

    assert (engine.gates[0].in_flight, engine.gates[0].waiting) == (0, 0)


async def test_half_of_all_calls_failing_leaves_hardly_a_run_without_an_answer(engine_at: Make) -> None:
    chance = random.Random(4711)  # noqa: S311
    async with FakeProvider(WELL, *(chance.choice((WELL, AWAY)) for _ in range(400))) as provider:
        engine = engine_at(provider, ceiling=16)
        await events_of(engine.ask(a_question()))
        asking = (events_of(engine.ask(a_question())) for _ in range(60))
        ended = await asyncio.gather(*asking, return_exceptions=True)
        calls = len(provider.requests)

    failed = [one for one in ended if isinstance(one, RunError)]
    assert len(failed) <= 1  # 0.4 % of the runs
    assert [len(one.attempts) for one in failed] == [8] * len(failed)
    assert calls <= 2.3 * 61


async def test_a_key_of_its_own_is_not_held_back_by_anothers_limit(engine_at: Make) -> None:
    busy = responds({"error": {"message": "slow"}}, status=429, retry_after="100")
    async with FakeProvider(busy, WELL) as provider:
        mine, theirs = engine_at(provider), engine_at(provider)
        with pytest.raises(RunError):
            await events_of(mine.ask(a_question()))
        events = await events_of(theirs.ask(a_question()))

    assert [type(event) for event in events] == [Delta, Completed]
