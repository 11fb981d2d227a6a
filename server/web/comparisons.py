"""Routes of comparisons: start, look, follow, delete."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import Request, Response, Router, delete, get, post
from litestar.params import FromPath, JSONBody, QueryParameter

from server.application.change_records import ChangeRecords
from server.application.follow import Follow
from server.application.ports import Events
from server.application.queries import Queries
from server.application.start_comparison import ComparisonRequest, StartComparison
from server.application.start_text import TextRequest
from server.domain.comparisons import LABELS
from server.domain.errors import InvalidRequestError
from server.domain.ids import ComparisonId, PaperId, RunId
from server.domain.requests import ReaderRequest
from server.web.checks import BroughtText
from server.web.given import Given
from server.web.idempotency import key_of
from server.web.languages import interface_language
from server.web.negotiation import comparison_response, queues, results, wait_seconds
from server.web.papers import Cursor, Limit
from server.web.problems import problems
from server.web.runs import ShortText, reader_request, wait_for_runs
from server.web.shapes import comparison_out
from server.web.streams import last_event_id, stream_response
from server.web.structs import ComparisonOut, Out
from server.web.voters import voter_of


class CandidateIn(msgspec.Struct, forbid_unknown_fields=True):
    """A reader to run (`persona` and what differs), a text brought along (`text`, `name`), or a run that is there
    already (`run_id`)."""

    persona: ShortText | None = None
    version: ShortText | None = None
    model: ShortText | None = None
    language: ShortText | None = None
    settings: dict[str, bool | str | int | float | None] = msgspec.field(default_factory=dict)
    run_id: ShortText | None = None
    text: BroughtText | None = None
    name: ShortText | None = None


class ComparisonIn(msgspec.Struct, forbid_unknown_fields=True):
    paper_id: ShortText
    candidates: Annotated[list[CandidateIn], msgspec.Meta(min_length=1, max_length=100)]
    """Two to six."""
    fresh: bool = False
    blind: bool = False
    """Hide who is who until you have voted; the sides are shuffled."""


class ComparisonsOut(Out):
    items: list[ComparisonOut]
    next_cursor: str | None


@queues(ComparisonOut)
async def start_comparison(
    request: Request[Any, Any, Any],
    start_comparison: Given[StartComparison],
    queries: Given[Queries],
    events: Given[Events],
    data: JSONBody[ComparisonIn],
) -> Response[Any]:
    """Queue two to six readers of one paper."""
    language, voter = interface_language(request), voter_of(request)
    comparison = await start_comparison(
        ComparisonRequest(
            PaperId(data.paper_id),
            tuple(_candidate(candidate) for candidate in data.candidates),
            fresh=data.fresh,
            interface_language=language,
            blind=data.blind,
            viewer=voter.id,
            key=key_of(request),
        )
    )
    run_ids = [candidate.run_id for candidate in comparison.candidates]
    done = await wait_for_runs(
        run_ids, queries=queries, events=events, timeout_s=wait_seconds(request, default=0)
    )
    view = await queries.comparison(comparison.id, viewer=voter.id)
    headers = {"Location": f"/api/comparisons/{comparison.id}"}
    status_code = 200 if done else 202
    return comparison_response(request, voter, view, language, status_code=status_code, headers=headers)


@get("/", responses=problems(422))
async def list_comparisons(
    request: Request[Any, Any, Any],
    queries: Given[Queries],
    limit: Limit = 20,
    cursor: Cursor = None,
    paper_id: Annotated[str | None, QueryParameter(max_length=64)] = None,
) -> ComparisonsOut:
    """Comparisons, newest first."""
    wanted, viewer = PaperId(paper_id) if paper_id else None, voter_of(request).id
    views = await queries.comparisons(limit=limit, cursor=cursor, paper_id=wanted, viewer=viewer)
    language = interface_language(request)
    last = views[-1].comparison.id if len(views) == limit else None
    return ComparisonsOut(items=[comparison_out(view, language) for view in views], next_cursor=last)


@get(
    "/{comparison_id:str}",
    responses={200: results(ComparisonOut, "The comparison"), **problems(404)},
)
async def get_comparison(
    request: Request[Any, Any, Any], queries: Given[Queries], comparison_id: FromPath[str]
) -> Response[Any]:
    """One comparison; as JSON, Markdown or HTML by Accept. Blind until you have voted, if it was started so."""
    voter = voter_of(request)
    view = await queries.comparison(ComparisonId(comparison_id), viewer=voter.id)
    return comparison_response(request, voter, view, interface_language(request))


@get("/{comparison_id:str}/events", media_type="text/event-stream", responses=problems(404))
async def follow_comparison(
    request: Request[Any, Any, Any],
    queries: Given[Queries],
    follow: Given[Follow],
    comparison_id: FromPath[str],
) -> Response[Any]:
    """Events of all its runs, each with its candidate's label; of a blind one only how many are done. Resume with
    Last-Event-ID."""
    comparison = await queries.comparison_record(ComparisonId(comparison_id))
    return await stream_response(follow.comparison(comparison, after=last_event_id(request)))


@post("/{comparison_id:str}/cancel", status_code=202, responses=problems(404, 409))
async def cancel_comparison(
    request: Request[Any, Any, Any],
    queries: Given[Queries],
    change: Given[ChangeRecords],
    comparison_id: FromPath[str],
) -> Response[ComparisonOut]:
    """Stop the runs it started; nothing of their answers is kept. Those that are over, and reused ones, stay."""
    await change.cancel_comparison(ComparisonId(comparison_id))
    voter, language = voter_of(request), interface_language(request)
    view = await queries.comparison(ComparisonId(comparison_id), viewer=voter.id)
    return comparison_response(request, voter, view, language, status_code=202)


@delete("/{comparison_id:str}", responses=problems(404))
async def delete_comparison(change: Given[ChangeRecords], comparison_id: FromPath[str]) -> None:
    """Remove a comparison; its runs stay."""
    await change.delete_comparison(ComparisonId(comparison_id))


def _candidate(given: CandidateIn) -> ReaderRequest | TextRequest | RunId:
    chosen = [name for name in ("persona", "run_id", "text") if getattr(given, name)]
    if chosen == ["run_id"]:
        return RunId(given.run_id or "")
    if chosen == ["text"]:
        return TextRequest(given.text or "", given.name)
    if chosen == ["persona"] and given.persona:
        return reader_request(
            given.persona,
            version=given.version,
            model=given.model,
            language=given.language,
            settings=given.settings,
        )
    raise InvalidRequestError(
        reason_ja=f"候補（{LABELS[0]}、{LABELS[1]}…）には persona、run_id、text のどれか一つを指定してください。",
        reason_en="Each candidate takes one of persona, run_id and text.",
        path="/candidates",
    )


comparisons = Router(
    "/api/comparisons",
    route_handlers=[
        start_comparison,
        list_comparisons,
        get_comparison,
        follow_comparison,
        cancel_comparison,
        delete_comparison,
    ],
    tags=["Comparisons"],
)
