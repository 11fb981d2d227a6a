"""New readers: drafted from one's own words, copied from another, or taken from a file."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote

from litestar import Request, Response, get, post
from litestar.params import FromPath

from server.application.draft_persona import Drafted
from server.application.duplicate_persona import free_id
from server.application.persona_desk import PersonaDesk
from server.application.personas import PersonaShelf
from server.application.ports import Models
from server.domain.errors import InvalidRequestError, PersonaInvalidError
from server.domain.persona_drafts import MAX_WISH
from server.domain.personas import Origin
from server.web.catalogue import say
from server.web.forms import Form, read_form
from server.web.given import Given
from server.web.languages import interface_language
from server.web.pages.frame import go, page
from server.web.pages.notes import leave_note
from server.web.personas import MAX_FOLDER, PERSONA_FILE, persona_folder, persona_text, zipped_files

FILE_OVERHEAD = 64 * 1024
FOREIGN_FILES = ("system.md", "SKILL.md")
FOREIGN_SUFFIX = ".prompty"
UNTELLING = ("system", "skill", "")
"""File names that say nothing of whose they are."""


@get("/personas/new")
async def new_page(request: Request[Any, Any, Any], models: Given[Models]) -> Response[bytes]:
    """One box: what you want from a paper."""
    return _new_page(request, models)


@post("/personas/new", status_code=303)
async def new_persona(
    request: Request[Any, Any, Any], desk: Given[PersonaDesk], models: Given[Models]
) -> Response[bytes]:
    """A first draft from one's own words, saved as one's own and opened in the editor."""
    form = await read_form(request, names=("wish", "model"))
    wish = form.one("wish") or ""
    language = interface_language(request)
    try:
        drafted = await desk.draft(wish, model=form.one("model"), language=language)
    except InvalidRequestError as error:
        return _new_page(request, models, wish=wish, problem=error.words.in_(language), status_code=422)
    saved = await desk.save(drafted.source, id_=drafted.id, copy_of=drafted.copy_of)
    response = go(_editor(saved.persona.id), request=request)
    leave_note(response, _told(drafted, language))
    return response


@post("/personas/{ref:str}/duplicate", status_code=303)
async def duplicate_persona(
    request: Request[Any, Any, Any], desk: Given[PersonaDesk], ref: FromPath[str]
) -> Response[bytes]:
    """One's own copy, saved and opened in the editor."""
    copied = await desk.duplicate(ref)
    saved = await desk.save(copied.source, id_=copied.id, files=dict(copied.files))
    return go(_editor(saved.persona.id), request=request)


@post("/personas/import", status_code=303, request_max_body_size=MAX_FOLDER + FILE_OVERHEAD)
async def import_persona(
    request: Request[Any, Any, Any], desk: Given[PersonaDesk], shelf: Given[PersonaShelf]
) -> Response[bytes]:
    """A persona.md or a zipped folder: a new reader, or a new version of one's own with the same name. What was written
    for another program (fabric, Prompty, an agent skill) becomes a new reader, opened in the editor."""
    form = await read_form(request, names=())
    if not form.file:
        raise InvalidRequestError(
            reason_ja="ファイルが選ばれていません。persona.md か、フォルダーの zip を選んでください。",
            reason_en="No file is chosen. Choose a persona.md or a zipped folder.",
        )
    try:
        if (foreign := _foreign(form)) is not None:
            return await _converted(request, form, foreign, desk)
        source, files, id_ = _read(form, desk)
        own = {one.id for one in await shelf.list() if one.origin is Origin.SAVED}
        others = {one.id for one in await shelf.list()} - own
        saved = await desk.save(source, id_=free_id(id_, others), files=files)
    except PersonaInvalidError as error:
        return page(request, "persona_refused.html.j2", status_code=422, problems=error.data["problems"])
    return go(f"/personas/{quote(saved.persona.id, safe='')}", request=request)


def _foreign(form: Form) -> dict[str, bytes] | None:
    """The files of a source that another program wrote; None for a persona of ours."""
    data = form.file or b""
    name = PurePosixPath((form.filename or "").replace("\\", "/")).name
    files = zipped_files(data) if data.startswith(b"PK") else {name: data}
    inside = {PurePosixPath(one).name for one in files}
    is_foreign = any(one in FOREIGN_FILES or one.endswith(FOREIGN_SUFFIX) for one in inside)
    return files if is_foreign and PERSONA_FILE not in inside else None


async def _converted(
    request: Request[Any, Any, Any], form: Form, files: dict[str, bytes], desk: PersonaDesk
) -> Response[bytes]:
    """Save what was made of another program's file, and say what was guessed."""
    stem = PurePosixPath((form.filename or "").replace("\\", "/")).stem
    name = None if stem.lower() in UNTELLING else stem
    made = await desk.import_persona(files, name=name)
    saved = await desk.save(made.source, id_=made.id, files=dict(made.files))
    response = go(_editor(saved.persona.id), request=request)
    language = interface_language(request)
    guessed = " ".join(note.words.in_(language) for note in made.notes)
    leave_note(response, f"{say(f'formats.from_{made.format}', language)} {guessed}".strip())
    return response


def _read(form: Form, desk: PersonaDesk) -> tuple[str, dict[str, bytes] | None, str]:
    """The text, the other files (None: keep those there are), and the id it would have by its name."""
    name = PurePosixPath((form.filename or "").replace("\\", "/"))
    if form.file and form.file.startswith(b"PK"):
        source, files, folder = persona_folder(form.file)
        return source, files, folder or name.stem
    source = persona_text(form.file or b"")
    if name.name != PERSONA_FILE and name.stem:
        return source, None, name.stem
    return source, None, re.sub(r"\s*\([^)]*\)", "", desk.texts.form(source).name.en)


def _told(drafted: Drafted, language: str) -> str:
    """Where the draft comes from."""
    why = drafted.origin.in_(language)
    if drafted.error is None:
        return why
    return f"{say('personas.draft_failed', language, model=drafted.model or '')} {drafted.error.words.in_(language)} {why}"


def _new_page(
    request: Request[Any, Any, Any],
    models: Models,
    *,
    wish: str = "",
    problem: str | None = None,
    status_code: int = 200,
) -> Response[bytes]:
    return page(
        request,
        "persona_new.html.j2",
        status_code=status_code,
        models=models.list(),
        wish=wish,
        problem=problem,
        max_wish=MAX_WISH,
    )


def _editor(id_: str) -> str:
    return f"/personas/{quote(id_, safe='')}/edit"


making_pages = (new_page, new_persona, duplicate_persona, import_persona)
