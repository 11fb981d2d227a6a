"""The HTML page of a result: complete in itself, and foreign text in it is only text."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from server.domain.comparisons import ConflictSide, Difference
from server.domain.fields import FieldType
from server.domain.identity import Found, Source
from server.domain.statements import StatementStatus
from server.domain.words import same
from server.web.html import comparison_html, run_html

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
    a_queued_run,
    a_run_view,
    a_statement,
    an_extraction,
    an_identity,
    evidence,
    usage,
)

VOID = {"meta", "rect"}


class Page(HTMLParser):
    """Tags, attributes and visible text of a page; fails on tags that are not closed in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.attributes: list[tuple[str, str, str]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        if "style" not in self._open:
            self.text += data

    @property
    def words(self) -> str:
        return re.sub(r"\s+", " ", self.text.replace("\u2060", ""))

    def links(self) -> list[str]:
        return [value for tag, name, value in self.attributes if (tag, name) == ("a", "href")]


def test_a_page_needs_nothing_else_and_runs_nothing() -> None:
    html = comparison_html(a_comparison_view(), "ja")
    page = Page(html)

    assert not page.tags.keys() & {"script", "link", "img", "iframe", "object", "form", "input", "base"}
    assert not [name for _, name, _ in page.attributes if name.startswith("on") or name in {"src", "style"}]
    assert "url(" not in html
    assert "@import" not in html


def test_a_comparison_shows_each_reader_each_row_and_the_word_for_its_difference() -> None:
    words = Page(comparison_html(a_comparison_view(), "ja")).words

    for expected in (
        TITLE,
        "落合式・六つの問い summarizer@1.0.0",
        "この論文です ✓ · 4 文中 2 文に根拠あり",
        "モデルなし（原文の文をそのまま抜き出しています）",
        "= どの読み手にも同じ本文 · 3 ページ",
        "何の論文か Bは聞いていない",
        "ひとことで 根拠の箇所が違う 同じ箇所を引用 50 %",
        "議論と限界 Aだけ",
        "限界 – 記載なし",
    ):
        assert expected in words


def test_a_proven_statement_links_to_its_page_and_an_unproven_one_says_why() -> None:
    page = Page(run_html(a_run_view(), "en", pdf="my paper.pdf"))

    assert "every prompt.✓ proven 1 p. 1" in page.words
    assert "This makes every model faster. ✕ no evidence found2 The quote is not in the paper." in page.words
    assert "my%20paper.pdf#page=1" in page.links()


def test_the_evidence_of_a_field_can_be_unfolded() -> None:
    page = Page(run_html(a_run_view(), "en"))

    assert page.tags["details"] == 2
    assert "Evidence 2 1 We place the paper before the persona in every prompt p. 1" in page.words
    assert "2 every model is faster not found in the paper" in page.words


def test_what_nobody_checked_is_not_shown_as_proven() -> None:
    persona = a_persona(fields=[a_field("what")])
    said = a_statement("/what", 0, 8, status=StatementStatus.NOT_CHECKED)
    run = a_finished_run(persona=persona, answer={"what": "Opinion."}, statements=(said,))

    words = Page(run_html(a_run_view(run, persona), "en")).words

    assert "Opinion. · not checked" in words
    assert "nothing to check" in words


def test_same_passages_are_not_said_twice() -> None:
    view = a_comparison_view()
    row = replace(view.rows[1], difference=Difference.SAME_PASSAGES, shared_evidence=0.62)

    words = Page(comparison_html(replace(view, rows=(row,)), "ja")).words

    assert "ひとことで 同じ箇所を引用 62 %" in words


def test_a_conflict_of_numbers_shows_both_sides() -> None:
    view = a_comparison_view()
    sides = {"A": ConflictSide("/what", "30 %", 4), "B": ConflictSide("/abstract", "25 %", None)}

    page = Page(comparison_html(replace(view, rows=(replace(view.rows[1], conflicts=(sides,)),)), "en"))

    assert "≠ numbers differ A 30 % p. 4 B 25 %" in page.words
    assert "paper-first.pdf#page=4" in page.links()


def test_a_rejected_answer_is_not_in_the_page() -> None:
    views = [a_run_view(), a_run_view(a_failed_run("run-2"))]

    for html in (comparison_html(a_comparison_view(views), "en"), run_html(views[1], "en")):
        assert "energy" not in html
        assert "Could not be read. The answer seems to be about another paper" in Page(html).words


def test_an_unfinished_run_says_that_it_waits() -> None:
    assert "waiting to start" in Page(run_html(a_run_view(a_queued_run()), "en")).words


def test_tokens_and_cached_tokens_of_a_model_are_shown() -> None:
    run = a_finished_run(engine="openai", model="qwen", usage=usage(cost_usd=0.0123))

    words = Page(run_html(a_run_view(run), "en")).words

    assert "Model: qwen 2,478 tokens in 2,450 of them cached 312 tokens out US$0.0123" in words


def test_cited_pages_link_to_the_paper() -> None:
    page = Page(comparison_html(a_comparison_view(), "en", pdf="/api/papers/7/file"))

    assert {"/api/papers/7/file#page=1", "/api/papers/7/file#page=3"} <= set(page.links())


def test_warnings_name_the_reader_they_are_about() -> None:
    run = a_finished_run(warnings=(a_notice("language_not_applied"),))
    paper = a_paper_view(extraction=an_extraction(warnings=(a_notice(page=3),)))

    words = Page(comparison_html(a_comparison_view([a_run_view(run, paper=paper), a_run_view()]), "en")).words

    assert "they prove nothing. p. 3" in words
    assert "A Without a model the answer stays in the paper's language (en)" in words


@pytest.mark.parametrize(
    ("doi", "linked"),
    [
        ("10.1000/xyz(1)", True),
        ("javascript:alert(1)", False),
        ("10.1000/x y", False),
        ("https://evil.example", False),
    ],
)
def test_only_what_looks_like_a_doi_is_linked_and_only_to_its_resolver(doi: str, linked: bool) -> None:  # noqa: FBT001
    paper = replace(a_paper_view(), identity=an_identity(doi=Found(doi, Source.TEXT, 1)))

    outside = [link for link in Page(run_html(a_run_view(paper=paper), "en")).links() if "#page=" not in link]

    assert outside == (["https://doi.org/10.1000/xyz%281%29"] if linked else [])


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", '" onmouseover="alert(1)', "{{ 7*7 }}", "</style><b>", "&lt;i&gt;"]
)
def test_foreign_text_adds_no_element_and_reads_as_written(text: str) -> None:
    def page(word: str) -> Page:
        fields = [a_field("what", label=same(word)), a_field("list", label=same(word), type=FieldType.LIST)]
        persona = a_persona(fields=fields, name=same(word))
        doubted = a_statement(
            "/what",
            0,
            len(word),
            status=StatementStatus.PARTLY,
            reason=same(word),
            evidence=(replace(evidence("28 tokens"), quote=word),),
        )
        run = a_finished_run(
            persona=persona,
            answer={"what": word, "list": [{"title": word, word: word}]},
            statements=(doubted,),
            model=word,
            engine="openai",
        )
        identity = an_identity(title=Found(word, Source.LAYOUT, 1), authors=Found((word,), Source.TEXT, 1))
        paper = replace(a_paper_view(a_paper(filename=word)), identity=identity)
        return Page(run_html(a_run_view(run, persona, paper=paper), "en"))

    hostile, harmless = page(text), page("word")

    assert hostile.tags == harmless.tags
    assert len(hostile.attributes) == len(harmless.attributes)
    assert hostile.text.count(text) == harmless.text.casefold().count("word")  # a part name is capitalised


def test_six_readers_fit() -> None:
    words = Page(comparison_html(a_comparison_view([a_run_view()] * 6), "en")).words

    assert words.count("Six questions (Ochiai)") == 6
