"""What is logged over and over is logged once."""

from __future__ import annotations

import logging

import pytest
from server import logs


def _record(sentence: str) -> logging.LogRecord:
    return logging.LogRecord("asyncio", logging.ERROR, "x.py", 1, sentence, None, None)


def test_a_sentence_is_said_again_only_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("server.logs.time.monotonic", lambda: now)
    passes = logs.NotAgain().filter

    first = [passes(_record("no more files")) for _ in range(3)]
    other = passes(_record("something else"))
    now += logs.AGAIN_S

    assert (first, other) == ([True, False, False], True)
    assert passes(_record("no more files"))


def test_what_was_said_is_not_remembered_without_end() -> None:
    once = logs.NotAgain()

    assert all(once.filter(_record(f"number {number}")) for number in range(5 * logs.MOST_REMEMBERED))
    assert len(once._said) <= logs.MOST_REMEMBERED + 1
