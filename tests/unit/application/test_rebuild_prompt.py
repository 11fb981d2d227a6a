"""The prompt of a run, made again."""

from __future__ import annotations

from dataclasses import replace

import pytest
from server.application.rebuild_prompt import RebuildPrompt, Rebuilt
from server.domain.ids import RunId
from server.domain.models import EngineKind

from house import House

pytestmark = pytest.mark.anyio


async def rebuilt(house: House, run_id: RunId) -> Rebuilt:
    return await RebuildPrompt(house.preview)(await house.queries.run(run_id))


async def test_the_prompt_is_the_one_that_the_engine_got() -> None:
    house = House()
    run = await house.executed()

    again = await rebuilt(house, run.id)

    assert again.messages == house.engine.questions[0].prompt.messages
    assert again.is_exact is True


async def test_a_correction_made_since_is_told_when_it_changes_the_prompt() -> None:
    house = House()
    run = await house.executed()
    digest = house.kept(run).input.prompt_digest  # type: ignore[union-attr]
    changed = replace(house.kept(run), input=replace(run.input, prompt_digest=f"{digest}x"))  # type: ignore[type-var]
    house.memory.has(changed)

    assert (await rebuilt(house, run.id)).is_exact is False


async def test_of_a_run_that_kept_no_digest_nothing_is_claimed() -> None:
    house = House()
    run = await house.executed()
    house.memory.has(replace(house.kept(run), input=None))

    again = await rebuilt(house, run.id)

    assert again.messages
    assert again.is_exact is None


async def test_there_is_no_prompt_where_no_model_was_asked() -> None:
    house = House()
    run = await house.executed()
    house.memory.has(replace(house.kept(run), engine=EngineKind.EXTRACTIVE.value))

    assert await rebuilt(house, run.id) == Rebuilt((), None)
