"""Cut a paper into parts that fit a call each: by size, or by section with the questions that each section answers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from server.domain.contexts.rendering import Span, merged, pages_of
from server.domain.contexts.rooms import Means
from server.domain.fields import Aspect, CheckRule, Field
from server.domain.passages import Passage
from server.domain.retrieval.choosing import MARK_TOKENS, CountTokens, wanted_by
from server.domain.retrieval.index import PassageIndex
from server.domain.sections import SectionKind as K

FULL_ENOUGH = 0.5
"""Share of a part from which on it ends with a section rather than go on into one that does not fit as a whole."""
SMALL = 300
"""Tokens of a section that goes with its neighbour."""
SURE = 2
"""Passages that a question wants most: their sections are asked it, whatever their headings say."""

SECTIONS_OF: Mapping[Aspect, frozenset[K]] = {
    Aspect.OVERVIEW: frozenset({K.ABSTRACT, K.INTRODUCTION, K.CONCLUSION}),
    Aspect.BACKGROUND: frozenset({K.INTRODUCTION, K.RELATED}),
    Aspect.PROBLEM: frozenset({K.ABSTRACT, K.INTRODUCTION}),
    Aspect.METHOD: frozenset({K.METHOD}),
    Aspect.EVALUATION: frozenset({K.EVALUATION, K.RESULTS}),
    Aspect.RESULTS: frozenset({K.ABSTRACT, K.EVALUATION, K.RESULTS}),
    Aspect.NOVELTY: frozenset({K.ABSTRACT, K.INTRODUCTION, K.RELATED, K.CONCLUSION}),
    Aspect.DISCUSSION: frozenset({K.DISCUSSION, K.CONCLUSION, K.LIMITATIONS}),
    Aspect.LIMITATIONS: frozenset({K.LIMITATIONS, K.DISCUSSION, K.CONCLUSION}),
    Aspect.APPLICATIONS: frozenset({K.INTRODUCTION, K.DISCUSSION, K.CONCLUSION}),
    Aspect.REFERENCES: frozenset({K.RELATED, K.REFERENCES}),
}
"""Kinds of sections that answer a question about an aspect."""


@dataclass(frozen=True, slots=True)
class Part:
    """What one call reads."""

    spans: tuple[Span, ...]
    pages: tuple[int, ...]
    fields: tuple[str, ...]
    """Ids of the questions it is asked."""
    title: str = ""
    """Of the section it is, or begins with; empty for parts cut by size."""


def by_size(fields: Sequence[Field], means: Means, *, room: int) -> list[Part]:
    """The whole paper in parts of at most `room` tokens, whole sections where they fit. All of them are asked everything,
    but what the paper is, which the first part tells. The reference list is read only for a question about it."""
    index = means.index
    parts = [
        _part(index, group, fields) for group in _packed(_read(index.passages, fields), room, means.count)
    ]
    return _with_identity(parts, fields)


def by_section(fields: Sequence[Field], means: Means, *, room: int) -> list[Part]:
    """Each main section asked what sections of its kind answer, and what its passages seem to. A section that no question
    asks is not read; one that does not fit is read in several parts."""
    index = means.index
    sure: dict[str, set[int]] = {
        f.id: set(wanted_by(f, index, scores=means.scores.get(f.id), count=SURE)) for f in fields
    }
    parts: list[Part] = []
    for group in _main_sections(index, _read(index.passages, fields), means.count):
        kinds, numbers = {p.kind for p in group}, {p.order for p in group}
        asked = [f for f in fields if _answers(f, kinds) or not sure[f.id].isdisjoint(numbers)]
        if asked or not parts:
            title = _title(index, group[0])
            parts += [_part(index, one, asked, title) for one in _packed(group, room, means.count)]
    return [part for part in _with_identity(parts, fields) if part.fields]


def _read(passages: Sequence[Passage], fields: Sequence[Field]) -> list[Passage]:
    listed = any(f.check is CheckRule.BIBLIOGRAPHY for f in fields)
    return [p for p in passages if listed or not p.is_reference]


def _answers(field: Field, kinds: set[K]) -> bool:
    """Fields without an aspect that says where to look are found by their words alone."""
    return any(not SECTIONS_OF.get(aspect, frozenset()).isdisjoint(kinds) for aspect in field.aspects)


def _with_identity(parts: Sequence[Part], fields: Sequence[Field]) -> list[Part]:
    """What the paper is, is asked of its beginning alone."""
    identity = {f.id for f in fields if f.check is CheckRule.IDENTITY}
    return [
        Part(part.spans, part.pages, _kept(part.fields, fields, identity, is_first=number == 0), part.title)
        for number, part in enumerate(parts)
    ]


def _kept(
    asked: Sequence[str], fields: Sequence[Field], identity: set[str], *, is_first: bool
) -> tuple[str, ...]:
    wanted = (set(asked) - identity) | (identity if is_first else set())
    return tuple(f.id for f in fields if f.id in wanted)


def _part(index: PassageIndex, group: Sequence[Span], fields: Iterable[Field], title: str = "") -> Part:
    spans = tuple(merged(index.extraction.text, group))
    read, _, _ = pages_of(index.extraction, spans)
    blank = {page.number for page in index.extraction.pages if not page.text.strip()}
    return Part(spans, tuple(n for n in read if n not in blank), tuple(f.id for f in fields), title)


def _packed(passages: Sequence[Passage], room: int, count: CountTokens) -> Iterator[list[Span]]:
    """Stretches put together as long as they fit."""
    held: list[Span] = []
    used = 0
    for _, group in groupby(passages, key=lambda passage: passage.section):
        section = [
            (span, count(passage.text[span[0] - passage.start : span[1] - passage.start]) + MARK_TOKENS)
            for passage in group
            for span in _fitting(passage, room, count)
        ]
        whole = sum(size for _, size in section)
        if held and used + whole > room and used >= FULL_ENOUGH * room:
            yield held
            held, used = [], 0
        for span, size in section:
            if held and used + size > room:
                yield held
                held, used = [], 0
            held.append(span)
            used += size
    if held:
        yield held


def _fitting(passage: Passage, room: int, count: CountTokens) -> Iterator[Span]:
    """The passage, or pieces of it where it is larger than a whole part: a table, a programme."""
    pieces = max(1, -(-(count(passage.text) + MARK_TOKENS) // max(1, room - MARK_TOKENS)))
    length = -(-len(passage.text) // pieces)
    for start in range(passage.start, passage.end, max(1, length)):
        yield start, min(start + max(1, length), passage.end)


def _main_sections(
    index: PassageIndex, passages: Sequence[Passage], count: CountTokens
) -> Iterator[list[Passage]]:
    """Passages by the section of the highest level that they are in; small ones go with the one before."""
    sections = index.extraction.sections
    top = min((section.level for section in sections), default=1)
    heads: list[int] = []
    for number, section in enumerate(sections):
        heads.append(number if section.level == top or not heads else heads[-1])
    held: list[Passage] = []
    for _, members in groupby(passages, key=lambda p: heads[p.section] if p.section >= 0 else -1):
        group = list(members)
        small = sum(count(passage.text) for passage in group) < SMALL
        if held and not small:
            yield held
            held = []
        held += group
    if held:
        yield held


def _title(index: PassageIndex, passage: Passage) -> str:
    return index.extraction.sections[passage.section].title if passage.section >= 0 else ""
