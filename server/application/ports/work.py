"""Who does committed work, when, and under which id."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from server.domain.ids import PaperId, RunId


class Jobs(Protocol):
    """A wake-up for committed work; the database is the truth."""

    async def read_paper(self, id: PaperId) -> None: ...  # noqa: A002
    async def execute_runs(self, ids: Sequence[RunId]) -> None:
        """Execute these in order; those of one paper and endpoint in turn."""
        ...

    async def cancel_run(self, id: RunId) -> None:  # noqa: A002
        """Stop it if it is executing here."""
        ...


class Clock(Protocol):
    def now(self) -> datetime:
        """Aware, UTC."""
        ...

    def monotonic(self) -> float: ...


class Ids(Protocol):
    def new(self) -> str:
        """A UUID version 7 as text: unguessable enough, and sorting by age."""
        ...
