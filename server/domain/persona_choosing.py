"""Which persona comes nearest to what a person wants from a paper, and which of its questions say so."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from server.domain.extractive.aspects import OF_ASPECT
from server.domain.extractive.facets import FACETS
from server.domain.extractive.words import QUESTION_STOP, Phrases, Stems, terms
from server.domain.fields import Aspect, Field
from server.domain.personas import Persona

GENERAL = "summarizer"
"""Taken when no persona comes near."""
_NAMED = 2.0
"""Worth of a word in the name or description, against one in a question."""
_ASKED = 1.0
"""Worth of a question about what the wish asks for, in other words."""


@dataclass(frozen=True, slots=True)
class Nearest:
    persona: Persona
    fields: tuple[Field, ...]
    """Its questions that come nearest to the wish, best first; none where only its name or description does."""
    is_near: bool
    """False: nothing comes near, and this is the general one."""


def nearest_persona(wish: str, personas: Sequence[Persona]) -> Nearest:
    """Of `personas` (at least one). Words are compared in both languages, Japanese by pairs of characters; rare ones
    count more. What the wish asks for in other words (“can I trust it” → evaluation) is known by the aspects."""
    own = {persona.id: _terms(_head(persona)) for persona in personas}
    asked = {(p.id, f.id): _terms(_said(f)) for p in personas for f in p.fields}
    rarity = _rarity(
        [own[p.id].union(*(asked[p.id, f.id] for f in p.fields)) for p in personas],
    )
    wished, aspects = _terms([wish]), _aspects(wish)

    def worth(found: frozenset[str]) -> float:
        return sum(rarity[term] for term in found & wished)

    best, best_score = _general(personas), 0.0
    best_fields: tuple[Field, ...] = ()
    for persona in personas:
        fields = {
            field.id: worth(asked[persona.id, field.id]) + _ASKED * bool(aspects & set(field.aspects))
            for field in persona.fields
        }
        covered = sum(score for score in fields.values()) / math.sqrt(len(fields) or 1)
        score = _NAMED * worth(own[persona.id]) + covered
        if score > best_score:
            ranked = sorted(persona.fields, key=lambda field: -fields[field.id])
            best, best_score = persona, score
            best_fields = tuple(field for field in ranked if fields[field.id] > 0)[:3]
    return Nearest(best, best_fields, is_near=best_score > 0)


def _general(personas: Sequence[Persona]) -> Persona:
    return next((persona for persona in personas if persona.id == GENERAL), personas[0])


def _head(persona: Persona) -> list[str]:
    texts = [persona.id.replace("-", " "), persona.name.ja, persona.name.en]
    return texts + ([persona.description.ja, persona.description.en] if persona.description else [])


def _said(field: Field) -> list[str]:
    return [field.label.ja, field.label.en, field.instruction.ja, field.instruction.en]


_STEMS = Stems()
_STOP = QUESTION_STOP | {
    "want",
    "wants",
    "read",
    "reads",
    "reading",
    "like",
    "know",
    "get",
    "tell",
    "need",
    "please",
}
"""Words that a wish says of itself."""


def _terms(texts: Iterable[str]) -> frozenset[str]:
    """What texts are about, whichever language each is in."""
    found: set[str] = set()
    for text in texts:
        found.update(terms(text, wide=False, stems=_STEMS, stop=_STOP))
        found.update(term for term in terms(text, wide=True, stems=_STEMS) if not term.isascii())
    return frozenset(found)


def _rarity(texts: Sequence[frozenset[str]]) -> dict[str, float]:
    """Term → how few of the personas use it; a word they all use is worth little."""
    counts: dict[str, int] = {}
    for text in texts:
        for term in text:
            counts[term] = counts.get(term, 0) + 1
    return {term: math.log((1 + len(texts)) / count) for term, count in counts.items()}


def _aspects(wish: str) -> frozenset[Aspect]:
    """What the wish asks for, by the words with which questions are known to ask for it."""
    phrases = Phrases(_STEMS)
    for facet in FACETS:
        phrases.add(facet.asked, label=facet.name, weight=1.0)
    named = {name for wide in (False, True) for name in phrases.find(wish.lower(), wide=wide)}
    return frozenset(aspect for aspect, facets in OF_ASPECT.items() if named & set(facets))
