"""Errors as problem details (RFC 9457): the one table of status codes, and what becomes of every exception."""

from __future__ import annotations

import logging
from typing import Any

import msgspec
from litestar import Request, Response
from litestar.exceptions import (
    HTTPException,
    MethodNotAllowedException,
    NotFoundException,
    ValidationException,
)
from litestar.openapi.datastructures import ResponseSpec
from litestar.status_codes import HTTP_500_INTERNAL_SERVER_ERROR

from server.application.traces import where
from server.domain.errors import InvalidRequestError, YomiError
from server.domain.papers import Problem as KeptProblem
from server.domain.words import Words
from server.web.languages import interface_language
from server.web.shapes import problem_out

log = logging.getLogger(__name__)

PROBLEM_JSON = "application/problem+json"
NOTED = "problem_code"
"""Where a request's state says which problem was answered."""


class Problem(msgspec.Struct, kw_only=True):
    """Problem details (RFC 9457), with the error's own data beside these."""

    type: str
    """`urn:yomikurabe:problem:<code>`"""
    title: str
    status: int
    detail: str
    """What to do next, in the language of Accept-Language (ja or en)."""
    code: str


STATUS = {
    "not_pdf": 415,
    "too_large": 413,
    "too_many_pages": 422,
    "encrypted": 422,
    "malformed": 422,
    "no_text": 422,
    "resource_limit": 422,
    "parser_crashed": 422,
    "fetch_failed": 422,
    "not_found": 404,
    "conflict": 409,
    "invalid_request": 422,
    "malformed_request": 400,
    "method_not_allowed": 405,
    "request_timeout": 408,
    "unsupported_media_type": 415,
    "persona_invalid": 422,
    "busy": 503,
    "storage_full": 507,
    "over_budget": 422,
    "idempotency_key_reused": 422,
    "unauthorized": 401,
    "too_many_wrong_keys": 429,
    "forbidden": 403,
    "internal": 500,
}
"""Of errors that are responses. Errors of runs are not: they are part of a run, and the response is a 200."""


class MalformedRequestError(InvalidRequestError):
    """The bytes are not what their media type says."""

    code = "malformed_request"


class UnsupportedMediaTypeError(InvalidRequestError):
    code = "unsupported_media_type"


class RequestTimeoutError(YomiError):
    code = "request_timeout"
    sentence = Words(
        ja="リクエストの本文が時間内に届きませんでした。再度お試しください。",
        en="The body of the request did not arrive in time. Try again.",
    )


class MethodNotAllowedError(YomiError):
    code = "method_not_allowed"
    sentence = Words(
        ja="このアドレスではそのメソッドは使えません。/docs を参照してください。",
        en="This address does not take that method. See /docs.",
    )


class RouteNotFoundError(YomiError):
    code = "not_found"
    sentence = Words(
        ja="このアドレスには何もありません。API の説明は /docs にあります。",
        en="There is nothing at this address. The API is described at /docs.",
    )


def problem_response(
    error: YomiError | KeptProblem, language: str, *, headers: dict[str, str] | None = None
) -> Response[Any]:
    """A response for an error, or for one that was kept with a record."""
    status = STATUS.get(error.code, 500)
    sent = dict(headers or {})
    if "retry_after_s" in error.data:
        sent["Retry-After"] = str(error.data["retry_after_s"])
    if status == STATUS["unauthorized"]:
        sent["WWW-Authenticate"] = "Bearer"
    sent["Content-Language"] = language
    return Response(
        problem_out(error, language, status=status), status_code=status, media_type=PROBLEM_JSON, headers=sent
    )


def on_domain_error(request: Request[Any, Any, Any], error: YomiError) -> Response[Any]:
    note(request, error)
    return problem_response(error, interface_language(request))


def note(request: Request[Any, Any, Any], error: YomiError) -> None:
    """For the log: which problem the response is."""
    request.scope.setdefault("state", {})[NOTED] = error.code


def on_http_error(request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
    """Litestar's own refusals, in our words."""
    if error.status_code >= HTTP_500_INTERNAL_SERVER_ERROR:  # wired wrongly: a bug of ours
        return on_bug(request, error)
    known = translated(error)
    note(request, known)
    return problem_response(known, interface_language(request))


def on_undecodable(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """Bytes that are no text in their claimed encoding, JSON nested without end."""
    return problem_response(malformed(type(error).__name__), interface_language(request))


def on_bug(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    # Not the path, which is the caller's to choose.
    route = request.scope.get("path_template", "no route")
    log.error("bug: %s on %s\n%s", type(error).__name__, route, where(error))
    return problem_response(YomiError(), interface_language(request))


def malformed(why: str) -> MalformedRequestError:
    """`why`: a few English words without anything the caller sent."""
    return MalformedRequestError(
        reason_ja=f"リクエストの形式が正しくありません（{why}）。",
        reason_en=f"The request is malformed ({why}).",
    )


def translated(error: HTTPException) -> YomiError:
    """Litestar's refusal as an error of ours."""
    status = error.status_code
    if isinstance(error, ValidationException):
        return _invalid(error)
    if isinstance(error, NotFoundException):
        return RouteNotFoundError()
    if isinstance(error, MethodNotAllowedException):
        return MethodNotAllowedError()
    if status == STATUS["too_large"]:
        return MalformedRequestTooLargeError()
    if status == STATUS["unsupported_media_type"]:
        return unsupported("application/json")
    if status < 500:
        return malformed("body or parameters cannot be read")
    return YomiError()


class MalformedRequestTooLargeError(InvalidRequestError):
    code = "too_large"

    def __init__(self) -> None:
        super().__init__(
            reason_ja="リクエストが大きすぎます。上限は GET /api/limits にあります。",
            reason_en="The request is too large. GET /api/limits says what is accepted.",
        )


def unsupported(accepted: str) -> UnsupportedMediaTypeError:
    return UnsupportedMediaTypeError(
        reason_ja=f"Content-Type は {accepted} にしてください。", reason_en=f"Send Content-Type: {accepted}."
    )


def _invalid(error: ValidationException) -> YomiError:
    """Wrong types, unknown members, missing parameters: where, and what was expected."""
    found = [
        {"path": f"/{e.get('key', '')}".replace(".", "/"), "message": str(e.get("message", ""))[:200]}
        for e in (error.extra if isinstance(error.extra, list) else [])
        if isinstance(e, dict)
    ]
    first = f"{found[0]['path']}: {found[0]['message']}" if found else "see /docs"
    return InvalidRequestError(
        reason_ja=f"リクエストの内容が正しくありません（{first}）。",
        reason_en=f"The request is not valid ({first}).",
        errors=found,
    )


EXCEPTION_HANDLERS: dict[Any, Any] = {
    YomiError: on_domain_error,
    HTTPException: on_http_error,
    UnicodeDecodeError: on_undecodable,
    LookupError: on_bug,
    RecursionError: on_undecodable,
    Exception: on_bug,
}


ALWAYS = (400, 401, 403, 429, 503)
"""What any route may answer: a request that cannot be read, no key, a foreign host or page, wrong keys without end, a
database that is away for a moment."""


def problems(*statuses: int) -> dict[int, ResponseSpec]:
    """For a route's `responses`: these statuses come as problem details."""
    return {
        status: ResponseSpec(
            Problem,
            media_type=PROBLEM_JSON,
            generate_examples=False,
            description="Problem details (RFC 9457)",
        )
        for status in sorted({*ALWAYS, *statuses})
    }
