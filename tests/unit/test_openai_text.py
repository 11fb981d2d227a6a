"""The answer's JSON object is found in whatever a model writes around it, however the text is cut into pieces."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from server.adapters.openai_text import ObjectPicker, TextPicker, pick_object

WANTED = '{"what": [{"text": "a } \\" {", "evidence": []}]}'
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def picked(text: str, size: int, names: tuple[str, ...] = ("what",)) -> str:
    picker = ObjectPicker(names)
    pieces = [text[at : at + size] for at in range(0, len(text), size)]
    return "".join(picker.feed(piece) for piece in pieces) + picker.finish()


@given(
    value=st.dictionaries(st.text(), VALUES, max_size=4),
    size=st.integers(1, 9),
    escaped=st.booleans(),
    before=st.sampled_from(
        ["", "\n", "\ufeff ", "```json\n", "```\n  ", "<think>{}</think>\n", "<think></think>```JSON\n"]
    ),
    after=st.sampled_from(["", "\n```", " {} and so on", "}"]),
)
def test_an_object_at_the_start_comes_out_as_it_was_written(
    *, value: dict[str, Any], size: int, escaped: bool, before: str, after: str
) -> None:
    text = json.dumps(value, ensure_ascii=escaped)

    assert picked(before + text + after, size) == text


@pytest.mark.parametrize("size", [1, 2, 5, 1000])
@pytest.mark.parametrize(
    "text",
    [
        f"Of course! Here it is:\n```json\n{WANTED}\n```",
        f"With {{braces}} and {{}} before it: {WANTED}",
        f"json\n{WANTED}",
        f'["not this", {{"other": 1}}] but {WANTED}',
        f"`{WANTED}`",
        f"<thinking>{{}}</thinking>{WANTED}",
        f"```` {'x' * 80} ```` {WANTED}",
    ],
)
def test_in_prose_the_object_with_the_right_members_is_found(text: str, size: int) -> None:
    assert picked(text, size) == WANTED


@pytest.mark.parametrize(
    "text", ["", "  ", "I cannot.", "<think>for ever {", "```json", '["a list"]', "{cut"]
)
def test_without_an_object_the_text_is_left_as_it_is(text: str) -> None:
    assert picked(text, 3) == text


def test_an_object_that_never_closes_is_passed_on_for_the_validator() -> None:
    assert picked('{"what": [', 4) == '{"what": ['


def test_of_equal_objects_the_first_is_taken() -> None:
    assert pick_object('a {"x": 1} b {"x": 2}', ("x",)) == '{"x": 1}'


@given(
    text=st.text().filter(lambda text: text.strip() == text and not text.startswith(("<", "\ufeff"))),
    before=st.sampled_from(["", "\n", "\ufeff ", "<think>{ hm }</think>\n", "<think></think>"]),
    size=st.integers(1, 9),
)
def test_free_text_comes_out_as_it_was_written_without_the_thoughts_before_it(
    text: str, before: str, size: int
) -> None:
    written, picker = before + text, TextPicker()
    pieces = [written[at : at + size] for at in range(0, len(written), size)]

    assert "".join(picker.feed(piece) for piece in pieces) + picker.finish() == text


@pytest.mark.parametrize(
    ("written", "said"), [("<think>for ever", ""), ("<thin", "<thin"), ("<b>bold</b>", "<b>bold</b>")]
)
def test_a_thought_without_an_end_is_no_answer(written: str, said: str) -> None:
    picker = TextPicker()

    assert picker.feed(written) + picker.finish() == said
