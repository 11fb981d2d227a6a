"""Whether an answer is about this paper, and what a reader is shown of its identity."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from server.domain.fields import CheckRule, FieldType, ScalarType
from server.domain.identity import Found, Identity, Source
from server.domain.identity_answer import answer_identity
from server.domain.identity_check import identity_verdict, is_empty, matches
from server.domain.statements import CheckStatus, StatementStatus

from builders import a_field, an_identity

TEXT = Source.TEXT
PAPER = Identity(
    title=Found("Retrieval-Augmented Generation for Large Language Models: A Survey", Source.LAYOUT, 1),
    authors=Found(("Yunfan Gao", "Yun Xiong", "Haofen Wang"), TEXT, 1),
    affiliation=Found("Shanghai Research Institute, Tongji University", TEXT, 1),
    venue=None,
    year=Found(2024, TEXT, 1),
    doi=Found("10.48550/arXiv.2312.10997", TEXT, 1),
    arxiv_id=Found("2312.10997", TEXT, 1),
)
RIGHT = "Retrieval-Augmented Generation for Large Language Models: A Survey"
WRONG = "Energy Saving in Smart Buildings"
JAPANESE = Identity(
    title=Found("日本語PDFの読み取り", Source.LAYOUT, 1), authors=Found(("山田 太郎", "鈴木 花子"), TEXT, 1)
)


@pytest.mark.parametrize(
    ("title", "authors", "verdict"),
    [
        (RIGHT, "Yunfan Gao, Yun Xiong, Haofen Wang", "confirmed"),
        (RIGHT, ["Yunfan Gao"], "confirmed"),
        (RIGHT, "Yunfan Gao et al.", "confirmed"),
        (RIGHT, None, "confirmed"),
        (RIGHT.upper(), None, "confirmed"),
        (RIGHT.replace("-", "\u2010").replace(": ", "："), None, "confirmed"),
        (f"「{RIGHT}」", None, "confirmed"),
        (RIGHT, "Alice Brown", "doubtful"),
        (WRONG, "Yunfan Gao", "doubtful"),
        (WRONG, "Alice Brown, John Smith", "mismatch"),
        (None, "Alice Brown", "doubtful"),
        (None, None, "unknown"),
        ("", [], "unknown"),
    ],
)
def test_title_and_authors_decide_together(title: Any, authors: Any, verdict: str) -> None:
    assert identity_verdict({"title": title, "authors": authors}, PAPER).value == verdict


@pytest.mark.parametrize(
    ("quotes_found", "verdict"), [(None, "doubtful"), (1.0, "doubtful"), (0.1, "mismatch"), (0.0, "mismatch")]
)
def test_a_wrong_title_alone_is_believed_when_hardly_a_quote_is_found(
    quotes_found: float | None, verdict: str
) -> None:
    stated = {"title": WRONG, "authors": "Yunfan Gao"}

    assert identity_verdict(stated, PAPER, quotes_found=quotes_found).value == verdict


def test_quotes_that_are_not_found_do_not_make_a_right_title_wrong() -> None:
    assert identity_verdict({"title": RIGHT}, PAPER, quotes_found=0.0).value == "confirmed"


@pytest.mark.parametrize("part", ["authors", "first_author", "last_author"])
def test_one_right_author_under_any_name_is_enough_to_doubt_a_mismatch(part: str) -> None:
    assert identity_verdict({"title": WRONG, part: "Yunfan Gao"}, PAPER).value == "doubtful"


def test_nothing_known_can_be_wrong() -> None:
    assert identity_verdict({"title": WRONG, "authors": "Alice Brown"}, Identity()).value == "unknown"


@given(st.text(max_size=40), st.text(max_size=40) | st.lists(st.text(max_size=20), max_size=4))
def test_any_statement_has_a_verdict(title: str, authors: str | list[str]) -> None:
    for identity in (PAPER, JAPANESE, Identity()):
        assert identity_verdict({"title": title, "authors": authors}, identity).value


@pytest.mark.parametrize(
    ("part", "value", "right"),
    [
        ("title", RIGHT, True),
        ("title", WRONG, False),
        ("title", "Abstract", False),
        ("first_author", "Yunfan Gao", True),
        ("first_author", "Gao, Yunfan", True),
        ("first_author", "Y. Gao", True),
        ("first_author", "Yun Xiong", False),
        ("last_author", "Haofen Wang", True),
        ("last_author", "Yunfan Gao", False),
        ("authors", "Yunfan Gao, Yun Xiong, Haofen Wang", True),
        ("authors", "Yunfan Gao, Alice Brown", False),
        ("affiliation", "Tongji University", True),
        ("affiliation", "MIT", False),
        ("venue", "Nature", None),
        ("year", 2024, True),
        ("year", "2024年", True),
        ("year", 2023, False),
        ("doi", "https://doi.org/10.48550/arxiv.2312.10997", True),
        ("arxiv_id", "arXiv:2312.10997v5", True),
        ("arxiv_id", "2401.00001", False),
        ("translation", "検索拡張生成", None),
        ("title", None, None),
        ("authors", [], None),
    ],
)
def test_each_part_is_held_against_the_paper(part: str, value: Any, right: bool | None) -> None:  # noqa: FBT001
    assert matches(part, value, PAPER) is right


@pytest.mark.parametrize("stated", ["山田太郎", "山田 太郎、鈴木花子", ["鈴木 花子"]])
def test_japanese_names_do_not_depend_on_spaces(stated: Any) -> None:
    assert (
        identity_verdict({"title": "日本語 PDF の読み取り", "authors": stated}, JAPANESE).value == "confirmed"
    )


def test_a_corrected_paper_without_authors_is_compared_without_them() -> None:
    paper = replace(PAPER, authors=None)

    assert identity_verdict({"title": RIGHT, "authors": "Alice Brown"}, paper).value == "confirmed"
    assert identity_verdict({"title": WRONG, "authors": "Alice Brown"}, paper).value in (
        "doubtful",
        "mismatch",
    )


@pytest.mark.parametrize(
    ("value", "empty"),
    [
        (None, True),
        ("", True),
        ([], True),
        ({"a": None, "b": {"c": ""}}, True),
        (0, False),
        (False, False),
        ("a", False),
    ],
)
def test_what_says_nothing(value: Any, empty: bool) -> None:  # noqa: FBT001
    assert is_empty(value) is empty


# What is shown

HEADER = a_field(
    "header",
    type=FieldType.OBJECT,
    check=CheckRule.IDENTITY,
    properties={
        "title": ScalarType.TEXT,
        "translation": ScalarType.TEXT,
        "authors": ScalarType.TEXT,
        "first_author": ScalarType.TEXT,
        "last_author": ScalarType.TEXT,
        "venue": ScalarType.TEXT,
        "year": ScalarType.NUMBER,
    },
)


def test_the_papers_own_identity_is_shown_whatever_was_said() -> None:
    said = {
        "title": WRONG,
        "translation": "検索拡張生成",
        "authors": None,
        "last_author": "Alice Brown",
        "year": 1999,
    }

    value, statements = answer_identity(HEADER, said, PAPER)

    assert value == {
        "title": RIGHT,
        "translation": "検索拡張生成",
        "authors": "Yunfan Gao, Yun Xiong, Haofen Wang",
        "first_author": "Yunfan Gao",
        "last_author": "Haofen Wang",
        "venue": "arXiv:2312.10997 (preprint)",
        "year": 2024,
    }
    by_path = {s.path: s for s in statements}
    doubted = {path for path, s in by_path.items() if s.status is StatementStatus.PARTLY}
    assert doubted == {"/header/title", "/header/last_author", "/header/year"}
    title = by_path["/header/title"]
    assert title.reason
    assert WRONG in title.reason.ja
    assert WRONG in title.reason.en
    assert [(c.kind, c.text, c.status, c.page) for c in title.checks] == [
        ("identity", WRONG, CheckStatus.NOT_FOUND, 1)
    ]
    assert by_path["/header/authors"].checks[0].status is CheckStatus.FOUND
    assert by_path["/header/translation"].status is StatementStatus.NOT_CHECKED


def test_what_was_said_may_hold_braces() -> None:
    _, statements = answer_identity(HEADER, {"title": "{stated} {0} {"}, PAPER)

    assert statements[0].reason
    assert "{stated} {0} {" in statements[0].reason.en


def test_what_the_paper_does_not_state_keeps_the_models_words_unchecked() -> None:
    value, statements = answer_identity(
        HEADER, {"title": "A Title", "last_author": "Alice Brown"}, Identity()
    )

    assert value["title"] == "A Title"
    assert value["last_author"] is None, "who is last cannot be said without knowing the authors"
    assert [(s.path, s.status) for s in statements] == [("/header/title", StatementStatus.NOT_CHECKED)]


def test_nothing_said_and_nothing_known_is_not_stated() -> None:
    assert answer_identity(HEADER, None, Identity()) == (None, ())


def test_the_only_author_is_not_also_the_last() -> None:
    identity = an_identity(authors=Found(("Yomikurabe Project",), TEXT, 1))

    value, _ = answer_identity(HEADER, {"last_author": "Yomikurabe Project"}, identity)

    assert (value["first_author"], value["last_author"]) == ("Yomikurabe Project", None)


@pytest.mark.parametrize(
    ("kind", "identity", "shown"),
    [
        (FieldType.LIST, PAPER, ["Yunfan Gao", "Yun Xiong", "Haofen Wang"]),
        (FieldType.TEXT, PAPER, "Yunfan Gao, Yun Xiong, Haofen Wang"),
        (FieldType.TEXT, JAPANESE, "山田 太郎、鈴木 花子"),
    ],
)
def test_authors_are_shown_as_the_field_asks(kind: FieldType, identity: Identity, shown: Any) -> None:
    field = a_field("authors", type=kind, check=CheckRule.IDENTITY)

    assert answer_identity(field, None, identity)[0] == shown
