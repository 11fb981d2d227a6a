"""Markdown of runs and comparisons: proofs in footnotes, and foreign text that stays text."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from markdown_it import MarkdownIt
from ruamel.yaml import YAML
from server.domain.comparisons import ConflictSide
from server.domain.fields import FieldType
from server.domain.identity import Found, Source
from server.domain.statements import StatementStatus
from server.domain.words import same
from server.web.markdown import comparison_markdown, run_markdown
from server.web.markdown_text import escape

from builders import (
    TITLE,
    a_comparison_view,
    a_failed_run,
    a_field,
    a_finished_run,
    a_notice,
    a_paper,
    a_paper_view,
    a_persona,
    a_run_view,
    a_statement,
    an_extraction,
    an_identity,
    evidence,
    statements,
    usage,
)

HOSTILE = (
    "<script>alert(1)</script>",
    "<!-- gone -->",
    "![x](http://evil.example/p.png)",
    "[click](javascript:alert(1))",
    "[a]: http://evil.example",
    "<https://evil.example>",
    "# Heading",
    "- item",
    "12. item",
    "> quote",
    "```",
    "~~~",
    "***",
    "===",
    "| a | b |",
    "[^1]: forged",
    "&lt;b&gt;",
    "\u2028# after a line separator",
    "two\n\n# lines",
    "`code` ``more``",
    "\\[x\\](http://evil.example)",
)


def front_matter(markdown: str) -> Any:
    return YAML(typ="safe", pure=True).load(markdown.split("---\n")[1])


def kinds(markdown: str) -> Counter[str]:
    """What a CommonMark reader makes of the body, as counts of its elements."""
    body = markdown.split("---\n", 2)[-1]
    tokens = MarkdownIt("commonmark", {"html": True}).parse(body)
    return Counter(t.type for token in tokens for t in (token, *(token.children or ())))


def test_a_run_begins_with_front_matter_that_names_paper_persona_and_model() -> None:
    identity = an_identity(doi=Found("10.1000/xyz", Source.TEXT, 1))
    paper = replace(a_paper_view(), identity=identity)

    assert front_matter(run_markdown(a_run_view(paper=paper), "en")) == {
        "title": TITLE,
        "authors": ["Yomikurabe Project"],
        "year": 2026,
        "doi": "10.1000/xyz",
        "persona": "summarizer@1.0.0",
        "model": "extractive",
        "date": date(2026, 3, 1),
    }


@pytest.mark.parametrize(
    "title", ['Say "no": {a} # b', "yes", "1.10", "- x", "a\\b\u0085c", "'", "日本語：題名"]
)
def test_front_matter_survives_any_title(title: str) -> None:
    paper = replace(a_paper_view(), identity=an_identity(title=Found(title, Source.LAYOUT, 1)))

    read = front_matter(run_markdown(a_run_view(paper=paper), "en"))["title"]

    assert read == title.replace("\u0085", " ")


def test_a_proven_statement_has_a_footnote_with_quote_and_a_link_to_the_page() -> None:
    text = run_markdown(a_run_view(), "en", pdf="my paper (1).pdf")

    assert "**It places the paper before the persona in every prompt.**[^1]" in text
    assert (
        "[^1]: [p. 1](my%20paper%20%281%29.pdf#page=1) “We place the paper before the persona in every prompt”"
        in text
    )


def test_an_unproven_statement_says_so_with_the_reason() -> None:
    text = run_markdown(a_run_view(), "ja")

    assert "This makes every model faster.[^2] (✕ 根拠が見つかりません：引用が論文に見つかりません。)" in text
    assert "[^2]: “every model is faster” — 論文に見つからない引用" in text


def test_every_footnote_is_used_once_and_defined_once() -> None:
    text = comparison_markdown(a_comparison_view(), "en")
    body, notes = text.split("\n[^1]: ", 1)

    used = re.findall(r"\[\^(\d+)\]", body)
    defined = ["1", *re.findall(r"^\[\^(\d+)\]: ", notes, re.MULTILINE)]
    assert used == defined
    assert len(used) == len(set(used)) == 5


def test_what_is_not_stated_is_said_to_be_not_stated() -> None:
    text = run_markdown(a_run_view(a_finished_run(persona=a_persona("interpreter"))), "ja")

    assert "## 限界\n\n– 記載なし" in text


def test_a_comparison_has_a_section_per_row_and_one_per_reader() -> None:
    text = comparison_markdown(a_comparison_view(), "ja")

    assert "## ひとことで\n\n*根拠の箇所が違う · 同じ箇所を引用 50 %*\n\n### A · どんなもの？" in text
    assert "## 手法\n\n*Aは聞いていない*\n\n### A\n\n– 聞いていない\n\n### B · 方法" in text
    assert "## 議論と限界\n\n*Aだけ*" in text
    assert [reader["label"] for reader in front_matter(text)["readers"]] == ["A", "B"]


def test_a_conflict_of_numbers_shows_both_sides_with_pages() -> None:
    view = a_comparison_view()
    sides = {"A": ConflictSide("/what", "30 %", 4), "B": ConflictSide("/abstract", "25 %", None)}

    text = comparison_markdown(replace(view, rows=(replace(view.rows[1], conflicts=(sides,)),)), "en")

    assert "≠ numbers differ — A: 30 % [p. 4](paper-first.pdf#page=4) / B: 25 %" in text


def test_a_reading_without_a_model_says_what_it_is() -> None:
    assert "モデルなし（原文の文をそのまま抜き出しています）" in run_markdown(a_run_view(), "ja")
    assert "No model: sentences copied from the paper" in comparison_markdown(a_comparison_view(), "en")


def test_a_model_is_named_with_its_tokens() -> None:
    run = a_finished_run(engine="openai", model="qwen", usage=usage())

    text = run_markdown(a_run_view(run), "en")

    assert "Model: qwen" in text
    assert "2,478 tokens in · 2,450 of them cached · 312 tokens out" in text
    assert "No model" not in text


def test_a_rejected_answer_is_not_shown() -> None:
    views = [a_run_view(), a_run_view(a_failed_run("run-2"))]

    for text in (run_markdown(views[1], "ja"), comparison_markdown(a_comparison_view(views), "ja")):
        assert "30 %" not in text
        assert "energy" not in text
        assert "読み取れませんでした。別の論文の可能性があります" in text


def test_warnings_of_paper_and_run_are_listed() -> None:
    paper = a_paper_view(extraction=an_extraction(warnings=(a_notice(page=3),)))
    run = a_finished_run(warnings=(a_notice("language_not_applied"),))

    text = run_markdown(a_run_view(run, paper=paper), "en")

    assert "## Worth knowing\n\n- [p. 3](paper-first.pdf#page=3) 42 characters" in text
    assert "- Without a model the answer stays in the paper's language (en)" in text


def test_a_lead_sentence_in_japanese_is_bold_for_a_strict_reader() -> None:
    quote = "28 tokens"
    value, said = statements(
        "/what",
        ("「先に論文」を置く。", quote, StatementStatus.SUPPORTED),
        ("次に読み手を置く。", None, StatementStatus.NOT_CHECKED),
    )
    persona = a_persona(fields=[a_field("what")])

    text = run_markdown(
        a_run_view(a_finished_run(persona=persona, answer={"what": value}, statements=said), persona), "ja"
    )

    assert kinds(text)["strong_open"] == 2  # the reader's name, and the lead


def hostile_run(text: str) -> str:
    """A run whose every foreign text is `text`: title, author, file, label, answer, items, quotes, reasons."""
    fields = [a_field("what", label=same(text)), a_field("list", label=same(text), type=FieldType.LIST)]
    persona = a_persona(fields=fields, name=same(text))
    doubted = a_statement(
        "/what",
        0,
        len(text),
        status=StatementStatus.PARTLY,
        reason=same(text),
        evidence=(evidence(text), replace(evidence("28 tokens"), quote=text)),
    )
    run = a_finished_run(
        persona=persona,
        answer={"what": text, "list": [{"title": text, "why": text}, {"title": text, "why": text}]},
        statements=(doubted,),
        model=text,
        engine="openai",
        warnings=(a_notice("language_not_applied", data={"actual": text, "asked": text}),),
    )
    identity = an_identity(title=Found(text, Source.LAYOUT, 1), authors=Found((text,), Source.TEXT, 1))
    paper = replace(a_paper_view(a_paper(filename=text)), identity=identity)
    return run_markdown(a_run_view(run, persona, paper=paper), "en", pdf="paper.pdf")


@pytest.mark.parametrize("text", HOSTILE)
def test_foreign_text_adds_no_element_to_the_document(text: str) -> None:
    harmless, hostile = kinds(hostile_run("word")), kinds(hostile_run(text))

    # Addresses become code; escapes and entities are only other ways to write characters.
    for found in (harmless, hostile):
        for writing in ("text", "text_special", "code_inline", "softbreak"):
            found.pop(writing, None)
    assert hostile == harmless


@pytest.mark.parametrize("text", HOSTILE)
def test_foreign_text_is_shown_letter_by_letter(text: str) -> None:
    shown = MarkdownIt("commonmark").parse(f"x {escape(text)}")[1].children or []

    assert "".join(token.content for token in shown) == "x " + " ".join(text.split())


@pytest.mark.parametrize(
    "address",
    [
        *("https://evil.example/a?b=c&d=e", "HTTP://EVIL.EXAMPLE", "www.evil.example", "me@evil.example"),
        *("evil.com", "http://例え.jp/あ", "ftp://a.example/x_(y)_*z*"),
    ],
)
def test_an_address_is_code_so_that_no_renderer_links_it(address: str) -> None:
    assert escape(f"see {address} now") == f"see `{address}` now"


def test_control_and_bidi_characters_are_dropped() -> None:
    assert escape("a\u202eb\x1b[31mred\x07\u2066c\U000e0041") == "ab\\[31mredc"
