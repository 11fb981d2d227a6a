"""The one line a cell of a comparison leads with: how an answer begins, cut where a phrase ends."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from server.domain import sentences
from server.domain.headline_cuts import (
    Cut,
    spaced_breaks,
    spaced_cuts,
    wide_breaks,
    wide_cuts,
    words_between,
)

MOST_CHARACTERS = 40
"""Of a Japanese headline, the ellipsis counted."""
MOST_WORDS = 12
"""Of a headline in a language that writes spaces."""
LONGEST = 120
"""Characters of twelve words, addresses and formulas among them."""

_LEAST = (8, 3)
"""Characters, or words, below which a line says too little to stop there, unless it must."""
_LOOK = 600
"""Characters of a text looked at: a first sentence that is longer is none."""

_CJK = re.compile("[\u3041-\u30ff\u3400-\u9fff]")
_LETTER = re.compile(r"[^\W\d_]")
_MARKS = re.compile(r"^(?:[#>＃]+\s*|[-*+•・●■]\s+|[・●■]|\(?\d{1,2}[.)]\s+)+")
_EMPHASIS = re.compile(r"\*\*|(?<!\w)__(?=\w)|(?<=\w)__(?!\w)|`")
_CITATION = re.compile(
    r"(?<!in)(?<!in )(?<!区間)(?<!範囲)\s?(?:\[[1-9]\d{0,2}(?:\s?[,–-]\s?[1-9]\d{0,2}){0,12}\])+(?!\w)"
    r"|\s?[（(](?:see |e\.g\.,? )?[A-Z][^（）()\d]{1,80}[,\s](?:19|20)\d\d[a-z]?(?:\s?;[^（）()]{1,120})?[)）]"
)
"""`[3]`, `(Li et al., 2016)`. What stands after `in` may be an interval."""
_LEAD_WIDE = re.compile(
    r"(?:(?:本|この|当)(?:論文|稿|研究|報告|資料|サーベイ|調査)(?:では|は|においては|において)[、，,]?"
    r"|(?:また|さらに|なお|まず|そして|具体的には|しかし(?:ながら)?|ここでは|要するに|まとめると)[、，,])\s*"
)
_LEAD = re.compile(
    r"(?:(?:in|with) (?:this|the present|our) (?:paper|work|study|article|report|note|survey|manuscript)"
    r"|here|specifically|in particular|moreover|furthermore|additionally|in addition|overall|in summary|in short|to summari[sz]e"
    r"|(?:in order )?to [a-z](?:[^,.;:?!\n]){2,60}(?=, (?:we|this (?:paper|work|study|article)|the authors) )"
    r"|in conclusion|finally|also|first(?:ly)?|second(?:ly)?|however|in (?:dieser|der vorliegenden) arbeit),\s+",
    re.IGNORECASE,
)
_STARTS = re.compile(r"[^\s、，,。．)）」』]")


def headline(text: str, language: str) -> str:
    """The first sentence of an answer, whole or cut after a phrase and then ending with `…`: at most 40 characters of
    Japanese, 12 words of other languages. Its words are the text's own, in order.

    Lead-ins that say nothing of the paper go (「本論文では、」, "In this paper,"), and citations. Who claims something, and
    how surely, stays: "The authors claim that …", 「〜と考えられる」.

    Args:
        language: Of the answer; decides only where the text itself does not show it.
    """
    sentence = _first_sentence(text)
    if _is_wide(sentence, language):
        sentence = _without_lead(sentence, _LEAD_WIDE).rstrip("。．. 　")
        return _shortened(sentence, (wide_cuts, wide_breaks), len, most=MOST_CHARACTERS - 1, least=_LEAST[0])
    sentence = _without_lead(sentence, _LEAD)
    if sentence.endswith(".") and not sentence.endswith(("..", " al.", " etc.")):
        sentence = sentence[:-1]
    steps = (spaced_cuts, spaced_breaks, words_between)
    return _shortened(sentence, steps, _words, most=MOST_WORDS, least=_LEAST[1])


def _first_sentence(text: str) -> str:
    text = _MARKS.sub("", _EMPHASIS.sub("", text[:_LOOK]).lstrip())
    spans = sentences.split(text)
    if not spans:
        return " ".join(text.split())
    first = sentences.one_line(text[spans[0].start : spans[0].end])
    return " ".join(_CITATION.sub("", first).split())


def _is_wide(sentence: str, language: str) -> bool:
    letters = len(_LETTER.findall(sentence))
    return 3 * len(_CJK.findall(sentence)) > letters if letters else language == "ja"


def _without_lead(sentence: str, lead: re.Pattern[str]) -> str:
    """Without what only introduces it. A Latin letter then begins the line as a capital."""
    match = lead.match(sentence)
    if match is None or len(sentence) - match.end() < _LEAST[0] or not _STARTS.match(sentence, match.end()):
        return sentence
    rest = sentence[match.end() :]
    return rest[0].upper() + rest[1:] if rest[:2].isascii() and rest[:2].strip().islower() else rest


def _shortened(
    sentence: str,
    steps: Iterable[Callable[[str], Iterable[Cut]]],
    size: Callable[[str], int],
    *,
    most: int,
    least: int,
) -> str:
    """The sentence when it fits, else the best cut of the first step that has one."""
    room = most + (size is len)
    if size(sentence) <= room and len(sentence) <= LONGEST:
        return sentence.rstrip("… :：")
    for number, step in enumerate(steps):
        enough = 1 if number else least
        fitting = [
            (size(kept) + cut.weight, cut.end)
            for cut in step(sentence)
            if enough <= size(kept := _trimmed(sentence, cut.end)) <= most and len(kept) < LONGEST
        ]
        if fitting:
            return _trimmed(sentence, max(fitting)[1]) + "…"
    longest = most if size is len else LONGEST - 1
    return _trimmed(sentence, longest) + "…"


def _trimmed(sentence: str, end: int) -> str:
    return sentence[:end].rstrip(" 　、，,;:：；—–-…")


def _words(text: str) -> int:
    return len(text.split())
