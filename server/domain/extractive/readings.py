"""Choose what to read next: the entries of a paper's own list that its text leans on most."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from server.domain.extractive.index import Sentence, SentenceIndex
from server.domain.extractive.traits import Standing
from server.domain.references import Reference
from server.domain.sections import SectionKind

_BRACKETS = re.compile(r"\[([^\[\]]{1,80})\]")
_RANGE = re.compile(r"(\d+)\s*[–—-]\s*(\d+)")
_WIDEST_RANGE = 30
_LONGEST_SURNAME = 3
_NAME_YEAR = re.compile(
    r"(?P<name>[A-ZÀ-ÖØ-Þ][^\W\d_]+(?:[-’'][^\W\d_]+)*|[\u30a0-\u30ff\u4e00-\u9fff]{1,8}?)"
    r"(?:(?:\s+et\s+al\.?|\s*ら|\s*他|\s+(?:and|&|und)\s+[^\W\d_][^\s,()]+|,\s[^\W\d_][^\s,()]+,?\s(?:and|&)\s[^\s,()]+)?)"
    r"[,，、\s]*[(（\[]?\s*(?P<year>(?:19|20)\d\d)[a-z]?"
)
_MORE_YEARS = re.compile(r"^[a-z]?,\s*((?:19|20)\d\d)")
_NAME_PART = re.compile(r"[^\W\d_]{2,}(?:[-’'][^\W\d_]+)*|[\u4e00-\u9fff]+")
_WEIGHT = {SectionKind.INTRODUCTION: 1.2, SectionKind.RELATED: 1.1, SectionKind.APPENDIX: 0.4}
_PROMINENT = frozenset({"novelty", "comparison", "idea", "approach"})


@dataclass(frozen=True, slots=True)
class Reading:
    """An entry of the list and the sentence that best says what the paper makes of it."""

    reference: Reference
    citing: Sentence | None
    score: float


def readings(index: SentenceIndex, *, count: int) -> tuple[Reading, ...]:
    """The entries cited most often and most prominently, best first. Entries without a readable title, and those the
    text never cites, are not offered."""
    references = [r for r in index.extraction.references if r.title]
    citing = _citations(index, references)
    found = [_reading(reference, citing.get(reference.index, [])) for reference in references]
    ranked = sorted((r for r in found if r.citing), key=lambda r: (-r.score, r.reference.index))
    return tuple(_with_other_sentences(ranked, citing, count))


def _with_other_sentences(
    ranked: Sequence[Reading], citing: dict[int, list[tuple[Sentence, int]]], count: int
) -> Iterator[Reading]:
    """The first `count`, each with a sentence of its own where there is one."""
    used: set[int] = set()
    for reading in ranked[:count]:
        sentences = citing[reading.reference.index]
        best = next((s for s, _ in _best_first(sentences) if s.order not in used), reading.citing)
        if best:
            used.add(best.order)
        yield Reading(reading.reference, best, reading.score)


def _reading(reference: Reference, citing: list[tuple[Sentence, int]]) -> Reading:
    score = sum(
        _WEIGHT.get(s.kind, 1.0) / shared**0.5 * (1.0 + 0.5 * _is_prominent(s)) for s, shared in citing
    )
    sections = len({s.section for s, _ in citing})
    best = next((s for s, _ in _best_first(citing)), None)
    return Reading(reference, best, score * (1 + 0.15 * sections))


def _best_first(citing: list[tuple[Sentence, int]]) -> list[tuple[Sentence, int]]:
    """Sentences that say most about one entry: few others cited beside it, understandable alone, words of use."""

    def merit(item: tuple[Sentence, int]) -> tuple[float, int]:
        sentence, shared = item
        value = 1.0 / shared + 0.4 * _is_prominent(sentence) - 0.5 * (sentence.standing is Standing.POINTING)
        return (
            -value - 0.2 * (sentence.length >= 12) + (sentence.kind is SectionKind.APPENDIX),
            sentence.order,
        )

    return sorted(citing, key=merit)


def _is_prominent(sentence: Sentence) -> bool:
    return any(sentence.cues.get(name, 0.0) >= 1.0 for name in _PROMINENT)


def _citations(index: SentenceIndex, references: list[Reference]) -> dict[int, list[tuple[Sentence, int]]]:
    """Reference index → (sentence that cites it, how many entries that sentence cites)."""
    labels = {r.number.strip("[]. "): r.index for r in references if r.number}
    names: dict[tuple[str, int], list[int]] = {}
    for reference in references:
        if reference.year:
            for name in _names(reference):
                names.setdefault((name, reference.year), []).append(reference.index)
    found: dict[int, list[tuple[Sentence, int]]] = {}
    for sentence in index.sentences:
        cited = dict.fromkeys([*_by_label(sentence.text, labels), *_by_name(sentence.text, names)])
        for number in cited:
            found.setdefault(number, []).append((sentence, len(cited)))
    return found


def _by_label(text: str, labels: dict[str, int]) -> Iterator[int]:
    if not labels:
        return
    for match in _BRACKETS.finditer(text):
        for part in re.split(r"[,;，、]", match[1]):
            between = _RANGE.fullmatch(part.strip())
            if between and 0 < int(between[2]) - int(between[1]) <= _WIDEST_RANGE:
                wanted = [str(n) for n in range(int(between[1]), int(between[2]) + 1)]
            else:
                wanted = [part.strip()]
            yield from (labels[label] for label in wanted if label in labels)


def _by_name(text: str, names: dict[tuple[str, int], list[int]]) -> Iterator[int]:
    if not names:
        return
    for match in _NAME_YEAR.finditer(text):
        name = match["name"].casefold()
        years = [int(match["year"])]
        more = _MORE_YEARS.match(text[match.end("year") :])
        if more:
            years.append(int(more[1]))
        for year in years:
            entries = names.get((name, year), [])
            if len(entries) == 1:  # Two works of one name and year cannot be told apart by this alone.
                yield entries[0]


def _names(reference: Reference) -> set[str]:
    """What the first author may be called in the text."""
    first = reference.authors[0] if reference.authors else ""
    parts = {part.casefold() for part in _NAME_PART.findall(first)}
    if (
        first and "\u4e00" <= first[0] <= "\u9fff"
    ):  # 山田太郎 is cited as 山田: where the surname ends is not printed
        parts |= {first[:size] for size in range(1, min(len(first), _LONGEST_SURNAME) + 1)}
    return parts
