"""Judge what went wrong with one call to an endpoint: which run error it is, and whether asking again may help."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import Enum, auto
from typing import Any

from server.domain.errors import (
    BadResponseError,
    ContentFilterError,
    ContextTooLongError,
    ProviderAuthError,
    QuotaError,
    RateLimitedError,
    RunError,
    UnavailableError,
)


class Retry(Enum):
    """Whether the same call may be made again."""

    NEVER = auto()
    ONCE = auto()
    """The answer was nonsense and may have been paid for."""
    YES = auto()
    """The endpoint was busy or away."""


class CallFailedError(Exception):
    """One call ended without an answer. Its text names no key, header or body: a 401 echoes parts of the key."""

    def __init__(
        self,
        error: RunError,
        *,
        retry: Retry = Retry.NEVER,
        retry_after_s: float | None = None,
        complaint: Complaint | None = None,
    ) -> None:
        super().__init__(error.code)
        self.error = error
        self.retry = retry
        self.retry_after_s = retry_after_s
        self.complaint = complaint


@dataclass(frozen=True, slots=True)
class Complaint:
    """What an endpoint said about a request it refused. For the capability ladder only; never shown or logged."""

    status: int
    text: str
    """Lower case; message, code and, of a validator's report, places and messages, but not the echoed input."""
    parameter: str | None = None

    def mentions(self, pattern: str) -> bool:
        return re.search(pattern, self.text) is not None


_CONTEXT = (
    r"context_length|exceed_context|context (length|size|window)|maximum context|prompt is too long"
    r"|input is too long|too many (input )?tokens|reduce the length of the (messages|prompt|input)"
)
_WINDOW = r"(?:> (?=\d+ maximum)|maximum context length is|context (?:length|size|window) (?:of|is|\()|maximum:?) ?\(?(\d{3,8})\b"
_TOKENS = (
    r"\((\d{3,8}) in the messages|(\d{3,8}) (?:input|prompt) tokens|messages resulted in (\d{3,8})"
    r"|prompt (?:contains|has|is) (?:at least )?(\d{3,8})|request \((\d{3,8}) tokens\)|: (\d{3,8}) tokens >"
)
_QUOTA = r"insufficient_quota|insufficient_balance|insufficient balance|billing_|exceeded your current quota"
_FILTERED = r"content_filter|content_policy|responsibleaipolicy"
_SPOKEN_STATUS = (
    (r"insufficient_quota|billing_|rate_limit|too many requests", 429),
    (r"invalid_api_key|authentication", 401),
    (r"invalid_request|bad_request|validation", 400),
)
_BUSY = frozenset({408, 409, 425, 429})


def unavailable(host: str) -> CallFailedError:
    return CallFailedError(UnavailableError(host=host), retry=Retry.YES)


def bad_response(host: str, why: str, *, retry: Retry = Retry.ONCE) -> CallFailedError:
    """`why`: a few English words, none of them from the response."""
    return CallFailedError(BadResponseError(host=host, why=why), retry=retry)


def judge_status(
    status: int, body: object, *, host: str, model: str, headers: Mapping[str, str] | None = None
) -> CallFailedError:
    """What a response with an error status means. `body`: decoded JSON, or text, or nothing."""
    complaint = _complaint(status, body)
    error = _error(complaint, body, host=host, model=model)
    busy = isinstance(error, (RateLimitedError, UnavailableError))
    return CallFailedError(
        error,
        retry=Retry.YES if busy else Retry.NEVER,
        retry_after_s=_retry_after_s(headers or {}) if busy else None,
        complaint=complaint if isinstance(error, (BadResponseError, UnavailableError)) else None,
    )


def judge_error_object(error: object, *, host: str, model: str) -> CallFailedError:
    """What `{"error": …}` means in a 200 or in a stream: the status it speaks of, else a passing failure."""
    status = error.get("code", error.get("status")) if isinstance(error, Mapping) else None
    text = str(status)
    if text.isdecimal() and 400 <= int(text) <= 599:
        return judge_status(int(text), error, host=host, model=model)
    complaint = _complaint(503, error)
    spoken = next((code for pattern, code in _SPOKEN_STATUS if complaint.mentions(pattern)), 503)
    if complaint.mentions(_CONTEXT) or complaint.mentions(_FILTERED):
        spoken = 400
    return judge_status(spoken, error, host=host, model=model)


def _error(complaint: Complaint, body: object, *, host: str, model: str) -> RunError:
    status = complaint.status
    if status in (401, 403):
        return ProviderAuthError(host=host)
    if status == 402 or (status == 429 and complaint.mentions(_QUOTA)):
        return QuotaError()
    if status == 429:
        return RateLimitedError()
    if status == 413 or complaint.mentions(_CONTEXT):
        return ContextTooLongError(
            tokens=_count(body, "n_prompt_tokens") or _spoken(complaint, _TOKENS),
            window=_count(body, "n_ctx") or _spoken(complaint, _WINDOW),
        )
    if complaint.mentions(_FILTERED):
        return ContentFilterError()
    if status in _BUSY or status >= 500:
        return UnavailableError(host=host)
    if status == 404:
        return BadResponseError(host=host, why=f"HTTP 404: no model '{model}', or nothing at this address")
    if status < 400:
        return BadResponseError(host=host, why=f"HTTP {status}: redirects are not followed")
    return BadResponseError(host=host, why=f"HTTP {status}")


def _complaint(status: int, body: object) -> Complaint:
    inner = _inner(body)
    if not isinstance(inner, Mapping):
        return Complaint(status, str(inner or "")[:4000].lower())
    parameter = inner.get("param")
    words = [inner.get(name) for name in ("message", "code", "type")]
    # FastAPI's report repeats the whole request as `input`; only places and messages may speak.
    report = inner.get("detail")
    if isinstance(report, list):
        for item in report:
            if isinstance(item, Mapping):
                words += [" ".join(map(str, item.get("loc") or ())), item.get("msg")]
    else:
        words.append(report)
    text = " ".join(str(word) for word in words if word is not None)[:4000].lower()
    return Complaint(status, text, parameter if isinstance(parameter, str) else None)


def _inner(body: object) -> object:
    """The error object itself, whether or not it is wrapped in `error` (the SDK unwraps it)."""
    return body["error"] if isinstance(body, Mapping) and body.get("error") else body


def _count(body: object, name: str) -> int | None:
    inner = _inner(body)
    value: Any = inner.get(name) if isinstance(inner, Mapping) else None
    return value if isinstance(value, int) and value >= 0 else None


def _spoken(complaint: Complaint, pattern: str) -> int | None:
    """A number that the sentence of a refusal gives."""
    found = re.search(pattern, complaint.text)
    return next((int(number) for number in found.groups() if number), None) if found else None


def _retry_after_s(headers: Mapping[str, str]) -> float | None:
    """`Retry-After` in seconds or as a date, or `retry-after-ms`; None when absent or unreadable."""
    try:
        if milliseconds := headers.get("retry-after-ms"):
            return max(0.0, float(milliseconds) / 1000)
        stated = headers.get("retry-after", "")
        if re.fullmatch(r"\s*\d+(\.\d+)?\s*", stated):
            return float(stated)
        at = parsedate_to_datetime(stated)
    except ValueError:
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max(0.0, (at - datetime.now(UTC)).total_seconds())
