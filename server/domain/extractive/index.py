"""A paper made ready for choosing sentences: each with its words, cues, numbers and place."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from server.domain.extractions import Extraction
from server.domain.extractive.facets import FACETS
from server.domain.extractive.prose import Passage, passages
from server.domain.extractive.traits import (
    Standing,
    beginning,
    citations,
    is_of_others,
    is_own,
    length,
    numbers,
    says_something,
    signposts,
    standing,
)
from server.domain.extractive.words import Phrases, Stems, is_wide, terms, words
from server.domain.guards import guards
from server.domain.sections import SectionKind
from server.domain.sentences import one_line, split

MAX_SENTENCES = 6_000
"""A book's worth; what comes after is not looked at."""
_SHORTEST_NAME = 3
_OPENING = 400
"""Characters that are the beginning of a section: about three sentences."""
_STRONG, _WEAK = 1.0, 0.4


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of the paper's prose and all that is known about it."""

    order: int
    text: str
    start: int
    end: int
    page: int
    kind: SectionKind
    section: int
    length: int
    """Words, or characters in Japanese."""
    terms: Mapping[str, float]
    """tf-idf, length 1."""
    cues: Mapping[str, float]
    """Facet → how much its words show it, 0–2."""
    heading: frozenset[str]
    """Facets that the section's heading names."""
    numbers: int
    citations: int
    own: bool
    others: bool
    """It reports the work of somebody else."""
    opening: bool
    """Among the first sentences of its section."""
    standing: Standing
    follows: int | None
    """Order of the sentence right before it in the same passage."""
    signpost: int
    """How often it sends the reader elsewhere in the paper (§2, Table 1)."""
    titled: float
    """How much of the title's words it holds, 0–1."""
    central: float
    """How much it is about what the paper is about, 0–1."""


@dataclass(frozen=True)
class SentenceIndex:
    """All sentences worth choosing from, in reading order."""

    extraction: Extraction
    sentences: tuple[Sentence, ...]
    rarity: Mapping[str, float]
    """idf of every term of the paper's prose."""
    wide: bool

    @classmethod
    def of(cls, extraction: Extraction) -> SentenceIndex:
        return _Builder(extraction).build()

    def quote(self, sentence: Sentence) -> str:
        """The sentence as shown, unless undoing its line breaks changed a number or unit in the locator's eyes."""
        raw = self.extraction.text[sentence.start : sentence.end]
        return sentence.text if guards(raw) == guards(sentence.text) else " ".join(raw.split())


