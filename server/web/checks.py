"""The route that checks a brought-along text against a paper."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import Request, Response, Router, post
from litestar.params import FromPath, JSONBody

from server.application.check_text import MAX_TEXT, CheckText
from server.application.queries import Queries
from server.application.views import CheckView
from server.domain.ids import PaperId
from server.web.check_html import check_html
from server.web.check_markdown import check_markdown
from server.web.given import Given
from server.web.languages import interface_language
from server.web.negotiation import Shown, negotiated, results
from server.web.problems import problems
from server.web.safety import accepts, strict_json
from server.web.shapes import check_report_out
from server.web.structs import CheckReportOut

BroughtText = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_TEXT)]
"""At most 200 kB in UTF-8."""


class CheckIn(msgspec.Struct, forbid_unknown_fields=True):
    """An answer as it was copied from somewhere: Markdown or plain text."""

    text: BroughtText


@post(
    "/{paper_id:str}/checks",
    status_code=200,
    guards=[accepts],
    before_request=strict_json,
    opt={"accepts": ("application/json",)},
    responses={
        200: results(CheckReportOut, "The report"),
        **problems(404, 408, 409, 413, 415, 422),
    },
)
async def check_text(
    request: Request[Any, Any, Any],
    check_text: Given[CheckText],
    queries: Given[Queries],
    paper_id: FromPath[str],
    data: JSONBody[CheckIn],
) -> Response[Any]:
    """Whether a text is about this paper, statement by statement. No model is asked; nothing is kept."""
    language = interface_language(request)
    report = await check_text(PaperId(paper_id), data.text)
    view = CheckView(report, await queries.paper(report.paper_id))
    pdf = f"/api/papers/{paper_id}/file"
    shown = Shown(
        lambda: check_report_out(view),
        lambda: check_markdown(view, language, pdf=pdf),
        lambda: check_html(view, language, pdf=pdf),
    )
    return negotiated(request, shown, language)


checks = Router("/api/papers", route_handlers=[check_text], tags=["Checks"])
