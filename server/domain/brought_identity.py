"""Which paper a pasted answer says it is about: title, authors, year, venue, with the place where it says so."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from server.domain.brought_blocks import Block, BlockKind, ends_sentence, width
from server.domain.brought_labels import announced, asks_what_to_read, bare, labelled
from server.domain.brought_markup import Cleaned

_QUOTED = re.compile(r"[「『“\"«《]([^「」『』“”\"«»《》\n]{4,300})[」』”\"»》]")
_NAMED = re.compile(
    r"(?:titled|entitled|called|named|(?:the|this) (?:paper|article|work|study),?|論文|題名は|タイトルは|原題は?)\s*[:：]?\s*"
    r"[「『“\"«《](?P<a>[^「」『』“”\"«»《》\n]{8,300})[」』”\"»》]"
    r"|[「『“\"](?P<b>[^「」『』“”\"\n]{8,300})[」』”\"]\s*(?:と題|という(?:題|論文)|という題名|は、?論文)",
    re.IGNORECASE,
)
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d{2}(?!\d)(?:\s?年(?:\s?\d{1,2}月(?:\s?\d{1,2}日)?)?)?")
_SPLIT_NAMES = re.compile(r"\s*(?:,| and |、|，|;|；|&|・and |／|/| と )\s*")
_TAIL = re.compile(
    r"(?:,?\s*(?:et al\.?|ほか|他(?:\s?\d+\s?名)?|ら|氏|\.{3}|…))+$|\s*[（(][^（）()]*[)）]$|[\d*†‡§¶]+$"
)
_NEAR_BEGINNING = 8
"""Blocks in which a title without a label is looked for."""
_LONGEST = 400


@dataclass(frozen=True, slots=True)
class StatedPart:
    """One thing that an answer says about which paper it is."""

    part: str
    """As in an identity: `title`, `authors`, `first_author`, …"""
    value: str
    start: int
    end: int
    """Offsets into the pasted text."""
    certain: bool = True
    """Whether it is labelled; a heading that only looks like a title is not certain."""


def stated_parts(blocks: Sequence[Block]) -> tuple[tuple[StatedPart, ...], frozenset[int]]:
    """What the blocks say about the paper's identity, and the indexes of the blocks that say nothing else."""
    reader = _Reader()
    for index, block in enumerate(blocks):
        if reader.read(block):
            reader.used.add(index)
    parts = reader.parts
    if not any(part.part == "title" and part.certain for part in parts):
        parts = [*_unlabelled_titles(blocks[:_NEAR_BEGINNING], reader.used), *parts]
    return tuple(parts), frozenset(reader.used)


def summed_up(parts: Sequence[StatedPart]) -> Mapping[str, Any]:
    """The parts as an answer to a question about identity: the first value of each, authors as a list."""
    stated: dict[str, Any] = {}
    for part in parts:
        if not part.certain or part.part in stated:
            continue
        stated[part.part] = value_of(part)
    return stated


def value_of(part: StatedPart) -> Any:
    """What a part says, ready to be compared: names without "et al." and affiliations, a year as a number."""
    if part.part == "year":
        return int(part.value[:4])
    if part.part == "authors":
        return names(part.value)
    if part.part in ("first_author", "last_author"):
        return next(iter(names(part.value)), part.value)
    return part.value


def names(value: str) -> list[str]:
    """The names in a stated line of authors."""
    found = []
    for name in _SPLIT_NAMES.split(_TAIL.sub("", value.strip())):
        bare_name = name
        while (shorter := _TAIL.sub("", bare_name).strip()) != bare_name:
            bare_name = shorter
        if len(bare_name) > 1:
            found.append(bare_name)
    return found


