"""Names in statements: which words are names, and whether a paper has them."""

from __future__ import annotations

import pytest
from server.domain.matching import fold
from server.domain.proper_names import Name, is_named, names


def found(text: str) -> list[str]:
    return [name.text for name in names(text)]


def has(name: str, paper: str) -> bool:
    return is_named(Name(name, 0, len(name)), fold(paper))


def test_a_capital_at_the_start_of_a_sentence_makes_no_name() -> None:
    assert found("Summaries improve. Readers agree with Kendall.") == ["Kendall"]


@pytest.mark.parametrize("name", ["BERT", "PaperMage", "GPT-3", "F1", "SciBERT"])
def test_what_only_names_are_written_like_is_one_anywhere(name: str) -> None:
    assert found(f"{name} improves.") == [name]


def test_in_japanese_every_latin_word_with_a_capital_is_a_name() -> None:
    assert found("Kendallの相関とpypdfを使う") == ["Kendall"]


@pytest.mark.parametrize("word", ["Table", "January", "Section", "II", "The", "API"])
def test_words_of_any_paper_are_no_names(word: str) -> None:
    assert found(f"see {word} here") == []


@pytest.mark.parametrize(
    ("name", "paper"),
    [
        ("BERTs", "we use BERT"),
        ("SciBERT", "S CI BERT"),
        ("TAPAS-base", "TAPAS in its base size"),
        ("MB", "4 MB"),
    ],
)
def test_a_name_is_found_across_spelling(name: str, paper: str) -> None:
    assert has(name, paper)


@pytest.mark.parametrize(
    ("name", "paper"), [("RoBERTa", "we use BERT"), ("GPT-4", "GPT-3 and T5"), ("Kendall", "Pearson")]
)
def test_another_name_is_not_it(name: str, paper: str) -> None:
    assert not has(name, paper)
