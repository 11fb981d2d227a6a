"""Where a sentence may be cut short: at the end of a clause or phrase, with a weight for how well it breaks there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class Cut:
    """Keep `text[:end]`."""

    end: int
    weight: int
    """How much more the line may leave out to break here."""


def _set(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


_CLAUSE, _PHRASE, _LINK = 10, 4, 0
_BRACKETS = {
    "「": "」",
    "『": "』",
    "（": "）",
    "(": ")",
    "[": "]",
    "［": "］",
    "【": "】",
    "“": "”",
    "〔": "〕",
    "{": "}",
}
_CLOSING = frozenset(_BRACKETS.values())

# Japanese

_WIDE_CLAUSE = re.compile(r"(?<![0-9０-９])[、，,]|(?<=[0-9０-９])[、，,](?![0-9０-９])")
_AFTER = re.compile(
    r"(?P<phrase>を|に|は|が|で|から|まで|より|へ|も|て|ため|ことで)(?=[^\u3041-\u309fー、，,。．])"
    r"|(?P<link>の|な|(?<![るたいだうくすつぬむ])と|や|した|する|された|される|による|における)(?=[^\u3041-\u309fー、，,。．])"
)
_CLAIMS = frozenset("しりきみちびぎえけせてねべめれげくずるたいうばだ")
"""How a stretch ends that already says something of its own; `が` after it takes it back halfway, so it may stand."""
_TAKEN_BACK = re.compile(
    r"ない|なかった|なく|ません|できず|られず|ておらず|わけでは|とは限ら|可能性|かもしれ|だろう|考えられ|思われ|示唆|期待|見込|とされ|おそれ|恐れ|疑い|仮定|推測|のみ|場合に限"
)
_HIRAGANA = re.compile("[\u3041-\u309f]")
_RUN = re.compile(r"[\u30a0-\u30ff]+|[^\W\u3041-\u309f\u30a0-\u30ff\u3400-\u9fff]+|[\u3400-\u9fff々]+")


def wide_cuts(text: str) -> Iterator[Cut]:
    """Of a Japanese sentence. Where what follows denies or doubts, only phrases that claim nothing yet may stand alone:
    精度が向上し、… of 「精度が向上し、費用が下がるとはいえない」 would say the opposite."""
    inside = _inside(text)
    found = [(m.start(), _CLAUSE) for m in _WIDE_CLAUSE.finditer(text)]
    found += [(m.end(), _PHRASE if m["phrase"] else _LINK) for m in _AFTER.finditer(text)]
    for end, weight in found:
        doubted = text[end - 1 : end] in _CLAIMS and _TAKEN_BACK.search(text, end)
        if not inside[end] and not doubted:
            yield Cut(end, weight)


def wide_breaks(text: str) -> Iterator[Cut]:
    """Last resort in Japanese: anywhere but within a run of katakana, kanji, Latin letters or digits."""
    inside = _inside(text)
    within = {at for m in _RUN.finditer(text) for at in range(m.start() + 1, m.end())}
    for end in range(1, len(text)):
        digits = text[end - 1].isdigit()  # 16 and what is counted
        if end not in within and not inside[end] and not digits and not _HIRAGANA.match(text, end):
            yield Cut(end, _LINK)


# Languages with spaces

_WORD = re.compile(r"\S+")
_PAUSE = re.compile(r"[,;:—–][\"”’')\]]*$")
_BEFORE_CLAUSE = _set(
    "which that who whose where while whereas because since although though so and or when if unless but yet der die das"
    " weil dass und oder wobei während"
)
_BEFORE_PHRASE = _set(
    "to by for with using in on from as at over via through into across under within among during against without"
    " based such rather instead except only für mit von zu aus bei"
)
_TURNS = _set(
    "but yet unless except only if when without although though whereas while rather instead not aber nur nicht"
)
"""Words that turn what stands before them: a line cut there keeps them."""
_HANGS = _set(
    "a an the this these those that its their our his her of to in on at by for with from as and or but is are was were"
    " be been has have had not no more less than very both either each every most some any can could may might will"
    " would should into over such between than out der die das ein eine den dem"
)
"""Words after which something must follow."""
_OPERATOR = re.compile(r"[=<>≤≥≈±×÷∈+−*/|~^-]+|[A-Za-zα-ω]\s?[=<>].*")
_PAIRS = {"and": ("between", "both"), "or": ("either", "whether")}
_REACH = 6


def spaced_cuts(text: str) -> Iterator[Cut]:
    """Of a sentence in a language that writes spaces between its words."""
    words = list(_WORD.finditer(text))
    inside = _inside(text)
    for left, right, at in zip(words, words[1:], range(1, len(words)), strict=False):
        follows = right[0].strip('"“(').lower()
        if inside[left.end()] or _OPERATOR.fullmatch(left[0]) or _OPERATOR.fullmatch(right[0]):
            continue
        before = [w[0].lower().strip(",;:") for w in words[max(0, at - _REACH) : at]]
        if any(first in before for first in _PAIRS.get(follows.strip(","), ())):
            continue
        if weight := _weight(left[0], follows):
            end = right.end() if follows in _TURNS else left.end()
            if not inside[end]:
                yield Cut(end, weight - 1)


def spaced_breaks(text: str) -> Iterator[Cut]:
    """Last resort: between any two words, but not after one that needs another, nor after a number."""
    words = list(_WORD.finditer(text))
    inside = _inside(text)
    for left, right in pairwise(words):
        plain = left[0].lower().strip(",;:")
        if inside[left.end()] or right[0].lower() == "of":
            continue
        if plain not in _HANGS and not plain[-1:].isdigit():
            yield Cut(left.end(), _LINK)


def words_between(text: str) -> Iterator[Cut]:
    """Between any two words, wherever that is: nothing better is left."""
    yield from (Cut(word.end(), _LINK) for word in _WORD.finditer(text))


def _weight(word: str, follows: str) -> int:
    """One more than the weight; 0 where no phrase ends."""
    if word.lower().strip(",;:") in _HANGS:
        return 0
    if _PAUSE.search(word):
        return 5
    if follows in _BEFORE_CLAUSE:
        return 3
    return 1 if follows in _BEFORE_PHRASE else 0


def _inside(text: str) -> list[bool]:
    """Per offset whether a cut there would part a pair of brackets, quotation marks or dollar signs."""
    inside = [False] * (len(text) + 1)
    open_: list[int] = []
    straight: dict[str, int] = {}
    for at, character in enumerate(text):
        if character in '"$':
            if (start := straight.pop(character, None)) is None:
                straight[character] = at
            else:
                _mark(inside, start, at)
        elif character in _BRACKETS:
            open_.append(at)
        elif character in _CLOSING:
            while open_:
                start = open_.pop()
                if _BRACKETS[text[start]] == character:
                    _mark(inside, start, at)
                    break
    return inside


def _mark(inside: list[bool], start: int, end: int) -> None:
    inside[start + 1 : end + 1] = [True] * (end - start)
