"""Read what a run was asked, put together for showing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from server.application.queries import Queries
from server.application.views import RunView
from server.domain.errors import NotFoundError
from server.domain.ids import RunId


@dataclass(frozen=True)
class ReadQuestions:
    queries: Queries

    async def __call__(self, run_id: RunId, *, viewer: str | None = None) -> Sequence[RunView]:
        """Oldest first.

        Raises:
            NotFoundError: also for a run whose name is hidden from the viewer.
        """
        view = await self.queries.run(run_id, viewer=viewer)
        async with self.queries.unit_of_work() as uow:
            asked = await uow.runs.follow_ups(view.run.id)
        return [await self.queries.view_of(run, view.paper) for run in asked]

    async def one(
        self, run_id: RunId, question_id: RunId, *, viewer: str | None = None, reused: bool = False
    ) -> RunView:
        """
        Raises:
            NotFoundError: also for a question of another run.
        """
        view = await self.queries.run(question_id, viewer=viewer, reused=reused)
        if view.run.follow_up is None or view.run.root != run_id:
            raise NotFoundError(kind="question", id=question_id)
        return view