class _Builder:
    def __init__(self, extraction: Extraction) -> None:
        self.extraction = extraction
        self.wide = is_wide(extraction.language)
        self.stems = Stems()
        self.known = frozenset(words(extraction.text))
        self.title: dict[str, float] = {}
        self.name = _name(extraction)
        self.bodies = tuple(section.body for section in extraction.sections)
        self.cues = Phrases(self.stems)
        self.asked = Phrases(self.stems)
        for facet in FACETS:
            self.cues.add(facet.strong, label=facet.name, weight=_STRONG)
            self.cues.add(facet.weak, label=facet.name, weight=_WEAK)
            self.asked.add(facet.asked, label=facet.name, weight=_STRONG)

    def build(self) -> SentenceIndex:
        rows: list[tuple[Passage, int, int, str, int | None]] = []
        for passage in passages(self.extraction):
            rows += self._of_passage(passage, len(rows))
            if len(rows) >= MAX_SENTENCES:
                break
        counted = [Counter(terms(row[3], wide=self.wide, stems=self.stems)) for row in rows]
        frequency = Counter(term for counts in counted for term in counts)
        title = self.extraction.identity.title
        named = terms(title.value, wide=self.wide, stems=self.stems) if title else []
        rarity = {term: math.log(1 + len(rows) / count) for term, count in frequency.items()}
        self.title = {term: rarity[term] for term in named if term in rarity}
        vectors = [_unit({t: (1 + math.log(n)) * rarity[t] for t, n in counts.items()}) for counts in counted]
        central = _centrality([row[0].kind for row in rows], vectors)
        headings = [
            frozenset(self.asked.find(section.title, wide=self.wide)) for section in self.extraction.sections
        ]
        sentences = tuple(
            self._sentence(order, row, vectors[order], central[order], headings)
            for order, row in enumerate(rows)
        )
        return SentenceIndex(self.extraction, sentences, rarity, self.wide)

    def _of_passage(self, passage: Passage, order: int) -> list[tuple[Passage, int, int, str, int | None]]:
        raw = self.extraction.text[passage.start : passage.end]
        found: list[tuple[Passage, int, int, str, int | None]] = []
        before: int | None = None
        names = frozenset({self.name} if self.name else ())
        for number, span in enumerate(split(raw, names=names)):
            start = span.start + beginning(raw[span.start : span.end])
            text = one_line(raw[start : span.end], known_words=self.known)
            whole = number > 0 or passage.whole_start
            if whole and says_something(text, wide=self.wide, name=self.name):
                found.append((passage, passage.start + start, passage.start + span.end, text, before))
                before = order + len(found) - 1
            else:
                before = None
        return found

    def _sentence(
        self,
        order: int,
        row: tuple[Passage, int, int, str, int | None],
        vector: Mapping[str, float],
        central: float,
        headings: list[frozenset[str]],
    ) -> Sentence:
        passage, start, end, text, before = row
        found = self.cues.find(text, wide=self.wide)
        return Sentence(
            order=order,
            text=text,
            start=start,
            end=end,
            page=self.extraction.page_at(start),
            kind=passage.kind,
            section=passage.section,
            length=length(text, wide=self.wide),
            terms=vector,
            cues={label: _cue(hits) for label, hits in found.items()},
            heading=headings[passage.section] if passage.section >= 0 else frozenset(),
            numbers=numbers(text),
            citations=citations(text),
            own=is_own(text, name=self.name),
            others=is_of_others(text),
            opening=start - self.bodies[passage.section] < _OPENING if passage.section >= 0 else False,
            standing=standing(text),
            follows=before,
            signpost=signposts(text),
            titled=sum(w for term, w in self.title.items() if term in vector)
            / (sum(self.title.values()) or 1.0),
            central=central,
        )


def _name(extraction: Extraction) -> str | None:
    """What the authors call their work, where the title begins with it: `S2ORC: …`."""
    title = extraction.identity.title.value if extraction.identity.title else ""
    name, colon, _ = title.partition(":")
    if not colon or len(name) < _SHORTEST_NAME or len(name.split()) != 1:
        return None
    written = Counter(re.findall(rf"(?i)\b{re.escape(name)}\b", extraction.text))
    return written.most_common(1)[0][0] if written else name


def _cue(hits: list[tuple[int, float]]) -> float:
    """The best hit counts whole, the rest half, so that a long sentence does not win by length."""
    weights = sorted((weight for _, weight in hits), reverse=True)
    return min(2.0, weights[0] + 0.5 * sum(weights[1:]))


def _unit(vector: dict[str, float]) -> dict[str, float]:
    norm = math.sqrt(sum(weight * weight for weight in vector.values())) or 1.0
    return {term: weight / norm for term, weight in vector.items()}


def similarity(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    """Cosine of two unit vectors."""
    if len(one) > len(other):
        one, other = other, one
    return sum(weight * other[term] for term, weight in one.items() if term in other)


def _centrality(kinds: list[SectionKind], vectors: list[dict[str, float]]) -> list[float]:
    """Nearness of each sentence to the middle of the paper, where abstract and conclusion weigh more. O(n)."""
    heavy = {SectionKind.ABSTRACT: 3.0, SectionKind.CONCLUSION: 2.0, SectionKind.INTRODUCTION: 1.5}
    middle: dict[str, float] = {}
    for kind, vector in zip(kinds, vectors, strict=True):
        weight = heavy.get(kind, 1.0)
        for term, value in vector.items():
            middle[term] = middle.get(term, 0.0) + weight * value
    near = [sum(value * middle[term] for term, value in vector.items()) for vector in vectors]
    top = max(near, default=0.0) or 1.0
    return [value / top for value in near]
