"""Rankings: from votes to ratings that say how far they can be trusted."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest
from server.domain.bradley_terry import chance
from server.domain.ids import PaperId
from server.domain.ranking import rank, scores
from server.domain.standings import LEAST_PAPERS, LEAST_VOTES, Player, Ranking, Score
from server.domain.votes import Vote

from builders.votes import a_contestant, a_vote

SUMMARIZER, INTERPRETER, KESHAV = "summarizer", "interpreter", "keshav"


def between(*winners: str, papers: int = 1, **changes: Any) -> list[Vote]:
    """A vote for each winner, on the papers in turn."""
    return [
        a_vote(f"vote-{n}", winner=winner, paper_id=PaperId(f"paper-{n % papers}"), **changes)
        for n, winner in enumerate(winners)
    ]


def order(ranking: Ranking) -> list[str]:
    return [standing.player.persona for standing in ranking.standings]


def made_up(
    strengths: dict[str, float], *, votes: int, papers: int, effect: float = 0.0, seed: int = 1
) -> Iterator[Vote]:
    """Votes of people who prefer by these strengths and, by `effect`, the longer answer. A fifth are undecided."""
    chooser = random.Random(seed)  # noqa: S311 (no secret)
    for number in range(votes):
        pair = chooser.sample(sorted(strengths), 2)
        lengths = [chooser.randint(400, 1600) for _ in pair]
        relative = (lengths[0] - lengths[1]) / sum(lengths)
        odds = strengths[pair[0]] - strengths[pair[1]] + effect * relative
        winner = "A" if chooser.random() < chance(odds) else "B"
        contestants = [a_contestant(persona=p, characters=n) for p, n in zip(pair, lengths, strict=True)]
        yield a_vote(
            f"vote-{number:05}", winner=winner, between=contestants, paper_id=PaperId(f"p{number % papers}")
        )


def test_wins_losses_ties_and_both_bad_are_told_apart() -> None:
    ranking = rank(between("A", "A", "B", "tie", "both_bad", "both_bad", papers=2))

    first, second = ranking.standings
    assert (first.player, second.player) == (
        Player(SUMMARIZER, "1.0.0", "scripted"),
        Player(INTERPRETER, "1.0.0", "scripted"),
    )
    assert (first.wins, first.losses, first.ties, first.both_bad) == (2, 1, 1, 2)
    assert (second.wins, second.losses, second.ties, second.both_bad) == (1, 2, 1, 2)
    assert (first.votes, first.papers, ranking.votes, ranking.papers) == (6, 2, 6, 2)
    assert first.rating.value > 1000 > second.rating.value


def test_ties_alone_make_equals() -> None:
    ranking = rank(between("tie", "both_bad", "tie"))

    assert [standing.rating.value for standing in ranking.standings] == [1000, 1000]


def test_sides_do_not_matter() -> None:
    there = between("A", "A", "B")
    mirrored = between("B", "B", "A", between=(INTERPRETER, SUMMARIZER))

    assert [s.rating for s in rank(there).standings] == [s.rating for s in rank(mirrored).standings]


def test_two_models_of_one_persona_and_two_versions_are_different_readers() -> None:
    one = a_contestant()
    others = [replace(one, model="other"), replace(one, persona=replace(one.persona, version="2.0.0"))]

    ranking = rank(vote for other in others for vote in between("A", between=(one, other)))

    assert ranking.standings[0].player == Player(SUMMARIZER, "1.0.0", "scripted")
    assert len(ranking.standings) == 3


def test_the_best_of_three_has_beaten_both_and_the_others_have_not_met() -> None:
    ranking = rank(between("B", between=(SUMMARIZER, INTERPRETER, KESHAV)))

    assert order(ranking) == [INTERPRETER, KESHAV, SUMMARIZER]
    assert [s.wins for s in ranking.standings] == [1, 0, 0]
    assert ranking.standings[1].rating == ranking.standings[2].rating
    assert {standing.group for standing in ranking.standings} == {1}


def test_a_tie_of_three_weighs_as_much_as_a_choice_among_three() -> None:
    """Two duels' worth: it holds the others at the middle against two wins just as hard."""
    tied = rank(between("tie", "A", between=(SUMMARIZER, INTERPRETER, KESHAV)))
    of_two = rank(between("tie", "A"))

    assert order(tied)[0] == SUMMARIZER
    assert tied.standings[0].rating.value > of_two.standings[0].rating.value > 1000


def test_a_reader_that_met_itself_and_a_text_someone_brought_are_not_ranked() -> None:
    text = a_contestant(persona="text", engine="text", model="text")

    for votes in (between("A", between=(SUMMARIZER, SUMMARIZER)), between("B", between=(SUMMARIZER, text))):
        assert (rank(votes).standings, rank(votes).votes) == ((), 0)
    beside = rank(between("A", "C", between=(SUMMARIZER, INTERPRETER, text)))
    assert (order(beside), beside.votes) == ([SUMMARIZER, INTERPRETER], 1)


def test_no_votes_make_an_empty_ranking() -> None:
    ranking = rank([])

    assert (ranking.standings, ranking.is_enough, ranking.length_effect.twice_as_long) == ((), False, 0.5)


