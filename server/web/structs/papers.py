"""The JSON shapes of papers: identity, extraction, sections, references."""

from __future__ import annotations

from datetime import datetime

from server.web.structs.base import Out, ProblemOut, WarningOut


class FoundOut(Out):
    """A piece of identity and where it was found: `layout`, `text`, `metadata` or `user`."""

    value: str | int | list[str]
    source: str
    page: int | None


class IdentityOut(Out):
    title: FoundOut | None
    authors: FoundOut | None
    affiliation: FoundOut | None
    venue: FoundOut | None
    year: FoundOut | None
    doi: FoundOut | None
    arxiv_id: FoundOut | None


class PageSizeOut(Out):
    """Points."""

    width: float
    height: float


class ExtractionOut(Out):
    id: str
    reader: str
    digest: str
    """SHA-256 of the visible text."""
    pages: int
    page_sizes: list[PageSizeOut]
    characters: list[int]
    """Per page."""
    duration_ms: int


class SectionOut(Out):
    title: str
    kind: str
    page: int


class PaperOut(Out):
    id: str
    status: str
    error: ProblemOut | None
    sha256: str
    filename: str
    bytes: int
    language: str | None
    created_at: datetime
    identity: IdentityOut
    extraction: ExtractionOut | None
    sections: list[SectionOut]
    references: int
    warnings: list[WarningOut]


class ReferenceOut(Out):
    index: int
    number: str | None
    text: str
    title: str | None
    authors: list[str]
    year: int | None
    doi: str | None
    page: int


class ReferencesOut(Out):
    references: list[ReferenceOut]
