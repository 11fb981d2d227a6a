"""Numbers of statements, found in a paper: across notations, rounded, derived, and never where they do not stand."""

from __future__ import annotations

import time
from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from server.domain.derived_numbers import Operation
from server.domain.number_kinds import Kind
from server.domain.number_search import DerivedMatch, How, NumberMatch, PaperNumbers
from server.domain.quantities import quantities

from builders.papers import an_extraction


def numbers_of(*pages: str) -> PaperNumbers:
    return PaperNumbers.of(an_extraction(pages))


def find(statement: str, *pages: str, within: list[tuple[int, int]] | None = None) -> NumberMatch | None:
    (wanted,) = (q for q in quantities(statement) if q.kind in (Kind.NUMBER, Kind.YEAR))
    return numbers_of(*pages).find(wanted, within=within)


def how(statement: str, *pages: str) -> str | None:
    match = find(statement, *pages)
    return match.how.value if match else None


@pytest.mark.parametrize(
    ("statement", "paper"),
    [
        ("2,478トークン", "a paper of 2,478 tokens"),
        ("2478 tokens", "本文は 2,478 トークンである"),
        ("30.5%", "reaches 30.5 % on average"),
        ("20人", "with 20 participants"),
        ("146K query papers", "about 146K query papers"),
        ("2019年", "in 2019"),
    ],
)
def test_the_same_number_is_exact(statement: str, paper: str) -> None:
    assert how(statement, paper) == How.EXACT


@pytest.mark.parametrize(
    ("statement", "paper"),
    [
        ("1750億パラメータ", "GPT-3 has 175B parameters"),
        ("110億", "up to 11 billion parameters"),
        ("25,000件", "2.5万件"),
        ("三割", "30% of all"),
        ("0.30", "30 % of all"),
        ("30%", "a share of 0.30"),
        ("500 ms", "takes 0.5 s"),
        ("84.5%", "SPECTER 83.8 84.5 92.0"),
        ("84.5", "reaches 84.5%"),
        ("10個の特徴量", "we use ten features"),
        ("2.3ポイント低下", "a change of −2.3 points"),
        ("0.00035", "a rate of 3.5 × 10−4"),
    ],
)
def test_another_notation_is_converted(statement: str, paper: str) -> None:
    assert how(statement, paper) == How.CONVERTED


@pytest.mark.parametrize(
    ("statement", "paper"),
    [
        ("about 30 %", "29.7% of them"),
        ("約30%", "29.7% of them"),
        ("30 %", "29.7% of them"),
        ("86秒", "86.1 秒"),
        ("約8,100万件", "81.1M papers"),
        ("29M", "28.9M papers"),
        ("約2倍", "1.98倍"),
        ("about 3,000 tokens", "2,970 tokens"),
    ],
)
def test_a_rounded_number_is_found_and_says_so(statement: str, paper: str) -> None:
    assert how(statement, paper) == How.ROUNDED


@pytest.mark.parametrize(
    ("statement", "paper"),
    [
        ("31%", "29.7% of them"),
        ("2,500 tokens", "2,478 tokens"),  # nothing says that it is rounded
        ("2倍", "1.98倍"),
        ("3%", "3.4% of them"),
        ("about 3", "3.4 of them"),
        ("29.8%", "29.7% of them"),
        ("30.0%", "29.7% of them"),
        ("more than 30 %", "29.7% of them"),
        ("17.5B", "175B parameters"),
        ("175億", "175B parameters"),
        ("28 ms", "28 tokens"),
        ("28 s", "28 ms"),
        ("28人", "28 papers"),
        ("28 widgets", "28 ms"),
        ("28 ms", "28 widgets"),
        ("−2.3", "a gain of 2.3"),
        ("+2.3", "a loss of −2.3"),
        ("10−3", "a rate of 10−4"),
        ("p > 0.05", "p < 0.05"),
        ("p = 0.05", "p < 0.05"),
        ("less than 7x", "more than 7x"),
        ("2019 samples", "in 2019"),
        ("2019 samples", "(Radev et al., 2019)"),
        ("2020年", "in 2019"),
        ("3 papers", "Table 3, Section 3 and [3]"),
        ("5 models", "T5 and GPT-5"),
        ("5 GB per day", "5 GB per year"),
        ("1%", "version 1"),
    ],
)
def test_what_the_paper_does_not_say_is_not_found(statement: str, paper: str) -> None:
    assert find(statement, paper) is None


