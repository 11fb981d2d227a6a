"""Words of a text for comparing: light stems in languages with spaces, pairs of characters in Japanese."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_WIDE_RUN = re.compile(r"[\u3005\u30a0-\u30ff\u3400-\u4dbf\u4e00-\u9fff]+|[A-Za-z]{2,}|[\u3040-\u309f]+")
_KANA = re.compile(r"[\u3040-\u309f]+")
_WIDE = re.compile(r"[\u3005\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]")


def _set(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


STOP = _set(
    "a about above after again all also am an and any are as at be because been before being below between both but by"
    " can could did do does doing down during each few for from further had has have having he her here hers him his how"
    " i if in into is it its itself just may might more most my no nor not now of off on once only or other our ours out"
    " over own same she should so some such than that the their theirs them then there these they this those through to"
    " too under until up use used using very was we were what when where which while who whom why will with would you"
    " your et al eg ie der die das den dem des ein eine einer eines einem einen und oder aber ist sind war wird werden"
    " wurde hat haben mit von zu zum zur im in am an auf für als auch nach bei aus um es er sie wir man sich nicht so"
    " dass daß wenn wie nur noch über durch diese dieser dieses sei seien dann"
)
QUESTION_STOP = STOP | _set(
    "paper papers author authors sentence sentences state stated name write give answer least one two three four main"
    " kind what which quote say says exactly only first second word words short briefly explain describe include"
    " list item items number numbers null none guess guesses invent itself report reported"
)
"""Words that a question says to the reader rather than about the paper."""


def is_wide(language: str) -> bool:
    """Whether the language is written without spaces, and so measured in characters."""
    return language in ("ja", "zh")


def stem(word: str) -> str:
    """A word without its commonest endings: `outperforms` and `outperformed` are one. Deliberately light."""
    for ending in ("ing", "ies", "ed", "es", "s", "ly", "e"):
        if word.endswith(ending) and len(word) - len(ending) >= 4 and not word.endswith("ss"):
            return word[: -len(ending)]
    return word


class Stems(dict[str, str]):
    """Stems of lower-case words, computed once each."""

    def __missing__(self, word: str) -> str:
        found = self[word] = stem(word)
        return found


def words(text: str) -> list[str]:
    """Lower-case words in order; digits are not words."""
    return _WORD.findall(text.lower())


def terms(text: str, *, wide: bool, stems: Mapping[str, str], stop: frozenset[str] = STOP) -> list[str]:
    """What a text is about: stems without stop words, or pairs of Japanese characters (pairs of kana only are
    grammar and left out) and Latin words."""
    if wide:
        return list(_pairs(text))
    return [stems[word] for word in words(text) if len(word) > 2 and word not in stop]


def _pairs(text: str) -> Iterable[str]:
    for run in _WIDE_RUN.findall(text):
        if _KANA.fullmatch(run):
            continue
        if run[0].isascii():
            yield run.lower()
        elif len(run) == 1:
            yield run
        else:
            yield from (run[i : i + 2] for i in range(len(run) - 1))


class Phrases:
    """Weighted phrases, looked for in a sentence at once: word by word, or as Japanese character strings."""

    def __init__(self, stems: Mapping[str, str]) -> None:
        self._stems = stems
        self._by_first: dict[str, list[tuple[tuple[str, ...], str, float]]] = {}
        self._known: set[tuple[str, tuple[str, ...]]] = set()
        self._wide: list[tuple[str, str, float]] = []

    def add(self, phrases: str, *, label: str, weight: float) -> None:
        """Phrases separated by ` | `; what is found counts for `label`."""
        for phrase in filter(None, (p.strip() for p in phrases.split("|"))):
            if _WIDE.search(phrase):
                self._wide.append((phrase, label, weight))
                continue
            parts = tuple(self._stems[word] for word in words(phrase))
            if parts and (label, parts) not in self._known:  # `baseline` and `baselines` are one
                self._known.add((label, parts))
                self._by_first.setdefault(parts[0], []).append((parts, label, weight))

    def find(self, text: str, *, wide: bool) -> dict[str, list[tuple[int, float]]]:
        """Label → (place, weight) of every phrase found; places grow along the text."""
        found: dict[str, list[tuple[int, float]]] = {}
        if wide:
            for phrase, label, weight in self._wide:
                at = text.find(phrase)
                if at >= 0:
                    found.setdefault(label, []).append((at, weight))
            return found
        row = [self._stems[word] for word in words(text)]
        seen: set[str] = set()
        for at, first in enumerate(row):
            if first in seen:
                continue
            for parts, label, weight in self._by_first.get(first, ()):
                if len(parts) == 1 or tuple(row[at : at + len(parts)]) == parts:
                    found.setdefault(label, []).append((at, weight))
                    if len(parts) == 1:
                        seen.add(first)  # saying it twice is no stronger
        return found
