"""Every error the product knows, as one tree.

* YomiError                      carries `code`, a sentence in both languages, and data
  - PaperError                   this PDF cannot be read
    · NotPdfError · TooLargeError · TooManyPagesError · EncryptedPaperError · MalformedPaperError
    · NoTextError · ResourceLimitError · ParserCrashedError · FetchFailedError
  - NotFoundError                nothing has this id
  - ConflictError                it cannot be done in this state
  - InvalidRequestError          the request is understood and wrong
  - PersonaInvalidError          a persona file is wrong: line and fix
  - RunError                     a run ended without an answer
    · WrongPaperError · UngroundedError · AnswerInvalidError · TruncatedError · RefusedError
    · ContentFilterError · ContextTooLongError · TooManyCallsError · RateLimitedError · QuotaError
    · RunTimeoutError · UnavailableError · BadResponseError · ProviderAuthError · CancelledError · UndisclosedError
    · InternalError
  - BusyError · StorageFullError · OverBudgetError · IdempotencyKeyReusedError · UnauthorizedError
    · TooManyWrongKeysError · ForbiddenError

The sentence says what to do next. Status codes live in `web/problems.py`, exit codes in `cli/session.py`.
Each group is a module of this package; all are imported from here.
"""

from __future__ import annotations

from server.domain.errors.base import YomiError, error_of
from server.domain.errors.papers import (
    EncryptedPaperError,
    FetchFailedError,
    MalformedPaperError,
    NoTextError,
    NotPdfError,
    PaperError,
    ParserCrashedError,
    ResourceLimitError,
    TooLargeError,
    TooManyPagesError,
)
from server.domain.errors.runs import (
    AnswerInvalidError,
    BadResponseError,
    CancelledError,
    ContentFilterError,
    ContextTooLongError,
    InternalError,
    ProviderAuthError,
    QuotaError,
    RateLimitedError,
    RefusedError,
    RunError,
    RunTimeoutError,
    TooManyCallsError,
    TruncatedError,
    UnavailableError,
    UndisclosedError,
    UngroundedError,
    WrongPaperError,
)
from server.domain.errors.service import (
    BusyError,
    ForbiddenError,
    IdempotencyKeyReusedError,
    OverBudgetError,
    StorageFullError,
    TooManyWrongKeysError,
    UnauthorizedError,
)
from server.domain.errors.things import (
    ConflictError,
    InvalidRequestError,
    NotFoundError,
    PersonaInvalidError,
)

__all__ = [
    "AnswerInvalidError",
    "BadResponseError",
    "BusyError",
    "CancelledError",
    "ConflictError",
    "ContentFilterError",
    "ContextTooLongError",
    "EncryptedPaperError",
    "FetchFailedError",
    "ForbiddenError",
    "IdempotencyKeyReusedError",
    "InternalError",
    "InvalidRequestError",
    "MalformedPaperError",
    "NoTextError",
    "NotFoundError",
    "NotPdfError",
    "OverBudgetError",
    "PaperError",
    "ParserCrashedError",
    "PersonaInvalidError",
    "ProviderAuthError",
    "QuotaError",
    "RateLimitedError",
    "RefusedError",
    "ResourceLimitError",
    "RunError",
    "RunTimeoutError",
    "StorageFullError",
    "TooLargeError",
    "TooManyCallsError",
    "TooManyPagesError",
    "TooManyWrongKeysError",
    "TruncatedError",
    "UnauthorizedError",
    "UnavailableError",
    "UndisclosedError",
    "UngroundedError",
    "WrongPaperError",
    "YomiError",
    "error_of",
]
