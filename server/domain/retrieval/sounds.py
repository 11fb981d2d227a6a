"""Find the Latin word that a katakana word is: ハウスドルフ is Hausdorff, アノテーション is annotation.

Japanese writes foreign words by their sound. What survives the writing are the consonants, so both sides are brought to
a skeleton of them, coarse enough for English and German spelling; whole words are compared only where skeletons agree.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping

from rapidfuzz import fuzz

_KATAKANA = re.compile("[\u30a1-\u30fa\u30fc]{2,}")
_LEAST_ALIKE = {0: 101.0, 1: 101.0, 2: 65.0, 3: 55.0}
_LEAST_ALIKE_LONG = 48.0
"""Similarity (0–100) of the sounds from which words of so many equal consonants are one; one is never enough."""
_AS_ALIKE = 12.0
"""Words that sound less alike than the best one by more than this are others."""


def _table() -> dict[str, str]:
    rows = {
        "": "アイウエオ",
        "k": "カキクケコ",
        "s": "サシスセソ",
        "t": "タチツテト",
        "n": "ナニヌネノ",
        "h": "ハヒフヘホ",
        "m": "マミムメモ",
        "r": "ラリルレロ",
        "g": "ガギグゲゴ",
        "z": "ザジズゼゾ",
        "d": "ダヂヅデド",
        "b": "バビブベボ",
        "p": "パピプペポ",
    }
    kana = {
        sign: head + vowel for head, row in rows.items() for sign, vowel in zip(row, "aiueo", strict=True)
    }
    kana |= dict(zip("ヤユヨワヲンヴー", ("ya", "yu", "yo", "wa", "o", "n", "bu", ""), strict=True))
    kana |= dict(zip("シチツフジヂ", ("shi", "chi", "tsu", "fu", "ji", "ji"), strict=True))
    return kana


_KANA = _table()
_SMALL = dict(zip("ァィゥェォャュョ", ("a", "i", "u", "e", "o", "a", "u", "o"), strict=True))
_LATIN: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        (r"(?:t|s|ss|c)ion", "shon"),
        (r"sch|tch", "ch"),
        (r"ph", "f"),
        (r"ck|qu?|kh", "k"),
        (r"x", "ks"),
        (r"c(?=[eiy])", "s"),
        (r"c(?!h)", "k"),
        (r"th", "s"),
        (r"dge?|g(?=[eiy])", "j"),
        (r"m(?=[pb])", "n"),
        (r"^k(?=n)|^w(?=r)|(?<=[^aeiou])gh|gh(?=t)", ""),
    )
)
_HEARD = str.maketrans({"v": "b", "l": "r", "z": "s", "ß": "s"})
_SILENT = re.compile(r"[aeiouyw]")
_AFTER_VOWEL = re.compile(r"(?<=[aeiou])r+(?![aeiouyr])")
_TWICE = re.compile(r"(.)\1+")


def spelled(katakana: str) -> str:
    """A katakana word in Latin letters, about as it sounds."""
    found = ""
    for sign in katakana:
        if sign in _SMALL:
            # ティ is ti, シャ is sha, ファ is fa: the small sign replaces the vowel.
            found = found[:-1] + _SMALL[sign] if found[-1:] in tuple("aiueo") else found + _SMALL[sign]
        else:
            found += _KANA.get(sign, "")
    return found


def skeletons(word: str) -> frozenset[str]:
    """The consonants of a lower-case Latin word as Japanese hears them, with and without an r that ends a syllable:
    Weingarten keeps it (ワインガルテン), parameter does not (パラメータ)."""
    sounds = _sounds(word)
    return frozenset(_bones(heard.translate(_HEARD)) for heard in (sounds, _AFTER_VOWEL.sub("", sounds)))


def _sounds(word: str) -> str:
    plain = "".join(c for c in unicodedata.normalize("NFKD", word) if c.isalpha())
    for pattern, sound in _LATIN:
        plain = pattern.sub(sound, plain)
    return plain


def _bones(sounds: str) -> str:
    merged = sounds.replace("ch", "t").replace("ts", "t").replace("sh", "s")
    return _TWICE.sub(r"\1", _SILENT.sub("", _TWICE.sub(r"\1", merged)))


def by_skeleton(words: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Lower-case Latin words by each of their skeletons, in order."""
    found: dict[str, tuple[str, ...]] = {}
    for word in words:
        for skeleton in skeletons(word):
            found[skeleton] = (*found.get(skeleton, ()), word)
    return found


def heard_as(text: str, words: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Each katakana word of a text with the Latin words it may be, among those given by skeleton: the one that sounds
    most alike, and those that do nearly as much."""
    found: dict[str, tuple[str, ...]] = {}
    for katakana in dict.fromkeys(_KATAKANA.findall(text)):
        sound = spelled(katakana).translate(_HEARD)
        skeleton = _bones(sound)
        near = {
            word: fuzz.ratio(sound, heard)
            for word in words.get(skeleton, ())
            if bool(_SILENT.match(heard := _sounds(word).translate(_HEARD))) == bool(_SILENT.match(sound))
        }
        least = max(
            [_LEAST_ALIKE.get(len(skeleton), _LEAST_ALIKE_LONG), *(n - _AS_ALIKE for n in near.values())]
        )
        if any(alike >= least for alike in near.values()):
            found[katakana] = tuple(word for word, alike in near.items() if alike >= least)
    return found
