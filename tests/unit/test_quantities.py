"""The numbers of a text: every notation, and what is no quantity."""

from __future__ import annotations

import time
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from server.domain.number_kinds import Kind
from server.domain.quantities import Quantity, quantities


def the(text: str) -> Quantity:
    """The only quantity of a text."""
    (one,) = (q for q in quantities(text) if q.kind is Kind.NUMBER)
    return one


def kinds(text: str) -> list[tuple[str, str]]:
    return [(q.text, q.kind.value) for q in quantities(text)]


@pytest.mark.parametrize(
    "texts",
    [
        ("175B", "175 billion", "1750億", "1,750億", "175,000,000,000", "１７５Ｂ", "1.75×10^11", "1.75 × 10^{11}", "1750 億"),
        ("1億2,000万", "1.2億", "120M", "120 million", "12000万", "1 億 2000 万", "120,000,000"),
        ("2.5万", "25,000", "25K", "25k", "25 thousand", "2万5千", "２．５万", "2万5000"),
        ("30 %", "30%", "３０％", "30パーセント", "30 percent", "30 per cent", "三割", "3割", "30.0%"),
        ("3割5分", "35%", "三割五分"),
        ("3.1 points", "3.1ポイント", "3.1 percentage points", "3.1 pt", "3.1%ポイント", "3.1 % points"),
        ("3.5×10−4", "3.5 × 10^{-4}", "3.5e-4", "0.00035", "3.5 × 10⁻⁴", "3.5 \\times 10^{-4}", "3.5·10^-4"),
        ("10−4", "10^-4", "10⁻⁴", "1e-4", "0.0001", "10^{-4}"),
        ("500 ms", "0.5 s", "0.5秒", "500ミリ秒", "0.5 seconds"),
        ("2 hours", "120 minutes", "2時間", "120分", "7,200 秒", "two hours"),
        ("1.2GB", "1200 MB", "1.2 gigabytes", "1.2ギガバイト"),
        ("2.5x", "2.5×", "2.5倍", "2.5-fold"),
        ("20人", "20 people", "20名", "20 participants", "twenty participants", "二十人"),
        ("12 papers", "twelve papers", "12の論文"),
        ("1/3", "3分の1", "one-third"),
        ("−0.3", "-0.3", "マイナス0.3", "minus 0.3", "－0.3"),
        ("6,066 questions", "6, 066 questions", "6066問"),
        (".05", "0.05"),
    ],
)  # fmt: skip
def test_every_notation_of_a_number_has_one_value_and_unit(texts: tuple[str, ...]) -> None:
    assert len({(the(text).value, the(text).unit) for text in texts}) == 1


@pytest.mark.parametrize(
    ("text", "step"),
    [
        ("175B", "1e9"),
        ("1750億", "1e8"),
        ("29.7%", "0.001"),
        ("1億2,000万", "1e4"),
        ("3.50", "0.01"),
        ("3.5e-4", "1e-5"),
    ],
)
def test_the_step_is_worth_one_unit_in_the_last_written_place(text: str, step: str) -> None:
    assert the(text).step == Decimal(step)


@pytest.mark.parametrize(
    "text",
    ["Table 3", "Figure 2", "Fig. 2", "Section 3.2", "§2.5", "表3", "図１", "第3章", "3節", "第 2 版", "[12]", "[1, 3–5]",
     "pp. 1877–1901", "Tables 1, 2, and 3", "3番目", "2nd", "21st", "1. First\n2. Second", "(1) cats (2) dogs", "11月3日",
     "May 5", "5 May", "papers,10 which", "time.12 Note", "SciBERT 2.0.1", "#3", "2.1 Processing PDFs"],
)  # fmt: skip
def test_ordinals_are_no_quantities(text: str) -> None:
    found = kinds(text)

    assert found
    assert all(kind in ("ordinal", "name") for _, kind in found)


@pytest.mark.parametrize(
    "text",
    ["GPT-3", "T5", "F1", "H2O", "3D", "BM25", "top-5", "doi:10.18653/v1/2020.acl-main.447", "arXiv:2203.00274v2",
     "https://example.org/2019/12", "me2@example.org", "R2", "questions5", "12:30", "CC BY-SA 4.0", "CC0 1.0", "a" * 20 + "1", "9" * 60],
)  # fmt: skip
def test_digits_of_names_are_no_quantities(text: str) -> None:
    assert {kind for _, kind in kinds(text)} == {"name"}


