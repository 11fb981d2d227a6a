"""Rank readers by the votes that count, and keep the running score of those of one comparison."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from server.application.ports import UnitOfWorkFactory
from server.application.views import ComparisonView
from server.domain.comparisons import ROWS
from server.domain.errors import InvalidRequestError
from server.domain.ids import LOCAL_WORKSPACE, WorkspaceId
from server.domain.ranking import rank, scores
from server.domain.standings import Ranking, Score
from server.domain.votes import Contestant


@dataclass(frozen=True)
class RankReaders:
    """Rankings over all blind first votes of one workspace."""

    unit_of_work: UnitOfWorkFactory
    workspace_id: WorkspaceId = LOCAL_WORKSPACE

    async def __call__(self, *, row: str | None = None, language: str | None = None) -> Ranking:
        """By votes on the whole or on one row; between answers in one language, or in any.

        Raises:
            InvalidRequestError: no such row.
        """
        known = [kind.id for kind in ROWS]
        if row is not None and row not in known:
            raise InvalidRequestError(
                reason_ja=f"「{row[:40]}」という行はありません（{', '.join(known)}）。",
                reason_en=f"There is no row '{row[:40]}'. Rows: {', '.join(known)}.",
                path="/row",
            )
        async with self.unit_of_work() as uow:
            votes = await uow.votes.ranking(self.workspace_id, row=row)
        return await asyncio.to_thread(rank, votes, language=language)

    async def running_score(self, view: ComparisonView) -> dict[str, Score]:
        """Label → how its reader has done against just the others of this comparison, over all papers. Empty while
        the names are hidden: a score tells who it is."""
        if view.hidden:
            return {}
        async with self.unit_of_work() as uow:
            votes = await uow.votes.ranking(self.workspace_id, row=None)
        return scores([_contestant(view, c.label) for c in view.candidates], votes)


def _contestant(view: ComparisonView, label: str) -> Contestant:
    run = next(candidate.run.run for candidate in view.candidates if candidate.label == label)
    return Contestant(label, run.id, run.persona, run.engine, run.model, run.language, characters=0)
