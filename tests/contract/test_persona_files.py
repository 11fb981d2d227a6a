"""Personas from files: the built-in ones, folders, and what is said about a file that is wrong."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from server.adapters.persona_files import FolderPersonas, PersonaFileParser, builtin_personas
from server.adapters.persona_lint import lint
from server.adapters.persona_scaffold import scaffold
from server.adapters.templates import JinjaTemplates
from server.domain.answer_words import skeleton
from server.domain.errors import PersonaInvalidError
from server.domain.fields import Aspect, CheckRule, Choice, FieldType, Length, ScalarType
from server.domain.personas import Origin, Role
from server.domain.prompts import compose
from server.domain.schema import answer_schema, validate, wire_schema
from server.domain.wire import read_wire
from server.domain.words import Words
from tests.builders import an_extraction, an_identity

GOOD = """\
---
format: 1
version: "1.0.0"
name:
  ja: 読み手
  en: Reader
attribution: "Nobody"
license: CC0-1.0
vars:
  audience: students
fields:
  - id: what
    aspects: [overview, method]
    label:
      ja: どんなもの？
      en: "What: is it?"
    instruction:
      ja: 一文で書く。
      en: Say it.
    length:
      ja: [150, 250]
      en: 80
  - id: size
    aspects: results
    label: {ja: 規模, en: Size}
    instruction: {ja: 数で, en: A number}
    type: choice
    choices:
      small: {ja: 小, en: Small}
      large: {ja: 大, en: Large}
---
system:
Be {{ vars.audience }}.

user.ja:
{% for f in fields %}{{ f.label }}{% endfor %}

