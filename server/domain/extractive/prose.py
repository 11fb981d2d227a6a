"""Find the running prose of a paper: not its headings, captions, tables, equations, footnotes or page furniture."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median

from server.domain.extractions import Extraction, Line, Page
from server.domain.sections import Section, SectionKind

_CAPTION = re.compile(
    r"(?i)\s*(?:fig(?:ure|\.)?|table|tab\.|algorithm|listing|scheme|abbildung|abb\.|tabelle|図|表)\s*[A-Z]?\d+"
    r"(?:\.\d+)?\s*(?:[:.：．|]|\s(?=[A-Z\u3040-\u9fff])|$)"
)
_NUMBERED_HEADING = re.compile(
    r"\s*(?:\d+(?:\.\d+)+\.?|\d+\.?|[A-Z]\.\d+(?:\.\d+)*)\s+[A-Z\u3040-\u9fff][^.。．]{0,70}$"
)
_BULLET = re.compile(r"\s*[•▪◦‣∙■●◆]\s*")
_FURNITURE = re.compile(
    r"(?i)©|\bcopyright\b|all rights reserved|^\s*proceedings of|\bpages \d+\s*[–-]\s*\d+|licen[sc]ed under|"
    r"\bassociation for computational|@\w|^\s*https?://\S+$|^\s*doi:|^\s*arxiv:|^\s*\W*\d+\W*$"
)
_END = re.compile(r"[.!?。．！？:：][\"'”’」』)）\]]*\d{0,2}\s*$")
_LETTER = re.compile(r"[^\W\d_]")

_CONDUCT = re.compile(r"(?i)\bethic|broader impact|conflicts? of interest|data availability|倫理|利益相反")
_HANDED_DOWN = frozenset({SectionKind.APPENDIX, SectionKind.RELATED, SectionKind.LIMITATIONS})
_SKIPPED = frozenset({SectionKind.REFERENCES, SectionKind.ACKNOWLEDGEMENTS})
_BETWEEN = "-‐ \n\f"
"""What may stand between two lines of one paragraph: a hyphen that belongs to its word stands outside of both."""
_SIZE_STEP = 0.6
"""Points by which the type of one paragraph may differ from line to line."""
_SMALLER = 1.3
"""Points below the body's size at which type is a footnote, caption or table; an abstract may go to 2.5."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of `Extraction.text` that is running prose without interruption."""

    start: int
    end: int
    kind: SectionKind
    section: int
    """Index into `Extraction.sections`, -1 before the first."""
    whole_start: bool
    """False when the passage goes on with a sentence that began elsewhere (before a float or a page's end)."""


@dataclass(frozen=True, slots=True)
class _Row:
    """One printed line, ready to be judged."""

    start: int
    end: int
    text: str
    line: Line | None
    page: int


def passages(extraction: Extraction) -> tuple[Passage, ...]:
    """The running prose in reading order. Lists of references, acknowledgements and front matter are left out."""
    look = _Look.of(extraction)
    found: list[Passage] = []
    unfinished = False
    for block in _blocks(extraction, look):
        text = extraction.text[block[0].start : block[-1].end]
        section = look.section_at(block[0].start)
        kind = look.kind(section, block[0].start)
        if kind is None or not _reads_as_prose(block, text, look):
            continue
        if found and found[-1].section != section:
            unfinished = False
        starts = not (unfinished or text.lstrip()[:1].islower())
        found.append(Passage(block[0].start, block[-1].end, kind, section, starts))
        unfinished = not _END.search(text)
    return tuple(found)


@dataclass(frozen=True)
class _Look:
    """How the paper's prose looks, and where its sections are."""

    extraction: Extraction
    body_size: float
    line_length: float
    """Typical characters of a full line."""
    furniture: frozenset[str]
    """Running heads and feet, digits masked."""
    starts: tuple[int, ...]
    effective: tuple[SectionKind, ...]

    @classmethod
    def of(cls, extraction: Extraction) -> _Look:
        sizes: Counter[float] = Counter()
        lengths: list[int] = []
        for page in extraction.pages:
            for line in page.lines:
                if not line.rotated:
                    sizes[round(line.size * 2) / 2] += line.end - line.start
        body = sizes.most_common(1)[0][0] if sizes else 0.0
        for page in extraction.pages:
            lengths += [
                n.end - n.start
                for n in page.lines
                if abs(n.size - body) <= _SIZE_STEP and n.end - n.start > 12
            ]
        return cls(
            extraction,
            body,
            median(lengths) if lengths else 0.0,
            _furniture(extraction.pages),
            tuple(section.start for section in extraction.sections),
            effective_kinds(extraction.sections),
        )

    def section_at(self, offset: int) -> int:
        return bisect_right(self.starts, offset) - 1

    def kind(self, section: int, offset: int) -> SectionKind | None:
        """What the prose at `offset` is for, or None when it is not to be read."""
        if section < 0:
            if not self.extraction.sections:
                return SectionKind.OTHER
            first = self.extraction.sections[0]
            early = self.extraction.page_at(offset) <= first.page
            return SectionKind.ABSTRACT if early and first.kind is not SectionKind.ABSTRACT else None
        kind = self.effective[section]
        return None if kind in _SKIPPED else kind


