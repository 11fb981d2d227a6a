"""A persona's form and its text, kept in step: what the form leaves alone keeps every byte."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from server.adapters.persona_files import builtin_personas
from server.adapters.persona_form import PersonaTextFiles
from server.adapters.persona_lint import lint, read_persona
from server.adapters.persona_scaffold import scaffold
from server.domain.errors import PersonaInvalidError
from server.domain.fields import Aspect, CheckRule, Choice, Field, FieldType, Length, ScalarType
from server.domain.persona_forms import FormField, PersonaForm
from server.domain.personas import Persona
from server.domain.words import Words

TEXTS = PersonaTextFiles()
BUILTINS = {
    name: (builtin_personas() / name / "persona.md").read_text(encoding="utf-8")
    for name in ("claims", "interpreter", "keshav", "summarizer")
}
SOURCES = {**BUILTINS, "scaffold": scaffold("mine")}
FLOW = """\
---
{format: 1, version: "1.0", name: {ja: 読み手, en: Reader}, fields: [{id: what, aspects: method, label: {ja: 何, en: What}}]}
---
user:
{% for field in fields %}{{ field.label }}{% endfor %}
"""
ODD = """\
---
# first of all
format: 1
version: "1.0.0"   # raise me
name: One name
"attribution": >
  folded over
  two lines
license: CC0-1.0
# the questions
fields:
# flush left, as some write it
-   id: first   # stays
    aspects:
      - method
    label: {ja: 一, en: One}
    # about the instruction
    instruction:
      # in English only
      en: |
        Literal,
        # no comment
        in lines.

- {id: second, aspects: [results], label: {ja: 二, en: Two}}
-
    id: third
    aspects: [other]
    label:
      ja: 三
      en: 'It''s "three"'
# the end
---
system:
  Keep   my spaces.  

