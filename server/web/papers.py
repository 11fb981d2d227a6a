"""Routes of papers: upload, look, correct, delete; text, file, pictures, references, events."""

from __future__ import annotations

import re
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, Router, delete, get, patch, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, JSONBody, QueryParameter

from server.application.change_records import ChangeRecords
from server.application.follow import Follow, wait_until
from server.application.ingest_paper import Ingested, IngestPaper, paper_key
from server.application.ports import Blobs, Events, PdfReader
from server.application.queries import Queries
from server.application.read_paper import paper_stream
from server.domain.errors import InvalidRequestError, NotFoundError
from server.domain.ids import PaperId
from server.domain.papers import Paper, PaperStatus
from server.domain.sanitising import sanitise
from server.web.forms import read_form
from server.web.given import Given
from server.web.idempotency import key_of
from server.web.languages import interface_language
from server.web.lines import WaitingLine
from server.web.negotiation import wait_seconds
from server.web.problems import malformed, problem_response, problems
from server.web.room import has_room
from server.web.safety import accepts, strict_json
from server.web.shapes import paper_out, references_out
from server.web.streams import last_event_id, stream_response
from server.web.structs import Out, PaperOut, ReferencesOut

READ_WAIT_S = 30.0
PICTURE_WIDTH = 1000

Limit = Annotated[int, QueryParameter(ge=1, le=100)]
Cursor = Annotated[str | None, QueryParameter(max_length=64)]


class PapersOut(Out):
    items: list[PaperOut]
    next_cursor: str | None
    """Pass it as `cursor` for the next page; null on the last one."""


class AddressIn(msgspec.Struct, forbid_unknown_fields=True):
    """Where to fetch a paper: one of the two."""

    url: str | None = None
    arxiv_id: str | None = None


Title = Annotated[str, msgspec.Meta(min_length=1, max_length=1000)]
Line = Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
Names = Annotated[list[Line], msgspec.Meta(min_length=1, max_length=5000)]
Year = Annotated[int, msgspec.Meta(ge=1000, le=3000)]


class IdentityIn(msgspec.Struct, forbid_unknown_fields=True):
    """Corrections; null takes one back, what is left out stays."""

    title: Title | msgspec.UnsetType | None = msgspec.UNSET
    authors: Names | msgspec.UnsetType | None = msgspec.UNSET
    affiliation: Line | msgspec.UnsetType | None = msgspec.UNSET
    venue: Line | msgspec.UnsetType | None = msgspec.UNSET
    year: Year | msgspec.UnsetType | None = msgspec.UNSET
    doi: Line | msgspec.UnsetType | None = msgspec.UNSET
    arxiv_id: Line | msgspec.UnsetType | None = msgspec.UNSET


class PaperPatch(msgspec.Struct, forbid_unknown_fields=True):
    identity: IdentityIn


class PageTextOut(Out):
    page: int
    text: str


class TextOut(Out):
    extraction_id: str
    pages: list[PageTextOut]


@post(
    "/",
    status_code=201,
    guards=[accepts, has_room],
    before_request=strict_json,
    opt={"accepts": ("multipart/form-data", "application/pdf", "application/json"), "spends": True},
    responses={
        200: ResponseSpec(PaperOut, generate_examples=False, description="These bytes were here already"),
        201: ResponseSpec(PaperOut, generate_examples=False, description="Read"),
        202: ResponseSpec(PaperOut, generate_examples=False, description="Being read; follow its events"),
        **problems(404, 408, 409, 413, 415, 422, 507),
    },
)
async def upload_paper(
    request: Request[Any, Any, Any],
    ingest: Given[IngestPaper],
    queries: Given[Queries],
    events: Given[Events],
) -> Response[Any]:
    """Take in a PDF: multipart `file`, the raw bytes as `application/pdf`, or JSON with an arXiv `url` or `arxiv_id`."""
    ingested = await _ingested(request, ingest)
    paper_id = ingested.paper.id
    wait = wait_seconds(request, default=READ_WAIT_S)
    await wait_for_reading(paper_id, queries=queries, events=events, timeout_s=wait)
    view = await queries.paper(paper_id)
    language = interface_language(request)
    location = {"Location": f"/api/papers/{paper_id}"}
    if view.paper.status is PaperStatus.REFUSED and view.paper.error:
        return problem_response(view.paper.error, language, headers=location)
    status = 202 if view.paper.status is PaperStatus.READING else 201 if ingested.created else 200
    return Response(paper_out(view, language), status_code=status, headers=location)


