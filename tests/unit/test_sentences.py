"""Facts about splitting text into sentences."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from server.domain.sentences import one_line, split


def sentences(text: str, **options: frozenset[str]) -> list[str]:
    return [text[span.start : span.end] for span in split(text, **options)]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Smith et al. (2019) report 3.5 points. We report more.", 2),
        ("Some tools (e.g. GROBID) fail, i.e. they stop. Others do not.", 2),
        ("See Fig. 3 and Sec. 2.1 of Dr. J. R. Firth. It is long.", 2),
        ("We use v0.5.5 of the tool. It costs 1.5 s.", 2),
        ("The data set of U.S. Patents is large.", 1),
        ("We use dropout, weight decay, etc. The rest is fixed.", 2),
        ("Das gilt z.B. für Mengen, d.h. für alle. Danach folgt mehr.", 2),
        ("Es gilt für z. B. Mengen, d. h. überall. Danach folgt mehr.", 2),
        ("Is it so? Yes! It is.", 3),
        ('He said "stop." Then he left.', 2),
        ("This ends with a footnote.12 The next one follows.", 2),
    ],
)
def test_abbreviations_and_decimals_do_not_end_a_sentence(text: str, count: int) -> None:
    assert len(sentences(text)) == count


def test_japanese_sentences_end_at_their_marks_and_not_inside_brackets() -> None:
    text = "「置く。並べる。」と書いた．比は１．９８倍である。本当か？はい．"

    assert sentences(text) == ["「置く。並べる。」と書いた．", "比は１．９８倍である。", "本当か？", "はい．"]


def test_a_half_width_full_stop_ends_a_japanese_sentence() -> None:
    assert sentences("手法を提案する. 効果を測る.") == ["手法を提案する.", "効果を測る."]


def test_a_decimal_at_a_line_break_stays_whole() -> None:
    assert sentences("時間は 3.1\n秒であった．") == ["時間は 3.1\n秒であった．"]


def test_a_footnote_mark_after_the_full_stop_is_no_part_of_the_sentence() -> None:
    assert sentences("It works.3 We agree.") == ["It works.", "We agree."]


def test_a_name_written_small_begins_a_sentence_only_when_it_is_known() -> None:
    text = "It reads documents. papermage was built for that."

    assert len(sentences(text)) == 1
    assert len(sentences(text, names=frozenset({"papermage"}))) == 2


def test_bullets_and_blank_lines_separate_what_has_no_full_stop() -> None:
    assert sentences("First\n\nSecond\n• Third") == ["First", "Second", "Third"]


def test_line_breaks_become_spaces_except_between_japanese_characters() -> None:
    assert one_line("two\nlines") == "two lines"
    assert one_line("本文を\n先頭に") == "本文を先頭に"
    assert one_line("GPT\nを使う") == "GPT を使う"


def test_a_hyphen_that_only_ends_a_line_goes() -> None:
    assert one_line("evalua-\ntion") == "evaluation"
    assert one_line("evalua\ufffetion") == "evaluation"


@pytest.mark.parametrize("text", ["state-of-\nthe-art", "GPT-\n3", "BERT-\nBase"])
def test_a_hyphen_that_belongs_to_its_word_stays(text: str) -> None:
    assert one_line(text) == text.replace("\n", "")


def test_the_papers_own_words_decide_whether_a_hyphen_belongs() -> None:
    assert one_line("long-\nform", known_words=frozenset({"long", "form"})) == "long-form"
    assert one_line("long-\nform", known_words=frozenset({"long", "form", "longform"})) == "longform"


@given(st.text(alphabet="aB1 .!?。．「」()\n\f•，é", max_size=80))
def test_sentences_are_in_order_apart_and_lose_nothing_but_space_and_marks(text: str) -> None:
    spans = split(text)

    assert all(span.start < span.end for span in spans)
    assert all(one.end <= other.start for one, other in itertools.pairwise(spans))
    kept = "".join(c for s in spans for c in text[s.start : s.end] if c.isalpha())
    assert kept == "".join(c for c in text if c.isalpha())
