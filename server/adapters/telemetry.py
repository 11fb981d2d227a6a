"""Tell several watchers the same; one that fails is not heard of again in the work itself."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any

from server.application.ports.telemetry import NO_USAGE, Answered, Call, Telemetry
from server.domain.extractions import Extraction
from server.domain.models import Breaker, ModelSpec
from server.domain.papers import Paper, Problem
from server.domain.runs import Run, Usage

log = logging.getLogger(__name__)


class Together:
    """One `Telemetry` made of several."""

    def __init__(self, watchers: Sequence[Telemetry]) -> None:
        self._watchers = tuple(watchers)

    def request(self, request_id: str, *, traceparent: str | None) -> AbstractContextManager[None]:
        return self._within(lambda one: one.request(request_id, traceparent=traceparent))

    def answered(self, response: Answered) -> None:
        self._tell(lambda one: one.answered(response))

    def streaming(self) -> AbstractContextManager[None]:
        return self._within(lambda one: one.streaming())

    def running(self, run: Run) -> AbstractContextManager[None]:
        return self._within(lambda one: one.running(run))

    def run_ended(self, run: Run) -> None:
        self._tell(lambda one: one.run_ended(run))

    def reading(self, paper: Paper) -> AbstractContextManager[None]:
        return self._within(lambda one: one.reading(paper))

    def paper_read(self, paper: Paper, outcome: Extraction | Problem) -> None:
        self._tell(lambda one: one.paper_read(paper, outcome))

    def call(self, model: ModelSpec) -> Call:
        return _Calls(self._tell(lambda one: one.call(model)))

    def retrying(self, model: ModelSpec, *, after: str, wait_s: float) -> None:
        self._tell(lambda one: one.retrying(model, after=after, wait_s=wait_s))

    def breaker(self, host: str, model: str, state: Breaker) -> None:
        self._tell(lambda one: one.breaker(host, model, state))

    def _tell(self, say: Callable[[Telemetry], Any]) -> list[Any]:
        return _told(self._watchers, say)

    @contextmanager
    def _within(self, begin: Callable[[Telemetry], AbstractContextManager[None]]) -> Iterator[None]:
        with ExitStack() as stack:
            for context in self._tell(begin):
                try:
                    stack.enter_context(context)
                except Exception as error:  # noqa: BLE001 (work must not fail because it is watched)
                    _complain(error)
            yield


class _Calls:
    def __init__(self, calls: Sequence[Call]) -> None:
        self._calls = calls

    def first_token(self) -> None:
        _told(self._calls, lambda one: one.first_token())

    def ended(
        self, outcome: str, usage: Usage = NO_USAGE, *, model: str | None = None, finish: str | None = None
    ) -> None:
        _told(self._calls, lambda one: one.ended(outcome, usage, model=model, finish=finish))


def _told(whom: Sequence[Any], say: Callable[[Any], Any]) -> list[Any]:
    heard = []
    for one in whom:
        try:
            heard.append(say(one))
        except Exception as error:  # noqa: BLE001 (work must not fail because it is watched)
            _complain(error)
    return heard


def _complain(error: Exception) -> None:
    log.warning("not told to a watcher: %s", type(error).__name__)
