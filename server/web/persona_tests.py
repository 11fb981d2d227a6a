"""Results of persona tests as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from server.application.test_persona import TestResult
from server.domain.personas import Persona


def results_out(results: Sequence[tuple[Persona, TestResult]]) -> dict[str, Any]:
    """Every result, and how many passed, failed and were skipped."""
    statuses = [result.status for _, result in results]
    return {
        "items": [_result_out(persona, result) for persona, result in results],
        "passed": statuses.count("passed"),
        "failed": statuses.count("failed"),
        "skipped": statuses.count("skipped"),
    }


def _result_out(persona: Persona, result: TestResult) -> dict[str, Any]:
    return {
        "persona": {"id": persona.id, "version": persona.version, "digest": persona.digest},
        "file": result.test.file,
        "description": result.test.description,
        "model": result.model,
        "status": result.status,
        "failures": [
            {
                "assertion": failure.assertion,
                "path": failure.path,
                "reason": {"ja": failure.reason.ja, "en": failure.reason.en},
            }
            for failure in result.failures
        ],
        "duration_ms": result.duration_ms,
    }
