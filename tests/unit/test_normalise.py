"""Cleaning keeps what a person reads, drops what a person cannot see, and knows the way back."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from server.domain.normalise import clean, clean_text

ANY_TEXT = st.text(st.characters(codec=None), max_size=60)


@pytest.mark.parametrize(
    "text", ["Plain words.", "日本語の論文．", "Zürich – “quoted” ½", "two\nlines", "𠮷野家", ""]
)
def test_clean_text_stays_as_it_is(text: str) -> None:
    cleaned = clean(text)

    assert cleaned.text == text
    assert cleaned.is_identity
    assert [text[s:e] for s, e in zip(cleaned.starts, cleaned.ends, strict=True)] == list(text)


@pytest.mark.parametrize(
    ("dirty", "expected"),
    [
        ("a\x00b", "ab"),
        ("a\ud800b", "ab"),
        ("a\x0cb\x08", "ab"),
        ("abc\u202edef\u202c", "abcdef"),
        ("x\U000e0041\U000e0042y", "xy"),
        ("k\ue001\U000f0000", "k"),
        ("葛\U000e0100城", "葛城"),
        ("soft\xadhyphen", "softhyphen"),
        ("a\xa0b\tc", "a b c"),
        ("one\r\ntwo\rthree\u2028four", "one\ntwo\nthree\nfour"),
        ("ﬁne eﬃcient ﬂow", "fine efficient flow"),
        ("e\u0301", "é"),
        ("は\u3099", "ば"),
        ("\u1112\u1161\u11ab", "한"),
        ("e\u200b\u0301", "é"),
    ],
)
def test_dirt_is_removed_and_letters_are_composed(dirty: str, expected: str) -> None:
    assert clean_text(dirty) == expected


def test_every_clean_character_knows_its_source() -> None:
    source = "a\x00e\u0301ﬁ\r\nz"

    cleaned = clean(source)

    assert cleaned.text == "aéfi\nz"
    assert [source[s:e] for s, e in zip(cleaned.starts, cleaned.ends, strict=True)] == [
        "a\x00",
        "e\u0301",
        "ﬁ",
        "ﬁ",
        "\r\n",
        "z",
    ]


def test_compatibility_forms_are_not_folded() -> None:
    """Folding ² to 2 would turn 10² into 102; the matching key folds, the text does not."""
    assert clean_text("10² Ａ ㎞") == "10² Ａ ㎞"


@settings(deadline=None)
@given(ANY_TEXT)
def test_cleaning_any_text_gives_storable_nfc_with_aligned_sources(text: str) -> None:
    cleaned = clean(text)

    assert cleaned.text.encode().decode() == cleaned.text
    assert unicodedata.is_normalized("NFC", cleaned.text)
    assert not any(unicodedata.category(c) in {"Cc", "Cs", "Co"} for c in cleaned.text if c != "\n")
    assert len(cleaned.starts) == len(cleaned.ends) == len(cleaned.text)
    assert all(0 <= s < e <= len(text) for s, e in zip(cleaned.starts, cleaned.ends, strict=True))
    assert list(cleaned.starts) == sorted(cleaned.starts)


@settings(deadline=None)
@given(ANY_TEXT)
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    once = clean_text(text)

    assert clean_text(once) == once
