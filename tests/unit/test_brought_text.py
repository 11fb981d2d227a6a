"""Pasted answers: their statements, the paper they name, the works they suggest, each with its place."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from server.domain.brought_text import (
    BroughtText,
    split_statements,
    stated_identity,
    suggested_references,
)
from server.domain.statements import Quote

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
SEEDS = Path(__file__).resolve().parents[3] / "shared" / "seeds"

SPECIES = "論文要約くん"
INTERPRETER = "Paper Interpreter (Japanese)"
AFTER_BOTH = "プロンプトエンジニアリングと GPT-3"


@pytest.fixture(scope="module")
def article() -> str:
    """The article with the two answers that started this project."""
    found = sorted(SEEDS.glob("000*.txt"))
    if not found:
        pytest.skip("needs ../shared/seeds beside the checkout")
    return found[0].read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def true_answer(article: str) -> str:
    lines = article.splitlines(keepends=True)
    start, end = (lines.index(f"{heading}\n") for heading in (SPECIES, INTERPRETER))
    return "".join(lines[start:end])


@pytest.fixture(scope="module")
def false_answer(article: str) -> str:
    lines = article.splitlines(keepends=True)
    start, end = (lines.index(f"{heading}\n") for heading in (INTERPRETER, AFTER_BOTH))
    return "".join(lines[start:end])


def said(text: str) -> list[str]:
    return [claim.text for claim in split_statements(text)]


def suggested(text: str) -> list[str]:
    return [claim.text for claim in suggested_references(text)]


# Statements


def test_sentences_are_statements_and_headings_are_none() -> None:
    text = "# 要約\n\n本手法は速い。精度は95%である。\n\n## Results\n\nIt is fast. It is small.\n"

    assert said(text) == ["本手法は速い。", "精度は95%である。", "It is fast.", "It is small."]


def test_offsets_point_to_the_statement_as_it_was_pasted() -> None:
    text = "- The **main** result is `fast` (p. 3).\r\n"

    (claim,) = split_statements(text)

    assert claim.path == "/text"
    assert claim.text == "The main result is fast."
    assert text[claim.start : claim.end] == "The **main** result is `fast` (p. 3)."


def test_bullets_numbers_and_japanese_marks_make_items() -> None:
    text = "- one thing\n* another\n1. a third\n2) a fourth\n・五つ目\n① 六つ目\n  - a nested one\n"

    assert said(text) == ["one thing", "another", "a third", "a fourth", "五つ目", "六つ目", "a nested one"]


def test_an_item_goes_on_in_the_lines_below_it() -> None:
    assert said("- The first half of\n  the sentence.\n- Next.\n") == [
        "The first half of the sentence.",
        "Next.",
    ]


def test_lines_broken_by_their_width_are_one_sentence() -> None:
    text = (
        "Tidy datasets are easy to manipulate, model and visualise, and have a specific\n"
        "structure: each variable is a column, and each observation is a row.\n"
    )

    (claim,) = split_statements(text)

    assert claim.text.startswith("Tidy datasets are easy")
    assert "a specific structure: each" in claim.text
    assert claim.text.endswith("is a row.")


def test_japanese_lines_join_without_a_space() -> None:
    text = "提案手法はエネルギー効率の改善と性能の向上を両立させることを目指し\nて設計されており、実験でその効果が確かめられたと述べている。"

    assert said(text) == [text.replace("\n", "")]


def test_a_row_of_figures_is_one_statement_and_its_head_none() -> None:
    text = "| Model | F1 |\n|---|---:|\n| BERT | 92.3 |\n| **Ours** | 93.1 |\n"

    assert said(text) == ["BERT; 92.3", "Ours; 93.1"]


def test_cells_of_prose_are_split_into_sentences() -> None:
    text = "| 項目 | 内容 |\n|---|---|\n| 手法 | 注意機構だけで系列を変換する新しいモデルを提案した。再帰は使わないので並列に学習できる。 |\n"

    assert said(text) == [
        "注意機構だけで系列を変換する新しいモデルを提案した。",
        "再帰は使わないので並列に学習できる。",
    ]


def test_a_table_copied_from_a_page_has_tabs() -> None:
    assert said("Dataset\tSize\nGLUE\t12,345\nCIFAR-10\t60,000\n")[1:] == ["GLUE; 12,345", "CIFAR-10; 60,000"]


def test_code_is_no_statement_but_an_answer_in_a_fence_is() -> None:
    code = "The code is short and easy to read for everyone.\n\n```python\nprint('It is 42.')\n```\n"
    answer = "```markdown\n## Summary\n\nIt is fast.\n```\n"

    assert said(code) == ["The code is short and easy to read for everyone."]
    assert said(answer) == ["It is fast."]


def test_a_fence_that_is_never_closed_hides_nothing() -> None:
    assert said("It is fast.\n```\nIt has 175B parameters.\n") == ["It is fast.", "It has 175B parameters."]


def test_links_citations_and_page_mentions_leave_the_words() -> None:
    text = "See [the code](https://example.org/a_(b)) [3, 4]【12†source】 of https://example.org/x, it works（4ページ）。\n"

    (claim,) = split_statements(text)

    assert claim.text == "See the code of , it works。"


def test_what_is_said_to_the_person_who_asked_is_no_statement() -> None:
    text = (
        "Sure! Here's a summary of the paper:\n\nIt is fast.\n\nLet me know if you have any questions!\n\n"
        "以下に要約します。\n\n本手法は速い。\n\nご不明な点があればお知らせください。\n"
    )

    assert said(text) == ["It is fast.", "本手法は速い。"]


def test_a_label_in_bold_is_no_part_of_the_statement() -> None:
    assert said("- **Key idea:** The paper comes first.\n- **結果**：95%を達成した。\n結論：速い。\n") == [
        "The paper comes first.",
        "95%を達成した。",
        "速い。",
    ]


def test_an_answered_mail_is_not_one_long_quotation() -> None:
    text = "> On Monday you wrote\n> - It is fast.\n> It is small.\n"

    assert [(c.text, c.quotes) for c in split_statements(text)] == [("It is fast.", ()), ("It is small.", ())]


# Quotations


def test_quotations_are_quotes_with_their_page_and_terms_are_none() -> None:
    text = 'The authors say "nodes can leave and rejoin at will" (p. 8). 「Naive RAG」と「Advanced RAG」に分けている。\n'

    first, second = split_statements(text)

    assert first.quotes == (Quote("nodes can leave and rejoin at will", 8),)
    assert second.quotes == ()


def test_each_sentence_of_a_quotation_block_is_a_quote() -> None:
    text = "They write:\n\n> We place the paper first. It is fast. — p. 2\n\nThis is new and it is also very good.\nSo it is done.\n"

    quotes = [quote for claim in split_statements(text) for quote in claim.quotes]

    assert [quote.quote for quote in quotes] == ["We place the paper first.", "It is fast."]
    assert quotes[-1].page == 2


# Which paper


@pytest.mark.parametrize(
    ("text", "stated"),
    [
        ("Title: Tidy Data\nAuthor: Hadley Wickham\n", {"title": "Tidy Data", "authors": ["Hadley Wickham"]}),
        ("**Title:** Tidy Data: A View\n- **Year**: 2014\n", {"title": "Tidy Data: A View", "year": 2014}),
        (
            "題名：読み比べ\n著者：山田 花子、鈴木 一郎\n",
            {"title": "読み比べ", "authors": ["山田 花子", "鈴木 一郎"]},
        ),
        ("## タイトル（原題・訳）\n\nTidy Data\n\n整然データ\n", {"title": "Tidy Data"}),
        ("1. 論文名\n「Tidy Data」\n", {"title": "Tidy Data"}),
        ("| 題名 | Tidy Data |\n|---|---|\n| 年 | 2014年 |\n", {"year": 2014}),
        (
            "Venue and year: Journal of Statistical Software, 2014\n",
            {"venue": "Journal of Statistical Software", "year": 2014},
        ),
        ("First author: A. B, Last author: C. D\n", {"first_author": "A. B", "last_author": "C. D"}),
        (
            "第一著者と最終著者\nA. Author、B. Author\n",
            {"first_author": "A. Author", "last_author": "B. Author"},
        ),
        ("著者：Ann Lee, Bo Chen et al.（Example University）\n", {"authors": ["Ann Lee", "Bo Chen"]}),
        ("First author's affiliation: Example University\n", {"affiliation": "Example University"}),
        ("発表：ACL 2020\n", {"venue": "ACL 2020", "year": 2020}),
        ("発表：2020年\n", {"year": 2020}),
        ("DOI: 10.1000/xyz123\n", {"doi": "10.1000/xyz123"}),
        ('The paper "Tidy Data" argues that data should be tidy.\n', {"title": "Tidy Data"}),
        (
            "論文「Attention Is All You Need」は、注意機構だけを使う。\n",
            {"title": "Attention Is All You Need"},
        ),
    ],
)
def test_labels_and_headings_say_which_paper_it_is(text: str, stated: dict[str, object]) -> None:
    assert stated_identity(text) == stated


@pytest.mark.parametrize(
    "text",
    [
        "# Summary of the paper\n\nIt is fast.\n",
        "Author's note: this was hard to read.\n",
        "The title of this section is short: it is one word.\n",
        "## Results by year\n\nIn 2014 it was fast.\n",
        "「Naive RAG」は最も単純な形である。\n",
        "Source code: available at the authors' page.\n",
    ],
)
def test_other_labels_say_nothing_about_the_paper(text: str) -> None:
    assert stated_identity(text) == {}


def test_what_names_the_paper_is_no_statement_about_it() -> None:
    text = "Title: Tidy Data\nYear: 2014\n\nTidy data is easy to model.\n"

    assert said(text) == ["Tidy data is easy to model."]


def test_a_heading_that_reads_like_a_title_is_kept_but_not_certain() -> None:
    (part,) = BroughtText("# Tidy Data for Everyone Everywhere\n\nIt is fast.\n").parts

    assert (part.part, part.value, part.certain) == ("title", "Tidy Data for Everyone Everywhere", False)
    assert stated_identity("# Tidy Data for Everyone Everywhere\n\nIt is fast.\n") == {}


# What to read next


@pytest.mark.parametrize(
    ("entry", "title"),
    [
        ("- *Attention Is All You Need* (Vaswani et al., 2017)", "Attention Is All You Need"),
        ("1. **BERT: Pre-training of Transformers** — for the basics", "BERT: Pre-training of Transformers"),
        (
            "- Learning to Align and Translate (Bahdanau, 2015) - the origin",
            "Learning to Align and Translate",
        ),
        ("「Attention Is All You Need」", "Attention Is All You Need"),
        ("- [Attention Is All You Need](https://arxiv.org/abs/1706.03762)", "Attention Is All You Need"),
        (
            "A. Author and C. Author. Token-Level Experts for Summaries. Journal X, 7(2), 2019.",
            "Token-Level Experts for Summaries",
        ),
    ],
)
def test_titles_under_a_reading_heading_are_suggestions(entry: str, title: str) -> None:
    for heading in ("## What to read next", "次に読むべき論文は？", "Further reading"):
        text = f"It is fast.\n\n{heading}\n\n{entry}\n"
        (claim,) = suggested_references(text)
        assert claim.text == title
        assert text[claim.start : claim.end] == title
        assert said(text) == ["It is fast."]


def test_a_label_may_introduce_a_suggestion() -> None:
    text = "次に読むべき論文：A. Author. Token-Level Experts for Summaries. Journal X, 2019.\n"

    assert suggested(text) == ["Token-Level Experts for Summaries"]


def test_why_one_should_read_it_is_no_suggestion_and_the_next_section_is_checked_again() -> None:
    text = (
        "## 次に読むべき論文\n\n以下の論文をお勧めします:\n\n「Attention Is All You Need」\n\n"
        "この論文は基礎である。\n\n## 結果\n\n精度は95%である。\n"
    )

    assert suggested(text) == ["Attention Is All You Need"]
    assert said(text) == ["精度は95%である。"]


# Real answers


@pytest.mark.parametrize("name", ["fabricated-answer.md", "fabricated-answer.en.md"])
def test_the_sample_names_its_paper_and_suggests_one_other(name: str) -> None:
    text = (SAMPLES / name).read_text(encoding="utf-8")

    assert stated_identity(text) == {
        "title": "Speculative Persona Routing: Energy-Aware Mixture Decoding for Scholarly Summarisation",
        "venue": "Transactions on Efficient Language Processing",
        "year": 2022,
        "first_author": "A. Author",
        "last_author": "B. Author",
        "affiliation": "Example University",
    }
    assert suggested(text) == ["Token-Level Persona Experts for Low-Power Summarisation"]
    assert len(said(text)) in (15, 16)


def test_the_true_answer_of_the_article_is_split_well(true_answer: str) -> None:
    assert stated_identity(true_answer) == {
        "title": "Retrieval-Augmented Generation for Large Language Models: A Survey",
        "authors": [
            "Yunfan Gao",
            "Yun Xiong",
            "Xinyu Gao",
            "Kangxiang Jia",
            "Jinliu Pan",
            "Yuxi Bi",
            "Yi Dai",
            "Jiawei Sun",
            "Meng Wang",
            "Haofen Wang",
        ],
        "year": 2023,
    }
    assert suggested(true_answer) == [
        "Retrieval-Augmented Generation for Knowledge-Intensive NLP Tasks",
        "A Survey on RAG Meets LLMs: Towards Retrieval-Augmented Large Language Models",
    ]
    claims = said(true_answer)
    assert len(claims) == 15
    assert all(claim.endswith("。") for claim in claims)


def test_the_false_answer_of_the_article_is_split_well(false_answer: str) -> None:
    assert stated_identity(false_answer) == {
        "title": "Enhancing Transformers with Spiking Neural Networks: Emerging Architectures and Performance Insights",
        "venue": "arXiv preprint",
        "year": 2023,
        "first_author": "John Smith",
        "last_author": "Alice Brown",
        "affiliation": "University of California, Berkeley",
    }
    claims = said(false_answer)
    assert len(claims) == 22
    assert any("最大30%のエネルギー削減" in claim for claim in claims)
    assert all(claim.endswith("。") for claim in claims)


# Anything

PIECES = st.sampled_from(
    [
        "# ", "## ", "- ", "1. ", "> ", "| ", " |", "\n", "\n\n", "```\n", "---\n", "**", "*", "_", "「", "」", "“", "”", '"',
        "(p. 4)", "[3]", "[a](", ")", "Title: ", "著者：", "次に読むべき論文", "The result is 95%. ", "精度は95%。", "a\tb\n", "\r\n", "\\", "é",
    ]
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES | st.text(max_size=8), max_size=40).map("".join))
def test_whatever_is_pasted_its_pieces_stay_inside_it_and_in_order(text: str) -> None:
    brought = BroughtText(text)

    for found in (brought.claims, brought.references, brought.parts):
        assert all(0 <= one.start < one.end <= len(text) for one in found)
    starts = [claim.start for claim in brought.claims]
    assert starts == sorted(starts)
    assert all(a.end <= b.start for a, b in zip(brought.claims, brought.claims[1:], strict=False))


@given(
    st.lists(
        st.sampled_from(["It is fast.", "速い。", "Accuracy is 95%.", "精度は95%である。"]),
        min_size=1,
        max_size=8,
    )
)
def test_no_sentence_is_lost_whatever_list_or_paragraph_it_stands_in(sentences: list[str]) -> None:
    for mark in ("", "- ", "1. ", "> ", "### x\n\n"):
        assert said("".join(f"{mark}{sentence}\n\n" for sentence in sentences)) == sentences
