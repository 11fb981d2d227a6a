"""Check an answer that somebody has already: its text and the paper in, a checked run out."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, post

from server.application.check_text import look_at
from server.application.ingest_paper import IngestPaper
from server.application.ports import Events
from server.application.queries import Queries
from server.application.record_text import RecordText
from server.application.start_text import TextRequest
from server.domain.errors import InvalidRequestError
from server.domain.ids import PaperId
from server.domain.papers import PaperStatus
from server.web.app_state import Limits
from server.web.forms import read_form
from server.web.given import Given
from server.web.pages.frame import go
from server.web.pages.problems import problem_page
from server.web.pages.start import taken
from server.web.papers import wait_for_reading
from server.web.room import has_room

LATER_S = 30.0
"""How much longer than its reading may take a paper is waited for: others may be read before it."""


@post("/checks", status_code=303, guards=[has_room])
async def check_answer(
    request: Request[Any, Any, Any],
    ingest: Given[IngestPaper],
    queries: Given[Queries],
    events: Given[Events],
    limits: Given[Limits],
    record_text: Given[RecordText],
) -> Response[bytes]:
    """Hold the text against the paper that comes with it, or against one that is here already (`paper`)."""
    form = await read_form(request, names=("text", "name", "url", "paper"))
    text = form.one("text")
    if not text or not text.strip():
        raise InvalidRequestError(
            reason_ja="照合したい回答を貼り付けてください。",
            reason_en="Paste the answer that should be checked.",
            path="/text",
        )
    await look_at(text)
    paper_id = PaperId(form.one("paper") or await taken(form, ingest))
    wait = limits.read_timeout_s + LATER_S
    await wait_for_reading(paper_id, queries=queries, events=events, timeout_s=wait)
    paper = await queries.paper_record(paper_id)
    if paper.status is PaperStatus.REFUSED and paper.error:
        return problem_page(request, paper.error)
    run = await record_text(paper_id, TextRequest(text, form.one("name")))
    return go(f"/runs/{run.id}", request=request)
