"""What a persona or a caller may choose of how a paper becomes text for a model."""

from __future__ import annotations

from enum import StrEnum


class Strategy(StrEnum):
    """How a paper becomes text that fits."""

    AUTO = "auto"
    """The whole paper where it fits, else what follows, by how little of it does."""
    FULL = "full"
    """The whole paper, or not at all."""
    RETRIEVE = "retrieve"
    """One call with the passages that answer the questions best."""
    MAP_REDUCE = "map_reduce"
    """Every question put to each part of the paper, and the partial answers made into one."""
    SECTIONS = "sections"
    """Each section asked what sections of its kind answer, and the partial answers made into one."""


class Rendering(StrEnum):
    """How the text of a paper looks to a model. None of them changes anything but white space and marks, so that what a
    model copies from it is found in the paper."""

    PLAIN = "plain"
    """As extracted."""
    SECTIONED = "sectioned"
    """Headings set apart and marked as in Markdown."""
    TABLES = "tables"
    """Cells of a row on one line, parted by tabs."""


CONTEXTS = tuple(Strategy)
RENDERINGS = tuple(Rendering)
