"""How often, when and how fast failed calls are made again."""

from __future__ import annotations

import pytest
from server.adapters.openai_errors import Retry
from server.adapters.provider_retries import RetryBudget, attempts_allowed, jitter


@pytest.mark.parametrize(
    ("retry", "is_known", "calls"),
    [
        (Retry.NEVER, True, 1),
        (Retry.ONCE, True, 2),
        (Retry.YES, True, 8),
        (Retry.YES, False, 3),
        (Retry.ONCE, False, 2),
    ],
)
def test_how_often_depends_on_the_failure_and_on_whether_the_endpoint_was_ever_there(
    retry: Retry,
    is_known: bool,  # noqa: FBT001
    calls: int,
) -> None:
    assert attempts_allowed(retry, is_known=is_known) == calls


def test_pauses_are_anything_up_to_a_limit_that_doubles() -> None:
    pause_s = jitter(0.5)
    most = [max(pause_s(failures) for _ in range(400)) for failures in range(1, 8)]

    for longest, limit in zip(most, [0.5, 1, 2, 4, 8, 8, 8], strict=True):
        assert 0.8 * limit < longest <= limit
    assert min(pause_s(7) for _ in range(400)) < 0.8


def test_a_burst_goes_at_once_and_then_they_are_paced() -> None:
    budget = RetryBudget(100)
    waits = [budget.take(50.0) for _ in range(130)]

    assert waits[:100] == [0.0] * 100
    assert waits[109] == pytest.approx(0.2)  # fifty a second for a hundred calls in flight
    assert waits[129] == pytest.approx(0.6)


def test_five_first_calls_pay_for_a_retry() -> None:
    budget = RetryBudget(8)
    for _ in range(10):
        budget.take(50.0)
    for _ in range(5):
        budget.called()

    assert budget.take(50.0) == 0.0
    assert budget.take(50.0) == pytest.approx(0.25)
