"""Pages of readers: all of them, and one as a person reads it."""

from __future__ import annotations

import json
import unicodedata
from functools import partial
from typing import Any
from urllib.parse import quote

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery

from server.application.list_papers import ListPapers
from server.application.personas import PersonaShelf
from server.application.ports import Models
from server.application.preview_prompt import PreviewPrompt
from server.application.start_run import RunRequest
from server.domain.ids import PaperId
from server.domain.personas import Origin, Persona
from server.domain.schema import answer_schema
from server.domain.spending import Estimate, dollars
from server.web.forms import read_form
from server.web.given import Given
from server.web.languages import interface_language
from server.web.pages.choosing import USUAL
from server.web.pages.frame import go, is_piece, page
from server.web.pages.paper_choice import no_paper, papers_to_choose, remember_paper
from server.web.pages.persona_words import (
    answers_in,
    check_words,
    first_questions,
    paper_kinds,
    row_of,
    shape_words,
)
from server.web.runs import reader_request

FIRST_QUESTIONS = 3
ORIGINS = (Origin.SAVED, Origin.FOLDER, Origin.BUILTIN)
"""One's own first."""


@get("/personas")
async def personas_page(
    request: Request[Any, Any, Any],
    shelf: Given[PersonaShelf],
    q: FromQuery[str] = "",
) -> Response[bytes]:
    """All readers as cards, those first that are chosen beforehand elsewhere. `q` hides those it does not find; the page's script does the same while one types."""
    everyone = await shelf.list()
    in_order = sorted(everyone, key=lambda p: USUAL.index(p.id) if p.id in USUAL else len(USUAL))
    groups = [(origin, [p for p in in_order if p.origin is origin]) for origin in ORIGINS]
    return page(
        request,
        "personas.html.j2",
        groups=[(origin.value, personas) for origin, personas in groups if personas],
        q=q,
        found={persona.id for persona in everyone if _matches(persona, q)},
        first_questions=partial(first_questions, most=FIRST_QUESTIONS),
        words_of=_words_of,
        answers_in=answers_in,
    )


@get("/personas/{ref:str}")
async def persona_page(
    request: Request[Any, Any, Any],
    shelf: Given[PersonaShelf],
    list_papers: Given[ListPapers],
    models: Given[Models],
    ref: FromPath[str],
) -> Response[bytes]:
    """One reader: its questions in words, what it tells a model, the shape of its answers."""
    persona = await shelf.get(ref)
    language = interface_language(request)
    versions = await shelf.versions(persona.id)
    return page(
        request,
        "persona.html.j2",
        persona=persona,
        reader=persona.id if persona.version == versions[0].version else persona.ref,
        newest=versions[0],
        versions=len(versions),
        schema=json.dumps(answer_schema(persona, language), ensure_ascii=False, indent=2),
        papers=await papers_to_choose(request, list_papers),
        models=models.list(),
        row_of=row_of,
        paper_kinds=paper_kinds,
        shape_words=shape_words,
        check_words=check_words,
        answers_in=answers_in,
    )


@get("/personas/{ref:str}/use")
async def use_persona(
    request: Request[Any, Any, Any], ref: FromPath[str], paper: FromQuery[str]
) -> Response[bytes]:
    """To the paper's page, with this reader chosen."""
    response = go(f"/papers/{quote(paper, safe='')}?reader={quote(ref, safe='@')}", request=request)
    remember_paper(response, paper)
    return response


@post("/personas/{ref:str}/preview", status_code=200)
async def persona_preview(
    request: Request[Any, Any, Any], preview: Given[PreviewPrompt], ref: FromPath[str]
) -> Response[bytes]:
    """The exact messages for a paper. No model is called."""
    form = await read_form(request, names=("paper", "language", "model"))
    paper = form.one("paper")
    if paper is None:
        raise no_paper()
    reader = reader_request(ref, model=form.one("model"), language=form.one("language"))
    shown = await preview(
        RunRequest(PaperId(paper), reader, fresh=True, interface_language=interface_language(request))
    )
    response = preview_response(request, shown)
    remember_paper(response, paper)
    return response


def preview_response(request: Request[Any, Any, Any], shown: Any) -> Response[bytes]:
    """Messages, schema, size and host, as a piece or as a page of its own."""
    return page(
        request,
        "persona_preview.html.j2" if is_piece(request) else "persona_preview_page.html.j2",
        asked=shown.asked,
        model=shown.model,
        run_language=shown.run.language,
        estimate=shown.estimate,
        cost=_cost(shown.estimate),
        wire_schema=json.dumps(shown.asked.wire_schema, ensure_ascii=False, indent=2),
    )


def _cost(estimate: Estimate | None) -> tuple[str, str] | None:
    """Dollars expected and at most; None: nothing to pay, or nobody knows."""
    if estimate is None or estimate.unpriced or not estimate.at_most_micros:
        return None
    expected, at_most = dollars(estimate.expected_micros, up=True), dollars(estimate.at_most_micros, up=True)
    return f"{expected:.4f}", f"{at_most:.4f}"


def _words_of(persona: Persona) -> str:
    """Everything a search looks at, in both languages."""
    words = [persona.name, persona.description, *(field.label for field in persona.fields)]
    return folded(" ".join([persona.id, *(f"{one.ja} {one.en}" for one in words if one)]))


def _matches(persona: Persona, q: str) -> bool:
    text = _words_of(persona)
    return all(word in text for word in folded(q).split())


def folded(text: str) -> str:
    """As the script of the page folds what is typed, so that both find the same."""
    return unicodedata.normalize("NFKC", text).lower()


persona_pages = (personas_page, persona_page, use_persona, persona_preview)
