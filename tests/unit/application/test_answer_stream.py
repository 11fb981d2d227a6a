"""Following an answer: what is closed does not depend on how the text was cut into pieces."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from server.application import answer_stream
from server.application.answer_stream import AnswerStream
from server.domain.errors import AnswerInvalidError

SCALARS = (
    st.none() | st.booleans() | st.integers(-(10**6), 10**6) | st.floats(-1e6, 1e6) | st.text(max_size=12)
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
ANSWERS = st.dictionaries(st.text(min_size=1, max_size=6), VALUES, min_size=1, max_size=5)


def cut(text: str, at: list[int]) -> list[str]:
    edges = sorted({0, len(text), *(place % (len(text) + 1) for place in at)})
    return [text[start:end] for start, end in pairwise(edges)]


def closed(pieces: list[str]) -> list[tuple[str, Any]]:
    stream = AnswerStream()
    return [member for piece in pieces for member in stream.feed(piece)]


@given(
    answer=ANSWERS,
    at=st.lists(st.integers(0, 500)),
    ascii_only=st.booleans(),
    indent=st.sampled_from([None, 2]),
)
def test_any_way_of_cutting_closes_the_same_members_in_order(
    answer: dict[str, Any], at: list[int], *, ascii_only: bool, indent: int | None
) -> None:
    text = json.dumps(answer, ensure_ascii=ascii_only, indent=indent)
    expected = list(answer.items())[:-1]

    assert closed(cut(text, at)) == expected
    assert closed(list(text)) == expected


@given(answer=ANSWERS, at=st.lists(st.integers(0, 500)))
def test_fences_and_prose_around_change_nothing(answer: dict[str, Any], at: list[int]) -> None:
    text = f"Certainly, here it is:\n```json\n{json.dumps(answer)}\n```\nShall I go on?"
    stream = AnswerStream()

    found = [member for piece in cut(text, at) for member in stream.feed(piece)]

    assert found == list(answer.items())[:-1]
    assert stream.whole() == answer


def test_a_member_is_closed_by_what_follows_it() -> None:
    stream = AnswerStream()

    steps = [
        stream.feed(piece) for piece in ('{"a": [1, {"b"', ": 2}]", ', "c": "x', 'y"', ', "d": 12', "3}")
    ]

    assert steps == [[], [], [("a", [1, {"b": 2}])], [], [("c", "xy")], []]
    assert stream.whole() == {"a": [1, {"b": 2}], "c": "xy", "d": 123}


def test_nothing_is_closed_after_a_reset_that_was_before() -> None:
    stream = AnswerStream()
    stream.feed('{"a": 1, "b": 2, ')

    stream.reset()

    assert stream.feed('{"a": 3, "b": 4}') == [("a", 3)]
    assert stream.whole() == {"a": 3, "b": 4}


def test_what_was_closed_before_the_text_went_wrong_stays_closed() -> None:
    stream = AnswerStream()

    assert stream.feed('{"a": [1, 2], "b": nonsense, "c": 3, "d": 4}') == [("a", [1, 2])]
    assert stream.feed(', "e": 5, {"f": 6, "g": 7}') == []


def test_each_member_is_read_once_however_many_pieces_it_comes_in(monkeypatch: pytest.MonkeyPatch) -> None:
    read = list[bytes]()
    from_json = answer_stream.jiter.from_json
    monkeypatch.setattr(
        answer_stream.jiter, "from_json", lambda text, **more: read.append(text) or from_json(text, **more)
    )
    text = json.dumps({name: ["x, y", {"z": '",'}] * 50 for name in "abcdef"})

    found = closed(list(text))

    assert [name for name, _ in found] == list("abcde")
    assert sum(map(len, read)) <= len(text) + len(found) * 2


@pytest.mark.parametrize(
    "text",
    [
        "",
        "I cannot answer that.",
        '{"a": 1',
        '{"a": NaN}',
        '{"a": Infinity}',
        '{"a": 1, "a": 2}',
        '{"a": {"b": 1, "b": 2}}',
        "[1, 2]",
        "} {",
        '{"a": 1}, {"b": 2}',
        '{"a": "\\ud800"}',
        '{"a": "\ud800"}',
        '{"a":' * 5000 + "1" + "}" * 5000,
        "null",
    ],
    ids=range(14),
)
def test_what_is_not_one_json_object_is_no_answer(text: str) -> None:
    stream = AnswerStream()
    for piece in cut(text, list(range(0, len(text), 999))):
        stream.feed(piece)

    with pytest.raises(AnswerInvalidError) as caught:
        stream.whole()

    assert caught.value.data["errors"][0]["path"] == ""
    assert len(caught.value.data["errors"][0]["message"]) <= 200
