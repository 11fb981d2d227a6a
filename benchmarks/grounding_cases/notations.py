"""The numbers of a sentence, and how else each could be written without saying something else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from random import Random

from .numerals import japanese_myriads, kanji, plain

_NUMBER = re.compile(
    r"(?<![\w.,\-–−/§@(\[:])(?P<number>\d+(?:,\d{3})+|\d+\.\d+|\d+)(?P<space> ?)"
    r"(?P<unit>%|MB|GB|ms|M\b|B\b|[kK]\b|million\b|billion\b|points\b|秒|倍|件|種|回|文(?!字)|字|編|コア|ページ|トークン|ミリ秒)?"
    r"(?![\w/\])–−:×%-])(?!\.\d)(?! ?[-–−=*+] ?\d)(?! (?:thousand|hundred)\b)(?! ?[年月日])"
)
_JAPANESE_NUMBER = re.compile(
    r"(?<![\w.,\-–−/§@(\[:億万〜～])(?<![億万] )(?P<number>\d+(?:,\d{3})+|\d+\.\d+|\d+)(?P<space> ?)"
    r"(?P<unit>%|MB|GB|ミリ秒|トークン|ページ|ポイント|バイト|コア|種類|万|億|秒|倍|件|種|回|文(?!字)|字|編|本|人|つ|個|語)?"
    r"(?![\w/\])–−:×%-])(?!\.\d)(?! ?[千万億\d])(?! ?[年月日])",
    re.ASCII,
)
WORDS = {
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
    "twelve": 12,
}
_NO_QUANTITY = re.compile(
    r"(?:Tables?|Figures?|Fig\.|Sections?|Appendix|Equations?|Eq\.|Step|Algorithm|Volume|pages?|Task|version|day|"
    r"Model|Eqs?\.)[\s\d.,()]*(?:(?:and|or|to) )?$|(?:表|図|第|式|節|版|top-)\s*$|[-–=*+] ?$|, and $|\[[\d, ]*$"
)
_SCALES = {
    "万": 10**4,
    "億": 10**8,
    "M": 10**6,
    "million": 10**6,
    "B": 10**9,
    "billion": 10**9,
    "k": 10**3,
    "K": 10**3,
}


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
    pattern = _JAPANESE_NUMBER if re.search(r"[\u3040-\u309f]", text) else _NUMBER
    found = [Found(m) for m in pattern.finditer(text) if not _NO_QUANTITY.search(text[: m.start()][-24:])]
    if re.search(r"[={}]| : |c\(", text):  # a formula or a piece of a program
        return []
    return [f for f in found if not f.is_year]


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
    elif unit == "ms":
        yield f"{plain(number.value / 1000)} s"
    elif unit == "GB":
        yield f"{plain(number.value * 1000)} MB"
    elif number.decimals == 0 and number.value >= 1000 and not unit:
        yield shown.replace(",", "") if "," in shown else f"{int(number.value):,}"
        if number.value % 1000 == 0:
            yield f"{int(number.value) // 1000}k"
    elif not unit and number.decimals == 0:
        word = {value: word for word, value in WORDS.items()}.get(int(number.value))
        if word:
            yield word


def japanese_notations(number: Found, roll: Random) -> Iterator[str]:
    shown, unit = number.shown, number.unit
    if unit in _SCALES:
        yield from _scaled_in_japanese(number)
    elif unit == "%":
        yield roll.choice((f"{shown}パーセント", f"{shown}％"))
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
        yield from _small_in_japanese(number)


def _scaled_in_japanese(number: Found) -> Iterator[str]:
    full = number.value * _SCALES[number.unit]
    if full != int(full):
        return
    yield f"{int(full):,}" if number.unit in "万億" else japanese_myriads(int(full))
    if full >= 10**6 and full % 10**5 == 0:
        yield f"{plain(full / 10**6)}M"


def _small_in_japanese(number: Found) -> Iterator[str]:
    yield "".join(chr(ord(c) + 0xFEE0) if c.isdigit() else c for c in number.shown) + number.unit
    if number.decimals == 0 and number.unit and number.value <= 99:
        yield kanji(int(number.value)) + number.unit


def rounded(number: Found) -> str | None:
    """The number one written place shorter, when two significant digits remain and something was rounded away."""
    digits = number.shown.replace(",", "").replace(".", "").lstrip("0")
    if len(digits) < 3:
        return None
    place = Decimal(1).scaleb(1 - number.decimals)
    near = (
        number.value.quantize(place, ROUND_HALF_UP)
        if number.decimals
        else (number.value / 10).quantize(Decimal(1), ROUND_HALF_UP) * 10
    )
    if near == number.value:
        return None
    shown = f"{near:,}" if "," in number.shown else plain(near) if number.decimals <= 1 else f"{near}"
    return f"{shown}{number.space}{number.unit}"
