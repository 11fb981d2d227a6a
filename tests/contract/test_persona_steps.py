"""Steps in persona files: what is read of them, what is said about those that are wrong, and what a form leaves alone."""

from __future__ import annotations

from dataclasses import replace

import pytest
from server.adapters.persona_files import FolderPersonas, PersonaFileParser, builtin_personas
from server.adapters.persona_form import PersonaTextFiles
from server.adapters.persona_lint import lint, read_persona
from server.adapters.templates import JinjaTemplates
from server.application.lint_persona import LintPersona
from server.domain.personas import Persona
from server.domain.plans import MAX_CALLS
from server.domain.steps import Over, Step, StepKind, legs_of
from server.domain.words import Words

FRONT = """\
---
format: 1
version: "1.0.0"
name: {ja: 読み手, en: Reader}
attribution: "Nobody"
license: CC0-1.0
fields:
  - id: what
    aspects: [overview]
    label: {ja: 何, en: What}
    instruction: {ja: 書く, en: Say it}
  - id: decision
    aspects: [other]
    label: {ja: 判断, en: Decision}
    instruction: {ja: 選ぶ, en: Choose}
    type: choice
    choices:
      skip: {ja: 読まない, en: Skip}
      read: {ja: 読む, en: Read}
"""
BODY = """\
user:
{% for f in fields %}{{ f.label }} {{ f.instruction }}{% endfor %}
"""
STEPS = """\
evidence: after
structure: after
steps:
  - id: notes  # what to look for
    schema: {type: object, properties: {terms: {type: array, items: {type: string}}}}
    over: sections
  - id: quotes
    label: {ja: 引用, en: Quotes}
    collect: quotes
    fields: what
  - id: draft
    fields: all
    stop: {decision: [skip]}
  - id: critique
    collect: critique
"""
MESSAGES = """
step.notes:
List the terms of this part.

step.notes.ja:
この部分の用語を挙げる。

step.answer:
Now answer: {% for f in fields %}{{ f.label }}{% endfor %}
"""


def source(steps: str = STEPS, messages: str = MESSAGES) -> str:
    return f"{FRONT}{steps}---\n{BODY}{messages}"


def persona(steps: str = STEPS, messages: str = MESSAGES) -> Persona:
    read = read_persona(source(steps, messages), id="reader")
    assert read.persona, read.problems
    return read.persona


def test_steps_are_read_as_they_are_written() -> None:
    read = persona()

    assert (read.evidence, read.structure) == ("after", "after")
    assert read.steps == (
        Step(
            "notes",
            StepKind.SCHEMA,
            schema={
                "type": "object",
                "properties": {"terms": {"type": "array", "items": {"type": "string"}}},
            },
            over=Over.SECTIONS,
        ),
        Step("quotes", StepKind.QUOTES, Words(ja="引用", en="Quotes"), fields=("what",)),
        Step("draft", StepKind.FIELDS, stop={"decision": ("skip",)}),
        Step("critique", StepKind.CRITIQUE),
    )


def test_a_step_has_messages_of_its_own_which_are_no_part_of_the_template() -> None:
    read = persona()

    assert [part.step for part in read.parts] == [None]
    assert [p.source for p in read.parts_of_step("notes", "ja")] == ["この部分の用語を挙げる。\n"]
    assert [p.source for p in read.parts_of_step("notes", "de")] == ["List the terms of this part.\n"]
    assert read.parts_of_step("quotes", "ja") == ()


def test_without_these_keys_everything_is_one_call() -> None:
    read = persona("", "")

    assert (read.steps, read.evidence, read.structure) == ((), "before", "with")


