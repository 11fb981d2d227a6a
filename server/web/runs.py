"""Routes of runs: start, look, follow, cancel, comment, delete."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from litestar import Request, Response, Router, delete, get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from server.application.change_records import ChangeRecords
from server.application.conversation import run_stream
from server.application.follow import Follow, wait_until
from server.application.ports import Events
from server.application.queries import Queries
from server.application.start_run import RunRequest, StartRun
from server.domain.ids import PaperId, RunId
from server.domain.requests import ReaderRequest, check_language, parse_reader, parse_settings
from server.domain.runs import RunStatus
from server.web.feedback import list_feedback
from server.web.given import Given
from server.web.idempotency import key_of
from server.web.languages import interface_language
from server.web.negotiation import queues, result_response, results, wait_seconds
from server.web.papers import Cursor, Limit
from server.web.problems import problems
from server.web.safety import accepts, strict_json
from server.web.shapes import run_out
from server.web.streams import last_event_id, stream_response
from server.web.structs import Out, RunOut
from server.web.voters import voter_of

ShortText = Annotated[str, msgspec.Meta(min_length=1, max_length=300)]


class RunIn(msgspec.Struct, forbid_unknown_fields=True):
    paper_id: ShortText
    persona: ShortText
    """`id`, `id@version`, or the whole short form `id@version:key=value,…`."""
    model: ShortText | None = None
    language: ShortText | None = None
    settings: dict[str, bool | str | int | float | None] = msgspec.field(default_factory=dict)
    """`temperature`, `seed`, `max_output_tokens`, `reasoning_effort`, `context`, `second_look`, `examples`,
    `example_policy` and whatever else the techniques can be set to."""
    fresh: bool = False
    """Do not reuse an equal run."""


class RunsOut(Out):
    items: list[RunOut]
    next_cursor: str | None


class FeedbackIn(msgspec.Struct, forbid_unknown_fields=True):
    verdict: Literal["wrong", "missing", "good"]
    comment: Annotated[str, msgspec.Meta(max_length=2000)] = ""
    path: Annotated[str, msgspec.Meta(max_length=300, pattern=r"^(/[^/\n]*)*$(?!\n)")] | None = None
    """JSON Pointer into the answer; left out: the whole."""
    start: Annotated[int, msgspec.Meta(ge=0)] | None = None
    """Of the statement it is about, as in the run's `statements`; left out: all that stands at `path`."""


class FeedbackOut(Out):
    id: str
    run_id: str
    path: str | None
    start: int | None
    verdict: str
    comment: str


def reader_request(
    persona: str,
    *,
    version: str | None = None,
    model: str | None = None,
    language: str | None = None,
    settings: dict[str, Any] | None = None,
) -> ReaderRequest:
    """A reader from the members of a body; what its short form says wins."""
    short = parse_reader(persona)
    own = short.settings.as_dict()
    return ReaderRequest(
        persona=short.persona,
        version=short.version or version,
        model=short.model or model,
        language=short.language or check_language(language),
        settings=parse_settings({**(settings or {}), **own}),
    )


@queues(RunOut, done="an equal run was there")
async def start_run(
    request: Request[Any, Any, Any],
    start: Given[StartRun],
    queries: Given[Queries],
    events: Given[Events],
    data: JSONBody[RunIn],
) -> Response[Any]:
    """Queue one persona over one paper. Follow it at `/api/runs/{id}/events`, or wait with `Prefer: wait=30`."""
    language, viewer = interface_language(request), voter_of(request).id
    reader = reader_request(data.persona, model=data.model, language=data.language, settings=data.settings)
    started = await start(
        RunRequest(
            PaperId(data.paper_id),
            reader,
            fresh=data.fresh,
            interface_language=language,
            viewer=viewer,
            key=key_of(request),
        )
    )
    run_id = started.run.id
    if wait := wait_seconds(request, default=0):
        await wait_for_runs([run_id], queries=queries, events=events, timeout_s=wait)
    view = await queries.run(run_id, viewer=viewer, reused=started.reused)
    headers, status = {"Location": f"/api/runs/{run_id}"}, 200 if view.run.status.is_over else 202
    return result_response(request, view, language, status_code=status, headers=headers)


