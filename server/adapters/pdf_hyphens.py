"""Decide what becomes of the hyphen where a word is broken at the end of a line."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, auto

_WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*")
_WORD_BEFORE = re.compile(r"[^\W_]+(?:-[^\W_]+)*\Z")
_BROKEN = re.compile("[\\w-]*\ufffe[\\w-]*")
_HANGING = re.compile(r"(?:and|or|und|oder|bzw|sowie|bis)(?!\w|-)")
"""What follows a hyphen that stands for the rest of a compound: `sentence- and token-level`, `Ein- und Ausgabe`."""
_LONG = 4
"""Letters: two shorter words are as likely the halves of one (`out-side`, `in-formation`)."""


class Hyphen(Enum):
    """What to do at the end of the line."""

    DROP = auto()
    """`speci-` + `fic`: one word."""
    KEEP = auto()
    """`BERT-` + `Base`: a compound."""
    BREAK = auto()
    """`sum-` + `1 The code`, `sentence-` + `and token-level`: the next line does not go on with the word; leave both as
    printed.
    """


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """How often each word is printed unbroken in a paper: it tells `pre-` + `trained` from `speci-` + `fic`."""

    words: Counter[str]

    @classmethod
    def of(cls, texts: Iterable[str]) -> Vocabulary:
        """From the text of the pages; U+FFFE stands where a word is broken."""
        words: Counter[str] = Counter()
        for text in texts:
            words.update(_WORD.findall(_BROKEN.sub(" ", text).lower()))
        return cls(words)

    def hyphen(self, before: str, after: str) -> Hyphen:
        """For a line that ends in `before` (without the hyphen) and one that starts with `after`.

        The paper decides, by how it writes the word elsewhere. Where it does not: capitals and digits start parts of
        compounds, never syllables; a second hyphen is a compound's too (`state-of-the-art`), and so is one between two
        words that the paper uses on their own (`span-level`).
        """
        left, right = _WORD_BEFORE.search(before), _WORD.match(after)
        if not left or not right:
            return Hyphen.KEEP
        first, second = left.group(), right.group()
        votes = self._votes(first.lower(), second.lower())
        if votes:
            return Hyphen.KEEP if votes > 0 else Hyphen.DROP
        if _HANGING.match(after) and (self.words[first.lower()] or len(second) >= _LONG):
            return Hyphen.BREAK
        if second[0].isdigit():
            return Hyphen.BREAK if first[-1].islower() else Hyphen.KEEP
        starts_anew = second[0].isupper() and not (first.isupper() and second.isupper())
        if starts_anew or first[-1].isdigit() or len(first) == 1 or "-" in first:
            return Hyphen.KEEP
        return Hyphen.KEEP if self._are_words(first.lower(), second.lower()) else Hyphen.DROP

    def _votes(self, first: str, second: str) -> int:
        """Above zero: written with a hyphen more often than without. Of compounds the parts at the break count too:
        `self-super` + `vised` is decided by `self-supervised` as by `supervised`.
        """
        tail, head = first.rpartition("-")[2], second.partition("-")[0]
        with_hyphen = self.words[f"{first}-{second}"] + self.words[f"{tail}-{head}"]
        return with_hyphen - self.words[first + second] - self.words[tail + head]

    def _are_words(self, first: str, second: str) -> bool:
        second = second.partition("-")[0]
        return min(len(first), len(second)) >= _LONG and self.words[first] > 0 and self.words[second] > 0
