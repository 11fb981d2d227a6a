"""The gate before an endpoint, over minutes that take no time: in order, not too many, none while it is away."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from server.adapters.openai_errors import CallFailedError, unavailable
from server.adapters.provider_gate import Ended, Gate, Permit
from server.adapters.provider_rates import Rates
from server.adapters.provider_tries import Tries
from server.domain.errors import RateLimitedError, RunError, UnavailableError
from server.domain.models import Breaker
from server.domain.waits import WaitReason

from leaping import leaping, now

HOST = "llm.test"
Call = Callable[[], Awaitable[None]]


def a_gate(**options: Any) -> Gate:
    return Gate(HOST, "m", **options)


async def entered(gate: Gate, *, tokens: float = 0, within_s: float = 600, stays: bool = True) -> Permit:
    return await gate.enter(tokens=tokens, deadline=now() + within_s, stays=stays)


async def a_known_gate(**options: Any) -> Gate:
    gate = a_gate(**options)
    gate.leave(await entered(gate), Ended.WELL)
    return gate


async def an_open_gate(**options: Any) -> Gate:
    """Of an endpoint that was there and has gone."""
    gate = await a_known_gate(**options)
    await asyncio.sleep(11)
    permits = [await entered(gate) for _ in range(5)]
    for permit in permits:
        gate.leave(permit, Ended.AWAY)
    assert gate.state.breaker is Breaker.OPEN
    return gate


async def run(gate: Gate, call: Call, *, seconds: float = 600, stays: bool = True) -> int:
    """A question at this gate. Returns how many calls it took."""
    tries = Tries(gate, seconds, stays=stays)
    while True:
        permit = await tries.enter()
        try:
            await call()
        except CallFailedError as failed:
            await asyncio.sleep(tries.failed(permit, failed))
        else:
            tries.answered(permit)
            return len(tries.attempts)
        finally:
            tries.left(permit)


# In order, and not too many


def test_no_more_are_in_flight_than_the_ceiling_and_they_go_in_order() -> None:
    async def scene() -> None:
        gate, order, most = a_gate(ceiling=3), [], 0

        async def one(number: int) -> None:
            nonlocal most
            permit = await entered(gate)
            order.append(number)
            most = max(most, gate.state.in_flight)
            await asyncio.sleep(1)
            gate.leave(permit, Ended.WELL)

        began = now()
        await asyncio.gather(*(one(number) for number in range(10)))
        assert (most, order, round(now() - began, 3)) == (3, list(range(10)), 4.0)
        assert (gate.state.in_flight, gate.state.waiting) == (0, 0)

    leaping(scene())


def test_one_who_is_cancelled_in_line_or_in_flight_leaves_no_trace() -> None:
    async def scene() -> None:
        gate = a_gate(ceiling=1)
        held = await entered(gate)
        waiting = [asyncio.create_task(entered(gate)) for _ in range(3)]
        await asyncio.sleep(1)
        assert gate.state.waiting == 3
        waiting[0].cancel()
        waiting[1].cancel()
        await asyncio.sleep(1)
        gate.leave(held, Ended.LEFT)
        gate.leave(held, Ended.LEFT)
        gate.leave(await waiting[2], Ended.WELL)
        assert (gate.state.in_flight, gate.state.waiting) == (0, 0)

    leaping(scene())


def test_a_refusal_makes_fewer_go_at_once() -> None:
    async def scene() -> None:
        gate = a_gate(ceiling=10)
        permits = [await entered(gate) for _ in range(10)]
        for permit in permits:
            gate.leave(permit, Ended.OVERLOADED)
        assert gate.state.limit == 7
        await asyncio.sleep(1)
        silent = await entered(gate)
        await asyncio.sleep(1)
        gate.leave(silent, Ended.SILENT)
        assert gate.state.limit == 4

    leaping(scene())


def test_to_be_left_alone_holds_for_everybody() -> None:
    async def scene() -> None:
        gate, began = a_gate(), now()
        gate.leave(await entered(gate), Ended.OVERLOADED, hold_s=30)
        assert gate.obstacle(0) is WaitReason.RATE
        await asyncio.gather(entered(gate), entered(gate))
        assert now() - began == pytest.approx(30)

    leaping(scene())


def test_who_cannot_wait_so_long_is_told_at_once_without_a_call() -> None:
    async def scene() -> None:
        gate, began = a_gate(), now()
        gate.leave(await entered(gate), Ended.OVERLOADED, hold_s=1000)
        with pytest.raises(RateLimitedError):
            await entered(gate, within_s=600)
        assert now() == began

    leaping(scene())


def test_nobody_is_held_for_more_than_an_hour() -> None:
    async def scene() -> None:
        gate, began = a_gate(), now()
        gate.leave(await entered(gate), Ended.OVERLOADED, hold_s=1e9)
        await entered(gate, within_s=4000)
        assert now() - began == pytest.approx(3600)

    leaping(scene())


def test_requests_and_tokens_keep_to_what_was_set_for_a_minute() -> None:
    async def scene() -> None:
        requests = a_gate(ceiling=100, rates=Rates(requests_per_minute=10))
        began = now()
        for _ in range(30):
            await entered(requests)
        assert now() - began == pytest.approx(120, abs=1)

        tokens, began = a_gate(ceiling=100, rates=Rates(tokens_per_minute=1000)), now()
        for _ in range(6):
            await entered(tokens, tokens=500)
        assert now() - began == pytest.approx(120, abs=1)

    leaping(scene())


def test_a_call_larger_than_a_minute_waits_for_all_of_one_and_keeps_its_place() -> None:
    async def scene() -> None:
        gate, began, order = a_gate(rates=Rates(tokens_per_minute=1000)), now(), []

        async def one(tokens: int) -> None:
            await entered(gate, tokens=tokens)
            order.append((tokens, round(now() - began)))

        await asyncio.gather(one(100), one(5000), one(10))
        assert order == [(100, 0), (5000, 6), (10, 7)]

    leaping(scene())


def test_a_place_in_line_that_does_not_come_in_time_is_a_timeout() -> None:
    async def scene() -> None:
        gate = a_gate(ceiling=1)
        await entered(gate)
        with pytest.raises(TimeoutError):
            await entered(gate, within_s=5)
        assert gate.state.waiting == 0

    leaping(scene())


# Away


def test_before_an_endpoint_that_was_never_there_people_get_three_attempts_and_no_wait() -> None:
    async def scene() -> None:
        gate, began = a_gate(), now()

        async def nobody() -> None:
            raise unavailable(HOST)

        for _ in range(4):
            with pytest.raises(UnavailableError) as raised:
                await run(gate, nobody)
            assert len(raised.value.attempts) == 3
        assert now() - began < 4 * 1.6
        assert gate.obstacle(0) is None

    leaping(scene())


def test_a_patient_process_waits_for_one_that_was_never_there() -> None:
    async def scene() -> None:
        gate, began = a_gate(patient=True), now()

        async def up_after_five_minutes() -> None:
            if now() < began + 300:
                raise unavailable(HOST)

        calls = await run(gate, up_after_five_minutes)
        assert 300 <= now() - began <= 311
        assert calls < 40

    leaping(scene())


def test_waiting_ends_with_the_deadline_and_says_who_is_away() -> None:
    async def scene() -> None:
        gate, began = await an_open_gate(), now()

        async def never() -> None:
            raise unavailable(HOST)

        with pytest.raises(UnavailableError):
            await run(gate, never, seconds=120)
        assert now() - began == pytest.approx(120, abs=0.1)

    leaping(scene())


def test_who_has_somewhere_else_to_go_does_not_wait() -> None:
    async def scene() -> None:
        gate = await an_open_gate()
        gate_waits, began = asyncio.create_task(entered(gate)), now()
        await asyncio.sleep(0)
        with pytest.raises(UnavailableError):
            await entered(gate, stays=False)
        assert now() == began
        await gate_waits

    leaping(scene())


def test_who_has_somewhere_else_to_go_leaves_the_line_when_the_endpoint_goes() -> None:
    async def scene() -> None:
        gate = await a_known_gate(ceiling=5)
        await asyncio.sleep(11)
        permits = [await entered(gate) for _ in range(5)]
        hasty = [asyncio.create_task(entered(gate, stays=False)) for _ in range(3)]
        patient = asyncio.create_task(entered(gate))
        await asyncio.sleep(1)
        for permit in permits:
            gate.leave(permit, Ended.AWAY)
        began = now()
        ended = await asyncio.gather(*hasty, return_exceptions=True)
        assert [type(one) for one in ended] == [UnavailableError] * 3
        assert now() == began
        assert (await patient).is_probe

    leaping(scene())


def test_somebody_who_could_go_elsewhere_still_finds_out_that_it_is_back() -> None:
    async def scene() -> None:
        gate = await an_open_gate()
        await asyncio.sleep(2)
        permit = await entered(gate, stays=False)
        assert permit.is_probe
        gate.leave(permit, Ended.WELL)
        assert gate.state.breaker is Breaker.CLOSED

    leaping(scene())


def test_the_first_word_of_a_probe_lets_the_next_ones_in_one_by_one() -> None:
    async def scene() -> None:
        gate = await an_open_gate(ceiling=8)
        probe = await entered(gate)
        assert probe.is_probe
        others = [asyncio.create_task(entered(gate)) for _ in range(6)]
        await asyncio.sleep(5)
        assert not any(task.done() for task in others)
        gate.heard(probe)
        assert (gate.state.breaker, gate.state.limit) == (Breaker.CLOSED, 1)
        gate.leave(probe, Ended.WELL)
        await asyncio.sleep(0.1)
        assert sum(task.done() for task in others) == 2
        for task in others[:2]:
            gate.leave(task.result(), Ended.WELL)
        await asyncio.sleep(0.1)
        assert sum(task.done() for task in others) == 6

    leaping(scene())


def test_a_probe_that_hears_nothing_does_not_keep_others_from_trying() -> None:
    async def scene() -> None:
        gate = await an_open_gate()
        first, began = await entered(gate), now()
        second = await entered(gate)
        assert (first.is_probe, second.is_probe, round(now() - began)) == (True, True, 30)

    leaping(scene())


# Storms


def test_down_for_a_minute_costs_hardly_a_call_and_nobody_fails() -> None:
    async def scene() -> None:
        gate = await a_known_gate(ceiling=50, backoff_s=0.5)
        await asyncio.sleep(11)
        down_from, calls_while_open = now() + 5, 0

        async def call() -> None:
            nonlocal calls_while_open
            if gate.state.breaker is not Breaker.CLOSED:
                calls_while_open += 1
            await asyncio.sleep(0.05)
            if down_from <= now() < down_from + 60:
                raise unavailable(HOST)
            await asyncio.sleep(1)

        async def one(number: int) -> int:
            await asyncio.sleep(number / 20)
            return await run(gate, call)

        taken = await asyncio.gather(*(one(number) for number in range(1000)))
        assert len(taken) == 1000
        assert calls_while_open <= 10
        assert sum(taken) <= 1000 + 30 + 50 + 10  # until it opens, in flight by then, and probes

    leaping(scene())


def test_half_of_all_calls_failing_costs_at_most_two_and_a_third_and_nearly_all_get_an_answer() -> None:
    async def scene() -> None:
        gate, chance, calls = await a_known_gate(ceiling=50), random.Random(4711), 0  # noqa: S311

        async def call() -> None:
            nonlocal calls
            calls += 1
            await asyncio.sleep(1)
            if chance.random() < 0.5:
                raise unavailable(HOST)

        runs = 1000
        taken = await asyncio.gather(*(run(gate, call) for _ in range(runs)), return_exceptions=True)
        failed = [one for one in taken if isinstance(one, BaseException)]
        assert all(isinstance(one, RunError) for one in failed)
        assert len(failed) <= runs * 0.01
        assert calls <= 2.3 * runs
        assert gate.state.retries == calls - runs

    leaping(scene())
