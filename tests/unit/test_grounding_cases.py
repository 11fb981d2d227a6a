"""Facts about the cases that grounding is measured by: what is called true is true, what is called planted is not."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from pathlib import Path

import pytest
from benchmarks.grounding_cases import mutations
from benchmarks.grounding_cases.cases import Case, Column, Half, QuoteOnly, dice, some, wilson
from benchmarks.grounding_cases.hidden_cases import PER_WAY, lines
from benchmarks.grounding_cases.identity_cases import STRANGERS, known_papers, swapped
from benchmarks.grounding_cases.noise import NOISES, mixed
from benchmarks.grounding_cases.notations import (
    english_notations,
    japanese_notations,
    numbers_of,
    rounded,
)
from benchmarks.grounding_cases.numerals import japanese_myriads, kanji
from benchmarks.grounding_cases.quote_cases import exponent_sheet
from benchmarks.grounding_cases.table_cases import tables
from benchmarks.grounding_cases.written import invented, off_by_a_tenth, written
from server.adapters.pdf_extraction import Limits, extract
from server.domain.extractions import Extraction

ENGLISH = "We found that the efficient filter did not lose 12.5 % of the 1,024 classified samples (p < 0.05)."
JAPANESE = "日本語の 10 件のうち，PDFium は 9 件（90%）を正しく読み，残りは読めなかった．"
SAMPLES = Path(__file__).resolve().parents[2] / "samples"


def letters(text: str) -> str:
    """What is left when width, spacing, hyphens and punctuation do not count."""
    return re.sub(r"[\W_]", "", unicodedata.normalize("NFKC", text))


def a_case(text: str, *, kind: str = "kind") -> Case:
    return Case(kind, Column.EN, "paper.pdf", QuoteOnly(text), planted=True)


@pytest.mark.parametrize("name", [*NOISES, "mixed"])
@pytest.mark.parametrize("text", [ENGLISH, JAPANESE])
def test_noise_leaves_every_letter_and_digit(name: str, text: str) -> None:
    noise = {**NOISES, "mixed": mixed}[name]

    changed = [noise(text, dice(str(seed))) for seed in range(20)]

    assert {letters(c) for c in changed if c is not None} <= {letters(text)}
    assert text not in changed


def test_every_noise_finds_something_to_do() -> None:
    texts = (ENGLISH, JAPANESE, "The model’s results – don't ask.")

    assert [name for name, noise in NOISES.items() if not any(noise(t, dice("1")) for t in texts)] == []


@pytest.mark.parametrize("text", [ENGLISH, JAPANESE])
def test_a_changed_digit_is_one_character_and_still_a_digit(text: str) -> None:
    for seed in range(30):
        changed = mutations.digit(text, dice(str(seed)))

        assert changed is not None
        places = [(a, b) for a, b in zip(text, changed, strict=True) if a != b]
        assert len(places) == 1
        assert all(character.isdigit() for character in places[0])


@pytest.mark.parametrize(
    ("text", "changed"),
    [
        ("This does not hold.", "This does hold."),
        ("It cannot fail.", "It can fail."),
        ("It didn't work.", "It did work."),
        ("It works without a key.", "It works with a key."),
        ("The results are stable.", "The results are not stable."),
        ("正しく示される．", "正しく示されない．"),
        ("止まることがある．", "止まることがない．"),
    ],
)
def test_a_negation_comes_or_goes(text: str, changed: str) -> None:
    assert mutations.negation(text, dice("0")) == changed


def test_a_sign_is_put_turned_or_dropped() -> None:
    assert mutations.sign("a gain of 3 points", dice("0")) in ("a gain of -3 points", "a gain of −3 points")
    assert mutations.sign("a change of −0.3 points", dice("0")) == "a change of 0.3 points"
    assert mutations.sign("a change of -0.3 points", dice("0")) == "a change of +0.3 points"


def test_an_exponent_changes_though_nothing_else_does() -> None:
    changed = {mutations.exponent("a rate of 3.5 × 10−4 in all", dice(str(seed))) for seed in range(20)}

    assert changed == {
        "a rate of 3.5 × 10−5 in all",
        "a rate of 3.5 × 10−6 in all",
        "a rate of 3.5 × 104 in all",
    }


def test_a_unit_becomes_another() -> None:
    changed = {mutations.unit("about 12 % of them", dice(str(seed))) for seed in range(20)}

    assert {" ".join(str(text).split()) for text in changed} == {
        "about 12 ‰ of them",
        "about 12 points of them",
    }


def test_a_splice_begins_as_one_sentence_and_ends_as_the_other() -> None:
    first, second = "one two three four five six seven eight", "a b c d e f g h i j"

    assert mutations.splice(first, second) == "one two three four f g h i j"


def test_a_tenth_off_keeps_the_way_a_number_is_written() -> None:
    found = {changed for changed, _, _ in off_by_a_tenth("約80バイトで1,024件、0.50の差が5回")}

    assert found <= {
        "約88バイトで1,024件、0.50の差が5回",
        "約72バイトで1,024件、0.50の差が5回",
        "約80バイトで1,126件、0.50の差が5回",
        "約80バイトで922件、0.50の差が5回",
        "約80バイトで1,024件、0.55の差が5回",
        "約80バイトで1,024件、0.45の差が5回",
    }
    assert len(found) == 3


def test_years_and_the_numbers_of_tables_are_no_quantities() -> None:
    text = "In 2019 Table 3 and Section 2.1 gave 12.5 % of 1,024 cases."

    assert [number.shown for number in numbers_of(text)] == ["12.5", "1,024"]


@pytest.mark.parametrize(
    ("text", "shapes"),
    [
        ("a corpus of 81.1M papers", {"81.1 million", "81,100,000"}),
        ("it takes 45 ms for each", {"0.045 s"}),
        ("we drew 1,024 cases", {"1024"}),
        ("we drew 9 cases", {"nine"}),
    ],
)
def test_other_english_notations_have_the_same_value(text: str, shapes: set[str]) -> None:
    (number,) = numbers_of(text)

    assert set(english_notations(number, dice("0"))) == shapes


@pytest.mark.parametrize(
    ("text", "shapes"),
    [
        ("全部で 8110万 件の論文がある", {"81,100,000", "81.1M"}),
        ("そのうちの 12,099 件を調べた", {"1万2099件"}),
        ("そのうちの 5 種を比べた", {"５種", "五種"}),
    ],
)
def test_other_japanese_notations_have_the_same_value(text: str, shapes: set[str]) -> None:
    (number,) = numbers_of(text)

    assert set(japanese_notations(number, dice("0"))) == shapes


@pytest.mark.parametrize(
    ("text", "near"),
    [
        ("a rate of 29.7% here", "30%"),
        ("all of 1,024 cases", "1,020"),
        ("a value of 0.964 here", "0.96"),
        ("all 20 cases", None),
    ],
)
def test_rounding_drops_one_place_and_never_the_second_digit(text: str, near: str | None) -> None:
    (number,) = numbers_of(text)

    assert rounded(number) == near


def test_large_numbers_are_written_in_myriads() -> None:
    assert [japanese_myriads(n) for n in (23_000, 81_100_000, 280_000_000, 120_340_000, 539_530)] == [
        "2.3万",
        "8110万",
        "2.8億",
        "1億2034万",
        "53万9530",
    ]
    assert [kanji(n) for n in (5, 10, 12, 20, 38)] == ["五", "十", "十二", "二十", "三十八"]


def test_a_swapped_title_differs_in_one_word() -> None:
    title = "A Robust Reader of Scientific Tables"

    assert swapped(title, "paper.pdf")
    for changed in swapped(title, "paper.pdf"):
        assert sum(a != b for a, b in zip(title.split(), changed.split(), strict=True)) == 1


def test_the_interval_is_wilsons() -> None:
    assert wilson(0, 200) == (0.0, pytest.approx(0.0188, abs=1e-4))
    assert wilson(10, 20) == (pytest.approx(0.2993, abs=1e-4), pytest.approx(0.7007, abs=1e-4))
    assert wilson(0, 0) == (0.0, 1.0)


def test_a_case_stays_in_its_half_whatever_stands_beside_it() -> None:
    alone = a_case("some text")
    among = some([a_case(f"text {n}") for n in range(300)] + [alone])

    assert a_case("some text").half is alone.half
    assert {case.half for case in among} == set(Half)


def test_drawing_is_repeatable_and_has_no_doubles() -> None:
    cases = [a_case(f"text {n % 150}", kind=f"kind {n % 2}") for n in range(600)]

    drawn = some(cases, at_most=50)

    assert drawn == some(cases, at_most=50)
    assert len({case.id for case in drawn}) == len(drawn) == 100


def test_hidden_lines_are_enough_and_all_different() -> None:
    assert len(set(lines())) == len(lines()) >= PER_WAY


def test_no_stranger_wrote_any_of_the_papers() -> None:
    people = {name for paper in known_papers().values() for name in paper.people}

    assert not people & set(STRANGERS)


def test_generated_powers_are_all_different_sentences() -> None:
    for language in ("en", "ja"):
        text = exponent_sheet(language).extraction.text.splitlines()
        assert len(set(text)) == len(text) >= 200


@pytest.mark.parametrize("column", list(Column))
def test_the_hand_written_statements_are_as_many_as_promised(column: Column) -> None:
    true = [entry for entries in written(column).values() for entry in entries]
    made_up = [text for texts in invented(column).values() for text in texts]

    assert len(true) >= (40 if column is Column.JA else 60)
    assert len(made_up) >= 40
    assert len({entry["statement"] for entry in true}) == len(true)
    assert not {entry["statement"] for entry in true} & set(made_up)


@pytest.mark.parametrize("column", list(Column))
def test_every_hand_given_quote_stands_on_its_page(
    column: Column, extractions: dict[str, Extraction]
) -> None:
    lost = []
    for name, entries in written(column).items():
        for entry in entries:
            pages = extractions[name].pages[entry["page"] - 1 : entry["page"] + 1]
            text = letters("".join(page.text for page in pages))
            lost += [q for q in entry.get("quotes", ()) if letters(q[:60]) not in text]
    # One sentence goes on from page 6 to 7, past the running number.
    assert [q for q in lost if "16.4B" not in q] == []


def test_every_transcribed_cell_stands_on_its_page(extractions: dict[str, Extraction]) -> None:
    lost = []
    for table in tables():
        text = extractions[table.paper].pages[table.page - 1].text
        shown = set(re.findall(r"\d+(?:[.,]\d+)*", text))
        lost += [
            (table.paper, row, head, value)
            for row, head, value in table.cells()
            if not set(re.findall(r"\d+(?:[.,]\d+)*", value)) <= shown
        ]
    assert lost == []


def test_the_numbers_of_invented_statements_are_made_up(extractions: dict[str, Extraction]) -> None:
    """A number that the paper has by chance is fine; a statement all of whose telling numbers it has would not be invented."""
    suspicious = []
    for column in Column:
        for name, texts in invented(column).items():
            there = {n.replace(",", "") for n in re.findall(r"\d+(?:[.,]\d+)*", extractions[name].text)}
            for text in texts:
                telling = [n.replace(",", "") for n in re.findall(r"\d+(?:[.,]\d+)*", text)]
                telling = [n for n in telling if Decimal(n) >= 100 or "." in n]
                if telling and set(telling) <= there:
                    suspicious.append((name, text))
    assert suspicious == []


@pytest.fixture(scope="module")
def extractions(shared_papers: Path) -> dict[str, Extraction]:
    """The papers that statements were written about."""
    names = {name for column in Column for name in (*written(column), *invented(column))}
    names |= {table.paper for table in tables()}
    found = {}
    for name in names:
        path = SAMPLES / name if (SAMPLES / name).is_file() else shared_papers / name
        found[name] = extract(
            path.read_bytes(), reader="test", version="test", limits=Limits(), report=lambda *_: None
        )
    return found
