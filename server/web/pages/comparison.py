"""The page of a comparison: look, watch it fill in, look behind a statement, vote."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath, QueryParameter

from server.application.cast_vote import Ballot, CastVote
from server.application.change_records import ChangeRecords
from server.application.follow import Follow
from server.application.ports import Event
from server.application.queries import Queries
from server.application.views import CandidateView, ComparisonView
from server.domain.errors import ConflictError, InvalidRequestError, NotFoundError
from server.domain.grounding import field_of
from server.domain.ids import ComparisonId
from server.domain.runs import Run
from server.domain.statements import Statement
from server.web import catalogue
from server.web.forms import read_form
from server.web.given import Given
from server.web.languages import interface_language
from server.web.pages.cells import cell, claims_of, comparison_sheet
from server.web.pages.evidence import Viewed, statement_at, viewed_page, viewed_statement
from server.web.pages.frame import go, is_piece, page, render
from server.web.pages.streaming import Pieces, partial, stream
from server.web.sheets import paper_head
from server.web.stage_words import progress_label
from server.web.streams import last_event_id
from server.web.voters import voter_of


@get("/comparisons/{comparison_id:str}")
async def comparison_page(
    request: Request[Any, Any, Any], queries: Given[Queries], comparison_id: FromPath[str]
) -> Response[bytes]:
    """A comparison, as whoever looks may see it."""
    view = await queries.comparison(ComparisonId(comparison_id), viewer=voter_of(request).id)
    language = interface_language(request)
    return page(request, "comparison_page.html.j2", **page_values(view, language))


@get("/comparisons/{comparison_id:str}/live")
async def live(
    request: Request[Any, Any, Any],
    queries: Given[Queries],
    follow: Given[Follow],
    comparison_id: FromPath[str],
) -> Response[Any]:
    """Cells as they are closed and grounded, and at the end the whole page. Resumes after Last-Event-ID."""
    voter, seen = voter_of(request).id, last_event_id(request)
    view = await queries.comparison(ComparisonId(comparison_id), viewer=voter)
    record = await queries.comparison_record(ComparisonId(comparison_id))
    language = interface_language(request)
    pieces = _Told(queries, view, voter, language).pieces(follow.comparison(record, after=0))
    return stream(pieces, seen=seen, place="#comparison", language=language)


@get("/comparisons/{comparison_id:str}/{candidate:str}/evidence")
async def comparison_evidence(
    request: Request[Any, Any, Any],
    queries: Given[Queries],
    comparison_id: FromPath[str],
    candidate: FromPath[str],
    path: Annotated[str, QueryParameter(max_length=300)],
    offset: Annotated[int, QueryParameter(name="start", ge=0)],
    page: Annotated[int | None, QueryParameter(ge=1)] = None,
) -> Response[bytes]:
    """The page of the paper behind a statement."""
    view = await queries.comparison(ComparisonId(comparison_id), viewer=voter_of(request).id)
    run = _candidate(view, candidate).run
    address = f"{claims_of(view, candidate).address}/evidence"
    viewed = viewed_statement(
        run, statement_at(run.run, path, offset), interface_language(request), address=address, page=page
    )
    return viewer(request, viewed)


@get("/comparisons/{comparison_id:str}/{candidate:str}/pages/{number:int}")
async def comparison_cited_page(
    request: Request[Any, Any, Any],
    queries: Given[Queries],
    comparison_id: FromPath[str],
    candidate: FromPath[str],
    number: FromPath[int],
) -> Response[bytes]:
    """A page of the paper with all that one reader verifiably quoted from it."""
    view = await queries.comparison(ComparisonId(comparison_id), viewer=voter_of(request).id)
    run, language = _candidate(view, candidate).run, interface_language(request)
    name = f"{candidate} · {run.persona.name.in_(language)}"
    address = f"{claims_of(view, candidate).address}/pages/"
    return viewer(request, viewed_page(run, number, language, name=name, address=address))


@post("/comparisons/{comparison_id:str}/cancel", status_code=303)
async def cancel_comparison_form(
    request: Request[Any, Any, Any], change: Given[ChangeRecords], comparison_id: FromPath[str]
) -> Response[bytes]:
    """Stop what is not over; what is stays."""
    with suppress(ConflictError):  # all of it was over by then: the page shows the answers
        await change.cancel_comparison(ComparisonId(comparison_id))
    return go(f"/comparisons/{comparison_id}", request=request)


@post("/comparisons/{comparison_id:str}/votes", status_code=200)
async def vote_on_page(
    request: Request[Any, Any, Any],
    queries: Given[Queries],
    cast_vote: Given[CastVote],
    comparison_id: FromPath[str],
) -> Response[bytes]:
    """Keep a vote; one for the whole shows the names."""
    form = await read_form(request, names=("winner", "row"))
    if not (winner := form.one("winner")):
        raise InvalidRequestError(
            reason_ja="どれか一つを選んでください。", reason_en="Choose one of the answers.", path="/winner"
        )
    voter = voter_of(request)
    vote = await cast_vote(Ballot(ComparisonId(comparison_id), voter.id, winner, row=form.one("row")))
    language = interface_language(request)
    if not is_piece(request):
        return voter.remembered(go(f"/comparisons/{comparison_id}", request=request))
    view = await queries.comparison(ComparisonId(comparison_id), viewer=voter.id)
    kind = "thanks_ranked" if vote.ranks else "thanks_unranked" if vote.row is None else "thanks"
    thanks = catalogue.say(f"comparison.{kind}", language)
    response = page(request, "comparison_body.html.j2", **_body(view, language, thanks=thanks))
    return voter.remembered(response)


def page_values(view: ComparisonView, language: str) -> dict[str, Any]:
    """What the page's template is filled with."""
    return {
        "head": paper_head(view.paper, language),
        "paper_id": view.paper.paper.id,
        "made": view.comparison.created_at,
        **_body(view, language),
    }


