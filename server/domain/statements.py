"""Statements of an answer, with the evidence located for each and the checks made on it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from server.domain.extractions import Box
from server.domain.words import Words


class EvidenceStatus(StrEnum):
    VERIFIED = "verified"
    APPROXIMATE = "approximate"
    NOT_FOUND = "not_found"
    HIDDEN = "hidden"
    TOO_SHORT = "too_short"


class StatementStatus(StrEnum):
    SUPPORTED = "supported"
    PARTLY = "partly"
    UNSUPPORTED = "unsupported"
    NOT_STATED = "not_stated"
    NOT_CHECKED = "not_checked"


class CheckStatus(StrEnum):
    FOUND = "found"
    NOT_FOUND = "not_found"
    DERIVED = "derived"
    NOT_CHECKED = "not_checked"


class IdentityVerdict(StrEnum):
    CONFIRMED = "confirmed"
    DOUBTFUL = "doubtful"
    MISMATCH = "mismatch"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Quote:
    """What an engine gave as evidence. The page is only its claim."""

    quote: str
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """A statement before it is checked: where it stands in the answer and the quotes given for it."""

    path: str
    """JSON Pointer into the answer."""
    start: int
    end: int
    """Code points of the string value at `path`; for a value that is not text, of its JSON text."""
    text: str
    quotes: tuple[Quote, ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """A quote, located."""

    quote: str
    status: EvidenceStatus
    score: float
    page: int | None = None
    start: int | None = None
    end: int | None = None
    """Offsets into the extraction's text."""
    boxes: tuple[Box, ...] = ()
    difference: Words | None = None
    """What differs, for anything that is not verified."""


@dataclass(frozen=True, slots=True)
class Check:
    """One mechanical test."""

    kind: str
    """`number`, `name`, `year`, `reference` or `identity`."""
    text: str
    status: CheckStatus
    page: int | None = None
    reference: int | None = None
    """Index in the paper's list."""
    part: str | None = None
    """Of an `identity` check on a brought-along text: `title`, `first_author`, …"""


@dataclass(frozen=True, slots=True)
class Statement:
    """The smallest thing checked: a sentence of a text value, an item of a list, a scalar."""

    path: str
    start: int
    end: int
    status: StatementStatus
    reason: Words | None = None
    """Why it is doubted, in one sentence; None when it is not."""
    evidence: tuple[Evidence, ...] = ()
    checks: tuple[Check, ...] = ()


@dataclass(frozen=True, slots=True)
class Grounding:
    """The verdict of the checks over a whole answer."""

    score: float | None
    """supported / (all − not_checked − not_stated); None when nothing was checked."""
    identity: IdentityVerdict
    fields: dict[str, StatementStatus]
