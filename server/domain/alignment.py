"""Align a quote that is not verbatim with the passage it comes from, and say what differs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz
from rapidfuzz.distance import Indel

from server.domain.guards import guards
from server.domain.matching import fold
from server.domain.words import Words

LEAST_SCORE = 0.85
"""Least similarity (normalised Indel of matching keys) of a quote and the passage it is taken to come from."""

ANCHOR = 10
"""Characters of the key by which a passage is found before it is aligned."""

MAX_SHOWN = 3
"""Differences named in one sentence."""

_WORD = re.compile(
    r"(?:(?![\u3040-\u30ff\u4e00-\u9fff])[^\W_])+(?:['’.\-‐‑](?:(?![\u3040-\u30ff\u4e00-\u9fff])[^\W_])+)*"
    r"|[\u3040-\u30ff\u4e00-\u9fff]|[%‰°±−+=<>]"
)
_DENIES = re.compile(r"ない|なか|なく|なけ|ません|まい|ずに|[^い]ず|ぬ|不|無|非|未|否")
"""Japanese negations, which stand inside words: 言える and 言えない differ by one."""
_WIDE = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")


@dataclass(frozen=True, slots=True)
class Aligned:
    """A passage like the quote: `key[start:end]` of the paper."""

    start: int
    end: int
    score: float


def align(key: str, paper: str) -> Aligned | None:
    """The stretch of the paper's key most like `key`, when it is like it at all.

    Looks only where some piece of the quote stands verbatim: a quote of which not even ten characters in a row are
    in the paper has no passage.
    """
    best: Aligned | None = None
    for at in _anchors(key, paper):
        low = max(0, at - len(key) // 4)
        window = paper[low : at + len(key) + len(key) // 4]
        found = fuzz.partial_ratio_alignment(key, window, score_cutoff=100 * LEAST_SCORE - 15)
        if found is None:
            continue
        start, end = low + found.dest_start, low + found.dest_end
        start, end = _tightened(key, paper, start, end)
        score = Indel.normalized_similarity(key, paper[start:end])
        if best is None or score > best.score:
            best = Aligned(start, end, round(score, 4))
    return best if best and best.score >= LEAST_SCORE else None


def whole_words(text: str, start: int, end: int) -> tuple[int, int]:
    """The stretch with the words at its ends whole: a letter or two of a word are dropped, more is completed."""
    while start > 0 and start < end and _joins(text, start) and not _joins(text, start + 2):
        start += 1
    while start > 0 and _joins(text, start):
        start -= 1
    while end < len(text) and end > start and _joins(text, end) and not _joins(text, end - 2):
        end -= 1
    while end < len(text) and _joins(text, end):
        end += 1
    return start, end


def differences(quote: str, passage: str) -> tuple[tuple[str, str], ...]:
    """What stands in the quote and what in the passage instead, word by word; "" where one has nothing."""
    ours, theirs = _words(quote), _words(passage)
    steps = Indel.opcodes([fold(w) for w in ours], [fold(w) for w in theirs])
    found: list[tuple[str, str]] = []
    mine: list[str] = []
    other: list[str] = []
    for step in steps:
        if step.tag == "equal":
            _close(found, mine, other)
        elif step.tag == "delete":
            mine.extend(ours[step.src_start : step.src_end])
        else:
            other.extend(theirs[step.dest_start : step.dest_end])
    _close(found, mine, other)
    return tuple(found)


def is_harmless(quote: str, passage: str, found: Sequence[tuple[str, str]]) -> bool:
    """Whether the differences leave number, sign, unit, negation and proper names alone."""
    if guards(quote) != guards(passage):
        return False
    return not any(_tells(mine) or _tells(other) or _denies(mine) != _denies(other) for mine, other in found)


def describe(found: Sequence[tuple[str, str]]) -> Words:
    """The differences in one sentence."""
    ja, en = [], []
    for mine, other in found[:MAX_SHOWN]:
        if mine and other:
            ja.append(f"論文では「{_short(other)}」、引用では「{_short(mine)}」")
            en.append(f"the paper has “{_short(other)}”, the quote “{_short(mine)}”")
        elif other:
            ja.append(f"引用は「{_short(other)}」を省いている")
            en.append(f"the quote leaves out “{_short(other)}”")
        else:
            ja.append(f"「{_short(mine)}」は論文にない")
            en.append(f"“{_short(mine)}” is not in the paper")
    more = len(found) - MAX_SHOWN
    return Words(
        ja="論文と少し違います：" + "、".join(ja) + (f"（ほか {more} か所）" if more > 0 else "") + "。",
        en="Not verbatim: " + "; ".join(en) + (f" (and {more} more)" if more > 0 else "") + ".",
    )


def _anchors(key: str, paper: str) -> list[int]:
    """Where the quote would begin, judged by each of its pieces that stands in the paper; likeliest first."""
    votes: dict[int, int] = {}
    for offset in range(0, max(1, len(key) - ANCHOR + 1), ANCHOR):
        piece = key[offset : offset + ANCHOR]
        at = paper.find(piece)
        for _ in range(4):  # a common piece is no guide
            if at < 0:
                break
            bucket = (at - offset) // max(ANCHOR, len(key) // 4)
            votes[bucket] = votes.get(bucket, 0) + 1
            at = paper.find(piece, at + 1)
    width = max(ANCHOR, len(key) // 4)
    best = sorted(votes, key=lambda bucket: (-votes[bucket] - votes.get(bucket + 1, 0), bucket))[:3]
    return [max(0, bucket * width) for bucket in best]


def _tightened(key: str, paper: str, start: int, end: int) -> tuple[int, int]:
    """Move both ends to where the quote's own ends stand, when they are near: an alignment of equal length is off by
    what was inserted or left out."""
    edge = min(ANCHOR, len(key) // 2)
    reach = len(key) // 3
    first = _nearest(key[:edge], paper, start, reach)
    last = _nearest(key[-edge:], paper, end - edge, reach)
    start = start if first is None else first
    end = end if last is None or last + edge <= start else last + edge
    return start, end


def _joins(text: str, at: int) -> bool:
    """Whether a Latin word goes on over this place."""
    pair = text[at - 1 : at + 1] if at > 0 else ""
    return len(pair) > 1 and pair.isalnum() and not _WIDE.search(pair)


def _nearest(piece: str, paper: str, at: int, reach: int) -> int | None:
    """Where `piece` stands nearest to `at`, at most `reach` away."""
    before = paper.rfind(piece, max(0, at - reach), at + len(piece))
    after = paper.find(piece, max(0, at), at + reach + len(piece))
    found = [place for place in (before, after) if place >= 0]
    return min(found, key=lambda place: abs(place - at)) if found else None


def _words(text: str) -> list[str]:
    return _WORD.findall(text)


def _close(found: list[tuple[str, str]], mine: list[str], other: list[str]) -> None:
    """End a stretch of differing words."""
    if mine or other:
        ours, theirs = _joined(mine), _joined(other)
        if fold(ours) != fold(theirs):
            found.append((ours, theirs))
    mine.clear()
    other.clear()


def _joined(words: Sequence[str]) -> str:
    return ("" if any(_WIDE.match(w) for w in words) else " ").join(words)


def _tells(words: str) -> bool:
    """Whether words carry a number or a name: a digit, a capital after the first letter, or a capitalised word."""
    return bool(re.search(r"\d|[%‰°±−<>=]", words)) or any(
        word[:1].isupper() or any(c.isupper() for c in word[1:]) for word in words.split()
    )


def _denies(words: str) -> int:
    return len(_DENIES.findall(words))


def _short(words: str) -> str:
    return words if len(words) <= 60 else words[:57] + "…"
