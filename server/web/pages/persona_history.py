"""What became of a reader: its versions, what changed between two, running or restoring an old one."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery

from server.application.list_papers import ListPapers
from server.application.persona_desk import PersonaDesk
from server.application.personas import PersonaShelf
from server.application.ports import Models
from server.application.start_comparison import ComparisonRequest, StartComparison
from server.domain.errors import InvalidRequestError
from server.domain.ids import PaperId
from server.domain.requests import ReaderRequest
from server.web.forms import read_form
from server.web.given import Given
from server.web.languages import interface_language
from server.web.pages.frame import go, page
from server.web.pages.paper_choice import no_paper, papers_to_choose, remember_paper


@get("/personas/{persona_id:str}/history")
async def history_page(
    request: Request[Any, Any, Any],
    desk: Given[PersonaDesk],
    list_papers: Given[ListPapers],
    models: Given[Models],
    persona_id: FromPath[str],
    old: FromQuery[str | None] = None,
    new: FromQuery[str | None] = None,
) -> Response[bytes]:
    """Versions, newest first, and the words that changed from `old` to `new` (usually the last two)."""
    id_ = persona_id.partition("@")[0]
    versions = await desk.history.versions(id_)
    return page(
        request,
        "persona_history.html.j2",
        persona=versions[0].persona,
        versions=versions,
        difference=await desk.history.difference(id_, old=old, new=new),
        papers=await papers_to_choose(request, list_papers),
        models=models.list(),
    )


@post("/personas/{persona_id:str}/restore", status_code=303)
async def restore_version(
    request: Request[Any, Any, Any],
    desk: Given[PersonaDesk],
    shelf: Given[PersonaShelf],
    persona_id: FromPath[str],
) -> Response[bytes]:
    """Save what an old version says as the newest one; nothing is taken back."""
    version = (await read_form(request, names=("version",))).one("version")
    old = await shelf.get(f"{persona_id}@{version}")
    await desk.save(old.source, id_=old.id, files=dict(old.files))
    return go(f"/personas/{quote(old.id, safe='')}/history", request=request)


@post("/personas/{persona_id:str}/compare", status_code=303)
async def compare_versions(
    request: Request[Any, Any, Any], start_comparison: Given[StartComparison], persona_id: FromPath[str]
) -> Response[bytes]:
    """Let two versions read the same paper, and look at both answers."""
    form = await read_form(request, names=("old", "new", "paper", "model"))
    paper, versions = form.one("paper"), [form.one("old"), form.one("new")]
    if paper is None:
        raise no_paper()
    if not all(versions):
        raise InvalidRequestError(
            reason_ja="比べる版を二つ選んでください。", reason_en="Choose the two versions to compare."
        )
    readers = tuple(ReaderRequest(persona_id, version=v, model=form.one("model")) for v in versions)
    comparison = await start_comparison(
        ComparisonRequest(PaperId(paper), readers, interface_language=interface_language(request))
    )
    response = go(f"/comparisons/{comparison.id}", request=request)
    remember_paper(response, paper)
    return response


history_pages = (history_page, restore_version, compare_versions)
