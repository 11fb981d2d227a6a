"""Read the reference lists of a paper, entry by entry."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import pairwise

from server.domain.heading_names import heading_kind
from server.domain.heading_numbers import split_number
from server.domain.printed import CJK, Printed
from server.domain.reference_parsing import has_colon_after_names, parse_entry
from server.domain.reference_splitting import RawEntry, split_entries
from server.domain.references import Reference
from server.domain.sections import Section, SectionKind

_MOST_ENTRIES = 5000
_LONGEST_ENTRY = 2500
_FEWEST_LETTERS = 12


def read_references(
    lines: Sequence[Printed], sections: Sequence[Section], *, length: int
) -> tuple[Reference, ...]:
    """All entries of all lists, in printed order.

    Args:
        lines: Of the whole paper, furniture marked.
        sections: As read; lists stand in those named references.
        length: Characters of the whole text.
    """
    references: list[Reference] = []
    starts = [line.start for line in lines]
    for start, end in _stretches(lines, sections, length):
        own = lines[bisect_left(starts, start) : bisect_left(starts, end)]
        mine = [line for line in own if not line.furniture]
        entries = [(entry, _on_one_line(entry)) for entry in split_entries(mine)[:_MOST_ENTRIES]]
        entries = [(entry, text) for entry, text in entries if sum(map(str.isalpha, text)) >= _FEWEST_LETTERS]
        # One entry may be signed by a body that only its neighbours show to be an author.
        colon = sum(has_colon_after_names(text) for _, text in entries) > 0.5 * len(entries)
        for entry, text in entries:
            references.append(_reference(entry, text, index=len(references) + 1, colon=colon))
    return tuple(references)


def _stretches(
    lines: Sequence[Printed], sections: Sequence[Section], length: int
) -> Iterator[tuple[int, int]]:
    found = False
    for section in sections:
        if section.kind is SectionKind.REFERENCES:
            found = True
            yield section.body, section.end
    if found:
        return
    # No heading was seen as one: the last line that reads like it, in the later part of the text.
    for line in reversed(lines):
        if line.start < 0.35 * length:
            return
        if len(line.text) < 40 and heading_kind(split_number(line.text)[1]) is SectionKind.REFERENCES:
            yield line.end, length
            return


def _reference(entry: RawEntry, text: str, *, index: int, colon: bool) -> Reference:
    parsed = parse_entry(text, colon=colon)
    return Reference(
        index=index,
        number=entry.label,
        text=text,
        title=parsed.title,
        authors=parsed.authors,
        year=parsed.year,
        page=entry.lines[0].page,
        start=entry.lines[0].start,
        end=entry.lines[-1].end,
        doi=parsed.doi,
    )


def _on_one_line(entry: RawEntry) -> str:
    text = entry.lines[0].text[entry.label_length :]
    for above, line in pairwise(entry.lines):
        text += _glue(text, above, line) + line.text
        if len(text) > _LONGEST_ENTRY:
            break
    return re.sub(r"\s+", " ", text).strip()


def _glue(text: str, above: Printed, line: Printed) -> str:
    """What stood between two lines: nothing after an undone hyphen, inside an address, between Japanese characters."""
    if above.end == line.start or text.endswith(("-", "–", "/")):
        return ""
    if re.search(rf"[{CJK}，．、。]$", text[-1:]) and re.match(rf"[{CJK}]", line.text):
        return ""
    return " "
