"""One-shot routes: a PDF in, the finished reading or comparison out."""

from __future__ import annotations

import time
from typing import Any

from litestar import Request, Response, Router, post

from server.application.check_text import look_at
from server.application.ingest_paper import IngestPaper
from server.application.ports import Events
from server.application.queries import Queries
from server.application.start_comparison import ComparisonRequest, StartComparison
from server.application.start_run import RunRequest, StartRun
from server.application.start_text import TextRequest
from server.domain.errors import ConflictError, InvalidRequestError
from server.domain.ids import PaperId
from server.domain.papers import PaperStatus
from server.web.forms import Form, read_form
from server.web.given import Given
from server.web.idempotency import key_of
from server.web.languages import interface_language
from server.web.negotiation import comparison_response, result_response, results, wait_seconds
from server.web.papers import wait_for_reading
from server.web.problems import problem_response, problems
from server.web.room import has_room
from server.web.runs import reader_request, wait_for_runs
from server.web.safety import accepts
from server.web.structs import ComparisonOut, RunOut
from server.web.voters import voter_of

WAIT_S = 120.0
FIELDS = ("url", "persona", "model", "language")


@post(
    "/read",
    status_code=200,
    guards=[accepts, has_room],
    opt={"accepts": ("multipart/form-data",), "spends": True},
    responses={
        200: results(RunOut, "The finished run, whatever its status"),
        202: results(RunOut, "Not done within Prefer: wait; see Location"),
        **problems(404, 408, 409, 413, 415, 422, 503, 507),
    },
)
async def read(
    request: Request[Any, Any, Any],
    ingest: Given[IngestPaper],
    start: Given[StartRun],
    queries: Given[Queries],
    events: Given[Events],
) -> Response[Any]:
    """Read one PDF (`file` or `url`) through one persona and wait for the answer."""
    deadline = time.monotonic() + wait_seconds(request, default=WAIT_S)
    language, voter = interface_language(request), voter_of(request)
    form = await read_form(request, names=FIELDS)
    persona = form.one("persona")
    if not persona:
        raise _no_persona()
    paper_id = await _ingested(form, ingest)
    if refused := await _refusal(request, paper_id, queries=queries, events=events, deadline=deadline):
        return refused
    reader = reader_request(persona, model=form.one("model"), language=form.one("language"))
    started = await start(
        RunRequest(paper_id, reader, interface_language=language, viewer=voter.id, key=key_of(request))
    )
    done = await wait_for_runs(
        [started.run.id], queries=queries, events=events, timeout_s=deadline - time.monotonic()
    )
    view = await queries.run(started.run.id, viewer=voter.id, reused=started.reused)
    headers = {"Location": f"/api/runs/{started.run.id}"}
    return result_response(request, view, language, status_code=200 if done else 202, headers=headers)


@post(
    "/compare",
    status_code=200,
    guards=[accepts, has_room],
    opt={"accepts": ("multipart/form-data",), "spends": True},
    responses={
        200: results(ComparisonOut, "The finished comparison, whatever its status"),
        202: results(ComparisonOut, "Not done within Prefer: wait; see Location"),
        **problems(404, 408, 409, 413, 415, 422, 503, 507),
    },
)
async def compare(
    request: Request[Any, Any, Any],
    ingest: Given[IngestPaper],
    start_comparison: Given[StartComparison],
    queries: Given[Queries],
    events: Given[Events],
) -> Response[Any]:
    """Read one PDF (`file` or `url`) through two to six personas (`persona`, repeated), beside texts brought
    along (`text`, repeated) where there are any, and wait for the comparison."""
    deadline = time.monotonic() + wait_seconds(request, default=WAIT_S)
    language, voter = interface_language(request), voter_of(request)
    form = await read_form(request, names=(*FIELDS, "text", "blind"))
    blind = form.flag("blind")
    model, answer_language = form.one("model"), form.one("language")
    readers = tuple(
        reader_request(persona, model=model, language=answer_language)
        for persona in form.fields.get("persona", [])
    )
    texts = tuple(TextRequest(text) for text in form.fields.get("text", []))
    if not readers:
        raise _no_persona()
    for text in texts:
        await look_at(text.text)
    paper_id = await _ingested(form, ingest)
    if refused := await _refusal(request, paper_id, queries=queries, events=events, deadline=deadline):
        return refused
    comparison = await start_comparison(
        ComparisonRequest(
            paper_id,
            (*readers, *texts),
            interface_language=language,
            blind=blind,
            viewer=voter.id,
            key=key_of(request),
        )
    )
    run_ids = [candidate.run_id for candidate in comparison.candidates]
    done = await wait_for_runs(run_ids, queries=queries, events=events, timeout_s=deadline - time.monotonic())
    view = await queries.comparison(comparison.id, viewer=voter.id)
    headers = {"Location": f"/api/comparisons/{comparison.id}"}
    status_code = 200 if done else 202
    return comparison_response(request, voter, view, language, status_code=status_code, headers=headers)


async def _ingested(form: Form, ingest: IngestPaper) -> PaperId:
    url = form.one("url")
    if (form.file is None) == (url is None):
        raise InvalidRequestError(
            reason_ja="file（PDF）か url のどちらか一つを送ってください。",
            reason_en="Send either file (the PDF) or url.",
        )
    if form.file is not None:
        return (await ingest(form.file, filename=form.filename)).paper.id
    return (await ingest.from_arxiv(str(url))).paper.id


async def _refusal(
    request: Request[Any, Any, Any], paper_id: PaperId, *, queries: Queries, events: Events, deadline: float
) -> Response[Any] | None:
    """Wait until the paper is read. The response when it cannot be read, None when it can."""
    await wait_for_reading(paper_id, queries=queries, events=events, timeout_s=deadline - time.monotonic())
    paper = await queries.paper_record(paper_id)
    if paper.status is PaperStatus.REFUSED and paper.error:
        return problem_response(paper.error, interface_language(request))
    if paper.status is PaperStatus.READING:
        raise ConflictError(
            reason_ja=f"読み取りが時間内に終わりませんでした。/api/papers/{paper_id} を確認してください。",
            reason_en=f"The paper was not read in time. Look at /api/papers/{paper_id}.",
        )
    return None


def _no_persona() -> InvalidRequestError:
    return InvalidRequestError(
        reason_ja="persona を指定してください（例：persona=summarizer）。",
        reason_en="Name a persona, such as persona=summarizer.",
    )


one_shots = Router("/api", route_handlers=[read, compare], tags=["One shots"])
