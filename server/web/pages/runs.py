"""The page of a run: look, watch it fill in, look behind a statement, stop it, ask again, see what was sent."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath, QueryParameter

from server.application.change_records import ChangeRecords
from server.application.follow import Follow
from server.application.ports import Event, Models
from server.application.preview_prompt import PreviewPrompt
from server.application.queries import Queries
from server.application.read_feedback import ReadFeedback
from server.application.rebuild_prompt import RebuildPrompt
from server.application.start_run import RunRequest, StartRun
from server.application.views import RunView
from server.domain.errors import ConflictError, NotFoundError
from server.domain.grounding import field_of
from server.domain.ids import RunId
from server.domain.models import EngineKind
from server.domain.requests import ReaderRequest
from server.domain.runs import Run
from server.domain.statements import Statement
from server.web.given import Given
from server.web.languages import interface_language
from server.web.pages.comparison import viewer
from server.web.pages.evidence import statement_at, viewed_page, viewed_statement
from server.web.pages.frame import go, is_piece, page, render
from server.web.pages.questions import asked_sheets, place_of
from server.web.pages.run_sheet import arrived, entries, run_sheet
from server.web.pages.streaming import Pieces, partial, stream
from server.web.plain import plain
from server.web.sheets import paper_head
from server.web.stage_words import progress_label
from server.web.streams import last_event_id
from server.web.voters import voter_of


@get("/runs/{run_id:str}")
async def run_page(
    request: Request[Any, Any, Any], queries: Given[Queries], models: Given[Models], run_id: FromPath[str]
) -> Response[bytes]:
    """One answer, field by field, and how it came about."""
    viewer_id = voter_of(request).id
    view = await queries.run(RunId(run_id), viewer=viewer_id)
    if view.run.follow_up:
        return go(place_of(view), request=request)
    notes = await ReadFeedback(queries)(view.run.id, viewer=viewer_id)
    language = interface_language(request)
    return page(
        request,
        "run_page.html.j2",
        head=paper_head(view.paper, language),
        sheet=run_sheet(view, language, notes=notes),
        asked=await asked_sheets(queries, view.run.id, viewer=viewer_id, language=language),
        **_repeating(models, view.run),
    )


@get("/runs/{run_id:str}/live")
async def run_live(
    request: Request[Any, Any, Any],
    queries: Given[Queries],
    models: Given[Models],
    follow: Given[Follow],
    run_id: FromPath[str],
) -> Response[Any]:
    """Fields as they are closed and grounded, and at the end the whole answer. Resumes after Last-Event-ID."""
    viewer_id = voter_of(request).id
    view = await queries.run(RunId(run_id), viewer=viewer_id)
    seen, language = last_event_id(request), interface_language(request)
    pieces = _Told(queries, models, view, viewer_id, language).pieces(follow.run(view.run.id, after=0))
    return stream(pieces, seen=seen, place="#run", language=language)


@get("/runs/{run_id:str}/evidence")
async def run_evidence(
    request: Request[Any, Any, Any],
    queries: Given[Queries],
    run_id: FromPath[str],
    path: Annotated[str, QueryParameter(max_length=300)],
    offset: Annotated[int, QueryParameter(name="start", ge=0)],
    page: Annotated[int | None, QueryParameter(ge=1)] = None,
) -> Response[bytes]:
    """The page of the paper behind a statement."""
    view = await queries.run(RunId(run_id), viewer=voter_of(request).id)
    viewed = viewed_statement(
        view,
        statement_at(view.run, path, offset),
        interface_language(request),
        address=f"/runs/{run_id}/evidence",
        page=page,
    )
    return viewer(request, viewed)


@get("/runs/{run_id:str}/pages/{number:int}")
async def run_cited_page(
    request: Request[Any, Any, Any], queries: Given[Queries], run_id: FromPath[str], number: FromPath[int]
) -> Response[bytes]:
    """A page of the paper with all that the answer verifiably quotes from it."""
    view = await queries.run(RunId(run_id), viewer=voter_of(request).id)
    language = interface_language(request)
    name = plain(view.persona.name.in_(language))
    address = f"/runs/{run_id}/pages/"
    return viewer(request, viewed_page(view, number, language, name=name, address=address))


@get("/runs/{run_id:str}/prompt")
async def run_prompt(
    request: Request[Any, Any, Any],
    queries: Given[Queries],
    preview: Given[PreviewPrompt],
    run_id: FromPath[str],
) -> Response[bytes]:
    """The messages that were sent, made again."""
    view = await queries.run(RunId(run_id), viewer=voter_of(request).id)
    rebuilt = await RebuildPrompt(preview)(view)
    template = "run_prompt.html.j2" if is_piece(request) else "run_prompt_page.html.j2"
    return page(request, template, rebuilt=rebuilt, run_id=run_id)


@post("/runs/{run_id:str}/cancel", status_code=303)
async def cancel_run_form(
    request: Request[Any, Any, Any],
    queries: Given[Queries],
    change: Given[ChangeRecords],
    run_id: FromPath[str],
) -> Response[bytes]:
    """Stop a run; nothing of its answer is kept."""
    view = await queries.run(RunId(run_id), viewer=voter_of(request).id)
    await change.cancel_run(view.run.id)
    return go(f"/runs/{run_id}", request=request)


@post("/runs/{run_id:str}/again", status_code=303)
async def ask_again(
    request: Request[Any, Any, Any],
    queries: Given[Queries],
    start: Given[StartRun],
    run_id: FromPath[str],
) -> Response[bytes]:
    """The same reader on the same paper, asked anew."""
    view = await queries.run(RunId(run_id), viewer=voter_of(request).id)
    run = view.run
    if run.engine == EngineKind.TEXT:
        raise ConflictError(
            reason_ja="持ち込みの文章には読み手がいません。論文のページでもう一度照合してください。",
            reason_en="A brought-along text has no reader to ask. Check it again on the paper's page.",
        )
    reader = ReaderRequest(
        persona=run.persona.id,
        version=run.persona.version,
        model=_asked(run),
        language=run.language or None,
        settings=run.settings,
    )
    started = await start(
        RunRequest(run.paper_id, reader, fresh=True, interface_language=interface_language(request))
    )
    return go(f"/runs/{started.run.id}", request=request)


def _asked(run: Run) -> str:
    """The model that was asked; another one may have answered."""
    return run.fell_back[0].model if run.fell_back else run.model


def _repeating(models: Models, run: Run) -> dict[str, Any]:
    """For the template: whether the reader can be asked again, and where the paper would be sent."""
    if run.engine == EngineKind.TEXT:
        return {"can_repeat": False, "host": None}
    try:
        return {"can_repeat": True, "host": models.get(_asked(run)).host}
    except NotFoundError:  # no longer on offer
        return {"can_repeat": False, "host": None}


@dataclass
class _Told:
    """One browser that watches a run: what has come in so far, as pieces of the page."""

    queries: Queries
    models: Models
    view: RunView
    viewer: str
    language: str

    def __post_init__(self) -> None:
        self.so_far = replace(self.view.run, answer={}, statements=())

    async def pieces(self, events: AsyncIterator[Event | None]) -> Pieces:
        """All events count, those too that this browser has had."""
        async for event in events:
            yield (event.id, await self._piece(event)) if event else None

    async def _piece(self, event: Event) -> str:
        if event.name == "finished":
            view = await self.queries.run(self.view.run.id, viewer=self.viewer)
            sheet = run_sheet(view, self.language)
            return partial(
                "#run", self._render("run_body.html.j2", sheet=sheet, **_repeating(self.models, view.run))
            )
        if event.name == "reset":
            self.so_far = replace(self.so_far, answer={}, statements=())
            waiting = entries(replace(self.view, run=self.so_far), self.language)
            return "".join(self._entry(entry) for entry in waiting)
        if event.name == "field":
            return self._field(event.data)
        if event.name == "progress":
            words = progress_label(event.data, self.language)
            return partial("#run-state", self._render("run_state.html.j2", words=words))
        return ""

    def _field(self, data: Any) -> str:
        id_ = field_of(str(data["path"]))
        if id_ not in self.view.persona.by_id:  # what a reader is asked beside its questions
            return ""
        statements = msgspec.convert(data["statements"], tuple[Statement, ...])
        self.so_far = replace(
            self.so_far,
            answer={**(self.so_far.answer or {}), id_: data["value"]},
            statements=(*(s for s in self.so_far.statements if field_of(s.path) != id_), *statements),
        )
        return self._entry(arrived(self.view, self.so_far, id_, self.language))

    def _entry(self, entry: Any) -> str:
        sheet = run_sheet(self.view, self.language)
        return partial(f"#entry-{entry.id}", self._render("run_entry.html.j2", entry=entry, sheet=sheet))

    def _render(self, template: str, **values: Any) -> str:
        return render(template, self.language, **values)
