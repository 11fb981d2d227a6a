"""The short form of a reader, and settings within their bounds."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from server.domain.errors import InvalidRequestError
from server.domain.requests import ReaderRequest, check_language, parse_reader, parse_settings
from server.domain.runs import RunSettings


@pytest.mark.parametrize(
    ("text", "reader"),
    [
        ("summarizer", ReaderRequest("summarizer")),
        (" summarizer ", ReaderRequest("summarizer")),
        ("summarizer@1.0.0", ReaderRequest("summarizer", version="1.0.0")),
        ("summarizer:", ReaderRequest("summarizer")),
        ("summarizer:model=qwen3:8b", ReaderRequest("summarizer", model="qwen3:8b")),
        ("summarizer:model=a/b@c", ReaderRequest("summarizer", model="a/b@c")),
        (
            "summarizer@1.0.0:model=qwen, language=pt-BR ,seed=7,temperature=0.5,",
            ReaderRequest("summarizer", "1.0.0", "qwen", "pt-BR", RunSettings(temperature=0.5, seed=7)),
        ),
        (
            "keshav:reasoning_effort=low,max_output_tokens=64,context=full",
            ReaderRequest(
                "keshav", settings=RunSettings(max_output_tokens=64, reasoning_effort="low", context="full")
            ),
        ),
    ],
)
def test_the_short_form_says_what_differs(text: str, reader: ReaderRequest) -> None:
    assert parse_reader(text) == reader


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "cannot be read"),
        (":", "cannot be read"),
        ("a b", "cannot be read"),
        ("@1.0.0", "cannot be read"),
        ("summarizer@", "cannot be read"),
        ("a,b", "cannot be read"),
        ("summarizer:model", "key=value"),
        ("summarizer:model=", "key=value"),
        ("summarizer:model=a,model=b", "twice"),
        ("summarizer:modl=a", "Did you mean 'model'?"),
        ("summarizer:temperatur=1", "Did you mean 'temperature'?"),
        ("summarizer:xyzzy=1", "no setting 'xyzzy'"),
        ("summarizer:language=Japanese", "not a language code"),
        ("summarizer:temperature=hot", "0–2"),
    ],
)
def test_what_is_wrong_is_named(text: str, said: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        parse_reader(text)

    assert said in caught.value.words.en
    assert caught.value.words.ja


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        reader = parse_reader(text)
    except InvalidRequestError as error:
        assert error.words.en  # noqa: PT017 (both ends are right)
    else:
        assert reader.persona
        assert reader.persona in text


@pytest.mark.parametrize(
    ("name", "value", "kept"),
    [
        ("temperature", 0, 0.0),
        ("temperature", 2, 2.0),
        ("temperature", "0.7", 0.7),
        ("seed", 0, 0),
        ("seed", "7", 7),
        ("seed", 7.0, 7),
        ("max_output_tokens", 64, 64),
        ("reasoning_effort", "none", "none"),
        ("context", "full", "full"),
        ("temperature", None, None),
        ("steps", "off", "off"),
        ("passes", "1", 1),
        ("evidence", "after", "after"),
        ("structure", "after", "after"),
    ],
)
def test_settings_are_taken_in_their_own_type(name: str, value: Any, kept: Any) -> None:
    settings = parse_settings({name: value})

    assert getattr(settings, name) == kept
    assert settings.as_dict() == ({} if kept is None else {name: kept})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("temperature", -0.1),
        ("temperature", 2.1),
        ("temperature", float("nan")),
        ("temperature", float("inf")),
        ("temperature", True),
        ("temperature", [1]),
        ("temperature", ""),
        ("seed", -1),
        ("seed", 1.5),
        ("seed", "1.5"),
        ("seed", 2**31),
        ("seed", float("inf")),
        ("seed", "9" * 5000),
        ("max_output_tokens", 63),
        ("max_output_tokens", 200_001),
        ("reasoning_effort", "huge"),
        ("reasoning_effort", 3),
        ("context", "everything"),
        ("second_look", "perhaps"),
        ("steps", "no"),
        ("steps", False),
        ("passes", 0),
        ("passes", 9),
        ("evidence", "first"),
        ("structure", "before"),
        ("xyzzy", 1),
    ],
)
def test_what_is_out_of_bounds_is_refused_with_its_place(name: str, value: Any) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        parse_settings({name: value})

    assert caught.value.data["path"] == f"/settings/{name}"


@pytest.mark.parametrize("given_", [True, "true", "TRUE"])
def test_a_second_look_is_asked_for(given_: Any) -> None:
    assert parse_settings({"second_look": given_}).second_look is True
    assert parse_settings({"second_look": "false"}).second_look is False


@pytest.mark.parametrize("code", ["ja", "en", "pt-BR", "zh-Hant", "yue"])
def test_language_codes(code: str) -> None:
    assert check_language(code) == code


@pytest.mark.parametrize("code", ["", "j", "Japanese", "JA", "ja_JP", "ja-", "日本語", "ja\n", "ja-x" * 9])
def test_what_is_no_language_code(code: str) -> None:
    with pytest.raises(InvalidRequestError):
        check_language(code)


def test_no_language_stays_none() -> None:
    assert check_language(None) is None