@pytest.mark.parametrize(
    ("step", "code"),
    [
        ("- id: x", "step_gives"),
        ("- {id: x, collect: quotes, schema: {type: object, properties: {}}}", "step_gives"),
        ("- {id: x, fields: all, schema: {type: object, properties: {}}}", "step_gives"),
        ("- {id: x, schema: {type: object, properties: {a: {type: string}}}}", "step_message"),
        ("- {id: x, fields: [whta]}", "step_field"),
        ("- {id: x, collect: quote}", "not_one_of"),
        ("- {id: x, collect: critique}", "step_critique"),
        ("- {id: x, collect: quotes, over: pages}", "not_one_of"),
        ("- {id: x, fields: all, over: sections, stop: {decision: skip}}", "step_over"),
        ("- {id: x, fields: [what], stop: {decision: skip}}", "step_stop"),
        ("- {id: x, fields: all, stop: {what: skip}}", "step_stop"),
        ("- {id: x, fields: all, stop: {decision: maybe}}", "step_stop"),
        ("- {id: x, collect: text, stop: {decision: skip}}", "step_stop"),
        ("- {id: X, collect: quotes}", "bad_name"),
        ("- {collect: quotes}", "missing_key"),
        ("- {id: x, collect: quotes, of: all}", "unknown_key"),
        ("- {id: x, schema: {type: object, if: {}}}", "schema_refused"),
        ("- quotes", "wrong_kind"),
    ],
)
def test_what_is_wrong_with_a_step_is_said_at_its_line(step: str, code: str) -> None:
    found = lint(source(f"steps:\n  {step}\n", ""), "reader")

    first = FRONT.count("\n") + 2
    assert code in [one["code"] for one in found]
    if code != "step_message":
        assert {one["line"] for one in found if one["code"] == code} == {first}


def test_words_of_steps_name_the_way_out() -> None:
    found = lint(source("steps:\n  - {id: x, fields: [decison]}\n", ""), "reader")

    (one,) = [each for each in found if each["code"] == "step_field"]
    assert "Did you mean 'decision'?" in one["fix"]["en"]
    assert "what, decision" in one["fix"]["ja"]


def test_two_steps_of_one_name_are_refused() -> None:
    steps = "steps:\n  - {id: x, collect: quotes}\n  - {id: x, collect: text}\n"

    assert "step_twice" in [one["code"] for one in lint(source(steps, ""), "reader")]


def test_a_message_without_its_step_is_refused_at_its_line() -> None:
    text = source("steps:\n  - {id: quotes, collect: quotes}\n", "\nstep.qoutes:\nHere.\n")
    (one,) = [each for each in lint(text, "reader") if each["code"] == "step_section"]

    assert text.split("\n")[one["line"] - 1] == "step.qoutes:"
    assert "Did you mean 'quotes'?" in one["fix"]["en"]


def test_a_template_of_a_step_is_held_to_the_same_subset() -> None:
    text = source(messages=MESSAGES + "\nstep.quotes:\n{{ steps.notes }}\n")
    (one,) = lint(text, "reader")

    assert one["code"] == "template_variable"
    assert text.split("\n")[one["line"] - 1] == "{{ steps.notes }}"


def test_no_more_calls_are_planned_than_a_run_may_make() -> None:
    by_section = "".join(f"  - {{id: s{n}, collect: quotes, over: sections}}\n" for n in range(4))
    found = lint(source(f"steps:\n{by_section}", ""), "reader")

    (one,) = [each for each in found if each["code"] == "step_calls"]
    assert str(MAX_CALLS) in one["message"]["en"]


def test_a_form_leaves_steps_and_their_messages_alone() -> None:
    texts = PersonaTextFiles()
    text = source()
    form = texts.form(text)

    after = texts.apply(replace(form, name=Words(ja="別の読み手", en="Another")), text)

    assert texts.apply(form, text) == text
    assert STEPS in after
    assert after.endswith(MESSAGES)
    assert "Another" in after


def test_templates_of_steps_are_filled_when_they_are_linted() -> None:
    text = source(messages="\nstep.draft:\n{{ paper.authors[0].name }}\n\nstep.notes:\nTerms.\n")

    linted = LintPersona(PersonaTextFiles(), JinjaTemplates())(text, id_="reader", language="en")

    assert linted.persona is None
    assert linted.problems


def test_three_passes_ship_and_may_end_after_the_first() -> None:
    read = FolderPersonas(builtin_personas()).get("keshav-steps")
    assert read
    questions = [field.id for field in read.fields]

    assert [leg.step.id for leg in legs_of(read.steps, questions)] == ["first", "second", "third"]
    assert [leg.step.id for leg in legs_of(read.steps, questions, passes=1)] == ["first"]
    assert read.steps[0].stop == {"decision": ("skip",)}
    for language in ("ja", "en"):
        assert all(read.parts_of_step(step.id, language) for step in read.steps)


def test_steps_are_part_of_the_digest() -> None:
    parse = PersonaFileParser().parse

    assert parse(source(), id="reader").digest != parse(source("", ""), id="reader").digest
