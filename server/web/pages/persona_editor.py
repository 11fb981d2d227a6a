"""The editor of one's own readers: a form and a text that the server keeps in step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery

from server.application.lint_persona import Linted
from server.application.list_papers import ListPapers
from server.application.persona_desk import PersonaDesk
from server.application.personas import PersonaShelf
from server.application.ports import Models
from server.application.preview_prompt import PreviewPrompt
from server.application.start_run import RunRequest
from server.domain.comparisons import ROWS
from server.domain.errors import PersonaInvalidError
from server.domain.fields import FieldType
from server.domain.ids import PaperId
from server.domain.persona_forms import PersonaForm
from server.domain.personas import Origin, Persona
from server.domain.requests import ReaderRequest, check_language
from server.web.catalogue import say
from server.web.forms import read_form
from server.web.given import Given
from server.web.languages import interface_language
from server.web.pages.frame import go, is_piece, page
from server.web.pages.notes import drop_note, leave_note, read_note
from server.web.pages.paper_choice import no_paper, papers_to_choose, remember_paper
from server.web.pages.persona_inputs import MAX_CHOICES, NAMES, Inputs, Step, form_of, inputs_of
from server.web.pages.persona_words import shape_words
from server.web.pages.personas import preview_response
from server.web.personas import persona_text

KINDS = (FieldType.TEXT, FieldType.LIST, FieldType.NUMBER, FieldType.BOOLEAN, FieldType.CHOICE)
"""What a form can make of a question; parts of an object are written in the text."""


@dataclass(frozen=True)
class Draft:
    """What stands in the editor."""

    source: str
    linted: Linted
    base: str
    """The last text without errors: what the form was filled from and is applied to."""
    form: PersonaForm | None
    """None: no text without errors is known."""
    side: str
    """Where the last change was made: `text` or `form`."""


@get("/personas/{persona_id:str}/edit")
async def edit_page(
    request: Request[Any, Any, Any],
    desk: Given[PersonaDesk],
    shelf: Given[PersonaShelf],
    list_papers: Given[ListPapers],
    models: Given[Models],
    persona_id: FromPath[str],
    before: FromQuery[str | None] = None,
) -> Response[bytes]:
    """The editor; `before`: the version that was newest until this one was saved."""
    persona = await shelf.get(persona_id)
    if persona.origin is not Origin.SAVED:
        return page(request, "persona_readonly.html.j2", persona=persona)
    draft = _draft(request, desk, persona.id, source=persona.source, base=persona.source)
    note = read_note(request)
    response = page(
        request,
        "persona_edit.html.j2",
        **_values(draft, persona),
        **await _surroundings(request, list_papers, models),
        before=before if before != persona.version else None,
        note=note,
        dirty=False,
    )
    if note:
        drop_note(response)
    return response


@post("/personas/{persona_id:str}/edit", status_code=200)
async def edit_persona(
    request: Request[Any, Any, Any],
    desk: Given[PersonaDesk],
    shelf: Given[PersonaShelf],
    list_papers: Given[ListPapers],
    models: Given[Models],
    persona_id: FromPath[str],
) -> Response[bytes]:
    """One step: bring form and text in step, move a question, or save. Only saving keeps anything."""
    inputs = inputs_of(await read_form(request, names=NAMES))
    persona = await shelf.get(persona_id)
    draft = _stepped(request, desk, persona.id, inputs)
    if inputs.get("do") == "save" and draft.linted.persona is not None:
        saved = await desk.save(draft.source, id_=persona.id)
        editor = f"/personas/{quote(persona.id, safe='')}/edit"
        if saved.created:
            return go(f"{editor}?{urlencode({'before': persona.version})}", request=request)
        response = go(editor, request=request)
        leave_note(response, say("personas.nothing_changed", interface_language(request)))
        return response
    values = _values(draft, persona)
    if is_piece(request):
        return page(request, "persona_editor.html.j2", **values)
    return page(
        request,
        "persona_edit.html.j2",
        status_code=422 if inputs.get("do") == "save" else 200,
        **values,
        **await _surroundings(request, list_papers, models),
        before=None,
        note=None,
        dirty=True,
    )


@post("/personas/{persona_id:str}/edit/preview", status_code=200)
async def edit_preview(
    request: Request[Any, Any, Any],
    desk: Given[PersonaDesk],
    preview: Given[PreviewPrompt],
    persona_id: FromPath[str],
) -> Response[bytes]:
    """The exact messages of what stands in the editor, for a paper. No model is called."""
    inputs = inputs_of(await read_form(request, names=NAMES))
    paper = inputs.get("paper")
    if not paper:
        raise no_paper()
    draft = _stepped(request, desk, persona_id, inputs)
    if draft.linted.persona is None:
        raise PersonaInvalidError(problems=[p for p in draft.linted.problems if p["severity"] == "error"])
    reader = ReaderRequest(
        persona_id,
        model=inputs.get("model") or None,
        language=check_language(inputs.get("preview_language") or None),
    )
    asked = RunRequest(PaperId(paper), reader, fresh=True, interface_language=interface_language(request))
    response = preview_response(request, await preview.unsaved(draft.linted.persona, asked))
    remember_paper(response, paper)
    return response


def _stepped(request: Request[Any, Any, Any], desk: PersonaDesk, id_: str, inputs: Inputs) -> Draft:
    """What stands in the editor after what was done in it."""
    source, base = (
        persona_text(inputs.get("source", "").encode()),
        persona_text(inputs.get("base", "").encode()),
    )
    step = Step.read(inputs.get("do", ""))
    side = inputs.get("side") or ("form" if step or source == base else "text")
    if side == "form":
        try:
            form = form_of(inputs, desk.texts.form(base))
        except PersonaInvalidError:
            return _draft(request, desk, id_, source=source, base=base)
        form = step.taken(form) if step else form
        return _draft(request, desk, id_, source=desk.texts.apply(form, base), base=base, typed=form)
    return _draft(request, desk, id_, source=source, base=base)


def _draft(
    request: Request[Any, Any, Any],
    desk: PersonaDesk,
    id_: str,
    *,
    source: str,
    base: str,
    typed: PersonaForm | None = None,
) -> Draft:
    """`typed`: the form that made the text; None: the text was typed."""
    linted = desk.lint(source, id_=id_, language=interface_language(request))
    side = "form" if typed else "text"
    if linted.persona is not None:
        return Draft(source, linted, source, PersonaForm.of(linted.persona), side)
    if typed is not None:
        return Draft(source, linted, base, typed, side)
    try:
        return Draft(source, linted, base, desk.texts.form(base), side)
    except PersonaInvalidError:
        return Draft(source, linted, base, None, side)


def _values(draft: Draft, persona: Persona) -> dict[str, Any]:
    errors = sum(one["severity"] == "error" for one in draft.linted.problems)
    return {
        "draft": draft,
        "persona": persona,
        "errors": errors,
        "rows": ROWS,
        "kinds": KINDS,
        "max_choices": MAX_CHOICES,
        "shape_words": shape_words,
    }


async def _surroundings(
    request: Request[Any, Any, Any], list_papers: ListPapers, models: Models
) -> dict[str, Any]:
    return {"papers": await papers_to_choose(request, list_papers), "models": models.list()}


editor_pages = (edit_page, edit_persona, edit_preview)
