"""Find the headings of a paper by number, size, weight, capitals, known names and bookmarks."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence

from server.domain.heading_kinds import Heading, settled
from server.domain.heading_names import heading_kind, is_known_name
from server.domain.heading_numbers import HeadingNumber, Numbering, split_number
from server.domain.names import is_institution
from server.domain.printed import CJK, Printed, body_size, cjk_count, one_line, squash, unspace
from server.domain.sections import Section, SectionKind

_LONGEST = 160
_RUN_IN = re.compile(
    r"(?P<name>(?:Abstract|ABSTRACT|Summary|SUMMARY|Zusammenfassung|Kurzfassung|Résumé|Resumen|概\s?要|要\s?旨|抄\s?録|あらまし|"
    r"Keywords?|KEYWORDS?|Key ?[Ww]ords(?: and [Pp]hrases)?|Index Terms|キーワード|Limitations?))"
    r"(?P<mark>\s?[.:：．。]\s?|\s?[—–―-]{1,3}\s?|　|\s(?=[ぁ-ヿ一-鿿]))(?=\S)"
)
_NOT_A_HEADING = re.compile(
    r"(?:figure|fig\.|table|tab\.|algorithm|listing|theorem|lemma|definition|proof|corollary|proposition|example|remark|"
    r"abbildung|tabelle|satz|beispiel|bemerkung|behauptung|beweis|korollar|https?:|www\.|図|表|定理|補題|定義|例|証明|アルゴリズム)"
    r"\s?[\dA-Z.:：]",
    re.IGNORECASE,
)
_CONTENTS_LINE = re.compile(r"(?:\.\s?){4,}|[…‥]{2,}|\S\s+\d{1,4}$")
_ENOUGH_BOOKMARKS = 3


Outline = tuple[tuple[str, int, int], ...]


def read_sections(lines: Sequence[Printed], *, outline: Outline = (), length: int) -> tuple[Section, ...]:
    """The headed stretches of the paper, in order and without overlap.

    Args:
        lines: Of the whole paper, furniture marked.
        outline: The PDF's bookmarks; believed only where a line of the page says the same.
        length: Characters of the whole text; where the last section ends.
    """
    headings = list(settled(_Finder(lines, outline).find(), length=length))
    ends = [*(heading.start for heading in headings[1:]), length][: len(headings)]
    return tuple(
        Section(h.title, h.kind, h.page, h.start, h.body, end, h.level)
        for h, end in zip(headings, ends, strict=True)
    )


class _Finder:
    """One pass over the lines of one paper."""

    def __init__(self, lines: Sequence[Printed], outline: Outline) -> None:
        self.lines = [line for line in lines if not line.furniture and not line.rotated]
        self.body = body_size(self.lines)
        self.contents = self._contents_pages()
        self.bookmarked = self._bookmarked(outline)
        self.styles = self._heading_styles()
        self.numbering = Numbering()
        self.usual: Counter[tuple[int, int, bool]] = Counter()
        self.begun = False
        """Whether the front matter, whose author lines may look like headings, is over."""
        self.references: Heading | None = None

    def find(self) -> Iterator[Heading]:
        index = 0
        while index < len(self.lines):
            heading, used = self._heading_at(index)
            if heading:
                if heading.kind is SectionKind.REFERENCES:
                    self.references = heading
                elif heading.level == 1:
                    self.references = None
                yield heading
            index += used

    def _heading_at(self, index: int) -> tuple[Heading | None, int]:
        line = self.lines[index]
        run_in = self._run_in(index)
        if run_in:
            return run_in, 1
        if line.page in self.contents or not self._may_be_heading(line):
            return None, 1
        number, title = split_number(line.text)
        if number and number.letters and not number.appendix and not self.begun:
            number, title = None, line.text  # `A Survey of …` is the title
        level = self.bookmarked.get(index) or self._level(index, number, title)
        if not level:
            return None, 1
        used = self._lines_used(index, number)
        if used > 1:
            title = split_number(self._joined(index, used))[1]
        title = unspace(title.strip().rstrip("：:").strip())
        self.begun = True
        if number:
            self.numbering.take(number)
            self.usual[number.level, round(line.size), line.bold] += 1
        last = self.lines[index + used - 1]
        body = self.lines[index + used].start if index + used < len(self.lines) else last.end
        kind = SectionKind.APPENDIX if number and number.appendix else heading_kind(title)
        return Heading(line.page, line.start, body, title, kind, level, line.size, line.bold), used

    def _run_in(self, index: int) -> Heading | None:
        """`Abstract. We show …`: a heading with its text on the same line."""
        line = self.lines[index]
        match = _RUN_IN.match(line.text[:80])
        if not match:
            return None
        kind = heading_kind(match["name"])
        if kind is not SectionKind.LIMITATIONS and line.page > 2:
            return None
        if kind is SectionKind.LIMITATIONS and (match["mark"].strip() not in {".", ":"} or self.references):
            return None
        self.begun = True
        body = line.start + match.end()
        level = 2 if kind is SectionKind.LIMITATIONS else 1
        return Heading(line.page, line.start, body, match["name"], kind, level, size=0, bold=False)

    def _may_be_heading(self, line: Printed) -> bool:
        text = line.text
        if not text or len(text) > _LONGEST or _NOT_A_HEADING.match(text):
            return False
        letters = sum(c.isalpha() for c in text)
        begins = text[0].isalnum() or text[0] in "“\"'「『【[§■●◆□"
        tiny = (
            line.placed and line.size < (0.7 if line.page == 1 else 0.9) * self.body
        )  # words inside figures
        wordy = letters >= 2 and letters >= 0.5 * len(text.replace(" ", "")) - 3
        return begins and wordy and not tiny and text[-1] not in ",;、，" and "://" not in text

    def _level(self, index: int, number: HeadingNumber | None, title: str) -> int:
        """From 1; 0 when the line is no heading."""
        line = self.lines[index]
        known = is_known_name(title)
        if self.references and not self._ends_references(line, number, known=known):
            return 0
        distinct = self._is_distinct(line)
        if number:
            if not self.begun and is_institution(title):
                return 0
            usual = self.usual[number.level, round(line.size), line.bold] > 1
            if not _reads_like_title(title) or not (self.numbering.follows(number) or (usual and distinct)):
                return 0
            if distinct or known or (title.isupper() and len(title) > 3):
                return number.level
            if not self.begun and line.page <= 2:
                return 0  # numbered affiliations
            plausible = self._stands_alone(index) and line.size > 0.97 * self.body and number.parts[0] > 0
            return number.level if plausible and len(title) < 80 and not title.endswith(".") else 0
        if known and (distinct or self._stands_alone(index) or not line.placed):
            return 1
        style = round(line.size), line.bold
        if not self.begun or style not in self.styles or not distinct or not _reads_like_title(title):
            return 0
        return self.styles[style] if self._has_words(title) and self._stands_alone(index, after=True) else 0

    def _has_words(self, title: str) -> bool:
        """Not a symbol or label out of a figure."""
        return (title[0].isupper() or cjk_count(title) > 1) and bool(
            re.search(rf"[^\W\d_]{{4}}|[{CJK}]{{2}}", title)
        )

    def _ends_references(self, line: Printed, number: HeadingNumber | None, *, known: bool) -> bool:
        """Inside a reference list bold or numbered lines are entries; only what looks like its own heading ends it."""
        references = self.references
        if references is None or not references.size:
            return known
        alike = abs(line.size - references.size) < 0.4 and line.bold == references.bold
        return alike or line.size > 1.12 * self.body or (known and (number is None or number.appendix))

    def _is_distinct(self, line: Printed) -> bool:
        if not line.placed:
            return False
        capitals = line.text.isupper() and len(line.text) > 4
        return line.size > 1.06 * self.body or (line.size > 0.9 * self.body and (line.bold or capitals))

    def _stands_alone(self, index: int, *, after: bool = False) -> bool:
        """More air above (and below, if asked) than within a paragraph."""
        line = self.lines[index]
        if not line.placed:
            return not line.text.endswith(".") and len(line.text) < 60
        before = self.lines[index - 1] if index else None
        if before is None:
            return True
        if not line.is_below(before):
            return not after or line.size > 1.04 * self.body
        if after and line.size < 1.04 * self.body and index + 1 < len(self.lines):
            below = self.lines[index + 1]
            if below.is_below(line) and below.y0 - line.y1 < 0.4 * self.body and not self._is_distinct(below):
                return False
        return line.y0 - before.y1 > 0.55 * self.body

    def _lines_used(self, index: int, number: HeadingNumber | None) -> int:
        """A heading may run over several lines of the same looks."""
        used = 1
        first = self.lines[index]
        if not first.placed or is_known_name(split_number(first.text)[1]):
            return used
        while used < 4 and index + used < len(self.lines):
            last, line = self.lines[index + used - 1], self.lines[index + used]
            alike = abs(line.size - first.size) < 0.3 and line.bold == first.bold and self._is_distinct(line)
            near = line.is_below(last) and line.y0 - last.y1 < 0.75 * first.size
            if not (alike and near) or (line.x0 < first.x0 - 2 and number) or index + used in self.bookmarked:
                break
            if split_number(line.text)[0] or is_known_name(line.text):
                break
            used += 1
        return used

    def _joined(self, index: int, used: int) -> str:
        text = self.lines[index].text
        for left, right in zip(
            self.lines[index : index + used - 1], self.lines[index + 1 : index + used], strict=True
        ):
            glue = "" if left.end == right.start else "\n"
            text += glue + right.text
        return one_line(text)

    def _contents_pages(self) -> frozenset[int]:
        """Pages of a table of contents: many lines that end in a page number."""
        hits: dict[int, int] = {}
        lines: dict[int, int] = {}
        for line in self.lines:
            lines[line.page] = lines.get(line.page, 0) + 1
            if (
                len(line.text) < 2 * _LONGEST
                and _CONTENTS_LINE.search(line.text[-40:])
                and not cjk_year(line.text)
            ):
                hits[line.page] = hits.get(line.page, 0) + 1
        return frozenset(page for page, n in hits.items() if n >= 5 and n > 0.6 * lines[page])

    def _bookmarked(self, outline: Outline) -> dict[int, int]:
        """Line index → level, for bookmarks that a line of their page repeats; none when few do."""
        pages = [line.page for line in self.lines]
        found: dict[int, int] = {}
        for title, page, level in outline[:2000]:
            wanted = squash(split_number(title)[1])
            if not wanted:
                continue
            here = range(bisect_left(pages, page), bisect_left(pages, page + 2))
            for index in sorted(here, key=lambda index: not self._is_distinct(self.lines[index])):
                line = self.lines[index]
                if line.page in self.contents or index in found or len(line.text) > _LONGEST:
                    continue
                got = squash(split_number(line.text)[1])
                if got == wanted or (len(got) > 8 and wanted.startswith(got) and self._is_distinct(line)):
                    found[index] = level
                    break
        enough = len(found) >= max(_ENOUGH_BOOKMARKS, 0.6 * len(outline))
        return found if enough else {}

    def _heading_styles(self) -> dict[tuple[int, bool], int]:
        """Looks (size, weight) that numbered, known or bookmarked headings have, with their level."""
        styles: dict[tuple[int, bool], int] = {}
        for index, line in enumerate(self.lines):
            if not self._is_distinct(line) or len(line.text) > _LONGEST or line.page in self.contents:
                continue
            number, title = split_number(line.text)
            level = (
                self.bookmarked.get(index)
                or (number.level if number and number.dotted else 0)
                or is_known_name(title)
            )
            if level:
                style = round(line.size), line.bold
                styles[style] = min(styles.get(style, 9), int(level))
        return {style: level for style, level in styles.items() if style[0] > round(self.body)}


def cjk_year(text: str) -> bool:
    return bool(re.search(r"\d年$|\d{4}[).．。]?$", text[-12:]))


def _reads_like_title(title: str) -> bool:
    if not title or re.match(rf"[^\W\d_]|[{CJK}“\"'「『\d]", title) is None:
        return False
    sentence = (title.endswith((".", "。", "．")) and len(title) > 40) or len(
        re.findall(r"[.!?] [A-Z]", title)
    ) > 1
    maths = sum(c in "=+<>≤≥∈∑∫×|{}^_\\" for c in title)
    return (
        not sentence
        and maths <= 1
        and len(squash(title)) >= 2
        and (
            title[0].isupper()
            or not title[0].isascii()
            or title[0] in "“\"'"
            or title[0].isdigit()
            or len(title.split()) < 4
        )
    )
