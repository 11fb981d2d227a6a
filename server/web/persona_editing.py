"""Routes of personas in the making: lint, form, preview, copy, draft, save, compare versions, keep examples."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import Request, Response, Router, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, JSONBody, QueryParameter

from server.application.persona_desk import PersonaDesk
from server.application.preview_prompt import PreviewPrompt
from server.application.start_run import RunRequest
from server.domain.errors import PersonaInvalidError
from server.domain.ids import PaperId, RunId
from server.domain.requests import ReaderRequest, check_language
from server.web.given import Given
from server.web.languages import interface_language
from server.web.persona_shapes import (
    CopyOut,
    DiffOut,
    DraftOut,
    ExampleOut,
    FormedOut,
    FormIn,
    LintOut,
    Source,
    Text,
    VersionOut,
    VersionsOut,
    diff_out,
    draft_out,
    form_of,
    lint_out,
    problems_out,
)
from server.web.personas import PreviewOut, persona_text, preview_out
from server.web.problems import problems
from server.web.runs import ShortText
from server.web.safety import accepts, strict_json
from server.web.shapes import persona_out, words_out
from server.web.structs import PersonaOut
from server.web.voters import voter_of

UNSAVED = "unsaved"
"""Id of a persona that has none yet."""

Id = Annotated[str, QueryParameter(max_length=64)]
Pointer = Annotated[str, msgspec.Meta(max_length=300, pattern=r"^(/[^/\n]*)*$(?!\n)")]


class FormedIn(msgspec.Struct, forbid_unknown_fields=True):
    source: Source
    form: FormIn
    id: ShortText = UNSAVED


class UnsavedPreviewIn(msgspec.Struct, forbid_unknown_fields=True):
    source: Source
    paper_id: ShortText
    id: ShortText = UNSAVED
    language: ShortText | None = None
    model: ShortText | None = None


class CopyIn(msgspec.Struct, forbid_unknown_fields=True):
    id: ShortText | None = None
    """Left out: `<id>-own`, or the next one that is free."""
    name: ShortText | None = None


class DraftIn(msgspec.Struct, forbid_unknown_fields=True):
    wish: Text
    """What you want from a paper, in your own words, Japanese or English."""
    language: ShortText | None = None
    model: ShortText | None = None
    """Left out: the default model; `extractive`: none, and nothing is sent."""


class ExampleIn(msgspec.Struct, forbid_unknown_fields=True):
    run_id: ShortText
    answer: Any
    """Field id → value; with `path` the value there."""
    path: Pointer | None = None
    """JSON Pointer into the run's answer."""
    why: Annotated[str, msgspec.Meta(max_length=2000)] = ""


JSON: Any = {"guards": [accepts], "before_request": strict_json, "opt": {"accepts": ("application/json",)}}
MARKDOWN: Any = {"guards": [accepts], "opt": {"accepts": ("text/markdown",)}}


@post("/personas/lint", status_code=200, responses=problems(400, 408, 413, 415, 422), **MARKDOWN)
async def lint_persona(
    request: Request[Any, Any, Any],
    desk: Given[PersonaDesk],
    id: Id = UNSAVED,  # noqa: A002
) -> LintOut:
    """Everything wrong with a text that is not saved, with line and fix; the persona it would be; its answers' schema."""
    source = persona_text(await request.body())
    return lint_out(desk.lint(source, id_=id, language=interface_language(request)))


@post("/personas/form", status_code=200, responses=problems(400, 408, 413, 415, 422), **JSON)
async def apply_form(
    request: Request[Any, Any, Any], desk: Given[PersonaDesk], data: JSONBody[FormedIn]
) -> FormedOut:
    """A text with what its form changed; comments, messages and all else stay byte for byte."""
    known = frozenset(one.field.id for one in desk.texts.form(data.source).fields)
    source = desk.texts.apply(form_of(data.form, known=known), data.source)
    linted = desk.lint(source, id_=data.id, language=interface_language(request))
    persona = persona_out(linted.persona) if linted.persona else None
    return FormedOut(source=source, problems=problems_out(linted.problems), persona=persona)


@post("/personas/preview", status_code=200, responses=problems(400, 404, 408, 409, 413, 415, 422), **JSON)
async def preview_unsaved(
    request: Request[Any, Any, Any],
    desk: Given[PersonaDesk],
    preview: Given[PreviewPrompt],
    data: JSONBody[UnsavedPreviewIn],
) -> PreviewOut:
    """The exact messages of a text that is not saved, for a paper. No model is called."""
    language = interface_language(request)
    linted = desk.lint(data.source, id_=data.id, language=language)
    if linted.persona is None:
        errors = [one for one in linted.problems if one["severity"] == "error"]
        raise PersonaInvalidError(problems=errors)
    reader = ReaderRequest(data.id, model=data.model, language=check_language(data.language))
    asked = RunRequest(PaperId(data.paper_id), reader, fresh=True, interface_language=language)
    return preview_out(await preview.unsaved(linted.persona, asked))


