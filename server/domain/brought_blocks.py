"""Cut pasted text into blocks: headings, paragraphs, list items, quotations and table rows, as people paste them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from server.domain.brought_markup import Cleaned, clean


class BlockKind(StrEnum):
    HEADING = "heading"
    PARAGRAPH = "paragraph"
    ITEM = "item"
    QUOTE = "quote"
    ROW = "row"


@dataclass(frozen=True)
class Block:
    """A stretch of the pasted text that belongs together."""

    kind: BlockKind
    spans: tuple[tuple[int, int], ...]
    """Offsets of its lines, or cells, without what makes them a heading, an item or a row."""
    cleaned: Cleaned
    """Its words, without markup."""
    cells: tuple[Cleaned, ...] = ()
    """Of a row."""
    level: int = 0
    """Of a heading with a mark: 1 to 6; 0 for one that is only a line of its own."""


@dataclass(frozen=True, slots=True)
class _Line:
    start: int
    end: int
    """Of its words: without indent, mark and white space."""
    indent: int
    mark: str
    """`#`, `-`, `1.`, `>`, `|`, `` ``` ``, `---`, or nothing."""
    text: str

    @property
    def is_blank(self) -> bool:
        return not self.text and not self.mark


_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|$)")
_MARK = re.compile(
    r"(?P<indent>[ \t\u3000]*)"
    r"(?P<mark>(?P<quote>>[ >]*)|(?P<heading>[#＃]{1,6}(?=[ \t\u3000]|[^#＃\s\w]))"
    r"|(?P<fence>```+|~~~+)|(?P<rule>(?:[-*_=][ \t]*){3,}$)"
    r"|(?P<bullet>[-*+•‣◦▪▸►–](?=[ \t\u3000])|[・●○◎](?=\S)|(?P<number>\(?\d{1,2}[.)](?=\s)|[（(]\d{1,2}[)）]|\d{1,2}[．）、]|[①-⑳]))"
    r"|(?P<row>\|))?[ \t\u3000]*"
)
_SEPARATOR = re.compile(r"\|?[ \t]*:?-{2,}:?[ \t]*(?:\|[ \t]*:?-{2,}:?[ \t]*)*\|?")
_SENTENCE_END = re.compile(r"[。．.!！…][」』”\"）)*_\]】]*$")
_VERB = re.compile(
    r"(?:る|た|い|です|ます|だ|ない|せん)$|\b(?:is|are|was|were|has|have|had|can|does|do|we)\b"
)
_FIGURE = re.compile(r"\d(?:[.,]\d+)?\s?(?:%|％|億|万|倍|点|ms|GB|B\b)")
_LABELLED = re.compile(r"[^:：\n]{1,40}[:：]\s*\S")
_BOLD = re.compile(
    r"(?:\*\*|__)[^*_\n]{1,120}(?:\*\*|__)[:：]?|【[^【】\n]{1,60}】[:：]?|[■◆▼★☆□◇][^\n]{1,80}"
)
_PROSE_FENCE = re.compile(r"(?:markdown|md|text|txt|plaintext)?", re.IGNORECASE)
_WRAPPED = (50, 120)
"""Widths between which hard-wrapped lines end."""


def blocks(text: str) -> tuple[Block, ...]:
    """The blocks in order. Code, rules and separators are left out; a whole answer inside a fence or `>` is not."""
    lines = list(_unquoted(list(_without_code(list(_lines(text))))))
    return tuple(_Assembler(text, lines).run())


def width(text: str) -> int:
    """Columns a text takes: Japanese characters two."""
    return sum(2 if c >= "\u2e80" else 1 for c in text)


def ends_sentence(text: str) -> bool:
    return bool(_SENTENCE_END.search(text.rstrip()))


def _lines(text: str) -> Iterator[_Line]:
    for match in _LINE.finditer(text):
        if match.end() > match.start():
            yield _line(text, match.start(), match.start() + len(match[0].rstrip()))


