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
log = logging.getLogger("somewhere")
log.debug("not asked for")
log.info("key sk-canary-4711 and Authorization: Bearer canary-token")
try:
    raise ValueError("a sentence of the paper")
except ValueError:
    log.exception("it failed")
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

    assert [line["event"] for line in lines] == [
        "key sk-[redacted] and Authorization: Bearer [redacted]",
        "it failed",
    ]
    assert lines[1]["exception"] == "ValueError"
    assert lines[1]["at"] == "<string>:10"
    assert "sentence of the paper" not in done.stderr
