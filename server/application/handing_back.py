"""Leave a run for later while what it is made of is away: its place goes to others, and it does not fail."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeVar

from server.application.patience import Patience
from server.domain.errors import BusyError, YomiError
from server.domain.runs import Run, RunStatus

log = logging.getLogger(__name__)

T = TypeVar("T")

LOADING_S = 10.0
"""How long paper or persona may be away before the run makes way for others."""
AGAIN, AT_LATEST = timedelta(seconds=5), timedelta(seconds=60)
"""When a run that made way is taken up again: each time a little later."""


async def load(work: Callable[[], Awaitable[T]], patience: Patience) -> T:
    """What a run is made of.

    Raises:
        BusyError, StorageFullError, ConflictError: it is still away.
    """
    try:
        return await patience(work, for_s=LOADING_S)
    except OSError as error:  # a folder that is not mounted, a line that is cut
        raise BusyError(retry_after_s=int(AGAIN.total_seconds())) from error


def left_for_later(run: Run, error: YomiError, *, now: datetime) -> Run:
    """The run as whoever sweeps will find it."""
    log.warning("run waits: %s", error.code)
    wake_at = now + min(AGAIN * run.fence, AT_LATEST)
    return replace(run, status=RunStatus.QUEUED, lease_until=None, wake_at=wake_at)
