"""What models answered in runs that are not over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from server.domain.extractions import Notice
from server.domain.ids import RunId
from server.domain.papers import Problem
from server.domain.runs import Attempt, Usage

Place = tuple[str, int]
"""SHA-256 of all that was asked, and the how manieth time within the run (from 1)."""


@dataclass(frozen=True, slots=True)
class RecordedCall:
    """How a call to a model ended."""

    at: datetime
    """When it ended."""
    text: str
    """The whole answer; what there was of it when the call was broken off."""
    usage: Usage = Usage()  # noqa: RUF009 (frozen)
    """With its cost, where prices are known; tries that came to nothing included."""
    attempts: tuple[Attempt, ...] = ()
    language: str | None = None
    warnings: tuple[Notice, ...] = ()
    answer_usage: Usage = Usage()  # noqa: RUF009 (frozen)
    """Of the try that gave the answer, alone."""
    error: Problem | None = None
    """It ended without an answer, and would again."""
    is_whole: bool = True
    """False: who asked broke it off, having heard enough."""


class Calls(Protocol):
    """Answers kept until their run is over (`Runs.save` forgets them then), so that none is paid for twice."""

    async def of_run(self, run_id: RunId, *, alone: bool = False) -> Mapping[Place, RecordedCall]:
        """All of a run.

        Args:
            alone: Nobody adds one until the end of the transaction.
        """
        ...

    async def add(self, run_id: RunId, place: Place, call: RecordedCall) -> bool:
        """Keep it; one that is there already stays. False: the run is over or gone."""
        ...
