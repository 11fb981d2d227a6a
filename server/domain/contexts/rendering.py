"""Render a paper, or stretches of it, as text for a model: pages marked, what is left out marked, plain or with more shape."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import pairwise

from server.domain.contexts.choices import Rendering
from server.domain.contexts.table_rows import tabbed
from server.domain.extractions import PAGE_BREAK, Extraction
from server.domain.prompts import harmless, paper_text

Span = tuple[int, int]
"""Start and end of a stretch of `Extraction.text`."""

LEFT_OUT = "[…]"
"""Stands where something of the paper is not sent."""


def rendered(
    extraction: Extraction,
    spans: Sequence[Span] | None = None,
    *,
    rendering: Rendering = Rendering.PLAIN,
) -> str:
    """The text that is sent.

    Args:
        spans: In the order in which they are sent; one that begins before the end of the one before it begins a new
            block with its own page marks. None: the whole paper.
    """
    if spans is None:
        if rendering is Rendering.PLAIN:
            return paper_text(extraction)
        spans = [(0, len(extraction.text))]
    source = _source(extraction, rendering)
    heads = [section.start for section in extraction.sections] if rendering is Rendering.SECTIONED else []
    lines: list[str] = []
    for block in _blocks(merged(extraction.text, spans)):
        at, page = 0, 0
        for start, end in block:
            if extraction.text[at:start].strip():
                lines.append(LEFT_OUT)
            for number, first, last in _by_page(extraction, start, end):
                if number != page:
                    lines.append(f"[p. {number}]")
                    page = number
                lines.append(_piece(extraction, source, first, last, heads))
            at = end
        if extraction.text[at:].strip():
            lines.append(LEFT_OUT)
    return "\n".join(lines)


def merged(text: str, spans: Sequence[Span]) -> list[Span]:
    """The same stretches, those with nothing but white space between them as one."""
    found: list[Span] = []
    for start, end in spans:
        if found and start >= found[-1][1] and not text[found[-1][1] : start].strip():
            found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
    return found


def pages_of(
    extraction: Extraction, spans: Sequence[Span]
) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
    """Pages (from 1) of which something is in these stretches, those of them of which something is not, and those of
    which nothing is. A page without text counts as read."""
    read: list[int] = []
    in_part: list[int] = []
    left_out: list[int] = []
    starts = extraction.page_starts
    pieces: dict[int, list[Span]] = {}
    for start, end in spans:
        for number, first, last in _by_page(extraction, start, end):
            pieces.setdefault(number, []).append((first, last))
    for page in extraction.pages:
        own, at = sorted(pieces.get(page.number, [])), starts[page.number - 1]
        ends = at + len(page.text)
        gaps = [(at, own[0][0]), *((a[1], b[0]) for a, b in pairwise(own)), (own[-1][1], ends)] if own else []
        if own or not page.text.strip():
            read.append(page.number)
            if any(extraction.text[start:end].strip() for start, end in gaps):
                in_part.append(page.number)
        else:
            left_out.append(page.number)
    return tuple(read), tuple(in_part), tuple(left_out)


def _source(extraction: Extraction, rendering: Rendering) -> str:
    """Text of the same length and offsets as the extraction's."""
    if rendering is Rendering.TABLES:
        return PAGE_BREAK.join(tabbed(page) for page in extraction.pages)
    return extraction.text


def _blocks(spans: Sequence[Span]) -> Iterator[list[Span]]:
    block: list[Span] = []
    for span in spans:
        if block and span[0] < block[-1][1]:
            yield block
            block = []
        block.append(span)
    if block:
        yield block


def _by_page(extraction: Extraction, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Page number, start and end of each page's share of a stretch; pages without text too."""
    number = extraction.page_at(start)
    while start < end:
        last = extraction.page_starts[number - 1] + len(extraction.pages[number - 1].text)
        yield number, start, min(last, end)
        start = last + 1
        number += 1


def _piece(extraction: Extraction, source: str, start: int, end: int, heads: Sequence[int]) -> str:
    """A stretch of one page, its headings marked."""
    parts: list[str] = []
    at = start
    for index in range(bisect_left(heads, start), bisect_left(heads, end)):
        section = extraction.sections[index]
        body = min(section.body, end)
        parts += [source[at : section.start], f"\n{'#' * (section.level + 1)} "]
        parts += [" ".join(source[section.start : body].split()), "\n"]
        at = body
    return harmless("".join([*parts, source[at:end]]))
