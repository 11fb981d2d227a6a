"""Rank readers by votes."""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import quantiles

from server.domain.bradley_terry import Duel, Fit, chance, fit
from server.domain.ids import PaperId
from server.domain.models import EngineKind
from server.domain.standings import LEAST_PAPERS, LengthEffect, Player, Ranking, Rating, Score, Standing
from server.domain.votes import BOTH_BAD, UNDECIDED, Contestant, Vote

ROUNDS = 200
"""Resamplings behind an interval."""
SEED = 0
MIDDLE, SCALE = 1000.0, 400.0 / math.log(10)
"""As in chess: 400 points more are odds of 10 to 1, and an average reader has 1000."""
GRAIN = 20
"""Relative lengths are told apart in steps of a twentieth."""
TWICE = 1 / 3
"""Relative difference of lengths, where one is twice the other."""


def rank(votes: Iterable[Vote], *, language: str | None = None) -> Ranking:
    """The ranking that these votes make.

    A vote for one of several is a win over each of the others; one for none is a draw of all, counted so that it weighs
    as much. Texts that someone brought along and readers that met themselves are left out.

    Args:
        votes: Those that count (`Vote.ranks`), all on one row or all on the whole.
        language: Only between answers in this language.
    """
    meetings = [m for vote in votes if (m := _Meeting.of(vote, language))]
    players = sorted({player for meeting in meetings for player in meeting.players})
    numbers = {player: number for number, player in enumerate(players)}
    papers = _by_paper(meetings, numbers)
    duels = _merged(papers.values())
    plain = fit(duels, players=len(players))
    equal = fit(duels, players=len(players), with_length=True)
    spread = _Spread.of(papers, plain, equal, len(players))
    groups = _groups(duels, len(players))
    standings = [
        _standing(
            player,
            meetings,
            Rating(_points(plain.strengths[n]), *spread.interval(spread.plain[n])),
            Rating(_points(equal.strengths[n]), *spread.interval(spread.equal[n])),
            groups[n],
        )
        for n, player in enumerate(players)
    ]
    low, high = spread.interval(spread.effect)
    return Ranking(
        tuple(sorted(standings, key=lambda s: (-s.rating.value, s.player))),
        votes=len(meetings),
        papers=len(papers),
        length_effect=LengthEffect(equal.effect, low, high, chance(equal.effect * TWICE)),
    )


def scores(contestants: Sequence[Contestant], votes: Iterable[Vote]) -> dict[str, Score]:
    """The running score of these contestants by label, over the votes between exactly their readers. None for a
    reader that met itself."""
    players = {contestant.label: Player.of(contestant) for contestant in contestants}
    if len(set(players.values())) < len(players):
        return {}
    counted: Counter[tuple[Player, str]] = Counter()
    for vote in votes:
        own = {c.label: Player.of(c) for c in vote.contestants}
        if sorted(own.values()) != sorted(players.values()):
            continue
        for label, player in own.items():
            counted[player, _result(vote, label)] += 1
    return {
        label: Score(counted[player, "win"], counted[player, "loss"], counted[player, "tie"])
        for label, player in players.items()
    }


def _result(vote: Vote, label: str) -> str:
    if vote.winner in UNDECIDED:
        return "tie"
    return "win" if vote.winner == label else "loss"


@dataclass(frozen=True, slots=True)
class _Meeting:
    """A vote between readers that can be ranked."""

    vote: Vote
    contestants: tuple[Contestant, ...]

    @classmethod
    def of(cls, vote: Vote, language: str | None) -> _Meeting | None:
        own = tuple(
            c for c in vote.contestants if c.engine != EngineKind.TEXT and language in (None, c.language)
        )
        labels = {c.label for c in own}
        told = vote.winner in UNDECIDED or vote.winner in labels
        return cls(vote, own) if told and len({Player.of(c) for c in own}) > 1 else None

    @property
    def players(self) -> list[Player]:
        return [Player.of(contestant) for contestant in self.contestants]

    def duels(self, numbers: Mapping[Player, int]) -> Iterator[Duel]:
        undecided = self.vote.winner in UNDECIDED
        weight = 2 / len(self.contestants) if undecided else 1.0
        for a, b in combinations(self.contestants, 2):
            first, second = numbers[Player.of(a)], numbers[Player.of(b)]
            if first == second or not (undecided or self.vote.winner in (a.label, b.label)):
                continue
            won = 0.5 * weight if undecided else float(self.vote.winner == a.label)
            length = _relative_length(a, b)
            if first > second:  # one way round, so that equal duels are found to be equal
                first, second, won, length = second, first, weight - won, -length
            yield Duel(first, second, won, weight, length)


