"""Starting a comparison: two to six different runs of one paper, recorded together."""

from __future__ import annotations

from typing import Any

import pytest
from server.domain.errors import ConflictError, InvalidRequestError, NotFoundError
from server.domain.ids import RunId
from server.domain.requests import ReaderRequest
from server.domain.runs import RunSettings

from house import SCRIPTED, House

pytestmark = pytest.mark.anyio

SUMMARIZER, INTERPRETER = ReaderRequest("summarizer"), ReaderRequest("interpreter")


async def test_runs_and_comparison_are_recorded_together_and_queued_in_order() -> None:
    house = House()

    comparison = await house.a_comparison(SUMMARIZER, INTERPRETER)

    runs = [house.kept(candidate.run_id) for candidate in comparison.candidates]
    assert [c.label for c in comparison.candidates] == ["A", "B"]
    assert [run.persona.id for run in runs] == ["summarizer", "interpreter"]
    assert house.memory.jobs.enqueued == [run.id for run in runs]
    assert set(house.memory.jobs.committed_when_enqueued) == {True}
    assert house.memory.kept.comparisons == {comparison.id: comparison}
    assert {run.extraction_id for run in runs} == {comparison.extraction_id}


@pytest.mark.parametrize("count", [0, 1, 7])
async def test_fewer_than_two_or_more_than_six_are_refused(count: int) -> None:
    house = House()

    with pytest.raises(InvalidRequestError) as caught:
        await house.a_comparison(*[SUMMARIZER] * count)

    assert caught.value.data["path"] == "/candidates"
    assert (house.memory.kept.runs, house.memory.kept.comparisons) == ({}, {})


async def test_six_are_compared() -> None:
    comparison = await House().a_comparison(*[SUMMARIZER] * 6)

    assert "".join(c.label for c in comparison.candidates) == "ABCDEF"
    assert len({c.run_id for c in comparison.candidates}) == 6


async def test_an_equal_run_is_reused_and_marked() -> None:
    house = House()
    run = await house.executed()

    comparison = await house.a_comparison(SUMMARIZER, INTERPRETER)

    assert [(c.run_id == run.id, c.reused) for c in comparison.candidates] == [(True, True), (False, False)]
    assert len(house.memory.jobs.enqueued) == 2, "the reused one is not queued again"


async def test_a_fresh_comparison_reuses_nothing() -> None:
    house = House()
    run = await house.executed()

    comparison = await house.a_comparison(SUMMARIZER, INTERPRETER, fresh=True)

    assert run.id not in [c.run_id for c in comparison.candidates]


@pytest.mark.parametrize(
    "twin",
    [
        SUMMARIZER,
        ReaderRequest("summarizer", version="1.0.0"),
        ReaderRequest("summarizer", model=SCRIPTED),
        ReaderRequest("summarizer", language="en", settings=RunSettings()),
    ],
    ids=["the same words", "by version", "by model", "by language"],
)
async def test_a_persona_that_meets_itself_is_run_twice_and_never_reused(twin: ReaderRequest) -> None:
    house = House()
    earlier = await house.executed()

    comparison = await house.a_comparison(SUMMARIZER, twin)

    runs = [house.kept(c.run_id) for c in comparison.candidates]
    assert earlier.id not in [run.id for run in runs]
    assert runs[0].id != runs[1].id
    assert [(c.reused, run.reuse_key) for c, run in zip(comparison.candidates, runs, strict=True)] == [
        (False, None)
    ] * 2


async def test_twins_that_differ_in_a_setting_are_no_twins() -> None:
    house = House()
    earlier = await house.executed()

    comparison = await house.a_comparison(
        SUMMARIZER, ReaderRequest("summarizer", settings=RunSettings(temperature=1.0))
    )

    assert comparison.candidates[0].run_id == earlier.id


async def test_a_run_that_is_there_can_be_compared() -> None:
    house = House()
    run = await house.executed()

    comparison = await house.a_comparison(run.id, INTERPRETER)

    assert comparison.candidates[0].run_id == run.id
    assert comparison.candidates[0].reused


async def test_a_run_that_is_there_meets_a_new_run_of_its_own_persona() -> None:
    house = House()
    run = await house.executed()

    comparison = await house.a_comparison(run.id, SUMMARIZER)

    assert comparison.candidates[0].run_id == run.id
    assert comparison.candidates[1].run_id != run.id
    assert house.kept(comparison.candidates[1].run_id).reuse_key is None


async def test_the_same_run_twice_is_refused() -> None:
    house = House()
    run = await house.executed()

    with pytest.raises(InvalidRequestError, match="twice"):
        await house.a_comparison(run.id, run.id)


async def test_a_run_of_another_paper_is_refused() -> None:
    house = House()
    other = await house.a_run(paper_id=await house.a_ready_paper(b"%PDF-1.7 another"))

    with pytest.raises(InvalidRequestError, match="another paper"):
        await house.a_comparison(SUMMARIZER, other.id)

    assert list(house.memory.kept.runs) == [other.id]


@pytest.mark.parametrize("missing", [RunId("unknown"), ReaderRequest("xyzzy")], ids=["run", "persona"])
async def test_nothing_is_recorded_when_a_candidate_is_unknown(missing: Any) -> None:
    house = House()

    with pytest.raises(NotFoundError):
        await house.a_comparison(SUMMARIZER, missing)

    assert (house.memory.kept.runs, house.memory.kept.comparisons) == ({}, {})


async def test_a_reused_run_deleted_meanwhile_is_a_conflict(monkeypatch: pytest.MonkeyPatch) -> None:
    house = House()
    run = await house.executed()
    prepare = house.start.prepare

    async def prepare_slowly(request: Any) -> Any:
        started = await prepare(request)
        house.memory.kept.runs.pop(run.id, None)
        return started

    monkeypatch.setattr(type(house.start), "prepare", lambda _, request: prepare_slowly(request))
    with pytest.raises(ConflictError):
        await house.a_comparison(SUMMARIZER, INTERPRETER)

    assert house.memory.kept.comparisons == {}
