"""The line of a persona file that says who answers instead: read, and what is wrong with it named."""

from __future__ import annotations

import json

import pytest
from server.adapters.models import ConfiguredModels
from server.adapters.persona_form import PersonaTextFiles
from server.adapters.persona_lint import read_persona
from server.adapters.templates import JinjaTemplates
from server.application.lint_persona import LintPersona

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
{%% for field in fields %%}{{ field.label }} {{ field.instruction }}{%% endfor %%}
"""
LINE = 7
MODELS = json.dumps({"qwen": {"base_url": "http://127.0.0.1:8080/v1", "api_key_env": "NOT_SET"}})


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("vars: {a: b}", ()),
        ("fallback: extractive", ("extractive",)),
        ('fallback: ["qwen2.5:7b", llama, extractive]', ("qwen2.5:7b", "llama", "extractive")),
        ("fallback: [qwen, qwen]", ("qwen",)),
        ("fallback: []", ()),
    ],
)
def test_a_name_or_a_list_is_read(line: str, names: tuple[str, ...]) -> None:
    found = read_persona(SOURCE % line, id="trial")

    assert found.problems == ()
    assert found.persona
    assert found.persona.fallback == names


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("fallback: [extractive, qwen]", "fallback_after_extractive"),
        ("fallback: [a, b, c, d, e, f]", "too_large"),
        ("fallback: {first: qwen}", "wrong_kind"),
        ("fallback: [[qwen]]", "wrong_kind"),
        ("fallbck: extractive", "unknown_key"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(line: str, code: str) -> None:
    found = read_persona(SOURCE % line, id="trial")

    assert [(one["code"], one["line"]) for one in found.problems] == [(code, LINE)]
    assert found.persona is None


def test_a_name_that_means_nothing_on_this_server_gets_a_warning_with_the_nearest() -> None:
    lint = LintPersona(PersonaTextFiles(), JinjaTemplates(), ConfiguredModels(models=MODELS, environ={}))

    linted = lint(SOURCE % "fallback: [qwne, zzzzz, qwen, extractive]", id_="trial", language="en")

    assert linted.persona
    assert [(one["code"], one["severity"], one["line"]) for one in linted.problems] == [
        ("fallback_unknown", "warning", LINE)
    ] * 2
    near, far = linted.problems
    assert "qwen" in near["fix"]["ja"]
    assert "YOMI_MODELS" in far["fix"]["en"]


def test_the_form_leaves_it_as_it_is() -> None:
    texts, text = PersonaTextFiles(), SOURCE % "fallback: [qwen, extractive]"

    assert texts.apply(texts.form(text), text) == text
