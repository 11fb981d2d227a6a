"""Blind comparisons: shuffled sides, a curtain that each voter's vote lifts, and what such a vote counts for."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from server.adapters.scripted_engine import Script
from server.application.cast_vote import Ballot
from server.application.ports import Event
from server.domain.comparisons import Comparison, ComparisonStatus
from server.domain.errors import ConflictError, InvalidRequestError, NotFoundError, TruncatedError
from server.domain.ids import RunId
from server.domain.requests import ReaderRequest
from server.domain.runs import RunStatus
from server.domain.standings import Score

from builders import TITLE
from house import PAGED, House, an_interpretation, either

pytestmark = pytest.mark.anyio

ME, YOU = "cookie:me", "cookie:you"
READERS = (ReaderRequest("summarizer"), ReaderRequest("interpreter"))


def a_house(*scripts: Any) -> House:
    """Where shuffling turns everything round, so that tests know who is who."""
    house = House(*scripts)
    object.__setattr__(house.start_comparison, "shuffle", list.reverse)
    return house


async def compared(house: House, *readers: Any, **changes: Any) -> Comparison:
    comparison: Comparison = await house.a_comparison(*(readers or READERS), **{"blind": True, **changes})
    for run_id in list(house.memory.jobs.enqueued):
        await house.execute(run_id)
    return comparison


async def vote(
    house: House, comparison: Comparison, winner: str = "A", *, voter: str = ME, **more: Any
) -> Any:
    return await house.cast_vote(Ballot(comparison.id, voter, winner, **more))


def persona_of(house: House, comparison: Comparison, label: str) -> str:
    run_id = next(c.run_id for c in comparison.candidates if c.label == label)
    return house.kept(run_id).persona.id


# Starting


async def test_sides_are_shuffled_only_when_blind_and_apart_from_the_order_of_execution() -> None:
    house = a_house()

    openly = await compared(house, blind=False)
    blind = await compared(house, fresh=True)

    assert [persona_of(house, openly, label) for label in "AB"] == ["summarizer", "interpreter"]
    assert [persona_of(house, blind, label) for label in "AB"] == ["interpreter", "summarizer"]
    queued = [house.kept(run_id).persona.id for run_id in house.memory.jobs.enqueued]
    assert queued[2:] == ["summarizer", "interpreter"], "reversed once more"


async def test_the_shuffle_that_is_used_puts_either_first() -> None:
    house = House()

    firsts = {persona_of(house, await compared(house, fresh=True), "A") for _ in range(30)}

    assert firsts == {"summarizer", "interpreter"}, "one of 2^29 goes wrong by chance"


# The curtain


async def test_names_are_hidden_until_this_voter_has_voted() -> None:
    house = a_house()
    comparison = await compared(house)

    for viewer in (None, ME, YOU):
        view = await house.queries.comparison(comparison.id, viewer=viewer)
        assert view.hidden
        assert [c.run.persona.id for c in view.candidates] == ["A", "B"]
        assert [c.run_id for c in view.comparison.candidates] == ["A", "B"]
        assert (view.votes, view.own_votes) == ({}, {})
    await vote(house, comparison, "B")

    mine = await house.queries.comparison(comparison.id, viewer=ME)
    assert (mine.hidden, mine.votes, mine.own_votes) == (
        False,
        {"A": 0, "B": 1, "tie": 0, "both_bad": 0},
        {None: "B"},
    )
    assert [c.run.persona.id for c in mine.candidates] == ["interpreter", "summarizer"]
    assert (await house.queries.comparison(comparison.id, viewer=YOU)).hidden
    assert (await house.queries.comparison(comparison.id)).hidden


async def test_a_blind_comparison_says_the_same_of_the_answers_as_an_open_one() -> None:
    house = a_house()
    comparison = await compared(house)

    blind = await house.queries.comparison(comparison.id)
    openly = await house.queries.unmasked(comparison.id)

    assert [(r.kind, r.difference_word, r.shared_evidence) for r in blind.rows] == [
        (r.kind, r.difference_word, r.shared_evidence) for r in openly.rows
    ]
    assert (blind.cited_pages, blind.same_input, blind.status) == (
        openly.cited_pages,
        openly.same_input,
        openly.status,
    )
    assert blind.rows[1].cells == {"A": ("A.1",), "B": ("B.2",)}


async def test_while_readers_are_at_work_none_is_ahead() -> None:
    house = a_house()
    comparison: Comparison = await house.a_comparison(*READERS, blind=True)
    await house.execute(house.memory.jobs.enqueued[0])

    view = await house.queries.comparison(comparison.id)

    assert view.status is ComparisonStatus.RUNNING
    assert {c.run.run.status for c in view.candidates} == {RunStatus.RUNNING}
    assert not any(c.run.run.answer or c.run.run.input for c in view.candidates)


async def test_runs_of_a_blind_comparison_do_not_exist_for_who_has_not_voted() -> None:
    house = a_house()
    alone = await house.executed("summarizer", language="ja")
    comparison = await compared(house)
    hidden = [c.run_id for c in comparison.candidates]

    async def seen(viewer: str | None) -> list[RunId]:
        return [view.run.id for view in await house.queries.runs(limit=9, cursor=None, viewer=viewer)]

    assert await seen(ME) == [alone.id]
    with pytest.raises(NotFoundError):
        await house.queries.run(hidden[0], viewer=ME)
    await vote(house, comparison)
    assert sorted(await seen(ME)) == sorted([alone.id, *hidden])
    assert (await house.queries.run(hidden[0], viewer=ME)).run.id == hidden[0]
    for viewer in (YOU, None):
        assert await seen(viewer) == [alone.id]


async def test_a_list_passes_over_hidden_runs_and_goes_on_behind_them() -> None:
    house = a_house()
    older = [await house.executed(fresh=True) for _ in range(3)]
    await compared(house, fresh=True)

    first = await house.queries.runs(limit=2, cursor=None)
    rest = await house.queries.runs(limit=2, cursor=first[-1].run.id)

    assert [view.run.id for view in [*first, *rest]] == [run.id for run in reversed(older)]


async def test_a_run_that_is_hidden_from_a_voter_is_not_handed_to_them_as_reused() -> None:
    house = a_house()
    comparison = await compared(house)
    hidden = {c.run_id for c in comparison.candidates}

    asked = await house.start(replace(await house.a_request("summarizer"), viewer=ME))
    with pytest.raises(NotFoundError):
        await house.a_comparison(*hidden, viewer=ME)
    await vote(house, comparison)
    after = await house.start(replace(await house.a_request("interpreter"), viewer=ME))

    assert (asked.reused, asked.run.id in hidden) == (False, False)
    assert (after.reused, after.run.id in hidden) == (True, True)


# Events


async def told(house: House, comparison: Comparison, after: int = 0) -> list[tuple[int, str, dict[str, Any]]]:
    events: list[Event] = [e async for e in house.follow.comparison(comparison, after=after) if e]
    return [(event.id, event.name, dict(event.data)) for event in events]


async def test_events_of_a_blind_comparison_only_count_and_stay_the_same_after_the_vote() -> None:
    house = a_house(Script(either, restarts=["{"]), Script(either, delay_s=0.01))
    comparison = await compared(house)

    before = await told(house, comparison)
    await vote(house, comparison)

    assert before == [
        (1, "started", {}),
        (2, "progress", {"stage": "reading", "done": 1, "total": 2}),
        (3, "progress", {"stage": "reading", "done": 2, "total": 2}),
        (4, "finished", {"status": "finished"}),
    ]
    assert [await told(house, comparison, after) for after in range(5)] == [before[n:] for n in range(5)]


async def test_who_follows_a_blind_comparison_live_is_told_what_is_replayed_later() -> None:
    house = a_house()
    comparison: Comparison = await house.a_comparison(*READERS, blind=True)
    following = asyncio.create_task(told(house, comparison))
    for run_id in house.memory.jobs.enqueued:
        await house.execute(run_id)

    assert await asyncio.wait_for(following, 5) == await told(house, comparison)


# Votes


async def test_a_vote_is_kept_with_all_that_it_was_about() -> None:
    house = a_house()
    comparison = await compared(house)

    kept = await vote(house, comparison, "tie", comment="どちらも良い")

    assert house.memory.kept.votes == [kept]
    assert (kept.paper_id, kept.comparison_id, kept.voter, kept.row) == (
        comparison.paper_id,
        comparison.id,
        ME,
        None,
    )
    assert (kept.winner, kept.comment, kept.blind, kept.ranks) == ("tie", "どちらも良い", True, True)
    assert [(c.label, c.persona.id, c.persona.version, c.model) for c in kept.contestants] == [
        ("A", "interpreter", "1.0.0", "scripted"),
        ("B", "summarizer", "1.0.0", "scripted"),
    ]
    assert [c.characters for c in kept.contestants] == [
        len("The paper comes first." + "The rules come first."),
        len(
            f"{TITLE}Yomikurabe ProjectIt places the paper first.Readers take turns.{PAGED}It shares prefixes."
        ),
    ]


async def test_votes_on_rows_reveal_nothing_and_count_blind_until_the_whole_is_voted_on() -> None:
    house = a_house()
    comparison = await compared(house)

    row = await vote(house, comparison, "A", row="in_short")
    hidden = (await house.queries.comparison(comparison.id, viewer=ME)).hidden
    again = await vote(house, comparison, "B", row="in_short")
    whole = await vote(house, comparison, "A")
    later = await vote(house, comparison, "B", row="in_short")
    changed = await vote(house, comparison, "B")

    assert hidden
    assert [(v.blind, v.ranks) for v in (row, again, whole, later, changed)] == [
        (True, True),
        (True, False),
        (True, True),
        (False, False),
        (False, False),
    ]
    said = ("The paper comes first.", "It places the paper first.")
    assert [c.characters for c in row.contestants] == [len(text) for text in said]
    view = await house.queries.comparison(comparison.id, viewer=ME)
    assert (view.own_votes, view.votes["B"]) == ({None: "B", "in_short": "B"}, 1)


async def test_an_open_vote_is_kept_and_does_not_rank() -> None:
    house = a_house()
    comparison = await compared(house, blind=False)

    kept = await vote(house, comparison)

    assert (kept.blind, kept.ranks) == (False, False)
    assert (await house.queries.comparison(comparison.id)).votes["A"] == 1


async def test_a_vote_on_runs_that_an_open_comparison_names_does_not_rank() -> None:
    house = a_house()
    await compared(house, blind=False)

    reused = await vote(house, await compared(house))
    anew = await vote(house, await compared(house, fresh=True))

    assert (reused.blind, reused.ranks) == (True, False)
    assert (anew.blind, anew.ranks) == (True, True)


async def test_the_same_runs_again_are_not_new_to_the_same_voter() -> None:
    house = a_house()
    first = await compared(house)
    await vote(house, first)
    again = await compared(house, viewer=ME)
    assert {c.run_id for c in again.candidates} == {c.run_id for c in first.candidates}

    mine, yours = await vote(house, again), await vote(house, again, voter=YOU)

    assert (mine.blind, mine.ranks) == (True, False)
    assert (yours.blind, yours.ranks) == (True, True)


async def test_of_two_clicks_at_once_one_ranks() -> None:
    house = a_house()
    comparison = await compared(house)

    both = await asyncio.gather(vote(house, comparison), vote(house, comparison))

    assert sorted(kept.ranks for kept in both) == [False, True]


async def test_a_reader_without_an_answer_is_no_contestant() -> None:
    house = a_house(TruncatedError(), an_interpretation())
    comparison = await compared(house)
    assert [house.kept(c.run_id).status for c in comparison.candidates] == ["finished", "failed"]

    with pytest.raises(InvalidRequestError, match="cannot win"):
        await vote(house, comparison, "B")
    kept = await vote(house, comparison, "A")

    assert ([c.label for c in kept.contestants], kept.blind, kept.ranks) == (["A"], True, False)


async def test_in_a_row_only_those_that_were_asked_are_judged() -> None:
    house = a_house()
    comparison = await compared(house)

    kept = await vote(house, comparison, "A", row="method")

    assert ([c.label for c in kept.contestants], kept.ranks) == (["A"], False)
    with pytest.raises(InvalidRequestError):
        await vote(house, comparison, "B", row="method")


@pytest.mark.parametrize(
    "ballot", [{"winner": "C"}, {"winner": "a"}, {"winner": ""}, {"row": "other"}, {"row": "x" * 300}]
)
async def test_a_ballot_that_says_nothing_known_is_refused(ballot: dict[str, str]) -> None:
    house = a_house()
    comparison = await compared(house)

    with pytest.raises(InvalidRequestError) as caught:
        await vote(house, comparison, **{"winner": "A", **ballot})

    assert caught.value.data["path"] == f"/{next(iter(ballot))}"
    assert house.memory.kept.votes == []


async def test_nobody_votes_before_all_are_done() -> None:
    house = a_house()
    comparison: Comparison = await house.a_comparison(*READERS, blind=True)

    with pytest.raises(ConflictError):
        await vote(house, comparison)
    assert house.memory.kept.votes == []


# Ranking


async def test_blind_votes_make_ranking_and_running_score() -> None:
    house = a_house()
    comparison = await compared(house)
    hidden = await house.queries.comparison(comparison.id, viewer=ME)
    for voter, winner in ((ME, "B"), (YOU, "B"), ("third", "tie")):
        await vote(house, comparison, winner, voter=voter)
    await vote(house, comparison, "A", voter=ME)

    ranking = await house.rank_readers()
    score = await house.rank_readers.running_score(await house.queries.comparison(comparison.id, viewer=ME))

    assert [(s.player.persona, s.wins, s.ties) for s in ranking.standings] == [
        ("summarizer", 2, 1),
        ("interpreter", 0, 1),
    ]
    assert (ranking.votes, ranking.papers, ranking.is_enough) == (3, 1, False)
    assert score == {"A": Score(0, 2, 1), "B": Score(2, 0, 1)}
    assert await house.rank_readers.running_score(hidden) == {}
    assert (await house.rank_readers(row="in_short")).votes == 0
    with pytest.raises(InvalidRequestError):
        await house.rank_readers(row="colour")
