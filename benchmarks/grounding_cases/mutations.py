"""Changes of a true quote that change what it says."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from random import Random

_NUMBER = re.compile(r"(?<![\w.,])\d+(?:[.,]\d+)*(?![\d])")
_DIGIT = re.compile(r"\d")
_SIGNED = re.compile(r"(?<![\w)\]])[-−+±](?=\.?\d)")
_EXPONENT = re.compile(r"(?<=10)[-−](\d)|(?<=\de)[-−](\d)|(?<=[a-z])[-−](\d)(?=[\s,.)]|$)")
_AUXILIARY = re.compile(
    r"\b(is|are|was|were|can|could|will|would|should|does|do|did|has|have|must|may|might)\b(?! not|n't)"
)
_WORD = re.compile(r"(?<![\w-])[a-z]{5,}(?![\w-])")
_TERM = re.compile(r"[\u4e00-\u9fff]{2,}|[\u30a1-\u30fa\u30fc]{3,}")

_UNITS: tuple[tuple[str, str], ...] = (
    (r"(?<=\d)( ?)%", r"\1‰"),
    (r"(?<=\d)( ?)%", r" points"),
    (r"(?<=\d)( ?)M\b", r"\1B"),
    (r"(?<=\d)( ?)B\b", r"\1M"),
    (r"(?<=\d)( ?)[kK]\b", r"\1M"),
    (r"(?<=\d)( ?)ms\b", r"\1s"),
    (r"(?<=\d)( ?)s\b", r"\1ms"),
    (r"(?<=\d)( ?)ns\b", r"\1ps"),
    (r"(?<=\d)( ?)MB\b", r"\1GB"),
    (r"(?<=\d)( ?)GB\b", r"\1MB"),
    (r"(?<=\d)( ?)GiB\b", r"\1MiB"),
    (r"(?<=\d)( ?)KB\b", r"\1MB"),
    (r"(?<=\d)( ?)nm\b", r"\1mm"),
    (r"(?<=\d)( ?)cm\b", r"\1mm"),
    (r"(?<=\d)( ?)F1\b", r"\1 F2"),
    (r"(?<=\d) million\b", " billion"),
    (r"(?<=\d) billion\b", " million"),
    (r"(?<=\d) minutes\b", " hours"),
    (r"(?<=\d) seconds\b", " minutes"),
    (r"(?<=\d) (secs|seconds)\b", " days"),
    (r"(?<=\d) days\b", " months"),
    (r"(?<=\d) words\b", " pages"),
    (r"(?<=\d) tokens\b", " sentences"),
    (r"(?<=\d) papers\b", " datasets"),
    (r"(?<=\d) bytes\b", " bits"),
    (r"(?<=\d) times\b", " points"),
    (r"(?<=\d) points\b", " percent"),
    (r"(?<=\d)( ?)ミリ秒", r"\1秒"),
    (r"(?<=\d)( ?)秒", r"\1分"),
    (r"(?<=\d)( ?)倍", r"\1%"),
    (r"(?<=\d)( ?)件", r"\1ページ"),
    (r"(?<=\d)( ?)ページ", r"\1件"),
    (r"(?<=\d)( ?)文(?!字)", r"\1編"),
    (r"(?<=\d)( ?)字", r"\1語"),
    (r"(?<=\d)( ?)編", r"\1冊"),
    (r"(?<=\d)( ?)種", r"\1割"),
    (r"(?<=\d)( ?)万", r"\1億"),
    (r"(?<=\d)( ?)回", r"\1日"),
    (r"(?<=\d)( ?)コア", r"\1台"),
    (r"(?<=\d)( ?)トークン", r"\1文字"),
)

_JAPANESE_NEGATIONS: tuple[tuple[str, str], ...] = (
    ("できない", "できる"),
    ("できる", "できない"),
    ("ではなかった", "であった"),
    ("であった", "ではなかった"),
    ("していない", "している"),
    ("している", "していない"),
    ("られていない", "られている"),
    ("られている", "られていない"),
    ("しなかった", "した"),
    ("なかった", "た"),
    ("しない", "する"),
    ("わない", "う"),
    ("れない", "れる"),
    ("限らない", "限る"),
    ("ではない", "である"),
    ("である", "ではない"),
    ("した．", "しなかった．"),
    ("する．", "しない．"),
    ("れた．", "れなかった．"),
    ("れる．", "れない．"),
    ("った．", "わなかった．"),
    ("ある．", "ない．"),
    ("ない．", "ある．"),
)


def digit(text: str, dice: Random) -> str | None:
    """One digit of one number becomes another."""
    places = [m.start() for number in _NUMBER.finditer(text) for m in _DIGIT.finditer(text, *number.span())]
    if not places:
        return None
    at = dice.choice(places)
    other = dice.choice([d for d in "123456789" if d != text[at]])
    return text[:at] + other + text[at + 1 :]


def sign(text: str, dice: Random) -> str | None:
    """A sign is dropped, turned, or put before a number that has none."""
    signed = list(_SIGNED.finditer(text))
    if signed:
        at = dice.choice(signed).start()
        other = {"-": "+", "−": "", "+": "−", "±": "+"}[text[at]]
        return text[:at] + other + text[at + 1 :]
    bare = [
        m.start()
        for m in _NUMBER.finditer(text)
        if text[m.start() - 1 : m.start()] not in ("-", "−", "–", "[", "/")
    ]
    if not bare:
        return None
    at = dice.choice(bare)
    return f"{text[:at]}{dice.choice('-−')}{text[at:]}"


def exponent(text: str, dice: Random) -> str | None:
    """The exponent of a power changes by one, or loses its sign."""
    places = list(_EXPONENT.finditer(text))
    if not places:
        return None
    found = dice.choice(places)
    at = found.end() - 1
    if dice.random() < 0.3:
        return text[: found.start()] + text[found.start() + 1 :]
    return text[:at] + str((int(text[at]) + dice.choice((1, 2))) % 10) + text[at + 1 :]


def unit(text: str, dice: Random) -> str | None:
    fitting = [(old, new) for old, new in _UNITS if re.search(old, text)]
    if not fitting:
        return None
    old, new = dice.choice(fitting)
    return re.sub(old, new, text, count=1)


def negation(text: str, dice: Random) -> str | None:
    """A sentence says the opposite: a negation goes or comes."""
    if re.search(r"[\u3040-\u309f]", text):
        return _japanese_negation(text, dice)
    for old, new in (
        (r"\bcannot\b", "can"),
        (r" not\b", ""),
        (r"(?<=[a-z])n['’]t\b", ""),
        (r"\bwithout\b", "with"),
        (r"\b[Nn]o (?=[a-z])", "some "),
        (r"\bnever\b", "always"),
        (r"\bneither\b", "either"),
        (r"\bnor\b", "or"),
    ):
        if re.search(old, text):
            return re.sub(old, new, text, count=1)
    places = list(_AUXILIARY.finditer(text))
    if not places:
        return None
    at = dice.choice(places).end()
    return f"{text[:at]} not{text[at:]}"


def _japanese_negation(text: str, dice: Random) -> str | None:
    fitting = [(old, new) for old, new in _JAPANESE_NEGATIONS if old in text]
    if not fitting:
        return None
    old, new = dice.choice(fitting)
    at = text.rindex(old)
    return text[:at] + new + text[at + len(old) :]


def word(vocabulary: Sequence[str]) -> Callable[[str, Random], str | None]:
    """One content word becomes another one of the same paper."""

    def change(text: str, dice: Random) -> str | None:
        pattern = _TERM if re.search(r"[\u3040-\u309f]", text) else _WORD
        places = list(pattern.finditer(text))
        if not places:
            return None
        old = dice.choice(places)
        others = [w for w in vocabulary if w[:4] != old[0][:4]]
        return text[: old.start()] + dice.choice(others) + text[old.end() :] if others else None

    return change


def vocabulary(texts: Sequence[str]) -> tuple[str, ...]:
    """The content words of a paper's sentences, by which one is replaced."""
    pattern = _TERM if re.search(r"[\u3040-\u309f]", "".join(texts[:3])) else _WORD
    return tuple(sorted({found for text in texts for found in pattern.findall(text)}))


def splice(first: str, second: str) -> str | None:
    """The beginning of one sentence and the end of another."""
    if " " in first and " " in second and not re.search(r"[\u3040-\u309f]", first):
        ours, theirs = first.split(), second.split()
        if min(len(ours), len(theirs)) < 8:
            return None
        return " ".join(ours[: len(ours) // 2] + theirs[len(theirs) // 2 :])
    return first[: len(first) // 2] + second[len(second) // 2 :]


MUTATIONS: dict[str, Callable[[str, Random], str | None]] = {
    "digit changed": digit,
    "sign changed": sign,
    "unit changed": unit,
    "negation changed": negation,
}
