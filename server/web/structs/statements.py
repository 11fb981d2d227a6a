"""The JSON shapes of what is stated, and of how it holds against the paper."""

from __future__ import annotations

from server.web.structs.base import Out, WordsOut


class BoxOut(Out):
    """Points of the page as displayed, origin top left."""

    page: int
    x0: float
    y0: float
    x1: float
    y1: float


class EvidenceOut(Out):
    quote: str
    page: int | None
    status: str
    score: float
    start: int | None
    end: int | None
    boxes: list[BoxOut]
    difference: WordsOut | None
    """What differs from the paper, unless verified."""


class CheckOut(Out):
    kind: str
    text: str
    status: str
    page: int | None
    reference: int | None


class StatementOut(Out):
    path: str
    """JSON Pointer into `answer`; `start` and `end` are code points of the value there."""
    start: int
    end: int
    status: str
    reason: WordsOut | None
    evidence: list[EvidenceOut]
    checks: list[CheckOut]


class GroundingOut(Out):
    score: float | None
    identity: str
    fields: dict[str, str]


class CheckReportOut(Out):
    """A brought-along text, checked. Offsets of its statements run through `text`."""

    paper_id: str
    extraction_id: str
    text: str
    """As it was checked: line breaks are `\\n`, control characters are gone."""
    language: str
    verdict: str
    """`this_paper`, `doubtful`, `other_paper` or `unknown`."""
    identity: str
    summary: WordsOut
    statements: list[StatementOut]
    grounding: GroundingOut
