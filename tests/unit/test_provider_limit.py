"""How many calls an endpoint bears, found out by trying."""

from __future__ import annotations

from server.adapters.provider_limit import AdaptiveLimit


def test_it_begins_at_its_ceiling_and_never_leaves_it_upwards() -> None:
    limit = AdaptiveLimit(8)
    for _ in range(100):
        limit.succeeded()

    assert limit.now == 8


def test_being_refused_takes_three_tenths_of_it_down_to_one() -> None:
    limit, seen = AdaptiveLimit(100), []
    for at in range(20):
        limit.overloaded(began=at, at=at + 0.5)
        seen.append(limit.now)

    assert seen[:4] == [70, 49, 34, 24]
    assert seen[-1] == 1


def test_a_whole_round_of_refusals_counts_once() -> None:
    limit = AdaptiveLimit(100)
    for answered in range(100):
        limit.overloaded(began=0.0, at=1.0 + answered / 100)
    assert limit.now == 70

    limit.overloaded(began=1.5, at=2.5)
    assert limit.now == 49


def test_it_grows_by_one_in_every_window_of_answers() -> None:
    limit = AdaptiveLimit(20)
    limit.overloaded(began=0, at=1)
    assert limit.now == 14

    for _ in range(15):
        limit.succeeded()
    assert limit.now == 15


def test_after_the_endpoint_was_away_it_starts_with_one_and_doubles_with_every_round() -> None:
    limit = AdaptiveLimit(40)
    limit.start_again()
    rounds = []
    for _ in range(6):
        rounds.append(limit.now)
        for _ in range(limit.now):
            limit.succeeded()

    assert rounds == [1, 2, 4, 8, 16, 32]
    for _ in range(8):
        limit.succeeded()
    assert limit.now == 40