def viewer(request: Request[Any, Any, Any], viewed: Viewed) -> Response[bytes]:
    """What the viewer shows, or a page of its own where there is no script."""
    template = "viewer_piece.html.j2" if is_piece(request) else "viewer_page.html.j2"
    return page(request, template, viewed=viewed)


def _candidate(view: ComparisonView, label: str) -> CandidateView:
    for candidate in view.candidates:
        if candidate.label == label:
            return candidate
    raise NotFoundError(kind="candidate", id=label[:10])


def _body(view: ComparisonView, language: str, *, thanks: str | None = None) -> dict[str, Any]:
    return {
        "sheet": comparison_sheet(view, language),
        "mine": {row or "": winner for row, winner in view.own_votes.items()},
        "score": [(name, number) for name, number in view.votes.items() if number],
        "thanks": thanks,
    }


@dataclass
class _Told:
    """One browser that watches: what has come in so far, as pieces of the page."""

    queries: Queries
    view: ComparisonView
    viewer: str | None
    language: str
    arrived: dict[str, Run] = field(default_factory=dict)

    async def pieces(self, events: AsyncIterator[Event | None]) -> Pieces:
        """All events count, those too that this browser has had."""
        async for event in events:
            yield (event.id, await self._piece(event)) if event else None

    async def _piece(self, event: Event) -> str:
        if event.name == "finished":
            view = await self.queries.comparison(self.view.comparison.id, viewer=self.viewer)
            body = render("comparison_body.html.j2", self.language, **_body(view, self.language))
            return partial("#comparison", body)
        candidate = next((c for c in self.view.candidates if c.label == event.data.get("candidate")), None)
        if candidate is None or self.view.hidden:
            return ""
        if event.name == "reset":
            asked = [row for row in self.view.rows if row.cells.get(candidate.label)]
            self.arrived.pop(candidate.label, None)
            return "".join(self._cell(candidate, row.kind.id) for row in asked)
        if event.name == "field":
            return self._field(candidate, event.data)
        if event.name == "progress":
            words = progress_label(event.data, self.language)
            state = render("state.html.j2", self.language, candidate=candidate.label, words=words)
            return partial(f"#state-{candidate.label}", state)
        return ""

    def _field(self, candidate: CandidateView, data: Any) -> str:
        label, path = candidate.label, str(data["path"])
        statements = msgspec.convert(data["statements"], tuple[Statement, ...])
        so_far = self.arrived.get(label) or replace(candidate.run.run, answer={}, statements=())
        id_ = field_of(path)
        self.arrived[label] = replace(
            so_far,
            answer={**(so_far.answer or {}), id_: data["value"]},
            statements=(*(s for s in so_far.statements if field_of(s.path) != id_), *statements),
        )
        row = next((row.kind.id for row in self.view.rows if id_ in row.cells.get(label, ())), None)
        return self._cell(candidate, row) if row else ""

    def _cell(self, candidate: CandidateView, row_id: str) -> str:
        row = next(row for row in self.view.rows if row.kind.id == row_id)
        ready = cell(self.view, row, candidate, self.language, arrived=self.arrived.get(candidate.label))
        return partial(f"#{ready.id}", render("comparison_cell.html.j2", self.language, cell=ready))
