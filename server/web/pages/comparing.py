"""Send papers to the readers that were chosen: a comparison, a single reading, or one for each of several papers."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.params import QueryParameter

from server.application.personas import PersonaShelf
from server.application.ports import Models
from server.application.queries import Queries
from server.application.start_comparison import ComparisonRequest, StartComparison
from server.application.start_run import RunRequest, StartRun
from server.domain.errors import NotFoundError
from server.domain.ids import PaperId
from server.domain.papers import PaperStatus
from server.web.given import Given
from server.web.languages import interface_language
from server.web.pages.choosing import MOST_PAPERS, Chosen, read_chosen, reader_cards
from server.web.pages.frame import go, page
from server.web.pages.model_choice import models_to_choose
from server.web.sheets import paper_head
from server.web.voters import Voter, voter_of

Papers = Annotated[list[str], QueryParameter(max_items=MOST_PAPERS)]


@get("/papers/together")
async def together_page(
    request: Request[Any, Any, Any],
    queries: Given[Queries],
    shelf: Given[PersonaShelf],
    models: Given[Models],
    paper: Papers,
) -> Response[bytes]:
    """One choice of readers for several papers."""
    language = interface_language(request)
    views = [await queries.paper(PaperId(id_)) for id_ in dict.fromkeys(paper)]
    if not views:
        raise NotFoundError(kind="paper", id="")
    return page(
        request,
        "paper_together.html.j2",
        papers=[
            (view.paper.id, paper_head(view, language))
            for view in views
            if view.paper.status is PaperStatus.READY
        ],
        left_out=[view.paper for view in views if view.paper.status is not PaperStatus.READY],
        cards=reader_cards(await shelf.list(), language),
        models=models_to_choose(models, language),
        more="",
        guess=None,
    )


@post("/comparisons", status_code=303)
async def compare(
    request: Request[Any, Any, Any],
    shelf: Given[PersonaShelf],
    models: Given[Models],
    start: Given[StartRun],
    start_comparison: Given[StartComparison],
) -> Response[bytes]:
    """Two to six readers compare; a single one reads. With several papers the library shows what becomes of them."""
    chosen = await read_chosen(request, await shelf.list(), models)
    await start.check_ready(chosen.papers)
    voter, language = voter_of(request), interface_language(request)
    addresses = [
        await _started(paper, chosen, voter, language, start=start, start_comparison=start_comparison)
        for paper in chosen.papers
    ]
    return voter.remembered(go(addresses[0] if len(addresses) == 1 else "/library", request=request))


async def _started(
    paper: PaperId,
    chosen: Chosen,
    voter: Voter,
    language: str,
    *,
    start: StartRun,
    start_comparison: StartComparison,
) -> str:
    """Where to watch it."""
    if len(chosen.readers) == 1 and chosen.text is None:
        asked = RunRequest(
            paper, chosen.readers[0], fresh=chosen.fresh, interface_language=language, viewer=voter.id
        )
        return f"/runs/{(await start(asked)).run.id}"
    comparison = await start_comparison(
        ComparisonRequest(
            paper,
            (*chosen.readers, chosen.text) if chosen.text else chosen.readers,
            fresh=chosen.fresh,
            interface_language=language,
            blind=chosen.blind,
            viewer=voter.id,
        )
    )
    return f"/comparisons/{comparison.id}"
