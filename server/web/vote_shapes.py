"""Votes and rankings as the JSON shapes of the API."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from server.application.views import ComparisonView
from server.domain.standings import LEAST_PAPERS, LEAST_VOTES, Ranking, Rating, Score, Standing
from server.domain.votes import Vote
from server.web.structs import Out


class ScoreOut(Out):
    """Against just the other readers of this comparison, over all papers."""

    wins: int
    losses: int
    ties: int


class VoteOut(Out):
    id: str
    comparison_id: str
    row: str | None
    """None: the whole."""
    winner: str
    """A label, `tie` or `both_bad`."""
    comment: str
    blind: bool
    """Whether the names were hidden from the caller."""
    ranks: bool
    """Whether it counts in the ranking: blind, and the caller's first on these runs."""
    revealed: bool
    """Whether the comparison now shows the names to the caller."""
    votes: dict[str, int] | None
    """Voters per choice for the whole; null until revealed."""
    score: dict[str, ScoreOut] | None
    """Running score per label; null until revealed, and where a reader met itself."""
    created_at: datetime


class PlayerOut(Out):
    persona: str
    version: str
    model: str


class RatingOut(Out):
    """Points: 400 more are odds of 10 to 1. `low` and `high` hold 95 %; null with too few papers to tell."""

    rating: float
    low: float | None
    high: float | None


class StandingOut(Out):
    contestant: PlayerOut
    rating: float
    low: float | None
    high: float | None
    at_equal_length: RatingOut
    """What the rating would be if all answers were equally long."""
    wins: int
    losses: int
    ties: int
    both_bad: int
    votes: int
    papers: int
    mean_characters: float
    group: int
    """Ratings of different groups cannot be compared: their readers never met."""


class LengthEffectOut(Out):
    """How much the length alone of an answer wins. `low` and `high` hold 95 % of `coefficient` (log-odds)."""

    coefficient: float
    low: float | None
    high: float | None
    twice_as_long: float
    """The probability that, of two otherwise equal answers, the one twice as long is preferred."""


class RankingOut(Out):
    items: list[StandingOut]
    """The best first."""
    enough: bool
    """False: too few votes or papers to say anything; see `least_votes` and `least_papers`."""
    votes: int
    papers: int
    least_votes: int
    least_papers: int
    length_effect: LengthEffectOut


def vote_out(vote: Vote, view: ComparisonView, score: Mapping[str, Score]) -> VoteOut:
    """`view`: the comparison as its voter sees it after the vote."""
    return VoteOut(
        id=vote.id,
        comparison_id=vote.comparison_id,
        row=vote.row,
        winner=vote.winner,
        comment=vote.comment,
        blind=vote.blind,
        ranks=vote.ranks,
        revealed=not view.hidden,
        votes=None if view.hidden else dict(view.votes),
        score={
            label: ScoreOut(wins=one.wins, losses=one.losses, ties=one.ties) for label, one in score.items()
        }
        or None,
        created_at=vote.created_at,
    )


def ranking_out(ranking: Ranking) -> RankingOut:
    effect = ranking.length_effect
    return RankingOut(
        items=[_standing_out(standing) for standing in ranking.standings],
        enough=ranking.is_enough,
        votes=ranking.votes,
        papers=ranking.papers,
        least_votes=LEAST_VOTES,
        least_papers=LEAST_PAPERS,
        length_effect=LengthEffectOut(
            coefficient=round(effect.coefficient, 3),
            low=_rounded(effect.low, 3),
            high=_rounded(effect.high, 3),
            twice_as_long=round(effect.twice_as_long, 3),
        ),
    )


def _standing_out(standing: Standing) -> StandingOut:
    player, rating = standing.player, _rating_out(standing.rating)
    return StandingOut(
        contestant=PlayerOut(persona=player.persona, version=player.version, model=player.model),
        rating=rating.rating,
        low=rating.low,
        high=rating.high,
        at_equal_length=_rating_out(standing.at_equal_length),
        wins=standing.wins,
        losses=standing.losses,
        ties=standing.ties,
        both_bad=standing.both_bad,
        votes=standing.votes,
        papers=standing.papers,
        mean_characters=round(standing.mean_characters, 1),
        group=standing.group,
    )


def _rating_out(rating: Rating) -> RatingOut:
    return RatingOut(
        rating=round(rating.value, 1), low=_rounded(rating.low, 1), high=_rounded(rating.high, 1)
    )


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)
