"""The OpenAI-compatible engine against an endpoint that does everything wrong that endpoints do."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from server.adapters.openai_engine import OpenAIEngine
from server.adapters.openai_errors import CallFailedError
from server.application.ports import Completed, Delta, EngineEvent, Repair, Restarted
from server.domain.errors import InvalidRequestError, RunError, RunTimeoutError, UnavailableError
from server.domain.runs import RunSettings, Usage

from fake_provider import (
    ANSWER,
    USAGE,
    FakeProvider,
    Step,
    chunk,
    completion,
    drips,
    hangs,
    refuses,
    requires,
    resets,
    responds,
    sends_events,
    streams,
)
from questions import a_question, events_of

pytestmark = pytest.mark.anyio
KEY = "sk-SECRET-fragment"


@pytest.fixture(params=["aiohttp", "httpx2"])
def transport(request: pytest.FixtureRequest) -> str:
    return str(request.param)


class Asker:
    """An engine for one fake endpoint."""

    def __init__(self, transport: str) -> None:
        self._transport = transport
        self.engines: list[OpenAIEngine] = []

    def engine(self, provider: FakeProvider) -> OpenAIEngine:
        engine = OpenAIEngine(provider.base_url, KEY, transport=self._transport, backoff_s=0.01)
        self.engines.append(engine)
        return engine

    async def fails(self, *steps: Step, **changes: Any) -> tuple[RunError, list[str]]:
        """The error that asking ends with, and the outcomes of the attempts."""
        async with FakeProvider(*steps) as provider:
            with pytest.raises(RunError) as raised:
                await events_of(self.engine(provider).ask(a_question(**changes)))
            assert len(raised.value.attempts) == len(provider.requests)
            return raised.value, [attempt.outcome for attempt in raised.value.attempts]

    async def answers(self, *steps: Step, **changes: Any) -> tuple[str, Completed]:
        async with FakeProvider(*steps) as provider:
            return whole(await events_of(self.engine(provider).ask(a_question(**changes))))


@pytest.fixture
async def asker(transport: str) -> AsyncIterator[Asker]:
    asker = Asker(transport)
    yield asker
    for engine in asker.engines:
        await engine.close()


def whole(events: list[EngineEvent]) -> tuple[str, Completed]:
    """The text since the last restart, and the last event."""
    *before, last = events
    assert isinstance(last, Completed)
    text = ""
    for event in before:
        assert isinstance(event, Delta | Restarted)
        text = text + event.text if isinstance(event, Delta) else ""
    return text, last


# Answers


async def test_what_is_said_is_passed_on_and_usage_at_the_end(asker: Asker) -> None:
    async with FakeProvider(streams(ANSWER[:20], ANSWER[20:])) as provider:
        events = await events_of(asker.engine(provider).ask(a_question()))

    text, completed = whole(events)
    assert text == ANSWER
    assert completed.usage == Usage(2515, 2489, 40, 8)
    assert [a.outcome for a in completed.attempts] == ["ok"]
    assert completed.warnings == ()


async def test_the_request_is_paper_first_strict_and_holds_only_what_was_set(asker: Asker) -> None:
    async with FakeProvider(streams(ANSWER)) as provider:
        question = a_question(settings=RunSettings(temperature=0.0))
        await events_of(asker.engine(provider).ask(question))

    (body,) = provider.bodies
    assert set(body) == {
        "model",
        "messages",
        "stream",
        "stream_options",
        "temperature",
        "max_tokens",
        "response_format",
    }
    assert body["messages"] == [
        {"role": "system", "content": question.prompt.rules},
        {"role": "user", "content": question.prompt.paper + question.prompt.persona},
    ]
    assert body["response_format"]["json_schema"] == {
        "name": "answer",
        "schema": question.wire_schema,
        "strict": True,
    }
    assert body["max_tokens"] == 500
    assert provider.requests[0].headers["authorization"] == f"Bearer {KEY}"


async def test_no_key_and_no_organization_of_the_environment_goes_to_a_foreign_endpoint(
    transport: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_ADMIN_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID"):
        monkeypatch.setenv(name, KEY)
    async with FakeProvider(streams(ANSWER)) as provider:
        engine = OpenAIEngine(provider.base_url, None, transport=transport)
        await events_of(engine.ask(a_question()))
        await engine.close()

    assert KEY not in str(provider.requests[0].headers)
    assert "authorization" not in provider.requests[0].headers


async def test_an_endpoint_that_does_not_stream_is_understood(asker: Asker) -> None:
    text, completed = await asker.answers(responds(completion(ANSWER)))

    assert text == ANSWER
    assert completed.usage.cached_tokens == 2489


@pytest.mark.parametrize(
    "written",
    [
        f"```json\n{ANSWER}\n```\nHope this helps {{}}!",
        f"<think>Is {{this}} it?</think>\n{ANSWER}",
        f"Here it is, as {{asked}}: {ANSWER} or {{}}",
        f'{{"other": 1}} is wrong, so: {ANSWER}'.replace("{", "_{", 1),
        f"  {ANSWER}{ANSWER}",
    ],
)
async def test_the_object_is_found_in_fences_reasoning_and_prose(asker: Asker, written: str) -> None:
    pieces = [written[at : at + 3] for at in range(0, len(written), 3)]

    assert (await asker.answers(streams(*pieces)))[0] == ANSWER


async def test_text_without_an_object_comes_whole_for_the_validator(asker: Asker) -> None:
    assert (await asker.answers(streams("I cannot ", "{say}.")))[0] == "I cannot {say}."


async def test_free_text_is_asked_for_without_a_format_and_comes_without_its_reasoning(asker: Asker) -> None:
    async with FakeProvider(streams("<think>{1}</think>", "In words ", "{not JSON}.")) as provider:
        engine = asker.engine(provider)
        repair = Repair("", ("the answer is empty",))
        said, _ = whole(await events_of(engine.ask(a_question(wire_schema={}, repair=repair))))

    assert said == "In words {not JSON}."
    (body,) = provider.bodies
    assert "response_format" not in body
    assert "JSON" not in json.dumps(body["messages"][2:])


async def test_reasoning_is_counted(asker: Asker) -> None:
    _, ended = await asker.answers(streams(ANSWER))

    assert ended.usage.reasoning_tokens == 8


async def test_a_repair_carries_the_answer_and_what_was_wrong_after_the_same_prefix(asker: Asker) -> None:
    async with FakeProvider(streams(ANSWER)) as provider:
        engine = asker.engine(provider)
        await events_of(engine.ask(a_question()))
        repair = Repair("{}", ("/what: missing", "/what/0: no quote"))
        await events_of(engine.ask(a_question(repair=repair)))

    first, second = (body["messages"] for body in provider.bodies)
    assert second[:2] == first
    assert second[2] == {"role": "assistant", "content": "{}"}
    assert "- /what: missing\n- /what/0: no quote" in second[3]["content"]


async def test_usage_that_cannot_be_true_is_unknown(asker: Asker) -> None:
    odd = {"prompt_tokens": -1, "completion_tokens": 10**18, "prompt_tokens_details": {"cached_tokens": 5}}

    assert (await asker.answers(streams(ANSWER, usage=odd)))[1].usage == Usage()
    assert (await asker.answers(streams(ANSWER, usage=None)))[1].usage == Usage()
    assert (await asker.answers(streams(ANSWER, usage="lots")))[1].usage == Usage()
    more_cached = {"prompt_tokens": 10, "prompt_tokens_details": {"cached_tokens": 11}}
    assert (await asker.answers(streams(ANSWER, usage=more_cached)))[1].usage == Usage(input_tokens=10)


# What is not an answer


@pytest.mark.parametrize(
    ("step", "code", "attempts"),
    [
        (streams(ANSWER[:30], finish="length"), "truncated", 1),
        (streams(finish="content_filter"), "content_filter", 1),
        (sends_events(chunk(refusal="I can't"), chunk(finish="stop")), "refused", 1),
        (responds(completion(None, message={"refusal": "I can't"})), "refused", 1),
        (streams(ANSWER, finish="tool_calls"), "bad_response", 2),
        (streams(finish="stop"), "bad_response", 2),
        (streams(ANSWER[:30], finish=None, usage=None, done=False), "truncated", 2),
        (streams(ANSWER[:30], finish=None, usage=None), "truncated", 2),
        (streams(ANSWER[:30], ends="reset"), "unavailable", 3),
        (sends_events(chunk("{"), {"error": {"message": "server died"}}), "unavailable", 3),
        (sends_events(chunk("{"), "{nope"), "bad_response", 2),
        (responds(b"<html>Welcome</html>", content_type="text/html"), "bad_response", 2),
        (responds(b"<html>Welcome</html>", content_type="text/event-stream"), "bad_response", 2),
        (responds(b'{"id": nope'), "bad_response", 2),
        (responds(b""), "bad_response", 2),
        (responds({"error": {"message": "overloaded", "code": 529}}), "unavailable", 3),
        (responds({"error": {"message": "x", "code": "insufficient_quota"}}), "quota", 1),
        (responds({"error": {"message": "Invalid", "code": "invalid_api_key"}}), "provider_auth", 1),
        (responds(completion(ANSWER, choices=[])), "bad_response", 2),
        (responds(completion(ANSWER, choices=None)), "bad_response", 2),
        (responds({"id": "c"}), "bad_response", 2),
        (responds(completion(None)), "bad_response", 2),
        (responds(completion(123)), "bad_response", 2),
        (responds(completion(ANSWER, choices=[{"index": "x"}])), "bad_response", 2),
        (resets, "unavailable", 3),
        (responds(b"<html>", status=503, content_type="text/html"), "unavailable", 3),
        (refuses(500), "unavailable", 3),
        (refuses(408), "unavailable", 3),
        (refuses(429), "rate_limited", 8),
        (refuses(429, code="insufficient_quota"), "quota", 1),
        (refuses(402), "quota", 1),
        (refuses(401, f"Incorrect API key provided: {KEY}"), "provider_auth", 1),
        (refuses(403), "provider_auth", 1),
        (refuses(404, "model not found"), "bad_response", 1),
        (refuses(400, "too long", code="context_length_exceeded"), "context_too_long", 1),
        (refuses(400, "reduce max_tokens: maximum context length is 8192"), "context_too_long", 1),
        (refuses(400, "filtered", code="content_filter"), "content_filter", 1),
        (refuses(400, "your request is bad"), "bad_response", 1),
        (responds(b"", status=307, location="http://127.0.0.1:9/evil"), "bad_response", 1),
    ],
)
async def test_every_failure_has_its_name_and_number_of_attempts(
    asker: Asker, step: Step, code: str, attempts: int
) -> None:
    error, outcomes = await asker.fails(step)

    assert outcomes == [code] * attempts
    assert error.code == code
    assert error.words.ja
    assert KEY not in f"{error!r} {error.words} {error.data} {error.__cause__!r}"


BILLED = Usage(2515, 2489, 40, 8)
"""What the fake endpoint says of each call."""


@pytest.mark.parametrize(
    ("step", "calls"),
    [
        (streams(ANSWER[:30], finish="length"), 1),
        (streams(ANSWER[:30], finish="content_filter"), 1),
        (streams(ANSWER, finish="tool_calls"), 2),
        (
            sends_events(
                chunk(refusal="I can't"), chunk(finish="stop"), {**chunk(), "choices": [], "usage": USAGE}
            ),
            1,
        ),
        (responds(completion(None, message={"refusal": "I can't"})), 1),
    ],
    ids=["truncated", "filtered", "nonsense", "refused", "refused whole"],
)
async def test_what_a_call_without_an_answer_is_billed_is_told(asker: Asker, step: Step, calls: int) -> None:
    error, outcomes = await asker.fails(step)

    assert len(outcomes) == calls
    assert error.usage == (BILLED if calls == 1 else BILLED.plus(BILLED))


async def test_what_was_billed_before_the_answer_is_told_apart_from_it(asker: Asker) -> None:
    _, completed = await asker.answers(streams(ANSWER, finish="tool_calls"), streams(ANSWER))

    assert (completed.usage, completed.wasted) == (BILLED, BILLED)


async def test_a_long_request_says_how_long_and_how_much_fits(asker: Asker) -> None:
    # As llama.cpp's server words it.
    body = {
        "code": 400,
        "message": "request (9031 tokens) exceeds the available context size (8192 tokens)",
        "type": "exceed_context_size_error",
        "n_prompt_tokens": 9031,
        "n_ctx": 8192,
    }
    error, _ = await asker.fails(responds({"error": body}, status=400))

    assert (error.code, error.data) == ("context_too_long", {"tokens": 9031, "window": 8192})


async def test_an_answer_larger_than_any_is_cut_off(asker: Asker) -> None:
    error, outcomes = await asker.fails(responds(completion("x" * (5 << 20))))
    assert (error.data["why"], outcomes) == ("the response is too large", ["bad_response"])

    error, outcomes = await asker.fails(streams(*["x" * (300 << 10)] * 5))
    assert (error.data["why"], outcomes) == ("the answer is larger than 1 MiB", ["bad_response"])

    error, _ = await asker.fails(sends_events("x" * (5 << 20)))
    assert error.data["why"] == "the response is too large"


async def test_nothing_listens(transport: str) -> None:
    async with FakeProvider(hangs) as provider:
        address = provider.base_url
    engine = OpenAIEngine(address, KEY, transport=transport, backoff_s=0.01)
    with pytest.raises(UnavailableError) as raised:
        await events_of(engine.ask(a_question()))
    await engine.close()

    assert [a.outcome for a in raised.value.attempts] == ["unavailable"] * 3
    assert raised.value.data["host"] == engine.host


async def test_no_key_and_no_text_of_the_endpoint_is_logged(
    asker: Asker, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        await asker.fails(refuses(401, f"Incorrect API key provided: {KEY}"))
        await asker.answers(streams(ANSWER))

    assert KEY not in caplog.text
    assert "28 tokens" not in caplog.text


# Again


async def test_a_retry_says_restart_before_any_new_text(asker: Asker) -> None:
    async with FakeProvider(streams('{"wh', ends="reset"), streams(ANSWER)) as provider:
        events = await events_of(asker.engine(provider).ask(a_question()))

    assert [type(e) for e in events] == [Delta, Restarted, Delta, Completed]
    text, completed = whole(events)
    assert text == ANSWER
    assert [a.outcome for a in completed.attempts] == ["unavailable", "ok"]


async def test_retry_after_is_honoured(asker: Asker) -> None:
    busy = responds({"error": {"message": "slow"}}, status=429, retry_after="1")
    started = time.monotonic()
    _, completed = await asker.answers(busy, streams(ANSWER))

    assert time.monotonic() - started >= 1.0
    assert [a.outcome for a in completed.attempts] == ["rate_limited", "ok"]


@pytest.mark.parametrize("after", ["1000", "Fri, 31 Dec 2060 23:59:59 GMT"])
async def test_a_retry_after_beyond_the_deadline_gives_up_at_once(asker: Asker, after: str) -> None:
    busy = responds({"error": {"message": "slow"}}, status=429, retry_after=after)
    error, outcomes = await asker.fails(busy)

    assert (error.code, outcomes) == ("rate_limited", ["rate_limited"])


@pytest.mark.parametrize("step", [hangs, drips, streams('{"wh', ends="stall")])
async def test_the_deadline_is_total(asker: Asker, step: Step) -> None:
    await asker.answers(streams(ANSWER))  # The first call imports the SDK.
    started = time.monotonic()
    error, outcomes = await asker.fails(step, deadline_s=0.5)

    assert time.monotonic() - started < 2.0
    assert (error.code, error.data, outcomes) == ("timeout", {"seconds": 0.5}, ["timeout"])


async def test_a_whole_answer_stands_when_the_end_of_the_stream_never_comes(asker: Asker) -> None:
    async def never_done(exchange: Any) -> None:
        await exchange.head(200, "text/event-stream")
        await exchange.event(chunk(ANSWER, finish="stop"))
        exchange.reset()

    assert (await asker.answers(never_done))[0] == ANSWER


async def test_a_deadline_that_passes_while_the_caller_works_does_not_interrupt_the_caller(
    asker: Asker,
) -> None:
    async with FakeProvider(streams('{"wh', ends="stall")) as provider:
        asking = asker.engine(provider).ask(a_question(deadline_s=2.0))
        await anext(asking)
        await asyncio.sleep(2.1)
        with pytest.raises(RunTimeoutError):
            await anext(asking)


async def test_the_body_of_an_error_is_not_read_to_the_end(
    asker: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[object] = []

    def judge(status: int, body: object, **_: Any) -> CallFailedError:
        read.append(body)
        return CallFailedError(UnavailableError(host=str(status)))

    monkeypatch.setattr("server.adapters.openai_client.judge_status", judge)
    await asker.fails(responds(b"x" * (5 << 20), status=500))

    assert [len(str(body)) for body in read] == [64 << 10]


async def test_closing_the_iterator_hangs_up_on_the_provider(asker: Asker) -> None:
    async with FakeProvider(streams('{"wh', ends="stall")) as provider:
        asking = asker.engine(provider).ask(a_question())
        first = await anext(asking)
        await asking.aclose()
        await asyncio.wait_for(provider.gone.wait(), 2)

    assert first == Delta('{"wh')


async def test_cancelling_hangs_up_on_the_provider(asker: Asker) -> None:
    async with FakeProvider(hangs) as provider:
        task = asyncio.create_task(events_of(asker.engine(provider).ask(a_question())))
        await asyncio.wait_for(provider.asked.wait(), 10)
        task.cancel()
        await asyncio.wait_for(provider.gone.wait(), 2)

    with pytest.raises(asyncio.CancelledError):
        await task


# The ladder


def formats(provider: FakeProvider) -> list[str]:
    return [rung(body) for body in provider.bodies]


def rung(body: Any) -> str:
    sent = body.get("response_format", {"type": "text"})
    strict = sent.get("json_schema", {}).get("strict")
    return sent["type"] + ("_strict" if strict else "")


LADDER = ["json_schema_strict", "json_schema", "json_object", "text"]


@pytest.mark.parametrize("known", [1, 2, 3])
async def test_the_ladder_is_climbed_down_once_and_remembered(asker: Asker, known: int) -> None:
    def only_known(body: Any) -> str | None:
        allowed = LADDER[known:]
        return None if rung(body) in allowed else "response_format: this type is not supported"

    async with FakeProvider(requires(only_known, streams(ANSWER))) as provider:
        engine = asker.engine(provider)
        assert engine.support("a-model")["response_format"] is None
        events = await events_of(engine.ask(a_question()))
        await events_of(engine.ask(a_question()))
        await events_of(engine.ask(a_question(model="another")))

    assert formats(provider) == [*LADDER[: known + 1], LADDER[known], *LADDER[: known + 1]]
    assert [a.outcome for a in whole(events)[1].attempts] == ["unsupported"] * known + ["ok"]
    assert engine.support("a-model")["response_format"] == LADDER[known]


async def test_on_the_lower_rungs_the_schema_is_in_the_words_after_the_shared_prefix(asker: Asker) -> None:
    async with FakeProvider(
        refuses(400, "x", param="response_format"),
        refuses(400, "x", param="response_format.type"),
        streams(ANSWER),
    ) as provider:
        question = a_question()
        await events_of(asker.engine(provider).ask(question))

    first, *_, last = (body["messages"][1]["content"] for body in provider.bodies)
    assert last.startswith(first)
    assert json.dumps(question.wire_schema, separators=(",", ":")) in last


async def test_one_schema_the_endpoint_cannot_use_does_not_lower_the_others(asker: Asker) -> None:
    def no_minimum(body: Any) -> str | None:
        bad = rung(body) == LADDER[0] and "minimum" in json.dumps(body["response_format"])
        return "Invalid schema for response_format 'answer': 'minimum' is not permitted" if bad else None

    async with FakeProvider(requires(no_minimum, streams(ANSWER))) as provider:
        engine = asker.engine(provider)
        exotic = {"type": "object", "properties": {"n": {"type": "integer", "minimum": 1}}}
        for schema in (exotic, exotic, a_question().wire_schema):
            await events_of(engine.ask(a_question(wire_schema=schema)))

    assert formats(provider) == [LADDER[0], LADDER[1], LADDER[1], LADDER[0]]


@pytest.mark.parametrize(
    "refusal",
    [
        refuses(400, "Unsupported value: does not support 0.2", param="temperature"),
        refuses(400, "Unknown parameter: 'temperature'."),
        responds(
            {"detail": [{"loc": ["body", "temperature"], "msg": "Extra inputs", "input": "seed max_tokens"}]},
            status=422,
        ),
    ],
)
async def test_only_the_named_parameter_is_dropped_noticed_and_remembered(
    asker: Asker, refusal: Step
) -> None:
    settings = RunSettings(temperature=0.2, seed=7)
    async with FakeProvider(refusal, streams(ANSWER)) as provider:
        engine = asker.engine(provider)
        _, first = whole(await events_of(engine.ask(a_question(settings=settings))))
        _, second = whole(await events_of(engine.ask(a_question(settings=settings))))
        _, unset = whole(await events_of(engine.ask(a_question())))

    refused, *later = provider.bodies
    assert {name for name in refused if name not in later[0]} == {"temperature"}
    assert [body["response_format"] for body in later] == [refused["response_format"]] * 3
    for completed in (first, second):
        assert [(n.code, n.data) for n in completed.warnings] == [
            ("parameter_dropped", {"parameter": "temperature"})
        ]
    assert unset.warnings == ()
    assert engine.support("a-model")["refused_parameters"] == ["temperature"]


async def test_the_output_limit_goes_by_its_other_name_where_the_first_is_refused(asker: Asker) -> None:
    message = "Unsupported parameter: 'max_tokens' is not supported. Use 'max_completion_tokens' instead."
    async with FakeProvider(refuses(400, message), streams(ANSWER)) as provider:
        _, completed = whole(await events_of(asker.engine(provider).ask(a_question())))

    assert "max_tokens" not in provider.bodies[1]
    assert provider.bodies[1]["max_completion_tokens"] == 500
    assert completed.warnings == ()


async def test_an_endpoint_without_streaming_options_or_streams_still_answers(asker: Asker) -> None:
    def primitive(body: Any) -> str | None:
        if "stream_options" in body:
            return "stream_options: extra fields not permitted"
        return "stream: not supported" if body.get("stream") else None

    async with FakeProvider(requires(primitive, responds(completion(ANSWER)))) as provider:
        text, completed = whole(await events_of(asker.engine(provider).ask(a_question())))

    assert text == ANSWER
    assert [a.outcome for a in completed.attempts] == ["unsupported", "unsupported", "ok"]


async def test_a_refusal_of_everything_comes_to_an_end(asker: Asker) -> None:
    everything = (
        "temperature seed reasoning_effort max_tokens max_completion_tokens stream stream_options schema"
    )
    error, outcomes = await asker.fails(refuses(400, everything), settings=RunSettings(0.1, 1, 10, "low"))

    assert error.code == "bad_response"
    assert outcomes[-1] == "bad_response"
    assert set(outcomes[:-1]) == {"unsupported"}
    assert len(outcomes) == 3 + 2 + 2 + 3 + 1  # settings, limits, streaming, rungs; and the end


# Through respx, as users of the SDK test


async def test_the_httpx2_transport_is_seen_by_respx(httpx2_mock: Any) -> None:
    events = [chunk(ANSWER, finish="stop"), {**chunk(), "choices": [], "usage": USAGE}]
    text = "".join(f"data: {json.dumps(event)}\n\n" for event in events) + "data: [DONE]\n\n"
    route = httpx2_mock.post("https://api.openai.com/v1/chat/completions").respond(
        text=text, headers={"content-type": "text/event-stream"}
    )
    engine = OpenAIEngine("https://api.openai.com/v1", KEY, transport="httpx2")
    answer, completed = whole(await events_of(engine.ask(a_question())))
    await engine.close()

    assert answer == ANSWER
    assert completed.usage.cached_tokens == 2489
    sent = json.loads(route.calls[0].request.content)
    assert sent["max_completion_tokens"] == 500
    assert "max_tokens" not in sent


def test_an_unknown_transport_is_refused() -> None:
    with pytest.raises(InvalidRequestError, match="aiohttp or httpx2"):
        OpenAIEngine("http://127.0.0.1:1/v1", transport="carrier pigeon")
