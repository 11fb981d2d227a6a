"""What the caller prefers: how a result looks (Accept), and how long it waits for it (Prefer)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec
from litestar import Request, Response
from litestar.openapi.datastructures import ResponseSpec

from server.application.views import ComparisonView, RunView
from server.web import html, markdown
from server.web.shapes import comparison_out, run_out

JSON, MARKDOWN, HTML = "application/json", "text/markdown", "text/html"
LONGEST_WAIT_S = 600


def result_response(
    request: Request[Any, Any, Any],
    view: RunView | ComparisonView,
    language: str,
    *,
    status_code: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response[Any]:
    """A run or comparison as JSON, Markdown or HTML, by Accept."""
    wanted = request.accept.best_match([JSON, MARKDOWN, HTML], default=JSON)
    sent = {"Vary": "Accept, Accept-Language", "Content-Language": language, **(headers or {})}
    if wanted == JSON or status_code != 200:
        body: Any = run_out(view, language) if isinstance(view, RunView) else comparison_out(view, language)
        return Response(body, status_code=status_code, headers=sent)
    if wanted == MARKDOWN:
        pdf = f"/api/papers/{view.paper.paper.id}/file"
        text = (
            markdown.run_markdown(view, language, pdf=pdf)
            if isinstance(view, RunView)
            else markdown.comparison_markdown(view, language, pdf=pdf)
        )
        return Response(text.encode(), media_type=f"{MARKDOWN}; charset=utf-8", headers=sent)
    page = (
        html.run_html(view, language) if isinstance(view, RunView) else html.comparison_html(view, language)
    )
    sent["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'"
    )
    return Response(page.encode(), media_type=f"{HTML}; charset=utf-8", headers=sent)


def wait_seconds(request: Request[Any, Any, Any], *, default: float) -> float:
    """Seconds of `Prefer: wait=N` (RFC 7240 §4.3), bounded; `default` where it is not asked for."""
    match = re.search(r"(?:^|[,;\s])wait=(\d{1,6})(?:$|[,;\s])", request.headers.get("prefer", ""))
    return min(int(match[1]), LONGEST_WAIT_S) if match else default


def results(shape: type[msgspec.Struct], description: str) -> ResponseSpec:
    """For a route's `responses`: a result in its JSON shape (Markdown and HTML by Accept)."""
    return ResponseSpec(shape, media_type=JSON, generate_examples=False, description=description)