user:
{% for f in fields %}{{ f.label }}{% endfor %}
"""


def codes(source: str, id: str = "reader") -> list[tuple[int, str]]:  # noqa: A002
    return [(one["line"], one["code"]) for one in lint(source, id)]


def with_line(old: str, new: str) -> str:
    assert GOOD.count(old) >= 1
    return GOOD.replace(old, new, 1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "reader").mkdir()
    (tmp_path / "reader" / "persona.md").write_text(GOOD)
    return tmp_path


# The built-in personas

HEADINGS = {
    "summarizer": [
        ("header", "identity", "題名・著者・発行年", "Title, authors, year", None),
        ("what", "overview background", "どんなもの？", "What is it?", ((150, 250), (60, 100))),
        (
            "novelty",
            "novelty",
            "先行研究と比べてどこがすごい？",
            "What is better than prior work?",
            ((120, 200), (50, 80)),
        ),
        (
            "key_idea",
            "method",
            "技術や手法のキモはどこ？",
            "What is the key idea of the method?",
            ((150, 250), (60, 100)),
        ),
        (
            "validation",
            "evaluation results",
            "どうやって有効だと検証した？",
            "How was it validated?",
            ((150, 250), (60, 100)),
        ),
        (
            "discussion",
            "discussion limitations",
            "議論はある？",
            "What is open to debate?",
            ((100, 200), (40, 80)),
        ),
        ("next_papers", "references", "次に読むべき論文は？", "What to read next?", ((40, 80), (20, 30))),
    ],
    "interpreter": [
        ("title", "identity", "タイトル（原題・訳）", "Title", None),
        ("venue_year", "identity", "掲載誌・会議と発表年", "Venue and year", None),
        ("authors", "identity", "第一著者と最終著者", "First and last author", None),
        ("affiliation", "identity", "第一著者の所属", "First author's affiliation", None),
        ("abstract", "overview", "概要", "Abstract in brief", ((150, 250), (60, 100))),
        ("background", "background problem", "背景", "Background", ((120, 200), (50, 80))),
        ("methods", "method evaluation", "方法", "Methods", ((150, 300), (60, 120))),
        ("results", "results", "結果", "Results", ((150, 300), (60, 120))),
        ("discussion", "discussion", "考察", "Discussion", ((120, 250), (50, 100))),
        ("novelty", "novelty", "従来研究との違い", "Novelty", ((100, 200), (40, 80))),
        ("limitations", "limitations", "限界", "Limitations", ((80, 200), (30, 80))),
        ("applications", "applications", "応用の可能性", "Possible applications", ((60, 150), (25, 60))),
    ],
}
BUILTIN = tuple(sorted(path.parent.name for path in builtin_personas().glob("*/persona.md")))


@pytest.mark.parametrize("id_", HEADINGS)
def test_the_first_two_readers_ask_the_questions_they_are_known_for(id_: str) -> None:
    persona = FolderPersonas(builtin_personas()).get(id_)

    assert persona
    assert [
        (
            f.id,
            " ".join(f.aspects),
            f.label.ja,
            f.label.en,
            (f.length.ja, f.length.en) if f.length.ja else None,
        )
        for f in persona.fields
    ] == HEADINGS[id_]


@pytest.mark.parametrize("id_", BUILTIN)
def test_a_builtin_persona_lints_clean(id_: str) -> None:
    assert lint((builtin_personas() / id_ / "persona.md").read_text(), id_) == []


@pytest.mark.parametrize("id_", BUILTIN)
@pytest.mark.parametrize("language", ["ja", "en", "de"])
def test_a_builtin_persona_makes_a_prompt_a_wire_shape_and_an_answer(id_: str, language: str) -> None:
    persona = FolderPersonas(builtin_personas()).get(id_)
    assert persona
    sent = compose(
        persona,
        an_extraction(),
        language,
        render=JinjaTemplates().render,
        secret=b"x",
        identity=an_identity(),
    )
    wire = skeleton(persona)

    assert all(f.instruction.in_(language) in sent.persona for f in persona.fields)
    assert an_identity().title.value not in sent.persona  # type: ignore[union-attr]
    assert validate(wire_schema(persona, language), wire) == []
    assert validate(answer_schema(persona, language), read_wire(persona, wire).answer) == []


def test_the_builtin_personas_are_free_and_but_for_the_japanese_glossary_answer_who_asks_in_their_language() -> (
    None
):
    personas = FolderPersonas(builtin_personas()).list()

    assert tuple(one.id for one in personas) == BUILTIN
    assert {(one.origin, one.license) for one in personas} == {(Origin.BUILTIN, "CC0-1.0")}
    assert {one.id: one.language for one in personas if one.language} == {"glossary-ja": "ja"}
    assert all(one.description and one.attribution for one in personas)


# Reading a file


def test_a_file_is_read_as_it_is_written() -> None:
    persona = PersonaFileParser().parse(GOOD, id="reader")

    assert (persona.ref, persona.name, persona.vars) == (
        "reader@1.0.0",
        Words("読み手", "Reader"),
        {"audience": "students"},
    )
    what, size = persona.fields
    assert what.aspects == (Aspect.OVERVIEW, Aspect.METHOD)
    assert what.label == Words("どんなもの？", "What: is it?")
    assert what.length == Length(ja=(150, 250), en=(0, 80))
    assert (size.type, size.choices) == (
        FieldType.CHOICE,
        (Choice("small", Words("小", "Small")), Choice("large", Words("大", "Large"))),
    )
    assert [(part.role, part.language, GOOD.split("\n")[part.line - 1]) for part in persona.parts] == [
        (Role.SYSTEM, None, "Be {{ vars.audience }}."),
        (Role.USER, "ja", "{% for f in fields %}{{ f.label }}{% endfor %}"),
        (Role.USER, None, "{% for f in fields %}{{ f.label }}{% endfor %}"),
    ]
    assert [part.language for part in persona.parts_for("ja")] == [None, "ja"]


def test_lists_objects_and_own_schemas_are_read() -> None:
    fields = """\
fields:
  - id: readings
    aspects: [references]
    label: {ja: 次, en: Next}
    instruction: {ja: 次, en: Next}
    type: list
    max_items: 3
    items:
      title: text
      year: number
    unchecked: [year]
    check: bibliography
  - id: table
    aspects: [results]
    label: {ja: 表, en: Table}
    instruction: {ja: 表, en: Table}
    schema:
      type: object
      properties:
        score: {type: number, minimum: 0.5}
        "no": {type: boolean, const: true}
      required: [score]
