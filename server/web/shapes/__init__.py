"""Views as the JSON shapes of the API."""

from __future__ import annotations

from server.web.shapes.comparisons import comparison_out
from server.web.shapes.models import model_out
from server.web.shapes.papers import paper_out, references_out
from server.web.shapes.personas import persona_out
from server.web.shapes.problems import problem_out, warning_out
from server.web.shapes.runs import run_out
from server.web.shapes.statements import check_report_out, statement_out
from server.web.shapes.words import words_out

__all__ = [
    "check_report_out",
    "comparison_out",
    "model_out",
    "paper_out",
    "persona_out",
    "problem_out",
    "references_out",
    "run_out",
    "statement_out",
    "warning_out",
    "words_out",
]
