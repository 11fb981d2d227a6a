"""Split running text into sentences with offsets, and print a stretch of a page on one line."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Span:
    """`text[start:end]`, without surrounding white space."""

    start: int
    end: int


_CJK = "\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_CJK_SIDE = re.compile(f"[{_CJK}、。，．・：；！？（）「」『』［］〔〕]")
_OPENING = "「『（(［[〔“\"'‘«„"
_CLOSING = "」』）)］\\]〕”\"'’»"
_KANA = re.compile("[\u3041-\u309f]")
_END = re.compile(
    f"(?P<hard>\\n[ \\t]*\\n|\\n[ \\t]*[•▪◦‣∙]|\\f[ \\t]*\\f)"
    f"|(?P<wide>[。！？!?．]+|(?<=[{_CJK}])\\.)(?P<close1>[{_CLOSING}]*)"
    f"|(?P<narrow>[.!?]+)(?P<close2>[{_CLOSING}]*)(?P<mark>(?<![0-9][.])(?<=[.!?])[0-9]{{1,2}})?(?=\\s|$)"
)


def _set(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


_ABBREVIATIONS = _set(
    "al e.g i.e cf vs viz fig figs eq eqs eqn sec sect tab ref refs no nos vol pp ch chap dr prof mr mrs ms st jr sr inc"
    " ltd co corp univ dept approx resp ca ed eds etc.) w.r.t i.i.d a.k.a s.t wrt thm def prop lem app appx ex"
    " z.b d.h u.a bzw vgl abb nr bspw sog evtl ggf insb usw. d.i o.b.d.a o.ä s.o s.u v.a bsp def. kap"
    " u.s u.k ph.d jan feb mar apr jun jul aug sept oct nov dec"
)
_MAYBE_LAST = frozenset({"etc", "inc", "usw", "al", "ltd", "co", "corp", "no", "ex", "app", "u.s", "ref"})
"""Abbreviations, or words, that may also end a sentence: they do when a word that commonly starts one follows."""
_STARTERS = _set(
    "the a an we our this these those in it its to for however such as both moreover furthermore thus while each when"
    " although here there finally all after one they their with on at by from unlike es die der das wir"
)
_ONE_LETTER = re.compile(r"[^\W\d_]\.")
_WORD_BEFORE = re.compile(r"[\w.]*$")
_WORD_AFTER = re.compile(r"\s*(\w+)")


def split(text: str, *, names: frozenset[str] = frozenset()) -> tuple[Span, ...]:
    """The sentences of a text in English, German, Japanese or a language written like them.

    Abbreviations, initials, decimals, list numbers and sentence marks inside brackets do not end a sentence; blank
    lines and bullets do. What follows the last mark is a sentence too, whether it is finished or not.

    Args:
        names: Words that may begin a sentence though they are written small (`papermage`, `pandas`).
    """
    spans: list[Span] = []
    start = 0
    for match in _END.finditer(text):
        if match["hard"]:
            _add(spans, text, start, match.start())
            start = match.end()
        elif _ends_wide(text, start, match) if match["wide"] else _ends_narrow(text, start, match, names):
            _add(spans, text, start, match.end("close1" if match["wide"] else "close2"))
            start = match.end()
    _add(spans, text, start, len(text))
    return tuple(spans)


def _add(spans: list[Span], text: str, start: int, end: int) -> None:
    inside = text[start:end]
    left = len(inside) - len(inside.lstrip())
    right = len(inside.rstrip())
    if right > left:
        spans.append(Span(start + left, start + right))


def _ends_wide(text: str, start: int, match: re.Match[str]) -> bool:
    """Whether 。 or its kin ends a sentence: not in 「…。」 nor in ３．５."""
    before, after = text[match.start() - 1 : match.start()], text[match.end() : match.end() + 1]
    if match["wide"] in "．.!?" and after.isdigit() and (before.isdigit() or match["wide"] == "."):
        return False
    if match["wide"] == "." and not (after.isspace() or not after or _CJK_SIDE.match(after)):
        return False
    if match["close1"] and _KANA.match(after):
        return False  # 「…。」と述べた
    inside = text[start : match.end()]
    return all(inside.count(a) <= inside.count(b) for a, b in ("「」", "『』", "（）"))


def _ends_narrow(text: str, start: int, match: re.Match[str], names: frozenset[str]) -> bool:
    """Whether a full stop, question or exclamation mark before white space ends a sentence."""
    after = _WORD_AFTER.match(text, match.end())
    rest = text[match.end() : match.end() + 12].lstrip()
    small = bool(rest) and rest[0].islower() and not (after and after[1] in names)
    if small or (rest and rest[0] in ",;:)]"):
        return False
    if match["narrow"] != ".":
        return True
    word = _WORD_BEFORE.search(text[max(start, match.start() - 30) : match.start()])
    before = word.group().strip(".") if word else ""
    if match["close2"]:
        return True
    if not text[start : match.start()].strip(" \t\n\f([") or before == text[start : match.start()].strip():
        return not (before.isdigit() or len(before) == 1)  # "1." or "a." opens a list item
    if len(before) == 1 and before.isupper() and before != "I":
        return not (rest and (rest[0].isupper() or rest[0] == "."))  # an initial
    if len(before) == 1 and _ONE_LETTER.match(rest):
        return False  # "z. B.", "d. h."
    lowered = before.lower()
    if lowered in _MAYBE_LAST:
        return not rest or (after is not None and after[1][0].isupper() and after[1].lower() in _STARTERS)
    return lowered not in _ABBREVIATIONS


_LINE_END = re.compile(r"(?P<hyphen>[-‐\u00ad\ufffe\u0002])?[ \t]*[\n\f][\n\f \t]*")
_WORD_LEFT = re.compile(r"[^\W\d_]+$")
_WORD_RIGHT = re.compile(r"[^\W\d_]+")
_SPACES = re.compile(r"[ \t]{2,}")


def one_line(text: str, *, known_words: frozenset[str] = frozenset()) -> str:
    """A stretch of page text on one line: line breaks become a space, or nothing between Japanese characters, and a
    hyphen that only ends a line goes.

    Args:
        known_words: Lower-case words of the paper. A line-end hyphen stays when the joined word is not among them and
            both halves are (`state-of-` / `the-art`).
    """
    pieces: list[str] = []
    at = 0
    for match in _LINE_END.finditer(text):
        left = text[at : match.start()]
        pieces.append(left)
        after = text[match.end() : match.end() + 40]
        if match["hyphen"]:
            pieces.append(_hyphen(text[: match.start()][-40:], after, match["hyphen"], known_words))
        elif not (left and _CJK_SIDE.match(left[-1]) and after and _CJK_SIDE.match(after[0])):
            pieces.append(" ")
        at = match.end()
    pieces.append(text[at:])
    return _SPACES.sub(" ", "".join(pieces).replace("\ufffe", "").replace("\u00ad", "")).strip()


def _hyphen(before: str, after: str, hyphen: str, known: frozenset[str]) -> str:
    left, right = _WORD_LEFT.search(before), _WORD_RIGHT.match(after)
    if not left or not right:
        return "-" if hyphen in "-‐" else ""
    a, b = left.group(), right.group()
    if before[: left.start()].endswith("-") or after[right.end() :].startswith("-") or b[0].isupper():
        return "-"
    joined = (a + b).lower()
    both = len(a) > 1 and len(b) > 1 and a.lower() in known and b.lower() in known
    return "-" if both and joined not in known else ""