def _relative_length(a: Contestant, b: Contestant) -> float:
    """Only within a language: a Japanese character says more than an English one."""
    both = a.characters + b.characters
    if not both or a.language != b.language:
        return 0.0
    return round(GRAIN * (a.characters - b.characters) / both) / GRAIN


def _by_paper(meetings: Sequence[_Meeting], numbers: Mapping[Player, int]) -> dict[PaperId, list[Duel]]:
    papers: dict[PaperId, list[Duel]] = {}
    for meeting in meetings:
        papers.setdefault(meeting.vote.paper_id, []).extend(meeting.duels(numbers))
    return {paper: _merged([duels]) for paper, duels in papers.items()}


def _merged(groups: Iterable[Sequence[Duel]]) -> list[Duel]:
    """Equal meetings as one: the likelihood is the same, and a tenth of the time."""
    sums: dict[tuple[int, int, float], tuple[float, float]] = {}
    for duel in (duel for group in groups for duel in group):
        key = (duel.first, duel.second, duel.length)
        won, played = sums.get(key, (0.0, 0.0))
        sums[key] = (won + duel.won, played + duel.played)
    return [Duel(i, j, won, played, length) for (i, j, length), (won, played) in sums.items()]


@dataclass(frozen=True, slots=True)
class _Spread:
    """What came out when papers were drawn anew: readers of one paper judge the same answers, so votes on it are not
    independent of each other."""

    plain: tuple[list[float], ...]
    equal: tuple[list[float], ...]
    effect: list[float]

    @classmethod
    def of(cls, papers: Mapping[PaperId, list[Duel]], plain: Fit, equal: Fit, players: int) -> _Spread:
        spread = cls(tuple([] for _ in range(players)), tuple([] for _ in range(players)), [])
        if len(papers) < LEAST_PAPERS:
            return spread
        chooser, known = random.Random(SEED), list(papers.values())  # noqa: S311 (no secret)
        for _ in range(ROUNDS):
            duels = _merged(chooser.choices(known, k=len(known)))
            once = fit(duels, players=players, start=plain)
            levelled = fit(duels, players=players, with_length=True, start=equal)
            for number in {n for duel in duels for n in (duel.first, duel.second)}:
                spread.plain[number].append(_points(once.strengths[number]))
                spread.equal[number].append(_points(levelled.strengths[number]))
            spread.effect.append(levelled.effect)
        return spread

    @staticmethod
    def interval(values: Sequence[float]) -> tuple[float | None, float | None]:
        if len(values) < ROUNDS // 2:  # seldom drawn: on too few papers to tell
            return None, None
        cuts = quantiles(values, n=40, method="inclusive")
        return cuts[0], cuts[-1]


def _points(strength: float) -> float:
    return MIDDLE + SCALE * strength


def _standing(
    player: Player, meetings: Sequence[_Meeting], rating: Rating, at_equal_length: Rating, group: int
) -> Standing:
    own = [(m.vote, c) for m in meetings for c in m.contestants if Player.of(c) == player]
    results = Counter(_result(vote, contestant.label) for vote, contestant in own)
    both_bad = sum(vote.winner == BOTH_BAD for vote, _ in own)
    return Standing(
        player=player,
        rating=rating,
        at_equal_length=at_equal_length,
        wins=results["win"],
        losses=results["loss"],
        ties=results["tie"] - both_bad,
        both_bad=both_bad,
        votes=len({vote.id for vote, _ in own}),
        papers=len({vote.paper_id for vote, _ in own}),
        mean_characters=sum(contestant.characters for _, contestant in own) / len(own),
        group=group,
    )


def _groups(duels: Sequence[Duel], players: int) -> list[int]:
    """For each player the number of its group, from 1; who met is in one group."""
    leader = list(range(players))

    def lead(player: int) -> int:
        while leader[player] != player:
            player = leader[player]
        return player

    for duel in duels:
        leader[lead(duel.second)] = lead(duel.first)
    order = {found: number for number, found in enumerate(dict.fromkeys(map(lead, range(players))), 1)}
    return [order[lead(player)] for player in range(players)]
