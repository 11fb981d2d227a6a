"""The hyphen at a line end goes where the word is one, and stays where it is two."""

from __future__ import annotations

import pytest
from server.adapters.pdf_hyphens import Hyphen, Vocabulary

PAPER = Vocabulary.of(
    ["We use pre-trained models, SciBERT and CiteSeer; span detection at one level; self-supervised."]
)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("very speci", "fic results", Hyphen.DROP),
        ("a pre", "trained model", Hyphen.KEEP),
        ("uses Sci", "BERT,", Hyphen.DROP),
        ("uses BERT", "Base,", Hyphen.KEEP),
        ("INTRO", "DUCTION", Hyphen.DROP),
        ("GPT", "3 is", Hyphen.KEEP),
        ("a new state", "2 The code is", Hyphen.BREAK),
        ("state-of-the", "art", Hyphen.KEEP),
        ("self-super", "vised", Hyphen.DROP),
        ("the span", "level scores", Hyphen.KEEP),
        ("the V", "measure of", Hyphen.KEEP),
        ("(", "x", Hyphen.KEEP),
        ("at many span", "and token-level tasks", Hyphen.BREAK),
        ("die Ein", "oder Ausgabe", Hyphen.BREAK),
        ("an oper", "and of", Hyphen.DROP),
    ],
)
def test_the_hyphen_is_decided_by_the_paper_and_by_the_shape_of_the_word(
    before: str, after: str, expected: Hyphen
) -> None:
    assert PAPER.hyphen(before, after) is expected


def test_the_halves_of_broken_words_are_no_words() -> None:
    assert Vocabulary.of(["some exam\ufffeples here"]).words == {"some": 1, "here": 1}
