"""Describe a paper from its pages: identity, sections, references, language."""

from __future__ import annotations

from dataclasses import dataclass

from server.domain.extractions import Page
from server.domain.identity import Identity
from server.domain.references import Reference
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
    raise NotImplementedError
