"""What the server writes to its log: JSON, and nothing that is nobody else's business."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from processes import environment

PROGRAM = """
import logging
from server.logs import configure_logs

configure_logs("info")
log = logging.getLogger("server.somewhere")
log.debug("not asked for")
log.info("key sk-canary-4711 and Authorization: Bearer canary-token")
try:
    raise ValueError("a sentence of the paper")
except ValueError:
    log.exception("it failed")
log.info("said\\r\\nand\\u2028done", extra={"code": "busy", "prompt": "a sentence of the paper"})
log.info("a sentence of the paper: %d", "not a number")
library = logging.getLogger("library")
library.info("SELECT 'a sentence of the paper'")
library.error("task failed\\nexception=ValueError('a sentence of the paper')")
import warnings
warnings.warn("old")
"""


def test_each_line_is_json_without_keys_and_without_messages_of_exceptions(tmp_path: Path) -> None:
    done = subprocess.run(  # noqa: S603 (our own program)
        [sys.executable, "-c", PROGRAM],
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    lines = [json.loads(line) for line in done.stderr.splitlines()]

    events = [line["event"] for line in lines]
    assert events[:4] == [
        "key sk-[redacted] and Authorization: Bearer [redacted]",
        "it failed",
        "said\r\nand\u2028done",
        "task failed",
    ]
    assert "old" in events[4]
    assert len(events) == 5
    assert lines[2]["code"] == "busy"
    assert lines[1]["exception"] == "ValueError"
    assert lines[1]["at"] == "<string>:10"
    assert "sentence of the paper" not in done.stderr
