"""The scripted engine plays what it is told and remembers what it was asked."""

from __future__ import annotations

import asyncio
import json

import pytest
from server.adapters.scripted_engine import Script, ScriptedEngine
from server.application.ports import Completed, Delta, Restarted
from server.domain.errors import RateLimitedError
from server.domain.runs import Attempt, Usage

from questions import a_question, events_of

pytestmark = pytest.mark.anyio


async def test_scripts_are_played_in_turn_and_the_last_one_again() -> None:
    engine = ScriptedEngine({"what": []}, Script(["{", "}"], usage=Usage(1, 0, 1)))
    questions = [a_question(model=name) for name in "abc"]

    played = [await events_of(engine.ask(question)) for question in questions]

    done = Completed(usage=Usage(), attempts=(Attempt("ok", 0),))
    again = [Delta("{"), Delta("}"), Completed(usage=Usage(1, 0, 1), attempts=(Attempt("ok", 0),))]
    assert played == [[Delta('{"what": []}'), done], again, again]
    assert engine.questions == questions


async def test_an_answer_may_depend_on_the_question() -> None:
    engine = ScriptedEngine(Script(lambda question: {"persona": question.persona.id}))

    first, _ = await events_of(engine.ask(a_question()))

    assert isinstance(first, Delta)
    assert json.loads(first.text) == {"persona": "summarizer"}


async def test_a_restart_takes_back_what_came_before_it() -> None:
    engine = ScriptedEngine(Script("{}", restarts=["{hal"]))

    lost = Attempt("unavailable", 0)
    assert await events_of(engine.ask(a_question())) == [
        Delta("{hal"),
        Restarted(lost),
        Delta("{}"),
        Completed(usage=Usage(), attempts=(lost, Attempt("ok", 0))),
    ]


async def test_an_error_comes_after_the_pieces_with_its_attempts() -> None:
    asking = ScriptedEngine(Script(["{"], error=RateLimitedError())).ask(a_question())

    assert await anext(asking) == Delta("{")
    with pytest.raises(RateLimitedError) as raised:
        await anext(asking)
    assert raised.value.attempts == (Attempt("rate_limited", 0),)


async def test_callers_that_leave_early_are_counted() -> None:
    engine = ScriptedEngine(Script(["{", "}"], delay_s=0), Script("{}", delay_s=60))
    asking = engine.ask(a_question())
    await anext(asking)
    await asking.aclose()
    task = asyncio.create_task(events_of(engine.ask(a_question())))
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert engine.abandoned == 2