def effective_kinds(sections: tuple[Section, ...]) -> tuple[SectionKind, ...]:
    """The kind of each section; one whose heading does not tell inherits from the heading above it."""
    kinds: list[SectionKind] = []
    above: list[tuple[int, SectionKind]] = []
    appendix = False
    for section in sections:
        while above and above[-1][0] >= section.level:
            above.pop()
        kind = section.kind
        if _CONDUCT.search(section.title):
            kind = SectionKind.APPENDIX  # how the work was done decently, not what it found
        elif above and (kind is SectionKind.OTHER or above[-1][1] in _HANDED_DOWN):
            kind = above[-1][1]
        appendix = appendix or section.kind is SectionKind.REFERENCES
        if appendix and kind in (
            SectionKind.OTHER,
            SectionKind.METHOD,
            SectionKind.RESULTS,
            SectionKind.EVALUATION,
        ):
            kind = SectionKind.APPENDIX
        above.append((section.level, kind))
        kinds.append(kind)
    return _told_by_place(kinds)


def _told_by_place(kinds: list[SectionKind]) -> tuple[SectionKind, ...]:
    """Between the introduction and the evaluation stands the method, whatever its heading says."""
    tests = (SectionKind.EVALUATION, SectionKind.RESULTS)
    first = next((place for place, kind in enumerate(kinds) if kind in tests), 0)
    opening = next((place for place, kind in enumerate(kinds) if kind is SectionKind.INTRODUCTION), 0)
    return tuple(
        SectionKind.METHOD if kind is SectionKind.OTHER and opening < place < first else kind
        for place, kind in enumerate(kinds)
    )


def _furniture(pages: tuple[Page, ...]) -> frozenset[str]:
    """Lines that come back at the top or bottom of pages."""
    seen: Counter[str] = Counter()
    for page in pages:
        rows = [row.strip() for row in page.text.split("\n") if row.strip()]
        seen.update({_masked(row) for row in (*rows[:2], *rows[-2:])})
    return frozenset(row for row, count in seen.items() if count > 1 and row)


def _masked(text: str) -> str:
    return re.sub(r"\d+", "#", text.strip())


def _rows(extraction: Extraction) -> Iterator[_Row]:
    for page, at in zip(extraction.pages, extraction.page_starts, strict=True):
        if page.lines:
            for line in page.lines:
                yield _Row(
                    at + line.start, at + line.end, page.text[line.start : line.end], line, page.number
                )
            continue
        offset = 0
        for text in page.text.split("\n"):
            yield _Row(at + offset, at + offset + len(text), text, None, page.number)
            offset += len(text) + 1


def _blocks(extraction: Extraction, look: _Look) -> Iterator[list[_Row]]:
    """Lines that belong together: next to each other in the text, in like type, nothing else between."""
    block: list[_Row] = []
    text = extraction.text
    heads = [(s.start, s.body) for s in extraction.sections]
    head_starts = [start for start, _ in heads]
    caption = False
    last: _Row | None = None
    for row in _rows(extraction):
        if not row.text.strip():
            continue
        head = bisect_right(head_starts, row.start) - 1
        heading = head >= 0 and row.end <= heads[head][1]
        headed = head >= 0 and last is not None and head_starts[head] > last.start
        noise = heading or _is_noise(row, look)
        apart = last is not None and (headed or _apart(last, row))
        begins_caption = bool(_CAPTION.match(row.text))
        cut = bool(block) and bool(text[block[-1].end : row.start].strip(_BETWEEN))
        if block and (noise or apart or cut or begins_caption or _BULLET.match(row.text)):
            yield block
            block = []
        caption = begins_caption or (caption and not heading and not apart)
        if not noise and not caption:
            block.append(row)
        last = row
    if block:
        yield block


def _is_noise(row: _Row, look: _Look) -> bool:
    text = row.text.strip()
    if _masked(text) in look.furniture or _FURNITURE.search(text):
        return True
    if _NUMBERED_HEADING.match(text) and (
        row.line is None or row.line.bold or len(text) < 0.6 * look.line_length
    ):
        return True
    line = row.line
    if line is None:
        return False
    if line.rotated or line.size > look.body_size + 1.4:
        return True
    section = look.section_at(row.start)
    abstract = look.kind(section, row.start) is SectionKind.ABSTRACT
    if line.size < look.body_size - (2.5 if abstract else _SMALLER):
        return True
    letters = len(_LETTER.findall(text))
    return letters < 0.5 * len(text.replace(" ", "")) or (
        line.bold and len(text) < 0.6 * look.line_length and not _END.search(text)
    )


def _apart(last: _Row, row: _Row) -> bool:
    """Whether white space or a change of type on the page separates two lines. A new column or page does not."""
    if last.line is None or row.line is None:
        return False
    if abs(last.line.size - row.line.size) > _SIZE_STEP:
        return True
    height = max(last.line.y1 - last.line.y0, 1.0)
    gap = row.line.y0 - last.line.y1
    return last.page == row.page and gap > 1.1 * height


def _reads_as_prose(block: list[_Row], text: str, look: _Look) -> bool:
    """Whether the block's lines are full enough to be a paragraph rather than cells, labels or formulas."""
    inner = block[:-1]
    if look.line_length and len(inner) >= 2:
        full = sum(len(row.text) >= 0.62 * look.line_length for row in inner) / len(inner)
        if full < 0.5:
            return False
    elif look.line_length and not _END.search(text):
        return len(text) >= 0.8 * look.line_length
    return len(_LETTER.findall(text)) >= 20
