"""Facts about choosing a paper's sentences for a question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from server.domain.extractions import Extraction
from server.domain.extractive.choices import fitting_choices
from server.domain.extractive.choosing import Chooser
from server.domain.extractive.index import SentenceIndex
from server.domain.extractive.prose import passages
from server.domain.extractive.questions import Questions
from server.domain.extractive.readings import readings
from server.domain.extractive.traits import Standing, beginning, says_something, standing
from server.domain.fields import Aspect, Choice, Field, Length
from server.domain.references import Reference
from server.domain.sections import Section, SectionKind
from server.domain.words import Words

from builders import a_field, an_extraction

K = SectionKind


def a_sectioned_paper(
    *parts: tuple[str, SectionKind, str], language: str = "en", **changes: object
) -> Extraction:
    """A paper of one page: (heading, kind, text) per section. Lines as they come."""
    text = "\n".join(f"{heading}\n{body}" for heading, _, body in parts)
    sections: list[Section] = []
    at = 0
    for heading, kind, body in parts:
        end = at + len(heading) + 1 + len(body) + 1
        sections.append(Section(heading, kind, 1, at, at + len(heading) + 1, end))
        at = end
    paper = an_extraction([text], sections=tuple(sections), references=(), language=language)
    pages = tuple(replace(page, lines=()) for page in paper.pages)
    return replace(paper, pages=pages, **changes)  # type: ignore[arg-type]  # changes are fields of Extraction


PAPER = a_sectioned_paper(
    (
        "Abstract",
        K.ABSTRACT,
        (
            "We introduce Orders, a method that places the paper before the persona in every prompt. "
            "Prompts with several readers are widely used but expensive. "
            "We show that Orders reduces evaluated tokens by 98 percent on four machines."
        ),
    ),
    (
        "1 Introduction",
        K.INTRODUCTION,
        (
            "Large language models are widely used to read papers in many fields. "
            "However, sending one paper to several readers remains a problem because every reader pays again. "
            "In this paper we present Orders, whose key idea is to put what is common to all readers first."
        ),
    ),
    (
        "2 Method",
        K.METHOD,
        (
            "Our method consists of three steps that each server already supports today. "
            "We first send the constant rules, and then we append the text of the paper. "
            "The persona is encoded last so that the cache of the server can be used again."
        ),
    ),
    (
        "3 Results",
        K.RESULTS,
        (
            "We find that the second reader evaluates 28 tokens instead of 2,478 tokens. "
            "The accuracy of the answers increases significantly from 71.2 to 74.9 percent on average."
        ),
    ),
    (
        "4 Related Work",
        K.RELATED,
        (
            "Prompt caching was described for servers with a large memory by Gim et al. (2023). "
            "Unlike existing work, our method changes nothing in the server and needs no retraining."
        ),
    ),
    (
        "5 Limitations",
        K.LIMITATIONS,
        (
            "We did not evaluate hosted providers, whose caches may behave differently. "
            "The study is limited to one small model and two short personas."
        ),
    ),
)
INDEX = SentenceIndex.of(PAPER)


def chosen(field: Field, index: SentenceIndex = INDEX, chooser: Chooser | None = None) -> list[str]:
    extraction = index.extraction
    asked = Questions().read(field, language=extraction.language, rarity=index.rarity)
    return [s.text for s in (chooser or Chooser(index)).choose(asked)]


def kinds(texts: Sequence[str], index: SentenceIndex = INDEX) -> set[SectionKind]:
    return {s.kind for s in index.sentences if s.text in texts}


def test_a_paper_that_never_says_what_it_presents_is_still_summed_up_and_not_by_its_limits() -> None:
    paper = a_sectioned_paper(
        (
            "1 Introduction",
            K.INTRODUCTION,
            "Files hold text that a person who looks at the printed page does not see at all.",
        ),
        (
            "2 Limitations",
            K.LIMITATIONS,
            "Optional layers of a page were not tested, and this remains a problem for the text of files.",
        ),
    )
    index = SentenceIndex.of(paper)
    field = a_field("overview", label=Words(ja="どんなもの？", en="What is it?"))

    assert kinds(chosen(field, index), index) == {K.INTRODUCTION}


def test_a_question_about_limits_gets_what_the_authors_could_not_do() -> None:
    answer = chosen(a_field("limitations"))

    assert answer
    assert kinds(answer) == {K.LIMITATIONS}


def test_a_question_about_results_gets_numbers_from_the_results() -> None:
    answer = chosen(a_field("results", length=Length(en=(20, 30))))

    assert kinds(answer) == {K.RESULTS}
    assert any(c.isdigit() for c in answer[0])


def test_a_question_about_novelty_gets_the_difference_from_earlier_work() -> None:
    answer = chosen(a_field("novelty", length=Length(en=(10, 20))))

    assert answer[0].startswith("Unlike existing work")


def test_a_question_about_the_background_is_answered_in_the_introduction() -> None:
    field = a_field("background", label=Words(ja="背景", en="Background"), length=Length(en=(20, 30)))

    assert kinds(chosen(field)) == {K.INTRODUCTION}


def test_the_abstract_in_brief_comes_from_the_abstract_alone() -> None:
    field = a_field("abstract", aspects=[Aspect.OVERVIEW], label=Words(ja="概要", en="Abstract in brief"))

    assert kinds(chosen(field)) == {K.ABSTRACT}


def test_a_question_for_the_gist_looks_where_the_paper_sums_up() -> None:
    details = a_field("method", label=Words(ja="方法", en="Method"), length=Length(en=(10, 20)))
    gist = replace(
        details,
        label=Words(ja="手法のキモ", en="The key idea"),
        instruction=Words(ja="中心となる考えを述べる。", en="State the central idea."),
    )

    assert kinds(chosen(details)) == {K.METHOD}
    assert K.INTRODUCTION in kinds(chosen(gist)[:1])


def test_the_words_of_a_question_without_a_known_aspect_find_its_sentence() -> None:
    field = a_field(
        "memory",
        aspects=[Aspect.OTHER],
        label=Words(ja="メモリ", en="Memory of servers"),
        instruction=Words(ja="メモリの量。", en="Which memory is large?"),
        length=Length(en=(5, 15)),
    )

    assert "large memory" in chosen(field)[0]


def test_a_question_the_paper_does_not_answer_gets_nothing() -> None:
    assert chosen(a_field("applications")) == []
    assert chosen(a_field("other", label=Words(ja="魚", en="Fishing quotas"))) == []


def test_no_sentence_answers_two_questions_of_one_persona() -> None:
    chooser = Chooser(INDEX)
    fields = [
        a_field(aspect.value)
        for aspect in (Aspect.LIMITATIONS, Aspect.DISCUSSION, Aspect.RESULTS, Aspect.EVALUATION)
    ]

    said = [text for field in fields for text in chosen(field, chooser=chooser)]

    assert len(said) == len(set(said))


def test_an_answer_keeps_to_the_length_asked_for() -> None:
    short = chosen(a_field("results", length=Length(en=(5, 15))))
    long = chosen(a_field("results", length=Length(en=(25, 60))))

    assert len(short) == 1
    assert len(long) == 2


def test_a_sentence_that_points_back_comes_after_the_one_it_points_to() -> None:
    paper = a_sectioned_paper(
        (
            "Limitations",
            K.LIMITATIONS,
            (
                "The corpus holds only papers of one field and one language. "
                "This is a limitation that we could not remove and leave for future work."
            ),
        )
    )

    answer = chosen(a_field("limitations"), SentenceIndex.of(paper))

    assert answer[0].startswith("The corpus")
    assert answer[-1].startswith("This is")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("However, it fails.", Standing.POINTING),
        ("These results show more.", Standing.POINTING),
        ("To address this problem, we train it.", Standing.POINTING),
        ("This paper describes a tool.", Standing.ALONE),
        ("Moreover, we release it.", Standing.LINKED),
        ("We release it.", Standing.ALONE),
        ("しかし，誤りが残る．", Standing.POINTING),
        ("本稿はこれらと異なる．", Standing.POINTING),
        ("この論文は手法を示す．", Standing.ALONE),
        ("また，測定した．", Standing.LINKED),
        ("Daher gilt die Aussage.", Standing.POINTING),
    ],
)
def test_what_a_sentence_leans_on_is_told_by_how_it_begins(text: str, expected: Standing) -> None:
    assert standing(text) is expected


@pytest.mark.parametrize(
    "text",
    [
        "and the rest of the sentence stands here today.",
        "The similarity score is computed as the mean between an index and a metric:",
        "See Appendix B for the details of the filter used here.",
        "The remainder of this paper is organized as follows.",
        "Copyright © 2020 by the authors of this paper, all rights reserved.",
        "f(x) = Σ w_i x_i + b, x ∈ X, w ∈ W, b ∈ R.",
        "12 34 56 78 90 12 34 56 of 78 90.",
        "は引用の結果と矛盾しないことが分かる．",
    ],
)
def test_fragments_formulas_and_signposts_are_not_quoted(text: str) -> None:
    assert not says_something(text, wide="は引用" in text, name=None)


def test_a_heading_or_list_number_on_the_same_line_is_left_out() -> None:
    text = "Selecting PDFs We remove what is unlikely to be a paper."

    assert text[beginning(text) :].startswith("We remove")
    assert "2) First one"[beginning("2) First one") :] == "First one"


def test_headings_captions_references_and_front_matter_are_not_prose() -> None:
    extraction = an_extraction()

    prose = " ".join(extraction.text[p.start : p.end] for p in passages(extraction))

    assert "We place the paper" in prose
    assert "Limitations" not in prose
    assert "Yomikurabe Project" not in prose
    assert "Woosuk Kwon" not in prose


def test_a_caption_does_not_run_into_the_paragraph_around_it() -> None:
    paper = a_sectioned_paper(
        (
            "1 Introduction",
            K.INTRODUCTION,
            "A whole sentence stands here before the table.\nTable 1: Numbers of nothing at all.",
        ),
        ("2 Method", K.METHOD, "Another whole sentence stands here after the table."),
    )

    prose = [paper.text[p.start : p.end] for p in passages(paper)]

    assert prose == [
        "A whole sentence stands here before the table.",
        "Another whole sentence stands here after the table.",
    ]


def a_reference(index: int, title: str, author: str, year: int, number: str | None) -> Reference:
    return Reference(index, number, title, title, (author,), year, 1, 0, 0)


def test_readings_are_the_entries_the_text_leans_on_most() -> None:
    paper = a_sectioned_paper(
        (
            "1 Introduction",
            K.INTRODUCTION,
            "Readers have been compared before in several studies [1, 3]. We build our method on the cache of earlier servers [2].",
        ),
        (
            "2 Method",
            K.METHOD,
            "Our method uses the same blocks of memory as before [2]. Nothing else of the server is changed by it.",
        ),
        references=(
            a_reference(1, "On Readers", "A. One", 2020, "1"),
            a_reference(2, "On Caches", "B. Two", 2021, "2"),
            a_reference(3, "On Studies", "C. Three", 2022, "3"),
            a_reference(4, "Never Cited", "D. Four", 2022, "4"),
        ),
    )

    found = readings(SentenceIndex.of(paper), count=10)

    assert [r.reference.title for r in found] == ["On Caches", "On Readers", "On Studies"]
    assert found[0].citing is not None
    assert "[2]" in found[0].citing.text


def test_ranges_of_numbers_cite_all_between() -> None:
    paper = a_sectioned_paper(
        ("1 Introduction", K.INTRODUCTION, "Many have compared the readers of papers before us [1–3]."),
        references=tuple(a_reference(i, f"Work {i}", "A. One", 2020, str(i)) for i in (1, 2, 3)),
    )

    assert len(readings(SentenceIndex.of(paper), count=10)) == 3


@pytest.mark.parametrize("cited", ["Lewis et al., 2020", "Lewis and Perez, 2020", "Lewis, 2020; Gao, 2023"])
def test_names_and_years_cite_an_entry_without_a_number(cited: str) -> None:
    paper = a_sectioned_paper(
        ("1 Introduction", K.INTRODUCTION, f"Retrieval gives a model what it has not seen before ({cited})."),
        references=(
            a_reference(1, "Retrieval", "Patrick Lewis", 2020, None),
            a_reference(2, "Other", "Patrick Lewis", 2019, None),
        ),
    )

    assert [r.reference.title for r in readings(SentenceIndex.of(paper), count=3)] == ["Retrieval"]


def test_japanese_names_and_years_cite_an_entry() -> None:
    paper = a_sectioned_paper(
        ("1 はじめに", K.INTRODUCTION, "論文を機械で読む試みは以前から続けられている（山田ら，2020）。"),
        language="ja",
        references=(a_reference(1, "論文を読む", "山田太郎", 2020, None),),
    )

    found = readings(SentenceIndex.of(paper), count=3)

    assert [r.reference.title for r in found] == ["論文を読む"]


def test_a_choice_is_made_only_when_the_words_of_one_value_are_there() -> None:
    choices = (
        Choice("method", Words(ja="手法・アルゴリズムの提案", en="proposes a method or algorithm")),
        Choice("survey", Words(ja="サーベイ・総説", en="surveys a field")),
    )

    assert fitting_choices(choices, "We present a new method for it.", wide=False) == ["method"]
    assert fitting_choices(choices, "We survey every method there is.", wide=False) == ["method", "survey"]
    assert fitting_choices(choices, "本稿は新しい手法を示す．", wide=True) == ["method"]
    assert fitting_choices(choices, "We present a large corpus of papers.", wide=False) == []


def test_japanese_questions_are_answered_from_japanese_sections() -> None:
    paper = a_sectioned_paper(
        (
            "1 はじめに",
            K.INTRODUCTION,
            "論文を読ませる利用が近年広がっている．しかし，計算量が増えるという問題がある．",
        ),
        (
            "2 結果",
            K.RESULTS,
            "二つ目の役割で評価されたのは 28 トークンであった．時間は 3.1 秒に短縮された．",
        ),
        ("3 限界", K.LIMITATIONS, "測定は 1 種類のモデルに限られる．外部の事業者での効果は確かめていない．"),
        language="ja",
    )
    index = SentenceIndex.of(paper)

    assert kinds(chosen(a_field("limitations"), index), index) == {K.LIMITATIONS}
    assert kinds(chosen(a_field("results"), index), index) == {K.RESULTS}
