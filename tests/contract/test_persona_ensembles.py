"""The line of a persona file that makes an ensemble: read, and what is wrong with it named with line and fix."""

from __future__ import annotations

import pytest
from server.adapters.persona_lint import read_persona
from server.domain.ensembles.lineup import Ensemble, Merge, Over

SOURCE = """\
---
format: 1
version: "1.0.0"
name: {ja: 試し, en: A trial}
attribution: A trial.
license: CC0-1.0
%s
fields:
  - id: what
    aspects: [overview]
    label: {ja: 何, en: What}
    instruction: {ja: 書く。, en: Say it.}
---
user:
{% for field in fields %}{{ field.label }} {{ field.instruction }}{% endfor %}
"""
LINE = 7


def read(line: str) -> tuple[Ensemble | None, list[tuple[str, int]]]:
    found = read_persona(SOURCE.replace("%s", line), id="trial")
    problems = [(one["code"], one["line"]) for one in found.problems]
    return (found.persona.ensemble if found.persona else None), problems


@pytest.mark.parametrize(
    ("line", "ensemble"),
    [
        ("vars: {a: b}", None),
        ("ensemble: 1", None),
        ("ensemble: 5", Ensemble(5)),
        ("ensemble: {merge: union}", Ensemble(None, Over.SAMPLES, Merge.UNION)),
        (
            "ensemble: {runs: 4, over: personas, merge: medoid, personas: [keshav, reviewer@1.0.0]}",
            Ensemble(4, Over.PERSONAS, Merge.MEDOID, ("keshav", "reviewer@1.0.0")),
        ),
        (
            'ensemble: {over: models, models: ["qwen2.5:1.5b", llama]}',
            Ensemble(None, Over.MODELS, Merge.VOTE, ("qwen2.5:1.5b", "llama")),
        ),
    ],
)
def test_an_ensemble_is_one_line(line: str, ensemble: Ensemble | None) -> None:
    assert read(line) == (ensemble, [])


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("ensemble: 10", "wrong_kind"),
        ("ensemble: [3]", "wrong_kind"),
        ("ensemble: {runs: 0}", "wrong_kind"),
        ("ensemble: {over: seeds}", "not_one_of"),
        ("ensemble: {merge: mean}", "not_one_of"),
        ("ensemble: {run: 3}", "unknown_key"),
        ("ensemble: {over: personas}", "ensemble_nobody"),
        ("ensemble: {over: models, models: []}", "ensemble_nobody"),
        ("ensemble: {models: [qwen]}", "ensemble_unused"),
        ("ensemble: {over: personas, personas: [Keshav]}", "ensemble_name"),
        ("ensemble: {over: models, models: [a+b]}", "ensemble_name"),
        ("ensemble: {over: models, models: [a, b, c, d, e, f, g, h, i]}", "too_large"),
    ],
)
def test_what_is_wrong_with_an_ensemble_is_named_with_its_line(line: str, code: str) -> None:
    assert read(line) == (None, [(code, LINE)])
