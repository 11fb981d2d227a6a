"""The page of the ranking: who was preferred, how sure that is, and what length has to do with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Annotated, Any
from urllib.parse import urlencode

from litestar import Request, Response, get
from litestar.params import QueryParameter

from server.application.personas import PersonaShelf
from server.application.rank_readers import RankReaders
from server.domain.comparisons import ROWS
from server.domain.models import EXTRACTIVE
from server.domain.standings import LEAST_PAPERS, LEAST_VOTES, LengthEffect, Ranking, Standing
from server.web.catalogue import say
from server.web.given import Given
from server.web.languages import interface_language
from server.web.pages.frame import page
from server.web.plain import plain

LEAST_SPAN = 100.0
"""Points an axis covers at least, so that next to nothing does not look like much."""
AXIS = 400
"""Width of the drawing, in its own units."""
EDGE = 8


@dataclass(frozen=True, slots=True)
class Bar:
    """A dot with its interval; places along the drawing."""

    dot: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Ranked:
    """A reader in the ranking, ready to be set."""

    place: int | None
    """None while there are too few votes for an order."""
    name: str
    version: str
    model: str | None
    address: str
    rating: int
    interval: str | None
    bar: Bar
    score: str
    """Wins, ties and losses in words."""
    votes: int
    papers: int
    characters: int


@dataclass(frozen=True, slots=True)
class Chart:
    """Readers that have met, directly or by way of others, on one axis."""

    middle: float
    """Where 1000 stands."""
    readers: tuple[Ranked, ...]


@dataclass(frozen=True, slots=True)
class Missing:
    votes: int
    papers: int


@get("/ranking")
async def ranking_page(
    request: Request[Any, Any, Any],
    rank_readers: Given[RankReaders],
    shelf: Given[PersonaShelf],
    row: Annotated[str | None, QueryParameter(max_length=64)] = None,
) -> Response[bytes]:
    """Readers by blind votes, over all or on one row."""
    language = interface_language(request)
    ranking = await rank_readers(row=row or None)
    names = {persona.id: plain(persona.name.in_(language)) for persona in await shelf.list()}
    return page(
        request,
        "ranking.html.j2",
        charts=charts(ranking, language, names=names),
        votes=ranking.votes,
        papers=ranking.papers,
        missing=_missing(ranking),
        length=_length(ranking.length_effect, language) if ranking.standings else None,
        row=row or "",
        rows=[(kind.id, kind.label.in_(language), _filtered(kind.id)) for kind in ROWS],
        axis=AXIS,
    )


def charts(ranking: Ranking, language: str, *, names: Mapping[str, str]) -> tuple[Chart, ...]:
    """One for each group of readers that can be compared; the best first."""
    by_group = sorted(ranking.standings, key=lambda s: s.group)
    groups = [list(group) for _, group in groupby(by_group, key=lambda s: s.group)]
    return tuple(
        _chart(sorted(group, key=lambda s: -s.rating.value), ranking, language, names) for group in groups
    )


def _chart(standings: Sequence[Standing], ranking: Ranking, language: str, names: Mapping[str, str]) -> Chart:
    ratings = [s.rating for s in standings]
    ends = [v for r in ratings for v in (r.value, r.low, r.high) if v is not None]
    low, high = min(ends), max(ends)
    if high - low < LEAST_SPAN:
        middle = (low + high) / 2
        low, high = middle - LEAST_SPAN / 2, middle + LEAST_SPAN / 2
    scale = (AXIS - 2 * EDGE) / (high - low)

    def at(points: float | None) -> float | None:
        return None if points is None else round(EDGE + (points - low) * scale, 1)

    middle_at = at(min(max(1000.0, low), high)) or 0.0
    ranked = []
    for number, standing in enumerate(standings, 1):
        rating, player = standing.rating, standing.player
        known = rating.low is not None and rating.high is not None
        ranked.append(
            Ranked(
                place=number if ranking.is_enough else None,
                name=names.get(player.persona, plain(player.persona)),
                version=plain(player.version),
                model=None if player.model == EXTRACTIVE else plain(player.model),
                address=f"/personas/{player.persona}@{player.version}",
                rating=round(rating.value),
                interval=f"{rating.low:.0f}–{rating.high:.0f}" if known else None,
                bar=Bar(at(rating.value) or 0.0, at(rating.low), at(rating.high)),
                score=say(
                    "ranking.score",
                    language,
                    wins=standing.wins,
                    ties=standing.ties + standing.both_bad,
                    losses=standing.losses,
                ),
                votes=standing.votes,
                papers=standing.papers,
                characters=round(standing.mean_characters),
            )
        )
    return Chart(middle_at, tuple(ranked))


def _missing(ranking: Ranking) -> Missing | None:
    """How many votes and papers are missing; None when there is enough."""
    if ranking.is_enough:
        return None
    return Missing(max(0, LEAST_VOTES - ranking.votes), max(0, LEAST_PAPERS - ranking.papers))


def _length(effect: LengthEffect, language: str) -> str:
    """What length alone does, in one sentence; that it is not known, where its interval holds nothing."""
    share = round(100 * effect.twice_as_long)
    if effect.low is None or effect.high is None:
        return say("ranking.length_unknown", language)
    if effect.low <= 0 <= effect.high:
        return say("ranking.length_none", language, share=share)
    return say("ranking.length_wins" if effect.low > 0 else "ranking.length_loses", language, share=share)


def _filtered(row: str) -> str:
    return f"/ranking?{urlencode({'row': row})}"
