"""Papers as JSON."""

from __future__ import annotations

from typing import Any

from server.application.views import PaperView
from server.domain.extractions import Extraction
from server.domain.identity import Found, Identity
from server.web.shapes.problems import problem_out, warning_out
from server.web.structs import (
    ExtractionOut,
    FoundOut,
    IdentityOut,
    PageSizeOut,
    PaperOut,
    ReferenceOut,
    ReferencesOut,
    SectionOut,
)


def paper_out(view: PaperView, language: str) -> PaperOut:
    paper, extraction = view.paper, view.extraction
    return PaperOut(
        id=paper.id,
        status=paper.status,
        error=problem_out(paper.error, language) if paper.error else None,
        sha256=paper.sha256,
        filename=paper.filename,
        bytes=paper.bytes,
        language=extraction.language if extraction else None,
        created_at=paper.created_at,
        identity=identity_out(view.identity),
        extraction=_extraction_out(extraction) if extraction else None,
        sections=[SectionOut(title=s.title, kind=s.kind, page=s.page) for s in extraction.sections]
        if extraction
        else [],
        references=len(extraction.references) if extraction else 0,
        warnings=[warning_out(w, language) for w in extraction.warnings] if extraction else [],
    )


def identity_out(identity: Identity) -> IdentityOut:
    return IdentityOut(**{name: _found_out(getattr(identity, name)) for name in Identity.__slots__})


def references_out(extraction: Extraction) -> ReferencesOut:
    """The paper's own reference list, in printed order."""
    names = [name for name in ReferenceOut.__struct_fields__ if name != "authors"]
    return ReferencesOut(
        references=[
            ReferenceOut(authors=list(r.authors), **{name: getattr(r, name) for name in names})
            for r in extraction.references
        ]
    )


def _extraction_out(extraction: Extraction) -> ExtractionOut:
    return ExtractionOut(
        id=extraction.id,
        reader=extraction.reader,
        digest=extraction.digest,
        pages=len(extraction.pages),
        page_sizes=[
            PageSizeOut(width=round(p.width, 1), height=round(p.height, 1)) for p in extraction.pages
        ],
        characters=[len(page.text) for page in extraction.pages],
        duration_ms=extraction.duration_ms,
    )


def _found_out(found: Found[Any] | None) -> FoundOut | None:
    if found is None:
        return None
    value = list(found.value) if isinstance(found.value, tuple) else found.value
    return FoundOut(value=value, source=found.source, page=found.page)
