"""Numbers before headings: what they look like, and whether one can follow another."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

_NUMBER = re.compile(
    r"(?:"
    r"(?P<arabic>\d{1,2}(?:\.\d{1,2}){0,3})(?P<arabic_dot>[.:]?)(?:\s+|(?<=[.:])(?=[^\W\d])|(?=[぀-ヿ㐀-鿿]))"
    r"|第\s?(?P<chapter>\d{1,2}|[一二三四五六七八九十])\s?[章節部]\s*"
    r"|(?:Chapter|CHAPTER|Kapitel|Section|SECTION|Teil)\s(?P<word>\d{1,2})[.:]?\s+"
    r"|(?P<roman>[IVX]{1,5})\.\s*"
    r"|(?:Appendix|APPENDIX|Anhang|付録|附録)\s?(?P<appendix>[A-Z](?:\.\d{1,2}){0,2})\s?[.:：—–-]?\s*"
    r"|(?P<letter>[A-Z](?:\.\d{1,2}){0,2})(?:\.\s+|\s+(?![a-z]))"
    r"|§\s?(?P<sign>\d{1,2}(?:\.\d{1,2}){0,3})[.:]?\s*"
    r")(?=\S)"
)
_ROMAN = {"I": 1, "V": 5, "X": 10}
_KANJI = {c: n for n, c in enumerate("一二三四五六七八九十", 1)}
_LARGEST = 60


@dataclass(frozen=True, slots=True)
class HeadingNumber:
    """`3.1` as (3, 1); letters count from A = 1."""

    parts: tuple[int, ...]
    letters: bool = False
    roman: bool = False
    appendix: bool = False
    dotted: bool = False
    """Printed as `3.1`, or `3.`, which list items and table cells more seldom are."""

    @property
    def level(self) -> int:
        return len(self.parts)


def split_number(text: str) -> tuple[HeadingNumber | None, str]:
    """The number a line begins with, and the rest of the line."""
    head = unicodedata.normalize("NFKC", text[:24]) if not text[:24].isascii() else text[:24]
    # Normalising must not move offsets: only when it keeps the length do both agree on where the number ends.
    match = _NUMBER.match(head if len(head) == len(text[:24]) else text)
    if not match:
        return None, text
    rest = text[match.end() :].lstrip(" 　.．")
    found = match.groupdict()
    arabic = found["arabic"] or found["word"] or found["sign"]
    if arabic:
        parts = tuple(int(part) for part in arabic.split("."))
        return (
            (HeadingNumber(parts, dotted=bool(found["arabic_dot"]) or len(parts) > 1), rest)
            if parts[0] <= _LARGEST
            else (None, text)
        )
    if found["chapter"]:
        chapter = found["chapter"]
        return HeadingNumber((_KANJI.get(chapter) or int(chapter),), dotted=True), rest
    if found["roman"]:
        return HeadingNumber((_from_roman(found["roman"]),), roman=True, dotted=True), rest
    label = found["appendix"] or found["letter"]
    first, *others = label.split(".")
    parts = (ord(first) - ord("A") + 1, *(int(part) for part in others))
    return HeadingNumber(parts, letters=True, appendix=bool(found["appendix"]), dotted=bool(others)), rest


def _from_roman(text: str) -> int:
    values = [_ROMAN[c] for c in text]
    return sum(-v if i + 1 < len(values) and values[i + 1] > v else v for i, v in enumerate(values))


class Numbering:
    """The numbers taken so far. Stray numbers of tables and lists do not continue them."""

    def __init__(self) -> None:
        self._last: tuple[int, ...] = ()
        self._last_letters: tuple[int, ...] = ()
        self._roman = False

    def follows(self, number: HeadingNumber) -> bool:
        """Whether `number` comes next, or nearly so (a heading may have been missed)."""
        if number.letters and self._roman:
            return number.level == 1  # IEEE: I., A., B., II., A.
        last = self._last_letters if number.letters else self._last
        return _follows(last, number.parts)

    def take(self, number: HeadingNumber) -> None:
        if number.letters:
            self._last_letters = number.parts
        else:
            self._last = number.parts
            self._roman = self._roman or number.roman


def _follows(last: tuple[int, ...], new: tuple[int, ...]) -> bool:
    if not last:
        # A first number may be 0 or 2 when the introduction has none.
        return new[0] <= 2 and all(part <= 1 for part in new[1:])
    for depth, (old, now) in enumerate(zip(last, new, strict=False)):
        if now != old:
            return 0 < now - old <= 2 and all(part <= 2 for part in new[depth + 1 :])
    return len(new) > len(last) and all(part <= 2 for part in new[len(last) :])
