"""Tell which values of a choice a sentence names."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from server.domain.extractive.words import QUESTION_STOP, stem, words
from server.domain.fields import Choice

_WIDE_NAME = re.compile(r"[\u30a0-\u30ff]{2,}|[\u4e00-\u9fff]{2,}")


def fitting_choices(choices: Sequence[Choice], sentence: str, *, wide: bool) -> list[str]:
    """Ids of the choices that have a word of their own, shared with no other choice, in the sentence."""
    named = {choice.id: _names(choice, wide=wide) for choice in choices}
    shared = Counter(name for names in named.values() for name in names)
    said = sentence if wide else {stem(word) for word in words(sentence)}
    return [id_ for id_, names in named.items() if any(name in said for name in names if shared[name] == 1)]


def _names(choice: Choice, *, wide: bool) -> set[str]:
    if wide:
        return set(_WIDE_NAME.findall(choice.label.ja))
    return {stem(word) for word in words(f"{choice.id} {choice.label.en}") if word not in QUESTION_STOP}