@get("/", responses=problems(422))
async def list_papers(
    request: Request[Any, Any, Any],
    queries: Given[Queries],
    limit: Limit = 50,
    cursor: Cursor = None,
) -> PapersOut:
    """Papers, newest first."""
    views = await queries.papers(limit=limit, cursor=cursor)
    language = interface_language(request)
    last = views[-1].paper.id if len(views) == limit else None
    return PapersOut(items=[paper_out(view, language) for view in views], next_cursor=last)


@get("/{paper_id:str}", responses=problems(404))
async def get_paper(
    request: Request[Any, Any, Any], queries: Given[Queries], paper_id: FromPath[str]
) -> PaperOut:
    """One paper: what it is, what was read, what is worth knowing."""
    return paper_out(await queries.paper(PaperId(paper_id)), interface_language(request))


@patch(
    "/{paper_id:str}",
    guards=[accepts],
    before_request=strict_json,
    opt={"accepts": ("application/json",)},
    responses=problems(404, 408, 413, 415, 422),
)
async def correct_paper(
    request: Request[Any, Any, Any],
    queries: Given[Queries],
    change: Given[ChangeRecords],
    paper_id: FromPath[str],
    data: JSONBody[PaperPatch],
) -> PaperOut:
    """Correct title, authors and so on; kept with source `user`."""
    await change.correct_paper(PaperId(paper_id), corrections(data.identity))
    return paper_out(await queries.paper(PaperId(paper_id)), interface_language(request))


@delete("/{paper_id:str}", responses=problems(404))
async def delete_paper(change: Given[ChangeRecords], paper_id: FromPath[str]) -> None:
    """Remove a paper and everything made from it."""
    await change.delete_paper(PaperId(paper_id))


@get("/{paper_id:str}/text", responses=problems(404, 422))
async def get_text(
    queries: Given[Queries],
    paper_id: FromPath[str],
    page: Annotated[int | None, QueryParameter(ge=1)] = None,
    extraction: Annotated[str | None, QueryParameter(pattern=r"^[A-Za-z0-9_-]{1,64}$(?!\n)")] = None,
) -> TextOut:
    """The visible text, page by page, or one page of it."""
    found = await queries.extraction(PaperId(paper_id), extraction_id=extraction)
    if page is not None and page > len(found.pages):
        raise NotFoundError(kind="page", id=str(page))
    pages = found.pages if page is None else (found.pages[page - 1],)
    return TextOut(extraction_id=found.id, pages=[PageTextOut(page=p.number, text=p.text) for p in pages])


@get("/{paper_id:str}/references", responses=problems(404))
async def get_references(queries: Given[Queries], paper_id: FromPath[str]) -> ReferencesOut:
    """The paper's own reference list."""
    return references_out(await queries.extraction(PaperId(paper_id)))


@get("/{paper_id:str}/file", media_type="application/pdf", responses=problems(404))
async def get_file(queries: Given[Queries], blobs: Given[Blobs], paper_id: FromPath[str]) -> Response[bytes]:
    """The PDF itself, as an attachment."""
    paper = await queries.paper_record(PaperId(paper_id))
    headers = {
        "Content-Disposition": f'attachment; filename="{paper.sha256[:16]}.pdf"',
        "X-Content-Type-Options": "nosniff",
    }
    return Response(await _bytes(blobs, paper), media_type="application/pdf", headers=headers)


@get("/{paper_id:str}/pages/{name:str}", media_type="image/png", responses=problems(404, 422))
async def get_picture(
    queries: Given[Queries],
    blobs: Given[Blobs],
    reader: Given[PdfReader],
    pictures: Given[WaitingLine],
    paper_id: FromPath[str],
    name: FromPath[str],
    width: Annotated[int, QueryParameter(ge=50, le=2000)] = PICTURE_WIDTH,
) -> Response[bytes]:
    """A page (from 1) as a picture: `/pages/3.png?width=800`."""
    match = re.fullmatch(r"([1-9]\d{0,3})\.png", name)
    if match is None:
        raise NotFoundError(kind="page", id=name[:40])
    paper = await queries.paper_record(PaperId(paper_id))
    async with pictures.place():
        picture = await reader.picture(await _bytes(blobs, paper), page=int(match[1]), width=width)
    headers = {"Cache-Control": "private, max-age=86400, immutable", "X-Content-Type-Options": "nosniff"}
    return Response(picture, media_type="image/png", headers=headers)


