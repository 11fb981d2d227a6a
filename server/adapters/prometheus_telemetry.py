"""Figures for Prometheus, in a registry of this process's own. docs/operations.md says what each one means."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib.metadata import version

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Info,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.exposition import choose_encoder

from server.application.ports.telemetry import NO_USAGE, Answered, Call, Unwatched
from server.application.pricing import priced
from server.domain.extractions import Extraction
from server.domain.models import Breaker, ModelSpec
from server.domain.papers import Paper, Problem
from server.domain.runs import Run, RunStatus, Usage

# When each counter began: a second row for every one of them, and nobody asks.
disable_created_metrics()  # type: ignore[no-untyped-call]  # theirs has no types

OTHER = "other"
MOST_NAMES = 100
"""Distinct values of one label; whatever comes later is `other`. Each is a row in every scrape, for ever."""
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

RUN_S = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 80, 160, 320, 640)
CALL_S = (0.1, 0.25, 0.5, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512)
READING_S = (0.1, 0.25, 0.5, 1, 2, 4, 8, 16, 32, 64)
HTTP_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
LAG_S = (0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 5)


class PrometheusTelemetry(Unwatched):
    """Counts. Labels hold codes, route templates and names from the configuration: never what a caller wrote."""

    def __init__(self, *, models: Iterable[ModelSpec] = ()) -> None:
        """`models`: those on offer; all others are `other`."""
        offered = list(models)
        self._models = _Names(spec.name for spec in offered)
        self._hosts = _Names(spec.host for spec in offered if spec.host)
        self._called = {(spec.host, spec.model): spec.name for spec in offered}
        self._codes = _Names(more=True)
        self._routes = _Names(more=True)
        self.registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        Info("yomi", "The program.", registry=registry).info({"version": version("yomikurabe")})

        def counter(name: str, what: str, *labels: str) -> Counter:
            return Counter(name, what, labels, registry=registry)

        def histogram(name: str, what: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
            return Histogram(name, what, labels, buckets=buckets, registry=registry)

        run, call = ("engine", "model"), ("endpoint", "model")
        self._runs = counter("yomi_runs_total", "Runs that ended here.", "outcome", *run)
        self._run_queued = histogram("yomi_run_queued_seconds", "From start to first claim.", RUN_S, "engine")
        self._run_total = histogram("yomi_run_seconds", "From start to end of a run.", RUN_S, *run)
        self._running = Gauge("yomi_runs_executing", "Runs executing in this process.", registry=registry)
        self._again = counter("yomi_runs_claimed_again_total", "Claims of runs that had been claimed before.")
        self._let_go = counter("yomi_runs_let_go_total", "Executions that stopped before the run was over.")
        self._papers = counter("yomi_papers_total", "Papers read here.", "outcome")
        self._reading = histogram("yomi_paper_reading_seconds", "Time to read a paper.", READING_S)
        self._pages = counter("yomi_paper_pages_total", "Pages of papers read here.")
        self._tokens = counter(
            "yomi_tokens_total", "Tokens as billed; cached are part of input.", "kind", "model"
        )
        self._cost = counter("yomi_cost_dollars_total", "By the prices in the settings.", "model")
        self._calls = counter("yomi_calls_total", "Calls to endpoints.", "outcome", *call)
        self._call_s = histogram("yomi_call_seconds", "From sending a call to its end.", CALL_S, *call)
        self._first_s = histogram("yomi_call_first_token_seconds", "To the first piece.", CALL_S, *call)
        self._retries = counter("yomi_call_retries_total", "Calls made again.", "after", *call)
        self._breakers = counter("yomi_breaker_changes_total", "Changes of a breaker.", "state", *call)
        self._http = counter("yomi_http_requests_total", "Requests.", "method", "route", "status")
        self._http_s = histogram(
            "yomi_http_request_seconds", "Until a response began.", HTTP_S, "method", "route"
        )
        self._streams = Gauge("yomi_event_streams_open", "Streams of events open.", registry=registry)
        self.lag = histogram("yomi_event_loop_lag_seconds", "How late the event loop wakes.", LAG_S)

    def exposition(self, accept: str) -> tuple[bytes, str]:
        """All figures as they are now, and their media type: the one that `accept` prefers."""
        encode, media_type = choose_encoder(accept)
        return encode(self.registry), media_type

    def answered(self, response: Answered) -> None:
        method = response.method if response.method in METHODS else OTHER
        route = self._routes[response.route]
        self._http.labels(method, route, str(response.status)).inc()
        self._http_s.labels(method, route).observe(response.seconds)

    @contextmanager
    def streaming(self) -> Iterator[None]:
        with self._streams.track_inprogress():
            yield

    @contextmanager
    def running(self, run: Run) -> Iterator[None]:
        if run.fence > 1:
            self._again.inc()
        elif run.started_at:
            self._run_queued.labels(run.engine).observe((run.started_at - run.created_at).total_seconds())
        with self._running.track_inprogress():
            try:
                yield
            except BaseException:
                self._let_go.inc()
                raise

    def run_ended(self, run: Run) -> None:
        outcome = self._codes[run.error.code if run.error else run.status.value]
        model = self._models[run.model]
        self._runs.labels(outcome, run.engine, model).inc()
        if run.finished_at and run.status is not RunStatus.CANCELLED:
            total = (run.finished_at - run.created_at).total_seconds()
            self._run_total.labels(run.engine, model).observe(total)

    @contextmanager
    def reading(self, paper: Paper) -> Iterator[None]:  # noqa: ARG002
        with self._reading.time():
            yield

    def paper_read(self, paper: Paper, outcome: Extraction | Problem) -> None:  # noqa: ARG002
        if isinstance(outcome, Problem):
            self._papers.labels(self._codes[outcome.code]).inc()
        else:
            self._papers.labels("ready").inc()
            self._pages.inc(len(outcome.pages))

    def call(self, model: ModelSpec) -> Call:
        return _Call(self, model)

    def call_began_to_answer(self, model: ModelSpec, seconds: float) -> None:
        self._first_s.labels(*self._place(model)).observe(seconds)

    def call_ended(self, model: ModelSpec, outcome: str, usage: Usage, seconds: float) -> None:
        place, name = self._place(model), self._models[model.name]
        self._calls.labels(self._codes[outcome], *place).inc()
        self._call_s.labels(*place).observe(seconds)
        for kind in ("input", "cached", "output"):
            self._tokens.labels(kind, name).inc(getattr(usage, f"{kind}_tokens") or 0)
        self._cost.labels(name).inc(priced(usage, model).cost_usd or 0)

    def retrying(self, model: ModelSpec, *, after: str, wait_s: float) -> None:  # noqa: ARG002
        self._retries.labels(self._codes[after], *self._place(model)).inc()

    def breaker(self, host: str, model: str, state: Breaker) -> None:
        self._breakers.labels(state.value, *self.place(host, model)).inc()

    def place(self, host: str, model: str) -> tuple[str, str]:
        """Labels for a host, and for a model as it is known there."""
        return self._hosts[host], self._models[self._called.get((host, model), OTHER)]

    def _place(self, model: ModelSpec) -> tuple[str, str]:
        return self._hosts[model.host or ""], self._models[model.name]


class _Call:
    """One call's clock."""

    def __init__(self, figures: PrometheusTelemetry, model: ModelSpec) -> None:
        self._figures, self._model = figures, model
        self._began = time.monotonic()
        self._has_begun = self._has_ended = False

    def first_token(self) -> None:
        if not self._has_begun:
            self._has_begun = True
            self._figures.call_began_to_answer(self._model, time.monotonic() - self._began)

    def ended(
        self,
        outcome: str,
        usage: Usage = NO_USAGE,
        *,
        model: str | None = None,  # noqa: ARG002
        finish: str | None = None,  # noqa: ARG002
    ) -> None:
        if not self._has_ended:
            self._has_ended = True
            self._figures.call_ended(self._model, outcome, usage, time.monotonic() - self._began)


class _Names:
    """Values that a label may take: those given, and where `more` are welcome the first that come."""

    def __init__(self, names: Iterable[str] = (), *, more: bool = False) -> None:
        self._known = set(list(names)[:MOST_NAMES])
        self._more = more

    def __getitem__(self, name: str) -> str:
        if self._more and len(self._known) < MOST_NAMES:
            self._known.add(name)
        return name if name in self._known else OTHER
