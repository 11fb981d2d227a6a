"""Read a persona's question: what it asks for, in which order, and how long the answer may be."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from server.domain.extractive.aspects import ALLIED, LEANING, OF_ASPECT
from server.domain.extractive.facets import BY_NAME, FACETS, Facet
from server.domain.extractive.words import QUESTION_STOP, Phrases, Stems, is_wide, terms
from server.domain.fields import Aspect, Field
from server.domain.sections import SectionKind

_DEFAULT = {True: (80, 200), False: (30, 80)}
"""Length of an answer whose field asks for none: characters of Japanese, words otherwise."""
_CLAUSE = re.compile(r"[,;:.!?、。；：！？]|\band\b|と(?=[^\w]|$)|\n")
_ASIDE = re.compile(r"\([^()]*\)|（[^（）]*）")
_DENIED = re.compile(
    r"(?i)\b(?:no|not|never|without|do not|don't|except|rather than)\b|しない|書かない|含めない|除く|ではなく|不要"
)
_NUMBERS = re.compile(r"(?i)\bnumbers?\b|\bvalues?\b|\bfigures\b|\bsize\b|\bn\b|数値|数字|規模")
_EARLIER = re.compile(
    r"(?i)\b(?:earlier|prior|previous) (?:work|research|stud\w+)|\bbaselines?\b|先行研究|従来"
)
_ABSTRACT = re.compile(r"(?i)\babstract\b|概要|要旨|抄録")
_DIGEST = re.compile(
    r"(?i)\b(?:main|key|central|core|gist|in short|briefly)\b|主な|主要な|中心|キモ|ひとこと|一言|核心|要するに"
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as the extractive engine understands it."""

    facets: tuple[Facet, ...]
    """In the order in which the question names them."""
    words: Mapping[str, float]
    """The question's own words that occur in the paper, with their rarity."""
    low: int
    high: int
    wants_numbers: bool
    wants_citations: bool
    wants_abstract: bool
    """It asks for the abstract in brief, so the abstract is the place to look."""
    wants_digest: bool
    """It asks for the gist (`one main result`) rather than for particulars."""
    leaning: Mapping[SectionKind, float]
    """Sections that its aspect looks at rather than at others."""


class Questions:
    """Reads questions; knows the words of all facets."""

    def __init__(self) -> None:
        self._stems = Stems()
        self._phrases = Phrases(self._stems)
        for facet in FACETS:
            self._phrases.add(facet.asked, label=facet.name, weight=1.0)

    def read(self, field: Field, *, language: str, rarity: Mapping[str, float]) -> Asked:
        """What `field` asks of a paper in `language` whose terms have this `rarity`."""
        wide = is_wide(language)
        said = (field.label,) if isinstance(field.items, Mapping) else (field.label, field.instruction)
        texts = [_ASIDE.sub(" ", f"{words.en}. {words.ja}。") for words in said]
        label = f"{field.label.en} {field.label.ja}"
        low, high = self._length(field, language=language)
        own = " ".join((field.label, field.instruction)[i].in_("ja" if wide else "en") for i in (0, 1))
        found = {t for t in terms(own, wide=wide, stems=self._stems, stop=QUESTION_STOP) if t in rarity}
        return Asked(
            facets=self._facets(field, texts),
            words={term: rarity[term] for term in sorted(found)},
            low=low,
            high=high,
            wants_numbers=bool(_NUMBERS.search(" ".join(texts))),
            wants_citations=bool(_EARLIER.search(" ".join(texts))),
            wants_abstract=bool(_ABSTRACT.search(label)),
            wants_digest=all(
                _DIGEST.search(f"{field.label.in_(x)} {field.instruction.in_(x)}") for x in ("ja", "en")
            ),
            leaning=LEANING.get(field.aspects[0], {}),
        )

    def _length(self, field: Field, *, language: str) -> tuple[int, int]:
        low, high = field.length.in_(language) or _DEFAULT[is_wide(language)]
        return (low, high) if high else _DEFAULT[is_wide(language)]

    def _facets(self, field: Field, texts: list[str]) -> tuple[Facet, ...]:
        """What the words name, as far as the aspects admit it; else what the aspects mean by themselves."""
        allowed = frozenset().union(*(ALLIED.get(aspect, frozenset()) for aspect in field.aspects))
        named = [name for text in texts for name in self._named(text)]
        facets = [name for name in dict.fromkeys(named) if name in allowed]
        usual = [name for aspect in field.aspects for name in OF_ASPECT[aspect]]
        if field.aspects == (Aspect.OTHER,):
            return tuple(BY_NAME[name] for name in dict.fromkeys(named))
        if not facets:
            facets = usual
        if not ALLIED.get(field.aspects[0], frozenset()) & frozenset(facets):
            facets = [*OF_ASPECT[field.aspects[0]][:1], *facets]
        return tuple(BY_NAME[name] for name in dict.fromkeys(facets))

    def _named(self, text: str) -> list[str]:
        """Facets in the order in which the clauses name them; clauses that say what not to write do not count."""
        names: list[str] = []
        for clause in _CLAUSE.split(text):
            if not clause.strip() or _DENIED.search(clause):
                continue
            places: dict[str, int] = {}
            for wide in (False, True):
                for name, hits in self._phrases.find(clause, wide=wide).items():
                    places[name] = min(places.get(name, len(clause)), hits[0][0])
            names += sorted(places, key=lambda name: (places[name], name))
        return names
