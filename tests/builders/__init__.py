"""Builders of domain values for tests: every argument has a sensible default, so a test names only what matters."""

from __future__ import annotations

from .answers import a_statement, evidence, interpreter_answer, statements, summarizer_answer
from .comparisons import a_comparison, a_comparison_view
from .papers import (
    ABSTRACT_PAGE,
    FIRST,
    LIMITS_PAGE,
    METHOD_PAGE,
    NOON,
    PAGES,
    TITLE,
    a_notice,
    a_page,
    a_paper,
    a_paper_view,
    a_refused_paper,
    an_extraction,
    an_identity,
)
from .personas import a_field, a_model, a_persona, interpreter_fields, summarizer_fields
from .runs import a_failed_run, a_finished_run, a_grounding, a_queued_run, a_run_view, usage

__all__ = [
    "ABSTRACT_PAGE",
    "FIRST",
    "LIMITS_PAGE",
    "METHOD_PAGE",
    "NOON",
    "PAGES",
    "TITLE",
    "a_comparison",
    "a_comparison_view",
    "a_failed_run",
    "a_field",
    "a_finished_run",
    "a_grounding",
    "a_model",
    "a_notice",
    "a_page",
    "a_paper",
    "a_paper_view",
    "a_persona",
    "a_queued_run",
    "a_refused_paper",
    "a_run_view",
    "a_statement",
    "an_extraction",
    "an_identity",
    "evidence",
    "interpreter_answer",
    "interpreter_fields",
    "statements",
    "summarizer_answer",
    "summarizer_fields",
    "usage",
]