@dataclass
class _Reader:
    """Goes through the blocks, remembering what the last heading announced."""

    parts: list[StatedPart] = field(default_factory=list)
    used: set[int] = field(default_factory=set)
    _expected: tuple[str, ...] = ()
    _given: int = 0
    """Blocks read since the heading."""

    def read(self, block: Block) -> bool:
        """Take what a block says about the identity. Returns whether it says nothing else."""
        words = block.cleaned.text
        if block.kind is BlockKind.HEADING:
            self._expected, self._given = announced(words), 0
            found = list(labelled(words))
            if found:
                self._expected = ()
            return self._labelled(block.cleaned, found)
        if block.kind is BlockKind.ROW and len(block.cells) > 1 and (parts := announced(block.cells[0].text)):
            cell = block.cells[1]
            return self._take(parts, cell, 0, len(cell.text))
        if self._labelled(block.cleaned, list(labelled(words))):
            return True
        if announced(words):  # a label on a line of its own
            return self._expect(words)
        if not self._expected or self._given > 3 or len(words) > _LONGEST:
            return False
        self._given += 1
        if ends_sentence(words) and width(words) > 120:
            self._expected = ()
            return False
        return self._take(self._expected, block.cleaned, 0, len(words))

    def _labelled(self, cleaned: Cleaned, found: Sequence[Any]) -> bool:
        taken = [
            self._take(announced(one.label), cleaned, one.start, one.end)
            if one.start < one.end
            else self._expect(one.label)
            for one in found
        ]
        return any(taken)

    def _expect(self, label: str) -> bool:
        self._expected, self._given = announced(label), 0
        return True

    def _take(self, parts: tuple[str, ...], cleaned: Cleaned, start: int, end: int) -> bool:
        """Hand a value to the part, or share it out among the parts, that were asked for."""
        if end - start > _LONGEST or not cleaned.text[start:end].strip():
            return False
        if len(parts) == 1:
            self._add(parts[0], cleaned, *_whole(cleaned.text, start, end, parts[0]))
            return True
        wanted = list(parts)
        year = _YEAR.search(cleaned.text, start, end) if "year" in wanted else None
        if year:
            self._add("year", cleaned, *year.span())
            before, after = (start, year.start()), (year.end(), end)
            start, end = max(
                before, after, key=lambda s: len(cleaned.text[slice(*s)].strip("、,，. ()（）:：-–"))
            )
            wanted.remove("year")
        quoted = _QUOTED.search(cleaned.text, start, end)
        if "title" in wanted and quoted:
            self._add("title", cleaned, *quoted.span(1))
            start = quoted.end()
            wanted.remove("title")
        start, end = _trimmed(cleaned.text, start, end)
        if start >= end:
            return True
        if {"first_author", "last_author"} <= set(wanted):
            self._first_and_last(cleaned, start, end)
        elif left := [part for part in wanted if not any(p.part == part for p in self.parts)]:
            self._add(left[0], cleaned, start, end)
        return True

    def _first_and_last(self, cleaned: Cleaned, start: int, end: int) -> None:
        pieces = [m.span() for m in re.finditer(r"[^,、，;；／/&]+", cleaned.text[start:end])]
        pieces = [_trimmed(cleaned.text, start + a, start + b) for a, b in pieces]
        if pieces:
            self._add("first_author", cleaned, *pieces[0])
        if len(pieces) > 1:
            self._add("last_author", cleaned, *pieces[-1])

    def _add(self, part: str, cleaned: Cleaned, start: int, end: int) -> None:
        if start >= end:
            return
        value = cleaned.text[start:end]
        if part == "year" and not (found := _YEAR.search(value)):
            return
        if part == "year" and found:
            start, end = start + found.start(), start + found.end()
            value = cleaned.text[start:end]
        if part == "venue" and (found := _YEAR.search(value)):
            year = (start + found.start(), start + found.end())
            if not any(p.part == "year" for p in self.parts):
                self.parts.append(StatedPart("year", found[0], *cleaned.span(*year)))
            if not re.search(r"[^\W\d_]", value.replace(found[0], "")):
                return
        self.parts.append(StatedPart(part, value, *cleaned.span(start, end)))


def _whole(text: str, start: int, end: int, part: str) -> tuple[int, int]:
    """A value without quotation marks around it."""
    start, end = _trimmed(text, start, end)
    quoted = _QUOTED.match(text, start, end) if part in ("title", "translation") else None
    return quoted.span(1) if quoted else (start, end)


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    inside = text[start:end]
    left = len(inside) - len(inside.lstrip(" 　、,，:：・-–|"))
    right = len(inside.rstrip(" 　、,，|"))
    return start + left, start + max(left, right)


def _unlabelled_titles(blocks: Sequence[Block], used: set[int]) -> Iterator[StatedPart]:
    """Titles near the beginning that nothing announces: named in a sentence, quoted on a line of their own, or a
    heading that reads like one."""
    for index, block in enumerate(blocks):
        text = block.cleaned.text
        if asks_what_to_read(text):
            return
        for named in _NAMED.finditer(text):
            span = named.span("a" if named["a"] else "b")
            if _is_titled(text[slice(*span)], words=2):
                yield StatedPart("title", text[slice(*span)], *block.cleaned.span(*span))
                return
        whole = _QUOTED.fullmatch(text.strip())
        if whole and _is_titled(whole[1]):
            start = text.index(whole[1])
            used.add(index)
            yield StatedPart("title", whole[1], *block.cleaned.span(start, start + len(whole[1])))
            return
        if block.kind is BlockKind.HEADING:
            for words in _in_heading(bare(text)):
                start = text.index(words)
                span = block.cleaned.span(start, start + len(words))
                yield StatedPart("title", words, *span, certain=False)


def _in_heading(heading: str) -> Iterator[str]:
    """What of a heading may be a title: all of it, what is quoted in it, what stands behind "Summary:"."""
    quoted = _QUOTED.search(heading)
    behind = re.split(r"[:：]\s*| of (?:the paper )?", heading, maxsplit=1)[1:]
    for words in (heading, quoted[1] if quoted else "", *behind):
        if _is_titled(words.strip(), words=2):
            yield words.strip()


def _is_titled(text: str, *, words: int = 4) -> bool:
    """Whether words read like the title of a paper: long enough, and capitalised where their script has capitals."""
    latin = re.findall(r"[^\W\d_]+", text)
    if any("\u3040" <= c <= "\u9fff" for c in text):
        return width(text) >= 24 and not ends_sentence(text)
    return len(latin) >= words and latin[0][0].isupper() and not text.endswith((".", "?"))
