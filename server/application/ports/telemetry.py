"""Who is told what happens, so that a server can be watched: in figures, log lines and traces."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Protocol

from server.domain.extractions import Extraction
from server.domain.models import Breaker, ModelSpec
from server.domain.papers import Paper, Problem
from server.domain.runs import Run, Usage

NO_USAGE = Usage()


@dataclass(frozen=True, slots=True)
class Answered:
    """A response that has begun."""

    method: str
    route: str
    """The route's template, `/api/runs/{run_id}`; never the path itself, which is the caller's to choose."""
    status: int
    seconds: float
    """From the request until the response began: a stream of events may go on for minutes."""


class Call(Protocol):
    """One request to an endpoint, watched from the moment it is sent."""

    def first_token(self) -> None:
        """The first piece of the answer is there. Told again, it says nothing new."""
        ...

    def ended(
        self, outcome: str, usage: Usage = NO_USAGE, *, model: str | None = None, finish: str | None = None
    ) -> None:
        """Once; a second time says nothing new.

        Args:
            outcome: `ok`, the code of a run error, `unsupported` or `cancelled`.
            model: What the endpoint says that it is.
            finish: The endpoint's own word for how the answer ended.
        """
        ...


class Telemetry(Protocol):
    """Is told of records and outcomes, and passes on their kinds, ids and figures: never what a paper, a persona, a prompt
    or an answer says. Nothing of it waits or raises."""

    def request(self, request_id: str, *, traceparent: str | None) -> AbstractContextManager[None]:
        """A request is being answered.

        Args:
            traceparent: The W3C header of the trace that it is a part of.
        """
        ...

    def answered(self, response: Answered) -> None: ...

    def streaming(self) -> AbstractContextManager[None]:
        """A stream of events is open."""
        ...

    def running(self, run: Run) -> AbstractContextManager[None]:
        """A run was claimed and is being executed. Left without `run_ended`, it was handed back or taken away."""
        ...

    def run_ended(self, run: Run) -> None:
        """It is over, and kept so."""
        ...

    def reading(self, paper: Paper) -> AbstractContextManager[None]: ...

    def paper_read(self, paper: Paper, outcome: Extraction | Problem) -> None:
        """It is ready or refused, and kept so."""
        ...

    def call(self, model: ModelSpec) -> Call: ...

    def retrying(self, model: ModelSpec, *, after: str, wait_s: float) -> None:
        """The same is asked again, because of the outcome `after`."""
        ...

    def breaker(self, host: str, model: str, state: Breaker) -> None:
        """An endpoint was found to be away (`open`), or to be back (`closed`). `model`: as it is known there."""
        ...


class Unwatched:
    """Nobody is told."""

    def request(self, request_id: str, *, traceparent: str | None) -> AbstractContextManager[None]:  # noqa: ARG002
        return nullcontext()

    def answered(self, response: Answered) -> None: ...

    def streaming(self) -> AbstractContextManager[None]:
        return nullcontext()

    def running(self, run: Run) -> AbstractContextManager[None]:  # noqa: ARG002
        return nullcontext()

    def run_ended(self, run: Run) -> None: ...

    def reading(self, paper: Paper) -> AbstractContextManager[None]:  # noqa: ARG002
        return nullcontext()

    def paper_read(self, paper: Paper, outcome: Extraction | Problem) -> None: ...

    def call(self, model: ModelSpec) -> Call:  # noqa: ARG002
        return _UNWATCHED_CALL

    def retrying(self, model: ModelSpec, *, after: str, wait_s: float) -> None: ...

    def breaker(self, host: str, model: str, state: Breaker) -> None: ...


class _UnwatchedCall:
    def first_token(self) -> None: ...

    def ended(
        self, outcome: str, usage: Usage = NO_USAGE, *, model: str | None = None, finish: str | None = None
    ) -> None: ...


_UNWATCHED_CALL = _UnwatchedCall()
UNWATCHED = Unwatched()
"""For whoever is not watched: a command line, most tests."""
