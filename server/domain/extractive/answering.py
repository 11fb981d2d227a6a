"""Answer a persona's fields from the paper's own sentences, in the shape in which answers cross the wire."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import Any

from server.domain.extractions import Extraction
from server.domain.extractive.aspects import OF_ASPECT
from server.domain.extractive.choices import fitting_choices
from server.domain.extractive.choosing import Chooser
from server.domain.extractive.index import Sentence, SentenceIndex
from server.domain.extractive.questions import Asked, Questions
from server.domain.extractive.readings import Reading, readings
from server.domain.fields import Aspect, CheckRule, Field, FieldType, ScalarType
from server.domain.identity import Identity
from server.domain.personas import Persona
from server.domain.schema import PAPER_KEY, PAPER_PARTS, asks_for_paper, wire_order
from server.domain.words import Words

_FIRST_PICK = (
    Aspect.OVERVIEW,
    Aspect.LIMITATIONS,
    Aspect.NOVELTY,
    Aspect.APPLICATIONS,
    Aspect.RESULTS,
    Aspect.EVALUATION,
    Aspect.METHOD,
    Aspect.DISCUSSION,
    Aspect.PROBLEM,
    Aspect.BACKGROUND,
    Aspect.OTHER,
)
"""Which question picks first when two want the same sentence: those that few sentences of a paper can answer."""
_LOOKED_AT = 3
"""Sentences about the paper's aim that are asked what kind of paper it is."""
_MAX_LISTED = 5
"""Items of a list whose field sets no `max_items`."""
_KINDS: tuple[tuple[Words, tuple[str, ...]], ...] = (
    (Words(ja="比較", en="comparison"), ("comparison", "better")),
    (Words(ja="結果", en="result"), ("finding", "metric")),
    (Words(ja="方法", en="method"), ("approach", "idea")),
    (Words(ja="解釈", en="interpretation"), ("interpretation",)),
)
"""What a sentence can be told to be by its words."""
_TITLES = frozenset({"title", "paper", "work", "reference"})
_NUMBERS = frozenset({"number", "index", "ref", "reference_number", "no"})
_WORDS = frozenset({"term", "symbol", "name", "short", "formula", "figure", "outcome", "event"})
"""Parts of a list's item that hold a word or two: a sentence there would be nonsense."""
_SAYING = ("definition", "meaning", "in_paper", "shows", "effect")
"""Where the sentence goes in an item that begins with such a part."""


@dataclass(frozen=True)
class Answering:
    """One persona asked of one paper. Deterministic; needs no model."""

    persona: Persona
    index: SentenceIndex
    questions: Questions
    _chooser: Chooser = dataclass_field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_chooser", Chooser(self.index))

    def wire(self) -> Iterator[tuple[str, Any]]:
        """Key and value of the wire's object one by one, in the wire's order."""
        extraction = self.index.extraction
        if asks_for_paper(self.persona):
            yield (
                PAPER_KEY,
                {name: identity_part(name, kind, extraction) for name, kind in PAPER_PARTS.items()},
            )
        chosen: Mapping[str, Any] = {f.id: self._value(f) for f in self._picking_order()}
        for field in wire_order(self.persona):
            yield field.id, chosen[field.id]

    def _picking_order(self) -> list[Field]:
        rank = {aspect: place for place, aspect in enumerate(_FIRST_PICK)}
        return sorted(wire_order(self.persona), key=lambda f: rank.get(f.aspects[0], len(rank)))

    def _value(self, field: Field) -> Any:
        if field.check is CheckRule.IDENTITY:
            return _identity(field, self.index.extraction)
        if field.schema is not None:
            return _evidenced(None)
        if field.check is CheckRule.NONE:
            return (
                [] if field.type in (FieldType.TEXT, FieldType.LIST) else _evidenced(None)
            )  # A reader's judgement.
        asked = self.questions.read(field, language=self.index.extraction.language, rarity=self.index.rarity)
        match field.type:
            case FieldType.TEXT:
                return [
                    {"evidence": self._evidence(s), "text": s.text} for s in self._sentences(field, asked)
                ]
            case FieldType.LIST if field.check is CheckRule.BIBLIOGRAPHY:
                found = readings(self.index, count=field.max_items or _MAX_LISTED)
                return [self._reading(field, reading) for reading in found]
            case FieldType.LIST:
                if not isinstance(field.items, ScalarType) and _place_of_sentence(field.items) is None:
                    return []
                best = self._chooser.strongest(asked, count=field.max_items or _MAX_LISTED)
                return [_evidenced(self._item(field, s), self._evidence(s)) for s in best]
            case FieldType.OBJECT:
                return _evidenced(dict.fromkeys(field.properties))
            case FieldType.CHOICE:
                return self._choice(field, asked)
            case _:
                return _evidenced(None)  # A sentence is neither a number nor a yes.

    def _sentences(self, field: Field, asked: Asked) -> tuple[Sentence, ...]:
        if field.check is CheckRule.BIBLIOGRAPHY:
            found = readings(self.index, count=1)
            return tuple(r.citing for r in found if r.citing)
        return self._chooser.choose(asked) if _is_answerable(field, asked) else ()

    def _choice(self, field: Field, asked: Asked) -> dict[str, Any]:
        """The one value whose words the paper uses of itself, or null: a guess between two is none."""
        if not any(facet.name == "aim" for facet in asked.facets):
            return _evidenced(None)
        for sentence in Chooser(self.index).strongest(asked, count=_LOOKED_AT):
            fitting = fitting_choices(field.choices, sentence.text, wide=self.index.wide)
            if len(fitting) == 1:
                return _evidenced(fitting[0], self._evidence(sentence))
        return _evidenced(None)

    def _evidence(self, sentence: Sentence) -> list[dict[str, Any]]:
        return [{"quote": self.index.quote(sentence), "page": sentence.page}]

    def _item(self, field: Field, sentence: Sentence) -> Any:
        """A list item made of one sentence. Its first text part says it; a `type` is told by its words."""
        if isinstance(field.items, ScalarType):
            return sentence.text if field.items is ScalarType.TEXT else None
        value: dict[str, Any] = dict.fromkeys(field.items)
        if place := _place_of_sentence(field.items):
            value[place] = sentence.text
        for name in ("type", "kind"):
            if field.items.get(name) is ScalarType.TEXT:
                value[name] = _kind(sentence, field, language=self.index.extraction.language)
        return value

    def _reading(self, field: Field, reading: Reading) -> dict[str, Any]:
        citing = reading.citing
        evidence = self._evidence(citing) if citing else []
        if isinstance(field.items, ScalarType):
            return _evidenced(reading.reference.title, evidence)
        value: dict[str, Any] = {}
        spoken = False
        for name, kind in field.items.items():
            known = _reference_part(name, reading)
            if known is None and kind is ScalarType.TEXT and not spoken and name not in _TITLES | _NUMBERS:
                known, spoken = (citing.text if citing else None), True
            value[name] = _as(kind, known)
        return _evidenced(value, evidence)


