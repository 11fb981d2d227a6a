"""Lists of records in brief: the same facts hold in memory and in SQL."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from server.application.ports import RunBrief
from server.domain.ids import LOCAL_WORKSPACE, ComparisonId, PaperId, RunId, WorkspaceId

from builders import a_comparison, a_finished_run, a_paper, a_persona, a_queued_run
from storage import STORAGES, Storage, opened

pytestmark = pytest.mark.anyio

MINE, OTHER = PaperId("paper-1"), PaperId("paper-2")


@pytest.fixture(params=STORAGES)
async def storage(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Storage]:
    async with opened(request.param, tmp_path) as storage:
        await storage.has(a_paper(), a_paper(id=OTHER, sha256="2" * 64))
        yield storage


async def test_runs_of_a_paper_are_listed_in_brief_newest_first(storage: Storage) -> None:
    finished = a_finished_run("run-1")
    queued = a_queued_run("run-2", persona=a_persona("interpreter"))
    await storage.has(finished, queued, a_queued_run("run-3", paper_id=OTHER))

    async with storage.unit_of_work() as uow:
        found = await uow.listings.runs(LOCAL_WORKSPACE, [MINE])

    assert found == [
        RunBrief(
            id=run.id,
            paper_id=MINE,
            persona=run.persona,
            engine=run.engine,
            model=run.model,
            language="en",
            status=run.status,
            created_at=run.created_at,
        )
        for run in (queued, finished)
    ]


async def test_comparisons_of_several_papers_are_listed_together_newest_first(storage: Storage) -> None:
    runs = [a_finished_run("run-1"), a_finished_run("run-2", persona=a_persona("interpreter"))]
    first = a_comparison(runs)
    second = a_comparison(runs, id=ComparisonId("comparison-2"))
    await storage.has(*runs, first, second)

    async with storage.unit_of_work() as uow:
        assert await uow.listings.comparisons(LOCAL_WORKSPACE, [OTHER, MINE]) == [second, first]
        assert await uow.listings.comparisons(LOCAL_WORKSPACE, [OTHER]) == []


async def test_nothing_is_listed_of_another_workspace_or_of_no_paper(storage: Storage) -> None:
    await storage.has(a_finished_run(RunId("run-1")))

    async with storage.unit_of_work() as uow:
        assert await uow.listings.runs(WorkspaceId("other"), [MINE]) == []
        assert await uow.listings.runs(LOCAL_WORKSPACE, []) == []
