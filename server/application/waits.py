"""Tell those who follow a run that it waits for its endpoint, and when that is over."""

from __future__ import annotations

from typing import Any

from server.application.ports import Waiting
from server.domain.runs import Stage


def told_of(waiting: Waiting, stage: Stage) -> dict[str, Any]:
    """The data of a `progress` event.

    Args:
        stage: What the run goes on with when the wait is over.
    """
    if waiting.reason is None:
        return {"stage": stage.value, "done": 0, "total": 1}
    return {"stage": Stage.WAITING.value, "done": 0, "total": 1, "reason": waiting.reason.value}
