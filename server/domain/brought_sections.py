"""Cut a pasted answer by its headings and labels into the questions it answers."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from server.domain.brought_aspects import heading_aspects
from server.domain.brought_blocks import Block, BlockKind, width
from server.domain.brought_text import BroughtText
from server.domain.fields import Aspect
from server.domain.statements import Statement

MOST = 30
"""Sections of one text. Where it has more, those with unknown headings stay part of the one above."""
LONGEST_LABEL = 200

_LONGEST_PLAIN = 32
"""Columns of a label that nothing but its colon marks."""
_UNMARKED = 7
"""Level of a heading without a mark, below every `######`."""
_UNDERLINE = re.compile(r"[ \t]*\n?[ \t]*(?:-{3,}|={3,})[ \t]*\n")
_LEAD = re.compile(
    r"(?:\*\*|__)(?P<bold>[^*_\n]{1,80}?)(?:[:：]\s?(?:\*\*|__)|(?:\*\*|__)\s?[:：]|(?<=[?？])(?:\*\*|__))[ \t]*"
    r"|【(?P<bracket>[^【】\n]{1,60})】[:：]?[ \t]*|(?P<plain>[^:：。．.\n|*_]{1,40}?)[:：](?!//)\s*"
)
_TABLE_HEAD = re.compile(r"^[ \t]*\|[^\n]*\n[ \t]*\|?[ \t:|-]+$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Section:
    """One question that a pasted answer answers: `text[start:end]`, under its own heading."""

    label: str | None
    """None for what stands before the first heading."""
    aspects: tuple[Aspect, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Opening:
    """Where a section begins."""

    at: int
    """Of its heading."""
    body: int
    label: str | None
    aspects: tuple[Aspect, ...]
    level: int
    tail: str = ""
    """What the markup leaves at the end of its text."""


def sections(brought: BroughtText, statements: Collection[Statement] = ()) -> tuple[Section, ...]:
    """The sections in order; empty when the text has no heading that says what it is about.

    A heading of which nothing is known opens a section of its own (`other`; the first one is what the paper is in
    short), unless it stands below the one above it. A heading over nothing but other headings is left out.

    Args:
        statements: Checked ones. A heading that is one of them, as a paper's title may be, stays in the text.
    """
    found = list(_openings(brought, {s.start for s in statements}))
    if not any(o.aspects and o.aspects[0] is not Aspect.IDENTITY for o in found):
        return ()
    cut = _few(list(_sections(brought.text, found)))
    return cut if len(cut) > 1 else ()


def placed(
    statements: Sequence[Statement], cut: Sequence[Section], ids: Sequence[str]
) -> tuple[Statement, ...]:
    """The statements of a whole text where they stand in its sections."""
    return tuple(_placed(statement, cut, ids) for statement in statements)


def _placed(statement: Statement, cut: Sequence[Section], ids: Sequence[str]) -> Statement:
    own, name = next(
        (pair for pair in zip(reversed(cut), reversed(ids), strict=True) if pair[0].start <= statement.start),
        (cut[0], ids[0]),
    )
    start, end = (min(max(at, own.start), own.end) - own.start for at in (statement.start, statement.end))
    return replace(statement, path=f"/{name}", start=start, end=end)


def _openings(brought: BroughtText, said: Collection[int]) -> Iterator[_Opening]:
    text = brought.text
    level = _UNMARKED + 1
    for index, block in enumerate(brought.blocks):
        start, end = block.spans[0][0], block.spans[-1][1]
        opening = None
        if block.kind is BlockKind.HEADING:
            if not block.cells and not any(start <= at < end for at in said):
                opening = _heading(text, block, below=level)
        elif index not in brought.identity_blocks:
            opening = _labelled(text, block, said, level=level)
        if opening:
            level = opening.level
            yield opening


def _heading(text: str, block: Block, *, below: int) -> _Opening | None:
    aspects = heading_aspects(block.cleaned.text)
    level = block.level or _UNMARKED
    if not aspects and level > below:
        return None
    start, end = block.spans[0][0], block.spans[-1][1]
    body = text.find("\n", end)
    body = len(text) if body < 0 else body
    if line := _UNDERLINE.match(text, body):
        body = line.end()
    return _Opening(_line_start(text, start), body, _shown(block.cleaned.text), aspects, level)


def _labelled(text: str, block: Block, said: Collection[int], *, level: int) -> _Opening | None:
    """`結果：…`, `**Novelty:** …` or the first cell of a row, where it says what the rest is about."""
    start = block.spans[0][0]
    if block.kind is BlockKind.ROW:
        if len(block.cells) < 2:
            return None
        label, body, tail = block.cells[0].text, block.cells[1].offsets[0], " \t|"
    else:
        match = _LEAD.match(text, start)
        if match is None or match.end() >= block.spans[-1][1]:
            return None
        label, body = match["bold"] or match["bracket"] or match["plain"] or "", match.end()
        tail = ""
        if match["plain"] and width(label) > _LONGEST_PLAIN:
            return None  # a sentence with a colon
    aspects = heading_aspects(label)
    if not aspects or aspects[0] is Aspect.IDENTITY:
        return None  # such lines belong together
    body = min((at for at in said if start <= at < body), default=body)  # no statement loses its first words
    return _Opening(_line_start(text, start), body, _shown(label), aspects, level, tail)


def _sections(text: str, openings: Sequence[_Opening]) -> Iterator[Section]:
    lead = _Opening(0, 0, None, (Aspect.OVERVIEW,), 0)
    starts = [lead, *openings] if _TABLE_HEAD.sub("", text[: openings[0].at]).strip() else list(openings)
    ends = [*(o.at for o in starts[1:]), len(text)]
    is_first = True
    for opening, end in zip(starts, ends, strict=True):
        body = text[opening.body : end]
        if not body.strip():
            continue
        at = opening.body + len(body) - len(body.lstrip("\r\n"))
        aspects = opening.aspects or ((Aspect.OVERVIEW,) if is_first else (Aspect.OTHER,))
        yield Section(
            opening.label, aspects, at, opening.body + len(body.rstrip(f"\r\n\u3000 {opening.tail}"))
        )
        is_first = False


def _few(cut: Sequence[Section]) -> tuple[Section, ...]:
    """At most `MOST`: unknown ones join the section above first, then whatever is left."""
    kept: list[Section] = []
    too_many = len(cut) > MOST
    for section in cut:
        if kept and too_many and (section.aspects[0] is Aspect.OTHER or len(kept) == MOST):
            kept[-1] = replace(kept[-1], end=section.end)
        else:
            kept.append(section)
    return tuple(kept)


def _line_start(text: str, at: int) -> int:
    return text.rfind("\n", 0, at) + 1


def _shown(label: str) -> str:
    shown = "".join(c for c in " ".join(label.split()) if c.isprintable())
    return shown.strip(" *_:：")[:LONGEST_LABEL]
