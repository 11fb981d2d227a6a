"""Reading what people said about a run. Giving it is among the routes of runs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from litestar import Request, get
from litestar.params import FromPath

from server.application.queries import Queries
from server.application.read_feedback import ReadFeedback
from server.domain.ids import RunId
from server.web.given import Given
from server.web.problems import problems
from server.web.structs import Out
from server.web.voters import voter_of


class NotedOut(Out):
    """What somebody said about an answer."""

    id: str
    run_id: str
    path: str | None
    start: int | None
    """Of the statement it is about, within the value at `path`; null: all of it."""
    verdict: str
    comment: str
    created_at: datetime


class NotesOut(Out):
    items: list[NotedOut]
    """Oldest first."""


@get("/{run_id:str}/feedback", responses=problems(404))
async def list_feedback(
    request: Request[Any, Any, Any], queries: Given[Queries], run_id: FromPath[str]
) -> NotesOut:
    """What people said about an answer, oldest first."""
    said = await ReadFeedback(queries)(RunId(run_id), viewer=voter_of(request).id)
    names = NotedOut.__struct_fields__
    return NotesOut(items=[NotedOut(**{name: getattr(one, name) for name in names}) for one in said])
