"""The start page: drop a paper, check an answer, or look at a sample; and taking papers in without a script."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get, post

from server.application.ingest_paper import IngestPaper
from server.application.list_papers import ListPapers
from server.application.ports import Models
from server.domain.errors import InvalidRequestError
from server.web.app_state import Limits
from server.web.forms import Form, read_form
from server.web.given import Given
from server.web.languages import interface_language
from server.web.pages.frame import go, page
from server.web.pages.library_lines import paper_line
from server.web.pages.model_choice import models_to_choose
from server.web.room import has_room
from server.web.voters import voter_of

NEWEST = 4
"""Papers shown below; the library has all."""


@get("/")
async def start_page(
    request: Request[Any, Any, Any],
    list_papers: Given[ListPapers],
    models: Given[Models],
    limits: Given[Limits],
) -> Response[bytes]:
    """Drop a paper, check an answer, or look at a sample."""
    language = interface_language(request)
    found = await list_papers(limit=NEWEST, viewer=voter_of(request).id)
    return page(
        request,
        "start.html.j2",
        papers=[paper_line(listed, language) for listed in found.papers],
        models=models_to_choose(models, language),
        most_mb=limits.max_upload_bytes // 2**20,
    )


@post("/papers", status_code=303, guards=[has_room])
async def take_paper(request: Request[Any, Any, Any], ingest: Given[IngestPaper]) -> Response[bytes]:
    """Take one paper in, where the browser runs no script, and show it being read."""
    form = await read_form(request, names=("url",))
    ingested = await taken(form, ingest)
    return go(f"/papers/{ingested}", request=request)


async def taken(form: Form, ingest: IngestPaper) -> str:
    """The id of the paper that the form brings: a file, or an address of arXiv.

    Raises:
        InvalidRequestError: neither or both.
        PaperError: it cannot be had.
    """
    url = form.one("url")
    # A browser sends an empty part where no file was chosen.
    if form.file and not url:
        return (await ingest(form.file, filename=form.filename)).paper.id
    if url and not form.file:
        return (await ingest.from_arxiv(url.strip())).paper.id
    raise InvalidRequestError(
        reason_ja="PDF を一つ選ぶか、arXiv のアドレスを入力してください（どちらか一方）。",
        reason_en="Choose one PDF, or give an arXiv address (not both).",
    )
