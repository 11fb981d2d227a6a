"""What the server sees of a paper, in words: identity with sources, pages, warnings with their excerpts."""

from __future__ import annotations

from dataclasses import dataclass

from server.application.views import PaperView
from server.domain.extractions import Extraction, Notice
from server.domain.identity import Found, Source
from server.domain.notices import sentence
from server.web import catalogue, labels
from server.web.part_words import part_label
from server.web.plain import plain
from server.web.sheets import Link, paper_head

PARTS = ("title", "authors", "affiliation", "venue", "year", "doi", "arxiv_id")
NAMES = 8
"""Authors named before the others are folded."""
EXCERPT = 300


@dataclass(frozen=True, slots=True)
class IdentityPart:
    """One part of the identity as the correction form shows it."""

    id: str
    label: str
    value: str
    """One author per line."""
    source: str | None
    is_corrected: bool


@dataclass(frozen=True, slots=True)
class PageBar:
    """One page in the picture of characters per page."""

    number: int
    characters: int
    share: float


@dataclass(frozen=True, slots=True)
class Warned:
    words: str
    page: int | None
    excerpt: str | None


@dataclass(frozen=True, slots=True)
class PaperFacts:
    title: str
    language: str | None
    authors: tuple[str, ...]
    more_authors: tuple[str, ...]
    facts: tuple[str, ...]
    links: tuple[Link, ...]
    parts: tuple[IdentityPart, ...]
    bars: tuple[PageBar, ...]
    warnings: tuple[Warned, ...]
    sections: tuple[tuple[str, int], ...]
    references: int
    ratio: float
    """Height of the first page to its width."""


def facts_of(view: PaperView, language: str) -> PaperFacts:
    """Of a paper that was read."""
    head, identity, extraction = paper_head(view, language), view.identity, view.extraction
    authors = tuple(plain(name) for name in identity.authors.value) if identity.authors else ()
    facts = [plain(found.value) for found in (identity.venue, identity.year) if found]
    if extraction:
        facts += [
            labels.page_count(len(extraction.pages), language),
            language_name(extraction.language, language),
        ]
    return PaperFacts(
        title=head.title if identity.title else plain(view.paper.filename),
        language=head.language,
        authors=authors[:NAMES],
        more_authors=authors[NAMES:],
        facts=tuple(facts),
        links=head.links,
        parts=tuple(_part(name, view, language) for name in PARTS),
        bars=_bars(extraction) if extraction else (),
        warnings=tuple(_warned(notice, language) for notice in extraction.warnings) if extraction else (),
        sections=tuple((plain(s.title), s.page) for s in extraction.sections if s.level == 1)
        if extraction
        else (),
        references=len(extraction.references) if extraction else 0,
        ratio=extraction.pages[0].height / extraction.pages[0].width if extraction else 1.414,
    )


def language_name(code: str | None, language: str) -> str:
    """A language by its name; one without a name here by its code."""
    names = catalogue.catalogue(language)["paper"]
    return names.get(f"language.{code}", plain(code or "?"))


def part_text(found: Found[str] | Found[int] | Found[tuple[str, ...]] | None) -> str:
    """A part of the identity as it stands in a form: one author per line."""
    if found is None:
        return ""
    value = found.value
    return "\n".join(plain(one) for one in value) if isinstance(value, tuple) else plain(value)


def _part(name: str, view: PaperView, language: str) -> IdentityPart:
    found = getattr(view.identity, name)
    return IdentityPart(
        id=name,
        label=part_label(name, language),
        value=part_text(found),
        source=labels.SOURCES[found.source].in_(language) if found else None,
        is_corrected=bool(found) and found.source is Source.USER,
    )


def _bars(extraction: Extraction) -> tuple[PageBar, ...]:
    counts = [len(page.text) for page in extraction.pages]
    most = max(counts, default=0) or 1
    return tuple(PageBar(number, count, round(count / most, 3)) for number, count in enumerate(counts, 1))


def _warned(notice: Notice, language: str) -> Warned:
    excerpt = plain(notice.excerpt)[:EXCERPT] if notice.excerpt else None
    return Warned(sentence(notice).in_(language), notice.page, excerpt)