def _line(text: str, start: int, end: int) -> _Line:
    match = _MARK.match(text, start, end)
    if match is None:  # it matches the empty text
        return _Line(start, end, 0, "", text[start:end])
    at = match.end()
    words = text[at:end]
    mark = match["mark"] or ""
    if match["heading"]:
        mark = "#" * len(match["heading"])
        words = words.rstrip("#＃ \t")
    elif match["rule"]:
        mark, words, at = "---", "", end
    elif match["quote"]:
        mark = ">"
    elif match["fence"]:
        mark = "```"
    elif match["number"]:
        mark = "1."
    elif match["bullet"]:
        mark = "-"
    return _Line(at, at + len(words), width(match["indent"]), mark, words)


def _without_code(lines: Sequence[_Line]) -> Iterator[_Line]:
    """Lines outside code fences. A fence that holds most of the text, or says that it is prose, holds the answer."""
    whole = sum(len(line.text) for line in lines) or 1
    at = 0
    while at < len(lines):
        if lines[at].mark != "```":
            yield lines[at]
            at += 1
            continue
        end = next((i for i in range(at + 1, len(lines)) if lines[i].mark == "```"), None)
        if end is None:  # never closed: a stray mark must not hide what follows
            at += 1
            continue
        inside = lines[at + 1 : end]
        if (lines[at].text and _PROSE_FENCE.fullmatch(lines[at].text)) or sum(
            len(line.text) for line in inside
        ) > whole / 2:
            yield from inside
        at = end + 1


def _unquoted(lines: Sequence[_Line]) -> Iterator[_Line]:
    """Where nearly everything is quoted, as in an answered mail, nothing is a quotation."""
    quoted = sum(line.mark == ">" for line in lines)
    if quoted < 0.6 * sum(not line.is_blank for line in lines):
        yield from lines
        return
    for line in lines:
        if line.mark == ">":
            inner = _line(line.text, 0, len(line.text))
            yield _Line(
                line.start + inner.start, line.start + inner.end, inner.indent, inner.mark, inner.text
            )
        else:
            yield line


