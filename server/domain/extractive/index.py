"""A paper made ready for choosing sentences: each with its words, cues, numbers and place."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

from server.domain.extractions import Extraction
from server.domain.extractive.facets import FACETS
from server.domain.extractive.prose import Passage, passages
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


class Standing(IntEnum):
    """Whether a sentence can be understood without the one before it."""

    ALONE = 0
    LINKED = 1
    """It goes on in a list of thoughts (`Moreover`, また): no beginning, but clear wherever it stands."""
    POINTING = 2
    """It points back (`This`, `However`, それ): clear only after the sentence before it."""


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


_OPENER = re.compile(
    r"^(?:Abstract|ABSTRACT|Summary|Zusammenfassung|概\s*要|要\s*旨|要\s*約|あらまし)\s*[.:：—–-]*\s*(?=\S)"
)
_RUN_IN = re.compile(
    r"^[A-Z][^.,;:!?()]{3,60}?[^\W\d] (?=(?:We|To|Our|There|This|These|In|For|As|Given|Following|Since|While)\s[a-z])"
)
_ITEM = re.compile(r"^(?:[•▪◦‣∙■●◆–-]\s*)+|^\(?(?:\d{1,2}|[ivx]{1,4}|[a-h])[.)]\s+(?=[A-Z])")
_NUMBER = re.compile(r"(?<![\w.])[-−]?\d[\d,]*(?:\.\d+)?\s?(?:%|％|[A-Za-z\u3040-\u9fff]{0,6})")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d[a-z]?(?!\d)")
_CITATION = re.compile(
    r"\[\d+(?:\s*[,–-]\s*\d+)*\]|\((?:[^()]*?[^\W\d_][^()]*?,?\s)?(?:19|20)\d\d[a-z]?(?:[;,][^()]*)?\)"
)
_OWN = re.compile(
    r"\b(?:we|our|us|this (?:paper|work|article|study)|wir|unser\w*)\b|本稿|本論文|本研究|我々|われわれ|筆者ら|提案手法",
    re.IGNORECASE,
)
_POINTER = r"paper|work|article|study|survey|section|thesis|chapter|arbeit|buch|skript"
_POINTING = re.compile(
    rf"^(?:(?:This|These|Those|That|Such|It|Its|They|Their|He|She|Both|The (?:former|latter|same)|One such|Another|Here"
    rf"|Dies\w*|Jene\w*|Es|Sie|Er|Solche\w*|Hier)\b(?! (?:{_POINTER})\b)|There,"
    r"|(?:これ|それ|この(?!論文|研究|稿)|その|こう|そう|ここ|そこ(?!で)|同(?:様|時)|以上|上記|前述|両者|後者|前者))",
)
_ANSWERING = re.compile(
    r"^(?:However|Thus|Therefore|Hence|Then|Instead|For (?:example|instance)|In contrast(?! to)|Similarly|Likewise"
    r"|On the (?:other|contrary)|Consequently|As a (?:result|consequence)|Nevertheless|Nonetheless|But|And|Or|Yet|So"
    r"|Otherwise|Conversely|Again|Afterwards?|Subsequently|In (?:(?:this|that) (?:case|way|setting|section)|other words"
    r"|such|these|turn)|To (?:this end|do so)|That is|Accordingly|Rather|By contrast|For (?:this|that)|Meanwhile|Still"
    r"|(?:One|Two|Three|Some|Many|Most|Each|All|None|Neither|Either) of (?:them|these|those|which)"
    r"|Daher|Jedoch|Aber|Also|Damit|Somit|Dann|Folglich|Deshalb|Dabei|Denn|Und|Allerdings|Zum Beispiel|Beispielsweise)\b"
    r"|^(?:しかし|そこで|そのため|したがって|よって|一方|ただし|例えば|たとえば|つまり|すなわち|なぜなら|だが|ところが"
    r"|このため|その結果|もっとも|それに対|これに対|逆に|次に)"
)
"""Connectives that make no sense, or another one, without the sentence they answer."""
_LINKED = re.compile(
    r"^(?:Moreover|Furthermore|Also|Additionally|In addition|First(?:ly)?|Second(?:ly)?|Third(?:ly)?|Next|Finally|Besides"
    r"|In particular|Specifically|Note that|Indeed|Notably|Overall|Unfortunately|Except|Lastly|Außerdem|Ferner|Zudem)\b"
    r"|^(?:また|さらに|なお|加えて|最後に|まず|特に|第[一二三四])"
)
_EARLY_POINTER = re.compile(rf"\b(?:this|these|those|such)\b(?! (?:{_POINTER})\b)", re.IGNORECASE)
_UNSPLIT = re.compile(r"[^\W\d_]{4,}\. [a-z]{3,}")
"""Two sentences that could not be told apart."""
_OTHERS = re.compile(
    r"^(?:[A-ZÀ-Þ][\w'’-]+ (?:et al\.?|and [A-ZÀ-Þ][\w'’-]+|& [A-ZÀ-Þ][\w'’-]+)|[A-ZÀ-Þ][\w'’-]+) ?[(\[](?:19|20)?\d"
)
_MATHS = re.compile(r"[=<>≤≥∑∫∈∀∃→⇒⟨⟩∂∇√±×·∪∩⊂⊆|{}^_\\]|[α-ωΑ-Ω]")
_META = re.compile(
    r"^(?:See |Details |(?:The (?:rest|remainder|organi[sz]ation) of|This (?:section|paper is organi[sz]ed|chapter)"
    r"|In (?:this (?:sub)?section|(?:Section|Appendix|Table|Figure|Chapter) [\dA-Z§])|(?:Section|Appendix|Figure|Table|Fig\.)"
    r" [\dA-Z]|More details|Equal contribution|Corresponding author|Proof|Beweis|Q\.E\.D))"
    r"|\bas follows\b|folgende[rsnm]?:|\bis organi[sz]ed\b|(?:次|以下)の(?:とおり|通り|ように)|本稿の構成|(?:図|表)\s*\d+\s*に"
    r"|\bdescribed (?:below|above|next)\b|\b(?:below|in the following|in the next section)[.:]$|@|https?://\S+\s*$|©"
)
_SIGNPOST = re.compile(
    r"§+\s*\w|\b(?:Sections?|Sec\.|Figures?|Fig\.|Tables?|Appendix|Appendices|Chapter|Equation|Eq\.|Abschnitt|Kapitel|Abbildung)"
    r"\s*(?:\d|[A-Z]\b|§)|(?:図|表|式|節|章)\s*\d|\d\s*(?:節|章)"
)
_ENDED = re.compile(r"[.!?。．！？][\"'”’」』)）\]]*$")


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
            start = span.start
            for opener in (_OPENER, _ITEM, _RUN_IN):
                head = opener.match(raw[start : span.end])
                start += head.end() if head else 0
            text = one_line(raw[start : span.end], known_words=self.known)
            whole = number > 0 or passage.whole_start
            if whole and self._is_worth(text):
                found.append((passage, passage.start + start, passage.start + span.end, text, before))
                before = order + len(found) - 1
            else:
                before = None
        return found

    def _is_worth(self, text: str) -> bool:
        """Whether this is a whole sentence that says something by itself."""
        size = self._length(text)
        low, high = (12, 260) if self.wide else (6, 75)
        if not low <= size <= high or not _ENDED.search(text) or _META.search(text):
            return False
        small = text[0].islower() and not (self.name and text.startswith(self.name))
        if small or _UNSPLIT.search(text) or text[0] in ",;:)]}.=+、，。）」":
            return False
        letters = sum(c.isalpha() for c in text)
        dense = text.replace(" ", "")
        if letters < 0.72 * len(dense) or len(_MATHS.findall(text)) > 0.02 * len(text) + 1:
            return False
        if self.wide:
            return any("\u3040" <= c <= "\u309f" for c in text)
        singles = sum(len(word) == 1 for word in text.split())
        return singles <= 0.2 * size and sum(word.islower() for word in text.split()) >= 0.5 * size

    def _length(self, text: str) -> int:
        return len(text) if self.wide else len(text.split())

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
        plain = _CITATION.sub(" ", text)
        return Sentence(
            order=order,
            text=text,
            start=start,
            end=end,
            page=self.extraction.page_at(start),
            kind=passage.kind,
            section=passage.section,
            length=self._length(text),
            terms=vector,
            cues={label: _cue(hits) for label, hits in found.items()},
            heading=headings[passage.section] if passage.section >= 0 else frozenset(),
            numbers=len(_NUMBER.findall(_YEAR.sub(" ", plain))),
            citations=len(_CITATION.findall(text)),
            own=bool(_OWN.search(text)) or bool(self.name and self.name in text),
            others=bool(_OTHERS.match(text)),
            opening=start - self.bodies[passage.section] < _OPENING if passage.section >= 0 else False,
            standing=_standing(text),
            follows=before,
            signpost=len(_SIGNPOST.findall(text)),
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


def _standing(text: str) -> Standing:
    if _LINKED.match(text):
        return Standing.LINKED
    if _ANSWERING.match(text) or _POINTING.match(text) or _EARLY_POINTER.search(" ".join(text.split()[:5])):
        return Standing.POINTING
    return Standing.ALONE


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
