"""Logs of a server or worker: one JSON object per line, without bodies, prompts, paper text, file names or keys."""

from __future__ import annotations

import logging
import re
import sys
import time
import traceback
from collections.abc import MutableMapping
from typing import Any

import structlog

_SECRET = re.compile(r"(?i)(bearer\s+|sk-|api[-_]?key[\"'=:\s]+)[\w\-.]{6,}")
OWN = ("server", "yomi")
"""Loggers that say only what may be known. Of libraries none is asked for more than warnings: what they tell to those who
look for bugs holds whole requests, statements with their values, and headers."""
TALKATIVE = ("uvicorn",)
"""Libraries that say useful things when nothing is wrong."""
QUIET = ("uvicorn.access",)
CHATTERING = "asyncio"
"""Out of file descriptors, it says so two thousand times a second."""
AGAIN_S = 10.0
"""After so long it may say the same once more."""
MOST_REMEMBERED = 100
FACTS = {
    *("run_id", "paper_id", "batch_id", "engine", "model", "endpoint", "code", "state", "fence", "worker"),
    *("queued_ms", "total_ms", "took_ms", "wait_ms", "calls", "pages", "count"),
    *("method", "route", "status"),
}
"""What a line may hold beside its sentence, if whoever logs gives it as `extra`."""
LONGEST = 300
"""Of a library's message; its first line says what there is to know."""


def configure_logs(level: str) -> None:
    """Everything that logs through the standard library comes out as JSON lines on stderr."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(FACTS),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _without_traceback,
                _first_line_of_others,
                _redact,
                # ASCII only: a reader that takes U+2028 or U+0085 for the end of a line finds none.
                structlog.processors.JSONRenderer(ensure_ascii=True),
            ],
        )
    )
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.captureWarnings(capture=True)
    logging.raiseExceptions = (
        False  # A line that cannot be formatted would be printed as it is, values and all.
    )
    for name in OWN:
        logging.getLogger(name).setLevel(level.upper())
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(max(logging.INFO, logging.getLevelName(level.upper())))
    logging.getLogger(CHATTERING).addFilter(NotAgain())
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


class NotAgain(logging.Filter):
    """Lets a sentence pass that was not said just now."""

    def __init__(self) -> None:
        super().__init__()
        self._said: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        now, sentence = time.monotonic(), record.getMessage()[:60]
        if now - self._said.get(sentence, -AGAIN_S) < AGAIN_S:
            return False
        if len(self._said) > MOST_REMEMBERED:
            self._said.clear()
        self._said[sentence] = now
        return True


def _without_traceback(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Of an exception its kind and where it was raised: its message may hold text of a paper."""
    event.pop("stack_info", None)
    given = event.pop("exc_info", None)
    if isinstance(given, tuple) and given[0] is not None:
        frames = traceback.extract_tb(given[2])
        event["exception"] = given[0].__name__
        event["at"] = f"{frames[-1].filename}:{frames[-1].lineno}" if frames else None
    return event


def _first_line_of_others(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Libraries put the representation of an exception, its message included, behind their own sentence."""
    if str(event.get("logger", "")).partition(".")[0] not in OWN:
        event["event"] = str(event.get("event", "")).strip().partition("\n")[0][:LONGEST]
    return event


def _redact(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """What looks like a key is not written, whoever put it there."""
    for name, value in event.items():
        if isinstance(value, str):
            event[name] = _SECRET.sub(r"\1[redacted]", value)
    return event
