"""Trying a persona's test: with a recorded answer, or by asking; nothing is left behind."""

from __future__ import annotations

import json
from typing import Any

import pytest
from server.application.indexes import Indexes
from server.application.test_persona import RECORDED, TestPersona, TestResult
from server.domain.errors import InvalidRequestError, RateLimitedError
from server.domain.models import EXTRACTIVE
from server.domain.persona_tests import Assertion, AssertionType, PersonaTest
from server.domain.statements import IdentityVerdict

from builders import a_model, a_persona
from house import PDF, QUOTE, SCRIPTED, House, ListedModels, a_wire_answer, statement

pytestmark = pytest.mark.anyio

FOUND = Assertion(AssertionType.QUOTES_FOUND, 1.0)
CONFIRMED = Assertion(AssertionType.IDENTITY, IdentityVerdict.CONFIRMED)
MISMATCH = Assertion(AssertionType.IDENTITY, IdentityVerdict.MISMATCH)


def a_test(*asserts: Assertion, recorded: Any = None, **changes: Any) -> PersonaTest:
    text = recorded if recorded is None or isinstance(recorded, str) else json.dumps(recorded)
    return PersonaTest("tests/a.yaml", "a test", "sample", asserts, recorded=text, **changes)


def over(house: House) -> TestPersona:
    scripted = a_model(SCRIPTED)
    models = ListedModels((scripted, house.engine), (a_model(EXTRACTIVE), house.engine))
    return TestPersona(house.reader, models, house.prompting, Indexes(), house.memory.clock, run_timeout_s=5)


async def tried(test: PersonaTest, *, house: House | None = None, model: str | None = None) -> TestResult:
    return await over(house or House())(a_persona(), test, paper=lambda _: PDF, model=model)


async def test_a_recorded_answer_is_checked_and_nobody_is_asked() -> None:
    house = House()

    result = await tried(a_test(CONFIRMED, FOUND, recorded=a_wire_answer()), house=house)

    assert (result.status, result.model, result.failures) == ("passed", RECORDED, ())
    assert house.engine.questions == []


async def test_what_is_not_in_the_paper_fails() -> None:
    wire = a_wire_answer(what=[statement("It is fast.", QUOTE, "This sentence stands nowhere in it.")])

    result = await tried(a_test(FOUND, recorded=wire))

    assert [f.assertion for f in result.failures] == ["quotes-found"]


@pytest.mark.parametrize("asserts", [(), (CONFIRMED,)])
async def test_a_recorded_answer_about_another_paper_fails(asserts: tuple[Assertion, ...]) -> None:
    wire = a_wire_answer(header={"title": "Growing Pears in Clay", "authors": "A. Author", "year": 1999})

    result = await tried(a_test(*asserts, recorded=wire))

    assert [f.assertion for f in result.failures] == ["identity"]
    assert (await tried(a_test(MISMATCH, recorded=wire))).status == "passed"


@pytest.mark.parametrize("text", ["{", "[]", '{"what": 3}'])
async def test_a_recorded_answer_of_another_shape_fails(text: str) -> None:
    result = await tried(a_test(CONFIRMED, recorded=text))

    assert [f.assertion for f in result.failures] == ["is-json"]


async def test_a_named_model_is_asked_with_the_tests_own_language_and_variables() -> None:
    house = House()

    result = await tried(a_test(CONFIRMED, model=SCRIPTED, language="ja", vars={"x": "y"}), house=house)

    (question,) = house.engine.questions
    assert (result.status, result.model) == ("passed", SCRIPTED)
    assert (question.language, dict(question.persona.vars)) == ("ja", {"x": "y"})


async def test_a_model_given_takes_the_place_of_a_recorded_answer_but_is_not_asked_for_a_wrong_one() -> None:
    house = House()

    asked = await tried(a_test(CONFIRMED, recorded="{"), house=house, model=SCRIPTED)
    spared = await tried(a_test(MISMATCH, recorded="{"), house=house, model=SCRIPTED)

    assert (asked.status, asked.model, spared.status) == ("passed", SCRIPTED, "skipped")
    assert len(house.engine.questions) == 1


async def test_whatever_goes_wrong_fails_the_test_and_says_why() -> None:
    house = House(RateLimitedError())

    def missing(name: str) -> bytes:
        raise InvalidRequestError(reason_ja="ありません。", reason_en=f"There is no {name}.")

    limited = await tried(a_test(CONFIRMED, model=SCRIPTED), house=house)
    unknown = await tried(a_test(CONFIRMED, model="nobody"))
    no_paper = await over(house)(a_persona(), a_test(CONFIRMED), paper=missing)

    assert [one.failures[0].assertion for one in (limited, unknown, no_paper)] == [
        "rate_limited",
        "not_found",
        "invalid_request",
    ]
    assert no_paper.failures[0].reason.en == "There is no sample."


async def test_a_paper_is_read_once_and_nothing_is_kept() -> None:
    house = House()
    test = over(house)

    for _ in range(2):
        await test(a_persona(), a_test(CONFIRMED, recorded=a_wire_answer()), paper=lambda _: PDF)

    assert house.reader.asked == 1
    assert not house.memory.kept.runs
    assert not house.memory.kept.papers
