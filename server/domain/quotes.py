"""Locate quotes in a paper."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from server.domain.alignment import align, describe, differences, is_harmless, whole_words
from server.domain.extractions import Box, Extraction
from server.domain.guards import is_cut_before_negation, say_alike, stands_alone
from server.domain.matching import MatchingKey, fold
from server.domain.number_search import PaperNumbers
from server.domain.printed import printed_lines
from server.domain.statements import Evidence, EvidenceStatus, Quote
from server.domain.words import Words

MIN_KEY = 12
"""Shortest quote, in key characters, that can prove anything; Japanese characters count double."""
MAX_KEY = 1_500
"""Longest: half a page. More is not a quote but a copy, and says nothing about where to look."""
NEAR_COPY = 0.9
"""Similarity of a sentence to one of the paper's from which another number in it is no coincidence."""
MAX_PLACES = 50
"""Occurrences looked at for one quote."""

_BYTES_EACH = 40
"""For a character: 16 say where it is printed, four the way back from its key; four copies of it; numbers, tables."""

NOT_THERE = Words(ja="この引用は論文に見つかりません。", en="This quote was not found in the paper.")
_TOO_SHORT = Words(ja="短すぎて根拠になりません。", en="Too short to prove anything.")
_TOO_LONG = Words(ja="長すぎて根拠になりません。", en="Too long to be a quote.")
_HIDDEN = Words(
    ja="この引用は人の目に見えない文字の中にあります。",
    en="This quote is in text that a person cannot see.",
)
_DIFFERS = Words(
    ja="文字は似ていますが、数値・符号・単位・否定のいずれかが論文と違います。",
    en="The letters agree, but a number, sign, unit or negation differs from the paper.",
)
_NEGATED = Words(
    ja="論文ではこの直後に否定が続きます。",
    en="In the paper a negation follows just after this.",
)
_CUT = Words(
    ja="論文では語や数値の途中にあたります。",
    en="In the paper this begins or ends inside a word or number.",
)


