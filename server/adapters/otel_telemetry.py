"""Spans of runs, readings and calls, as OpenTelemetry's conventions for generative AI name them. Never contents."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import Span, SpanKind, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from server.adapters import otel_names as names
from server.application.ports.telemetry import NO_USAGE, Answered, Call, Unwatched
from server.domain.extractions import Extraction
from server.domain.models import ModelSpec
from server.domain.papers import Paper, Problem
from server.domain.runs import Run, Usage

CLOSE_S = 2.0

_PROPAGATOR = TraceContextTextMapPropagator()


class OtelTelemetry(Unwatched):
    """Spans of one provider. A call's is a child of its run's, that one of the request's that started it, when it began in
    the same process."""

    def __init__(self, provider: TracerProvider) -> None:
        self._provider = provider
        self._tracer = provider.get_tracer("yomikurabe")

    def close(self) -> None:
        """Send what is left, within `CLOSE_S`: a collector that is away must not keep a command from ending."""
        # The SDK itself would try for a quarter of a minute, whatever it is told.
        closing = threading.Thread(target=self._provider.shutdown, daemon=True)
        closing.start()
        closing.join(CLOSE_S)

    @contextmanager
    def request(self, request_id: str, *, traceparent: str | None) -> Iterator[None]:
        # Its parent may be a span of the caller's; runs that are started now belong to the same trace.
        context = _PROPAGATOR.extract({"traceparent": traceparent} if traceparent else {})
        span = self._tracer.start_span("request", context, SpanKind.SERVER, {names.REQUEST_ID: request_id})
        with _current(span):
            yield

    def answered(self, response: Answered) -> None:
        span = trace.get_current_span()
        method = response.method if response.method in names.METHODS else "_OTHER"
        span.update_name(f"{method} {response.route}")
        span.set_attributes(
            {names.METHOD: method, names.ROUTE: response.route, names.HTTP_STATUS: response.status}
        )
        if response.status >= 500:
            _fail(span, str(response.status))

    @contextmanager
    def running(self, run: Run) -> Iterator[None]:
        persona = f"{run.persona.id}@{run.persona.version}"
        span = self._tracer.start_span(
            f"{names.INVOKE_AGENT} {persona}",
            attributes={
                names.OPERATION: names.INVOKE_AGENT,
                names.AGENT: persona,
                names.REQUEST_MODEL: run.model,
                names.RUN_ID: run.id,
                names.PAPER_ID: run.paper_id,
                names.FENCE: run.fence,
            },
        )
        with _current(span):
            yield

    def run_ended(self, run: Run) -> None:
        span = trace.get_current_span()
        if getattr(span, "attributes", {}).get(names.RUN_ID) != run.id:
            return  # ended by somebody who does not execute it
        span.set_attribute(names.STATUS, run.status.value)
        span.set_attributes(_tokens(run.usage))
        if run.error:
            _fail(span, run.error.code)

    @contextmanager
    def reading(self, paper: Paper) -> Iterator[None]:
        with _current(self._tracer.start_span("read paper", attributes={names.PAPER_ID: paper.id})):
            yield

    def paper_read(self, paper: Paper, outcome: Extraction | Problem) -> None:  # noqa: ARG002
        span = trace.get_current_span()
        if isinstance(outcome, Problem):
            _fail(span, outcome.code)
        else:
            span.set_attribute(names.PAGES, len(outcome.pages))

    def call(self, model: ModelSpec) -> Call:
        # Not made the current one: whoever asks is a generator, whose context is its caller's.
        address = urlsplit(model.base_url or "")
        attributes: dict[str, Any] = {
            names.OPERATION: names.CHAT,
            names.PROVIDER: names.provider(address.hostname),
            names.REQUEST_MODEL: model.model,
            names.SERVER: address.hostname or "",
        }
        if address.port:
            attributes[names.SERVER_PORT] = address.port
        name = f"{names.CHAT} {model.model}"
        return _CallSpan(self._tracer.start_span(name, kind=SpanKind.CLIENT, attributes=attributes))


class _CallSpan:
    """One call's span."""

    def __init__(self, span: Span) -> None:
        self._span = span
        self._began = time.monotonic()
        self._has_begun = False

    def first_token(self) -> None:
        if not self._has_begun:
            self._has_begun = True
            self._span.set_attribute(names.FIRST_PIECE_S, time.monotonic() - self._began)

    def ended(
        self, outcome: str, usage: Usage = NO_USAGE, *, model: str | None = None, finish: str | None = None
    ) -> None:
        if not self._span.is_recording():
            return
        if model:
            self._span.set_attribute(names.RESPONSE_MODEL, model)
        if finish:
            self._span.set_attribute(names.FINISH_REASONS, [finish])
        self._span.set_attributes(_tokens(usage))
        if outcome != "ok":
            _fail(self._span, outcome)
        self._span.end()


@contextmanager
def _current(span: Span) -> Iterator[None]:
    """The parent of what begins meanwhile; ended after it. An exception's message is nobody's business."""
    with trace.use_span(span, end_on_exit=True, record_exception=False, set_status_on_exception=False):
        try:
            yield
        except BaseException as error:
            _fail(span, type(error).__name__)
            raise


def _fail(span: Span, kind: str) -> None:
    span.set_attribute(names.ERROR, kind)
    span.set_status(StatusCode.ERROR)


def _tokens(usage: Usage) -> dict[str, int]:
    figures = {
        names.INPUT_TOKENS: usage.input_tokens,
        names.CACHED_TOKENS: usage.cached_tokens,
        names.OUTPUT_TOKENS: usage.output_tokens,
        names.REASONING_TOKENS: usage.reasoning_tokens,
    }
    return {name: figure for name, figure in figures.items() if figure is not None}
