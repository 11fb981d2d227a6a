"""What every engine promises: text, restarts, one completion at the end; nothing but run errors; closable at any time."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import jsonschema_rs
import pytest
from server.adapters.extractive_engine import ExtractiveEngine
from server.adapters.openai_engine import OpenAIEngine
from server.adapters.scripted_engine import Script, ScriptedEngine
from server.application.ports import Completed, Delta, Engine, EngineEvent, Question, Restarted
from server.domain.errors import RunError, UnavailableError
from server.domain.runs import Usage
from server.domain.schema import wire_schema

from builders import TITLE, a_field, a_persona
from fake_provider import FakeProvider, refuses, resets, streams
from questions import a_question, events_of

pytestmark = pytest.mark.anyio


PERSONA = a_persona(fields=[a_field("overview")])
SCHEMA = wire_schema(PERSONA, "en")
WIRE = json.dumps(
    {
        "_paper": {"title": TITLE, "authors": None},
        "overview": [{"evidence": [{"quote": "28 tokens", "page": 1}], "text": "Fewer."}],
    }
)


def the_question() -> Question:
    return a_question(persona=PERSONA, wire_schema=SCHEMA)


@pytest.fixture(params=["extractive", "scripted", "openai-aiohttp", "openai-httpx2"])
async def engine(request: pytest.FixtureRequest) -> AsyncIterator[Engine]:
    """An engine that answers: the scripted and the OpenAI ones at the second attempt."""
    name = str(request.param)
    if name.startswith("openai"):
        transport = name.partition("-")[2]
        async with FakeProvider(streams(WIRE[:9], ends="reset"), streams(WIRE[:9], WIRE[9:])) as fake:
            openai = OpenAIEngine(fake.base_url, transport=transport, backoff_s=0.01)
            yield openai
            await openai.close()
    elif name == "scripted":
        yield ScriptedEngine(Script([WIRE[:9], WIRE[9:]], restarts=[WIRE[:9]]))
    else:
        extractive = ExtractiveEngine()
        yield extractive
        await extractive.close()


@pytest.fixture(params=["scripted", "openai-aiohttp", "openai-httpx2"])
async def broken(request: pytest.FixtureRequest) -> AsyncIterator[Engine]:
    """An engine whose endpoint is away."""
    name = str(request.param)
    if name == "scripted":
        yield ScriptedEngine(Script(restarts=["{"], error=UnavailableError(host="x")))
        return
    async with FakeProvider(resets, refuses(503), resets) as fake:
        openai = OpenAIEngine(fake.base_url, transport=name.partition("-")[2], backoff_s=0.01)
        yield openai
        await openai.close()


async def test_the_text_since_the_last_restart_fits_the_wire_schema(engine: Engine) -> None:
    text = ""
    async for event in engine.ask(the_question()):
        if isinstance(event, Delta):
            text += event.text
        elif isinstance(event, Restarted):
            text = ""

    jsonschema_rs.validator_for(SCHEMA, offline=True).validate(json.loads(text))


async def test_there_is_one_completion_and_it_is_last(engine: Engine) -> None:
    events = await events_of(engine.ask(the_question()))

    assert [isinstance(event, Completed) for event in events] == [False] * (len(events) - 1) + [True]


async def test_every_restart_is_an_attempt_and_the_last_attempt_is_ok(engine: Engine) -> None:
    events = await events_of(engine.ask(the_question()))

    completed = events[-1]
    assert isinstance(completed, Completed)
    restarts = [event.attempt for event in events if isinstance(event, Restarted)]
    assert list(completed.attempts[:-1]) == restarts
    assert completed.attempts[-1].outcome == "ok"
    assert all(attempt.outcome != "ok" and attempt.duration_ms >= 0 for attempt in restarts)
    assert isinstance(completed.usage, Usage)


async def test_it_may_be_left_at_any_event(engine: Engine) -> None:
    for stop in (1, 2):
        asking = engine.ask(the_question())
        for _ in range(stop):
            await anext(asking)
        await asking.aclose()
        with pytest.raises(StopAsyncIteration):
            await anext(asking)


async def test_a_failure_is_a_run_error_that_lists_the_attempts(broken: Engine) -> None:
    events: list[EngineEvent] = []

    async def keep_events() -> None:
        async for event in broken.ask(the_question()):
            events.append(event)  # noqa: PERF401 (they are needed although it raises)

    with pytest.raises(RunError) as raised:
        await keep_events()

    assert list(raised.value.attempts[:-1]) == [e.attempt for e in events if isinstance(e, Restarted)]
    assert not any(isinstance(event, Completed) for event in events)
    assert raised.value.attempts[-1].outcome == raised.value.code == "unavailable"


async def test_closing_twice_is_harmless(engine: Engine) -> None:
    await engine.close()
    await engine.close()
