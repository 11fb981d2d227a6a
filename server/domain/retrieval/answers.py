"""The sentences of a paper that answer a question in somebody's own words, or none."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from server.domain.content import is_japanese
from server.domain.extractive.words import is_wide, words
from server.domain.guards import guards
from server.domain.passages import Passage
from server.domain.retrieval.index import PassageIndex
from server.domain.retrieval.queries import Query, question, rewrite
from server.domain.retrieval.ranking import order_of
from server.domain.retrieval.tokens import terms
from server.domain.sentences import one_line, split

MOST = 3
"""Sentences of an answer."""
LENGTH = {True: 300, False: 120}
"""Of all of them together: characters of Japanese, words otherwise. The first may be longer."""

# Chosen on the questions of benchmarks/data/retrieval.yaml; benchmarks/answers.py counts what they bring.
_LOOKED_AT = 5
"""Passages whose sentences are looked at."""
_LATER = 0.06
"""What it costs a sentence that its passage is not the best one, for each place."""
_BESIDE = 0.3
"""What a word of the question weighs that stands only in the sentence before or after."""
_NUMBER = 0.1
"""A sentence with a number, when the question asks how much."""
_NO_PROSE = 0.2
"""A row of a table or a heading is less of an answer."""
_SHORTEST, _LONGEST = 15, 600
_GRAMMAR = 0.3
"""What a pair of Japanese characters is worth that is half grammar: 用は, in 費用は as in 引用は."""
_ENOUGH, _ENOUGH_ABROAD = 0.35, 0.35
"""Merit from which a sentence answers; where the question is in another language than the paper, most of its words have
no known counterpart, and what is missing tells nothing."""
_AS_GOOD = 0.75
"""Share of the best one's merit from which another sentence is added."""
_HIRAGANA = re.compile("[\u3041-\u309f]")


@dataclass(frozen=True, slots=True)
class Found:
    """A sentence of the paper that answers."""

    text: str
    """On one line."""
    quote: str
    page: int
    merit: float


def answers(text: str, index: PassageIndex) -> tuple[Found, ...]:
    """At most `MOST` sentences, best first; none when the paper seems to say nothing of what is asked."""
    asked = question(text)
    query = rewrite(asked, index)
    order = order_of(asked, index)[:_LOOKED_AT]
    known = frozenset(words(index.extraction.text))
    found = [
        one
        for place, number in enumerate(order)
        for one in _sentences(index.passages[number], query, index, known, later=_LATER * place)
    ]
    found.sort(key=lambda one: -one.merit)
    abroad = is_japanese(text) != is_wide(index.language) or index.language not in ("ja", "en")
    least = _ENOUGH_ABROAD if abroad else _ENOUGH / max(_covered(text, query, index), 0.01)
    if not found or found[0].merit < least:
        return ()
    best = [one for one in found if one.merit >= _AS_GOOD * found[0].merit]
    return tuple(_within(best[:MOST], wide=is_wide(index.language)))


def _covered(text: str, query: Query, index: PassageIndex) -> float:
    """How much of what the question is about the paper speaks of at all, by rarity, 0–1: a word that it never uses
    counts like its rarest."""
    rarest = max(map(index.bm25.rarity, index.bm25.vocabulary), default=1.0)
    there = sum(_worth(query, index).values())
    missing = sum(rarest * _telling(term) for term in set(terms(text)) if term not in index.bm25)
    return there / (there + missing) if there else 0.0


def _worth(query: Query, index: PassageIndex) -> dict[str, float]:
    """Terms of the question that the paper has, and what finding each is worth."""
    return {t: weight * _telling(t) * index.bm25.rarity(t) for t, weight in query.more.items()}


def _telling(term: str) -> float:
    return _GRAMMAR if _HIRAGANA.search(term) else 1.0


def _sentences(
    passage: Passage, query: Query, index: PassageIndex, known: frozenset[str], *, later: float
) -> Iterator[Found]:
    prose = [(s.start, s.end) for s in index.sentences.sentences if passage.start <= s.start < passage.end]
    body = _after_heading(passage, index)
    spans = [s for s in split(body) if _SHORTEST <= s.end - s.start <= _LONGEST]
    lines = [one_line(body[s.start : s.end], known_words=known) for s in spans]
    have = [frozenset(terms(line)) for line in lines]
    worth = _worth(query, index)
    whole = sum(worth.values()) or 1.0
    for at, (span, line) in enumerate(zip(spans, lines, strict=True)):
        near = frozenset[str]().union(*have[max(0, at - 1) : at + 2])
        share = sum(w if term in have[at] else _BESIDE * w for term, w in worth.items() if term in near)
        start, end = passage.end - len(body) + span.start, passage.end - len(body) + span.end
        numbers = query.wants_numbers and any(c.isdigit() for c in line)
        is_prose = any(first < end and start < last for first, last in prose)
        merit = share / whole - later + _NUMBER * numbers - _NO_PROSE * (not is_prose)
        raw = index.extraction.text[start:end]
        quote = line if guards(raw) == guards(line) else " ".join(raw.split())
        yield Found(line, quote, index.extraction.page_at(start), merit)


def _after_heading(passage: Passage, index: PassageIndex) -> str:
    """The passage without its section's heading, which would else begin its first sentence."""
    if passage.section < 0:
        return passage.text
    return passage.text[max(0, index.extraction.sections[passage.section].body - passage.start) :]


def _within(found: list[Found], *, wide: bool) -> Iterator[Found]:
    """Those that fit the length of an answer; the first in any case."""
    room = LENGTH[wide]
    for place, one in enumerate(found):
        room -= len(one.text) if wide else len(one.text.split())
        if place and room < 0:
            return
        yield one
