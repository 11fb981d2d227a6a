"""Asking a run on its page: the box, the answers below each other as they come in, stopping and removing one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath

from server.application.ask_question import AskQuestion, QuestionRequest
from server.application.change_records import ChangeRecords
from server.application.follow import Follow
from server.application.ports import Event
from server.application.queries import Queries
from server.application.read_questions import ReadQuestions
from server.application.views import RunView
from server.domain.follow_up_personas import FIELD
from server.domain.ids import RunId
from server.domain.notices import sentence
from server.domain.statements import Statement
from server.web import labels
from server.web.forms import read_form
from server.web.given import Given
from server.web.languages import interface_language
from server.web.pages.claims import RunClaims, run_claims
from server.web.pages.frame import go, is_piece, page, render
from server.web.pages.run_sheet import Failure, arrived, entries, failure_of
from server.web.pages.streaming import Pieces, partial, stream
from server.web.pieces import Shown
from server.web.plain import plain
from server.web.stage_words import progress_label
from server.web.streams import last_event_id
from server.web.voters import voter_of
from server.web.wording import spending


@dataclass(frozen=True, slots=True)
class AskedSheet:
    """A question with its answer, or with how far it is."""

    id: str
    run_id: str
    question: str
    language: str
    """Of the answer."""
    is_running: bool
    state: str
    shown: Shown | None
    claims: RunClaims
    failure: Failure | None
    warnings: tuple[str, ...]
    facts: tuple[str, ...]


def asked_sheet(view: RunView, language: str) -> AskedSheet:
    run = view.run
    return AskedSheet(
        id=run.id,
        run_id=run.root,
        question=plain(run.follow_up.question if run.follow_up else ""),
        language=run.language,
        is_running=not run.status.is_over,
        state=labels.RUNS[run.status].in_(language),
        shown=entries(view, language)[0].shown,
        claims=run_claims(run),
        failure=failure_of(run, language),
        warnings=tuple(plain(sentence(notice).in_(language)) for notice in run.warnings),
        facts=tuple(spending(view, language)),
    )


async def asked_sheets(
    queries: Queries, run_id: RunId, *, viewer: str | None, language: str
) -> Sequence[AskedSheet]:
    """What the run was asked, oldest first."""
    return [asked_sheet(view, language) for view in await ReadQuestions(queries)(run_id, viewer=viewer)]


@post("/runs/{run_id:str}/questions", status_code=200)
async def ask_on_page(
    request: Request[Any, Any, Any],
    ask_question: Given[AskQuestion],
    queries: Given[Queries],
    run_id: FromPath[str],
) -> Response[bytes]:
    """Ask; the question comes to stand above the box, where its answer will come in."""
    form = await read_form(request, names=("question",))
    viewer = voter_of(request).id
    asked = await ask_question(QuestionRequest(RunId(run_id), form.one("question") or "", viewer=viewer))
    if not is_piece(request):
        return go(_place(run_id, asked.run.id), request=request)
    view = await ReadQuestions(queries).one(RunId(run_id), asked.run.id, viewer=viewer)
    one = asked_sheet(view, interface_language(request))
    return page(request, "run_asked.html.j2", one=one, run_id=run_id, is_new=not asked.reused)


@get("/runs/{run_id:str}/questions/{question_id:str}/live")
async def question_live(
    request: Request[Any, Any, Any],
    queries: Given[Queries],
    follow: Given[Follow],
    run_id: FromPath[str],
    question_id: FromPath[str],
) -> Response[Any]:
    """The answer as soon as it is closed and grounded, and at the end the whole. Resumes after Last-Event-ID."""
    view = await _view(request, queries, run_id, question_id)
    seen, language = last_event_id(request), interface_language(request)
    pieces = _told(queries, view, follow.run(view.run.id, after=0), language)
    return stream(pieces, seen=seen, place=f"#asked-{view.run.id}", language=language)


@post("/runs/{run_id:str}/questions/{question_id:str}/cancel", status_code=303)
async def cancel_question_form(
    request: Request[Any, Any, Any],
    queries: Given[Queries],
    change: Given[ChangeRecords],
    run_id: FromPath[str],
    question_id: FromPath[str],
) -> Response[bytes]:
    """Stop answering; nothing of the answer is kept."""
    view = await _view(request, queries, run_id, question_id)
    await change.cancel_run(view.run.id)
    return go(_place(run_id, question_id), request=request)


@post("/runs/{run_id:str}/questions/{question_id:str}/delete", status_code=303)
async def delete_question_form(
    request: Request[Any, Any, Any],
    queries: Given[Queries],
    change: Given[ChangeRecords],
    run_id: FromPath[str],
    question_id: FromPath[str],
) -> Response[bytes]:
    """Remove a question and its answer."""
    view = await _view(request, queries, run_id, question_id)
    await change.delete_run(view.run.id)
    return go(f"/runs/{run_id}#questions", request=request)


def place_of(view: RunView) -> str:
    """Where a question is shown: on the page of its run."""
    return _place(view.run.root, view.run.id)


def _place(run_id: str, question_id: str) -> str:
    return f"/runs/{run_id}#asked-{question_id}"


async def _view(request: Request[Any, Any, Any], queries: Queries, run_id: str, question_id: str) -> RunView:
    read = ReadQuestions(queries)
    return await read.one(RunId(run_id), RunId(question_id), viewer=voter_of(request).id)


async def _told(
    queries: Queries, view: RunView, events: AsyncIterator[Event | None], language: str
) -> Pieces:
    """The answer as it comes in."""
    one, so_far = asked_sheet(view, language), replace(view.run, answer={}, statements=())
    async for event in events:
        if event is None:
            yield None
        elif event.name == "finished":
            record = await queries.run_record(view.run.id)
            one = asked_sheet(await queries.view_of(record, view.paper), language)
            yield event.id, _partial(f"#asked-{one.id}", "run_question.html.j2", language, one=one)
        elif event.name == "progress":
            words = progress_label(event.data, language)
            one = replace(one, state=words, shown=None)
            yield event.id, _partial(f"#answer-{one.id}", "run_question_answer.html.j2", language, one=one)
        elif event.name == "field" and event.data["path"] == f"/{FIELD}":
            said = msgspec.convert(event.data["statements"], tuple[Statement, ...])
            read = replace(so_far, answer={FIELD: event.data["value"]}, statements=said)
            one = replace(one, shown=arrived(view, read, FIELD, language).shown)
            yield event.id, _partial(f"#answer-{one.id}", "run_question_answer.html.j2", language, one=one)


def _partial(target: str, template: str, language: str, **values: Any) -> str:
    return partial(target, render(template, language, **values))


question_pages = (ask_on_page, question_live, cancel_question_form, delete_question_form)