@get("/", responses=problems(422))
async def list_runs(
    request: Request[Any, Any, Any],
    queries: Given[Queries],
    limit: Limit = 50,
    cursor: Cursor = None,
    paper_id: Annotated[str | None, QueryParameter(max_length=64)] = None,
    status: FromQuery[RunStatus | None] = None,
    persona: Annotated[str | None, QueryParameter(max_length=64)] = None,
    follow_ups: FromQuery[bool] = False,  # noqa: FBT002
) -> RunsOut:
    """Runs, newest first; not those of blind comparisons that you have yet to vote on. With `follow_ups` also what they
    were asked afterwards."""
    views = await queries.runs(
        limit=limit,
        cursor=cursor,
        paper_id=PaperId(paper_id) if paper_id else None,
        status=status,
        persona=persona,
        follow_ups=follow_ups,
        viewer=voter_of(request).id,
    )
    language = interface_language(request)
    last = views[-1].run.id if len(views) == limit else None
    return RunsOut(items=[run_out(view, language) for view in views], next_cursor=last)


@get("/{run_id:str}", responses={200: results(RunOut, "The run"), **problems(404)})
async def get_run(
    request: Request[Any, Any, Any], queries: Given[Queries], run_id: FromPath[str]
) -> Response[Any]:
    """One run; as JSON, Markdown or HTML by Accept. Not there for whoever has yet to vote on it blind."""
    view = await queries.run(RunId(run_id), viewer=voter_of(request).id)
    return result_response(request, view, interface_language(request))


@get("/{run_id:str}/events", media_type="text/event-stream", responses=problems(404))
async def follow_run(
    request: Request[Any, Any, Any],
    queries: Given[Queries],
    follow: Given[Follow],
    run_id: FromPath[str],
) -> Response[Any]:
    """Events of the run; fields come as soon as they are closed and grounded. Resume with Last-Event-ID."""
    await queries.run(RunId(run_id), viewer=voter_of(request).id)
    return await stream_response(follow.run(RunId(run_id), after=last_event_id(request)))


@post("/{run_id:str}/cancel", status_code=202, responses=problems(404, 409))
async def cancel_run(
    request: Request[Any, Any, Any],
    queries: Given[Queries],
    change: Given[ChangeRecords],
    run_id: FromPath[str],
) -> RunOut:
    """Stop a run; nothing of its answer is kept."""
    viewer = voter_of(request).id
    await queries.run(RunId(run_id), viewer=viewer)
    await change.cancel_run(RunId(run_id))
    return run_out(await queries.run(RunId(run_id), viewer=viewer), interface_language(request))


@post(
    "/{run_id:str}/feedback",
    status_code=201,
    guards=[accepts],
    before_request=strict_json,
    opt={"accepts": ("application/json",)},
    responses=problems(404, 408, 413, 415, 422),
)
async def give_feedback(
    request: Request[Any, Any, Any],
    queries: Given[Queries],
    change: Given[ChangeRecords],
    run_id: FromPath[str],
    data: JSONBody[FeedbackIn],
) -> FeedbackOut:
    """Say what is wrong, missing or good in an answer."""
    await queries.run(RunId(run_id), viewer=voter_of(request).id)
    kept = await change.give_feedback(
        RunId(run_id), path=data.path, verdict=data.verdict, comment=data.comment, start=data.start
    )
    return FeedbackOut(
        id=kept.id,
        run_id=run_id,
        path=kept.path,
        start=kept.start,
        verdict=kept.verdict,
        comment=kept.comment,
    )


@delete("/{run_id:str}", responses=problems(404, 409))
async def delete_run(
    request: Request[Any, Any, Any],
    queries: Given[Queries],
    change: Given[ChangeRecords],
    run_id: FromPath[str],
) -> None:
    """Remove a run that no comparison shows."""
    await queries.run(RunId(run_id), viewer=voter_of(request).id)
    await change.delete_run(RunId(run_id))


async def wait_for_runs(run_ids: list[RunId], *, queries: Queries, events: Events, timeout_s: float) -> bool:
    """Until all are over, at most `timeout_s`. Returns whether they are."""

    async def over() -> bool:
        return all([(await queries.run_record(run_id)).status.is_over for run_id in run_ids])

    return await wait_until(
        over, events=events, streams=[run_stream(r) for r in run_ids], timeout_s=timeout_s
    )


runs = Router(
    "/api/runs",
    route_handlers=[
        start_run,
        list_runs,
        get_run,
        follow_run,
        cancel_run,
        give_feedback,
        list_feedback,
        delete_run,
    ],
    tags=["Runs"],
)