"""
    head, _, tail = GOOD.partition("fields:\n")
    persona = PersonaFileParser().parse(head + fields + "---" + tail.partition("---")[2], id="reader")

    readings, table = persona.fields
    assert (readings.items, readings.max_items, readings.check, readings.unchecked) == (
        {"title": ScalarType.TEXT, "year": ScalarType.NUMBER},
        3,
        CheckRule.BIBLIOGRAPHY,
        ("year",),
    )
    assert table.schema == {
        "type": "object",
        "properties": {"score": {"type": "number", "minimum": 0.5}, "no": {"type": "boolean", "const": True}},
        "required": ["score"],
    }


def test_line_endings_and_a_byte_order_mark_change_nothing() -> None:
    parse = PersonaFileParser().parse

    assert parse("\ufeff" + GOOD.replace("\n", "\r\n"), id="reader") == parse(GOOD, id="reader")


def test_the_digest_covers_every_file_and_where_one_ends() -> None:
    parse = PersonaFileParser().parse
    digests = [
        parse(source, id=id_, files=files).digest
        for source, id_, files in [
            (GOOD, "reader", {}),
            (GOOD, "other", None),
            (GOOD + "\n", "reader", {}),
            (GOOD, "reader", {"examples/a.yaml": b"x"}),
            (GOOD, "reader", {"examples/a.yam": b"lx"}),
            (GOOD, "reader", {"display.md.j2": b"x"}),
        ]
    ]

    assert digests[0] == digests[1]
    assert len(set(digests[1:])) == 5


def test_the_display_is_kept() -> None:
    assert (
        PersonaFileParser().parse(GOOD, id="reader", files={"display.md.j2": "表".encode()}).display == "表"
    )


# What is said about a file that is wrong


def test_a_good_file_has_no_problem() -> None:
    assert codes(GOOD) == []


TRAPS = {
    "unquoted colon": ('      en: "What: is it?"', "      en: What: is it?", (16, "yaml_colon")),
    "1.10 unquoted": ('version: "1.0.0"', "version: 1.10", (3, "yaml_number")),
    "a truth value": ("  en: Reader", "  en: no", (6, "yaml_boolean")),
    "an empty value": ("  en: Reader", "  en:", (6, "yaml_boolean")),
    "a date": ('attribution: "Nobody"', "attribution: 2024-04-09", (7, "yaml_date")),
    "a number as text": ("  audience: students", "  audience: 12", (10, "yaml_number")),
    "a tab": ("    aspects: [overview, method]", "\taspects: [overview, method]", (13, "yaml_tab")),
    "a duplicate key": ("license: CC0-1.0", "license: CC0-1.0\nlicense: MIT", (9, "duplicate_key")),
    "an anchor": ("  en: Reader", "  en: &a Reader", (6, "yaml_anchor")),
    "an alias": ("  en: Reader", "  en: *a", (6, "yaml_anchor")),
    "a merge": ("vars:", "<<: {a: b}\nvars:", (9, "yaml_anchor")),
    "a tag": ("  en: Reader", "  en: !!python/object:os.system Reader", (6, "yaml_tag")),
    "an open quote": ('attribution: "Nobody"', 'attribution: "Nobody', (7, "yaml_quote")),
    "an open bracket": (
        "    aspects: [overview, method]",
        "    aspects: [overview, method",
        (13, "yaml_bracket"),
    ),
    "a special sign": ("  en: Reader", "  en: @reader", (6, "yaml_start")),
    "indentation": ("  en: Reader", "   en: Reader", (6, "yaml_indent")),
    "a second document": ("format: 1", "%YAML 1.1", (2, "yaml_documents")),
    "NUL": ("  en: Reader", "  en: Rea\0der", (6, "not_text")),
    "a lone surrogate": ("  en: Reader", "  en: Rea\udc80der", (6, "not_text")),
    "a huge value": ("  en: Reader", "  en: " + "x" * 5000, (6, "too_large")),
    "no format": ("format: 1\n", "", (2, "missing_key")),
    "another format": ("format: 1", "format: 2", (2, "bad_format")),
    "no version": ('version: "1.0.0"\n', "", (2, "missing_key")),
    "a version to break addresses": ('version: "1.0.0"', 'version: "1@2:x"', (3, "bad_version")),
    "a typo in a key": ("license: CC0-1.0", "licence: CC0-1.0", (8, "unknown_key")),
    "a typo in a field": ("    instruction:\n", "    instrction:\n", (17, "unknown_key")),
    "a typo in an aspect": ("[overview, method]", "[overview, methd]", (13, "not_one_of")),
    "an unknown type": ("    type: choice", "    type: choise", (27, "not_one_of")),
    "a bad field id": ("  - id: what", "  - id: What", (12, "bad_name")),
    "an id given twice": ("  - id: size", "  - id: what", (23, "duplicate_id")),
    "no label": ("    label: {ja: 規模, en: Size}\n", "", (23, "missing_key")),
    "no aspect": ("    aspects: results\n", "", (23, "missing_key")),
    "a length that is none": ("      en: 80", "      en: eighty", (22, "bad_length")),
    "a length upside down": ("[150, 250]", "[250, 150]", (21, "bad_length")),
    "items of a text": ("    length:\n", "    items: text\n    length:\n", (20, "key_needs_type")),
    "one choice": ("      large: {ja: 大, en: Large}\n", "", (29, "wrong_kind")),
    "identity of something else": (
        "    aspects: results\n",
        "    aspects: results\n    check: identity\n",
        (23, "identity_parts"),
    ),
    "a name of a person as language": ("vars:", "language: japanese\nvars:", (9, "not_one_of")),
    "a context that there is not": ("vars:", "context: everything\nvars:", (9, "not_one_of")),
    "a schema over the network": (
        "    type: choice\n    choices:\n      small: {ja: 小, en: Small}\n      large: {ja: 大, en: Large}\n",
        '    schema: {type: array, items: {$ref: "http://127.0.0.1/"}}\n',
        (27, "schema_refused"),
    ),
    "a template that escapes": (
        "Be {{ vars.audience }}.",
        "Be {{ ''.__class__ }}.",
        (33, "template_not_allowed"),
    ),
    "an unknown variable": ("Be {{ vars.audience }}.", "Be\n{{ vars.audence }}.", (34, "template_variable")),
    "the paper's text": ("Be {{ vars.audience }}.", "Be {{ paper.text }}.", (33, "template_paper_text")),
    "an unclosed tag": ("Be {{ vars.audience }}.", "Be {{ vars.audience.", (33, "template_syntax")),
    "text before the sections": ("system:\n", "Hello.\nsystem:\n", (32, "text_before_section")),
    "an unknown section": ("system:\n", "assistant:\n", (32, "unknown_section")),
    "a section given twice": ("user.ja:\n", "system:\n", (35, "duplicate_section")),
}


@pytest.mark.parametrize("name", TRAPS)
def test_a_trap_is_named_with_its_line_and_the_fix(name: str) -> None:
    old, new, expected = TRAPS[name]

    problems = [one for one in lint(with_line(old, new), "reader") if one["severity"] == "error"]

    assert expected in [(one["line"], one["code"]) for one in problems]
    for one in problems:
        assert all(one[part][language] for part in ("message", "fix") for language in ("ja", "en"))
        assert "{" not in one["message"]["en"].replace("{…}", "").replace("{{", "").replace("{%", "")


def test_the_fix_shows_the_line_as_it_should_be() -> None:
    (problem,) = lint(with_line('      en: "What: is it?"', "      en: What: is it?"), "reader")

    assert problem["fix"]["en"] == 'Put the whole value in quotes, for example en: "What: is it?".'


def test_the_nearest_key_is_suggested() -> None:
    problem = next(
        one for one in lint(with_line("license:", "licence:"), "reader") if one["code"] == "unknown_key"
    )

    assert problem["fix"]["en"].startswith("Did you mean 'license'?")
    assert problem["fix"]["ja"].startswith("「license」ではありませんか？")


ADVICE = {
    "one language": ("  en: Reader\n", "", (5, "one_language")),
    "one text for both": ("name:\n  ja: 読み手\n  en: Reader", "name: 読み手", (4, "one_language")),
    "no instruction": ("    instruction: {ja: 数で, en: A number}\n", "", (23, "no_instruction")),
    "a question mark in braces": ("en: Size}", "en: Size?}", (25, "yaml_flow_question")),
    "no licence": ("license: CC0-1.0\n", "", (2, "no_attribution")),
    "an identity that is not checked": ("aspects: results", "aspects: identity", (23, "identity_unchecked")),
    "a title given away": ("{{ vars.audience }}", "{{ paper.title }}", (33, "title_given_away")),
    "text beside a section": ("system:\n", "system:\nuser: hello\n", (33, "section_text")),
}


@pytest.mark.parametrize("name", ADVICE)
def test_advice_is_given_and_the_persona_still_works(name: str) -> None:
    old, new, expected = ADVICE[name]
    source = with_line(old, new)

    assert expected in codes(source)
    assert {one["severity"] for one in lint(source, "reader")} == {"warning"}
    assert PersonaFileParser().parse(source, id="reader").id == "reader"


def test_a_template_that_asks_nothing_is_noticed() -> None:
    source = GOOD.partition("system:\n")[0] + "user:\nSummarise.\n"

    assert [code for _, code in codes(source)] == ["fields_not_asked"]


def test_all_problems_are_found_at_once_in_the_order_of_the_lines() -> None:
    source = (
        GOOD.replace('version: "1.0.0"', "version: 1.10")
        .replace("license:", "licence:")
        .replace("[150, 250]", "[9]")
        .replace("{{ vars.audience }}", "{{ nobody }}")
    )

    with pytest.raises(PersonaInvalidError) as refused:
        PersonaFileParser().parse(source, id="Reader")

    found = [(one["line"], one["code"]) for one in refused.value.data["problems"]]
    assert found == [
        (1, "bad_id"),
        (3, "yaml_number"),
        (8, "unknown_key"),
        (21, "bad_length"),
        (33, "template_variable"),
    ]
    assert str(refused.value).endswith("(and 4 more)")


def test_a_broken_front_matter_does_not_hide_a_broken_template() -> None:
    source = with_line("  en: Reader", "  en: @x").replace("{{ vars.audience }}", "{{ ''.__class__ }}")

    assert codes(source) == [(6, "yaml_start"), (33, "template_not_allowed")]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("", [(1, "no_front_matter")]),
        ("hello", [(1, "no_front_matter")]),
        ("---\nformat: 1\n", [(3, "unclosed_front_matter")]),
        ("---\n---\nuser:\nx\n", [(2, "missing_key"), (4, "fields_not_asked")]),
        ("---\n- a\n---\nuser:\nx\n", [(2, "wrong_kind"), (5, "fields_not_asked")]),
        ("---\n" + "a: [" * 50 + "\n---\nuser:\nx\n", [(2, "yaml_too_deep"), (5, "fields_not_asked")]),
        (GOOD.partition("system:\n")[0], [(31, "no_sections")]),
        ("x" * 200_000, [(1, "too_large")]),
    ],
)
def test_a_file_that_is_no_persona_is_told_apart(source: str, expected: list[tuple[int, str]]) -> None:
    assert codes(source) == expected


@pytest.mark.parametrize(
    "id_",
    [
        "../../etc/passwd",
        "..%2f",
        "C:\\x",
        ".",
        "",
        "a" * 65,
        "CON",
        "ＡＢＣ",
        "аbc",
        "abc\n",
        "1a",
        "a_b",
        "a b",
        "a/b",
    ],
)
def test_an_id_is_a_plain_name(id_: str, folder: Path) -> None:
    assert (1, "bad_id") in codes(GOOD, id_)
    assert FolderPersonas(builtin_personas(), [folder]).get(id_) is None


def test_a_new_persona_lints_clean_and_can_be_read() -> None:
    assert lint(scaffold("my-reader"), "my-reader") == []
    assert PersonaFileParser().parse(scaffold("my-reader"), id="my-reader").name.en == "my-reader"


def test_a_new_persona_needs_a_plain_name() -> None:
    with pytest.raises(PersonaInvalidError):
        scaffold("My Reader")


# Folders


def test_a_folder_adds_personas_after_the_builtin_ones(folder: Path) -> None:
    personas = FolderPersonas(builtin_personas(), [folder])

    assert [(one.id, one.origin) for one in personas.list()][-2:] == [
        ("summarizer", Origin.BUILTIN),
        ("reader", Origin.FOLDER),
    ]
    assert personas.get("reader") == personas.list()[-1]


def test_a_version_must_be_the_one_that_is_there(folder: Path) -> None:
    personas = FolderPersonas(builtin_personas(), [folder])

    assert personas.get("reader", "1.0.0")
    assert personas.get("reader", "2.0.0") is None
    assert personas.get("nobody") is None


def test_a_folder_cannot_replace_a_builtin_persona(folder: Path) -> None:
    (folder / "reader").rename(folder / "summarizer")
    persona = FolderPersonas(builtin_personas(), [folder]).get("summarizer")

    assert persona
    assert persona.origin is Origin.BUILTIN


def test_files_are_looked_at_as_often_as_was_asked_for(folder: Path) -> None:
    now = 0.0
    shelf = FolderPersonas(builtin_personas(), [folder], look_every_s=1.0, clock=lambda: now)
    before = shelf.get("reader")
    assert before is not None
    (folder / "reader" / "persona.md").write_text(GOOD.replace("students", "doctors"), encoding="utf-8")

    now = 0.9
    assert shelf.get("reader") is before
    now = 1.0
    after = shelf.get("reader")
    assert after is not None
    assert after.vars == {"audience": "doctors"}


def test_a_changed_file_is_read_again_and_an_unchanged_one_is_not(folder: Path) -> None:
    personas = FolderPersonas(builtin_personas(), [folder])
    first = personas.get("reader")
    file = folder / "reader" / "persona.md"

    assert personas.get("reader") is first
    file.write_text(GOOD.replace("1.0.0", "1.0.1"))
    os.utime(file, ns=(1, 1))
    changed = personas.get("reader")
    assert changed
    assert changed.version == "1.0.1"


def test_a_broken_persona_is_left_out_of_the_list_and_says_why_when_asked_for(folder: Path) -> None:
    (folder / "reader" / "persona.md").write_text(with_line("license:", "licence:"))
    personas = FolderPersonas(builtin_personas(), [folder])

    assert [one.id for one in personas.list()] == list(BUILTIN)
    assert list(personas.broken()) == ["reader"]
    with pytest.raises(PersonaInvalidError, match="Did you mean 'license'"):
        personas.get("reader")


def test_a_file_that_is_not_utf8_is_broken_rather_than_an_error(folder: Path) -> None:
    (folder / "reader" / "persona.md").write_bytes(b"---\nname: \xff\n---\n")

    assert list(FolderPersonas(builtin_personas(), [folder]).broken()) == ["reader"]


def test_a_link_out_of_the_folder_is_not_followed(
    folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "persona.md").write_text(GOOD)
    (folder / "linked").symlink_to(elsewhere)
    personas = FolderPersonas(builtin_personas(), [folder])

    assert personas.get("linked") is None
    assert "linked" not in [one.id for one in personas.list()]


def test_a_folder_that_is_not_there_is_no_error(tmp_path: Path) -> None:
    assert len(FolderPersonas(builtin_personas(), [tmp_path / "nowhere"]).list()) == len(BUILTIN)
