"""Personas written for other programs, and read back."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest
from server.adapters.persona_files import FolderPersonas, PersonaFileParser, builtin_personas
from server.adapters.persona_formats import ForeignPersonas
from server.adapters.persona_lint import lint, read_persona
from server.adapters.persona_sections import normalise
from server.application.persona_formats import Foreign, Format, Written
from server.domain.fields import CheckRule, FieldType
from server.domain.personas import Persona
from server.domain.schema import answer_schema

FORMATS = ForeignPersonas()
BUILTIN = {one.id: one for one in FolderPersonas(builtin_personas()).list()}
SUMMARIZER = BUILTIN["summarizer"]
CARRIERS = (Format.PROMPTY, Format.SKILL)
PATTERN = """\
# IDENTITY and PURPOSE

You weigh {{things}} in papers.

# OUTPUT SECTIONS

- Sum the paper up in a section called SUMMARY.

- Tell how in a section called METHOD.

# INPUT

INPUT:

"""


def write(persona: Persona, to: Format, language: str = "en") -> Written:
    return FORMATS.write(persona, to=to, language=language)


def read(written: Written, text: str | None = None) -> Foreign:
    data = (written.text if text is None else text).encode()
    return FORMATS.read({written.file: data}, name=written.folder, format=None)


def persona_of(found: Foreign) -> Persona:
    assert lint(found.source, "again") == []
    persona = read_persona(found.source, id="again").persona
    assert persona is not None
    return persona


def pattern(text: str = PATTERN) -> Persona:
    return persona_of(FORMATS.read({"system.md": text.encode()}, name="weigh_things", format=None))


@pytest.mark.parametrize("to", [Format.PROMPTY, Format.SKILL, Format.FABRIC])
@pytest.mark.parametrize("id_", sorted(BUILTIN))
def test_every_built_in_persona_is_written_and_read_back_soundly(id_: str, to: Format) -> None:
    for language in ("ja", "en"):
        written = write(BUILTIN[id_], to, language)
        found = read(written)

        assert found.format is to
        labels = [field.label.in_(language) for field in BUILTIN[id_].fields]
        if to is Format.FABRIC:
            assert [field.label.en for field in persona_of(found).fields] == labels
        else:
            assert found.source == normalise(BUILTIN[id_].source)
            assert [one.code for one in found.notes] == ["restored"]


@pytest.mark.parametrize("to", CARRIERS)
def test_odd_texts_are_restored_byte_for_byte(to: Format) -> None:
    odd = [
        SUMMARIZER.source.replace("user:\n", "user:\n---\n\tTab, {{ language }}\n", 1),
        SUMMARIZER.source.replace("format: 1", "# ------ first\nformat: 1"),
        SUMMARIZER.source + "\n\n",
        SUMMARIZER.source.rstrip("\n"),
        SUMMARIZER.source.replace("---\n", "---  \n", 1),
        SUMMARIZER.source.replace("Unofficial.", "Un---official \\u2028.", 1),
    ]
    for source in odd:
        persona = PersonaFileParser().parse(source, id="odd")
        written = write(persona, to)

        assert read(written).source == source
        assert written.text.split("---", 2)[2].startswith(("\nsystem:", "\n# "))


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("to", CARRIERS)
def test_after_an_edit_the_edit_counts_and_the_rest_is_known_again(to: Format, language: str) -> None:
    written = write(SUMMARIZER, to, language)
    novelty = SUMMARIZER.by_id["novelty"]
    told = novelty.instruction.in_(language)
    if to is Format.PROMPTY:  # the outputs stand before what is carried, the messages behind it
        before, mark, behind = written.text.partition("metadata:")
        edited = before.replace(json.dumps(told, ensure_ascii=False)[1:-1], "SHORTER.") + mark + behind
    else:
        before, mark, behind = written.text.partition("# Output sections")
        edited = before + mark + behind.replace(told, "SHORTER.", 1)
    assert edited != written.text

    found = read(written, edited)
    persona = persona_of(found)

    assert [one.code for one in found.notes][-1] == "changed_since"
    assert [field.id for field in persona.fields] == [field.id for field in SUMMARIZER.fields]
    assert persona.by_id["novelty"].instruction.en.startswith("SHORTER.")
    assert persona.by_id["novelty"].aspects == novelty.aspects
    assert (persona.name, persona.description) == (SUMMARIZER.name, SUMMARIZER.description)
    assert (persona.attribution, persona.license) == (SUMMARIZER.attribution, SUMMARIZER.license)
    for field in SUMMARIZER.fields:
        if field.id != "novelty":
            assert persona.by_id[field.id] == field


def test_another_type_in_the_outputs_counts() -> None:
    written = write(SUMMARIZER, Format.PROMPTY)

    persona = persona_of(
        read(
            written,
            written.text.replace("name: novelty\n    kind: string", "name: novelty\n    kind: boolean"),
        )
    )

    assert persona.by_id["novelty"].type is FieldType.BOOLEAN


@pytest.mark.parametrize("id_", sorted(BUILTIN))
def test_without_what_is_carried_prompty_itself_keeps_ids_labels_instructions_and_types(id_: str) -> None:
    written = write(BUILTIN[id_], Format.PROMPTY)
    bare = re.sub(r"  yomikurabe-seal:.*?\n---\n", "---\n", written.text, flags=re.DOTALL)
    assert "yomikurabe" not in bare

    fields = persona_of(read(written, bare)).fields

    told = [field for field in BUILTIN[id_].fields if field.schema is None]
    again = {field.id: field for field in fields}
    assert [field.id for field in fields] == [field.id for field in BUILTIN[id_].fields]
    for field in told:
        assert again[field.id].type is field.type
        assert [one.id for one in again[field.id].choices] == [one.id for one in field.choices]
        assert again[field.id].properties == field.properties
        assert again[field.id].items == field.items
        if field.check is not CheckRule.IDENTITY:
            assert again[field.id].label.en == field.label.en
            assert again[field.id].instruction.en == " ".join(field.instruction.en.split())


def test_a_prompty_file_has_a_place_for_the_paper_and_questions_as_a_person_reads_them() -> None:
    written = write(SUMMARIZER, Format.PROMPTY, "ja")

    body = written.text.split("\n---\n", 1)[1]
    assert written.file == "summarizer.prompty"
    assert body.startswith("system:\nあなたは")
    assert "<paper>\n{{paper}}\n</paper>" in body
    assert "先行研究と比べてどこがすごい？" in body
    assert "{%" not in body


def test_a_skill_follows_the_rules_of_its_format() -> None:
    for persona in (SUMMARIZER, replace(SUMMARIZER, id="a--b-")):
        written = write(persona, Format.SKILL)
        front = written.text.split("---", 2)[1]
        name = re.search(r"^name: (.*)$", front, re.MULTILINE)
        description = re.search(r"^description: (.*)$", front, re.MULTILINE)

        assert name
        assert re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)*", name[1])
        assert written.folder == name[1]
        assert written.file == "SKILL.md"
        assert description
        assert 0 < len(description[1]) <= 1024
    assert "PDF" in written.text


def test_a_skill_shows_the_schema_of_the_answer() -> None:
    written = write(SUMMARIZER, Format.SKILL)

    shown = re.search(r"```json\n(.*?)\n```", written.text, re.DOTALL)
    assert shown
    assert json.loads(shown[1]) == answer_schema(SUMMARIZER, "en")


def test_a_pattern_comes_back_as_it_went_in() -> None:
    written = write(pattern(), Format.FABRIC)

    assert (written.folder, written.file, written.text) == ("again", "system.md", PATTERN)
    for text in ("No place for input.", "Two\n\n\n# INPUT:\n\n\n", PATTERN.replace("# INPUT\n\n", "")):
        assert write(pattern(text), Format.FABRIC).text == text


def test_a_pattern_whose_questions_were_changed_says_so_in_its_text() -> None:
    persona = pattern()
    changed = replace(persona, fields=(*persona.fields, SUMMARIZER.by_id["discussion"]))

    text = write(changed, Format.FABRIC).text

    assert text.startswith(PATTERN[: PATTERN.index("# INPUT")])
    assert text.index("## What is open to debate?") < text.index("# INPUT\n\nINPUT:\n")


def test_what_a_format_cannot_carry_is_named() -> None:
    codes = {to: [one.code for one in write(SUMMARIZER, to).notes] for to in (*CARRIERS, Format.FABRIC)}

    for to in CARRIERS:
        assert codes[to] == ["checks_not_carried", "files_not_carried"]
    assert codes[Format.FABRIC] == ["checks_not_carried", "one_language_written", "files_not_carried"]


def test_what_looks_like_a_template_in_a_variable_stays_text_in_prompty() -> None:
    source = SUMMARIZER.source.replace(
        "context: auto", 'vars:\n  who: "{{ paper }} {% for %}"\ncontext: auto'
    ).replace("system:\n", "system:\n{{ vars.who }}\n", 1)
    persona = PersonaFileParser().parse(source, id="odd")

    body = write(persona, Format.PROMPTY).text.split("\n---\n", 1)[1]

    assert "{{ '{' }}{ paper }} {{ '{' }}% for %}" in body
