"""The demo: a sample, two readers without a model, a made-up answer."""

from __future__ import annotations

from dataclasses import replace

import pytest
from server.adapters.extractive_engine import ExtractiveEngine
from server.adapters.sample_files import PAPERS, SampleFiles
from server.application.start_demo import READERS
from server.domain.comparisons import Comparison
from server.domain.errors import ConflictError, NotFoundError

from builders import a_model
from house import House

pytestmark = pytest.mark.anyio


@pytest.fixture
async def house() -> House:
    """The readers' engine is there, and the sample has been read."""
    house = House(models=[(a_model("extractive"), ExtractiveEngine())])
    await house.read_paper((await house.start_demo.take_in("en")).id)
    return house


def engines(house: House, comparison: Comparison) -> list[str]:
    return [house.kept(candidate.run_id).model for candidate in comparison.candidates]


async def test_two_readers_without_a_model_meet_a_made_up_answer(house: House) -> None:
    comparison = await house.start_demo(sample="en", language="en")

    runs = [house.kept(candidate.run_id) for candidate in comparison.candidates]
    assert [run.persona.id for run in runs] == [*READERS, "text"]
    assert engines(house, comparison) == ["extractive", "extractive", "text"]
    assert runs[-1].error is not None
    assert runs[-1].error.code == "wrong_paper"


async def test_the_demo_asked_again_is_the_same_comparison(house: House) -> None:
    first = await house.start_demo(sample="en", language="en")

    assert await house.start_demo(sample="en", language="en") == first
    assert len(house.memory.kept.comparisons) == 1


async def test_another_language_names_the_made_up_answer_anew(house: House) -> None:
    first = await house.start_demo(sample="en", language="en")

    assert (await house.start_demo(sample="en", language="ja")).id != first.id


async def test_a_sample_that_is_not_read_in_time_says_so() -> None:
    house = House(models=[(a_model("extractive"), ExtractiveEngine())])

    with pytest.raises(ConflictError):
        await replace(house.start_demo, read_within_s=0.0)(sample="en", language="en")


async def test_only_known_samples_are_offered() -> None:
    samples = SampleFiles()

    assert all(samples.paper(name)[0].startswith(b"%PDF-") for name in PAPERS)
    assert samples.fabricated_answer("ja") != samples.fabricated_answer("en")
    with pytest.raises(NotFoundError):
        samples.paper("../secret")
