"""Facts about finding the passage that answers a question."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from searched_papers import FILLER, a_sectioned_paper, an_index
from server.domain.fields import Aspect
from server.domain.retrieval.bm25 import BM25
from server.domain.retrieval.fusion import RRF, fused, ranked
from server.domain.retrieval.index import PassageIndex
from server.domain.retrieval.queries import question
from server.domain.retrieval.ranking import advanced, naive
from server.domain.retrieval.similarity import similarities
from server.domain.retrieval.sounds import by_skeleton, heard_as
from server.domain.retrieval.tokens import terms
from server.domain.sections import SectionKind
from server.domain.words import Words

from builders import a_field


def first(text: str, index: PassageIndex) -> int | None:
    """Number of the passage that is found first."""
    found = advanced(question(text), index, k=1)
    return found[0].order if found else None


# Terms


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("annotators", "annotation"),
        ("citations", "Citation"),
        ("trained", "training"),
        ("Möbius", "Mobius"),
        ("kompakte", "kompakt"),
        ("15,117", "15117"),
        ("ＢＥＲＴ", "bert"),
    ],
)
def test_forms_of_a_word_are_one_term(one: str, other: str) -> None:
    assert terms(one) == terms(other) != []


def test_japanese_is_cut_into_pairs_and_grammar_left_out() -> None:
    assert terms("研究の限界") == ["研究", "究の", "の限", "限界"]
    assert terms("である") == []


def test_latin_words_and_numbers_are_found_inside_japanese() -> None:
    assert {"bm25", "2.5", "限界"} <= set(terms("BM25の限界は2.5である"))


@given(st.text(max_size=200))
def test_terms_are_made_of_anything(text: str) -> None:
    assert all(terms(text))


# BM25 and fusion


def test_a_rare_term_tells_more_than_a_common_one() -> None:
    index = BM25([["common", "rare"], ["common"], ["common"], ["other"]])

    assert index.rarity("rare") > index.rarity("common") > 0 == index.rarity("absent")
    assert ranked(index.scores({"common": 1.0, "rare": 1.0}))[0] == 0


def test_a_short_text_beats_a_long_one_with_the_same_term() -> None:
    short, long, _ = BM25([["term"], ["term", *"abcdefgh"], ["else"]]).scores({"term": 1.0})

    assert short > long > 0


def test_nothing_is_found_in_nothing() -> None:
    assert BM25([]).scores({"term": 1.0}) == []
    assert BM25([[], []]).scores({"term": 1.0}) == [0.0, 0.0]


def test_what_two_rankings_agree_on_comes_first() -> None:
    scores = fused([([0, 1, 2], 1.0), ([1, 2, 0], 1.0)], size=4)

    assert ranked(scores) == [1, 0, 2]
    assert scores[1] == pytest.approx(1 / (RRF + 2) + 1 / (RRF + 1))
    assert scores[3] == 0


def test_the_earlier_passage_wins_a_tie() -> None:
    assert ranked([1.0, 2.0, 2.0, 0.0]) == [1, 2, 0]


# Sounds


@pytest.mark.parametrize(
    ("katakana", "word"),
    [
        ("アノテーション", "annotation"),
        ("ハウスドルフ", "hausdorff"),
        ("ワインガルテン", "weingarten"),
        ("パラメータ", "parameter"),
        ("プライバシー", "privacy"),
        ("インセンティブ", "incentive"),
        ("ネットワーク", "network"),
        ("コンパクト", "kompakt"),
        ("ホモトピー", "homotopie"),
        ("アルゴリズム", "algorithm"),
        ("クエリ", "query"),
        ("ブロック", "block"),
    ],
)
def test_a_katakana_word_is_recognised_among_others(katakana: str, word: str) -> None:
    others = ["weather", "harvest", "ohne", "beyond", "relations", "effort", "previous", "blick", "natural"]

    assert heard_as(f"その{katakana}は", by_skeleton([*others, word])) == {katakana: (word,)}


@pytest.mark.parametrize("katakana", ["ハイネ", "コト", "エラー", "アイ"])
def test_words_of_few_sounds_are_not_guessed(katakana: str) -> None:
    assert heard_as(katakana, by_skeleton(["ohne", "cat", "raw", "are", "i"])) == {}


# Ranking


def test_a_two_character_japanese_word_is_found() -> None:
    index = an_index("速度を測った。", "手法の限界を述べる。", "費用を示す。", language="ja")

    assert [p.order for p in naive(question("限界"), index, k=1)] == [1]
    assert first("限界は何か", index) == 1


@pytest.mark.parametrize(
    "asked",
    [
        "Which licence does the toolkit have?",
        "このツールキットのライセンスは何か。",
        "使用許諾は何か。",
    ],
)
def test_an_english_passage_is_found_in_either_language(asked: str) -> None:
    index = an_index(
        "Annotators were paid well.", "Its toolkit has a permissive license.", "Rows were shuffled."
    )

    assert first(asked, index) == 1


def test_a_japanese_passage_is_found_by_an_english_question() -> None:
    index = an_index("速度を測った。", "この手法の限界を述べる。", "費用を示す。", language="ja")

    assert first("What are the limitations?", index) == 1


def test_a_german_passage_is_found_by_words_that_only_look_alike() -> None:
    index = an_index(
        "Der Weg ist stetig.", "Der Raum heißt kompakt.", "Die Gruppe operiert frei.", language="de"
    )

    assert first("When is it compact?", index) == 1
    assert first("コンパクトとは何か。", index) == 1


def test_words_close_together_beat_words_far_apart() -> None:
    far = f"The tokens were many. {FILLER * 3} The cache was cold. {FILLER} The prefix was long."
    index = an_index(far, "The cache keeps tokens of the prefix.", "Nothing to see here at all.")

    assert first("Which prefix tokens does the cache keep?", index) == 1


def test_the_reference_list_answers_no_question() -> None:
    listed = "\n".join(f"[{n}] A. Author. Wombats and their burrows. 2020." for n in range(1, 9))
    paper = a_sectioned_paper(
        ("1 Introduction", SectionKind.INTRODUCTION, f"Wombats dig. {FILLER * 6}"),
        ("References", SectionKind.REFERENCES, listed),
    )
    index = PassageIndex.of(paper)

    for rank in (naive, advanced):
        found = rank(question("wombats burrows"), index, k=10)
        assert found
        assert not any(p.is_reference for p in found)


def test_a_field_is_answered_where_papers_answer_it_though_no_word_is_shared() -> None:
    paper = a_sectioned_paper(
        ("1 Introduction", SectionKind.INTRODUCTION, f"Reading is slow for most people. {FILLER * 6}"),
        ("2 Method", SectionKind.METHOD, f"Our approach consists of two steps in turn. {FILLER * 6}"),
        ("3 Limitations", SectionKind.LIMITATIONS, f"We did not test other models. {FILLER * 6}"),
    )
    debate = Words(ja="議論はある？", en="What is open to debate?")
    index = PassageIndex.of(paper)

    assert advanced(a_field("limitations", label=debate), index, k=1)[0].kind is SectionKind.LIMITATIONS
    assert advanced(a_field("method", label=debate), index, k=1)[0].kind is SectionKind.METHOD


def test_scores_from_elsewhere_count() -> None:
    index = an_index("Rows were shuffled.", "Columns were dropped.", "Cells were merged.")
    asked = a_field("q", aspects=[Aspect.OTHER], label=Words(ja="何", en="Whither?"))

    assert advanced(asked, index, k=1, scores=[0.1, 0.2, 0.9])[0].order == 2


def test_vectors_are_compared_by_direction() -> None:
    near, far, against, nothing = similarities([1.0, 0.0], [[5.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, 0.0]])

    assert (near, far, against, nothing) == (1.0, 0.5, 0.0, 0.0)
    with pytest.raises(ValueError, match="shorter"):
        similarities([1.0, 0.0], [[1.0]])


def test_the_same_question_finds_the_same_passages_in_the_same_order() -> None:
    sentences = ("Rows were shuffled.", "Rows were dropped.", "Rows were merged.", "Rows stayed.")

    found = [advanced(question("rows"), an_index(*sentences), k=9) for _ in range(2)]
    assert found[0] == found[1]
    assert len({p.order for p in found[0]}) == len(found[0])


@given(st.text(max_size=80))
def test_any_question_may_be_asked(asked: str) -> None:
    for index in _INDEXES:
        assert len(advanced(question(asked), index, k=2)) <= 2


_INDEXES = (
    an_index("Rows were shuffled.", "Columns were dropped.", "Cells were merged."),
    an_index("速度を測った。", "手法の限界を述べる。", language="ja"),
    an_index("Der Weg ist stetig.", "Der Raum heißt kompakt.", language="de"),
)