@dataclass(frozen=True)
class PaperIndex:
    """A paper made ready for locating quotes. Building it reads the whole text once; keep it per extraction."""

    extraction: Extraction

    def prepare(self) -> None:
        """Do now what is done once per paper, and otherwise when it is first asked for."""
        _ = self.visible, self.whole, self.hidden, self.extraction.page_starts
        self.numbers.prepare()

    @property
    def size(self) -> int:
        """Bytes that it holds in memory once prepared, paper included, within a third or so."""
        return _BYTES_EACH * len(self.extraction.text)

    @cached_property
    def furniture(self) -> tuple[tuple[int, int], ...]:
        """Running heads and page numbers, as offsets of the text."""
        return tuple(
            (line.start, line.end) for line in printed_lines(self.extraction.pages) if line.furniture
        )

    @cached_property
    def prose(self) -> str:
        """The text with its furniture blanked, so that a sentence goes on over a page break. Offsets are the text's."""
        pieces, at = [], 0
        for start, end in self.furniture:
            pieces += [self.extraction.text[at:start], " " * (end - start)]
            at = end
        return "".join([*pieces, self.extraction.text[at:]])

    @cached_property
    def visible(self) -> MatchingKey:
        return MatchingKey.of(self.prose)

    @cached_property
    def whole(self) -> str:
        """The key of the text with its furniture: what stands only in a running head is in the paper too."""
        return fold(self.extraction.text) if self.furniture else self.visible.key

    @cached_property
    def hidden(self) -> str:
        return "\n".join(fold(hidden.text) for hidden in self.extraction.hidden)

    @cached_property
    def numbers(self) -> PaperNumbers:
        """Every number of the visible text, ready to be looked for."""
        return PaperNumbers.of(self.extraction)

    def locate(self, quote: Quote) -> Evidence:
        """Find a quote anywhere in the visible text; the page it claims only breaks ties."""
        key = fold(quote.quote)
        weight = len(key) + sum(1 for c in key if "\u3040" <= c <= "\u9fff")
        if weight < MIN_KEY:
            return _missing(quote, EvidenceStatus.TOO_SHORT, _TOO_SHORT)
        if len(key) > MAX_KEY:
            return _missing(quote, EvidenceStatus.NOT_FOUND, _TOO_LONG)
        doubt: Words | None = None
        for start, end in self._places(key, page=quote.page):
            if not stands_alone(self.prose, start, end):
                doubt = doubt or _CUT
            elif is_cut_before_negation(self.prose, end):
                doubt = _NEGATED
            elif not say_alike(self.prose[start:end], quote.quote):
                doubt = _DIFFERS
            else:
                return Evidence(
                    quote=quote.quote,
                    status=EvidenceStatus.VERIFIED,
                    score=1.0,
                    page=self.extraction.page_at(start),
                    start=start,
                    end=end,
                    boxes=self._boxes(start, end),
                )
        if doubt:
            return _missing(quote, EvidenceStatus.NOT_FOUND, doubt)
        if key in self.hidden:
            return _missing(quote, EvidenceStatus.HIDDEN, _HIDDEN)
        return self._approximate(quote, key) or _missing(quote, EvidenceStatus.NOT_FOUND, NOT_THERE)

    def copied(self, text: str) -> tuple[int, int] | None:
        """The passage that a text is a near copy of, whatever number, sign or word differs; None when it is none."""
        aligned = align(fold(text), self.visible.key)
        if aligned is None or aligned.score < NEAR_COPY:
            return None
        return whole_words(self.prose, *self.visible.span(aligned.start, aligned.end))

    def _approximate(self, quote: Quote, key: str) -> Evidence | None:
        """The passage a quote comes from when it is nearly verbatim, with what differs. A difference in a number, sign,
        unit, negation or name, or a stretch over more than two pages, makes it not found; one in punctuation alone
        makes no difference."""
        aligned = align(key, self.visible.key)
        if aligned is None:
            return None
        start, end = whole_words(self.prose, *self.visible.span(aligned.start, aligned.end))
        passage = self.prose[start:end]
        found = differences(quote.quote, passage)
        first, last = self.extraction.page_at(start), self.extraction.page_at(end - 1)
        complete = stands_alone(self.prose, start, end) and not is_cut_before_negation(self.prose, end)
        harmless = last - first <= 1 and complete and is_harmless(quote.quote, passage, found)
        if harmless and not found:
            status, difference = EvidenceStatus.VERIFIED, None
        else:
            status = EvidenceStatus.APPROXIMATE if harmless else EvidenceStatus.NOT_FOUND
            difference = describe(found) if found else _DIFFERS if complete else _NEGATED
        return Evidence(
            quote=quote.quote,
            status=status,
            score=aligned.score,
            page=first,
            start=start if harmless else None,
            end=end if harmless else None,
            boxes=self._boxes(start, end) if harmless else (),
            difference=difference,
        )

    def _boxes(self, start: int, end: int) -> tuple[Box, ...]:
        """Rectangles of a stretch of prose, without what the page prints between."""
        boxes: list[Box] = []
        for begin, stop in self.furniture:
            if start < begin and stop < end:
                boxes += self.extraction.boxes(start, begin)
                start = stop
        return (*boxes, *self.extraction.boxes(start, end))

    def _places(self, key: str, *, page: int | None) -> list[tuple[int, int]]:
        """Where the key occurs, as text offsets; places on the claimed page first."""
        places: list[tuple[int, int]] = []
        at = self.visible.key.find(key)
        while at >= 0 and len(places) < MAX_PLACES:
            places.append(self.visible.span(at, at + len(key)))
            at = self.visible.key.find(key, at + 1)
        return sorted(places, key=lambda place: self.extraction.page_at(place[0]) != page)


def _missing(quote: Quote, status: EvidenceStatus, why: Words) -> Evidence:
    return Evidence(quote=quote.quote, status=status, score=0.0, difference=why)