def _is_answerable(field: Field, asked: Asked) -> bool:
    """Whether sentences can answer: a question about the references or of no known kind needs words of its own."""
    return bool(asked.facets or asked.words) and any(OF_ASPECT[a] or a is Aspect.OTHER for a in field.aspects)


def _place_of_sentence(items: Mapping[str, ScalarType]) -> str | None:
    """The part of a list's item that a sentence can be: the first text, unless that is for a word or two."""
    texts = [n for n, kind in items.items() if kind is ScalarType.TEXT and n not in ("type", "kind")]
    if texts and texts[0] in _WORDS:
        return next((name for name in _SAYING if name in texts), None)
    return texts[0] if texts else None


def _evidenced(value: Any, evidence: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    return {"evidence": evidence or [], "value": value}


def _kind(sentence: Sentence, field: Field, *, language: str) -> str | None:
    """What kind of sentence it is, in the question's own word for it; None when no such word is asked for, or when
    nothing in the sentence tells."""
    scores = {
        words.in_(language): sum(sentence.cues.get(name, 0.0) for name in names)
        for words, names in _KINDS
        if words.in_(language) in field.instruction.in_(language)
    }
    best = max(scores, key=lambda word: scores[word], default=None)
    return best if best is not None and scores[best] >= 1.0 else None


def _reference_part(name: str, reading: Reading) -> str | int | None:
    reference = reading.reference
    if name in _TITLES:
        return reference.title
    if name in _NUMBERS:
        return reference.number or str(reference.index)
    match name:
        case "year":
            return reference.year
        case "authors" | "author":
            return ", ".join(reference.authors) or None
        case "doi":
            return reference.doi
        case "page" | "cited_on_page":
            return reading.citing.page if reading.citing else None
        case _:
            return None


def _as(kind: ScalarType, value: str | float | None) -> str | float | bool | None:
    """`value` in the type that was asked for, or None."""
    if value is None or kind is ScalarType.BOOLEAN:
        return None
    if kind is ScalarType.TEXT:
        return str(value)
    digits = str(value)
    return int(digits) if digits.isdecimal() else None


def _identity(field: Field, extraction: Extraction) -> Any:
    if field.type is FieldType.OBJECT:
        return {name: identity_part(name, kind, extraction) for name, kind in field.properties.items()}
    if field.type is FieldType.LIST:
        return list(extraction.identity.authors.value) if extraction.identity.authors else []
    return identity_part(field.id, ScalarType(field.type.value), extraction)


def identity_part(name: str, kind: ScalarType, extraction: Extraction) -> str | float | bool | None:
    """A piece of the paper's identity by the name personas use for it; None where the paper does not say."""
    identity: Identity = extraction.identity
    authors = identity.authors.value if identity.authors else ()
    match name:
        case "authors":
            found: object = _names(authors, language=extraction.language) or None
        case "first_author":
            found = authors[0] if authors else None
        case "last_author":
            found = authors[-1] if len(authors) > 1 else None
        case "title" | "affiliation" | "venue" | "year" | "doi" | "arxiv_id":
            piece = getattr(identity, name)
            found = piece.value if piece else None
        case _:
            found = None
    return _as(kind, found if isinstance(found, str | int) else None)


def _names(authors: tuple[str, ...], *, language: str) -> str:
    if language in ("ja", "zh"):
        return "、".join(authors)
    together = "und" if language == "de" else "and"
    return f" {together} ".join(filter(None, (", ".join(authors[:-1]), *authors[-1:])))
