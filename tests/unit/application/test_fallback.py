"""Who answers when an endpoint cannot, and what the run says of it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from server.adapters.extractive_engine import ExtractiveEngine
from server.adapters.scripted_engine import Script, ScriptedEngine
from server.application.fallback import Fallback
from server.domain.blinding import blinded
from server.domain.errors import (
    AnswerInvalidError,
    BadResponseError,
    ContentFilterError,
    ContextTooLongError,
    ProviderAuthError,
    QuotaError,
    RateLimitedError,
    RefusedError,
    RunError,
    RunTimeoutError,
    UnavailableError,
)
from server.domain.models import EXTRACTIVE, EngineKind, ModelSpec, Prices
from server.domain.notices import sentence
from server.domain.requests import ReaderRequest
from server.domain.runs import Attempt, FellBack, RunSettings, RunStatus, Usage

from builders import a_model, a_persona
from house import House, ListedModels, ListedPersonas, a_wire_answer

pytestmark = pytest.mark.anyio

ASKED, NEXT = a_model("asked", base_url="http://a.test/v1"), a_model("next", base_url="http://b.test/v1")
NO_MODEL = ModelSpec(EXTRACTIVE, EngineKind.EXTRACTIVE, EXTRACTIVE)
AWAY = UnavailableError(host="a.test")


def a_house(first: ScriptedEngine, second: ScriptedEngine | None = None, *, names: str = "next") -> House:
    second = second or ScriptedEngine(a_wire_answer())
    house = House(models=((ASKED, first), (NEXT, second), (NO_MODEL, ExtractiveEngine())))
    house.execute = replace(house.execute, fallback_models=tuple(names.split()))
    return house


@pytest.mark.parametrize(
    "error",
    [
        AWAY,
        RunTimeoutError(seconds=60),
        RateLimitedError(),
        QuotaError(),
        ProviderAuthError(host="a.test"),
        BadResponseError(host="a.test", why="no JSON"),
    ],
)
async def test_the_next_one_answers_when_an_endpoint_gives_up(error: RunError) -> None:
    house = a_house(ScriptedEngine(error))

    run = await house.executed(model="asked")

    assert (run.status, run.model, run.engine) == (RunStatus.FINISHED, "next", "openai")
    assert run.fell_back == (FellBack("asked", error.code),)
    assert run.attempts == (Attempt(error.code, 0), Attempt("ok", 0))
    assert run.reuse_key is None
    notice = next(one for one in run.warnings if one.code == "fell_back")
    for words in (sentence(notice).ja, sentence(notice).en):
        assert "asked" in words
        assert "next" in words
        assert f"({error.code})" not in words


@pytest.mark.parametrize(
    "error", [RefusedError(), ContentFilterError(), AnswerInvalidError(errors=[]), ContextTooLongError()]
)
async def test_what_the_model_said_itself_stands(error: RunError) -> None:
    second = ScriptedEngine(a_wire_answer())
    house = a_house(ScriptedEngine(error), second)

    run = await house.executed(model="asked")

    assert (run.status, run.model, run.fell_back) == (RunStatus.FAILED, "asked", ())
    assert second.questions == []


async def test_without_a_list_nobody_else_is_asked() -> None:
    second = ScriptedEngine(a_wire_answer())
    house = a_house(ScriptedEngine(AWAY), second, names="")

    run = await house.executed(model="asked")

    assert run.error
    assert (run.error.code, run.model, second.questions) == ("unavailable", "asked", [])


async def test_sentences_of_the_paper_answer_only_where_the_list_says_so() -> None:
    away = ScriptedEngine(UnavailableError(host="b.test"))

    with_it = await a_house(ScriptedEngine(AWAY), away, names="next extractive").executed(model="asked")
    without = await a_house(ScriptedEngine(AWAY), away, names="next").executed(model="asked")

    assert (with_it.status, with_it.engine, with_it.model) == (RunStatus.FINISHED, "extractive", EXTRACTIVE)
    assert [(one.model, one.code) for one in with_it.fell_back] == [
        ("asked", "unavailable"),
        ("next", "unavailable"),
    ]
    assert (without.status, without.model) == (RunStatus.FAILED, "next")
    assert [attempt.outcome for attempt in without.attempts] == ["unavailable", "unavailable"]


async def test_who_follows_the_run_is_told_to_forget_what_the_first_one_said() -> None:
    house = a_house(ScriptedEngine(Script('{"header": ', error=AWAY)))

    run = await house.executed(model="asked")

    told = house.told(run)
    assert told.count("reset") == 1
    assert told[-2:] == ["warning", "finished finished"]
    assert told.index("reset") < told.index("field /what")


async def test_an_equal_run_asks_again_for_the_model_that_could_not_answer() -> None:
    first = ScriptedEngine(AWAY, a_wire_answer())
    house = a_house(first)
    await house.executed(model="asked")

    again = await house.executed(model="asked")

    assert (again.model, again.fell_back) == ("asked", ())


async def test_only_who_has_nobody_behind_waits_for_an_endpoint() -> None:
    first, second = ScriptedEngine(AWAY), ScriptedEngine(a_wire_answer())
    house = a_house(first, second)

    await house.executed(model="asked")
    await house.executed(model="next")

    assert [question.has_alternative for question in first.questions] == [True]
    assert [question.has_alternative for question in second.questions] == [False, False]


async def test_each_model_is_paid_at_its_own_price() -> None:
    dear = replace(ASKED, prices=Prices(input=1000, output=1000))
    cheap = replace(NEXT, prices=Prices(input=1, output=1))
    answer = Script(a_wire_answer(), usage=Usage(1_000_000, 0, 1_000_000))
    house = House(models=((dear, ScriptedEngine(AWAY)), (cheap, ScriptedEngine(answer))))
    house.execute = replace(house.execute, fallback_models=("next",))

    run = await house.executed(model="asked")

    assert run.usage.cost_usd == pytest.approx(2.0)


async def test_a_follow_up_is_not_continued_in_sentences_of_the_paper() -> None:
    house = a_house(ScriptedEngine(a_wire_answer(), AWAY), names="extractive")
    run = await house.executed(model="asked")

    follow_up = await house.asked(run)

    assert (follow_up.status, follow_up.model, follow_up.fell_back) == (RunStatus.FAILED, "asked", ())


async def test_an_ensemble_of_one_model_falls_back_together() -> None:
    house = a_house(ScriptedEngine(AWAY))

    run = await house.executed(model="asked", settings=RunSettings(ensemble=2))

    assert (run.status, run.model) == (RunStatus.FINISHED, "next")
    assert [member.model for member in run.members] == ["next", "next"]
    assert [attempt.outcome for attempt in run.attempts] == ["unavailable"] * 2 + ["ok"] * 2


# Whose list counts


def the_chain(*own: str, names: tuple[str, ...] = (), asked: ModelSpec = ASKED) -> list[str]:
    beside = a_model("beside", base_url=ASKED.base_url)
    nobody = ScriptedEngine()
    models = ListedModels((ASKED, nobody), (NEXT, nobody), (beside, nobody), (NO_MODEL, nobody))
    return [spec.name for spec in Fallback(models, names).chain(a_persona(fallback=own), asked)]


def test_a_personas_list_wins_over_the_servers() -> None:
    assert the_chain("beside", "extractive", names=("next",)) == ["beside", "extractive"]
    assert the_chain(names=("next",)) == ["next"]


def test_a_personas_file_alone_sends_no_paper_to_another_endpoint() -> None:
    assert the_chain("next", "beside") == ["beside"]
    assert the_chain("next", "beside", names=("next",)) == ["next", "beside"]


def test_names_that_mean_nothing_here_and_the_model_itself_are_passed_over() -> None:
    assert the_chain("gone", "asked", "extractive", "extractive") == ["extractive"]


def test_who_asks_for_no_model_gets_none() -> None:
    assert the_chain("beside", asked=NO_MODEL) == []


async def test_a_personas_own_list_is_followed() -> None:
    persona = a_persona(fallback=("extractive",))
    house = House(
        models=((ASKED, ScriptedEngine(AWAY)), (NO_MODEL, ExtractiveEngine())),
        library=ListedPersonas(persona),
    )

    run = await house.executed(persona.id, model="asked")

    assert (run.engine, run.fell_back) == ("extractive", (FellBack("asked", "unavailable"),))


async def test_a_comparison_says_that_its_readers_got_the_same() -> None:
    house = a_house(ScriptedEngine(AWAY))
    started = await house.a_comparison(
        ReaderRequest("summarizer", model="asked"), ReaderRequest("interpreter", model="next")
    )
    ids = [candidate.run_id for candidate in started.candidates]
    for run_id in ids:
        await house.execute(run_id)

    first, second = (house.kept(run_id) for run_id in ids)

    assert (first.model, second.model) == ("next", "next")
    assert first.input
    assert second.input
    assert first.input.digest == second.input.digest


async def test_a_blind_reader_does_not_see_who_was_asked_before() -> None:
    house = a_house(ScriptedEngine(AWAY))
    run = await house.executed(model="asked")

    blind, _ = blinded("A", run, a_persona(), all_over=True, at=run.created_at)

    assert blind.answer
    assert (blind.fell_back, blind.warnings, blind.attempts) == ((), (), ())
