"""Strengths from duels: as others compute them, and as they were when the duels were made up."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from server.domain.bradley_terry import Duel, Fit, chance, fit

players = st.integers(0, 4)
lengths = st.integers(-20, 20).map(lambda step: step / 20)


@st.composite
def duels(draw: st.DrawFn) -> Duel:
    first = draw(players)
    second = draw(players.filter(lambda other: other != first))
    played = draw(st.integers(1, 50))
    return Duel(first, second, draw(st.integers(0, 2 * played)) / 2, played, draw(lengths))


def oracle(name: str) -> Any:
    return pytest.importorskip(name, reason="needs the extra `oracle` (pip install -e '.[oracle]')")


def log_likelihood(duels: Sequence[Duel], at: Sequence[float], count: int) -> float:
    """As the module describes it, written down plainly."""

    def log_chance(odds: float) -> float:
        return -math.log1p(math.exp(-odds)) if odds > -30 else odds

    total = sum(0.5 * (log_chance(value) + log_chance(-value)) for value in at)
    for duel in duels:
        odds = at[duel.first] - at[duel.second] + (at[count] * duel.length if len(at) > count else 0.0)
        total += duel.won * log_chance(odds) + (duel.played - duel.won) * log_chance(-odds)
    return total


@settings(deadline=None, max_examples=60)
@given(st.lists(duels(), max_size=12), st.booleans())
def test_no_step_in_any_direction_is_likelier(given: list[Duel], with_length: bool) -> None:  # noqa: FBT001
    found = fit(given, players=5, with_length=with_length)
    at = [*found.strengths, found.effect][: 5 + with_length]

    top = log_likelihood(given, at, 5)
    for number in range(len(at)):
        for step in (-0.01, 0.01):
            moved = [value + step * (index == number) for index, value in enumerate(at)]
            assert log_likelihood(given, moved, 5) < top


@settings(deadline=None, max_examples=30)
@given(st.lists(duels(), min_size=1, max_size=12), st.lists(st.floats(-9, 9), min_size=6, max_size=6))
def test_where_the_search_starts_does_not_matter(given: list[Duel], start: list[float]) -> None:
    found = fit(given, players=5, with_length=True)
    again = fit(given, players=5, with_length=True, start=Fit(tuple(start[:5]), start[5]))

    assert again.strengths == pytest.approx(found.strengths, abs=1e-6)
    assert again.effect == pytest.approx(found.effect, abs=1e-6)


def test_two_players_are_as_far_apart_as_their_wins_and_the_draws_they_are_given() -> None:
    """Two alone stand at s and -s. By hand: the slope is won - played p + (0.5 - chance(s)), with p = chance(2 s)."""
    strength = fit([Duel(0, 1, 30, 40)], players=2).strengths[0]

    assert 30 - 40 * chance(2 * strength) + 0.5 - chance(strength) == pytest.approx(0, abs=1e-9)
    assert chance(2 * strength) == pytest.approx(0.75, abs=0.01)


def test_who_won_everything_is_not_infinitely_strong() -> None:
    first, second, third = fit([Duel(0, 1, 5, 5), Duel(0, 2, 5, 5), Duel(1, 2, 5, 5)], players=3).strengths

    assert 1 < first < 4
    assert (second, third) == pytest.approx((0, -first), abs=1e-9)


def test_without_duels_everyone_is_average() -> None:
    assert fit([], players=3, with_length=True) == Fit((0.0, 0.0, 0.0), 0.0)


@pytest.mark.parametrize("seed", range(5))
def test_strengths_are_those_that_choix_finds(seed: int) -> None:
    """choix has no draws and no prior of our kind: wins are given to it as a matrix, where a draw is half, and the
    average player is one more."""
    choix, numpy = oracle("choix"), oracle("numpy")
    chooser = random.Random(seed)  # noqa: S311 (no secret)
    count = 6
    given = [
        Duel(i, j, chooser.randint(0, 2 * played) / 2, played)
        for i in range(count)
        for j in range(i + 1, count)
        for played in [chooser.randint(1, 30)]
    ]
    wins = numpy.zeros((count + 1, count + 1))
    wins[count, :count] = wins[:count, count] = 0.5
    for duel in given:
        wins[duel.first, duel.second] += duel.won
        wins[duel.second, duel.first] += duel.played - duel.won

    theirs = choix.ilsr_pairwise_dense(wins)

    assert fit(given, players=count).strengths == pytest.approx(
        list(theirs[:count] - theirs[count]), abs=1e-5
    )


@pytest.mark.parametrize("seed", range(3))
def test_the_effect_of_length_is_what_a_general_optimiser_finds(seed: int) -> None:
    optimize = oracle("scipy.optimize")
    chooser = random.Random(seed)  # noqa: S311 (no secret)
    given = [
        Duel(*chooser.sample(range(4), 2), chooser.randint(0, 9), 9, chooser.randint(-20, 20) / 20)
        for _ in range(30)
    ]

    theirs = optimize.minimize(lambda at: -log_likelihood(given, list(at), 4), [0.0] * 5, tol=1e-10)

    ours = fit(given, players=4, with_length=True)
    assert [*ours.strengths, ours.effect] == pytest.approx(list(theirs.x), abs=1e-4)


def test_what_duels_were_made_from_is_found_again() -> None:
    strengths, effect = (0.8, 0.2, -0.3, -0.7), 1.5
    chooser = random.Random(4)  # noqa: S311 (no secret)
    made = []
    for _ in range(20_000):
        i, j = chooser.sample(range(4), 2)
        length = round(20 * chooser.uniform(-0.6, 0.6)) / 20
        won = chooser.random() < chance(strengths[i] - strengths[j] + effect * length)
        made.append(Duel(i, j, float(won), 1.0, length))

    found = fit(made, players=4, with_length=True)

    assert found.strengths == pytest.approx(strengths, abs=0.08)
    assert found.effect == pytest.approx(effect, abs=0.15)