@dataclass
class _Assembler:
    """Puts lines together to blocks."""

    source: str
    lines: list[_Line]
    at: int = field(default=0, init=False)

    def run(self) -> Iterator[Block]:
        while self.at < len(self.lines):
            line = self.lines[self.at]
            if line.is_blank or line.mark == "---" or (line.mark and not line.text):
                self.at += 1
            elif line.mark == "|" or self._has_tabs(self.at):
                yield from self._table()
            elif line.mark.startswith("#"):
                yield self._block(BlockKind.HEADING, [line], level=len(line.mark))
            elif line.mark == ">":
                yield self._block(BlockKind.QUOTE, self._while(lambda other: other.mark == ">"))
            elif line.mark in ("-", "1."):
                yield self._item(line)
            elif self._is_heading(line):
                yield self._block(BlockKind.HEADING, [line])
            else:
                yield self._block(BlockKind.PARAGRAPH, self._wrapped(line))

    def _block(self, kind: BlockKind, lines: Sequence[_Line], *, level: int = 0) -> Block:
        self.at += len(lines)
        spans = tuple((line.start, line.end) for line in lines)
        return Block(kind, spans, clean(self.source, spans), level=level)

    def _while(self, holds: Callable[[_Line], bool]) -> list[_Line]:
        taken: list[_Line] = []
        while self.at + len(taken) < len(self.lines) and holds(self.lines[self.at + len(taken)]):
            taken.append(self.lines[self.at + len(taken)])
        return taken

    def _peek(self, ahead: int) -> _Line | None:
        at = self.at + ahead
        return self.lines[at] if 0 <= at < len(self.lines) else None

    def _item(self, line: _Line) -> Block:
        following = self._peek(1)
        if _BOLD.fullmatch(line.text.strip()) and following and not following.is_blank:
            deeper = following.indent > line.indent or not following.mark
            if deeper and (line.mark == "1." or line.text.rstrip("*_").endswith((":", "：", "?", "？"))):
                return self._block(BlockKind.HEADING, [line])
        taken = [line]
        while (other := self._peek(len(taken))) and not other.mark and other.text:
            if other.indent <= line.indent and not self._goes_on(taken[-1], other):
                break
            taken.append(other)
        return self._block(BlockKind.ITEM, taken)

    def _wrapped(self, line: _Line) -> list[_Line]:
        taken = [line]
        while (other := self._peek(len(taken))) and not other.mark and other.text:
            if not self._goes_on(taken[-1], other):
                break
            taken.append(other)
        return taken

    def _goes_on(self, line: _Line, other: _Line) -> bool:
        """Whether a line was broken by its width, or in the middle of a sentence."""
        if other.text[0].islower() and width(line.text) >= _WRAPPED[0] and not ends_sentence(line.text):
            return True
        if ends_sentence(line.text) or _LABELLED.match(other.text) or line.text.endswith((":", "：")):
            return False
        if other.text[0].islower() or line.text.endswith((",", "、", "，")):
            return True
        return (
            _WRAPPED[0] <= width(line.text) <= _WRAPPED[1] and abs(width(line.text) - width(other.text)) < 40
        )

    def _is_heading(self, line: _Line) -> bool:
        """Whether a line without a mark stands over what follows: short, unfinished, and followed by more."""
        words = line.text.strip()
        below = self._peek(1)
        if below and below.mark == "---" and self.source[line.end : line.end + 2].strip(" \r") == "\n":
            return width(words) <= 100  # underlined
        if _BOLD.fullmatch(words):
            return True
        if width(words) > 80 or words[0] in '「『“"‘|' or _LABELLED.match(words) or _FIGURE.search(words):
            return False
        above = self._peek(-1)
        is_free = above is None or above.is_blank or above.mark == "---" or ends_sentence(above.text)
        if not is_free:
            return False
        if words.endswith(("?", "？", ":", "：")):
            return not _VERB.search(words.rstrip(":：")) or words.endswith(("?", "？"))
        if ends_sentence(words) or _VERB.search(words) or words.endswith(("、", ",")):
            return False
        if width(words) > 40 and "\u3041" <= words[-1] <= "\u3096":  # 〜を目指し / て、…
            return False
        ahead = next((o for i in (1, 2, 3) if (o := self._peek(i)) and not o.is_blank), None)
        if ahead is None or ahead.mark.startswith("#"):
            return False
        return (
            bool(ahead.mark)
            or ends_sentence(ahead.text)
            or width(ahead.text) > 1.5 * width(words)
            or (ahead is below)
        )

    def _has_tabs(self, at: int) -> bool:
        """Whether a line is a row of a table copied from a page: tabs, and a neighbour with as many."""
        tabs = self.lines[at].text.count("\t")
        if not tabs:
            return False
        near = [self.lines[i].text.count("\t") for i in (at - 1, at + 1) if 0 <= i < len(self.lines)]
        return tabs in near

    def _table(self) -> Iterator[Block]:
        rows = self._while(lambda line: line.mark == "|") or [self.lines[self.at]]
        first = rows[0]
        has_head = first.mark == "|" and len(rows) > 1 and _is_separator(rows[1])
        for number, row in enumerate(rows):
            if _is_separator(row):
                continue
            cells = tuple(
                clean(self.source, [span]) for span in self._cells(row, "|" if row.mark == "|" else "\t")
            )
            kind = BlockKind.HEADING if has_head and number == 0 else BlockKind.ROW
            span = (row.start, row.end)
            yield Block(kind, (span,), clean(self.source, [span]), tuple(c for c in cells if c.text))
        self.at += len(rows)

    def _cells(self, row: _Line, separator: str) -> Iterator[tuple[int, int]]:
        at = row.start
        for piece in row.text.split(separator):
            left = len(piece) - len(piece.lstrip())
            if piece.strip():
                yield at + left, at + len(piece.rstrip())
            at += len(piece) + 1


def _is_separator(row: _Line) -> bool:
    return bool(_SEPARATOR.fullmatch(row.text.strip()))
