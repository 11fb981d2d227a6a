"""The tables, figures and algorithms of a paper by their captions, and those that a sentence names."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from server.domain.extractions import Extraction, Line, Page


class CaptionKind(StrEnum):
    TABLE = "table"
    FIGURE = "figure"
    ALGORITHM = "algorithm"


@dataclass(frozen=True, slots=True)
class Caption:
    """Where a table, figure or algorithm is printed, as far as its caption tells. `Extraction.boxes` has the place."""

    kind: CaptionKind
    number: str
    """As it is called, with ASCII digits and Roman numbers in Arabic: `3`, `2.1`, `A1`."""
    page: int
    start: int
    """Offset into the extraction's text."""
    end: int


_LATIN = {
    CaptionKind.TABLE: r"tables?|tabs?\.|tabellen?|tableaux?",
    CaptionKind.FIGURE: r"figures?|figs?\.?|abbildung(?:en)?|abb\.",
    CaptionKind.ALGORITHM: r"algorithms?|algs?\.|algorithm(?:us|en)",
}
_WIDE = {CaptionKind.TABLE: "表", CaptionKind.FIGURE: "図|圖", CaptionKind.ALGORITHM: "アルゴリズム"}
_NUMBER = r"(?-i:(?:[A-HS][.\-]?)?\d{1,3}(?:[.\-]\d{1,2}){0,2}(?![\dA-Z])|[IVX]{1,5}(?![A-Za-z]))"
_LABELS = "|".join(
    f"(?P<{kind.value}>(?<![^\\W\\d_])(?:{_LATIN[kind]})(?=[\\s\\d])|(?<![\u3400-\u9fff々])(?:{_WIDE[kind]}))"
    for kind in CaptionKind
)
_CAPTION = re.compile(
    rf"\s*(?:{_LABELS})\s{{0,3}}(?P<number>{_NUMBER})(?P<after>\s?[:：|]|\s?[.．](?=\s|$)|\s[–—-]\s|\s*$"
    r"|\s+(?=(?-i:[A-Z])|[\u30a0-\u30ff\u4e00-\u9fff「『（(]))",
    re.IGNORECASE,
)
_ROMAN = {"I": 1, "V": 5, "X": 10}

_MOST_LINES = 12
_NEAR = 1.75
"""Least distance of two lines' tops, in type sizes, at which a caption has ended."""


def captions(extraction: Extraction) -> tuple[Caption, ...]:
    """The captions in the order of the pages, each number of a kind once.

    A line that begins with `Table 3` is a caption or goes on with a sentence; the paper's own habit decides: what stands
    behind the number in most captions of the kind (`:`, `.`, nothing) stands behind it in all.
    """
    found: dict[CaptionKind, list[tuple[str, Caption]]] = defaultdict(list)
    for page, page_start in zip(extraction.pages, extraction.page_starts, strict=True):
        for at, line in enumerate(page.lines):
            match = _CAPTION.match(page.text[line.start : line.end])
            if match is None or line.rotated or not _begins(match):
                continue
            kind, number = _kind(match), _plain(match["number"])
            end = _end(page, at)
            caption = Caption(kind, number, page.number, page_start + line.start, page_start + end)
            found[kind].append((_habit(match["after"]), caption))
    kept = [c for of_kind in found.values() for c in _by_habit(of_kind)]
    return tuple(sorted(kept, key=lambda c: c.start))


def _begins(match: re.Match[str]) -> bool:
    """Whether a line begins as captions do: with a capital."""
    label = match[_kind(match).value]
    return not label[0].islower()


def _habit(after: str) -> str:
    sign = unicodedata.normalize("NFKC", after).strip()[:1]
    return {"–": "-", "—": "-"}.get(sign, sign)


def _by_habit(of_kind: Sequence[tuple[str, Caption]]) -> Iterator[Caption]:
    numbers: dict[str, set[str]] = defaultdict(set)
    for habit, caption in of_kind:
        numbers[habit].add(caption.number)
    # A sign tells more than none: sentences begin with `Figure 3 The` now and then.
    usual = max(numbers, key=lambda habit: (len(numbers[habit]), habit != "", habit == ":"))
    if usual == "" and len(numbers) > 1:
        signed = {habit: own for habit, own in numbers.items() if habit}
        best = max(signed, key=lambda habit: len(signed[habit]))
        usual = best if 2 * len(signed[best]) >= len(numbers[""]) else usual
    seen: Counter[str] = Counter()
    for habit, caption in of_kind:
        if habit == usual and not seen[caption.number]:
            seen[caption.number] += 1
            yield caption


