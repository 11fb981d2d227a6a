"""Follow-ups are kept with the run they are asked of: the same facts hold in memory and in SQL."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from server.application.ports import Feedback
from server.domain.follow_ups import Exchange, FollowUp
from server.domain.ids import LOCAL_WORKSPACE, RunId
from server.domain.runs import Run
from server.domain.searching import HitKind

from builders import NOON, a_finished_run, a_paper, a_queued_run
from storage import STORAGES, Storage, opened

pytestmark = pytest.mark.anyio

ASKED = RunId("run-1")


@pytest.fixture(params=STORAGES)
async def storage(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Storage]:
    async with opened(request.param, tmp_path) as storage:
        yield storage


def a_follow_up(id: str, of: str = "run-1", **changes: Any) -> Run:  # noqa: A002
    said = (Exchange("What is it?", "It places the paper first."),)
    asked = FollowUp(RunId(of), "Why?", said=said, earlier=(Exchange("Is it fast?", None),))
    return a_finished_run(id, follow_up=asked, **changes)


async def test_a_follow_up_is_kept_with_what_had_been_said(storage: Storage) -> None:
    follow_up = a_follow_up("run-2")
    await storage.has(a_paper(), a_finished_run("run-1"), follow_up)

    async with storage.unit_of_work() as uow:
        assert await uow.runs.get(follow_up.id) == follow_up


async def test_follow_ups_of_a_run_come_oldest_first(storage: Storage) -> None:
    first, second = a_follow_up("run-2"), a_follow_up("run-4")
    await storage.has(a_paper(), a_finished_run("run-1"), second, first, a_follow_up("run-3", of="run-9"))

    async with storage.unit_of_work() as uow:
        assert await uow.runs.follow_ups(ASKED) == [first, second]
        assert await uow.runs.follow_ups(first.id) == []


async def test_follow_ups_are_not_among_the_runs_unless_asked_for(storage: Storage) -> None:
    run, follow_up = a_finished_run("run-1"), a_follow_up("run-2")
    await storage.has(a_paper(), run, follow_up)

    async with storage.unit_of_work() as uow:
        assert await uow.runs.list(LOCAL_WORKSPACE, limit=9, cursor=None) == [run]
        assert await uow.runs.list(LOCAL_WORKSPACE, limit=9, cursor=None, follow_ups=True) == [follow_up, run]
        assert [brief.id for brief in await uow.listings.runs(LOCAL_WORKSPACE, [run.paper_id])] == ["run-1"]


async def test_follow_ups_are_not_searched(storage: Storage) -> None:
    await storage.has(a_paper(), a_queued_run("run-1"), a_follow_up("run-2"))

    async with storage.unit_of_work() as uow:
        assert await uow.search.of(["run-2"]) == {}
        assert await uow.search.missing(LOCAL_WORKSPACE, limit=9) == [a_paper()]
        found = await uow.search.find(
            LOCAL_WORKSPACE, [], kind=HitKind.RUN, limit=9, cursor=None, personas={}
        )
    assert found == []


async def test_a_run_takes_its_follow_ups_with_it_and_no_others(storage: Storage) -> None:
    other = a_finished_run("run-3")
    others = a_follow_up("run-4", of="run-3")
    await storage.has(a_paper(), a_finished_run("run-1"), a_follow_up("run-2"), other, others)
    streams = ["run:run-1", "run:run-2", "run:run-3", "run:run-4"]
    for stream in streams:
        await storage.events.append(stream, "started", {})

    async with storage.unit_of_work() as uow:
        await uow.feedback.add(Feedback("f", LOCAL_WORKSPACE, RunId("run-2"), None, "good", "", NOON))
        await uow.runs.delete(ASKED)
        await uow.commit()

    async with storage.unit_of_work() as uow:
        kept = await uow.runs.list(LOCAL_WORKSPACE, limit=9, cursor=None, follow_ups=True)
        assert kept == [others, other]
        assert await uow.feedback.of_run(RunId("run-2")) == []
    left = await storage.events.after(streams, 0)
    assert [event.stream for event in left] == ["run:run-3", "run:run-4"]


async def test_a_follow_up_goes_alone(storage: Storage) -> None:
    run = a_finished_run("run-1")
    await storage.has(a_paper(), run, a_follow_up("run-2"))

    async with storage.unit_of_work() as uow:
        await uow.runs.delete(RunId("run-2"))
        await uow.commit()

    async with storage.unit_of_work() as uow:
        assert await uow.runs.list(LOCAL_WORKSPACE, limit=9, cursor=None, follow_ups=True) == [run]
