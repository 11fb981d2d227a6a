"""Votes: what a person preferred in a comparison, between whom, and whether it counts in a ranking."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from server.domain.ids import ComparisonId, PaperId, RunId, WorkspaceId
from server.domain.runs import PersonaRef

TIE = "tie"
BOTH_BAD = "both_bad"
UNDECIDED = (TIE, BOTH_BAD)
"""What a vote may say besides a label."""

MET = 2
"""Runs of a comparison that a voter has voted on before, from which on it is no longer new to them."""


@dataclass(frozen=True, slots=True)
class Contestant:
    """A candidate as it was when it was voted on."""

    label: str
    run_id: RunId
    persona: PersonaRef
    engine: str
    model: str
    language: str
    """Of the answer."""
    characters: int
    """Code points of what was judged: the answer, or its fields of one row."""


@dataclass(frozen=True, slots=True)
class Vote:
    """One choice of one voter. Stands by itself: it outlives its comparison, and goes with its paper."""

    id: str
    workspace_id: WorkspaceId
    comparison_id: ComparisonId
    paper_id: PaperId
    voter: str
    row: str | None
    """The row that was judged; None for the whole."""
    winner: str
    """A label, `tie` or `both_bad`."""
    comment: str
    blind: bool
    """Whether the names were hidden from this voter."""
    ranks: bool
    """Whether it counts in rankings: blind, between two or more, and the first on them of this voter."""
    contestants: tuple[Contestant, ...]
    """Those that were judged: finished, and with something to say in the row. In the order of their labels."""
    created_at: datetime

    @property
    def runs(self) -> frozenset[RunId]:
        return frozenset(contestant.run_id for contestant in self.contestants)


def is_first(runs: frozenset[RunId], row: str | None, *, earlier: Iterable[Vote]) -> bool:
    """Whether these runs are new to a voter, given what they voted on before.

    Two runs met before can be told apart again, whatever else stands beside them. Rows are judged each for itself,
    until a vote for the whole has revealed the names.
    """
    known = (vote for vote in earlier if vote.row in (row, None))
    return all(len(vote.runs & runs) < min(MET, len(runs)) for vote in known)


def has_revealed(votes: Iterable[Vote], *, voter: str | None) -> bool:
    """Whether this voter, by these votes on a comparison, has earned the names: by one for the whole."""
    return any(vote.row is None and vote.voter == voter for vote in votes)


def latest(votes: Iterable[Vote]) -> dict[tuple[str, str | None], Vote]:
    """Of votes on a comparison, oldest first, the one that holds for each voter and row: people may change their mind."""
    return {(vote.voter, vote.row): vote for vote in votes}


def tally(votes: Iterable[Vote], labels: Sequence[str]) -> dict[str, int]:
    """How many voters chose what for the whole of a comparison."""
    counted = dict.fromkeys((*labels, *UNDECIDED), 0)
    for vote in latest(votes).values():
        if vote.row is None:
            counted[vote.winner] += 1
    return counted


def characters(answer: Mapping[str, Any], fields: Iterable[str] | None = None) -> int:
    """Code points of an answer's texts, or of those of some fields."""
    values = answer.values() if fields is None else (answer.get(field) for field in fields)
    return sum(_characters(value) for value in values)


def _characters(value: Any) -> int:
    if isinstance(value, Mapping):
        return characters(value)
    if isinstance(value, list | tuple):
        return sum(_characters(item) for item in value)
    return len(value) if isinstance(value, str) else 0