@pytest.mark.parametrize(
    ("text", "year"),
    [
        ("in 2019", 2019),
        ("(Radev et al., 2009)", 2009),
        ("2026 年", 2026),
        ("Huang et al., 2022b", 2022),
        ("the 1990s", 1990),
    ],
)
def test_years_are_years(text: str, year: int) -> None:
    (one,) = quantities(text)

    assert (one.kind, one.value) == (Kind.YEAR, Decimal(year))


@pytest.mark.parametrize(
    "text", ["2019 samples", "2,019", "2000 GPUs", "n = 2000", "2020トークン", "2000年間", "2048"]
)
def test_numbers_that_look_like_years_are_numbers(text: str) -> None:
    assert the(text).kind is Kind.NUMBER


@pytest.mark.parametrize(
    ("text", "values", "unit"),
    [
        ("4% - 6%", ["0.04", "0.06"], "%"),
        ("3–5 %", ["0.03", "0.05"], "%"),
        ("3〜5万人", ["30000", "50000"], "person"),
        ("3から5秒", ["3", "5"], "s"),
        ("10 to 20 ms", ["0.010", "0.020"], "s"),
        ("$10–20k", ["10000", "20000"], "USD"),
    ],
)
def test_a_range_shares_the_unit_written_once(text: str, values: list[str], unit: str) -> None:
    found = quantities(text)

    assert [one.value for one in found] == [Decimal(value) for value in values]
    assert all(one.unit == unit and one.in_range for one in found)


def test_the_spread_after_plus_minus_is_marked() -> None:
    mean, spread = quantities("88.70 ± 0.52 %")

    assert (mean.value, mean.unit, mean.plus_minus) == (Decimal("0.8870"), "%", False)
    assert (spread.value, spread.unit, spread.plus_minus) == (Decimal("0.0052"), "%", True)


@pytest.mark.parametrize(
    "text",
    [
        "約30%",
        "およそ30",
        "about 30",
        "~30",
        "∼30 %",
        "30程度",
        "30 前後",
        "30%弱",
        "roughly 30",
        "approx. 30",
        "約 30人ほど",
    ],
)
def test_approximate_numbers_say_so(text: str) -> None:
    assert the(text).approximate


@pytest.mark.parametrize("text", ["30", "30%強化", "exactly 30", "30 papers", "契約30"])
def test_other_numbers_do_not(text: str) -> None:
    assert the(text).approximate == (
        text == "契約30"
    )  # "約" ends a word here; harmless, it only allows rounding


@pytest.mark.parametrize(
    ("text", "bound"),
    [("p < 0.05", "<"), ("more than 5%", ">"), ("over 5%", ">"), ("5%以上", ">="), ("at least 5%", ">="), ("5 % 未満", "<"),
     ("up to 6.5%", "<="), ("最大6.5%", "<="), ("n = 20", "="), ("5 %を超える", ">"), ("≥ 4", ">="), ("100件以下", "<=")],
)  # fmt: skip
def test_bounds_are_read_from_signs_and_words(text: str, bound: str) -> None:
    assert the(text).bound == bound


@pytest.mark.parametrize(
    "text", ["twelve papers", "三つ", "two hundred words", "三割", "twenty-five models", "十二件"]
)
def test_numbers_in_words_are_flagged(text: str) -> None:
    assert the(text).word


@pytest.mark.parametrize(
    "text", ["one of them", "十分な", "一方", "数百件", "hundreds of", "第三者", "数十人", "zero-shot"]
)
def test_words_that_count_nothing_are_no_quantities(text: str) -> None:
    assert [q for q in quantities(text) if q.kind is Kind.NUMBER] == []


def test_offsets_point_into_the_given_text() -> None:
    text = "評価では約 ２，５００ 件、−3.5% と 1 億 3500 万パラメータ、two hundred words。"

    assert [text[one.start : one.end] for one in quantities(text)] == [
        "２，５００ 件", "3.5%", "1 億 3500 万パラメータ", "two hundred words",
    ]  # fmt: skip


