"""Headlines: short, made of the answer's own words, cut only where a phrase ends."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from server.domain.headlines import LONGEST, MOST_CHARACTERS, MOST_WORDS, headline


def test_a_short_first_sentence_leads_whole_and_without_its_full_stop() -> None:
    text = "画像を含む論文には対応していない。また、経路選択器の学習には高性能なGPUが必要である。"

    assert headline(text, "ja") == "画像を含む論文には対応していない"


def test_a_long_sentence_is_cut_after_its_clause() -> None:
    japanese = "提案モデルはエネルギー効率の改善と性能向上の両立を目指したが、特定のタスクにおいて精度が若干低下する場合もあった。"
    english = "Earlier mixtures of experts chose a route for each sentence; the new method chooses it for each token."

    assert headline(japanese, "ja") == "提案モデルはエネルギー効率の改善と性能向上の両立を目指したが…"
    assert headline(english, "en") == "Earlier mixtures of experts chose a route for each sentence…"


@pytest.mark.parametrize(
    ("text", "led"),
    [
        ("本論文では、入力の並べ順だけを変える。", "入力の並べ順だけを変える"),
        ("本稿は，入力の並べ順だけを変える．", "入力の並べ順だけを変える"),
        ("In this paper, we change the order of the input.", "We change the order of the input"),
        ("To solve this, we propose a network.", "We propose a network"),
        ("However, the tables are not read.", "The tables are not read"),
    ],
)
def test_lead_ins_that_say_nothing_go(text: str, led: str) -> None:
    assert headline(text, "en") == led


@pytest.mark.parametrize(
    "text",
    [
        "The authors claim that nothing else is needed.",
        "著者らは、ほかに何もいらないと主張する",
        "It is unlikely that the effect is real.",
        "We do not find that order matters.",
        "For example, tables are read.",
        "ただし、表は対象外である",
    ],
)
def test_who_claims_it_and_how_surely_stays(text: str) -> None:
    assert headline(text, "en") == text.rstrip(".")


def test_a_word_that_turns_the_sentence_is_kept_when_the_rest_goes() -> None:
    text = (
        "Accuracy improved on all nine tasks we tried, but the difference between them was not significant."
    )

    assert headline(text, "en") == "Accuracy improved on all nine tasks we tried, but…"


def test_no_clause_stands_alone_that_is_denied_afterwards() -> None:
    text = "評価に用いた九つの課題すべてで精度が向上し、学習に要する費用も同時に下がるとはいえないことが分かった。"

    led = headline(text, "ja")

    assert led.endswith("…")
    assert not led.endswith("精度が向上し…")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        (
            "We compare the model (trained on 4.2 million pairs of papers, abstracts and reviews for nine days) with others.",
            "en",
        ),
        (
            "本手法は「論文の要約を、読み手の役割ごとに、しかも省電力で、繰り返し作成するための枠組み」を提案する。",
            "ja",
        ),
    ],
)
def test_brackets_and_quotation_marks_are_never_parted(text: str, language: str) -> None:
    led = headline(text, language)

    assert led.count("(") == led.count(")")
    assert led.count("「") == led.count("」")


def test_numbers_keep_their_units_and_formulas_their_sides() -> None:
    text = "The share of wrong statements in summaries of medical papers fell to 6 percent overall that year."
    formula = "The loss that every one of the models minimises during training is f(x) = a x + b in all experiments."

    assert not re.search(r"\d…$", headline(text, "en"))
    assert not re.search(r"[=+]…$", headline(formula, "en"))


def test_citations_take_no_room_but_intervals_stay() -> None:
    assert headline("We follow earlier work [3, 5] (Li et al., 2016).", "en") == "We follow earlier work"
    assert headline("All values lie in [1, 2].", "en") == "All values lie in [1, 2]"


def test_the_words_decide_how_a_headline_is_measured() -> None:
    text = "We describe methods used in a scalable deployed production system for extracting structured information."

    assert headline(text, "ja") == "We describe methods used in a scalable deployed production system…"


def test_marks_of_lists_and_headings_are_not_led_with() -> None:
    assert headline("- **Key idea**: order matters", "en") == "Key idea: order matters"
    assert headline("", "ja") == ""


_TEXTS = st.one_of(
    st.text(max_size=300),
    st.text(
        alphabet=st.sampled_from("精度が向上し、「する」を。0123カタカナABC はのに（）ない,"), max_size=200
    ),
    st.lists(
        st.sampled_from(
            [
                "we",
                "the",
                "model",
                "improves,",
                "but",
                "not",
                "(only)",
                "3",
                "cases",
                "“grow",
                "faster”",
                "=",
                "[a",
            ]
        ),
        max_size=60,
    ).map(" ".join),
)


@settings(max_examples=300, deadline=None)
@given(_TEXTS, st.sampled_from(["ja", "en"]))
def test_every_headline_keeps_its_limits_and_the_order_of_the_words(text: str, language: str) -> None:
    led = headline(text, language)

    assert len(led) <= max(LONGEST, MOST_CHARACTERS)
    assert len(led) <= MOST_CHARACTERS or len(led.split()) <= MOST_WORDS
    rest = iter(text.casefold())
    letters = [c for c in led.removesuffix("…").casefold() if c.isalnum()]
    assert all(c in rest for c in letters)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "モデル",
                "エネルギー効率",
                "128",
                "RAG",
                "精度",
                "を",
                "は",
                "が",
                "の",
                "示した",
                "、",
                "ため",
                "する",
            ]
        ),
        min_size=20,
        max_size=60,
    ).map("".join)
)
def test_no_run_of_katakana_or_digits_is_broken(text: str) -> None:
    led = headline(text, "ja").removesuffix("…")

    at = text.find(led)
    assert at >= 0
    edge = text[at + len(led) - 1 : at + len(led) + 1]
    assert (
        not re.fullmatch(r"[\u30a1-\u30ff]{2}|[0-9A-Z]{2}|[0-9]\w", edge) or len(led) == MOST_CHARACTERS - 1
    )


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (
            "We find that 101 out of 162 papers do not perform any human evaluation of faithfulness in their work.",
            "We find that 101 out of 162 papers do not perform…",
        ),
        (
            "An overview of the goals of this survey is given in the second section of the paper and beyond.",
            "An overview of the goals of this survey is given…",
        ),
    ],
)
def test_a_line_never_ends_before_what_it_is_of(text: str, line: str) -> None:
    assert headline(text, "en") == line
