"""The words of the pages: both languages say the same things."""

from __future__ import annotations

import string

import pytest
from server.web.catalogue import catalogue, say

JA, EN = catalogue("ja"), catalogue("en")
KEYS = [(page, name) for page in EN for name in EN[page]]


def test_both_languages_have_the_same_words() -> None:
    assert {page: set(words) for page, words in JA.items()} == {
        page: set(words) for page, words in EN.items()
    }


@pytest.mark.parametrize(("page", "name"), KEYS, ids=[f"{page}.{name}" for page, name in KEYS])
def test_both_languages_fill_in_the_same_things(page: str, name: str) -> None:
    assert _placeholders(JA[page][name]) == _placeholders(EN[page][name])


def test_numbers_are_set_with_thousands_separators() -> None:
    with_number = next((p, n) for p, n in KEYS if "count" in _placeholders(EN[p][n]))

    assert "12,345" in say(
        ".".join(with_number), "en", **dict.fromkeys(_placeholders(EN[with_number[0]][with_number[1]]), 12345)
    )


def _placeholders(words: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(words) if name}
