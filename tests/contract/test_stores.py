"""Units of work: the same facts hold in memory and in SQL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from server.application.ports import Feedback, SavedPersona
from server.domain.comparisons import Candidate
from server.domain.errors import ConflictError, NotFoundError
from server.domain.ids import LOCAL_WORKSPACE, ComparisonId, PaperId, RunId, WorkspaceId
from server.domain.papers import Paper, PaperStatus, Problem
from server.domain.runs import RunStatus
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from builders import NOON, a_comparison, a_finished_run, a_paper, a_persona, a_queued_run
from storage import STORAGES, Storage, opened

pytestmark = pytest.mark.anyio

OTHER = WorkspaceId("other")
LEASE = NOON + timedelta(seconds=30)
LATER = NOON + timedelta(seconds=31)


@pytest.fixture(params=STORAGES)
async def storage(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Storage]:
    async with opened(request.param, tmp_path) as storage:
        yield storage


def a_saved_persona(version: str = "1.0.0", id: str = "mine", **changes: object) -> SavedPersona:  # noqa: A002
    files = {"persona.md": b"---\n", "examples/a.yaml": bytes(range(256))}
    saved = SavedPersona(LOCAL_WORKSPACE, id, version, f"digest of {version}", "---\n", files, NOON)
    return replace(saved, **changes)


def numbered(count: int) -> list[Paper]:
    return [a_paper(id=PaperId(f"paper-{n}"), sha256=f"{n:064}") for n in range(1, count + 1)]


# Transactions


async def test_what_is_not_committed_is_not_kept(storage: Storage) -> None:
    async with storage.unit_of_work() as uow:
        await uow.papers.add(a_paper())

    async with storage.unit_of_work() as uow:
        assert await uow.papers.get(a_paper().id) is None


async def test_an_error_undoes_everything_before_it(storage: Storage) -> None:
    async def add_and_fail() -> None:
        async with storage.unit_of_work() as uow:
            await uow.papers.add(a_paper())
            await uow.runs.add(a_queued_run())
            raise KeyError

    with pytest.raises(KeyError):
        await add_and_fail()

    async with storage.unit_of_work() as uow:
        assert await uow.runs.list(LOCAL_WORKSPACE, limit=9, cursor=None) == []
        assert await uow.papers.list(LOCAL_WORKSPACE, limit=9, cursor=None) == []


async def test_the_message_of_an_error_holds_nothing_of_what_was_to_be_written(storage: Storage) -> None:
    if storage.database is None:
        pytest.skip("memory writes everything")
    statement = text("INSERT INTO no_such_table VALUES (:said)")

    async with storage.database.transaction() as transaction:
        with pytest.raises(DBAPIError) as raised:
            await transaction.write(statement, {"said": "words of a paper"})

    assert "no_such_table" in str(raised.value)
    assert "words of a paper" not in str(raised.value)


async def test_a_unit_of_work_reads_what_it_wrote_and_others_do_not(storage: Storage) -> None:
    async with storage.unit_of_work() as mine, storage.unit_of_work() as other:
        await mine.papers.add(a_paper())

        assert await mine.papers.get(a_paper().id) == a_paper()
        assert await other.papers.get(a_paper().id) is None

        await mine.commit()
        assert await other.papers.get(a_paper().id) == a_paper()


async def test_a_write_after_a_commit_is_a_new_transaction(storage: Storage) -> None:
    first, second = numbered(2)
    async with storage.unit_of_work() as uow:
        await uow.papers.add(first)
        await uow.commit()
        await uow.papers.add(second)

    async with storage.unit_of_work() as uow:
        assert await uow.papers.list(LOCAL_WORKSPACE, limit=9, cursor=None) == [first]


async def test_a_cancelled_task_leaves_nothing_and_blocks_nobody(storage: Storage) -> None:
    written = asyncio.Event()

    async def write_and_wait() -> None:
        async with storage.unit_of_work() as uow:
            await uow.papers.add(a_paper())
            written.set()
            await asyncio.sleep(60)

    task = asyncio.create_task(write_and_wait())
    await written.wait()
    task.cancel()
    await asyncio.wait([task])

    await storage.has(a_paper())


async def test_tasks_cancelled_at_any_moment_block_nobody(storage: Storage) -> None:
    async def write(paper: Paper) -> None:
        async with storage.unit_of_work() as uow:
            await uow.papers.add(paper)
            await uow.commit()

    tasks = [asyncio.create_task(write(paper)) for paper in numbered(20)]
    for index, task in enumerate(tasks):
        await asyncio.sleep(0.0005 * (index % 4))
        task.cancel()
    await asyncio.wait(tasks)

    async with asyncio.timeout(5):
        await storage.has(a_paper(id=PaperId("last"), sha256="last"))


# Papers


async def test_a_paper_comes_back_as_it_was_kept(storage: Storage) -> None:
    refused = a_paper(status=PaperStatus.REFUSED, error=Problem("no_text", {"pages": 3, "characters": 12}))
    await storage.has(refused)

    async with storage.unit_of_work() as uow:
        assert await uow.papers.get(refused.id) == refused
        assert await uow.papers.by_sha256(LOCAL_WORKSPACE, refused.sha256) == refused


async def test_a_saved_paper_replaces_the_one_before(storage: Storage) -> None:
    paper = a_paper(status=PaperStatus.READING, extraction_id=None)
    await storage.has(paper)

    async with storage.unit_of_work() as uow:
        assert await uow.papers.reading() == await uow.papers.reading(before=LATER, limit=1) == [paper]
        assert await uow.papers.reading(before=NOON) == []
        await uow.papers.save(a_paper())
        await uow.commit()

    async with storage.unit_of_work() as uow:
        assert await uow.papers.get(paper.id) == a_paper()
        assert await uow.papers.reading() == []


async def test_saving_a_deleted_paper_says_that_it_is_gone(storage: Storage) -> None:
    async with storage.unit_of_work() as uow:
        with pytest.raises(NotFoundError):
            await uow.papers.save(a_paper())


async def test_the_same_bytes_are_one_paper_of_a_workspace(storage: Storage) -> None:
    await storage.has(a_paper())

    async with storage.unit_of_work() as uow:
        with pytest.raises(ConflictError):
            await uow.papers.add(a_paper(id=PaperId("again")))


async def test_another_workspace_may_have_the_same_bytes(storage: Storage) -> None:
    await storage.has(a_paper(), a_paper(id=PaperId("theirs"), workspace_id=OTHER))

    async with storage.unit_of_work() as uow:
        theirs = await uow.papers.by_sha256(OTHER, a_paper().sha256)
        assert theirs is not None
        assert theirs.id == "theirs"
        assert await uow.papers.list(LOCAL_WORKSPACE, limit=9, cursor=None) == [a_paper()]


async def test_twenty_uploads_of_the_same_bytes_at_once_end_as_one_paper(storage: Storage) -> None:
    async def upload(number: int) -> str:
        paper = a_paper(id=PaperId(f"paper-{number}"))
        try:
            await storage.has(paper)
        except ConflictError:
            async with storage.unit_of_work() as uow:
                known = await uow.papers.by_sha256(LOCAL_WORKSPACE, paper.sha256)
            assert known is not None
            return known.id
        return paper.id

    ids = await asyncio.gather(*(upload(number) for number in range(20)))

    async with storage.unit_of_work() as uow:
        kept = await uow.papers.list(LOCAL_WORKSPACE, limit=99, cursor=None)
    assert {paper.id for paper in kept} == set(ids)
    assert len(kept) == 1


async def test_papers_are_listed_newest_first_page_by_page(storage: Storage) -> None:
    await storage.has(*numbered(5))

    async with storage.unit_of_work() as uow:
        first = await uow.papers.list(LOCAL_WORKSPACE, limit=2, cursor=None)
        await uow.papers.delete(first[-1].id)
        second = await uow.papers.list(LOCAL_WORKSPACE, limit=9, cursor=first[-1].id)

    assert [p.id for p in first] == ["paper-5", "paper-4"]
    assert [p.id for p in second] == ["paper-3", "paper-2", "paper-1"]


async def test_deleting_a_paper_deletes_all_that_was_made_from_it_and_nothing_else(storage: Storage) -> None:
    paper, kept = numbered(2)
    runs = [a_queued_run(f"run-{n}", paper_id=paper.id) for n in (1, 2)]
    other_run = a_queued_run("run-3", paper_id=kept.id)
    await storage.has(paper, kept, *runs, other_run, a_comparison(runs, paper_id=paper.id))
    streams = ["paper:paper-1", "run:run-1", "paper:paper-2", "run:run-3"]
    for stream in streams:
        await storage.events.append(stream, "started", {})

    async with storage.unit_of_work() as uow:
        await uow.feedback.add(Feedback("f", LOCAL_WORKSPACE, RunId("run-1"), None, "good", "", NOON))
        await uow.commit()
        await uow.papers.delete(paper.id)
        await uow.commit()

    async with storage.unit_of_work() as uow:
        assert await uow.papers.list(LOCAL_WORKSPACE, limit=9, cursor=None) == [kept]
        assert await uow.runs.list(LOCAL_WORKSPACE, limit=9, cursor=None) == [other_run]
        assert await uow.comparisons.list(LOCAL_WORKSPACE, limit=9, cursor=None) == []
        assert await uow.comparisons.with_run(RunId("run-1")) == []
        assert await uow.feedback.of_run(RunId("run-1")) == []
    left = await storage.events.after(streams, 0)
    assert [event.stream for event in left] == ["paper:paper-2", "run:run-3"]


# Runs


async def test_a_run_comes_back_with_answer_statements_and_boxes(storage: Storage) -> None:
    run = a_finished_run(persona=a_persona("interpreter"))
    await storage.has(a_paper(), run)

    async with storage.unit_of_work() as uow:
        assert await uow.runs.get(run.id) == run


async def test_an_answer_with_a_character_that_cannot_be_kept_is_kept_without_it(storage: Storage) -> None:
    await storage.has(a_paper(), a_queued_run())

    async with storage.unit_of_work() as uow:
        run = await uow.runs.claim(RunId("run-1"), now=NOON, lease_until=LEASE)
        assert run is not None
        assert await uow.runs.save(run.finish(answer={"what": "half \ud83d of a pair, a NUL \0"}))
        await uow.commit()
        kept = await uow.runs.get(run.id)

    assert kept is not None
    assert kept.answer is not None
    assert kept.answer["what"].startswith("half ")
    assert kept.answer["what"].endswith(" of a pair, a NUL \0")


async def test_a_run_needs_its_paper(storage: Storage) -> None:
    async with storage.unit_of_work() as uow:
        with pytest.raises(NotFoundError) as caught:
            await uow.runs.add(a_queued_run())

    assert caught.value.data["kind"] == "paper"


async def test_a_queued_run_is_claimed_once(storage: Storage) -> None:
    await storage.has(a_paper(), a_queued_run())

    async def claim() -> int | None:
        async with storage.unit_of_work() as uow:
            run = await uow.runs.claim(RunId("run-1"), now=NOON, lease_until=LEASE)
            await uow.commit()
        return None if run is None else run.fence

    fences = await asyncio.gather(*(claim() for _ in range(8)))

    assert [fence for fence in fences if fence is not None] == [1]
    async with storage.unit_of_work() as uow:
        run = await uow.runs.get(RunId("run-1"))
    assert run == replace(a_queued_run(), status=RunStatus.RUNNING, fence=1, lease_until=LEASE)


async def test_a_running_run_may_be_taken_only_when_its_lease_has_passed(storage: Storage) -> None:
    await storage.has(a_paper(), a_queued_run())
    async with storage.unit_of_work() as uow:
        await uow.runs.claim(RunId("run-1"), now=NOON, lease_until=LEASE)
        assert await uow.runs.claim(RunId("run-1"), now=LEASE, lease_until=LATER) is None

        taken = await uow.runs.claim(RunId("run-1"), now=LATER, lease_until=LATER + timedelta(seconds=30))

    assert taken is not None
    assert taken.fence == 2


async def test_nobody_claims_a_run_that_is_over_or_unknown(storage: Storage) -> None:
    await storage.has(a_paper(), a_finished_run())
    async with storage.unit_of_work() as uow:
        assert await uow.runs.claim(RunId("run-1"), now=NOON, lease_until=LEASE) is None
        assert await uow.runs.claim(RunId("nothing"), now=NOON, lease_until=LEASE) is None


async def test_what_an_older_holder_writes_is_discarded(storage: Storage) -> None:
    await storage.has(a_paper(), a_queued_run())
    async with storage.unit_of_work() as uow:
        older = await uow.runs.claim(RunId("run-1"), now=NOON, lease_until=LEASE)
        newer = await uow.runs.claim(RunId("run-1"), now=LATER, lease_until=LATER)
        assert older is not None
        assert newer is not None

        assert await uow.runs.save(older.finish(answer={"what": "late"})) is False
        assert await uow.runs.save(newer.finish(answer={"what": "right"})) is True
        kept = await uow.runs.get(RunId("run-1"))

    assert kept is not None
    assert kept.answer == {"what": "right"}


async def test_a_run_is_held_for_longer_by_its_holder_only(storage: Storage) -> None:
    await storage.has(a_paper(), a_queued_run())
    async with storage.unit_of_work() as uow:
        run = await uow.runs.claim(RunId("run-1"), now=NOON, lease_until=LEASE)
        assert run is not None
        assert await uow.runs.renew(run.id, fence=run.fence, lease_until=LATER) is True
        assert await uow.runs.renew(run.id, fence=run.fence - 1, lease_until=NOON) is False
        assert await uow.runs.renew(RunId("nothing"), fence=run.fence, lease_until=LATER) is False
        await uow.commit()

    async with storage.unit_of_work() as uow:
        assert await uow.runs.get(run.id) == replace(run, lease_until=LATER)
        assert await uow.runs.list(run.workspace_id, limit=9, cursor=None) == [
            replace(run, lease_until=LATER)
        ]


async def test_a_run_that_is_over_is_held_by_nobody(storage: Storage) -> None:
    await storage.has(a_paper(), a_queued_run())
    async with storage.unit_of_work() as uow:
        run = await uow.runs.claim(RunId("run-1"), now=NOON, lease_until=LEASE)
        assert run is not None
        await uow.runs.save(run.finish(answer={}))

        assert await uow.runs.renew(run.id, fence=run.fence, lease_until=LATER) is False


async def test_a_cancelled_run_stays_cancelled(storage: Storage) -> None:
    await storage.has(a_paper(), a_queued_run())
    async with storage.unit_of_work() as uow:
        running = await uow.runs.claim(RunId("run-1"), now=NOON, lease_until=LEASE)
        assert running is not None
        assert await uow.runs.save(running.cancel(at=LATER)) is True
        assert await uow.runs.save(running.finish(answer={})) is False
        kept = await uow.runs.get(RunId("run-1"))

    assert kept == running.cancel(at=LATER)


async def test_a_queued_run_can_be_cancelled_before_anyone_claims_it(storage: Storage) -> None:
    await storage.has(a_paper(), a_queued_run())
    async with storage.unit_of_work() as uow:
        assert await uow.runs.save(a_queued_run().cancel(at=NOON)) is True
        assert await uow.runs.claim(RunId("run-1"), now=NOON, lease_until=LEASE) is None


async def test_a_deleted_run_is_not_brought_back_by_a_save(storage: Storage) -> None:
    await storage.has(a_paper(), a_queued_run())
    async with storage.unit_of_work() as uow:
        await uow.runs.delete(RunId("run-1"))
        assert await uow.runs.save(a_queued_run()) is False


async def test_left_behind_are_queued_runs_and_those_whose_lease_has_passed(storage: Storage) -> None:
    held = a_queued_run("run-2", status=RunStatus.RUNNING, fence=1, lease_until=LATER + LEASE.resolution)
    lapsed = a_queued_run("run-3", status=RunStatus.RUNNING, fence=1, lease_until=LEASE)
    of_a_command_line = a_queued_run("run-4", owner="cli:1")
    await storage.has(
        a_paper(), a_queued_run("run-1"), held, lapsed, of_a_command_line, a_finished_run("run-5")
    )

    async with storage.unit_of_work() as uow:
        left = await uow.runs.left_behind(owner="server", now=LATER)

        of_the_paper = await uow.runs.left_behind(owner="server", now=LATER, paper_id=a_paper().id)
        of_another = await uow.runs.left_behind(owner="server", now=LATER, paper_id=PaperId("none"))
        oldest = await uow.runs.left_behind(owner="server", now=LATER, limit=1)
        recorded_before = await uow.runs.left_behind(owner="server", now=LATER, before=NOON)

    assert left == of_the_paper == ["run-1", "run-3"]
    assert oldest == ["run-1"]
    assert of_another == recorded_before == []


async def test_a_run_that_is_told_to_wait_is_taken_by_nobody_before_its_time(storage: Storage) -> None:
    await storage.has(a_paper(), a_queued_run("run-1", wake_at=LATER))

    async with storage.unit_of_work() as uow:
        assert await uow.runs.left_behind(owner="server", now=LEASE) == []
        assert await uow.runs.claim(RunId("run-1"), now=LEASE, lease_until=LATER) is None
        assert await uow.runs.left_behind(owner="server", now=LATER) == ["run-1"]
        assert await uow.runs.claim(RunId("run-1"), now=LATER, lease_until=LATER) is not None


async def test_papers_of_runs_are_named_once_in_the_order_of_the_runs(storage: Storage) -> None:
    another = a_paper(id=PaperId("paper-2"), sha256="b" * 64)
    runs = [a_queued_run("run-1"), a_queued_run("run-2", paper_id=another.id), a_queued_run("run-3")]
    await storage.has(a_paper(), another, *runs)

    async with storage.unit_of_work() as uow:
        found = await uow.runs.papers_of([RunId("run-2"), RunId("gone"), RunId("run-3"), RunId("run-1")])

    assert found == [another.id, a_paper().id]


async def test_the_newest_finished_run_with_the_same_key_is_reusable(storage: Storage) -> None:
    await storage.has(
        a_paper(),
        a_finished_run("run-1", reuse_key="k"),
        a_finished_run("run-2", reuse_key="k"),
        a_queued_run("run-3", reuse_key="k"),
        a_finished_run("run-4", reuse_key="another"),
        a_finished_run("run-5"),
    )

    async with storage.unit_of_work() as uow:
        reusable = await uow.runs.reusable(LOCAL_WORKSPACE, "k")
        assert await uow.runs.reusable(OTHER, "k") is None

    assert reusable == a_finished_run("run-2", reuse_key="k")


async def test_runs_are_filtered_by_paper_status_and_persona(storage: Storage) -> None:
    paper, other = numbered(2)
    await storage.has(
        paper,
        other,
        a_queued_run("run-1", paper_id=paper.id),
        a_finished_run("run-2", paper_id=paper.id, persona=a_persona("interpreter")),
        a_finished_run("run-3", paper_id=other.id),
    )

    async def ids(**wanted: object) -> list[str]:
        async with storage.unit_of_work() as uow:
            return [r.id for r in await uow.runs.list(LOCAL_WORKSPACE, limit=9, cursor=None, **wanted)]

    assert await ids() == ["run-3", "run-2", "run-1"]
    assert await ids(paper_id=paper.id) == ["run-2", "run-1"]
    assert await ids(status=RunStatus.FINISHED) == ["run-3", "run-2"]
    assert await ids(persona="interpreter") == ["run-2"]
    assert await ids(status=RunStatus.QUEUED, persona="interpreter") == []


# Comparisons


async def test_a_comparison_is_found_by_its_runs(storage: Storage) -> None:
    runs = [a_queued_run("run-1"), a_queued_run("run-2")]
    comparison = a_comparison(runs)
    await storage.has(a_paper(), *runs, a_queued_run("run-3"), comparison)

    async with storage.unit_of_work() as uow:
        assert await uow.comparisons.get(comparison.id) == comparison
        assert await uow.comparisons.with_run(RunId("run-2")) == [comparison]
        assert await uow.comparisons.with_run(RunId("run-3")) == []
        assert await uow.comparisons.list(LOCAL_WORKSPACE, limit=9, cursor=None) == [comparison]
        other = PaperId("another")
        assert await uow.comparisons.list(LOCAL_WORKSPACE, limit=9, cursor=None, paper_id=other) == []


async def test_a_run_that_a_comparison_shows_cannot_go_alone(storage: Storage) -> None:
    run = a_queued_run()
    await storage.has(a_paper(), run, a_comparison([run]))

    async def delete(*, with_comparison: bool) -> None:
        async with storage.unit_of_work() as uow:
            await uow.runs.delete(run.id)
            if with_comparison:
                await uow.comparisons.delete(ComparisonId("comparison-1"))
            await uow.commit()

    with pytest.raises(ConflictError):
        await delete(with_comparison=False)
    async with storage.unit_of_work() as uow:
        assert await uow.runs.get(run.id) == run

    await delete(with_comparison=True)
    async with storage.unit_of_work() as uow:
        assert await uow.runs.get(run.id) is None


async def test_the_same_run_may_stand_in_two_comparisons(storage: Storage) -> None:
    run = a_queued_run()
    twice = (Candidate("A", run.id), Candidate("B", run.id, reused=True))
    first = a_comparison([run])
    second = a_comparison([run], id=ComparisonId("comparison-2"), candidates=twice)
    await storage.has(a_paper(), run, first, second)

    async with storage.unit_of_work() as uow:
        assert await uow.comparisons.with_run(run.id) == [first, second]


# Saved personas and feedback


async def test_old_versions_of_a_saved_persona_stay(storage: Storage) -> None:
    old, new = a_saved_persona("1.9.0"), a_saved_persona("1.10.0")
    another = a_saved_persona(id="another")
    async with storage.unit_of_work() as uow:
        for persona in (old, new, another):
            await uow.personas.add(persona)
        await uow.commit()

        assert await uow.personas.get(LOCAL_WORKSPACE, "mine", None) == new
        assert await uow.personas.get(LOCAL_WORKSPACE, "mine", "1.9.0") == old
        assert await uow.personas.get(LOCAL_WORKSPACE, "mine", "2.0.0") is None
        assert await uow.personas.get(OTHER, "mine", None) is None
        assert await uow.personas.versions(LOCAL_WORKSPACE, "mine") == [new, old]
        assert await uow.personas.list(LOCAL_WORKSPACE) == [another, new]


async def test_a_version_of_a_persona_is_never_changed(storage: Storage) -> None:
    async with storage.unit_of_work() as uow:
        await uow.personas.add(a_saved_persona())
        with pytest.raises(ConflictError):
            await uow.personas.add(a_saved_persona(digest="another", source="---\nelse"))


async def test_feedback_belongs_to_a_run(storage: Storage) -> None:
    await storage.has(a_paper(), a_queued_run())
    said = [Feedback(f"f-{n}", LOCAL_WORKSPACE, RunId("run-1"), "/what", "wrong", "no", NOON) for n in (1, 2)]

    async with storage.unit_of_work() as uow:
        for feedback in said:
            await uow.feedback.add(feedback)
        assert await uow.feedback.of_run(RunId("run-1")) == said
        with pytest.raises(NotFoundError):
            await uow.feedback.add(replace(said[0], id="f-3", run_id=RunId("nothing")))
