"""Log lines about runs, papers and calls: each thing once, with its outcome and how long it took."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from structlog.contextvars import bound_contextvars

from server.application.ports.telemetry import Unwatched
from server.domain.extractions import Extraction
from server.domain.models import Breaker, ModelSpec
from server.domain.papers import Paper, Problem
from server.domain.runs import Run, RunStatus

log = logging.getLogger("yomi.work")


class LogTelemetry(Unwatched):
    """Whatever is logged within a request, a run or a reading carries its id, in whichever task of it."""

    def __init__(self, models: Iterable[ModelSpec] = ()) -> None:
        """`models`: those on offer. Of another, which some caller named, the name is not written."""
        self._offered = frozenset(name for spec in models for name in (spec.name, spec.model))

    @contextmanager
    def request(self, request_id: str, *, traceparent: str | None) -> Iterator[None]:  # noqa: ARG002
        with bound_contextvars(request_id=request_id):
            yield

    @contextmanager
    def running(self, run: Run) -> Iterator[None]:
        with bound_contextvars(run_id=run.id, paper_id=run.paper_id):
            facts = {"engine": run.engine, "model": self._name(run.model), "fence": run.fence}
            if run.fence > 1:
                log.warning("run claimed again", extra=facts)
            else:
                log.info("run started", extra=facts)
            yield

    def run_ended(self, run: Run) -> None:
        facts = {
            "run_id": run.id,
            "paper_id": run.paper_id,
            "engine": run.engine,
            "model": self._name(run.model),
            "code": run.error.code if run.error else None,
            "calls": len(run.attempts),
            "queued_ms": _ms(run, "started_at"),
            "total_ms": _ms(run, "finished_at"),
        }
        level = logging.WARNING if run.status is RunStatus.FAILED else logging.INFO
        log.log(level, "run %s", run.status.value, extra=facts)

    @contextmanager
    def reading(self, paper: Paper) -> Iterator[None]:
        with bound_contextvars(paper_id=paper.id):
            yield

    def paper_read(self, paper: Paper, outcome: Extraction | Problem) -> None:
        if isinstance(outcome, Problem):
            log.warning("paper refused", extra={"paper_id": paper.id, "code": outcome.code})
        else:
            log.info("paper ready", extra={"paper_id": paper.id, "pages": len(outcome.pages)})

    def retrying(self, model: ModelSpec, *, after: str, wait_s: float) -> None:
        facts = {"model": self._name(model.name), "endpoint": model.host, "code": after}
        log.info("call made again", extra={**facts, "wait_ms": round(wait_s * 1000)})

    def breaker(self, host: str, model: str, state: Breaker) -> None:
        level = logging.WARNING if state is Breaker.OPEN else logging.INFO
        log.log(level, "breaker %s", state.value, extra={"endpoint": host, "model": self._name(model)})

    def _name(self, model: str) -> str:
        return model if model in self._offered else "other"


def _ms(run: Run, moment: str) -> int | None:
    """From the run's creation until then."""
    then = getattr(run, moment)
    return None if then is None else round((then - run.created_at).total_seconds() * 1000)
