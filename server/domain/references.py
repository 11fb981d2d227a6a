"""The reference list of a paper, entry by entry."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reference:
    """One entry of the paper's own list."""

    index: int
    """From 1, in printed order."""
    number: str | None
    """The printed label (`12`, `Lew20`), or None where the list has none."""
    text: str
    """The entry on one line, hyphens at line ends undone."""
    title: str | None
    authors: tuple[str, ...]
    """As printed; the first author first. Empty when not recognised."""
    year: int | None
    page: int
    start: int
    end: int
    """Offsets into `Extraction.text`."""
    doi: str | None = None
