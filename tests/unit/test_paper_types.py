"""Guessing what kind of paper this is."""

from __future__ import annotations

from dataclasses import replace

import pytest
from server.domain.identity import Found, Source
from server.domain.paper_types import PaperTypeGuess, guess_paper_type, suits
from server.domain.personas import AppliesTo
from server.domain.sections import SectionKind

from builders import an_extraction
from builders.papers import an_identity

SURVEYS = [
    "Retrieval-Augmented Generation for Large Language Models: A Survey",
    "A Survey on Evaluation of Large Language Models",
    "Deep learning in fluid dynamics: a critical review",
    "An Overview of Gradient Descent Optimization Algorithms",
    "Exercise and sleep: a meta-analysis",
    "A Systematic Literature Review of Code Search",
    "大規模言語モデルの評価に関するサーベイ",
    "対話システム研究の動向",
]
OTHERS = [
    "LONGEVAL: Guidelines for Human Evaluation of Faithfulness in Long-form Summarization",
    "Bitcoin: A Peer-to-Peer Electronic Cash System",
    "Peer Review Assignment by Optimal Transport",
    "Predicting Household Income from Survey Data",
    "文字化けは例外を投げない：日本語論文 PDF における本文抽出エンジン 5 種の比較",
    "商品レビューの感情分析",
]


def kind_of(title: str) -> str | None:
    identity = an_identity(title=Found(title, Source.LAYOUT, 1))
    guess = guess_paper_type(an_extraction(identity=identity))
    return guess.kind if guess else None


@pytest.mark.parametrize("title", SURVEYS)
def test_a_survey_is_known_by_its_title(title: str) -> None:
    assert kind_of(title) == "survey"


@pytest.mark.parametrize("title", OTHERS)
def test_a_title_that_only_mentions_reviews_is_no_survey(title: str) -> None:
    assert kind_of(title) is None


def test_a_trial_and_a_position_are_known_by_their_titles() -> None:
    assert kind_of("Aspirin in patients with diabetes") == "clinical"
    assert kind_of("Ketamine for pain: a randomised double-blind trial") == "clinical"
    assert kind_of("Position: Benchmarks Should Expire") == "position"


def test_the_words_of_the_paper_are_told() -> None:
    identity = an_identity(title=Found("Agents: A Comprehensive Survey", Source.LAYOUT, 1))

    assert guess_paper_type(an_extraction(identity=identity)) == PaperTypeGuess(
        "survey", "A Comprehensive Survey"
    )


def test_a_survey_may_say_so_in_its_abstract_only() -> None:
    page = "Reading with Machines\nAbstract\nThis survey covers forty years of reading with machines."
    own = "2 Method\nWe train.\n3 Results\nIt works."
    untitled = an_identity(title=None)

    assert guess_paper_type(an_extraction([page], identity=untitled)) == PaperTypeGuess(
        "survey", "This survey covers"
    )
    assert guess_paper_type(an_extraction([own], identity=untitled)) is None


def test_a_paper_that_reports_its_own_results_is_no_survey_for_one_sentence() -> None:
    extraction = an_extraction(["Abstract\nIn this survey study we asked 40 nurses.\n"])
    section = an_extraction().sections[0]
    own = tuple(replace(section, kind=kind) for kind in (SectionKind.METHOD, SectionKind.RESULTS))

    assert guess_paper_type(replace(extraction, sections=own)) is None


def test_a_reader_suits_unless_it_warns() -> None:
    survey, reader = PaperTypeGuess("survey", "A Survey"), AppliesTo(("method",), ("survey",))

    assert not suits(reader, survey)
    assert suits(reader, None)
    assert suits(AppliesTo(), survey)
