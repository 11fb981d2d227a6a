"""Logs of the server: one JSON object per line, without bodies, prompts, paper text or keys."""

from __future__ import annotations

import logging
import re
import sys
import traceback
from collections.abc import MutableMapping
from typing import Any

import structlog

_SECRET = re.compile(r"(?i)(bearer\s+|sk-|api[-_]?key[\"'=:\s]+)[\w\-.]{6,}")
QUIET = ("alembic", "aiosqlite", "asyncio", "uvicorn.access")


def configure_logs(level: str) -> None:
    """Everything that logs through the standard library comes out as JSON lines on stderr."""
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _without_traceback,
                _redact,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def _without_traceback(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Of an exception its kind and where it was raised: its message may hold text of a paper."""
    given = event.pop("exc_info", None)
    if isinstance(given, tuple) and given[0] is not None:
        frames = traceback.extract_tb(given[2])
        event["exception"] = given[0].__name__
        event["at"] = f"{frames[-1].filename}:{frames[-1].lineno}" if frames else None
    return event


def _redact(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """What looks like a key is not written, whoever put it there."""
    for name, value in event.items():
        if isinstance(value, str):
            event[name] = _SECRET.sub(r"\1[redacted]", value)
    return event