def test_the_place_and_page_are_the_papers() -> None:
    match = find("約1.1%", "Nothing here.", "It was about 1.1% of all.")

    assert match is not None
    assert (match.page, match.offset) == (2, len("Nothing here.\fIt was about "))


def test_an_exact_place_is_preferred_to_an_earlier_other_one() -> None:
    match = find("30%", "29.7% first, a cell 30.0 then, 30% at last")

    assert match is not None
    assert (match.how, match.quantity.text) == (How.EXACT, "30%")


@pytest.mark.parametrize(("paper", "sure"), [("28 tokens", True), ("28, 31 and 40", False)])
def test_a_match_says_whether_the_unit_agrees_too(paper: str, sure: bool) -> None:  # noqa: FBT001
    match = find("28トークン", paper)

    assert match is not None
    assert match.sure is sure


def test_every_place_of_a_number_is_listed() -> None:
    numbers = numbers_of("28 tokens here.", "Then 28 tokens.")

    assert [place.page for place in numbers.places(quantities("28 tokens")[0])] == [1, 2]


def test_only_the_given_passages_count() -> None:
    text = "First 28 tokens. Then 31 tokens."

    assert find("28 tokens", text, within=[(0, 16)]) is not None
    assert find("28 tokens", text, within=[(16, len(text))]) is None


def test_numbers_of_the_reference_list_prove_nothing_but_years() -> None:
    numbers = PaperNumbers.of(an_extraction())

    assert numbers.find(quantities("1 server")[0]) is None
    assert numbers.find(quantities("2023年")[0]) is not None


def test_page_numbers_are_no_quantities() -> None:
    pages = [f"{n} Tidy Data\nSome words on page.\nMore words." for n in range(41, 45)]

    assert [one.kind for one in numbers_of(*pages).quantities] == [Kind.ORDINAL] * 4


def derived(statement: str, paper: str, *, anywhere: bool = False) -> DerivedMatch | None:
    (wanted,) = (q for q in quantities(statement) if q.kind is Kind.NUMBER)
    spans = [] if anywhere else [(0, len(paper))]
    return numbers_of(paper).derived(wanted, spans=spans, anywhere=anywhere)


@pytest.mark.parametrize(
    ("statement", "paper", "operation"),
    [
        ("98.9%", "28 tokens instead of 2,478 tokens", Operation.CHANGE),
        ("約1.1%", "28 tokens instead of 2,478 tokens", Operation.RATIO),
        ("28倍", "3.1 s against 86.1 s", Operation.RATIO),
        ("83.0秒", "3.1 s against 86.1 s", Operation.DIFFERENCE),
        ("5.6ポイント", "TAPAS 61.1 TableFormer 66.7", Operation.DIFFERENCE),
        ("5.6", "TAPAS 61.1 TableFormer 66.7", Operation.DIFFERENCE),
        ("2.5 points", "from 61.0% to 63.5%", Operation.DIFFERENCE),
    ],
)
def test_differences_and_ratios_within_a_passage_are_derived(
    statement: str, paper: str, operation: Operation
) -> None:
    match = derived(statement, paper)

    assert match is not None
    assert match.derivation.operation is operation
    assert match.page == 1


@pytest.mark.parametrize(
    ("statement", "paper"),
    [
        ("97.9%", "28 tokens instead of 2,478 tokens"),
        ("3", "5 models and 8 papers"),
        ("9 papers", "13 papers or 4 papers"),
        ("60 ms", "0 ms and 60 ms"),
        ("83.0 ms", "3.1 s against 86.1 s"),
        ("5.7ポイント", "TAPAS 61.1 TableFormer 66.7"),
        ("27.7倍", "3.1 s against 86.1 s"),
        ("20人", "50 tokens and 30 tokens"),
        ("1年", "in 2018 and 2019"),
    ],
)
def test_other_numbers_are_not_derived(statement: str, paper: str) -> None:
    assert derived(statement, paper) is None


def test_what_chance_would_derive_too_is_not_derived() -> None:
    cells = [
        f"model{row} " + " ".join(f"{50 + (7 * row + 3 * c) % 40 + c / 10:.1f}" for c in range(8))
        for row in range(12)
    ]
    table = "Results:\n" + "\n".join(cells) + "\n"

    assert all(derived(f"{n / 10} points", table, anywhere=True) is None for n in range(20, 60))


