"""Names a sentence states that can be looked for: Latin-script names of people, data sets, methods, organisations."""

from __future__ import annotations

import re
from dataclasses import dataclass

from server.domain.content import EMPTY, is_japanese
from server.domain.matching import fold


@dataclass(frozen=True, slots=True)
class Name:
    """A name as written, with its place in the statement."""

    text: str
    start: int
    end: int


_TOKEN = re.compile(
    r"[A-Za-z\u00c0-\u024f][A-Za-z0-9\u00c0-\u024f]*(?:[-‐‑.'’&/+][A-Za-z0-9\u00c0-\u024f]+)*\+*"
)
_SENTENCE_START = re.compile(r"(?:^|[.!?:;。！？：\n•*\-–—(（「『“\"]\s*)$")
_ROMAN = re.compile(r"[IVX]+")
_COMMON_TEXT = """table figure fig section appendix equation eq chapter abstract introduction conclusion references method methods
    results result discussion limitations background related work experiments evaluation english japanese german french
    chinese january february march april may june july august september october november december monday tuesday
    wednesday thursday friday saturday sunday i a ai ml nlp llm llms pdf api url id ok vs et al e.g i.e etc mr ms dr prof
    paper authors title year venue doi arxiv preprint"""
_COMMON = EMPTY | frozenset(_COMMON_TEXT.split())


def names(text: str) -> tuple[Name, ...]:
    """The names of a statement. In English a capital at the start of a sentence makes no name by itself; capitals inside
    a word, digits in it, or a capital elsewhere do. In Japanese every Latin word with a capital or digit does."""
    japanese = is_japanese(text)
    found = []
    for match in _TOKEN.finditer(text):
        word = match[0]
        if word.islower():
            continue
        if word.casefold().rstrip(".") in _COMMON or len(word) < 2 or _ROMAN.fullmatch(word):
            continue
        if _is_marked(word) or (
            word[0].isupper() and (japanese or not _starts_sentence(text, match.start()))
        ):
            found.append(Name(word, match.start(), match.end()))
    return tuple(found)


def is_named(name: Name, key: str) -> bool:
    """Whether a paper, given as its matching key, has this name; a plural or possessive ending does not matter."""
    folded = fold(name.text)
    if folded in key:
        return True
    bare = re.sub(r"(?:s|es)$", "", folded)
    if len(bare) > 2 and bare in key:
        return True
    parts = [fold(part) for part in re.split(r"[-‐‑/&+.]", name.text) if part]
    return len(parts) > 1 and all(part in key for part in parts)


def _is_marked(word: str) -> bool:
    """Written in a way only names are: BERT, PaperMage, SciBERT, GPT-3, F1."""
    letters = [c for c in word if c.isalpha()]
    inner = any(c.isupper() for c in word[1:])
    return inner or (any(c.isdigit() for c in word) and any(c.isupper() for c in letters))


def _starts_sentence(text: str, at: int) -> bool:
    return bool(_SENTENCE_START.search(text[max(0, at - 5) : at]))
