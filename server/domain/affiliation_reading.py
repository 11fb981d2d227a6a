"""Find where the first author of a paper works: in the title block, the footnotes, or right below the name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from server.domain.front_matter import GAP, LOWERED, RAISED, FrontMatter
from server.domain.identity import Found, Source
from server.domain.names import is_institution, is_person, is_place
from server.domain.printed import Printed, one_line

MARK_SIGNS = "∗*†‡§¶♠♢♦♡♣♤♥◇○●⋆☆★#‖¹²³⁴⁵⁶⁷⁸⁹⁰✉☯⊥∥\x80\x81\x82\x8d\x8e\x8f\x90\x9d\x9e\ufffd"
"""Marks behind names. Symbol fonts without a Unicode map put theirs among the control characters."""
ADDRESS = re.compile(r"\S*@\S+|\{[^}]*\}|https?:\S+|orcid\S*", re.IGNORECASE)
_SMALL_WORDS = frozenset(
    [
        "of",
        "and",
        "for",
        "the",
        "in",
        "at",
        "de",
        "di",
        "du",
        "des",
        "la",
        "le",
        "für",
        "und",
        "der",
        "e",
        "et",
        "y",
        "do",
        "da",
        "del",
    ]
)
_FOOTNOTE_AFFILIATION = re.compile(
    r"(?:is|are|was|were) (?:both |all |also )?with (?:the )?(.{5,160}?)(?:\.\s|\.$|;|\(e-?mail|$)"
)


def affiliations(text: str) -> Iterator[tuple[str, str]]:
    """`αAllen Institute τMIT` in pieces, each with its mark."""
    pieces = re.split(
        rf"(?:{RAISED}([^{LOWERED}]*){LOWERED}|([{re.escape(MARK_SIGNS)}]+\d?)|(?:^|(?<=\s))\(?(\d{{1,2}})\)?(?=[^\d\W]))",
        text,
    )
    for column in pieces[0].split(GAP):
        words = _trimmed(column)
        if words:
            yield "", words
    for i in range(1, len(pieces), 4):
        mark = next((m for m in pieces[i : i + 3] if m), "").strip(" ,")
        words = _trimmed(pieces[i + 3] or "")
        if words:
            yield mark, words


def _trimmed(words: str) -> str:
    words = one_line(re.sub(f"[{RAISED}{LOWERED}{GAP}]", " ", words)).strip(" ,;:?，、").removesuffix(" and")
    return _without_brackets(words.strip(" ,"))


def _without_brackets(words: str) -> str:
    """`（京都大学）` as `京都大学`; brackets within stay."""
    enclosed = re.fullmatch(r"[（(]([^（）()]*)[)）]", words)
    return enclosed[1] if enclosed else words


def first_affiliation(
    front: FrontMatter,
    title: Sequence[Printed],
    *,
    author: Printed,
    marks: Sequence[str],
    printed: Sequence[tuple[str, str]],
) -> Found[str] | None:
    """By the first author's mark, there or in the footnotes; else what stands nearest.

    Args:
        title: The lines of the title.
        author: The line of the first author.
        marks: What is printed behind the first author's name.
        printed: Affiliations of the title block, each as (mark, words).
    """
    page = front.page.number
    named = [(mark, words) for mark, words in printed if _is_employer(words)]
    notes = () if named else tuple(_in_footnotes(front))
    for mark in marks:
        for other, words in (*named, *notes):
            if mark in marks_in(other) and _is_employer(words):
                return Found(words, Source.LAYOUT, page)
    if named:
        return Found(named[0][1], Source.LAYOUT, page)
    below = next((line for line in front.head if line.is_below(author)), None)
    if below and below.y0 - author.y1 < below.size and _is_bare_employer(below.text):
        return Found(_without_brackets(below.text), Source.LAYOUT, page)
    note = next(
        (
            m
            for line in front.lines
            if (m := _FOOTNOTE_AFFILIATION.search(line.text)) and is_institution(m[1])
        ),
        None,
    )
    if note:
        return Found(note[1].strip(" ,"), Source.TEXT, page)
    above = next(
        (line for line in front.head if line.start < title[0].start and _is_employer(line.text)), None
    )
    alone = not any(line.start > author.start and len(line.text) > 100 for line in front.lines)
    return Found(above.text, Source.LAYOUT, page) if above and alone else None


def _in_footnotes(front: FrontMatter) -> Iterator[tuple[str, str]]:
    for line in front.lines:
        if line.placed and line.size < front.body and line.y0 > 0.5 * line.page_height:
            yield from affiliations(ADDRESS.sub(" ", front.marked(line)))


def _is_employer(words: str) -> bool:
    """An institution by name, not a sentence that mentions one."""
    tokens = [
        token for token in re.findall(r"[^\W\d_]+", words) if token.isascii() and token not in _SMALL_WORDS
    ]
    capitals = sum(token[0].isupper() for token in tokens)
    return is_institution(words) and not is_place(words) and capitals >= 0.6 * len(tokens)


def _is_bare_employer(text: str) -> bool:
    """`RStudio`: a few capitalised words right below the name, which nothing else explains."""
    few = len(text.split()) <= 4 and text[:1].isupper() and "@" not in text
    return (
        few
        and not is_person(text)
        and not re.match(r"abstract|introduction|概要|www|\d", text, re.IGNORECASE)
    )


def marks_in(text: str) -> tuple[str, ...]:
    """`*1,a)` as `*`, `1` and `a`."""
    return tuple(re.findall(r"\d+|[^\W\d_]|[^\s\w,，.()]", text))
