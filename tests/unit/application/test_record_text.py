"""Keeping the check of a brought-along text."""

from __future__ import annotations

import pytest
from server.application.start_text import TextRequest
from server.domain.errors import InvalidRequestError, NotFoundError
from server.domain.ids import PaperId
from server.domain.runs import RunStatus

from builders import TITLE
from house import QUOTE, House

pytestmark = pytest.mark.anyio


async def test_a_text_becomes_a_run_that_is_over_and_told() -> None:
    house = House()
    paper_id = await house.a_ready_paper()

    run = await house.record_text(paper_id, TextRequest(f"{TITLE}\n\n“{QUOTE}”."))

    assert house.kept(run) == run
    assert (run.engine, run.status, run.paper_id) == ("text", RunStatus.FINISHED, paper_id)
    assert (house.told(run)[0], house.told(run)[-1]) == ("started", "finished finished")


async def test_a_text_about_another_paper_is_kept_as_a_failed_run() -> None:
    house = House()

    run = await house.record_text(
        await house.a_ready_paper(), TextRequest(house.samples.fabricated_answer("en"))
    )

    assert run.error is not None
    assert (run.status, run.error.code) == (RunStatus.FAILED, "wrong_paper")
    assert house.told(run) == ["started", "finished failed"]


async def test_nothing_is_kept_of_an_empty_text() -> None:
    house = House()
    paper_id = await house.a_ready_paper()

    with pytest.raises(InvalidRequestError):
        await house.record_text(paper_id, TextRequest(" \n "))

    assert house.memory.kept.runs == {}


async def test_a_text_needs_a_paper() -> None:
    with pytest.raises(NotFoundError):
        await House().record_text(PaperId("none"), TextRequest("It places the paper first."))
