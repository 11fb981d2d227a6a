"""What went wrong, said on a page, or in the place that htmx is about to fill."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response
from litestar.exceptions import HTTPException

from server.domain.errors import UnauthorizedError, YomiError
from server.domain.papers import Problem
from server.web.catalogue import say
from server.web.languages import interface_language
from server.web.pages.frame import go, is_piece, page
from server.web.problems import EXCEPTION_HANDLERS, STATUS, malformed, translated
from server.web.shapes import problem_out


def problem_page(request: Request[Any, Any, Any], error: YomiError | Problem) -> Response[Any]:
    """A whole page with the sentence, or only the sentence where a piece of a page was asked for."""
    if isinstance(error, UnauthorizedError):
        return go("/sign-in", request=request)
    language = interface_language(request)
    said = problem_out(error, language)
    # "Invalid request" is for programs; a person entered something, and the sentence says what.
    title = say("frame.check_input", language) if error.code == "invalid_request" else said["title"]
    later = error.data.get("retry_after_s")
    return page(
        request,
        "problem_piece.html.j2" if is_piece(request) else "problem.html.j2",
        status_code=STATUS.get(error.code, 422),
        headers=None if later is None else {"Retry-After": str(later)},
        title=title,
        detail=said["detail"],
    )


def wants_page(request: Request[Any, Any, Any]) -> bool:
    """Whether this is a browser that opens an address, rather than a program that calls the API."""
    return not request.url.path.startswith("/api") and "text/html" in request.headers.get("accept", "")


def _on_domain_error(request: Request[Any, Any, Any], error: YomiError) -> Response[Any]:
    return problem_page(request, error)


def _on_http_error(request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
    if error.status_code >= 500:
        return _on_bug(request, error)
    return problem_page(request, translated(error))


def _on_undecodable(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    return problem_page(request, malformed(type(error).__name__))


def _on_bug(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    EXCEPTION_HANDLERS[Exception](request, error)  # logs it
    return problem_page(request, YomiError())


PAGE_HANDLERS: dict[Any, Any] = {
    YomiError: _on_domain_error,
    HTTPException: _on_http_error,
    # Named, since the API's own are nearer to these than the last line is.
    UnicodeDecodeError: _on_undecodable,
    RecursionError: _on_undecodable,
    LookupError: _on_bug,
    Exception: _on_bug,
}