def _end(page: Page, at: int) -> int:
    """Where the caption ends that begins with this line: at a gap, another type size or the next caption."""
    end = page.lines[at].end
    for above, line in zip(page.lines[at:], page.lines[at + 1 : at + _MOST_LINES], strict=False):
        if not _goes_on(above, line) or _CAPTION.match(page.text[line.start : line.end]):
            break
        end = line.end
    return end


def _goes_on(above: Line, line: Line) -> bool:
    size = max(above.size, 1.0)
    overlap = min(above.x1, line.x1) - max(above.x0, line.x0)
    return abs(above.size - line.size) < 0.06 * size and 0 < line.y0 - above.y0 < _NEAR * size and overlap > 0


# What a sentence names

_ITEM = rf"(?:{_NUMBER})(?:\s?\([a-z]\)|(?-i:[a-h])(?![A-Za-z]))?"
_JOIN = r"\s{0,2}(?:[,、，・;/]\s?(?:and |or |und |& ?|及び|および)?|and|und|or|&|bis|to|through|[–—〜～~-]|と|や|及び|および|から)\s{0,2}"
_NAMED = re.compile(rf"(?:{_LABELS})\s{{0,3}}(?P<list>{_ITEM}(?:{_JOIN}{_ITEM})*)", re.IGNORECASE)
_PIECE = re.compile(rf"(?P<number>{_NUMBER})|(?P<range>[–—〜～~]|\s-\s|bis|to|through|から)", re.IGNORECASE)
_HYPHENED = re.compile(r"(?<![A-Za-z\d.])(\d{1,3})-(\d{1,3})(?![\d.-])")
_ELSEWHERE = re.compile(
    r"\s?\)?\s(?:of|in|from|von|aus)\s(?:\[\d|ref\.|[A-Z][\w’'-]+(?:\s(?:et al|and [A-Z]|&)|\s?[(\[]))"
)
"""`Table 4 of Smith et al.`: of another paper."""
_LONGEST_RANGE = 20


def named(text: str) -> tuple[tuple[CaptionKind, str], ...]:
    """The tables, figures and algorithms that a text names, each once and in order: `Figs. 2–4`, 「表3・表4に示す」.

    `Fig. 2-4` may be one figure of chapter 2, or three: it is given as `2-4`, which `named_in` looks up both ways.
    """
    found: dict[tuple[CaptionKind, str], None] = {}
    for match in _NAMED.finditer(unicodedata.normalize("NFKC", text)):
        if not _ELSEWHERE.match(match.string, match.end()):
            kind = _kind(match)
            found.update(dict.fromkeys((kind, number) for number in _numbers(match)))
    return tuple(found)


def named_in(text: str, of_paper: Sequence[Caption]) -> tuple[Caption, ...]:
    """The captions of a paper that a text names, in the order it names them. What the paper has not is left out."""
    known = {(caption.kind, caption.number): caption for caption in of_paper}
    found: dict[Caption, None] = {}
    for kind, number in named(text):
        numbers = [number]
        if (kind, number) not in known and (ends := _HYPHENED.fullmatch(number)):
            numbers = list(_range(ends[1], ends[2]))
        found.update(dict.fromkeys(known[kind, n] for n in numbers if (kind, n) in known))
    return tuple(found)


def _numbers(match: re.Match[str]) -> Iterator[str]:
    plural = re.fullmatch(
        r"tables|tabs\.|figures|figs\.?|algorithms|tabellen|abbildungen", match[0].split()[0].lower()
    )
    listed = _HYPHENED.sub(r"\1–\2", match["list"]) if plural else match["list"]
    last, is_range = "", False
    for piece in _PIECE.finditer(listed):
        if piece["range"]:
            is_range = True
            continue
        number = _plain(piece["number"])
        if is_range:
            yield from _range(last, number)
        yield number
        last, is_range = number, False


def _range(first: str, last: str) -> Iterator[str]:
    if first.isdigit() and last.isdigit() and 0 < int(last) - int(first) <= _LONGEST_RANGE:
        yield from (str(number) for number in range(int(first), int(last) + 1))


def _kind(match: re.Match[str]) -> CaptionKind:
    return next(kind for kind in CaptionKind if match[kind.value])


def _plain(number: str) -> str:
    """A number as it is looked up."""
    plain = unicodedata.normalize("NFKC", number).upper()
    if not re.fullmatch(r"[IVX]+", plain):
        return re.sub(r"(?<=[A-Z])[.-]", "", plain)
    values = [_ROMAN[sign] for sign in plain]
    return str(sum(-v if v < after else v for v, after in zip(values, [*values[1:], 0], strict=True)))
