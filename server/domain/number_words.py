"""Numbers written as words: twelve, two hundred, two-thirds; 三つ, 十二人, 三割."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

_TEENS = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_SMALL = {word: value for value, word in enumerate(_TEENS)} | {
    word: 10 * value for value, word in enumerate(_TENS, 2)
}
_LARGE = {"hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_PARTS = {"half": 2, "third": 3, "quarter": 4, "fourth": 4, "fifth": 5, "sixth": 6, "eighth": 8, "tenth": 10}
_ANY = "|".join(sorted((*_SMALL, *_LARGE), key=len, reverse=True))
_ENGLISH = re.compile(
    rf"(?<![A-Za-z-])(?:{_ANY})(?:(?:[ -]|[ ]and[ ])(?:{_ANY})){{0,8}}(?![A-Za-z])(?P<part>-(?:{'|'.join(_PARTS)})s?)?",
    re.IGNORECASE,
)
_KANJI_DIGITS = {c: value for value, c in enumerate("〇一二三四五六七八九")} | {"零": 0, "両": 2}
_KANJI_TENS = {"十": 10, "百": 100, "千": 1000}
_KANJI_LARGE = {"万": 10**4, "億": 10**8, "兆": 10**12}
_KANJI = re.compile(
    r"(?<![第数何幾〇一二三四五六七八九十百千万億兆々])(?P<digits>[〇一二三四五六七八九十百千万億兆]{1,12})"
    r"(?=つ|人|名|件|個|本|編|種類|回|倍|割|社|台|枚|冊|層|段階|語|文字|時間|秒|ページ|言語|か月|ヶ月|パーセント|ポイント"
    r"|か国|次元|年間|日間|週間)(?!つ目|回目|人目|件目|個目|人ひと|人一|つひと|つ一|つずつ|回り|本化|文字|人称|人前|層)"
)


@dataclass(frozen=True, slots=True)
class WrittenOut:
    """A number in words, `text[start:end]`."""

    start: int
    end: int
    value: Decimal


def written_out(text: str) -> Iterator[WrittenOut]:
    """English number words and kanji numerals before a counter. A lone "one" or "zero" mostly counts nothing and is
    passed over; so is "hundreds", which says no number."""
    for match in _ENGLISH.finditer(text):
        words = [word for word in re.split(r"[ -]|[ ]and[ ]", match[0].lower()) if word and word != "and"]
        if match["part"]:
            whole, parts = _SMALL.get(words[-2]), _PARTS[words[-1].removesuffix("s")]
            if whole and len(words) == 2:
                yield WrittenOut(match.start(), match.end(), Decimal(whole) / Decimal(parts))
            continue
        if words in (["one"], ["zero"]):
            continue
        value = _english(words)
        if value is not None:
            yield WrittenOut(match.start(), match.end(), value)
    for match in _KANJI.finditer(text):
        kanji = _kanji(match["digits"])
        if kanji is not None:
            yield WrittenOut(match.start("digits"), match.end("digits"), kanji)


def _english(words: list[str]) -> Decimal | None:
    """None for words that are no one number, such as "three five"."""
    total = current = 0
    last = 1000
    for word in words:
        if word in _SMALL:
            value = _SMALL[word]
            if value >= last or (10 <= last < 20) or (last >= 20 and last < 100 and value >= 10):
                return None
            current += value
            last = value or 1
        elif word == "hundred":
            current = (current or 1) * 100
            last = 100
        else:
            total += (current or 1) * _LARGE[word]
            current, last = 0, 1000
    return Decimal(total + current)


def _kanji(digits: str) -> Decimal | None:
    if len(digits) > 1 and not any(c in _KANJI_TENS or c in _KANJI_LARGE for c in digits):
        return Decimal("".join(str(_KANJI_DIGITS[c]) for c in digits)) if "〇" in digits else None
    total = section = current = 0
    for c in digits:
        if c in _KANJI_DIGITS:
            current = _KANJI_DIGITS[c]
        elif c in _KANJI_TENS:
            section += (current or 1) * _KANJI_TENS[c]
            current = 0
        else:
            total += (section + current or 1) * _KANJI_LARGE[c]
            section = current = 0
    return Decimal(total + section + current)
