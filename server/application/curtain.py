"""Decide from whom the names in a blind comparison are hidden. Everything that shows runs or comparisons asks here."""

from __future__ import annotations

from collections.abc import Iterable

from server.application.ports import UnitOfWork
from server.domain.comparisons import Comparison
from server.domain.ids import RunId
from server.domain.votes import has_revealed


async def is_hidden(uow: UnitOfWork, comparison: Comparison, *, viewer: str | None) -> bool:
    """Whether `viewer` has yet to vote on the whole of a blind comparison. None: a stranger, who has not."""
    if not comparison.blind:
        return False
    return not has_revealed(await uow.votes.of_comparison(comparison.id), voter=viewer)


async def hidden_runs(uow: UnitOfWork, runs: Iterable[RunId], *, viewer: str | None) -> frozenset[RunId]:
    """Those of `runs` that stand in a comparison whose names are hidden from `viewer`. For them they do not exist."""
    hidden = set()
    for run_id in runs:
        for comparison in await uow.comparisons.with_run(run_id):
            if await is_hidden(uow, comparison, viewer=viewer):
                hidden.add(run_id)
                break
    return frozenset(hidden)
