"""Find who wrote a paper, and where the first of them works, between its title and its abstract."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from server.domain.affiliation_reading import ADDRESS, MARK_SIGNS, affiliations, first_affiliation, marks_in
from server.domain.front_matter import GAP, LOWERED, RAISED, FrontMatter
from server.domain.identity import Found, Source
from server.domain.names import (
    in_reading_order,
    is_institution,
    is_japanese_person,
    is_organisation,
    is_person,
    is_place,
    recased,
    without_titles,
)
from server.domain.printed import CJK, Printed, cjk_count, one_line, squash

_MARK = re.compile(
    rf"{RAISED}([^{LOWERED}]*){LOWERED}|([{re.escape(MARK_SIGNS)}][{re.escape(MARK_SIGNS)}\d,，]*)|(?<=[^\W\d_.])(\d{{1,2}}(?:[,，]\d{{1,2}})*)(?![\d\w])"
)
_SEPARATOR = re.compile(
    rf"\s*(?:[;；、，,・|{GAP}]|\s(?:and|AND|und|UND|et|y|&)\s|^(?:and|AND|&)\s|(?:^|\s)[·•∙](?:\s|$))\s*"
)
_READING = re.compile(r"[（(][^（）()]{1,60}[)）]")
_MOST_AUTHORS = 200


@dataclass
class _Author:
    name: str
    marks: tuple[str, ...]
    line: Printed


@dataclass
class _Block:
    authors: list[_Author] = field(default_factory=list)
    affiliations: list[tuple[str, str, Printed]] = field(default_factory=list)
    """(mark, words, line)"""


Authors = tuple[Found[tuple[str, ...]] | None, Found[str] | None]


def read_authors(front: FrontMatter, title: Sequence[Printed], *, metadata: str | None) -> Authors:
    """The authors in printed order, and the affiliation of the first.

    Args:
        title: The lines the title stands on; names are looked for below them.
        metadata: The PDF's own author; believed where the page prints every name.
    """
    block = _Block()
    for line in _author_lines(front, title):
        _take(block, line, front)
        if len(block.authors) >= _MOST_AUTHORS:
            break
    if not block.authors:
        block.authors.extend(_sole_signature(front, title))
    names = tuple(dict.fromkeys(author.name for author in block.authors))
    page = front.page.number
    authors = Found(names, Source.LAYOUT, page) if names else None
    told = _from_metadata(metadata, front)
    if told and (not names or (len(told) > len(names) and squash(told[0]) != squash(names[0]))):
        authors = Found(told, Source.METADATA, page)
    first = block.authors[0] if block.authors else None
    affiliation = (
        first_affiliation(
            front,
            title,
            author=first.line,
            marks=first.marks,
            printed=[pair[:2] for pair in block.affiliations],
        )
        if first
        else None
    )
    return authors, affiliation


def _author_lines(front: FrontMatter, title: Sequence[Printed]) -> Iterator[Printed]:
    last = title[-1]
    for line in front.head:
        if line in title or line.start < title[0].start:
            continue
        if line.placed and (line.y0 < last.y0 or line.y0 > 0.93 * line.page_height):
            continue
        yield line


def _take(block: _Block, line: Printed, front: FrontMatter) -> None:
    marked = unicodedata.normalize("NFC", front.marked(line))
    text = ADDRESS.sub(" ", marked)
    if not re.search(r"[^\W\d_]{2}", text) or re.match(
        r"\s*(?:keywords?|date|dated|\d{4})\b", text, re.IGNORECASE
    ):
        return
    plain = one_line(re.sub(f"[{RAISED}{LOWERED}{GAP}]", " ", text))
    beside = _employer_beside(text)
    if beside:
        block.authors.append(_Author(beside[0], (), line))
        block.affiliations.append(("", beside[1], line))
        return
    if _is_affiliation_line(marked, plain):
        block.affiliations.extend((mark, words, line) for mark, words in affiliations(text))
        return
    if block.authors and not _can_be_next(block, line):
        return
    people = list(_people(text, alone=not block.authors))
    japanese = any(cjk_count(name) > 1 for name, _ in people)
    if block.authors and cjk_count(block.authors[0].name) > 1 and not japanese:
        return  # the same names again in Latin letters
    block.authors.extend(_Author(name, marks, line) for name, marks in people)


def _employer_beside(text: str) -> tuple[str, str] | None:
    """`清水 愛子　　大阪大学`: one name and, well apart from it, where the person works."""
    columns = [one_line(column) for column in text.split(GAP) if column.strip()]
    if len(columns) != 2 or not is_institution(columns[1]):
        return None
    name = _readable(columns[0])
    return (name, columns[1]) if is_person(name) or is_japanese_person(name) else None


def _sole_signature(front: FrontMatter, title: Sequence[Printed]) -> Iterator[_Author]:
    """A single word right below the title, where nothing reads like a name: a body or a pseudonym."""
    below = next(_author_lines(front, title), None)
    if below is None or (below.placed and below.y0 - title[-1].y1 > 5 * below.size):
        return
    words = below.text.split()
    if (
        len(words) <= 3
        and all(word[0].isupper() and word.isalnum() for word in words)
        and not is_place(below.text)
    ):
        yield _Author(below.text, (), below)


def _is_affiliation_line(marked: str, plain: str) -> bool:
    """Begins with a mark, or names an institution and no person before it."""
    lead = re.match(
        rf"\s*(?:{RAISED}[^{LOWERED}]*{LOWERED}|[{re.escape(MARK_SIGNS)}?]|\(?\d{{1,2}}\)?(?=[^\d\s.]|\s))",
        marked,
    )
    ordinal = re.match(rf"\s*\d{RAISED}(?:st|nd|rd|th)", marked)
    if lead and not ordinal and not re.match(r"[○◯]", marked):
        return True
    if not is_institution(plain):
        return False
    first = re.split(r"[,，、;]|\sand\s|\s{2,}", without_titles(plain))[0]
    return not (
        is_person(first) or (is_japanese_person(re.split(r"[\s（(]", first)[0]) and cjk_count(plain) < 8)
    )


def _can_be_next(block: _Block, line: Printed) -> bool:
    """More names look like the names before; a city below an institution does not make an author."""
    last = block.authors[-1].line
    if not line.placed:
        return not block.affiliations
    if line.bold != last.bold or abs(line.size - last.size) > 0.08 * last.size:
        return False
    if not block.affiliations:
        return line.y0 - last.y1 < 3 * line.size or line.y0 <= last.y0
    # After an affiliation: a new column, or a new group with air above.
    above = block.affiliations[-1][2]
    beside = line.y0 < above.y0 or not (line.x0 < above.x1 and above.x0 < line.x1)
    return beside or line.y0 - above.y1 > 0.6 * line.size


def _people(text: str, *, alone: bool) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Names on one line with the marks behind them; nothing when the line is about something else."""
    text = re.sub(rf"(\d){RAISED}(?:st|nd|rd|th){LOWERED}\s*", "", text)
    pieces: list[tuple[str, tuple[str, ...]]] = []
    position = 0
    for match in _MARK.finditer(text):
        marks = marks_in(next(group for group in match.groups() if group is not None))
        pieces.extend(_split(text[position : match.start()]))
        if pieces:
            pieces[-1] = pieces[-1][0], (*pieces[-1][1], *marks)
        position = match.end()
    pieces.extend(_split(text[position:]))
    names = [(_readable(piece), marks) for piece, marks in pieces]
    names = [(name, marks) for name, marks in names if name]
    wide = cjk_count(text) > 1
    good = [
        pair
        for pair in names
        if is_person(pair[0]) or (wide and is_japanese_person(pair[0])) or is_organisation(pair[0])
    ]
    if not good or len(good) < 0.6 * len(names):
        whole = _readable(re.sub(f"[{RAISED}{LOWERED}{GAP}]", " ", text))
        if alone and is_organisation(whole) and len(names) <= 2:
            yield whole, ()
        return
    for name, marks in good:
        yield recased(name), marks


