"""Papers, their pages and what was read of them."""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from server.application.views import PaperView
from server.domain.extractions import Extraction, Line, Notice, Page
from server.domain.identity import Found, Identity, Source
from server.domain.ids import LOCAL_WORKSPACE, ExtractionId, PaperId
from server.domain.papers import Paper, PaperStatus, Problem
from server.domain.references import Reference
from server.domain.sections import Section, SectionKind

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
TITLE = "Paper First: Prefix Reuse for Several Readers"
FIRST = (
    "We place the paper before the persona in every prompt, so that a prefix cache serves all readers.\n"
    "The second persona evaluated 28 tokens instead of 2,478."
)
ABSTRACT_PAGE = f"{TITLE}\nYomikurabe Project\n2026\nAbstract\n{FIRST}"
METHOD_PAGE = (
    "2 Method\nConstant rules come first, then the paper, then the persona.\n"
    "Readers of one paper start in turn, because two requests at once share nothing."
)
LIMITS_PAGE = (
    "3 Limitations\nOnly one server and one small model were measured.\nReferences\n"
    "[1] Woosuk Kwon et al. Efficient Memory Management for Large Language Model Serving with PagedAttention. 2023.\n"
    "[2] Nelson F. Liu et al. Lost in the Middle: How Language Models Use Long Contexts. 2023."
)
PAGES = (ABSTRACT_PAGE, METHOD_PAGE, LIMITS_PAGE)


def a_page(
    number: int = 1, text: str = ABSTRACT_PAGE, *, width: float = 612.0, height: float = 792.0
) -> Page:
    """A page whose characters stand 6 points apart in lines of 12 points, the first line in larger type."""
    boxes = array("f")
    lines: list[Line] = []
    offset = 0
    for row, words in enumerate(text.split("\n")):
        y = 72.0 + 14.0 * row
        for column in range(len(words)):
            boxes.extend((72.0 + 6.0 * column, y, 78.0 + 6.0 * column, y + 12.0))
        end = offset + len(words)
        size = 18.0 if number == 1 and row == 0 else 10.0
        lines.append(Line(offset, end, 72.0, y, 72.0 + 6.0 * len(words), y + 12.0, size))
        if end < len(text):
            boxes.extend([float("nan")] * 4)
        offset = end + 1
    return Page(number, width, height, text, boxes.tobytes(), tuple(lines))


def an_identity(**changes: Any) -> Identity:
    identity = Identity(
        title=Found(TITLE, Source.LAYOUT, 1),
        authors=Found(("Yomikurabe Project",), Source.TEXT, 1),
        year=Found(2026, Source.TEXT, 1),
    )
    return replace(identity, **changes)


def an_extraction(texts: Sequence[str] = PAGES, **changes: Any) -> Extraction:
    """Of three short English pages, unless `texts` says otherwise. Sections and references fit the default text."""
    extraction = Extraction(
        id=ExtractionId("extraction-1"),
        sha256=hashlib.sha256(b"%PDF-1.7 a paper").hexdigest(),
        reader="pypdfium2 5.15.2",
        pages=tuple(a_page(number, text) for number, text in enumerate(texts, 1)),
        hidden=(),
        identity=an_identity(),
        sections=(),
        references=(),
        language="en",
        duration_ms=812,
    )
    if tuple(texts) == PAGES:
        extraction = replace(
            extraction, sections=_sections(extraction.text), references=_references(extraction.text)
        )
    return replace(extraction, **changes)


def _sections(text: str) -> tuple[Section, ...]:
    heads = (
        ("Abstract", "Abstract", SectionKind.ABSTRACT, 1),
        ("2 Method", "Method", SectionKind.METHOD, 2),
        ("3 Limitations", "Limitations", SectionKind.LIMITATIONS, 3),
        ("References", "References", SectionKind.REFERENCES, 3),
    )
    starts = [text.index(f"{printed}\n") for printed, *_ in heads]
    ends = [*starts[1:], len(text)]
    return tuple(
        Section(title, kind, page, start, start + len(printed) + 1, end)
        for (printed, title, kind, page), start, end in zip(heads, starts, ends, strict=True)
    )


def _references(text: str) -> tuple[Reference, ...]:
    known = (
        (
            "Efficient Memory Management for Large Language Model Serving with PagedAttention",
            "Woosuk Kwon",
        ),
        ("Lost in the Middle: How Language Models Use Long Contexts", "Nelson F. Liu"),
    )
    entries = [line for line in LIMITS_PAGE.split("\n") if line.startswith("[")]
    return tuple(
        Reference(
            index=index,
            number=str(index),
            text=entry,
            title=title,
            authors=(author,),
            year=2023,
            page=3,
            start=text.index(entry),
            end=text.index(entry) + len(entry),
        )
        for index, (entry, (title, author)) in enumerate(zip(entries, known, strict=True), 1)
    )


def a_paper(**changes: Any) -> Paper:
    """Read and ready."""
    paper = Paper(
        id=PaperId("paper-1"),
        workspace_id=LOCAL_WORKSPACE,
        sha256=hashlib.sha256(b"%PDF-1.7 a paper").hexdigest(),
        filename="paper-first.pdf",
        bytes=524_288,
        status=PaperStatus.READY,
        created_at=NOON,
        extraction_id=ExtractionId("extraction-1"),
    )
    return replace(paper, **changes)


def a_refused_paper(code: str = "encrypted", **data: object) -> Paper:
    return a_paper(status=PaperStatus.REFUSED, extraction_id=None, error=Problem(code, data))


def a_paper_view(paper: Paper | None = None, extraction: Extraction | None = None) -> PaperView:
    paper = paper or a_paper()
    if extraction is None and paper.extraction_id:
        extraction = an_extraction()
    return PaperView(paper, extraction, paper.identity(extraction.identity if extraction else None))


def a_notice(code: str = "hidden_text", **changes: Any) -> Notice:
    data: dict[str, dict[str, str | int | float]] = {
        "hidden_text": {"count": 42},
        "language_not_applied": {"actual": "en", "asked": "ja"},
    }
    return replace(Notice(code, data=data.get(code, {})), **changes)
