"""Read what people said about a run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from server.application.ports import Feedback
from server.application.queries import Queries
from server.domain.ids import RunId


@dataclass(frozen=True)
class ReadFeedback:
    queries: Queries

    async def __call__(self, run_id: RunId, *, viewer: str | None = None) -> Sequence[Feedback]:
        """Oldest first.

        Raises:
            NotFoundError: also for a run whose name is hidden from the viewer.
        """
        await self.queries.run(run_id, viewer=viewer)
        async with self.queries.unit_of_work() as uow:
            return await uow.feedback.of_run(run_id)
