"""The first page as identity needs it: its lines, where the title block ends, and which characters stand raised."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import median

from server.domain.extractions import Page
from server.domain.heading_names import heading_kind
from server.domain.printed import Printed, body_size
from server.domain.sections import SectionKind

RAISED, LOWERED = "\x0e", "\x0f"
"""Around superscripts in `marked` text; page text holds no control characters of its own."""
GAP = "\x01"
"""A space too wide to stand between the words of one name."""

_ABSTRACT = re.compile(
    r"\s*(?:abstract|a ?b ?s ?t ?r ?a ?c ?t|summary|zusammenfassung|kurzfassung|résumé|resumen|概\s?要|要\s?旨|抄\s?録|あらまし|摘\s?要|"
    r"key ?words?|index terms|ccs concepts|キーワード|article info|a r t i c l e|graphical abstract|highlights)(?![a-z])",
    re.IGNORECASE,
)
_RAISED_SIGNS = "∗*†‡§¶♠♢♡♣#+?(✉☯"
"""What may begin a superscript besides letters and digits. Quotes and dashes stand high by nature."""
_LONGEST_FRONT = 150
_MOST_LINES = 2000
"""Of one page; printed ones have a few hundred at most."""
_NARROW_SPACES = 0.95
_WIDE_JAPANESE = 1.7


@dataclass(frozen=True)
class FrontMatter:
    """The page that bears the title, and the lines around."""

    page: Page
    offset: int
    """Where the page's text begins in the text of the paper."""
    lines: tuple[Printed, ...]
    """Of this page, rotated ones aside, in the order of the text."""
    stamps: tuple[Printed, ...]
    """Rotated lines of this page."""
    body: float
    """Size of the paper's body text."""

    @cached_property
    def head(self) -> tuple[Printed, ...]:
        """Lines above and before the abstract, or before what must be the text where there is none."""
        end = next((i for i, line in enumerate(self.lines) if i and self._begins_text(i, line)), None)
        if end is None:
            return self.lines[:_LONGEST_FRONT]
        limit = self.lines[end]
        return tuple(
            line
            for i, line in enumerate(self.lines[: end + _LONGEST_FRONT])
            if (i < end if not line.placed else line.y1 <= limit.y0 + 1)
        )

    def _begins_text(self, index: int, line: Printed) -> bool:
        if line.placed and line.y0 > 0.93 * self.page.height:
            return False
        if _ABSTRACT.match(line.text[:40]):
            return len(line.text) < 30 or bool(re.match(r"\S+\s*[.:：．—–-]|[^\x00-\x7f]", line.text))
        name = re.sub(r"^(?:\d{1,2}|I)[.．]?\s*", "", line.text[:60])
        if heading_kind(name) is SectionKind.INTRODUCTION:
            return True
        return self._is_prose(index)

    def _is_prose(self, index: int) -> bool:
        """Four lines of running text in a row."""
        block = self.lines[index : index + 4]
        if len(block) < 4:
            return False
        return all(_is_prose_line(line, self.body) for line in block)

    def marked(self, line: Printed) -> str:
        """The line's text with superscripts between `RAISED` and `LOWERED`, and wide spaces as `GAP`."""
        start, end = line.start - self.offset, line.end - self.offset
        text = self.page.text[start:end]
        boxes = [self.page.box(i) if i * 16 < len(self.page.boxes) else None for i in range(start, end)]
        letters = [
            box for c, box in zip(text, boxes, strict=True) if box and c.isalnum() and c not in "gjpqyQ,;"
        ]
        if len(letters) < 3:
            return text.replace("\n", GAP)
        base = median(box.y1 for box in letters)
        size = line.size or median(box.y1 - box.y0 for box in letters)
        wide = size * (_WIDE_JAPANESE if re.search(r"[぀-ヿ一-鿿]", text) else _NARROW_SPACES)
        marked, raised, right = "", False, None
        for c, box in zip(text, boxes, strict=True):
            if box is None:
                marked += (LOWERED if raised else "") + c
                raised = False
                continue
            high = base - box.y1 > 0.16 * size and box.y1 - box.y0 < 1.1 * size
            up = high and (raised or c.isalnum() or c in _RAISED_SIGNS)
            if right is not None and box.x0 - right > wide:
                marked = marked.rstrip() + (LOWERED if raised else "") + GAP
                raised = False
            if up != raised:
                marked = (marked + RAISED) if up else (marked + LOWERED)
                raised = up
            marked += c
            right = box.x1
        return marked.replace("\n", " ") + (LOWERED if raised else "")


def _is_prose_line(line: Printed, body: float) -> bool:
    words = re.findall(r"[^\W\d_]+", line.text)
    if line.placed and (line.size > 1.25 * body or line.bold):
        return False
    if "@" in line.text:
        return False
    small = sum(word[0].islower() for word in words)
    japanese = len(re.findall(r"[ぁ-ん]", line.text))
    return (len(words) >= 5 and small > 0.55 * len(words)) or japanese >= 8


def front_matters(pages: tuple[Page, ...], lines: Sequence[Printed]) -> tuple[FrontMatter, ...]:
    """The first two pages: the title stands on the first, or on the second behind a cover."""
    body = body_size(lines)
    found = []
    offset = 0
    for page in pages[:2]:
        mine = [line for line in lines if line.page == page.number][:_MOST_LINES]
        found.append(
            FrontMatter(
                page,
                offset,
                tuple(line for line in mine if not line.rotated),
                tuple(line for line in mine if line.rotated),
                body,
            )
        )
        offset += len(page.text) + 1
    return tuple(found)
