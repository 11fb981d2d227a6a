"""Cancelling, correcting, deleting and commenting: what changes, and what is refused."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest
from server.application.change_records import ChangeRecords
from server.application.execute_run import LEASE
from server.application.ports import UnitOfWork
from server.domain.errors import ConflictError, NotFoundError
from server.domain.identity import Found, Source
from server.domain.ids import ComparisonId, PaperId, RunId, WorkspaceId
from server.domain.requests import ReaderRequest
from server.domain.runs import Run, RunStatus

from house import House

pytestmark = pytest.mark.anyio


async def test_a_waiting_run_is_cancelled_and_told_so() -> None:
    house = House()
    run = await house.a_run()

    await house.change.cancel_run(run.id)

    assert house.kept(run).status is RunStatus.CANCELLED
    assert house.kept(run).finished_at == house.memory.clock.now()
    assert house.memory.jobs.cancelled == [run.id]
    assert house.told(run) == ["finished cancelled"]
    await house.execute(run.id)
    assert house.engine.questions == []


async def test_a_run_that_is_taken_up_between_look_and_write_is_cancelled_all_the_same() -> None:
    house = House()
    run = await house.a_run()

    class Slow(ChangeRecords):
        async def _run(self, uow: UnitOfWork, run_id: RunId) -> Run:
            seen = await super()._run(uow, run_id)
            now = self.clock.now()
            await uow.runs.claim(run_id, now=now, lease_until=now + LEASE)
            return seen

    own = {f.name: getattr(house.change, f.name) for f in fields(house.change)}
    await Slow(**own).cancel_run(run.id)

    assert house.kept(run).status is RunStatus.CANCELLED


async def test_a_run_that_is_over_cannot_be_cancelled() -> None:
    house = House()
    run = await house.executed()

    with pytest.raises(ConflictError):
        await house.change.cancel_run(run.id)

    assert house.kept(run) == run


async def test_corrections_win_piece_by_piece_and_can_be_taken_back() -> None:
    house = House()
    paper_id = await house.a_ready_paper()
    before = (await house.queries.paper(paper_id)).identity

    await house.change.correct_paper(paper_id, {"title": "Mine", "authors": ("A", "B")})
    corrected = (await house.queries.paper(paper_id)).identity
    await house.change.correct_paper(paper_id, {"title": None})
    partly = (await house.queries.paper(paper_id)).identity

    assert corrected == replace(
        before, title=Found("Mine", Source.USER), authors=Found(("A", "B"), Source.USER)
    )
    assert partly == replace(before, authors=Found(("A", "B"), Source.USER))


async def test_everything_made_from_a_deleted_paper_goes() -> None:
    house = House()
    comparison = await house.a_comparison(ReaderRequest("summarizer"), ReaderRequest("interpreter"))
    for candidate in comparison.candidates:
        await house.execute(candidate.run_id)
    await house.change.give_feedback(comparison.candidates[0].run_id, path=None, verdict="good", comment="")

    await house.change.delete_paper(comparison.paper_id)

    kept = house.memory.kept
    assert (kept.papers, kept.runs, kept.comparisons, kept.feedback) == ({}, {}, {}, [])
    assert (house.memory.events.all, house.memory.extractions.kept) == ([], {})
    assert [key for key in house.memory.blobs.kept if "/papers/" in key] == []
    assert sorted(house.memory.jobs.cancelled) == sorted(c.run_id for c in comparison.candidates)


async def test_a_paper_beside_a_deleted_one_stays() -> None:
    house = House()
    deleted = await house.a_ready_paper()
    other = await house.a_ready_paper(b"%PDF-1.7 another")

    await house.change.delete_paper(deleted)

    assert (await house.queries.paper(other)).extraction
    assert list(house.memory.kept.papers) == [other]


async def test_a_run_that_a_comparison_shows_is_not_deleted_alone() -> None:
    house = House()
    comparison = await house.a_comparison(ReaderRequest("summarizer"), ReaderRequest("interpreter"))
    run_id = comparison.candidates[0].run_id

    with pytest.raises(ConflictError, match="Delete the comparison first"):
        await house.change.delete_run(run_id)
    await house.change.delete_comparison(comparison.id)
    await house.change.delete_run(run_id)

    assert list(house.memory.kept.runs) == [comparison.candidates[1].run_id]


async def test_feedback_is_kept_with_its_run() -> None:
    house = House()
    run = await house.executed()

    kept = await house.change.give_feedback(run.id, path="/what", verdict="wrong", comment="not so")

    assert house.memory.kept.feedback == [kept]
    assert (kept.run_id, kept.path, kept.verdict, kept.comment) == (run.id, "/what", "wrong", "not so")


@pytest.mark.parametrize("workspace", ["local", "other"])
async def test_what_is_unknown_or_belongs_to_another_workspace_is_not_found(workspace: str) -> None:
    house = House()
    run, comparison_id = await house.executed(), ComparisonId("unknown")
    change = replace(house.change, workspace_id=WorkspaceId(workspace))
    paper_id, run_id = (
        (run.paper_id, run.id) if workspace == "other" else (PaperId("unknown"), RunId("unknown"))
    )

    calls: list[Any] = [
        change.cancel_run(run_id),
        change.correct_paper(paper_id, {}),
        change.delete_paper(paper_id),
        change.delete_run(run_id),
        change.delete_comparison(comparison_id),
        change.give_feedback(run_id, path=None, verdict="good", comment=""),
    ]
    for call in calls:
        with pytest.raises(NotFoundError):
            await call

    assert house.kept(run) == run
