"""A persona's examples: what is written can be read back, what does not fit is told with file and line."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from server.adapters import persona_yaml
from server.adapters.persona_examples import example_problems, write_example
from server.adapters.persona_fields import as_json
from server.adapters.persona_files import FolderPersonas, PersonaFileParser, builtin_personas
from server.domain.errors import PersonaInvalidError
from server.domain.examples import MAX_EXAMPLES, Example

from builders import a_persona

PERSONAS = FolderPersonas(builtin_personas()).list()
GOOD = """\
paper:
  title: A title
  sha256: abc
language: en
answer:
  what: It is short.
  next_papers:
    - title: One
      why: "because: so"
why: Short.
"""
EXCERPT = "This paper is short. See Title One."


def problems(text: str, name: str = "examples/a.yaml") -> list[tuple[str, int]]:
    found = example_problems(a_persona(files={name: text.encode()}))
    assert all(one["file"] == name for one in found)
    return [(one["code"], one["line"]) for one in found]


def test_a_good_example_is_fine_and_other_files_are_not_looked_at() -> None:
    assert problems(GOOD) == []
    assert problems("nonsense", "tests/a.yaml") == []
    assert problems(GOOD.replace("paper:\n  title: A title\n  sha256: abc", f"excerpt: {EXCERPT}")) == []
    assert problems(f"{GOOD}excerpt: {EXCERPT}\n") == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("what: It is short.", "what: 7", ("example_answer", 6)),
        ("what: It is short.", "whta: It is short.", ("example_answer", 6)),
        ("      why: ", "      reason: ", ("example_answer", 8)),
        ("paper:\n  title: A title\n  sha256: abc\n", "", ("example_source", 1)),
        ("why: Short.", "why: Short.\nexcerpt: Nothing of it.", ("example_unproven", 6)),
        ("why: Short.", f"why: Short.\nexcerpt: {EXCERPT}\nevidence: {{what: No.}}", ("example_quote", 12)),
        (
            "why: Short.",
            f"why: Short.\nexcerpt: {EXCERPT}\nevidence: {{what: [This, paper]}}",
            ("example_evidence", 12),
        ),
        ("why: Short.", f"why: Short.\nexcerpt: {EXCERPT}\nevidence: {{whit: This}}", ("not_one_of", 12)),
        ("why: Short.", "whi: Short.", ("unknown_key", 10)),
        ("language: en", "language: &a en", ("yaml_anchor", 4)),
        (GOOD, "- a list", ("wrong_kind", 1)),
        (GOOD, "excerpt: nothing else", ("missing_key", 1)),
        (GOOD, "", ("missing_key", 1)),
        (GOOD, "answer: {what: a\n", ("yaml_bracket", 1)),
    ],
    ids=range(14),
)
def test_what_is_wrong_is_told_at_its_line(old: str, new: str, expected: tuple[str, int]) -> None:
    assert expected in problems(GOOD.replace(old, new))


def test_bytes_that_are_no_text_and_too_many_examples_are_told() -> None:
    many = {f"examples/{n:03}.yaml": GOOD.encode() for n in range(MAX_EXAMPLES + 1)}

    assert [one["code"] for one in example_problems(a_persona(files=many))] == ["too_large"]
    assert [one["code"] for one in example_problems(a_persona(files={"examples/a.yaml": b"\xff"}))] == [
        "not_text"
    ]


def test_a_persona_with_a_wrong_example_is_not_saved() -> None:
    with pytest.raises(PersonaInvalidError) as caught:
        PersonaFileParser().check_files(a_persona(files={"examples/a.yaml": b"answer: 3"}))

    assert caught.value.data["problems"][0]["file"] == "examples/a.yaml"


@pytest.mark.parametrize("persona", PERSONAS, ids=lambda persona: persona.id)
def test_the_examples_that_ship_fit_their_personas(persona: Any) -> None:
    assert example_problems(persona) == []


texts = st.text(st.characters(exclude_categories=["Cs"])) | st.sampled_from(
    [
        "yes",
        "null",
        "~",
        "1.0",
        "007",
        "- a",
        "a: b",
        "a #b",
        " x ",
        "\n",
        "日本語：です",
        "",
        "'",
        '"',
        "1e5",
        "0x1F",
        "2024-01-01",
    ]
)
names = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True)
scalars = st.none() | st.booleans() | st.integers(-(10**15), 10**15) | texts
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(names, values, min_size=1, max_size=3), texts, texts)
def test_what_is_written_is_what_is_read(answer: dict[str, Any], title: str, why: str) -> None:
    example = Example(title=title, sha256="ab" * 32, language="ja", answer=answer, why=why)

    root, found = persona_yaml.load(write_example(example), first_line=1)

    assert found == []
    assert root is not None
    assert as_json(root) == {
        "paper": {"title": title, "sha256": "ab" * 32},
        "language": "ja",
        "answer": answer,
        "why": why,
    }


def test_an_example_written_for_an_answer_fits_it() -> None:
    example = Example("題：名", "ab" * 32, "ja", {"what": "一: 二\n三"}, "")

    persona = replace(a_persona(), files={"examples/a.yaml": write_example(example).encode()})

    assert example_problems(persona) == []
