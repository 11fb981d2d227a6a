"""Spans of runs, readings and calls."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode
from server.adapters import otel_telemetry
from server.adapters.otel_telemetry import OtelTelemetry
from server.adapters.telemetry import Together
from server.application.ports.telemetry import Answered
from server.domain.papers import Problem
from server.domain.runs import Usage

from builders import a_finished_run, a_model, a_paper, a_queued_run, an_extraction
from processes import PATIENCE_S, environment

pytestmark = pytest.mark.anyio

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = f"00-{TRACE}-00f067aa0ba902b7-01"


class Watched:
    """A telemetry, and the spans that have ended."""

    def __init__(self) -> None:
        self.exporter = InMemorySpanExporter()
        provider = TracerProvider(shutdown_on_exit=False)
        provider.add_span_processor(SimpleSpanProcessor(self.exporter))
        self.telemetry = Together([OtelTelemetry(provider)])

    def __getitem__(self, name: str) -> ReadableSpan:
        return next(span for span in self.exporter.get_finished_spans() if span.name == name)


@pytest.fixture
def seen() -> Watched:
    return Watched()


def test_a_call_is_a_client_span_with_what_the_conventions_ask_for_and_no_more(seen: Watched) -> None:
    spec = a_model("small", model="qwen-3", base_url="http://[::1]:8080/v1")

    call = seen.telemetry.call(spec)
    call.first_token()
    call.ended(
        "ok",
        Usage(input_tokens=20, cached_tokens=16, output_tokens=4),
        model="qwen-3-q4",
        finish="stop",
    )

    span = seen["chat qwen-3"]
    attributes = dict(span.attributes or {})
    assert span.kind is SpanKind.CLIENT
    assert attributes.pop("gen_ai.response.time_to_first_chunk") >= 0  # type: ignore[operator]
    assert attributes == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "qwen-3",
        "gen_ai.response.model": "qwen-3-q4",
        "gen_ai.response.finish_reasons": ("stop",),
        "gen_ai.usage.input_tokens": 20,
        "gen_ai.usage.cache_read.input_tokens": 16,
        "gen_ai.usage.output_tokens": 4,
        "server.address": "::1",
        "server.port": 8080,
    }


def test_a_call_that_fails_says_with_which_code_and_ends_once(seen: Watched) -> None:
    call = seen.telemetry.call(a_model("small"))
    call.ended("rate_limited")
    call.ended("cancelled")

    (span,) = seen.exporter.get_finished_spans()
    assert span.status.status_code is StatusCode.ERROR
    assert (span.attributes or {})["error.type"] == "rate_limited"
    assert not span.events


def test_calls_belong_to_their_run_and_that_to_the_request_and_the_callers_trace(seen: Watched) -> None:
    run = a_finished_run(engine="openai", model="small", usage=Usage(input_tokens=9))
    with seen.telemetry.request("asked", traceparent=PARENT):
        with seen.telemetry.running(run):
            seen.telemetry.call(a_model("small")).ended("ok")
            seen.telemetry.run_ended(run)
        seen.telemetry.answered(Answered("POST", "/api/runs", 202, 0.1))

    call, reader, request = seen["chat small"], seen["invoke_agent summarizer@1.0.0"], seen["POST /api/runs"]
    assert call.parent == reader.context
    assert reader.parent == request.context
    assert f"{request.context.trace_id:032x}" == TRACE
    assert (reader.attributes or {})["yomikurabe.run.id"] == run.id
    assert (reader.attributes or {})["yomikurabe.status"] == "finished"
    assert (reader.attributes or {})["gen_ai.usage.input_tokens"] == 9


@pytest.mark.parametrize("header", [None, "", "nonsense", "00-0-0-0", "ff-" + "0" * 400])
def test_a_traceparent_that_means_nothing_begins_a_trace_of_its_own(
    seen: Watched, header: str | None
) -> None:
    with seen.telemetry.request("asked", traceparent=header):
        pass

    assert seen["request"].parent is None


def test_a_run_that_was_cancelled_from_outside_says_nothing_of_another_span(seen: Watched) -> None:
    with seen.telemetry.request("asked", traceparent=None):
        seen.telemetry.run_ended(a_queued_run().cancel(at=a_queued_run().created_at))

    assert "error.type" not in (seen["request"].attributes or {})


def test_an_exception_leaves_its_kind_and_not_its_words(seen: Watched) -> None:
    def fail() -> None:
        with seen.telemetry.running(a_queued_run()):
            raise ValueError("a secret sentence")

    with pytest.raises(ValueError, match="secret"):
        fail()

    span = seen["invoke_agent summarizer@1.0.0"]
    assert "secret" not in span.to_json()
    assert (span.attributes or {})["error.type"] == "ValueError"


def test_a_reading_is_a_span_with_its_outcome(seen: Watched) -> None:
    extraction = an_extraction()
    for outcome in (extraction, Problem("no_text", {"title": "secret"})):
        with seen.telemetry.reading(a_paper()):
            seen.telemetry.paper_read(a_paper(), outcome)

    well, badly = seen.exporter.get_finished_spans()
    assert (well.attributes or {})["yomikurabe.paper.pages"] == len(extraction.pages)
    assert (badly.attributes or {})["error.type"] == "no_text"
    assert "secret" not in badly.to_json()


async def test_a_generator_that_is_left_half_way_leaves_no_span_behind_in_its_caller(seen: Watched) -> None:
    async def engine() -> AsyncIterator[str]:
        call = seen.telemetry.call(a_model("small"))
        try:
            call.first_token()
            yield "piece"
        finally:
            call.ended("cancelled")

    with seen.telemetry.running(a_queued_run()):
        pieces: Any = engine()
        await anext(pieces)
        seen.telemetry.call(a_model("beside")).ended("ok")
        await pieces.aclose()

    run = seen["invoke_agent summarizer@1.0.0"]
    assert seen["chat beside"].parent == run.context
    assert (seen["chat small"].attributes or {})["error.type"] == "cancelled"


LOADED = """
import sys
import threading
import server.bootstrap, server.asgi
from server.settings import Settings
from pathlib import Path
server.bootstrap.build(Settings(data_dir=Path("here")), owner="cli:1")
print(any(name.partition(".")[0] == "opentelemetry" for name in sys.modules))
"""


@pytest.mark.parametrize(
    ("env", "loaded"),
    [
        ({}, "False"),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"}, "True"),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9", "OTEL_SDK_DISABLED": "true"}, "False"),
    ],
)
def test_opentelemetry_is_loaded_only_where_an_exporter_is_configured(
    tmp_path: Path, env: dict[str, str], loaded: str
) -> None:
    done = subprocess.run(  # noqa: S603 (our own program)
        [sys.executable, "-c", LOADED],
        env=environment(tmp_path, **env),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )

    assert done.stdout.strip() == loaded


async def test_a_collector_that_does_not_answer_keeps_nobody_from_ending(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(otel_telemetry, "CLOSE_S", 0.05)
    go_on = threading.Event()

    class Stuck(InMemorySpanExporter):
        def shutdown(self) -> None:
            go_on.wait(PATIENCE_S)

    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(Stuck()))

    OtelTelemetry(provider).close()

    assert not go_on.is_set()
    go_on.set()
