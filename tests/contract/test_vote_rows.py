"""Votes: the same facts hold in memory and in SQL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from server.domain.errors import ConflictError, NotFoundError
from server.domain.ids import LOCAL_WORKSPACE, ComparisonId, PaperId, WorkspaceId
from server.domain.votes import Vote

from builders import a_comparison, a_finished_run, a_paper, a_persona
from builders.votes import a_vote
from storage import STORAGES, Storage, opened

pytestmark = pytest.mark.anyio

PAPER, OTHER_PAPER = PaperId("paper-1"), PaperId("paper-2")


@pytest.fixture(params=STORAGES)
async def storage(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Storage]:
    async with opened(request.param, tmp_path) as storage:
        await storage.has(a_paper(), a_paper(id=OTHER_PAPER, sha256="2" * 64))
        yield storage


async def has(storage: Storage, *votes: Vote) -> None:
    async with storage.unit_of_work() as uow:
        for vote in votes:
            await uow.votes.add(vote)
        await uow.commit()


async def test_a_vote_is_kept_whole(storage: Storage) -> None:
    vote = a_vote(winner="both_bad", row="method", comment="どちらも違う", ranks=False, blind=False)

    await has(storage, vote)

    async with storage.unit_of_work() as uow:
        assert list(await uow.votes.of_comparison(vote.comparison_id)) == [vote]


async def test_votes_are_found_by_comparison_voter_and_rank_oldest_first(storage: Storage) -> None:
    votes = [
        a_vote("vote-2", voter="one"),
        a_vote("vote-1", voter="two"),
        a_vote("vote-3", voter="one", ranks=False),
        a_vote("vote-4", voter="one", row="method"),
        a_vote("vote-5", voter="one", comparison_id=ComparisonId("other"), paper_id=OTHER_PAPER),
    ]
    await has(storage, *votes)

    async with storage.unit_of_work() as uow:
        here = await uow.votes.of_comparison(votes[0].comparison_id)
        whole = await uow.votes.ranking(LOCAL_WORKSPACE, row=None)
        row = await uow.votes.ranking(LOCAL_WORKSPACE, row="method")
        elsewhere = await uow.votes.ranking(WorkspaceId("other"), row=None)
        ones = await uow.votes.of_voter("one", PAPER)

    assert [vote.id for vote in here] == ["vote-1", "vote-2", "vote-3", "vote-4"]
    assert [vote.id for vote in whole] == ["vote-1", "vote-2", "vote-5"]
    assert [vote.id for vote in row] == ["vote-4"]
    assert list(elsewhere) == []
    assert [vote.id for vote in ones] == ["vote-2", "vote-3", "vote-4"]


async def test_whoever_looks_at_a_voters_votes_writes_before_the_next_looks(storage: Storage) -> None:
    """Of two clicks at once, the second sees the first."""

    async def vote_if_first(id_: str) -> bool:
        async with storage.unit_of_work() as uow:
            first = not await uow.votes.of_voter("somebody", PAPER)
            await asyncio.sleep(0)
            await uow.votes.add(a_vote(id_, ranks=first))
            await uow.commit()
        return first

    assert sorted(await asyncio.gather(*(vote_if_first(f"vote-{n}") for n in range(4)))) == [
        False,
        False,
        False,
        True,
    ]


async def test_a_vote_goes_with_its_paper_and_not_with_its_comparison(storage: Storage) -> None:
    runs = a_finished_run("run-1"), a_finished_run("run-2", persona=a_persona("interpreter"))
    comparison = a_comparison(runs)
    await storage.has(*runs, comparison)
    await has(storage, a_vote())

    async with storage.unit_of_work() as uow:
        await uow.comparisons.delete(comparison.id)
        await uow.commit()
        kept = await uow.votes.ranking(LOCAL_WORKSPACE, row=None)
        await uow.papers.delete(PAPER)
        await uow.commit()
        left = await uow.votes.ranking(LOCAL_WORKSPACE, row=None)

    assert ([vote.id for vote in kept], list(left)) == (["vote-1"], [])


async def test_a_vote_on_a_paper_that_is_gone_is_refused(storage: Storage) -> None:
    with pytest.raises(NotFoundError):
        await has(storage, a_vote(paper_id=PaperId("gone")))


async def test_the_same_vote_is_not_kept_twice(storage: Storage) -> None:
    await has(storage, a_vote())

    with pytest.raises(ConflictError):
        await has(storage, a_vote())
