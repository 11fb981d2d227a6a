"""The matching key locates what PDFs and models write differently; the guards tell what only looks alike."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from server.domain.guards import guards, stands_alone
from server.domain.matching import MatchingKey, fold


def test_spacing_hyphens_quotes_case_and_ligatures_fold_away() -> None:
    assert fold("An  ef\ufb01cient “self-\nattention”") == fold("an efficient 'self attention'")


def test_japanese_sentence_marks_and_widths_are_one() -> None:
    assert fold("精度は９７％であった．一方，速度は低い。") == fold("精度は97%であった。一方、速度は低い．")


def test_half_width_kana_with_voicing_marks_fold_like_full_width() -> None:
    assert fold("ﾃﾞｰﾀ") == fold("データ")


def test_voiced_and_unvoiced_kana_stay_different() -> None:
    assert fold("が") != fold("か")


def test_accents_do_not_hinder_finding() -> None:
    assert fold("Schütze") == fold("Schu\u0308tze") == fold("Schutze")


@given(st.text())
def test_the_key_maps_back_to_characters_that_produced_it(text: str) -> None:
    key = MatchingKey.of(text)
    assert key.key == fold(text)
    assert len(key.offsets) == len(key.key)
    for at, offset in enumerate(key.offsets):
        assert key.key[at] in fold(text[offset])


@given(st.text(min_size=1), st.data())
def test_any_cut_of_a_text_is_found_by_its_key(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    assert fold(text[start:end]) in MatchingKey.of(text).key


def test_a_sign_is_guarded() -> None:
    assert guards("fell by −0.3 points") != guards("fell by 0.3 points")


def test_an_exponent_is_not_a_digit() -> None:
    assert guards("a rate of 10−3") != guards("a rate of 103")


def test_a_range_is_not_a_number() -> None:
    assert guards("layers 1-3") != guards("layers 13")


def test_a_negation_is_a_word() -> None:
    assert guards("is not able to") != guards("is notable to")
    assert guards("we can't say") == guards("we cannot say")


def test_the_case_of_a_unit_is_guarded() -> None:
    assert guards("draws 5 mW") != guards("draws 5 MW")


def test_a_hyphen_in_a_name_is_no_sign() -> None:
    assert guards("GPT-3 wins") == guards("GPT3 wins")


def test_all_kinds_of_dashes_guard_alike() -> None:
    assert guards("from 1–3 to −2") == guards("from 1-3 to -2")


@given(st.integers(0, 999), st.integers(0, 999), st.sampled_from(["-", "−", "–", " ", "."]))
def test_two_numbers_never_guard_like_their_digits_run_together(a: int, b: int, between: str) -> None:
    assert guards(f"of {a}{between}{b} items") != guards(f"of {a}{b} items")


@given(st.decimals(0, 1000, places=2), st.sampled_from(["-", "−", "–"]))
def test_a_negative_number_never_guards_like_the_positive_one(number: object, sign: str) -> None:
    assert guards(f"a change of {sign}{number} was seen") != guards(f"a change of {number} was seen")


def test_a_quote_does_not_begin_inside_a_word() -> None:
    text = "The model is unable to generalise."
    at = text.index("able to")
    assert not stands_alone(text, at, len(text))


def test_a_quote_does_not_begin_after_its_own_sign_or_digit() -> None:
    text = "it fell to −0.3 and rose to 10.3 there"
    assert not stands_alone(text, text.index("0.3"), text.index(" and"))
    assert not stands_alone(text, text.index("0.3", 15), text.index(" there"))


def test_a_prefix_with_a_hyphen_belongs_to_its_word() -> None:
    text = "a non-significant difference"
    assert not stands_alone(text, text.index("significant"), len(text))


def test_a_footnote_mark_glued_to_a_word_does_not_hinder() -> None:
    text = "2We use models1 here"
    assert stands_alone(text, 1, text.index("1"))


def test_japanese_quotes_may_begin_anywhere() -> None:
    text = "本研究では提案手法を用いた。"
    assert stands_alone(text, 3, 9)
