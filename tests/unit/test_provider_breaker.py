"""When an endpoint counts as away, and who finds out that it is back."""

from __future__ import annotations

import random

from server.adapters.provider_breaker import SILENT_S, CircuitBreaker
from server.domain.models import Breaker


def an_open_one(*, at: float = 100.0) -> CircuitBreaker:
    breaker = CircuitBreaker()
    while not breaker.fail(at):
        pass
    return breaker


def test_five_failures_in_a_row_open_it_when_there_are_few_calls() -> None:
    breaker = CircuitBreaker()

    assert [breaker.fail(float(second)) for second in range(0, 50, 10)] == [False] * 4 + [True]
    assert breaker.state is Breaker.OPEN


def test_an_answer_in_between_keeps_it_closed() -> None:
    breaker = CircuitBreaker()
    breaker.answer(0.0, began=0.0)
    opened = []
    for second in range(1, 60):
        opened.append(breaker.fail(float(second)))
        if second % 4 == 0:
            breaker.answer(float(second), began=second - 1.0)

    assert not any(opened)


def test_many_calls_open_it_when_four_fifths_of_them_fail() -> None:
    breaker = CircuitBreaker()
    breaker.answer(0.0, began=0.0)
    for call in range(40):
        if call % 4 == 0:
            breaker.answer(1.0, began=0.5)
        else:
            assert not breaker.fail(1.0)  # three of four

    assert any(breaker.fail(2.0) for _ in range(20))


def test_a_run_does_not_use_up_its_attempts_at_an_endpoint_that_has_just_gone() -> None:
    breaker = CircuitBreaker()
    for _ in range(3):
        breaker.answer(1.0, began=0.5)

    assert [breaker.fail(1.5) for _ in range(8)] == [False] * 7 + [True]


def test_thirty_in_a_row_open_it_however_much_was_answered_before() -> None:
    breaker = CircuitBreaker()
    for _ in range(1000):
        breaker.answer(1.0, began=0.5)

    assert [breaker.fail(1.5) for _ in range(30)] == [False] * 29 + [True]


def test_half_of_many_calls_failing_by_chance_leaves_it_closed() -> None:
    breaker, chance = CircuitBreaker(), random.Random(4711)  # noqa: S311
    at = 0.0
    for _ in range(50_000):
        at += 0.1  # 100 calls in the window
        if chance.random() < 0.5:
            assert not breaker.fail(at)
        else:
            breaker.answer(at, began=at - 1)

    assert breaker.state is Breaker.CLOSED


def test_what_failed_long_ago_does_not_count() -> None:
    breaker = CircuitBreaker()
    breaker.answer(0.0, began=0.0)
    for call in range(15):
        breaker.fail(1.0 if call % 4 else 1.5)
        if call % 4 == 0:
            breaker.answer(1.0, began=0.0)
    breaker.answer(1.6, began=1.5)

    assert not any(breaker.fail(30.0 + second) for second in range(4))


def test_while_it_is_open_one_probe_goes_after_each_pause_and_pauses_grow() -> None:
    breaker = an_open_one(at=100.0)
    at, pauses = 100.0, []
    for _ in range(6):
        pauses.append(breaker.wait_s(at))
        at += pauses[-1]
        assert breaker.let_pass(at)
        assert breaker.state is Breaker.HALF_OPEN
        assert breaker.wait_s(at) == SILENT_S
        breaker.fail(at, is_probe=True)

    assert pauses == [1, 2, 4, 8, 10, 10]


def test_a_probe_that_is_answered_closes_it_and_one_that_is_left_makes_room_for_the_next() -> None:
    breaker = an_open_one(at=100.0)
    breaker.let_pass(101.0)
    breaker.leave(101.5)
    assert breaker.wait_s(101.5) == 0

    breaker.let_pass(101.5)
    assert breaker.answer(102.0, began=101.5, is_probe=True)
    assert (breaker.state, breaker.wait_s(102.0)) == (Breaker.CLOSED, 0.0)


def test_an_answer_that_was_on_its_way_before_does_not_close_it() -> None:
    breaker = an_open_one(at=100.0)

    assert not breaker.answer(100.5, began=99.0)
    assert breaker.state is Breaker.OPEN


def test_what_failed_before_the_first_answer_is_forgotten_with_it() -> None:
    breaker = CircuitBreaker()
    for _ in range(4):
        breaker.fail(0.0)
    breaker.answer(1.0, began=0.5)

    assert not any(breaker.fail(2.0) for _ in range(4))
