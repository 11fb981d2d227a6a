"""Results of persona tests, in a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from server.application.test_persona import TestResult
from server.domain.personas import Persona
from server.domain.words import Words
from server.web.plain import plain

MARKS = {"passed": ("✓", "green"), "failed": ("✕", "red"), "skipped": ("–", "dim")}
HEADS = (
    Words(ja="読み手", en="Persona"),
    Words(ja="テスト", en="Test"),
    Words(ja="モデル", en="Model"),
    Words(ja="結果", en="Result"),
)
STATUSES = {
    "passed": Words(ja="合格", en="passed"),
    "failed": Words(ja="不合格", en="failed"),
    "skipped": Words(
        ja="対象外（誤った答えの記録についてのテスト）", en="skipped (about a wrong answer on record)"
    ),
}


def results_table(results: Sequence[tuple[Persona, TestResult]], language: str) -> RenderableType:
    """One row for each test, with why it failed, and a line that counts them."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_edge=False)
    for head in HEADS:
        table.add_column(head.in_(language), overflow="fold", ratio=3 if head is HEADS[-1] else None)
    for persona, result in results:
        table.add_row(
            persona.id, plain(result.test.description), plain(result.model), _result(result, language)
        )
    return Group(table, "", Text(_count(results, language)))


def problem_line(persona: str, problem: Mapping[str, Any], language: str) -> str:
    """What is wrong with a test's file, in one line."""
    place = f"{persona}/{problem['file']}:{problem['line']}"
    return f"{place}: {problem['message'][language]} {problem['fix'][language]}"


def _result(result: TestResult, language: str) -> Text:
    mark, style = MARKS[result.status]
    text = Text(f"{mark} {STATUSES[result.status].in_(language)}", style)
    for failure in result.failures:
        place = f" {failure.path}" if failure.path else ""
        text.append(f"\n{failure.assertion}{place}: {plain(failure.reason.in_(language))}", "default")
    return text


def _count(results: Sequence[tuple[Persona, TestResult]], language: str) -> str:
    counts = {status: sum(r.status == status for _, r in results) for status in MARKS}
    return " · ".join(
        f"{STATUSES[status].in_(language).split('（')[0].split(' (')[0]} {count}"
        for status, count in counts.items()
        if count or status == "passed"
    )