def test_a_ratio_is_found_anywhere_when_asked_for() -> None:
    paper = (
        "It took 3.1 s here. Words go on for a while. " * 3
        + "Once 2,519 tokens were read, once 4,977 tokens."
    )

    assert derived("1.98倍", paper, anywhere=True) is not None
    assert derived("1.88倍", paper, anywhere=True) is None


VALUES = st.integers(1_001, 999_999)
UNITS = ["ms", "s", "GB", "tokens", "%", "人", "倍", ""]


@given(VALUES, st.integers(0, 5), st.integers(1, 9), st.sampled_from(UNITS))
def test_a_changed_digit_is_never_found(value: int, place: int, add: int, unit: str) -> None:
    assume(10**place <= value)
    digit = value // 10**place % 10
    changed = value + ((digit + add) % 10 - digit) * 10**place
    paper = numbers_of(f"It was {value} {unit}, they said.")
    (wanted,) = (q for q in quantities(f"{changed} {unit}") if q.text[0].isdigit())

    assert paper.find(wanted) is None


@given(VALUES, st.permutations([" ms", " GB", " tokens", "%", "人", "倍", " papers", " words", " km"]))
def test_a_changed_unit_is_never_found(value: int, units: list[str]) -> None:
    (wanted,) = quantities(f"{value}{units[0]}")

    assert numbers_of(f"It was {value}{units[0]}, they said.").find(wanted) is not None
    assert numbers_of(f"It was {value}{units[1]}, they said.").find(wanted) is None


@given(VALUES, st.permutations(["", "K", "M", "B", "万", "億"]))
def test_a_changed_scale_is_never_found(value: int, scales: list[str]) -> None:
    (wanted,) = (q for q in quantities(f"計{value}{scales[0]}") if q.kind in (Kind.NUMBER, Kind.YEAR))

    assert numbers_of(f"It was {value}{scales[1]}, they said.").find(wanted) is None


@given(st.decimals("1.1", "9.9", places=1), st.integers(-9, 9), st.integers(-9, 9))
def test_a_changed_exponent_is_never_found(mantissa: Decimal, power: int, other: int) -> None:
    assume(power != other)
    (wanted,) = quantities(f"{mantissa}×10^{{{power}}}")

    assert numbers_of(f"a rate of {mantissa}e{power} here").find(wanted) is not None
    assert numbers_of(f"a rate of {mantissa}e{other} here").find(wanted) is None


@given(st.decimals("0.1", "999", places=2), st.booleans())
def test_a_changed_sign_is_never_found(value: Decimal, negative: bool) -> None:  # noqa: FBT001
    (wanted,) = quantities(f"({'-' if negative else ''}{value})")

    assert numbers_of(f"a value of ({'' if negative else '−'}{value}) here").find(wanted) is None


@given(st.decimals("10", "999", places=2), st.integers(0, 1), st.sampled_from(["", "%", " ms"]))
def test_rounding_finds_the_rounded_and_nothing_a_step_away(value: Decimal, places: int, unit: str) -> None:
    step = Decimal(1).scaleb(-places)
    rounded = value.quantize(step)
    assume(abs(value - rounded) != step / 2)  # a tie may be rounded either way
    paper = numbers_of(f"It was {value}{unit}, they said.")

    def found(number: Decimal) -> bool:
        return any(paper.find(q) for q in quantities(f"{number}{unit}"))

    assert found(rounded)
    assert not found(rounded + step)
    assert not found(rounded - step)


@given(
    st.decimals("1", "9999", places=1), st.sampled_from(["", "約", "about "]), st.sampled_from(["1.1", "0.9"])
)
def test_ten_percent_off_is_never_found(value: Decimal, about: str, factor: str) -> None:
    off = (value * Decimal(factor)).quantize(Decimal("0.1"))
    assume(abs(off - value) > Decimal("0.06") * value)
    (wanted,) = quantities(f"{about}{off}%")

    assert numbers_of(f"It was {value}% of them.").find(wanted) is None


def test_a_long_paper_is_read_in_time() -> None:
    page = "We compare 12 models on 3,450 papers (34.5%, p < 0.05) in 2019 and 2.5× faster [12]. " * 25
    extraction = an_extraction([page] * 60)
    _ = extraction.text
    started = time.process_time()
    numbers = PaperNumbers.of(extraction)

    assert len(numbers.quantities) == 60 * 25 * 7
    assert time.process_time() - started < 2  # 250 ms on an idle core