user:
{% for field in fields %}{{ field.label }}
{% endfor %}
"""  # noqa: W291


def persona_of(source: str) -> Persona:
    read = read_persona(source, id="mine")
    assert read.persona is not None, read.problems
    return read.persona


def meaning(source: str) -> Persona:
    return replace(persona_of(source), source="", parts=())


def form_of(source: str) -> PersonaForm:
    return TEXTS.form(source)


def with_field(form: PersonaForm, index: int, **changes: object) -> PersonaForm:
    fields = list(form.fields)
    fields[index] = replace(fields[index], field=replace(fields[index].field, **changes))  # type: ignore[arg-type]
    return replace(form, fields=tuple(fields))


def changed_lines(before: str, after: str) -> tuple[list[str], list[str]]:
    old, new = before.split("\n"), after.split("\n")
    return [line for line in old if line not in new], [line for line in new if line not in old]


@pytest.mark.parametrize("name", [*SOURCES, "flow", "odd"])
def test_a_form_that_changes_nothing_gives_the_very_same_text(name: str) -> None:
    source = {**SOURCES, "flow": FLOW, "odd": ODD}[name]

    assert TEXTS.apply(form_of(source), source) == source


@pytest.mark.parametrize("name", BUILTINS)
def test_one_changed_word_changes_one_line(name: str) -> None:
    source = BUILTINS[name]
    form = form_of(source)
    label = form.fields[1].field.label

    after = TEXTS.apply(with_field(form, 1, label=Words(ja=label.ja, en="Another question?")), source)

    assert changed_lines(source, after) == ([f"      en: {label.en}"], ["      en: Another question?"])


def test_comments_stay_beside_what_is_changed() -> None:
    source = scaffold("mine")
    form = with_field(form_of(source), 1, length=Length(ja=(50, 60), en=(0, 20)))

    after = TEXTS.apply(replace(form, name=Words(ja="私の読み手", en="ID")), source)

    assert "ja: [50, 60]            # characters: at least, at most" in after
    assert "en: 20                    # words, at most" in after
    assert 'version: "0.1.0"                # in quotes' in after
    assert [line for line in source.split("\n") if "#" in line and line not in after.split("\n")] == [
        "      ja: [100, 200]            # characters: at least, at most / 字数の下限と上限",
        "      en: 80                    # words, at most / 語数の上限",
    ]


def test_a_moved_question_takes_the_comment_above_it_along() -> None:
    source = scaffold("mine")
    form = form_of(source)

    after = TEXTS.apply(replace(form, fields=form.fields[::-1]), source)

    assert [field.id for field in persona_of(after).fields] == ["limits", "what", "header"]
    lines = after.split("\n")
    assert lines[lines.index("  - id: header") - 1].startswith("  # The title the model states")
    assert sorted(lines) == sorted(source.split("\n"))


def test_a_removed_question_goes_with_its_comment_and_nothing_else() -> None:
    source = scaffold("mine")
    form = form_of(source)

    after = TEXTS.apply(replace(form, fields=form.fields[:1] + form.fields[2:]), source)

    gone, new = changed_lines(source, after)
    assert new == []
    assert "  - id: what" in gone
    assert (
        "  # A text is answered sentence by sentence, each with a quote from the paper. 一文ごとに引用が付きます。"
        in gone
    )
    assert (
        "  # Other types: list (items, max_items), number, boolean, choice (choices), object (properties)."
        not in gone
    )


def test_a_renamed_question_keeps_what_the_form_does_not_show() -> None:
    after = TEXTS.apply(with_field(form_of(ODD), 0, id="renamed"), ODD)

    assert after == ODD.replace("id: first   # stays", "id: renamed   # stays")


def test_a_new_question_is_written_where_it_stands() -> None:
    source = BUILTINS["summarizer"]
    form = form_of(source)
    new = Field(
        id="cost",
        aspects=(Aspect.EVALUATION,),
        label=Words(ja="費用：いくら？", en="Cost: how much?"),
        instruction=Words(ja="金額。", en="# The amount, or 'no'"),
        type=FieldType.CHOICE,
        choices=(Choice("low", Words("低い", "no")), Choice("high", Words("高い", "1.0"))),
        check=CheckRule.NONE,
    )

    after = TEXTS.apply(
        replace(form, fields=(*form.fields[:2], FormField(new, None), *form.fields[2:])), source
    )

    assert persona_of(after).fields[2] == new
    assert [field.id for field in persona_of(after).fields][:4] == ["header", "what", "cost", "novelty"]
    assert changed_lines(source, after)[0] == []


def test_what_does_not_suit_the_new_type_goes() -> None:
    source = BUILTINS["claims"]
    form = form_of(source)
    index = next(n for n, one in enumerate(form.fields) if one.field.type is FieldType.LIST)

    after = TEXTS.apply(with_field(form, index, type=FieldType.TEXT), source)

    changed = persona_of(after).fields[index]
    assert (changed.type, changed.max_items, changed.items, changed.unchecked) == (
        FieldType.TEXT,
        None,
        ScalarType.TEXT,
        (),
    )
    assert changed.instruction == form.fields[index].field.instruction


def test_a_raw_schema_stays_as_it_is() -> None:
    source = FLOW.replace("aspects: method", "aspects: method, schema: {type: integer, minimum: 3}")

    after = TEXTS.apply(with_field(form_of(source), 0, label=Words(ja="幾つ", en="How many")), source)

    assert persona_of(after).fields[0].schema == {"type": "integer", "minimum": 3}
    assert persona_of(after).fields[0].label.en == "How many"


@pytest.mark.parametrize("name", ["flow", "odd"])
def test_any_layout_takes_any_change(name: str) -> None:
    source = {"flow": FLOW, "odd": ODD}[name]
    form = form_of(source)
    wanted = replace(
        form,
        name=Words(ja="名前", en="Name: with a colon"),
        description=Words(ja="説明", en="yes"),
        language="ja",
        fields=tuple(
            replace(
                one, field=replace(one.field, label=Words("改めた", "Changed"), aspects=(Aspect.NOVELTY,))
            )
            for one in reversed(form.fields)
        ),
    )

    after = TEXTS.apply(wanted, source)

    assert form_of(after) == wanted
    assert after.partition("\n---\n")[2] == source.partition("\n---\n")[2]


def test_a_text_with_errors_fills_no_form() -> None:
    with pytest.raises(PersonaInvalidError):
        TEXTS.form(ODD.replace("format: 1", "format: 2"))


def test_windows_line_ends_make_no_difference() -> None:
    after = TEXTS.apply(with_field(form_of(ODD), 0, id="renamed"), ODD.replace("\n", "\r\n"))

    assert after == ODD.replace("id: first ", "id: renamed ")


def test_single_entries_are_set_and_put_where_they_belong() -> None:
    after = TEXTS.change(
        ODD, version="1.0.1", attribution="Based on: another", description=Words(ja="説明", en="What for")
    )

    persona = persona_of(after)
    assert (persona.version, persona.attribution) == ("1.0.1", "Based on: another")
    assert persona.description == Words(ja="説明", en="What for")
    assert 'version: "1.0.1"   # raise me' in after
    assert after.index("name:") < after.index("description:") < after.index("attribution")


def test_a_written_persona_lints_clean_and_says_what_the_form_says() -> None:
    form = replace(form_of(BUILTINS["claims"]), language="ja")

    text = TEXTS.write(form, attribution="Drafted: 2026-01-01")

    assert lint(text, "mine") == []
    assert form_of(text) == form


# Properties

words = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff")
    | st.sampled_from(":#'\"{}[]-?|>&*!%@`,\n "),
    max_size=30,
).map(str.strip)
labels = st.builds(Words, ja=words.filter(bool), en=words.filter(bool))
names = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True)
parts = st.dictionaries(names, st.sampled_from(ScalarType), min_size=1, max_size=3)
spans = st.none() | st.tuples(st.integers(0, 50), st.integers(50, 900))


@st.composite
def fields(draw: st.DrawFn) -> Field:
    kind = draw(st.sampled_from(FieldType))
    is_list, is_object = kind is FieldType.LIST, kind is FieldType.OBJECT
    ids = draw(st.lists(names, min_size=2, max_size=4, unique=True))
    return Field(
        id=draw(names),
        aspects=tuple(draw(st.lists(st.sampled_from(Aspect), min_size=1, max_size=3, unique=True))),
        label=draw(labels),
        instruction=draw(labels),
        type=kind,
        length=Length(draw(spans), draw(spans)),
        max_items=draw(st.none() | st.integers(1, 50)) if is_list else None,
        items=draw(parts | st.sampled_from(ScalarType)) if is_list else ScalarType.TEXT,
        properties=draw(parts) if is_object else {},
        choices=tuple(Choice(id_, draw(labels)) for id_ in ids) if kind is FieldType.CHOICE else (),
        check=draw(st.sampled_from([CheckRule.QUOTE, CheckRule.NONE])),
    )


@st.composite
def edits(draw: st.DrawFn) -> tuple[str, PersonaForm]:
    """A text and a form made of it: questions moved, dropped, changed and added."""
    source = draw(st.sampled_from([*SOURCES.values(), FLOW, ODD]))
    form = form_of(source)
    kept = [one for one in draw(st.permutations(form.fields)) if draw(st.booleans())]
    changed = [
        replace(one, field=replace(draw(fields()), id=one.field.id)) if draw(st.booleans()) else one
        for one in kept
    ]
    added = draw(st.lists(fields().map(lambda field: FormField(field, None)), max_size=2))
    unique = {one.field.id: one for one in [*changed, *added]} or {form.fields[0].field.id: form.fields[0]}
    return source, PersonaForm(
        name=draw(st.just(form.name) | labels),
        description=draw(st.just(form.description) | st.none() | labels),
        language=draw(st.sampled_from([None, "ja", "en"])),
        fields=tuple(unique.values()),
    )


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(edits())
def test_the_text_says_what_the_form_says_whatever_was_changed(edit: tuple[str, PersonaForm]) -> None:
    source, form = edit

    after = TEXTS.apply(form, source)

    assert form_of(after) == replace(
        form, fields=tuple(FormField(one.field, one.field.id) for one in form.fields)
    )
    assert after.partition("\n---\n")[2] == source.partition("\n---\n")[2]
    assert persona_of(after).parts == tuple(
        replace(part, line=part.line + after.count("\n") - source.count("\n"))
        for part in persona_of(source).parts
    )
    assert TEXTS.apply(form_of(after), after) == after
