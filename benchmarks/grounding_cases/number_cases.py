"""Statements made from real sentences: their numbers in another notation, rounded, derived, or wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import ROUND_HALF_UP, Decimal
from random import Random

from .cases import Case, Column, Statement, dice
from .numerals import japanese_myriads, kanji, plain
from .papers import BenchPaper
from .quote_cases import column_of
from .written import off_by_a_tenth

_NUMBER = re.compile(
    r"(?<![\w.,\-–−/§@(\[:])(?P<number>\d+(?:,\d{3})+|\d+\.\d+|\d+)(?P<space> ?)"
    r"(?P<unit>%|MB|GB|ms|M\b|B\b|[kK]\b|million\b|billion\b|秒|倍|件|種|回|文(?!字)|字|編|コア|ページ|トークン|ミリ秒)?"
    r"(?![\w/\])–−:×-])(?!\.\d)"
)
_WORDS = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "twelve": 12}
_WORD = re.compile(rf"(?<![\w-])({'|'.join(_WORDS)})(?![\w-])")
_NO_QUANTITY = re.compile(
    r"(?:Table|Tables|Figure|Figures|Fig\.|Section|Sections|Appendix|Equation|Eq\.|Step|Algorithm|Volume|page|pages|"
    r"表|図|第|式|節|版|Zipf|top-)\s*$"
)
_SCALES = {"M": 10**6, "million": 10**6, "B": 10**9, "billion": 10**9, "k": 10**3, "K": 10**3}
_JA_TEMPLATES = (
    "論文中では{}という値が示されています。", "本文には{}という数値が報告されています。",
    "著者らは{}という値を挙げています。", "この箇所では{}と述べられています。",
)  # fmt: skip


class Found:
    """One number of a sentence, as its digits, its unit and where it stands."""

    def __init__(self, match: re.Match[str]) -> None:
        self.start, self.end = match.span()
        self.shown = match["number"]
        self.space = match["space"]
        self.unit = match["unit"] or ""
        if not self.unit:
            self.end -= len(self.space)
            self.space = ""
        self.value = Decimal(self.shown.replace(",", ""))

    @property
    def decimals(self) -> int:
        return len(self.shown.partition(".")[2])

    @property
    def is_year(self) -> bool:
        return not self.unit and self.decimals == 0 and 1900 <= self.value <= 2100


def numbers_of(text: str) -> list[Found]:
    """The quantities of a sentence; years, and numbers of tables, sections and references, are left out."""
    found = [
        Found(m) for m in _NUMBER.finditer(text) if not _NO_QUANTITY.search(text[: m.start()][-14:])
    ]
    return [f for f in found if not f.is_year]


def number_cases(papers: Mapping[str, BenchPaper]) -> Iterator[Case]:
    for paper in papers.values():
        column = column_of(paper)
        if column is None:
            continue
        for sentence in paper.sentences:
            roll = dice("numbers", paper.name, sentence.text)
            found = numbers_of(sentence.text)
            yield from _rewritten(paper, column, sentence.text, found, roll)
            yield from _derived(paper, column, sentence.text, found)
            yield from _wrong(paper, column, sentence.text)
            if column is Column.EN:
                yield from _in_japanese(paper, sentence.text, found, roll)


def _rewritten(paper: BenchPaper, column: Column, text: str, found: list[Found], roll: Random) -> Iterator[Case]:
    shapes = english_notations if column is Column.EN else japanese_notations
    for number in found:
        for shape in shapes(number, roll):
            changed = text[: number.start] + shape + text[number.end :]
            yield _case("number in another notation", column, paper, changed, text)
        near = rounded(number)
        if near:
            about = f"about {near}" if column is Column.EN else f"約 {near}"
            changed = text[: number.start] + about + text[number.end :]
            yield _case("number rounded", column, paper, changed, text)
    if column is Column.EN:
        for match in _WORD.finditer(text):
            changed = text[: match.start()] + str(_WORDS[match[1]]) + text[match.end() :]
            yield _case("number in another notation", column, paper, changed, text)


def _in_japanese(paper: BenchPaper, text: str, found: list[Found], roll: Random) -> Iterator[Case]:
    """A Japanese answer about an English sentence: only what a template can say of it."""
    for number in found:
        for shape in japanese_notations(number, roll):
            said = roll.choice(_JA_TEMPLATES).format(shape)
            yield _case("number in another notation", Column.JA_ON_EN, paper, said, text)
        near = rounded(number)
        if near:
            near = re.sub(r" ?(million|billion|[MBkK])$", "", near) if number.unit in _SCALES else near
            value = Decimal(near.rstrip("%").strip().replace(",", "")) if number.unit in _SCALES else None
            shown = japanese_myriads(int(value * _SCALES[number.unit])) if value is not None else near
            yield _case("number rounded", Column.JA_ON_EN, paper, roll.choice(_JA_TEMPLATES).format(f"約{shown}"), text)
        for wrong, new in off_by_a_tenth(f"{number.shown}{number.unit}"):
            kind = "number off by 10 %, from a sentence"
            kind += ", value elsewhere" if new in paper.numbers else ""
            yield _case(kind, Column.JA_ON_EN, paper, roll.choice(_JA_TEMPLATES).format(wrong), text, planted=True)


def _derived(paper: BenchPaper, column: Column, text: str, found: list[Found]) -> Iterator[Case]:
    for at, first in enumerate(found):
        for second in found[at + 1 :]:
            if first.unit != second.unit or first.value == second.value or min(first.value, second.value) <= 0:
                continue
            if not first.unit and not (first.decimals and second.decimals) and min(first.value, second.value) < 20:
                continue
            a, b, unit = first.shown, second.shown, first.space + first.unit
            decimals = max(first.decimals, second.decimals)
            difference = plain(abs(first.value - second.value).quantize(Decimal(1).scaleb(-decimals)))
            ratio = max(first.value, second.value) / min(first.value, second.value)
            times = plain(ratio.quantize(Decimal("0.1"), ROUND_HALF_UP))
            high, low = (a, b) if first.value > second.value else (b, a)
            points = unit.replace("%", " points") if column is Column.EN else unit.replace("%", "ポイント")
            en = (
                f"The difference between {a}{unit} and {b}{unit} is {difference}{points}.",
                f"{high}{unit} is {times} times as much as {low}{unit}.",
            )
            ja = (
                f"{a}{unit}と{b}{unit}の差は{difference}{unit.replace('%', 'ポイント')}です。",
                f"{high}{unit}は{low}{unit}の{times}倍にあたります。",
            )
            for said in en if column is Column.EN else ja:
                yield _case("number derived", column, paper, said, text)
            if column is Column.EN and unit.strip() in ("", "%", "ms", "MB", "GB"):
                for said in ja:
                    yield _case("number derived", Column.JA_ON_EN, paper, said, text)


def _wrong(paper: BenchPaper, column: Column, text: str) -> Iterator[Case]:
    quantities = {f.start for f in numbers_of(text)}
    for changed, new in off_by_a_tenth(text):
        where = next(n for n, (a, b) in enumerate(zip(text, changed, strict=False)) if a != b)
        if not any(start <= where < start + 12 for start in quantities):
            continue
        kind = "number off by 10 %, from a sentence"
        yield _case(
            kind + (", value elsewhere" if new in paper.numbers else ""), column, paper, changed, text, planted=True
        )


def english_notations(number: Found, roll: Random) -> Iterator[str]:
    shown, unit = number.shown, number.unit
    if unit in _SCALES:
        full = number.value * _SCALES[unit]
        long = {"M": "million", "B": "billion", "million": "M", "billion": "B"}.get(unit)
        if long:
            yield f"{shown} {long}" if len(long) > 1 else f"{shown}{long}"
        yield f"{int(full):,}" if full == int(full) else f"{full}"
    elif unit == "%":
        yield roll.choice((f"{shown} percent", f"{shown} per cent"))
        yield plain(number.value / 100)
    elif unit == "ms":
        yield f"{plain(number.value / 1000)} s"
    elif unit == "GB":
        yield f"{plain(number.value * 1000)} MB"
    elif number.decimals == 0 and number.value >= 1000 and not unit:
        yield shown.replace(",", "") if "," in shown else f"{int(number.value):,}"
        if number.value % 1000 == 0:
            yield f"{int(number.value) // 1000}k"
    elif not unit and number.decimals == 0:
        word = {value: word for word, value in _WORDS.items()}.get(int(number.value))
        if word:
            yield word


def japanese_notations(number: Found, roll: Random) -> Iterator[str]:
    shown, unit = number.shown, number.unit
    if unit in _SCALES:
        full = number.value * _SCALES[unit]
        if full == int(full):
            yield japanese_myriads(int(full))
    elif unit == "%":
        yield roll.choice((f"{shown}パーセント", f"{shown}％"))
        yield plain(number.value / 100)
        if number.value % 10 == 0 and 10 <= number.value <= 90:
            yield roll.choice((f"{int(number.value) // 10}割", f"{kanji(int(number.value) // 10)}割"))
    elif unit in ("ms", "ミリ秒"):
        yield f"{plain(number.value / 1000)}秒"
        yield f"{shown}ミリ秒"
    elif unit == "GB":
        yield f"{plain(number.value * 1000)}メガバイト"
    elif number.decimals == 0 and number.value >= 10000:
        yield japanese_myriads(int(number.value)) + unit
    elif number.decimals == 0 and number.value >= 1000:
        yield (shown.replace(",", "") if "," in shown else f"{int(number.value):,}") + unit
    else:
        yield "".join(chr(ord(c) + 0xFEE0) if c.isdigit() else c for c in shown) + unit
        if number.decimals == 0 and unit and number.value <= 99:
            yield kanji(int(number.value)) + unit


def rounded(number: Found) -> str | None:
    """The number one written place shorter, when two significant digits remain and something was rounded away."""
    digits = number.shown.replace(",", "").replace(".", "").lstrip("0")
    if len(digits) < 3:
        return None
    place = Decimal(1).scaleb(1 - number.decimals)
    near = number.value.quantize(place, ROUND_HALF_UP) if number.decimals else (number.value / 10).quantize(Decimal(1), ROUND_HALF_UP) * 10
    if near == number.value:
        return None
    shown = f"{near:,}" if "," in number.shown else plain(near) if number.decimals <= 1 else f"{near}"
    return f"{shown}{number.space}{number.unit}"


def _case(kind: str, column: Column, paper: BenchPaper, said: str, origin: str, *, planted: bool = False) -> Case:
    return Case(kind, column, paper.name, Statement(said), planted=planted, origin=origin)
