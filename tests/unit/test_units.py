"""Units and counters in both languages, and which of them may mean the same."""

from __future__ import annotations

from decimal import Decimal

import pytest
from server.domain.units import compatible, is_measure, unit_at


@pytest.mark.parametrize(
    ("text", "unit", "factor"),
    [
        (" ms", "s", "0.001"),
        (" 秒", "s", "1"),
        (" minutes", "s", "60"),
        ("時間", "s", "3600"),
        ("GB of text", "B", "1E+9"),
        (" MiB", "B", "1048576"),
        ("%", "%", "0.01"),
        ("パーセント", "%", "0.01"),
        (" percent", "%", "0.01"),
        (" per cent", "%", "0.01"),
        ("割", "%", "0.1"),
        ("ポイント", "pt", "0.01"),
        (" % points", "pt", "0.01"),
        (" percentage points", "pt", "0.01"),
        ("パーセントポイント", "pt", "0.01"),
        ("倍", "x", "1"),
        ("x faster", "x", "1"),
        ("-fold", "x", "1"),
        (" か月", "month", "1"),
        (" years", "month", "12"),
        ("-bit", "B", "0.125"),
        (" km", "m", "1000"),
    ],
)
def test_a_measure_has_a_canonical_unit_and_a_factor(text: str, unit: str, factor: str) -> None:
    found = unit_at(f"5{text}", 1)

    assert (found.unit, found.factor) == (unit, Decimal(factor))


@pytest.mark.parametrize(
    ("japanese", "english"),
    [
        ("人", " participants"),
        ("名", " annotators"),
        ("語", " words"),
        ("トークン", " tokens"),
        ("ページ", " pages"),
        ("文", " sentences"),
        ("文字", " characters"),
        ("パラメータ", " parameters"),
        ("層", " layers"),
        ("エポック", " epochs"),
        ("データセット", " datasets"),
        ("論文", " papers"),
        ("の論文", " academic medical papers"),
        ("回", " runs"),
    ],
)
def test_counters_of_both_languages_are_one_unit(japanese: str, english: str) -> None:
    assert unit_at(f"5{japanese}", 1).unit == unit_at(f"5{english}", 1).unit != ""


@pytest.mark.parametrize("text", [" of them", ", and", " BERT", "", "。", " in all", "以上", "程度"])
def test_what_is_no_noun_is_no_unit(text: str) -> None:
    found = unit_at(f"5{text}", 1)

    assert (found.unit, found.counted) == ("", False)


def test_a_noun_before_another_noun_leaves_the_unit_open() -> None:
    found = unit_at("1K query papers", 2)

    assert (found.unit, found.counted) == ("", True)


def test_three_grams_weigh_nothing() -> None:
    assert not is_measure(unit_at("3-grams", 1).unit)


@pytest.mark.parametrize(
    ("text", "per"), [("GB per year", "year"), (" tokens/s", "s"), (" 回/分", "min"), (" m", "")]
)
def test_a_rate_keeps_its_time(text: str, per: str) -> None:
    assert unit_at(f"5{text}", 1).per == per


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("%", "pt"),
        ("item", "paper"),
        ("times", "x"),
        ("times", "occasion"),
        ("", "token"),
        ("", "s"),
        ("s", "s"),
    ],
)
def test_units_that_may_mean_the_same(one: str, other: str) -> None:
    assert compatible(one, other)
    assert compatible(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("s", "B"),
        ("token", "word"),
        ("person", "paper"),
        ("item", "s"),
        ("x", "occasion"),
        ("%", "person"),
        ("m", "g"),
    ],
)
def test_units_that_cannot_mean_the_same(one: str, other: str) -> None:
    assert not compatible(one, other)
    assert not compatible(other, one)


def test_an_unknown_noun_may_be_any_counter_but_no_measure() -> None:
    assert compatible("", "token", counted=True)
    assert not compatible("", "s", counted=True)
