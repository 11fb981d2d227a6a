"""What sentences are about: stems, names with digits, and Japanese terms that an English passage may bear."""

from __future__ import annotations

import pytest
from server.domain.content import content_words, coverage, is_japanese, meets, topic_of, translated


def test_wordings_of_one_thing_share_their_stems() -> None:
    assert content_words("We compared embeddings") == content_words("comparing the embedding")


def test_words_that_any_paper_uses_say_nothing() -> None:
    assert content_words("In this paper we propose a method with results") == frozenset()


@pytest.mark.parametrize("name", ["BM25", "ROUGE-1", "R@5", "F1", "8p", "CORD-19", "2nd"])
def test_a_name_with_digits_is_told_from_its_neighbours(name: str) -> None:
    other = (
        name.replace("25", "26").replace("1", "2").replace("5", "6").replace("8", "4").replace("2nd", "3rd")
    )
    assert content_words(name) - content_words(other)


@pytest.mark.parametrize("number", ["28.9M", "5k", "12s", "0.8", "3b"])
def test_a_number_is_no_word(number: str) -> None:
    assert content_words(number) == frozenset()


def test_a_japanese_term_is_met_by_any_of_its_translations() -> None:
    topic = translated("この文献グラフのノード")
    assert coverage(topic, content_words("nodes of the literature graph")) == 1.0
    assert coverage(topic, content_words("a graph of references to nodes")) == 1.0


def test_one_missing_term_of_two_is_half() -> None:
    assert coverage(translated("グラフの精度"), content_words("the graph")) == 0.5


def test_words_of_degree_are_no_topic() -> None:
    assert translated("約30以上") == frozenset()


def test_without_a_topic_nothing_is_covered() -> None:
    assert coverage(frozenset(), content_words("anything")) == 0.0


def test_what_is_met_is_a_part_of_the_topic() -> None:
    topic = topic_of("graph accuracy")
    assert meets(topic, content_words("graphs")) == topic_of("graphs")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("BERTとGPT-3を比較した", True),
        ("We compare 東京 and BERT with all of the others", False),
        ("30", False),
    ],
)
def test_japanese_is_told_by_its_letters(text: str, *, expected: bool) -> None:
    assert is_japanese(text) is expected
