"""What a ranking says: readers, their ratings and how far those can be trusted."""

from __future__ import annotations

from dataclasses import dataclass

from server.domain.votes import Contestant

LEAST_VOTES = 30
"""Below, not even 2 wins of 3 differ from chance (sign test, 5 %)."""
LEAST_PAPERS = 5
"""Below, resampling papers makes intervals far too narrow (Cameron, Gelbach and Miller 2008,
doi:10.1162/rest.90.3.414, on few clusters)."""


@dataclass(frozen=True, slots=True, order=True)
class Player:
    """Who is ranked: a version of a persona with a model."""

    persona: str
    version: str
    model: str

    @classmethod
    def of(cls, contestant: Contestant) -> Player:
        return cls(contestant.persona.id, contestant.persona.version, contestant.model)


@dataclass(frozen=True, slots=True)
class Rating:
    """In points; `low` and `high` hold 95 %, and are None while there are too few papers to tell."""

    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Standing:
    """One reader in a ranking."""

    player: Player
    rating: Rating
    at_equal_length: Rating
    """What the rating would be if all answers were equally long."""
    wins: int
    losses: int
    ties: int
    both_bad: int
    votes: int
    papers: int
    mean_characters: float
    group: int
    """Readers of different groups never met, not even by way of others: their ratings say nothing about each other."""


@dataclass(frozen=True, slots=True)
class LengthEffect:
    """How much length alone wins. `low` and `high` hold 95 % of `coefficient`."""

    coefficient: float
    low: float | None
    high: float | None
    twice_as_long: float
    """The probability that, of two otherwise equal answers, the one twice as long is preferred."""


@dataclass(frozen=True, slots=True)
class Ranking:
    standings: tuple[Standing, ...]
    """The best first."""
    votes: int
    papers: int
    length_effect: LengthEffect

    @property
    def is_enough(self) -> bool:
        """Whether there is enough to say anything. Otherwise show that it is not, rather than an order."""
        return self.votes >= LEAST_VOTES and self.papers >= LEAST_PAPERS


@dataclass(frozen=True, slots=True)
class Score:
    """Of one candidate against the others of its comparison, over all votes between just these readers."""

    wins: int = 0
    losses: int = 0
    ties: int = 0
