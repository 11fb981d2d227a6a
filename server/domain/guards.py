"""Guards: what must be equal in two passages before one may stand for the other.

The matching key drops spaces, signs and hyphens, so it cannot tell −0.3 from 0.3, 10−3 from 103, 1-3 from 13 or
"not able" from "notable". Guards can: numbers with their signs and units, and negations as words.
"""

from __future__ import annotations

import re
import unicodedata

_DASHES = "-‐‑‒–—―−﹣－"
_NUMBER = re.compile(
    rf"""
    (?P<sign>
        (?<![A-Za-z]) [{_DASHES}+±] [ ]? (?=\.?\d)      # a sign, or a dash between numbers (1-3, 10−3)
      | (?<=[A-Za-z]) [–—−+±] (?=\d)                     # after a letter only what cannot be a hyphen: x−3, not GPT-3
    )?
    (?P<number> \d+ (?:[.,]\d+)* | (?<!\d)\.\d+ )
    (?: [ ]? (?P<unit> [A-Za-zµμΩ]{{1,3}}(?![A-Za-z0-9]) | [%‰°] ) )?
    """,
    re.VERBOSE,
)
_DIGIT = re.compile(r"\d")
_NEGATIONS = re.compile(
    r"(?<![^\W_])(?:not|no|nor|never|neither|none|nothing|nobody|nowhere|without|hardly|barely|cannot|[^\W\d_]+n't"
    r"|nicht|kein(?:e[nrms]?)?|nie|niemals|ohne|weder)(?![^\W_])",
    re.IGNORECASE,
)
_HYPHEN_BREAK = re.compile(r"(?<=[^\W\d_])(?:[-‐\ufffe\x02]\s*[\n\f]\s*|\u00ad\s*)(?=[^\W\d_])")
_NEGATED_NEXT = re.compile(
    r"\s*(?:n['’]t|not|never|nicht|nie)(?![^\W_])|(?:し|い|く|て|は|も|では|には)?(?:ない|なかっ|なく|ません|ず[、。にと]|ぬ[。、])",
    re.IGNORECASE,
)
_JAPANESE = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")


class _Plain(dict[str, str]):
    """Plain forms of characters, computed once each."""

    def __missing__(self, character: str) -> str:
        if len(self) > _MOST_CHARACTERS:
            self.clear()
        plain = character if character in _DASHES else unicodedata.normalize("NFKC", character)
        plain = self[character] = plain.replace("’", "'")
        return plain


_MOST_CHARACTERS = 100_000
_PLAIN = _Plain()


def say_alike(text: str, other: str) -> bool:
    """Whether two passages have the same guards."""
    text, other = _plain(text), _plain(other)
    return text == other or _guards(text) == _guards(other)


def guards(text: str) -> tuple[str, ...]:
    """The numbers (signed, with a unit's case kept) and negations of `text`, in order."""
    return _guards(_plain(text))


def _guards(text: str) -> tuple[str, ...]:
    found = []
    if _DIGIT.search(text):
        found = [(m.start("number"), _number(m)) for m in _NUMBER.finditer(text)]
    found += [(m.start(), "not" if _is_not(m[0]) else m[0].lower()) for m in _NEGATIONS.finditer(text)]
    return tuple(token for _, token in sorted(found))


def numbers(text: str) -> dict[str, list[str]]:
    """The numbers of `text` by unit ("" for those without), in order, each with its sign."""
    found: dict[str, list[str]] = {}
    for match in _NUMBER.finditer(_plain(text)):
        unit = match["unit"] or ""
        found.setdefault(unit, []).append(_number(match).removesuffix(unit))
    return found


def stands_alone(text: str, start: int, end: int) -> bool:
    """Whether `text[start:end]` begins and ends between words: "able to" must not be found inside "unable to",
    nor 0.3 inside −0.3 or 10.3."""
    return _clean_edge(text, start) and _clean_edge(text, end) and not _is_signed(text, start)


def is_cut_before_negation(text: str, end: int) -> bool:
    """Whether a passage that ends here leaves out the negation that follows: "… for those that do | not."."""
    return bool(_NEGATED_NEXT.match(text, end, end + 12))


def _plain(text: str) -> str:
    """Digits and letters in their plain forms, character by character; words broken at line ends whole, spaces one."""
    text = _HYPHEN_BREAK.sub("", text)
    flat = text if text.isascii() else "".join(map(_PLAIN.__getitem__, text))
    return re.sub(r"\s+", " ", flat)


def _number(match: re.Match[str]) -> str:
    sign = (match["sign"] or "").strip()
    unit = match["unit"] or ""
    if _JAPANESE.search(unit):
        unit = ""  # the key already compares it: Japanese has no case and no spaces
    return f"{'-' if sign and sign in _DASHES else sign}{match['number']}{unit}"


def _is_not(word: str) -> bool:
    return word.lower() in ("not", "cannot") or word.lower().endswith("n't")


def _clean_edge(text: str, at: int) -> bool:
    if at <= 0 or at >= len(text):
        return True
    before, after = text[at - 1], text[at]
    if before.isdigit() and after.isdigit():
        return False
    if _is_letter(before) and _is_letter(after):
        return False
    if before in ".," and after.isdigit():
        return not (at >= 2 and text[at - 2].isdigit())
    if after in ".," and before.isdigit():
        return not (at + 1 < len(text) and text[at + 1].isdigit())
    # "non-|significant"; a footnote mark glued to a word ("models2", "2We") is a clean edge.
    return not (before in "-‐‑" and _is_letter(after) and at >= 2 and _is_letter(text[at - 2]))


def _is_letter(character: str) -> bool:
    """A letter of a script that separates words by spaces."""
    return character.isalpha() and not _JAPANESE.match(character)


def _is_signed(text: str, start: int) -> bool:
    """Whether a sign that belongs to the first number stands just before `start`."""
    if not text[start : start + 1].isdigit() and text[start : start + 1] != ".":
        return False
    before = text[max(0, start - 2) : start]
    return before.rstrip(" ")[-1:] in tuple(_DASHES + "+±") if before.rstrip(" ") else False
