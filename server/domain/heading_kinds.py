"""What each heading of a paper is for, once its place among the others is known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from server.domain.sections import SectionKind

_COLOURING = frozenset({SectionKind.APPENDIX, SectionKind.RELATED, SectionKind.INTRODUCTION})
"""What stands in these serves them, whatever its heading: other people's methods are related work."""
_EARLY = 0.5


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading as found: the stretch of text it covers, and what it says."""

    page: int
    start: int
    body: int
    title: str
    kind: SectionKind
    level: int
    size: float
    bold: bool


def settled(headings: Iterator[Heading], *, length: int) -> Iterator[Heading]:
    """The headings with their final kinds.

    Args:
        length: Characters of the whole text.
    """
    return _inherit(_named(headings, length=length))


def _named(headings: Iterator[Heading], *, length: int) -> Iterator[Heading]:
    """Put names in the place they stand in: a late summary concludes, what follows the references is an appendix."""
    after_references = False
    for heading in headings:
        kind = heading.kind
        if kind is SectionKind.ABSTRACT and heading.start > _EARLY * length:
            kind = SectionKind.CONCLUSION
        if (
            after_references
            and heading.level == 1
            and kind not in {SectionKind.REFERENCES, SectionKind.ACKNOWLEDGEMENTS}
        ):
            kind = SectionKind.APPENDIX
        after_references = after_references or (
            kind is SectionKind.REFERENCES and heading.start > _EARLY * length / 2
        )
        yield replace(heading, kind=kind)


def _inherit(headings: Iterator[Heading]) -> Iterator[Heading]:
    """A subsection whose own words tell nothing is for what its section is for."""
    above: list[Heading] = []
    for heading in headings:
        while above and above[-1].level >= heading.level:
            above.pop()
        parent = above[-1].kind if above else SectionKind.OTHER
        if parent in _COLOURING or (heading.kind is SectionKind.OTHER and parent is not SectionKind.ABSTRACT):
            heading = replace(heading, kind=parent)  # noqa: PLW2901
        above.append(heading)
        yield heading
