"""Rewrite a question so that it finds what answers it: in the paper's language, in the paper's words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from server.domain.extractive.questions import Asked, Questions
from server.domain.fields import Aspect, Field
from server.domain.retrieval.index import PassageIndex
from server.domain.retrieval.substitutes import substitutes
from server.domain.retrieval.tokens import terms
from server.domain.words import same

_INSTRUCTION = 0.4
"""What a word of the instruction weighs beside one of the label: it also says how to answer."""
_TITLE = 0.3
"""What a word of the paper's title weighs in a question about its aspects: such a question is about the title's matter."""
_OPENINGS = frozenset({Aspect.OVERVIEW, Aspect.NOVELTY, Aspect.PROBLEM, Aspect.BACKGROUND})
_ASIDE = re.compile(r"\([^()]*\)|（[^（）]*）")


@dataclass(frozen=True, slots=True)
class Query:
    """A question made ready for one paper."""

    own: Mapping[str, float]
    """Its own terms in the paper's language, each with its weight."""
    more: Mapping[str, float]
    """Those and what may stand for them in the paper: translations, words that look alike."""
    asked: Asked
    """What it asks for, as far as its words and aspects tell."""
    by_aspect: bool
    """It is put by what its aspects mean more than by its words, which also say how to answer: a persona's field."""
    opens: bool
    """The end of the introduction, where papers tell what they contribute, is a place to look."""
    wants_numbers: bool


def question(text: str) -> Field:
    """A question in somebody's own words, as a field that asks for it."""
    return Field(id="question", aspects=(Aspect.OTHER,), label=same(text), instruction=same(""))


def plain_terms(field: Field, *, language: str) -> dict[str, float]:
    """The question's words as they stand, in the paper's language where it is put in both."""
    return dict.fromkeys(terms(f"{field.label.in_(language)}\n{field.instruction.in_(language)}"), 1.0)


def rewrite(field: Field, index: PassageIndex) -> Query:
    """A question put in the words of one paper."""
    language, bm25 = index.language, index.bm25
    by_aspect = field.aspects != (Aspect.OTHER,)
    label = field.label.in_(language)
    texts = (
        (label, 1.0),
        (_ASIDE.sub(" ", field.instruction.in_(language)), _INSTRUCTION),
    )
    own: dict[str, float] = {}
    more: dict[str, float] = {}
    for text, weight in texts:
        for term in terms(text):
            own[term] = max(own.get(term, 0.0), weight)
        for term, share in substitutes(text, index):
            more[term] = max(more.get(term, 0.0), weight * share)
    own = {term: weight for term, weight in own.items() if term in bm25}
    if by_aspect and (title := index.extraction.identity.title):
        more |= {term: max(more.get(term, 0.0), _TITLE) for term in terms(title.value) if term in bm25}
    asked = _QUESTIONS.read(field, language=language, rarity=index.sentences.rarity if by_aspect else {})
    return Query(
        own=own,
        more={term: max(more.get(term, 0.0), own.get(term, 0.0)) for term in (*own, *more)},
        asked=asked,
        by_aspect=by_aspect,
        opens=not _OPENINGS.isdisjoint(field.aspects),
        wants_numbers=asked.wants_numbers or bool(_HOW_MUCH.search(label)),
    )


_QUESTIONS = Questions()
_HOW_MUCH = re.compile(
    r"(?i)\bhow (?:many|much|long|large|often|far|big)\b|\bwie (?:viele?|lange|oft|groß)\b|いくつ|いくら|どれだけ|何(?:秒|件|人|本|年|倍|分|％|%)"
)
