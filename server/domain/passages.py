"""Cut a paper into passages: stretches of whole sentences, small enough to send some and leave others."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from server.domain.extractions import PAGE_BREAK, Extraction, Line
from server.domain.extractive.prose import effective_kinds
from server.domain.sections import SectionKind
from server.domain.sentences import split

LOW, HIGH = 120.0, 200.0
"""Words of a passage: from `LOW` on it ends with its paragraph, beyond `HIGH` it does not grow."""
LEAST = 40.0
"""Fewer words than this stay with their neighbours: a heading, a line of keywords, the end of a section."""
WORDS_PER_SIGN = 0.4
"""A Japanese character in words, so that 120–200 words are 300–500 characters."""
_LONGEST_REST = 60.0
"""Words of a sentence that may stand on the next page; what runs on longer is a table or a list, no sentence."""

_LONGEST_WORD = 20
"""Characters, spaces included: text that seems to have longer words is no text, and must not fill a passage."""

_SIGN = re.compile("[\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_WORD = re.compile("[^\\W\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+")
_LETTERS = re.compile(r"[^\W\d_]{2}")
_SPACE = " \t\n\f"
_LOOK = 1000
"""Characters looked at on both sides of the end of a page."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of `Extraction.text`. The passages of a paper hold all of its text, each character once."""

    order: int
    """From 0, in reading order."""
    start: int
    end: int
    """Offsets into `Extraction.text`, without surrounding white space."""
    text: str
    """As extracted, with its line breaks."""
    first_page: int
    last_page: int
    """From 1. They differ only where a sentence runs over the end of a page."""
    kind: SectionKind
    """Of the section it begins in; what its heading does not tell is told by its place among the others."""
    section: int
    """Index into `Extraction.sections`, -1 before the first."""
    is_reference: bool
    """It is part of the reference list."""

    @property
    def pages(self) -> range:
        return range(self.first_page, self.last_page + 1)


@dataclass(frozen=True, slots=True)
class _Unit:
    """What is never cut: a sentence, an entry of the reference list, or a line where neither is to be seen."""

    start: int
    end: int
    size: float
    ends_paragraph: bool


