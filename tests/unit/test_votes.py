"""What a vote counts for."""

from __future__ import annotations

import pytest
from server.domain.ids import RunId
from server.domain.votes import characters, has_revealed, is_first, tally

from builders.votes import a_vote

TWO = frozenset({RunId("run-A"), RunId("run-B")})
THREE = TWO | {RunId("run-C")}


def test_each_voter_counts_once_and_by_the_latest_vote() -> None:
    votes = [
        a_vote(winner="A", voter="one"),
        a_vote(winner="both_bad", voter="two"),
        a_vote(winner="B", voter="one"),
        a_vote(winner="A", voter="three", row="method"),
    ]

    assert tally(votes, "AB") == {"A": 0, "B": 1, "tie": 0, "both_bad": 1}


def test_names_are_revealed_by_a_vote_for_the_whole_to_its_voter_only() -> None:
    votes = [a_vote(voter="one"), a_vote(voter="two", row="method")]

    assert [has_revealed(votes, voter=voter) for voter in ("one", "two", "three", None)] == [
        True,
        False,
        False,
        False,
    ]


@pytest.mark.parametrize(
    ("runs", "row", "earlier", "first"),
    [
        (TWO, None, (), True),
        (TWO, None, [a_vote()], False),
        (TWO, None, [a_vote(row="method")], True),
        (TWO, "method", [a_vote(row="method")], False),
        (TWO, "method", [a_vote(row="results")], True),
        (TWO, "method", [a_vote()], False),
        (THREE, None, [a_vote()], False),
        (TWO, None, [a_vote(between=("summarizer", "interpreter", "keshav"))], False),
        (frozenset({RunId("run-A"), RunId("run-Z")}), None, [a_vote()], True),
        (TWO, None, [a_vote(blind=False, ranks=False)], False),
    ],
    ids=[
        "nothing before",
        "the same before",
        "a row before the whole",
        "the same row before",
        "another row before",
        "the whole before a row",
        "two of three before",
        "the same beside a third before",
        "only one of them before",
        "openly before",
    ],
)
def test_only_a_first_vote_on_the_same_runs_is_first(
    runs: frozenset[RunId], row: str | None, earlier: list[object], first: object
) -> None:
    assert is_first(runs, row, earlier=earlier) is first  # type: ignore[arg-type]


def test_characters_are_those_of_texts_at_any_depth() -> None:
    answer = {"a": "論文", "b": [{"c": "four", "d": 5}, None], "e": ["x", ["yz"]], "f": True}

    assert characters(answer) == 9
    assert characters(answer, ["a", "e", "missing"]) == 5