@get("/{paper_id:str}/events", media_type="text/event-stream", responses=problems(404))
async def follow_paper(
    request: Request[Any, Any, Any],
    queries: Given[Queries],
    follow: Given[Follow],
    paper_id: FromPath[str],
) -> Response[Any]:
    """Events of the reading; resume with Last-Event-ID."""
    await queries.paper(PaperId(paper_id))
    return await stream_response(follow.paper(PaperId(paper_id), after=last_event_id(request)))


async def wait_for_reading(paper_id: PaperId, *, queries: Queries, events: Events, timeout_s: float) -> None:
    """Until the paper is ready or refused, at most `timeout_s`."""

    async def over() -> bool:
        return (await queries.paper_record(paper_id)).status is not PaperStatus.READING

    await wait_until(over, events=events, streams=[paper_stream(paper_id)], timeout_s=timeout_s)


async def _ingested(request: Request[Any, Any, Any], ingest: IngestPaper) -> Ingested:
    key = key_of(request)
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type == "application/pdf":
        return await ingest(await request.body(), filename=None, key=key)
    if media_type == "application/json":
        return await ingest.from_arxiv(_address(await request.body()), key=key)
    form = await read_form(request, names=("url",))
    if form.file is not None and not form.fields:
        return await ingest(form.file, filename=form.filename, key=key)
    if form.file is None and (url := form.one("url")):
        return await ingest.from_arxiv(url, key=key)
    raise InvalidRequestError(
        reason_ja="file（PDF）か url のどちらか一つを送ってください。",
        reason_en="Send either file (the PDF) or url.",
    )


def _address(body: bytes) -> str:
    try:
        given = msgspec.json.decode(body, type=AddressIn)
    except msgspec.ValidationError as error:
        raise InvalidRequestError(
            reason_ja=f"リクエストの内容が正しくありません（{error}）。",
            reason_en=f"The request is not valid ({error}).",
        ) from error
    except msgspec.DecodeError as error:
        raise malformed("not valid JSON") from error
    address = given.url or given.arxiv_id
    if not address or (given.url and given.arxiv_id):
        raise InvalidRequestError(
            reason_ja="url か arxiv_id のどちらか一つを送ってください。",
            reason_en="Send either url or arxiv_id.",
        )
    return address


def corrections(identity: IdentityIn) -> dict[str, Any]:
    """What is to be kept of corrections: part → its words on one line, or None to take the correction back.

    Raises:
        InvalidRequestError: a part is blank.
    """
    given = {name: getattr(identity, name) for name in IdentityIn.__struct_fields__}
    return {name: _correction(name, value) for name, value in given.items() if value is not msgspec.UNSET}


def _correction(name: str, value: Any) -> Any:
    """A corrected part on one line, without characters that nobody sees; None takes the correction back."""
    if isinstance(value, list):
        return tuple(_correction(name, one) for one in value)
    if not isinstance(value, str):
        return value
    shown = " ".join(sanitise(value).split())
    if not shown:
        raise InvalidRequestError(
            reason_ja=f"{name} が空です。取り消すには null を送ってください。",
            reason_en=f"{name} is blank. Send null to take a correction back.",
            path=f"/identity/{name}",
        )
    return shown


async def _bytes(blobs: Blobs, paper: Paper) -> bytes:
    data = await blobs.get(paper_key(paper.workspace_id, paper.sha256))
    if data is None:
        raise NotFoundError(kind="file", id=paper.id)
    return data


papers = Router(
    "/api/papers",
    route_handlers=[
        upload_paper,
        list_papers,
        get_paper,
        correct_paper,
        delete_paper,
        get_text,
        get_references,
        get_file,
        get_picture,
        follow_paper,
    ],
    tags=["Papers"],
)