def passages_of(extraction: Extraction) -> tuple[Passage, ...]:
    """The passages of a paper in reading order: 120–200 words or 300–500 Japanese characters each, cut where sentences
    and preferably paragraphs end, at headings, at the ends of pages, and around the reference list.

    A heading stays with what follows it. A passage is smaller where a page or section is, and goes on to the next page
    only to finish a sentence. Between passages there is white space and nothing else.
    """
    found: list[Passage] = []
    kinds = _kinds(extraction)
    starts = [section.start for section in extraction.sections]
    for start, end, is_reference in _stretches(extraction):
        for units in _packed(list(_units(extraction, start, end, is_reference=is_reference))):
            first, last = units[0].start, units[-1].end
            # Of a merged piece the section that most of it belongs to is the one at its middle.
            section = bisect_right(starts, (first + last) // 2) - 1
            found.append(
                Passage(
                    order=len(found),
                    start=first,
                    end=last,
                    text=extraction.text[first:last],
                    first_page=extraction.page_at(first),
                    last_page=extraction.page_at(last - 1),
                    kind=kinds[section + 1],
                    section=section,
                    is_reference=is_reference,
                )
            )
    return tuple(found)


def size_in_words(text: str) -> float:
    """How long a text is to a reader: its words, a Japanese character counting for two fifths of one."""
    words = len(_WORD.findall(text)) + WORDS_PER_SIGN * len(_SIGN.findall(text))
    return max(words, len(text) / _LONGEST_WORD)


def _kinds(extraction: Extraction) -> tuple[SectionKind, ...]:
    """The kind of what stands before the first section, then of each section."""
    sections = extraction.sections
    names_abstract = any(section.kind is SectionKind.ABSTRACT for section in sections)
    front = SectionKind.OTHER if names_abstract or not sections else SectionKind.ABSTRACT
    return (front, *effective_kinds(sections))


def _stretches(extraction: Extraction) -> Iterator[tuple[int, int, bool]]:
    """Start, end and whether it is the reference list, of what is cut by itself: the sections of a page, the small
    ones together."""
    text = extraction.text
    lists = _reference_lists(extraction)
    inside = {edge for span in lists for edge in span}
    sections = {section.start for section in extraction.sections}
    pages = _page_cuts(extraction)
    cuts = sorted({0, len(text), *inside, *sections, *pages})
    held = cuts[0]
    for cut in cuts[1:]:
        small = size_in_words(text[held:cut]) < LEAST
        if cut in sections and small and cut not in inside and cut not in pages:
            continue  # A heading right after a heading, a line of keywords.
        if text[held:cut].strip(_SPACE):
            yield held, cut, any(start <= held < end for start, end in lists)
        held = cut


def _reference_lists(extraction: Extraction) -> list[tuple[int, int]]:
    listed = [(s.start, s.end) for s in extraction.sections if s.kind is SectionKind.REFERENCES]
    entries = extraction.references
    if not listed and entries:
        listed = [(min(e.start for e in entries), max(e.end for e in entries))]
    return listed


def _page_cuts(extraction: Extraction) -> set[int]:
    """Where the passages of one page end and those of the next begin: after the sentence that runs over the border."""
    heads = [section.start for section in extraction.sections]
    cuts: set[int] = set()
    for border in extraction.page_starts[1:]:
        end = _end_of_sentence_over(extraction.text, border)
        headed = bisect_right(heads, max(end, border + 40)) > bisect_right(heads, border - 1)
        cuts.add(border if headed else end)
    return cuts


def _end_of_sentence_over(text: str, border: int) -> int:
    """Where the sentence ends that runs over the end of a page at `border`, or `border` where none does."""
    here = max(0, border - _LOOK)
    around = text[here : border + _LOOK]
    over = next((s for s in split(around) if here + s.start < border - 1 and here + s.end > border), None)
    if over is None or not _LETTERS.search(around[over.start : border - here]):
        return border  # A page number is not the beginning of a sentence.
    rest = text[border : here + over.end]
    return border if PAGE_BREAK in rest or size_in_words(rest) > _LONGEST_REST else border + len(rest)


def _units(extraction: Extraction, start: int, end: int, *, is_reference: bool) -> Iterator[_Unit]:
    text = extraction.text
    if is_reference:
        edges = [r.start for r in extraction.references if start < r.start < end]
        spans = list(zip([start, *edges], [*edges, end], strict=True))
    else:
        # From the end of one to the end of the next: bullets stand between sentences.
        ends = [start + span.end for span in split(text[start:end])]
        spans = list(zip([start, *ends], [*ends, end], strict=True))
    for span_start, span_end in spans:
        first, last = _trimmed(text, span_start, span_end)
        if first < last:
            yield from _whole_or_lines(extraction, first, last)


def _whole_or_lines(extraction: Extraction, start: int, end: int) -> Iterator[_Unit]:
    """One unit, or its lines where it is too long to be a sentence: a table, a formula, a programme."""
    text = extraction.text
    size = size_in_words(text[start:end])
    if size <= HIGH:
        yield _Unit(start, end, size, _ends_paragraph(extraction, end))
        return
    at = start
    for line in re.split("(?<=[\n\f])", text[start:end]):
        first, last = _trimmed(text, at, at + len(line))
        for piece in range(first, last, _LONGEST_LINE):
            until = min(piece + _LONGEST_LINE, last)
            yield _Unit(piece, until, size_in_words(text[piece:until]), ends_paragraph=False)
        at += len(line)


_LONGEST_LINE = 500
"""Characters of one printed line; longer ones come from broken or hostile files."""


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start] in _SPACE:
        start += 1
    while end > start and text[end - 1] in _SPACE:
        end -= 1
    return start, end


def _ends_paragraph(extraction: Extraction, end: int) -> bool:
    """Whether a sentence that ends at `end` ends its paragraph: its line ends there, and is shorter than the one above
    it, or the next is indented or set apart."""
    number = extraction.page_at(end - 1)
    page = extraction.pages[number - 1]
    at = end - extraction.page_starts[number - 1]
    if at >= len(page.text):
        return True
    if page.text[at] != "\n":
        return False
    lines = page.lines
    index = bisect_right(lines, at - 1, key=lambda line: line.start) - 1
    if not lines or index < 0 or index + 1 >= len(lines):
        return page.text[at : at + 2] == "\n\n"
    return _stands_apart(lines, index)


def _stands_apart(lines: Sequence[Line], index: int) -> bool:
    line, below = lines[index], lines[index + 1]
    height = max(line.y1 - line.y0, 1.0)
    if below.y0 - line.y1 > 0.9 * height or below.y1 < line.y0:
        return True  # White space, or the top of the next column.
    above = lines[index - 1] if index else line
    return above.x1 - line.x1 > 2.0 * height or below.x0 - line.x0 > 0.8 * height


def _packed(units: list[_Unit]) -> Iterator[list[_Unit]]:
    """Units put together to passages; a small rest goes to the passage before it where it fits."""
    groups: list[list[_Unit]] = []
    sizes: list[float] = []
    closed = True
    for unit in units:
        if closed or sizes[-1] + unit.size > HIGH:
            groups.append([])
            sizes.append(0.0)
        groups[-1].append(unit)
        sizes[-1] += unit.size
        closed = sizes[-1] >= LOW and unit.ends_paragraph
    if len(groups) > 1 and sizes[-1] < LEAST and sizes[-2] + sizes[-1] <= HIGH + LEAST:
        rest = groups.pop()
        groups[-1] += rest
    yield from groups
