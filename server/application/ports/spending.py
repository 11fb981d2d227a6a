"""What runs may cost and did cost, day by day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Protocol

from server.domain.ids import RunId, WorkspaceId
from server.domain.spending import DaySpending


class Spending(Protocol):
    """Money in millionths of a US dollar. What a run did cost is written by `Runs.save` when it is over, in the same
    transaction; where that is not known, what was reserved stays. It outlives the run."""

    async def committed(self, workspace_id: WorkspaceId, day: date, *, alone: bool = False) -> int:
        """Spent on this day, or promised to its runs that are not over.

        Args:
            alone: Take the turn of all who reserve first: until the commit nobody else reserves.
        """
        ...

    async def reserve(self, run_id: RunId, *, day: date, micros: int) -> None:
        """Promise a run that is being recorded what it may cost at most."""
        ...

    async def days(self, workspace_id: WorkspaceId, *, first: date, last: date) -> Sequence[DaySpending]:
        """Days on which anything was reserved or spent, oldest first."""
        ...