@post("/personas/draft", status_code=200, responses=problems(400, 404, 408, 413, 415, 422), **JSON)
async def draft_persona(
    request: Request[Any, Any, Any], desk: Given[PersonaDesk], data: JSONBody[DraftIn]
) -> DraftOut:
    """A first draft from your own words: by the model, else the nearest built-in persona. Nothing is saved."""
    language = interface_language(request)
    wanted = check_language(data.language) or language
    return draft_out(await desk.draft(data.wish, model=data.model, language=wanted), language)


@post(
    "/personas/{ref:str}/duplicate",
    status_code=200,
    responses=problems(400, 404, 408, 409, 413, 415, 422),
    **JSON,
)
async def duplicate_persona(desk: Given[PersonaDesk], ref: FromPath[str], data: JSONBody[CopyIn]) -> CopyOut:
    """The text of your own copy, to be edited and saved."""
    copied = await desk.duplicate(ref, new_id=data.id, name=data.name)
    return CopyOut(id=copied.id, source=copied.source, copy_of=copied.of.ref)


@post(
    "/personas/{ref:str}/versions",
    responses={
        200: ResponseSpec(
            PersonaOut, generate_examples=False, description="The newest version says this already"
        ),
        201: ResponseSpec(PersonaOut, generate_examples=False, description="Saved"),
        **problems(400, 404, 408, 409, 413, 415, 422, 507),
    },
    **MARKDOWN,
)
async def save_version(
    request: Request[Any, Any, Any],
    desk: Given[PersonaDesk],
    ref: FromPath[str],
    copy_of: Annotated[str | None, QueryParameter(max_length=100)] = None,
) -> Response[PersonaOut]:
    """Save a text as the newest version; its number is raised when the text changed. Examples and display stay."""
    saved = await desk.save(persona_text(await request.body()), id_=ref, copy_of=copy_of)
    return Response(
        persona_out(saved.persona, source=True),
        status_code=201 if saved.created else 200,
        headers={"Location": f"/api/personas/{saved.persona.ref}"},
    )


@get("/personas/{ref:str}/versions", responses=problems(404))
async def list_versions(desk: Given[PersonaDesk], ref: FromPath[str]) -> VersionsOut:
    """Every version of a persona, newest first; each stays runnable as `id@version`."""
    found = await desk.history.versions(ref.partition("@")[0])
    return VersionsOut(
        items=[
            VersionOut(version=one.persona.version, digest=one.persona.digest, created_at=one.created_at)
            for one in found
        ]
    )


@get("/personas/{ref:str}/diff", responses=problems(404, 422))
async def diff_versions(
    desk: Given[PersonaDesk],
    ref: FromPath[str],
    old: Annotated[str | None, QueryParameter(name="from", max_length=100)] = None,
    new: Annotated[str | None, QueryParameter(name="to", max_length=100)] = None,
) -> DiffOut:
    """What changed between two versions, word by word: versions, or `id@version` of another persona."""
    return diff_out(await desk.history.difference(ref.partition("@")[0], old=old, new=new))


@post(
    "/personas/{ref:str}/examples",
    status_code=201,
    responses=problems(400, 404, 408, 409, 413, 415, 422, 507),
    **JSON,
)
async def keep_example(
    request: Request[Any, Any, Any], desk: Given[PersonaDesk], ref: FromPath[str], data: JSONBody[ExampleIn]
) -> ExampleOut:
    """Correct an answer and keep it as an example in a new version; of a built-in persona, in your own copy."""
    kept = await desk.keep_example(
        ref.partition("@")[0],
        run_id=RunId(data.run_id),
        corrected=data.answer,
        why=data.why,
        path=data.path,
        viewer=voter_of(request).id,
    )
    return ExampleOut(
        persona=persona_out(kept.persona, source=True),
        file=kept.file,
        copy_of=kept.copy_of,
        message=words_out(kept.message),
    )


persona_editing = Router(
    "/api",
    route_handlers=[
        lint_persona,
        apply_form,
        preview_unsaved,
        draft_persona,
        duplicate_persona,
        list_versions,
        save_version,
        diff_versions,
        keep_example,
    ],
    tags=["Personas"],
)
