"""Strengths of players from duels: a Bradley-Terry model, with the length of the answers as a covariate.

The log-odds that the first of a duel wins are `strength[first] - strength[second] + effect * length`. A draw is half a
win each, as in Chatbot Arena (Chiang et al. 2024, arXiv:2403.04132). That answers win by their length alone, and that
a coefficient for it takes this out of the strengths, is its "style control" (Li, Angelopoulos and Chiang, "Does Style
Matter?", 2024); the relative difference of lengths is theirs.

Whoever has won every duel would be infinitely strong. So every coefficient has a log-F(1,1) prior (Greenland and
Mansournia 2015, doi:10.1002/sim.6537): each player is taken to have drawn one more duel, against an average player,
and so is the length. That also puts the average strength at zero.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

STEPS = 60
CLOSE = 1e-9
"""The search ends when no coefficient moves by more."""
MOST = 1.0
"""Longest step of a coefficient. Newton's own may overshoot for ever from more than 2.18 away (where the step of a
single draw is twice the way to the top)."""


@dataclass(frozen=True, slots=True)
class Duel:
    """Some meetings of two players whose answers differed alike."""

    first: int
    second: int
    won: float
    """By the first; a draw is half."""
    played: float
    length: float = 0.0
    """How much longer the first's answers were: (own - other) / (own + other), -1 to 1."""


@dataclass(frozen=True, slots=True)
class Fit:
    strengths: tuple[float, ...]
    """Log-odds against an average player."""
    effect: float
    """Of the length; 0 where it was not asked for."""


def fit(duels: Sequence[Duel], *, players: int, with_length: bool = False, start: Fit | None = None) -> Fit:
    """The likeliest strengths, by Newton's method. `start`: where to search from, such as those of nearly the same
    duels. The likelihood has one top, so this changes the time and not the result."""
    size = players + with_length
    at = [*start.strengths, start.effect][:size] if start else [0.0] * size
    for _ in range(STEPS):
        slope, curve = _derivatives(duels, at, players, with_length=with_length)
        step = _solved(curve, slope)
        scale = MOST / max([MOST, *map(abs, step)])
        at = [value + scale * change for value, change in zip(at, step, strict=True)]
        if all(abs(change) < CLOSE for change in step):
            break
    return Fit(tuple(at[:players]), at[players] if with_length else 0.0)


def chance(log_odds: float) -> float:
    """The probability that goes with log-odds."""
    if log_odds < 0:
        return math.exp(log_odds) / (1.0 + math.exp(log_odds))
    return 1.0 / (1.0 + math.exp(-log_odds))


def _derivatives(
    duels: Sequence[Duel], at: Sequence[float], players: int, *, with_length: bool
) -> tuple[list[float], list[list[float]]]:
    """Slope of the log-likelihood at a point, and how fast it flattens (minus the second derivative)."""
    size = len(at)
    slope, curve = [0.0] * size, [[0.0] * size for _ in range(size)]
    for number, value in enumerate(at):  # the draw against an average player
        expected = chance(value)
        slope[number] = 0.5 - expected
        curve[number][number] = expected * (1.0 - expected)
    effect = at[players] if with_length else 0.0
    for duel in duels:
        i, j = duel.first, duel.second
        expected = chance(at[i] - at[j] + effect * duel.length)
        surplus = duel.won - duel.played * expected
        weight = duel.played * expected * (1.0 - expected)
        slope[i] += surplus
        slope[j] -= surplus
        curve[i][i] += weight
        curve[j][j] += weight
        curve[i][j] -= weight
        curve[j][i] -= weight
        if with_length:
            by_length = weight * duel.length
            slope[players] += surplus * duel.length
            curve[players][players] += by_length * duel.length
            for player, share in ((i, by_length), (j, -by_length)):
                curve[player][players] += share
                curve[players][player] += share
    return slope, curve


def _solved(matrix: list[list[float]], right: list[float]) -> list[float]:
    """`x` with `matrix @ x == right`, for a symmetric positive definite matrix (Cholesky)."""
    size = len(right)
    lower = [[0.0] * size for _ in range(size)]
    for i in range(size):
        for j in range(i + 1):
            rest = matrix[i][j] - sum(lower[i][k] * lower[j][k] for k in range(j))
            lower[i][j] = math.sqrt(rest) if i == j else rest / lower[j][j]
    middle = [0.0] * size
    for i in range(size):
        middle[i] = (right[i] - sum(lower[i][k] * middle[k] for k in range(i))) / lower[i][i]
    found = [0.0] * size
    for i in reversed(range(size)):
        found[i] = (middle[i] - sum(lower[k][i] * found[k] for k in range(i + 1, size))) / lower[i][i]
    return found
