"""Choose the sentences of a paper that answer a persona's questions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from functools import cached_property

from server.domain.extractive.facets import Facet
from server.domain.extractive.index import Sentence, SentenceIndex, similarity
from server.domain.extractive.questions import Asked
from server.domain.extractive.traits import Standing
from server.domain.sections import SectionKind

MAX_CHOSEN = 4
"""Sentences of one text answer at most."""
_SHORT_PAPER = ((60, 2), (110, 3))
"""Fewer for papers with fewer sentences than this: half a note is not a summary of it."""
_SHORTLIST = 40
"""Best candidates that are compared with what was already chosen; the rest cannot catch up."""
_ALIKE_HERE, _ALIKE_ELSEWHERE = 1.2, 0.5
"""Cost of saying again what this answer, or another answer of the same persona, already says."""
_TOO_ALIKE = 0.6
"""Cosine at which a sentence only repeats another one of the same answer."""
_LEAST = 1.8
"""Score below which a sentence is worse than none; a plain answer in the right section has 2.5 to 4."""
_PROFILE = 1.2
_TELLING = 0.6
"""A section this likely to hold the answer is evidence that a sentence in it answers: worth that much of it."""
_LATER_FACET, _NOT_OURS = 0.3, 0.7
"""Cost in a list of what the question names later, and of what the authors do not say as their own."""
_SURE = 1.2
"""A section in which every sentence answers (that of the limitations)."""
_SUMMING_UP = frozenset({SectionKind.ABSTRACT, SectionKind.INTRODUCTION, SectionKind.CONCLUSION})
_OURS = frozenset({"aim", "idea", "approach", "contribution", "better", "finding", "procedure", "data"})
_TELLS_OF_OTHERS = frozenset({SectionKind.INTRODUCTION, SectionKind.RELATED})
"""Where a sentence about a method is about somebody else's, unless it says `we`."""
_ABOUT_OTHERS = frozenset({"context", "gap", "novelty"})
_SUMMARIES = frozenset({SectionKind.INTRODUCTION, SectionKind.CONCLUSION})
_ENDS = frozenset({SectionKind.ABSTRACT, SectionKind.CONCLUSION})
_OPENINGS = frozenset({SectionKind.INTRODUCTION, SectionKind.ABSTRACT})
_LEAST_MORE = 0.8
"""Final score, with the costs of place and repetition, below which one answer is not made longer."""
_MISPLACED = 2.0
_AT_HOME = 0.85
_WHOLE_ABSTRACT = 3
"""Sentences that make an abstract worth quoting from alone."""
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
            if len(chosen) < self._most:
                self._add_best(chosen, asked, (facet,))
            if not chosen and facet is not None and facet.name == "aim":
                chosen += self._most_central(asked)
        while chosen and len(chosen) < self._most and _length(chosen) < asked.low:
            if not self._add_best(chosen, asked, asked.facets or (None,)):
                break
        self.taken.update((sentence.order, sentence) for sentence in chosen)
        return _readable(chosen)

    def _most_central(self, asked: Asked) -> list[Sentence]:
        """What a paper that never says `we present` is about: its most typical sentence where it sums up."""
        found = [
            s
            for s in self.index.sentences
            if s.kind in _SUMMING_UP
            and s.standing is Standing.ALONE
            and s.order not in self.taken
            and s.length <= asked.high
            and not (asked.wants_abstract and self._has_abstract and s.kind is not SectionKind.ABSTRACT)
        ]
        return sorted(found, key=lambda s: (-s.central - 0.5 * s.own, s.order))[:1]

    def strongest(self, asked: Asked, *, count: int) -> tuple[Sentence, ...]:
        """The best sentences one by one, best first: for lists, whose items must each stand alone."""
        chosen: list[Sentence] = []
        while len(chosen) < count:
            best = next(
                (s for s in self._claimed(asked, chosen) if s.standing is not Standing.POINTING), None
            )
            if best is None:
                break
            chosen.append(best)
        self.taken.update((sentence.order, sentence) for sentence in chosen)
        return tuple(chosen)

    def _claimed(self, asked: Asked, chosen: list[Sentence]) -> list[Sentence]:
        """Candidates for a list: what the authors say of their own work first, in the order of what is asked for."""
        found: dict[int, float] = {}
        for place, facet in enumerate(asked.facets or (None,)):
            for score, sentence in self._ranked(asked, (facet,), chosen):
                merit = score - _LATER_FACET * place - _NOT_OURS * (not sentence.own)
                found[sentence.order] = max(found.get(sentence.order, merit), merit)
        best = sorted(found, key=lambda order: (-found[order], order))
        return [self.index.sentences[order] for order in best if found[order] >= _LEAST]

    def _add_best(self, chosen: list[Sentence], asked: Asked, facets: Sequence[Facet | None]) -> bool:
        room = asked.high * _LENIENCE - _length(chosen)
        for score, sentence in self._ranked(asked, facets, chosen):
            if chosen and score < _LEAST_MORE:
                return False
            addition = self._with_support(sentence, chosen)
            size = _length(addition)
            if addition and (size <= room or (not chosen and size <= 1.6 * asked.high)):
                chosen += addition
                return True
        return False

    def _with_support(self, sentence: Sentence, chosen: list[Sentence]) -> list[Sentence]:
        """The sentence, led by the one it leans on where it does not stand alone; empty where that cannot be."""
        here = {s.order for s in chosen}
        alone = any(s.standing is Standing.ALONE for s in chosen)
        leans = sentence.standing is Standing.POINTING or (sentence.standing is Standing.LINKED and not alone)
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
        if sentence.kind is SectionKind.APPENDIX:
            return None
        own_words = self._own_words(sentence, asked)
        common = 0.35 * sentence.central + _tidiness(sentence, wide=self.index.wide)
        if facet is None:
            return 2.0 * own_words + common if own_words >= 0.3 else None
        if asked.wants_abstract and self._has_abstract and sentence.kind is not SectionKind.ABSTRACT:
            return None
        cue = sentence.cues.get(facet.name, 0.0)
        place = facet.sections.get(sentence.kind, 0.0)
        head = 0.5 if facet.name in sentence.heading else 0.0
        leaning = asked.leaning.get(sentence.kind, 0.0)
        shown = cue + head + 0.5 * facet.numbers * (sentence.numbers > 0) + 0.6 * min(leaning, 0.0)
        shown += _TELLING * place if place >= _TELLING else 0.0
        if self._tells_of_others(sentence, facet):
            return None
        in_brief = asked.wants_abstract and self._has_abstract
        if not in_brief and (shown < facet.floor or (not cue and place < _SURE)):
            return None
        place += leaning
        score = (
            cue
            + 0.9 * place
            + head
            + 1.5 * own_words
            + (facet.numbers + 0.4 * asked.wants_numbers) * min(sentence.numbers, 2) / 2
            + (facet.citations + 0.2 * asked.wants_citations) * bool(sentence.citations)
            + facet.own * sentence.own
            - 0.8 * (sentence.others and facet.name not in _ABOUT_OTHERS)
            + facet.opening * sentence.opening
            + 0.6 * sentence.titled * (facet.name == "aim")
            + _PROFILE * self._profile(sentence, asked)
            + common
        )
        return score + self._digest(sentence, facet, asked) if in_brief or score >= _LEAST else None

    def _tells_of_others(self, sentence: Sentence, facet: Facet) -> bool:
        """Whether a sentence about a method is about somebody else's. Japanese leaves the subject out."""
        theirs = sentence.kind in _TELLS_OF_OTHERS and not sentence.own
        return theirs and facet.name in _OURS and not self.index.wide

    @cached_property
    def _most(self) -> int:
        there = len(self.index.sentences)
        return next((most for size, most in _SHORT_PAPER if there < size), MAX_CHOSEN)

    @cached_property
    def _has_abstract(self) -> bool:
        return sum(s.kind is SectionKind.ABSTRACT for s in self.index.sentences) >= _WHOLE_ABSTRACT

    @staticmethod
    def _digest(sentence: Sentence, facet: Facet, asked: Asked) -> float:
        """What it costs to stand in the wrong kind of place. A paper says most things twice: a question for the gist is
        answered where it sums up, one for particulars where it goes into them; what the introduction goes into is
        summed up in the abstract."""
        if asked.wants_abstract:
            return 0.0
        told_there = facet.sections.get(SectionKind.INTRODUCTION, 0.0) >= _AT_HOME and facet.name != "aim"
        if asked.wants_digest:
            inside = sentence.kind in (_ENDS if told_there else _SUMMARIES)
        elif told_there:
            inside = sentence.kind is SectionKind.INTRODUCTION
        elif facet.name == "aim":
            inside = sentence.kind in _OPENINGS
        else:
            inside = sentence.kind not in _SUMMING_UP
        return 0.0 if inside or sentence.kind is SectionKind.RELATED else -_MISPLACED

    @staticmethod
    def _profile(sentence: Sentence, asked: Asked) -> float:
        """How far what the sentence shows is what the question asks, 0–1. Of two sentences about the data, a question
        about the method gets the one that also tells the procedure, one about the validation that with the numbers."""
        shown = sum(sentence.cues.values())
        return sum(sentence.cues.get(facet.name, 0.0) for facet in asked.facets) / shown if shown else 0.0

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
        cost += (low - sentence.length) / low
    elif sentence.length > high:
        cost += 0.5 * (sentence.length - high) / high
    cost += {Standing.ALONE: 0.0, Standing.LINKED: 0.25, Standing.POINTING: 0.6}[sentence.standing]
    cost += 0.12 * max(0, sentence.citations - 2)
    cost += 0.8 * sentence.signpost
    cost += 0.8 * sentence.text.endswith(("?", "？"))
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