@pytest.mark.parametrize(
    ("votes", "papers", "enough"),
    [
        (LEAST_VOTES, LEAST_PAPERS, True),
        (LEAST_VOTES - 1, LEAST_PAPERS, False),
        (LEAST_VOTES, LEAST_PAPERS - 1, False),
    ],
)
def test_too_few_votes_or_papers_are_said_to_be(votes: int, papers: int, enough: object) -> None:
    ranking = rank(between(*["A", "B"] * (votes // 2), *["A"] * (votes % 2), papers=papers))

    assert ranking.is_enough is enough
    has_interval = [
        s.rating.low is not None and s.at_equal_length.high is not None for s in ranking.standings
    ]
    assert has_interval == [papers >= LEAST_PAPERS] * 2


def test_the_language_of_the_answers_can_be_chosen() -> None:
    ja = [a_contestant(persona=p, language="ja") for p in (SUMMARIZER, INTERPRETER)]
    votes = [
        *between("A", "A", "A"),
        *between("B", "B", between=ja),
        *between("A", between=(SUMMARIZER, ja[1])),
    ]

    assert order(rank(votes, language="ja")) == [INTERPRETER, SUMMARIZER]
    assert (rank(votes, language="ja").votes, rank(votes, language="en").votes, rank(votes).votes) == (
        2,
        3,
        6,
    )


def test_readers_that_never_met_are_of_different_groups() -> None:
    votes = [
        *between("A"),
        *between("A", between=(KESHAV, "claims")),
        *between("B", between=(INTERPRETER, "pico")),
    ]

    groups = {standing.player.persona: standing.group for standing in rank(votes).standings}

    assert groups[SUMMARIZER] == groups[INTERPRETER] == groups["pico"]
    assert groups[KESHAV] == groups["claims"] != groups[SUMMARIZER]


def test_the_same_votes_make_the_same_ranking() -> None:
    votes = list(made_up({SUMMARIZER: 0.5, INTERPRETER: -0.5}, votes=60, papers=6))

    assert rank(votes) == rank(votes)


def test_length_wins_and_is_taken_out_of_the_ratings() -> None:
    """The wordy reader is no better, but twice as long, and people prefer the long."""
    wordy, terse = a_contestant(persona=KESHAV, characters=2000), a_contestant(characters=1000)
    mixed = list(made_up({SUMMARIZER: 0.0, INTERPRETER: 0.0}, votes=600, papers=10, effect=3.0))
    votes = [*mixed, *between(*["A"] * 22, *["B"] * 8, papers=10, between=(wordy, terse))]

    ranking = rank(votes)

    wordys = next(s for s in ranking.standings if s.player.persona == KESHAV)
    assert ranking.length_effect.twice_as_long == pytest.approx(chance(1.0), abs=0.06)
    assert ranking.length_effect.low
    assert ranking.length_effect.low > 0
    assert wordys.rating.value > 1120
    assert abs(wordys.at_equal_length.value - 1000) < 60
    assert wordys.mean_characters == 2000


def test_lengths_in_different_languages_are_not_compared() -> None:
    one, other = a_contestant(language="ja", characters=100), a_contestant(persona=KESHAV, characters=900)

    ranking = rank(between(*["B"] * 40, papers=8, between=(one, other)))

    assert ranking.length_effect.coefficient == 0


def test_strengths_that_votes_were_made_from_lie_within_their_intervals() -> None:
    """Of 4 readers × 10 made-up polls, 95 % should; at least 32 of 40 (chance of less: under 1 in 2000)."""
    strengths = {SUMMARIZER: 0.6, INTERPRETER: 0.1, KESHAV: -0.2, "claims": -0.5}
    within = 0
    for seed in range(10):
        ranking = rank(made_up(strengths, votes=400, papers=25, seed=seed))
        for standing in ranking.standings:
            low, high = standing.rating.low, standing.rating.high
            true = 1000 + 400 * strengths[standing.player.persona] / 2.302585
            within += low is not None and high is not None and low <= true <= high

    assert within >= 32


def test_votes_on_one_paper_count_as_one_opinion_of_it() -> None:
    """The same 200 votes, their authors agreeing by paper, say less on 10 papers than on 200."""
    winners = ["A", "A", "B", "A", "B"] * 40
    few = [v for n, w in enumerate(["A", "A", "B", "A", "B"] * 2) for v in _on(f"p{n}", [w] * 20)]
    many = [v for n, w in enumerate(winners) for v in _on(f"p{n}", [w])]

    assert rank(few).standings[0].rating.value == pytest.approx(rank(many).standings[0].rating.value)
    assert _width(rank(few)) > 2 * _width(rank(many))


def test_a_running_score_is_of_these_readers_against_each_other_only() -> None:
    here = [a_contestant("A", INTERPRETER), a_contestant("B", SUMMARIZER)]
    votes = [
        *between("A", "A", "B", "tie", "both_bad"),
        *between("A", between=(SUMMARIZER, KESHAV)),
        *between("A", between=(SUMMARIZER, INTERPRETER, KESHAV)),
    ]

    assert scores(here, votes) == {"A": Score(1, 2, 2), "B": Score(2, 1, 2)}
    assert scores([here[0], replace(here[0], label="B")], votes) == {}


def _on(paper: str, winners: Sequence[str]) -> list[Vote]:
    return [
        a_vote(f"{paper}-{n}", winner=winner, paper_id=PaperId(paper)) for n, winner in enumerate(winners)
    ]


def _width(ranking: Ranking) -> float:
    rating = ranking.standings[0].rating
    assert rating.low is not None
    assert rating.high is not None
    return rating.high - rating.low
