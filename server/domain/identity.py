"""Title, authors, affiliation, venue, year, DOI and arXiv id of a paper, each with where it was found."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

T = TypeVar("T")


class Source(StrEnum):
    """Where a piece of identity was found."""

    LAYOUT = "layout"
    """By size and place on the page."""
    TEXT = "text"
    """In the words of the text."""
    METADATA = "metadata"
    """In the PDF's own metadata, confirmed by the text."""
    USER = "user"
    """Corrected by a person."""


@dataclass(frozen=True, slots=True)
class Found(Generic[T]):
    """A value and where it came from."""

    value: T
    source: Source
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Identity:
    """What the paper says it is. None where the paper does not say."""

    title: Found[str] | None = None
    authors: Found[tuple[str, ...]] | None = None
    affiliation: Found[str] | None = None
    """Of the first author, as printed."""
    venue: Found[str] | None = None
    year: Found[int] | None = None
    doi: Found[str] | None = None
    arxiv_id: Found[str] | None = None
