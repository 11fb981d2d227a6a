"""Routes of what a finished run is asked afterwards: ask, look, follow, cancel, delete."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, Router, delete, get, post
from litestar.params import FromPath, JSONBody

from server.application.ask_question import AskQuestion, QuestionRequest
from server.application.change_records import ChangeRecords
from server.application.follow import Follow
from server.application.ports import Events
from server.application.queries import Queries
from server.application.read_questions import ReadQuestions
from server.application.views import RunView
from server.domain.follow_up_personas import FIELD
from server.domain.follow_ups import MAX_QUESTION
from server.domain.ids import RunId
from server.web import html, markdown
from server.web.given import Given
from server.web.idempotency import key_of
from server.web.languages import interface_language
from server.web.negotiation import Shown, negotiated, queues, results, wait_seconds
from server.web.problems import problems
from server.web.runs import wait_for_runs
from server.web.shapes import run_out
from server.web.streams import last_event_id, stream_response
from server.web.structs import GroundingOut, Out, ProblemOut, StatementOut, TimingOut, UsageOut, WarningOut
from server.web.voters import voter_of


class QuestionIn(msgspec.Struct, forbid_unknown_fields=True):
    question: Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_QUESTION)]
    fresh: bool = False
    """Ask it even if the same was asked of this run before."""


class QuestionOut(Out):
    """A question to a run's persona. Its id is that of a run too: `/api/runs/{id}/feedback` takes what you say about it."""

    id: str
    run_id: str
    question: str
    status: str
    stage: str | None
    answer: str | None
    """Null: not finished, or not stated in the paper (`status` tells, and a statement `not_stated` says why)."""
    statements: list[StatementOut]
    """Of `answer`; their `path` is `/answer`."""
    grounding: GroundingOut | None
    engine: str
    model: str
    language: str
    reused: bool
    usage: UsageOut
    timing: TimingOut
    warnings: list[WarningOut]
    error: ProblemOut | None
    created_at: datetime
    finished_at: datetime | None


class QuestionsOut(Out):
    items: list[QuestionOut]
    """Oldest first."""


def question_out(view: RunView, language: str) -> QuestionOut:
    run, shape = view.run, run_out(view, language)
    shared = set(QuestionOut.__struct_fields__) & set(shape.__struct_fields__) - {"answer"}
    return QuestionOut(
        run_id=run.root,
        question=run.follow_up.question if run.follow_up else "",
        answer=(run.answer or {}).get(FIELD),
        **{name: getattr(shape, name) for name in shared},
    )


@queues(QuestionOut, done="the same was asked before")
async def ask(
    request: Request[Any, Any, Any],
    ask_question: Given[AskQuestion],
    queries: Given[Queries],
    events: Given[Events],
    run_id: FromPath[str],
    data: JSONBody[QuestionIn],
) -> Response[Any]:
    """Ask the persona of a finished run. It knows what it answered and was asked before; what it says is proven from
    the paper alone. Follow it at `…/questions/{id}/events`, or wait with `Prefer: wait=30`."""
    viewer = voter_of(request).id
    question = QuestionRequest(
        RunId(run_id), data.question, fresh=data.fresh, viewer=viewer, key=key_of(request)
    )
    asked = await ask_question(question)
    id_ = asked.run.id
    wait = wait_seconds(request, default=0)
    done = await wait_for_runs([id_], queries=queries, events=events, timeout_s=wait)
    view = await ReadQuestions(queries).one(RunId(run_id), id_, viewer=viewer, reused=asked.reused)
    headers = {"Location": f"/api/runs/{run_id}/questions/{id_}"}
    return _response(request, view, status_code=200 if done else 202, headers=headers)


@get("/", responses=problems(404))
async def list_questions(
    request: Request[Any, Any, Any], queries: Given[Queries], run_id: FromPath[str]
) -> QuestionsOut:
    """What the run was asked, oldest first."""
    views = await ReadQuestions(queries)(RunId(run_id), viewer=voter_of(request).id)
    language = interface_language(request)
    return QuestionsOut(items=[question_out(view, language) for view in views])


@get("/{question_id:str}", responses={200: results(QuestionOut, "The question"), **problems(404)})
async def get_question(
    request: Request[Any, Any, Any],
    queries: Given[Queries],
    run_id: FromPath[str],
    question_id: FromPath[str],
) -> Response[Any]:
    """One question with its answer; as JSON, Markdown or HTML by Accept."""
    return _response(request, await _view(request, queries, run_id, question_id))


@get("/{question_id:str}/events", media_type="text/event-stream", responses=problems(404))
async def follow_question(
    request: Request[Any, Any, Any],
    queries: Given[Queries],
    follow: Given[Follow],
    run_id: FromPath[str],
    question_id: FromPath[str],
) -> Response[Any]:
    """Events of the question; `field` comes when the answer is closed and grounded. Resume with Last-Event-ID."""
    view = await _view(request, queries, run_id, question_id)
    return await stream_response(follow.run(view.run.id, after=last_event_id(request)))


@post("/{question_id:str}/cancel", status_code=202, responses=problems(404, 409))
async def cancel_question(
    request: Request[Any, Any, Any],
    queries: Given[Queries],
    change: Given[ChangeRecords],
    run_id: FromPath[str],
    question_id: FromPath[str],
) -> QuestionOut:
    """Stop answering; nothing of the answer is kept."""
    view = await _view(request, queries, run_id, question_id)
    await change.cancel_run(view.run.id)
    view = await _view(request, queries, run_id, question_id)
    return question_out(view, interface_language(request))


@delete("/{question_id:str}", responses=problems(404))
async def delete_question(
    request: Request[Any, Any, Any],
    queries: Given[Queries],
    change: Given[ChangeRecords],
    run_id: FromPath[str],
    question_id: FromPath[str],
) -> None:
    """Remove a question and its answer."""
    view = await _view(request, queries, run_id, question_id)
    await change.delete_run(view.run.id)


async def _view(request: Request[Any, Any, Any], queries: Queries, run_id: str, question_id: str) -> RunView:
    read = ReadQuestions(queries)
    return await read.one(RunId(run_id), RunId(question_id), viewer=voter_of(request).id)


def _response(request: Request[Any, Any, Any], view: RunView, **sent: Any) -> Response[Any]:
    language, pdf = interface_language(request), f"/api/papers/{view.paper.paper.id}/file"
    shown = Shown(
        lambda: question_out(view, language),
        lambda: markdown.run_markdown(view, language, pdf=pdf),
        lambda: html.run_html(view, language),
    )
    return negotiated(request, shown, language, **sent)


questions = Router(
    "/api/runs/{run_id:str}/questions",
    route_handlers=[ask, list_questions, get_question, follow_question, cancel_question, delete_question],
    tags=["Questions"],
)
