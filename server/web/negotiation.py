"""What the caller prefers: how a result looks (Accept), and how long it waits for it (Prefer)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from litestar import Request, Response, post
from litestar.openapi.datastructures import ResponseSpec

from server.application.views import ComparisonView, RunView
from server.web import html, markdown
from server.web.problems import problems
from server.web.safety import accepts, strict_json
from server.web.shapes import comparison_out, run_out
from server.web.voters import Voter

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
    pdf = f"/api/papers/{view.paper.paper.id}/file"
    shown = (
        Shown(
            lambda: run_out(view, language),
            lambda: markdown.run_markdown(view, language, pdf=pdf),
            lambda: html.run_html(view, language),
        )
        if isinstance(view, RunView)
        else Shown(
            lambda: comparison_out(view, language),
            lambda: markdown.comparison_markdown(view, language, pdf=pdf),
            lambda: html.comparison_html(view, language),
        )
    )
    return negotiated(request, shown, language, status_code=status_code, headers=headers)


def comparison_response(
    request: Request[Any, Any, Any],
    voter: Voter,
    view: ComparisonView,
    language: str,
    *,
    status_code: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response[Any]:
    """A comparison as this voter sees it. Of a blind one nothing is kept by caches, and its voter is known again."""
    if not view.comparison.blind:
        return result_response(request, view, language, status_code=status_code, headers=headers)
    sent = {"Cache-Control": "no-store", **(headers or {})}
    return voter.remembered(result_response(request, view, language, status_code=status_code, headers=sent))


@dataclass(frozen=True, slots=True)
class Shown:
    """The three ways to show a result; only the one asked for is made."""

    json: Callable[[], Any]
    markdown: Callable[[], str]
    html: Callable[[], str]


def negotiated(
    request: Request[Any, Any, Any],
    shown: Shown,
    language: str,
    *,
    status_code: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response[Any]:
    """A result as JSON, Markdown or HTML, by Accept; JSON for anything but a 200."""
    wanted = request.accept.best_match([JSON, MARKDOWN, HTML], default=JSON)
    sent = {"Vary": "Accept, Accept-Language", "Content-Language": language, **(headers or {})}
    if wanted == JSON or status_code != 200:
        return Response(shown.json(), status_code=status_code, headers=sent)
    if wanted == MARKDOWN:
        text = shown.markdown().encode()
        return Response(text, media_type=MARKDOWN, headers=sent)
    sent["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'"
    )
    return Response(shown.html().encode(), media_type=HTML, headers=sent)


def wait_seconds(request: Request[Any, Any, Any], *, default: float) -> float:
    """Seconds of `Prefer: wait=N` (RFC 7240 §4.3), bounded; `default` where it is not asked for."""
    match = re.search(r"(?:^|[,;\s])wait=(\d{1,6})(?:$|[,;\s])", request.headers.get("prefer", ""))
    return min(int(match[1]), LONGEST_WAIT_S) if match else default


def results(shape: type[msgspec.Struct], description: str) -> ResponseSpec:
    """For a route's `responses`: a result in its JSON shape (Markdown and HTML by Accept)."""
    return ResponseSpec(shape, media_type=JSON, generate_examples=False, description=description)


def queues(shape: type[msgspec.Struct], *, done: str = "") -> post:
    """For a route that takes JSON and queues what may cost: 200 with the result when it is there within `Prefer: wait`,
    202 until then.

    Args:
        done: What else answers at once.
    """
    return post(
        "/",
        status_code=202,
        guards=[accepts],
        before_request=strict_json,
        opt={"accepts": (JSON,), "spends": True},
        responses={
            200: results(shape, ", or ".join(filter(None, ("Done within Prefer: wait", done)))),
            202: results(shape, "Queued; follow its events"),
            **problems(404, 408, 409, 413, 415, 422, 503, 507),
        },
    )
