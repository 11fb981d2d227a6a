"""Routes of personas: the library, one of them, its schema and versions, saving, previewing a prompt."""

from __future__ import annotations

import io
import zipfile
import zlib
from typing import Any

import msgspec
from litestar import Request, Response, Router, get, post, put
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody

from server.application.personas import PersonaShelf
from server.application.preview_prompt import Preview, PreviewPrompt
from server.application.start_run import RunRequest
from server.domain.errors import InvalidRequestError
from server.domain.ids import PaperId
from server.domain.requests import check_language
from server.domain.schema import answer_schema
from server.web.given import Given
from server.web.languages import interface_language
from server.web.problems import malformed, problems
from server.web.runs import ShortText, reader_request
from server.web.safety import accepts, strict_json
from server.web.shapes import persona_out
from server.web.spending import EstimateOut, estimate_out
from server.web.structs import Out, PersonaOut

MAX_SOURCE = 256 * 1024
MAX_FOLDER = 2 * 2**20
MAX_FILES = 100
PERSONA_FILE = "persona.md"
PACKINGS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


class PersonasOut(Out):
    items: list[PersonaOut]


class PreviewIn(msgspec.Struct, forbid_unknown_fields=True):
    paper_id: ShortText
    language: ShortText | None = None
    model: ShortText | None = None


class MessageOut(Out):
    role: str
    content: str


class PreviewOut(Out):
    messages: list[MessageOut]
    wire_schema: dict[str, Any]
    estimated_tokens: int
    max_output_tokens: int
    model: str
    host: str | None
    """Where it would be sent; null: nowhere."""
    estimate: EstimateOut | None = None
    """Of a whole run: all calls, of all its members."""


@get("/", responses=problems())
async def list_personas(shelf: Given[PersonaShelf]) -> PersonasOut:
    """All personas, each in its newest version; built-in ones first."""
    return PersonasOut(items=[persona_out(persona) for persona in await shelf.list()])


@get("/{ref:str}", responses=problems(404))
async def get_persona(shelf: Given[PersonaShelf], ref: FromPath[str]) -> PersonaOut:
    """One persona by `id` or `id@version`, its text included."""
    return persona_out(await shelf.get(ref), source=True)


@get("/{ref:str}/schema", media_type="application/schema+json", responses=problems(404, 422))
async def get_schema(
    request: Request[Any, Any, Any],
    shelf: Given[PersonaShelf],
    ref: FromPath[str],
    language: FromQuery[str | None] = None,
) -> dict[str, Any]:
    """JSON Schema (2020-12) of the persona's answer."""
    return answer_schema(await shelf.get(ref), check_language(language) or interface_language(request))


@put(
    "/{persona_id:str}",
    guards=[accepts],
    opt={"accepts": ("text/markdown", "application/zip")},
    request_max_body_size=MAX_FOLDER,
    responses={
        200: ResponseSpec(PersonaOut, generate_examples=False, description="The same was saved before"),
        201: ResponseSpec(PersonaOut, generate_examples=False, description="Saved"),
        **problems(408, 409, 413, 415, 422, 507),
    },
)
async def save_persona(
    request: Request[Any, Any, Any], shelf: Given[PersonaShelf], persona_id: FromPath[str]
) -> Response[PersonaOut]:
    """Save a version: persona.md as `text/markdown`, or the folder as `application/zip`."""
    body = await request.body()
    if "zip" in request.headers.get("content-type", ""):
        source, files, _ = persona_folder(body)
    else:
        source, files = persona_text(body), {}
    persona, created = await shelf.save(source, id_=persona_id, files=files)
    return Response(
        persona_out(persona, source=True),
        status_code=201 if created else 200,
        headers={"Location": f"/api/personas/{persona.ref}"},
    )


@post(
    "/{ref:str}/preview",
    status_code=200,
    guards=[accepts],
    before_request=strict_json,
    opt={"accepts": ("application/json",)},
    responses=problems(404, 408, 409, 413, 415, 422),
)
async def preview_prompt(
    request: Request[Any, Any, Any],
    preview: Given[PreviewPrompt],
    ref: FromPath[str],
    data: JSONBody[PreviewIn],
) -> PreviewOut:
    """The exact messages for a paper, their schema and size. No model is called."""
    reader = reader_request(ref, model=data.model, language=data.language)
    shown = await preview(
        RunRequest(PaperId(data.paper_id), reader, fresh=True, interface_language=interface_language(request))
    )
    return preview_out(shown)


def preview_out(shown: Preview) -> PreviewOut:
    return PreviewOut(
        messages=[MessageOut(role=m.role, content=m.content) for m in shown.asked.prompt.messages],
        wire_schema=dict(shown.asked.wire_schema),
        estimated_tokens=shown.asked.input.estimated_tokens,
        max_output_tokens=shown.asked.max_output_tokens,
        model=shown.model.name,
        host=shown.model.host,
        estimate=estimate_out(shown.estimate) if shown.estimate else None,
    )


def persona_text(body: bytes) -> str:
    """The text of a persona.md that was sent."""
    if len(body) > MAX_SOURCE:
        raise _wrong(
            f"persona.md is over {MAX_SOURCE // 1024} KiB",
            f"persona.md が {MAX_SOURCE // 1024} KiB を超えています",
        )
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise malformed("persona.md is not UTF-8") from error


def persona_folder(body: bytes) -> tuple[str, dict[str, bytes], str]:
    """persona.md and the other files of a zipped folder, and its name: empty where the folder itself is not in the zip."""
    files = zipped_files(body)
    roots = [name.removesuffix(PERSONA_FILE) for name in files if name.split("/")[-1] == PERSONA_FILE]
    root = min(roots, key=len, default=None)
    if root is None or root.count("/") > 1:
        raise _wrong("the zip holds no persona.md", "zip に persona.md がありません")
    inside = {name.removeprefix(root): data for name, data in files.items() if name.startswith(root)}
    return persona_text(inside.pop(PERSONA_FILE)), inside, root.rstrip("/")


def zipped_files(body: bytes) -> dict[str, bytes]:
    """The files of a zip by their names in it, within the limits of a persona's folder."""
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            entries = [e for e in archive.infolist() if not e.is_dir()]
            if len(entries) > MAX_FILES or sum(e.file_size for e in entries) > MAX_FOLDER:
                raise _wrong("the folder is too large", "フォルダーが大きすぎます")
            if any(e.compress_type not in PACKINGS for e in entries):
                raise malformed("a zip file may only store or deflate")
            files = {entry.filename: archive.read(entry) for entry in entries}
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise malformed("not a readable zip file") from error
    if any(".." in name.split("/") or name.startswith("/") or "\\" in name for name in files):
        raise _wrong("a file name leaves the folder", "ファイル名がフォルダーの外を指しています")
    return files


def _wrong(en: str, ja: str) -> InvalidRequestError:
    return InvalidRequestError(reason_ja=f"{ja}。", reason_en=f"{en[0].upper()}{en[1:]}.")


personas = Router(
    "/api/personas",
    route_handlers=[list_personas, get_persona, get_schema, save_persona, preview_prompt],
    tags=["Personas"],
)
