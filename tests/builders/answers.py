"""Answers, their statements and the evidence for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from server.domain.extractions import Extraction
from server.domain.statements import (
    Evidence,
    EvidenceStatus,
    Statement,
    StatementStatus,
)
from server.domain.words import Words

from .papers import TITLE, an_extraction


def evidence(
    quote: str,
    extraction: Extraction | None = None,
    status: EvidenceStatus = EvidenceStatus.VERIFIED,
    **changes: Any,
) -> Evidence:
    """`quote` located in the extraction where it stands there word for word; otherwise without a place."""
    extraction = extraction or an_extraction()
    start = extraction.text.find(quote)
    if start < 0 or status is EvidenceStatus.NOT_FOUND:
        located = Evidence(quote, EvidenceStatus.NOT_FOUND, 0.0)
    else:
        end = start + len(quote)
        boxes = extraction.boxes(start, end)
        located = Evidence(quote, status, 1.0, extraction.page_at(start), start, end, boxes)
    return replace(located, **changes)


def a_statement(path: str = "/what", start: int = 0, end: int = 10, **changes: Any) -> Statement:
    return replace(Statement(path, start, end, StatementStatus.SUPPORTED), **changes)


def statements(
    path: str,
    *sentences: tuple[str, str | None, StatementStatus],
    extraction: Extraction | None = None,
) -> tuple[str, tuple[Statement, ...]]:
    """A text value made of sentences, and a statement for each: (sentence, quote behind it, status)."""
    value = ""
    made: list[Statement] = []
    for sentence, quote, status in sentences:
        value += " " if value and value.isascii() else ""
        start = len(value)
        value += sentence
        doubted = status in (StatementStatus.PARTLY, StatementStatus.UNSUPPORTED)
        made.append(
            Statement(
                path,
                start,
                len(value),
                status,
                reason=Words(ja="引用が論文に見つかりません。", en="The quote is not in the paper.")
                if doubted
                else None,
                evidence=(evidence(quote, extraction),) if quote else (),
            )
        )
    return value, tuple(made)


def summarizer_answer() -> tuple[Mapping[str, Any], tuple[Statement, ...]]:
    """An answer with a proven and an unproven sentence, a list and nothing left out."""
    what, said = statements(
        "/what",
        (
            "It places the paper before the persona in every prompt.",
            "We place the paper before the persona in every prompt",
            StatementStatus.SUPPORTED,
        ),
        ("This makes every model faster.", "every model is faster", StatementStatus.UNSUPPORTED),
    )
    debate, doubted = statements(
        "/discussion",
        (
            "Only one server was measured.",
            "Only one server and one small model were measured.",
            StatementStatus.PARTLY,
        ),
    )
    paged = "Efficient Memory Management for Large Language Model Serving with PagedAttention"
    answer = {
        "header": {"title": TITLE, "authors": "Yomikurabe Project", "year": 2026},
        "what": what,
        "discussion": debate,
        "next_papers": [{"title": paged, "why": "Shows how a server shares prefixes."}],
    }
    listed = Statement("/next_papers/0/title", 0, len(paged), StatementStatus.SUPPORTED)
    return answer, (*said, *doubted, listed)


def interpreter_answer() -> tuple[Mapping[str, Any], tuple[Statement, ...]]:
    """An answer with numbers, and limitations not stated."""
    abstract, said = statements(
        "/abstract",
        (
            "The second persona evaluated 28 tokens instead of 2,478.",
            "The second persona evaluated 28 tokens instead of 2,478.",
            StatementStatus.SUPPORTED,
        ),
    )
    methods, how = statements(
        "/methods",
        (
            "Readers of one paper start in turn.",
            "Readers of one paper start in turn",
            StatementStatus.SUPPORTED,
        ),
    )
    answer = {"abstract": abstract, "methods": methods, "limitations": None}
    return answer, (*said, *how, Statement("/limitations", 0, 4, StatementStatus.NOT_STATED))
