"""Reading `tests/*.yaml` of a persona: every problem with its line and the fix; and the tests that ship, tried."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from server.adapters.clock import SystemClock
from server.adapters.models import ConfiguredModels
from server.adapters.pdf_process import PdfProcessReader
from server.adapters.persona_examples import example_problems
from server.adapters.persona_files import FolderPersonas, PersonaFileParser, builtin_personas, lint_folder
from server.adapters.persona_test_papers import TestPapers
from server.adapters.persona_tests import ReadTests, read_tests
from server.adapters.templates import JinjaTemplates
from server.application.indexes import Indexes
from server.application.prompting import Prompting
from server.application.test_persona import TestPersona
from server.domain.errors import InvalidRequestError, PersonaInvalidError
from server.domain.persona_tests import Assertion, AssertionType
from server.domain.personas import Persona
from server.domain.schema import validate, wire_schema
from server.domain.statements import IdentityVerdict

pytestmark = pytest.mark.anyio

PERSONAS = {persona.id: persona for persona in FolderPersonas(builtin_personas()).list()}
SUMMARIZER = PERSONAS["summarizer"]


def read(text: str, persona: Persona = SUMMARIZER, **files: bytes) -> ReadTests:
    return read_tests(replace(persona, files={"tests/a.yaml": text.encode(), **files}))


def codes(text: str, persona: Persona = SUMMARIZER) -> list[tuple[int, str]]:
    return [(one["line"], one["code"]) for one in read(text, persona).problems]


def asserted(line: str) -> tuple[Assertion, ...]:
    found = read(f"assert:\n  - {line}\n")
    assert found.problems == ()
    return found.tests[0].asserts


# What is read


def test_a_file_is_one_test_or_a_list_of_them() -> None:
    one = read("description: a name\nassert: [is-json]\n")
    two = read(
        "- assert: [is-json]\n- paper: samples/japanese-pdf.pdf\n  language: ja\n  assert: [is-json]\n"
    )

    assert [(t.file, t.description, t.paper, t.language) for t in (*one.tests, *two.tests)] == [
        ("tests/a.yaml", "a name", "sample", None),
        ("tests/a.yaml", "a", "sample", None),
        ("tests/a.yaml", "a", "samples/japanese-pdf.pdf", "ja"),
    ]
    assert one.problems == two.problems == ()


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("{type: contains, value: 2.50, path: /what}", Assertion(AssertionType.CONTAINS, "2.50", "/what")),
        ("{contains: 28, path: /what}", Assertion(AssertionType.CONTAINS, "28", "/what")),
        ("not-icontains: energy", Assertion(AssertionType.ICONTAINS, "energy", None, is_negated=True)),
        ("contains-any: [28, 0.80]", Assertion(AssertionType.CONTAINS_ANY, ("28", "0.80"))),
        ("contains-all: alone", Assertion(AssertionType.CONTAINS_ALL, ("alone",))),
        ("regex: '^[0-9]+$'", Assertion(AssertionType.REGEX, "^[0-9]+$")),
        ("is-json", Assertion(AssertionType.IS_JSON)),
        ("identity: confirmed", Assertion(AssertionType.IDENTITY, IdentityVerdict.CONFIRMED)),
        ("{type: quotes-found, threshold: 0.8}", Assertion(AssertionType.QUOTES_FOUND, 0.8)),
        ("supported: 1", Assertion(AssertionType.SUPPORTED, 1)),
        ("not-supported: 0.1", Assertion(AssertionType.SUPPORTED, 0.1, is_negated=True)),
        ("not-stated: what", Assertion(AssertionType.NOT_STATED, ("what",))),
        ("stated: [what, novelty]", Assertion(AssertionType.STATED, ("what", "novelty"))),
        ("{max-length: 250, path: /what}", Assertion(AssertionType.MAX_LENGTH, 250, "/what")),
    ],
)
def test_an_assertion_is_written_as_in_promptfoo_or_shorter(line: str, expected: Assertion) -> None:
    assert asserted(line) == (expected,)


def test_a_recorded_answer_is_completed_with_what_it_leaves_out() -> None:
    text = "answer:\n  what:\n    - text: It is short.\n  header: {year: 2026}\nassert: [is-json]\n"

    recorded = json.loads(read(text).tests[0].recorded or "")

    assert recorded["what"] == [{"evidence": [], "text": "It is short."}]
    assert recorded["header"] == {"title": None, "authors": None, "year": 2026}
    assert validate(wire_schema(SUMMARIZER, "en"), recorded) == []


@pytest.mark.parametrize("persona", PERSONAS.values(), ids=list(PERSONAS))
def test_an_answer_that_says_nothing_has_every_personas_shape(persona: Persona) -> None:
    recorded = read("answer: {}\nassert: [is-json]\n", persona).tests[0].recorded

    assert validate(wire_schema(persona, "en"), json.loads(recorded or "")) == []


def test_the_answer_of_a_file_is_taken_as_it_is() -> None:
    found = read("answer_file: said.json\nassert: [is-json]\n", **{"tests/said.json": b'{"what": 3'})

    assert found.problems == ()
    assert found.tests[0].recorded == '{"what": 3'


def test_only_the_personas_own_variables_can_be_set() -> None:
    row = PERSONAS["related-work"]

    assert dict(read("vars: {topic: caching}\nassert: [is-json]\n", row).tests[0].vars) == {
        "topic": "caching"
    }
    assert codes("vars: {topik: caching}\nassert: [is-json]\n", row) == [(1, "test_no_vars")]


# What is wrong


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [(1, "missing_key")]),
        ("assert:\n\t- is-json", [(2, "yaml_tab")]),
        ("asert: []\nassert: [is-json]", [(1, "unknown_key")]),
        ("paper: sample", [(1, "test_says_nothing")]),
        ("assert:\n  - {type: contians, value: x}", [(2, "not_one_of")]),
        ("assert:\n  - javascript: output.length", [(2, "test_elsewhere")]),
        ("assert:\n  - {type: not-llm-rubric, value: good}", [(2, "test_elsewhere")]),
        ("assert:\n  - not-identity: confirmed", [(2, "not_one_of")]),
        ("assert:\n  - {contains: x, icontains: y}", [(2, "test_unclear")]),
        ("assert:\n  - type: contains\n    value: x\n    weight: 2", [(4, "unknown_key")]),
        ("assert:\n  - contains:", [(2, "test_value")]),
        ("assert:\n  - quotes-found: 80", [(2, "test_value")]),
        ("assert:\n  - supported: much", [(2, "test_value")]),
        ("assert:\n  - {max-length: 2.5, path: /what}", [(2, "test_value")]),
        ("assert:\n  - identity", [(2, "test_value")]),
        ("assert:\n  - identity: sure", [(2, "not_one_of")]),
        ("assert:\n  - not-stated: whta", [(2, "not_one_of")]),
        ("assert:\n  - not-stated: [[what]]", [(2, "test_value")]),
        ("assert:\n  - {identity: confirmed, path: /what}", [(2, "test_no_path")]),
        ("assert:\n  - contains: x\n    path: /whta", [(3, "test_path")]),
        ("assert:\n  - contains: x\n    path: what", [(3, "test_path")]),
        ("assert:\n  - regex: '(?=a)b'", [(2, "test_pattern")]),
        ("assert: identity", [(1, "wrong_kind")]),
        ("paper: ../secret.pdf\nassert: [is-json]", [(1, "test_file")]),
        ("paper: /etc/passwd\nassert: [is-json]", [(1, "test_file")]),
        ("answer_file: ..\\said.json\nassert: [is-json]", [(1, "test_file")]),
        ("answer_file: said.json\nassert: [is-json]", [(1, "test_file_missing")]),
        ("answer: {}\nanswer_file: said.json\nassert: [is-json]", [(2, "test_two_answers")]),
        ("model: extractive\nanswer: {}\nassert: [is-json]", [(1, "test_two_answers")]),
        ("answer:\n  whta: []\nassert: [is-json]", [(2, "unknown_key")]),
        ("- assert: [is-json]\n- 3", [(2, "wrong_kind")]),
    ],
)
def test_a_problem_has_its_line(text: str, expected: list[tuple[int, str]]) -> None:
    assert codes(text) == expected
    assert all(one["file"] == "tests/a.yaml" for one in read(text).problems)
    assert all("{" not in one["message"]["ja"] for one in read(text).problems)


def test_a_test_with_an_error_is_left_out_and_the_others_are_kept() -> None:
    found = read("- description: good\n  assert: [is-json]\n- description: bad\n  assert: [is-jason]\n")

    assert [test.description for test in found.tests] == ["good"]
    assert [one["line"] for one in found.problems] == [4]


def test_a_file_that_is_not_text_is_a_problem() -> None:
    persona = replace(SUMMARIZER, files={"tests/a.yaml": b"\xff\xfe"})

    assert [one["code"] for one in read_tests(persona).problems] == ["not_text"]


def test_a_persona_with_a_broken_test_is_read_but_not_saved(tmp_path: Path) -> None:
    files = {"tests/a.yaml": b"assert: [is-jason]"}
    parser = PersonaFileParser()
    persona = parser.parse(SUMMARIZER.source, id="mine", files=files)

    with pytest.raises(PersonaInvalidError, match="Did you mean 'is-json'"):
        parser.check_files(persona)
    (tmp_path / "mine" / "tests").mkdir(parents=True)
    (tmp_path / "mine" / "persona.md").write_text(SUMMARIZER.source)
    (tmp_path / "mine" / "tests" / "a.yaml").write_bytes(files["tests/a.yaml"])
    assert [one["code"] for one in lint_folder(tmp_path / "mine" / "persona.md")] == ["not_one_of"]
    assert FolderPersonas(tmp_path).get("mine")


# Papers


def test_a_paper_is_the_sample_or_beside_the_persona_or_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "persona").mkdir()
    (tmp_path / "persona" / "own.pdf").write_bytes(b"own")
    (tmp_path / "here.pdf").write_bytes(b"here")
    monkeypatch.chdir(tmp_path)
    papers = TestPapers(tmp_path / "persona")

    assert papers("sample") == papers("samples/paper-first.pdf")
    assert papers("sample").startswith(b"%PDF")
    assert (papers("own.pdf"), papers("here.pdf")) == (b"own", b"here")
    with pytest.raises(InvalidRequestError, match=r"nowhere\.pdf"):
        papers("nowhere.pdf")


# What ships


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def trying() -> AsyncIterator[TestPersona]:
    reader = PdfProcessReader()
    models = ConfiguredModels(environ={})
    try:
        yield TestPersona(
            reader, models, Prompting(JinjaTemplates(), b"secret"), Indexes(), SystemClock(), run_timeout_s=30
        )
    finally:
        await models.close()
        await reader.close()


@pytest.mark.parametrize("persona", PERSONAS.values(), ids=list(PERSONAS))
async def test_what_ships_passes_its_own_tests(persona: Persona, trying: TestPersona) -> None:
    found = read_tests(persona)

    results = [await trying(persona, test, paper=TestPapers()) for test in found.tests]

    assert found.problems == ()
    assert {r.test.description: _why(r.failures) for r in results if r.status != "passed"} == {}
    assert {"recorded", "extractive"} <= {r.model for r in results}


@pytest.mark.parametrize("persona", PERSONAS.values(), ids=list(PERSONAS))
def test_what_ships_has_a_sound_example(persona: Persona) -> None:
    assert persona.examples
    assert example_problems(persona) == []


@pytest.mark.parametrize("persona", PERSONAS.values(), ids=list(PERSONAS))
@pytest.mark.parametrize("language", ["ja", "en"])
def test_what_ships_speaks_both_languages(persona: Persona, language: str) -> None:
    japanese = set(map(chr, range(0x3040, 0x30FF)))
    for field in persona.fields:
        for words in (field.label, field.instruction):
            text = words.in_(language)
            assert bool(japanese & set(text)) is (language == "ja" and _has_kana(words.ja)), text
    assert persona.parts_for("ja") != persona.parts_for("en")


def _has_kana(text: str) -> bool:
    return any("\u3040" <= character <= "\u30ff" for character in text)


def _why(failures: Any) -> list[Mapping[str, Any]]:
    return [{"assertion": f.assertion, "path": f.path, "reason": f.reason.en} for f in failures]
