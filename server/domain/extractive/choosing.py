"""Choose the sentences of a paper that answer a persona's questions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field

from server.domain.extractive.facets import Facet
from server.domain.extractive.index import Sentence, SentenceIndex, Standing, similarity
from server.domain.extractive.questions import Asked
from server.domain.sections import SectionKind

MAX_CHOSEN = 4
"""Sentences of one text answer at most."""
_SHORTLIST = 40
"""Best candidates that are compared with what was already chosen; the rest cannot catch up."""
_ALIKE_HERE, _ALIKE_ELSEWHERE = 1.2, 0.5
"""Cost of saying again what this answer, or another answer of the same persona, already says."""
_TOO_ALIKE = 0.6
"""Cosine at which a sentence only repeats another one of the same answer."""
_LENIENCE = 1.25
"""How far the last sentence may carry an answer past the asked length."""


@dataclass
class Chooser:
    """Chooses for one persona: a sentence that answers one question is not used for another."""

    index: SentenceIndex
    taken: dict[int, Sentence] = dataclass_field(default_factory=dict)

    def choose(self, asked: Asked) -> tuple[Sentence, ...]:
        """The sentences for a text answer, in the order to be read; empty when the paper does not answer.

        The first can be understood by itself; one that points back comes right after the one it points to.
        """
        chosen: list[Sentence] = []
        for facet in asked.facets or (None,):
            if len(chosen) < MAX_CHOSEN:
                self._add_best(chosen, asked, (facet,))
        while chosen and len(chosen) < MAX_CHOSEN and _length(chosen) < asked.low:
            if not self._add_best(chosen, asked, asked.facets or (None,)):
                break
        self.taken.update((sentence.order, sentence) for sentence in chosen)
        return _readable(chosen)

    def strongest(self, asked: Asked, *, count: int) -> tuple[Sentence, ...]:
        """The best sentences one by one, best first: for lists, whose items must each stand alone."""
        chosen: list[Sentence] = []
        while len(chosen) < count:
            ranked = self._ranked(asked, asked.facets or (None,), chosen)
            best = next((s for score, s in ranked if s.standing is not Standing.POINTING), None)
            if best is None:
                break
            chosen.append(best)
        self.taken.update((sentence.order, sentence) for sentence in chosen)
        return tuple(chosen)

    def _add_best(self, chosen: list[Sentence], asked: Asked, facets: Sequence[Facet | None]) -> bool:
        room = asked.high * _LENIENCE - _length(chosen)
        for _, sentence in self._ranked(asked, facets, chosen):
            addition = self._with_support(sentence, chosen)
            size = _length(addition)
            if addition and (size <= room or (not chosen and size <= 1.6 * asked.high)):
                chosen += addition
                return True
        return False

    def _with_support(self, sentence: Sentence, chosen: list[Sentence]) -> list[Sentence]:
        """The sentence, led by the one it leans on where it does not stand alone; empty where that cannot be."""
        here = {s.order for s in chosen}
        leans = sentence.standing is Standing.POINTING or (
            sentence.standing is Standing.LINKED and not chosen
        )
        if not leans or sentence.follows in here:
            return [sentence]
        before = self.index.sentences[sentence.follows] if sentence.follows is not None else None
        if before is None or before.standing is not Standing.ALONE or before.order in self.taken:
            return []
        return [before, sentence]

    def _ranked(
        self, asked: Asked, facets: Sequence[Facet | None], chosen: list[Sentence]
    ) -> Iterable[tuple[float, Sentence]]:
        scored: list[tuple[float, int]] = []
        here = {s.order for s in chosen}
        for sentence in self.index.sentences:
            if sentence.order in self.taken or sentence.order in here:
                continue
            scores = [score for facet in facets if (score := self._score(sentence, facet, asked)) is not None]
            if scores:
                scored.append((max(scores), -sentence.order))
        scored.sort(reverse=True)
        best: list[tuple[float, int]] = []
        for score, order in scored[:_SHORTLIST]:
            sentence = self.index.sentences[-order]
            alike = max((similarity(sentence.terms, s.terms) for s in chosen), default=0.0)
            other = max((similarity(sentence.terms, s.terms) for s in self.taken.values()), default=0.0)
            if alike < _TOO_ALIKE:
                best.append((score - _ALIKE_HERE * alike - _ALIKE_ELSEWHERE * other, order))
        best.sort(reverse=True)
        return [(score, self.index.sentences[-order]) for score, order in best]

    def _score(self, sentence: Sentence, facet: Facet | None, asked: Asked) -> float | None:
        """How well a sentence answers; None when it does not."""
        own_words = self._own_words(sentence, asked)
        common = 0.35 * sentence.central + _tidiness(sentence, wide=self.index.wide)
        if facet is None:
            return 2.0 * own_words + common if own_words >= 0.3 else None
        cue = sentence.cues.get(facet.name, 0.0)
        place = facet.sections.get(sentence.kind, 0.0)
        head = 0.5 if facet.name in sentence.heading else 0.0
        if cue + (0.6 * place if place >= 0.6 else 0.0) + head < facet.floor or (not cue and place < 1.2):
            return None
        if sentence.kind is SectionKind.ABSTRACT:
            place = 1.3 if asked.wants_abstract else 0.6 * place
        return (
            cue
            + 0.9 * place
            + head
            + 0.8 * own_words
            + (facet.numbers + 0.2 * asked.wants_numbers) * min(sentence.numbers, 2) / 2
            + (facet.citations + 0.2 * asked.wants_citations) * bool(sentence.citations)
            + facet.own * sentence.own
            + common
        )

    def _own_words(self, sentence: Sentence, asked: Asked) -> float:
        """Share of the question's own words, by rarity, that the sentence holds."""
        whole = sum(asked.words.values())
        return sum(w for term, w in asked.words.items() if term in sentence.terms) / whole if whole else 0.0


def _length(sentences: Iterable[Sentence]) -> int:
    return sum(sentence.length for sentence in sentences)


def _tidiness(sentence: Sentence, *, wide: bool) -> float:
    """What makes a sentence pleasant to read by itself, or not."""
    low, high = (25, 130) if wide else (12, 40)
    cost = 0.0
    if sentence.length < low:
        cost += 0.3 * (low - sentence.length) / low
    elif sentence.length > high:
        cost += 0.5 * (sentence.length - high) / high
    cost += {Standing.ALONE: 0.0, Standing.LINKED: 0.25, Standing.POINTING: 0.6}[sentence.standing]
    cost += 0.12 * max(0, sentence.citations - 2)
    if sentence.kind is SectionKind.APPENDIX:
        cost += 1.0
    return -cost


def _readable(chosen: list[Sentence]) -> tuple[Sentence, ...]:
    """The order to read them in: as chosen (the question's own order), leaning sentences after what they lean on, and
    first one that leans on nothing."""
    groups = [[sentence] for sentence in chosen if not _leans_on_any(sentence, chosen)]
    for sentence in sorted((s for s in chosen if _leans_on_any(s, chosen)), key=lambda s: s.order):
        group = next(g for g in groups if any(s.order == sentence.follows for s in g))
        group.append(sentence)
    groups.sort(key=lambda group: group[0].standing is not Standing.ALONE)
    return tuple(sentence for group in groups for sentence in group)


def _leans_on_any(sentence: Sentence, chosen: list[Sentence]) -> bool:
    return sentence.standing is not Standing.ALONE and any(s.order == sentence.follows for s in chosen)
