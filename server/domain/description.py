"""Describe a paper from its pages: identity, sections, references, language."""

from __future__ import annotations

from dataclasses import dataclass

from server.domain.extractions import PAGE_BREAK, Page
from server.domain.identity import Identity
from server.domain.identity_reading import read_identity
from server.domain.language import detect_language
from server.domain.printed import printed_lines
from server.domain.reference_reading import read_references
from server.domain.references import Reference
from server.domain.section_reading import read_sections
from server.domain.sections import Section


@dataclass(frozen=True, slots=True)
class Metadata:
    """What the PDF says about itself. Often wrong; a hint, never a source on its own."""

    title: str | None = None
    author: str | None = None
    created: str | None = None
    """`D:2024…` as in the file. Not the year of publication."""
    outline: tuple[tuple[str, int, int], ...] = ()
    """(title, page from 1, level from 1) of the bookmarks."""


@dataclass(frozen=True, slots=True)
class Description:
    identity: Identity
    sections: tuple[Section, ...]
    references: tuple[Reference, ...]
    language: str


def describe(pages: tuple[Page, ...], *, metadata: Metadata) -> Description:
    """Identity, sections, reference list and language of a paper. Pure and deterministic."""
    lines = printed_lines(pages)
    text = PAGE_BREAK.join(page.text for page in pages)
    language = detect_language(text)
    sections = read_sections(lines, outline=metadata.outline, length=len(text))
    return Description(
        identity=read_identity(pages, lines, language=language, title=metadata.title, author=metadata.author),
        sections=sections,
        references=read_references(lines, sections, length=len(text)),
        language=language,
    )
