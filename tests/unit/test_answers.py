"""The sentences of a paper that answer a question in somebody's own words, or none."""

from __future__ import annotations

from searched_papers import an_index
from server.domain.matching import fold
from server.domain.retrieval.answers import LENGTH, MOST, answers

BATCH = "We train every network with a batch size of 256 images."
OPTIMISER = "The optimiser is Adam with a learning rate of 0.001."
BATCH_JA = "全ての実験でバッチサイズは256とした。"


def test_the_sentence_that_speaks_of_it_comes_first() -> None:
    index = an_index(OPTIMISER, BATCH)

    assert [one.text for one in answers("How large is the batch size?", index)] == [BATCH]


def test_what_the_paper_does_not_speak_of_is_not_answered() -> None:
    index = an_index(OPTIMISER, BATCH)

    assert answers("Which mice were vaccinated against influenza?", index) == ()
    assert answers("", index) == ()


def test_one_common_word_is_not_an_answer() -> None:
    index = an_index(OPTIMISER, BATCH)

    assert answers("Which images show vaccinated mice after an influenza infection?", index) == ()


def test_japanese_questions_are_answered_from_japanese_papers_and_not_by_their_grammar() -> None:
    index = an_index(BATCH_JA, "引用は三つの論文から集めた。", language="ja")

    assert [one.text for one in answers("バッチサイズはいくつか？", index)] == [BATCH_JA]
    assert answers("費用はいくらか？", index) == ()


def test_a_question_in_another_language_finds_what_its_words_mean() -> None:
    index = an_index("The accuracy on the test data is 0.93.", OPTIMISER)

    assert answers("精度はどれくらいか？", index)[0].text == "The accuracy on the test data is 0.93."


def test_every_quote_stands_on_its_page() -> None:
    index = an_index(OPTIMISER, BATCH)

    for one in answers("How large is the batch size, and which optimiser is used?", index):
        assert fold(one.quote) in fold(index.extraction.pages[one.page - 1].text)


def test_an_answer_is_short() -> None:
    many = [f"The batch size of experiment {name} is 256 images." for name in ("one", "two", "three", "four")]
    long = "The batch size of " + "another experiment and " * 15 + "all that follow is 256 images."

    assert len(answers("What is the batch size?", an_index(*many))) == MOST
    found = answers("What is the batch size?", an_index(long, long, long))
    assert len(found) == 1 or sum(len(one.text.split()) for one in found) <= LENGTH[False]