def test_a_product_is_two_numbers() -> None:
    assert [one.text for one in quantities("1024 × 768, 3x4")] == ["1024", "768", "3", "4"]


def test_a_full_stop_before_a_number_is_no_decimal_point() -> None:
    assert the("示す．1 億 3500 万人").value == 135_000_000


NUMBERS = st.decimals(min_value="0.01", max_value="999", places=2, allow_nan=False, allow_infinity=False)
SCALES = [
    ("K", 3),
    (" thousand", 3),
    ("千", 3),
    ("万", 4),
    ("M", 6),
    (" million", 6),
    ("億", 8),
    ("B", 9),
    (" billion", 9),
]


@given(
    NUMBERS, st.sampled_from(SCALES), st.sampled_from(["{}", "約{}である", "of {} in all", "({})", "「{}」"])
)
def test_what_is_written_is_read(number: Decimal, scale: tuple[str, int], frame: str) -> None:
    assert the(frame.format(f"{number}{scale[0]}")).value == number.scaleb(scale[1])


@given(st.integers(0, 10**12))
def test_thousands_may_be_parted_by_commas(number: int) -> None:
    one = the(f"値は{number:,}です")

    assert (one.value, one.step) == (number, 1)


@given(NUMBERS, st.sampled_from(["%", " %", "％", "パーセント", " percent", "ポイント", " points"]))
def test_percent_is_a_fraction(number: Decimal, unit: str) -> None:
    assert the(f"{number}{unit}").value == number / 100


@given(
    st.text(
        alphabet="0123456789.,-−–×e^{}[]()%万億割つ三 ~約<>=±/:xKMBms\n\fa１．①⁻⁴年月日図第$", max_size=200
    )
)
@example("[1" + ",1" * 60)
@example("10^{")
@example("1/")
def test_junk_is_read_without_an_error(text: str) -> None:
    for one in quantities(text):
        assert 0 <= one.start < one.end <= len(text)
        assert one.value.is_finite()


@pytest.mark.parametrize(
    "piece",
    [
        "1",
        "1,",
        "1,111",
        "1 ",
        "(",
        "[1,",
        "10^{",
        "一",
        "two ",
        "1万",
        ".1",
        "10.1234/",
        "a@",
        "1-",
        "1.1.",
        "%",
        "f0",
    ],
)
def test_reading_stays_linear(piece: str) -> None:
    started = time.process_time()
    quantities(piece * (60_000 // len(piece)))

    assert time.process_time() - started < 3


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("BM25のR@5は0.51です", ["0.51"]),
        ("P@1で15.2、recall@3は0.55でした", ["15.2", "0.55"]),
        ("TAPASBASE 8p 65.1 37.3", ["65.1", "37.3"]),
        ("Same Row 32.1", ["32.1"]),
        ("難しい負例2件と易しい負例3件", ["2件", "3件"]),
        ("下図 2 と表 3", []),
        ("write to a.b@example.org or 5 others", ["5"]),
        ("1年で4.2MB", ["4.2MB"]),
        ("1ページあたり約45ミリ秒", ["45ミリ秒"]),
        ("1 CPU秒あたり202ページ", ["202ページ"]),
    ],
)
def test_only_what_counts_or_measures_is_a_number(text: str, numbers: list[str]) -> None:
    assert [q.text for q in quantities(text) if q.kind is Kind.NUMBER] == numbers


@pytest.mark.parametrize(
    "text",
    [
        "1 億 3500 万パラメータ",
        "1\n億 3500 万パラメータ",
        "1億3500\n万パラメータ",
        "135-\nmillion parameters",
    ],
)
def test_a_large_number_is_one_across_spaces_and_lines(text: str) -> None:
    (one,) = quantities(text)
    assert one.value == Decimal("135e6")


def test_what_adds_up_to_a_number_is_not_bounded_by_it() -> None:
    (one,) = quantities("this adds up to 4.2 MB")
    assert one.bound == ""
    (one,) = quantities("it takes up to 4.2 MB")
    assert one.bound == "<="
