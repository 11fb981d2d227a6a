"""Little papers made of sections, for tests that search them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from server.domain.extractions import Extraction
from server.domain.retrieval.index import PassageIndex
from server.domain.sections import Section, SectionKind

from builders import an_extraction

FILLER = "The weather of that year was mild and the harvest came in well before the first snow had fallen. "
FILLER_JA = "その年の天気は穏やかで収穫は初雪より前に無事に終わった。"


def a_sectioned_paper(
    *parts: tuple[str, SectionKind, str], language: str = "en", **changes: Any
) -> Extraction:
    """One page per part: (heading, kind, text)."""
    pages = [f"{heading}\n{body}" for heading, _, body in parts]
    sections: list[Section] = []
    at = 0
    for number, ((heading, kind, _), page) in enumerate(zip(parts, pages, strict=True), 1):
        end = at + len(page) + 1
        sections.append(Section(heading, kind, number, at, at + len(heading) + 1, end))
        at = end
    given = {"references": (), "language": language, **changes}
    paper = an_extraction(pages, sections=tuple(sections), **given)
    return replace(paper, pages=tuple(replace(page, lines=()) for page in paper.pages))


def an_index(*sentences: str, language: str = "en", **changes: Any) -> PassageIndex:
    """Of a paper with one passage for each sentence, whose text is that sentence and idle talk."""
    filler = FILLER_JA if language == "ja" else FILLER
    parts = [
        (f"{number} {'章' if language == 'ja' else 'Part'}", SectionKind.OTHER, f"{sentence} {filler * 5}")
        for number, sentence in enumerate(sentences, 1)
    ]
    index = PassageIndex.of(a_sectioned_paper(*parts, language=language, **changes))
    assert len(index.passages) == len(sentences)
    return index
