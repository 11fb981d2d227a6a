"""One transaction over all records."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

from server.application.ports.batches import Batches
from server.application.ports.calls import Calls
from server.application.ports.keys import Keys
from server.application.ports.lookups import Listings, SearchTexts
from server.application.ports.records import Comparisons, Feedbacks, Papers, Runs, SavedPersonas, Votes
from server.application.ports.spending import Spending


class UnitOfWork(Protocol):
    """One transaction. Nothing is kept unless `commit` returned."""

    papers: Papers
    runs: Runs
    calls: Calls
    comparisons: Comparisons
    personas: SavedPersonas
    feedback: Feedbacks
    votes: Votes
    search: SearchTexts
    listings: Listings
    batches: Batches
    spending: Spending
    keys: Keys

    async def tell(self, stream: str, name: str, data: Mapping[str, Any]) -> None:
        """An event that is kept with the rest, and heard of once it is: what ends a record must not be told without it,
        nor it without having been told. Of a run that was saved before in this unit of work."""
        ...

    async def commit(self) -> None: ...


class UnitOfWorkFactory(Protocol):
    def __call__(self) -> AbstractAsyncContextManager[UnitOfWork]: ...
