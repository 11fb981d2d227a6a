"""A run as it is stored: a document, and columns for what changes while it waits and is executed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import Row

from server.adapters import tables
from server.adapters.documents import load_document, moment_of
from server.domain.runs import Run, RunStatus

_C = tables.runs.c

WHOLE = (_C.document, _C.status, _C.fence, _C.lease_until, _C.wake_at)
"""What `run_of` needs."""


def run_of(row: Row[Any]) -> Run:
    """The run as it is now. To take it, or to hold it for longer, does not write its document anew: until it is over, the
    columns say how it is."""
    run = load_document(Run, row.document)
    if run.status.is_over:
        return run
    return replace(
        run,
        status=RunStatus(row.status),
        fence=row.fence,
        lease_until=moment_of(row.lease_until),
        wake_at=moment_of(row.wake_at),
    )
