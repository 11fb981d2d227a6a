"""Cut a paper into the few parts that a step over sections reads one by one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from server.domain.contexts.choices import Rendering, Strategy
from server.domain.contexts.given import Given, of_spans
from server.domain.contexts.rendering import Span
from server.domain.extractions import Extraction
from server.domain.sections import SectionKind

_SKIPPED = (SectionKind.REFERENCES, SectionKind.ACKNOWLEDGEMENTS)
LEAST = 600
"""Characters of a part of its own; what is shorter goes with the part before it."""

MAX_TITLE = 60


@dataclass(frozen=True, slots=True)
class Chapter:
    """One or more sections that follow each other."""

    title: str
    """Of the first of them; empty where the paper has no headings."""
    given: Given


def chapters_of(
    extraction: Extraction, *, most: int, rendering: Rendering = Rendering.PLAIN
) -> tuple[Chapter, ...]:
    """The parts of a paper in reading order, at most `most`. Without its references; pages where there are no sections.

    Where there are too many, the shortest neighbours are read together.
    """
    parts = _sections(extraction) or _pages(extraction)
    while len(parts) > 1:
        sizes = [one.size for one in parts]
        short = min(range(len(parts) - 1), key=lambda index: sizes[index] + sizes[index + 1])
        if len(parts) <= most and min(sizes) >= LEAST:
            break
        if len(parts) <= most:
            shortest = sizes.index(min(sizes))
            short = max(0, shortest - 1)
        one, other = parts[short : short + 2]
        parts[short : short + 2] = [_Part(one.title or other.title, one.spans + other.spans)]
    return tuple(
        Chapter(
            one.title,
            of_spans(extraction, one.spans, strategy=Strategy.SECTIONS, rendering=rendering),
        )
        for one in parts
    )


@dataclass(frozen=True, slots=True)
class _Part:
    title: str
    spans: tuple[Span, ...]

    @property
    def size(self) -> int:
        return sum(end - start for start, end in self.spans)


def _sections(extraction: Extraction) -> list[_Part]:
    text = extraction.text
    tops = [section for section in extraction.sections if section.level == 1]
    if not tops:
        return []
    ends = [after.start for _, after in pairwise(tops)] + [len(text)]
    parts = [] if tops[0].start == 0 else [_Part("", ((0, tops[0].start),))]
    parts += [
        _Part(" ".join(section.title.split())[:MAX_TITLE], ((section.start, end),))
        for section, end in zip(tops, ends, strict=True)
        if section.kind not in _SKIPPED
    ]
    return _with_text(text, parts)


def _pages(extraction: Extraction) -> list[_Part]:
    starts = [*extraction.page_starts, len(extraction.text)]
    return _with_text(extraction.text, [_Part("", (span,)) for span in pairwise(starts)])


def _with_text(text: str, parts: Sequence[_Part]) -> list[_Part]:
    return [one for one in parts if any(text[a:b].strip() for a, b in one.spans)]