def _split(text: str) -> list[tuple[str, tuple[str, ...]]]:
    text = _READING.sub(" ", text)
    text = without_titles(re.sub(f"[{RAISED}{LOWERED}]", "", text)) if text.strip() else ""
    if ";" in text and all("," in part for part in text.split(";") if part.strip()):
        return [(in_reading_order(part), ()) for part in text.split(";") if part.strip()]
    parts = [part for part in _SEPARATOR.split(text) if part and part.strip()]
    return [(name, ()) for part in parts for name in _japanese_names(part.strip())]


def _japanese_names(part: str) -> list[str]:
    """`山田太郎 鈴木花子` are two, `山田 太郎` is one, `山田 太郎 鈴木 花子` two again."""
    tokens = part.split()
    if cjk_count(part) < 2 or len(tokens) < 2 or is_organisation(part):
        return [part]
    if all(3 <= len(token) <= 6 and cjk_count(token) for token in tokens) and (
        len(tokens) > 2 or max(map(len, tokens)) > 3
    ):
        return tokens
    if len(tokens) % 2 == 0 and all(len(token) <= 4 for token in tokens):
        return [f"{family} {given}" for family, given in zip(tokens[::2], tokens[1::2], strict=True)]
    return [part]


def _readable(piece: str) -> str:
    piece = (
        one_line(piece).strip(" ,;:.，、．。*-–—○◯◎?")
        if not re.search(r"\b(?:Jr|Sr)\.$", piece)
        else one_line(piece).strip(" ,")
    )
    piece = re.sub(r"^(?:and|AND|und|by|著者?[:：]?)\s+", "", piece)
    return re.sub(rf"(?<=[{CJK}])　(?=[{CJK}])", " ", piece)


def _from_metadata(metadata: str | None, front: FrontMatter) -> tuple[str, ...]:
    """The names the metadata lists, when each of them is printed on the page outside running text."""
    if not metadata or len(metadata) > 4000:
        return ()
    separator = r"\s*;\s*" if ";" in metadata else r"\s*,\s*(?:and\s+)?|\s+and\s+"
    names = [part.strip() for part in re.split(separator, metadata) if part.strip()]
    printed = squash(" ".join(line.text for line in front.lines[:_MOST_AUTHORS] if len(line.text) < 200))
    said = all(
        len(squash(name)) > 4 and squash(name) in printed and (is_person(name) or cjk_count(name) > 1)
        for name in names
    )
    return tuple(names) if names and said else ()
