"""Routes of personas in the formats of other programs: import, export."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, Response, Router, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, QueryParameter

from server.application.import_persona import Imported
from server.application.persona_desk import PersonaDesk
from server.application.persona_formats import Format
from server.domain.requests import check_language
from server.web.given import Given
from server.web.languages import interface_language
from server.web.personas import MAX_FOLDER, zipped_files
from server.web.problems import problems
from server.web.safety import accepts
from server.web.shapes import persona_out, words_out
from server.web.structs import Out, PersonaOut, WordsOut

TEXT = "text"
"""Stands for the name of a text that was sent without one."""

Short = Annotated[str | None, QueryParameter(max_length=100)]


class ImportNoteOut(Out):
    code: str
    message: WordsOut


class ImportOut(Out):
    id: str
    """A free id to save it under."""
    source: str
    """persona.md; nothing is saved."""
    format: Format
    """What it was read as."""
    notes: list[ImportNoteOut]
    """What was guessed, changed or left out."""
    files: list[str]
    """Other files of our own format's folder: kept only by saving the zip itself."""
    persona: PersonaOut


@post(
    "/personas/import",
    status_code=200,
    guards=[accepts],
    opt={"accepts": ("text/markdown", "text/plain", "application/zip")},
    request_max_body_size=MAX_FOLDER,
    responses=problems(400, 408, 409, 413, 415, 422),
)
async def import_persona(
    request: Request[Any, Any, Any],
    desk: Given[PersonaDesk],
    id: Short = None,  # noqa: A002
    name: Short = None,
    format: FromQuery[Format | None] = None,  # noqa: A002
) -> ImportOut:
    """Make a persona of a fabric pattern, a Prompty file or a SKILL.md: its text, or the folder as a zip. Nothing is
    saved, and nothing that the text refers to is read."""
    body = await request.body()
    if "zip" in request.headers.get("content-type", ""):
        files, folder = _unpacked(zipped_files(body))
        name = name or folder
    else:
        files = {TEXT: body}
    return import_out(await desk.import_persona(files, id_=id, name=name, format_=format))


@get(
    "/personas/{ref:str}/export",
    media_type="text/markdown",
    responses={
        200: ResponseSpec(str, generate_examples=False, media_type="text/markdown", description="The file"),
        **problems(404, 422),
    },
)
async def export_persona(
    request: Request[Any, Any, Any],
    desk: Given[PersonaDesk],
    ref: FromPath[str],
    to: FromQuery[Format],
    language: Short = None,
) -> Response[str]:
    """A persona as a file of another program, worded in one language."""
    wanted = check_language(language) or interface_language(request)
    written = await desk.export_persona(ref, to=to, language=wanted)
    return Response(
        written.text,
        media_type="text/markdown",
        headers={"Content-Disposition": f'attachment; filename="{written.file}"'},
    )


def import_out(imported: Imported) -> ImportOut:
    return ImportOut(
        id=imported.id,
        source=imported.source,
        format=imported.format,
        notes=[ImportNoteOut(code=one.code, message=words_out(one.words)) for one in imported.notes],
        files=sorted(imported.files),
        persona=persona_out(imported.persona),
    )


def _unpacked(files: dict[str, bytes]) -> tuple[dict[str, bytes], str | None]:
    """The files as seen from the one folder that holds them all, and its name."""
    roots = {name.partition("/")[0] for name in files}
    if len(roots) != 1 or any("/" not in name for name in files):
        return files, None
    root = roots.pop()
    return {name.removeprefix(f"{root}/"): data for name, data in files.items()}, root


persona_formats = Router("/api", route_handlers=[import_persona, export_persona], tags=["Personas"])
