"""Numbers of statements: found, where the paper speaks of the same thing; elsewhere, derived or missing otherwise."""

from __future__ import annotations

import pytest
from server.domain.quotes import PaperIndex
from server.domain.statement_checks import StatementChecks
from server.domain.statements import CheckStatus

from builders.papers import an_extraction

FILLER = "The weather was fine and nobody measured anything at all while the lake lay still. " * 12
TABLE = (
    "Model ALL SEQ\nTAPASBASE 61.1 31.3\nTAPASBASE 4p 65.1 37.0\nTAPASBASE 8p 64.6 37.3\nTABLEFORMER 66.7 39.7\n"
    "Table 6: Comparison on the SQA test set.\n"
)
PROSE = (
    "The survey covers 162 papers, of which 101 perform no human evaluation.\n"
    "The literature graph has 12M nodes of this type.\n"
    "The cache grows by 4.2MB per year. Publishers gave 90.4% of the abstracts.\n"
)
PAPER = f"{PROSE}{FILLER}\n{TABLE}{FILLER}\nOnly 35 were paid.\n"


def checks(statement: str, paper: str = PAPER) -> StatementChecks:
    return StatementChecks(PaperIndex(an_extraction([paper])), statement)


def said(statement: str, paper: str = PAPER) -> list[str]:
    """What becomes of each number: near, elsewhere, derived or missing."""
    words = {CheckStatus.DERIVED: "derived", CheckStatus.NOT_FOUND: "missing"}
    return [
        words.get(n.check.status, "near" if n.near else "elsewhere") for n in checks(statement, paper).numbers
    ]


@pytest.mark.parametrize(
    "statement",
    [
        "The survey covers 162 papers.",
        "TAPASBASE 8p has 64.6 for ALL.",
        "8pのALLは64.6です。",
        "Publishers gave about 90 % of the abstracts.",
        "It contains 12M authors in a literature graph.",
        "With each block the cache adds up to 4.2 MB per year.",
        "調査した162本の論文のうち",
        "文献グラフは1200万のノードを持ちます。",
    ],
)
def test_a_number_is_near_where_the_paper_speaks_of_it(statement: str) -> None:
    assert said(statement) == ["near"]


@pytest.mark.parametrize(
    "statement",
    [
        "TAPASBASE 8p has 65.1 for ALL.",
        "TABLEFORMER has 61.1 for ALL.",
        "TABLEFORMERのALLは61.1です。",
        "The survey covers 35 papers on human evaluation.",
    ],
)
def test_a_number_of_another_row_or_passage_is_elsewhere(statement: str) -> None:
    assert said(statement) == ["elsewhere"]


def test_a_number_without_unit_is_no_rounded_percentage() -> None:
    assert said("Publishers gave 90 of the abstracts.") == ["missing"]


@pytest.mark.parametrize(
    ("statement", "last"),
    [
        ("TABLEFORMER is 2.1 points above TAPASBASE 8p on ALL.", "derived"),
        ("101 of 162 papers: a difference of 61.", "derived"),
        ("162 is 1.6 times as much as 101.", "derived"),
        ("TABLEFORMER is 2.9 points above TAPASBASE 8p on ALL.", "missing"),
        ("101 of 162 papers: a difference of 68.", "missing"),
    ],
)
def test_a_comparison_follows_from_numbers_it_names(statement: str, last: str) -> None:
    assert last in said(statement)
    assert ("missing" in said(statement)) is (last == "missing")


@pytest.mark.parametrize("statement", ["1年で4.2MB増えます。", "1ページあたり4.2MBです。"])
def test_the_one_of_a_rate_is_not_looked_for(statement: str) -> None:
    assert len(checks(statement).numbers) == 1


def test_a_copy_with_another_number_derives_nothing() -> None:
    paper = "Of 50 files 38 are English, 10 Japanese and 2 German, after five were dropped.\n"
    index = PaperIndex(an_extraction([paper]))
    copy = StatementChecks(
        index, "Of 48 files 38 are English, 10 Japanese and 2 German.", ((0, len(paper)),), around=0
    )
    assert next(n.check.status for n in copy.numbers) is CheckStatus.NOT_FOUND


def test_a_bound_follows_from_nothing() -> None:
    assert said("Fewer than 61 of them differ: 162 and 101.")[0] == "missing"


def test_a_name_that_stands_only_in_a_running_head_is_in_the_paper() -> None:
    prose = "\n".join(f"This is line {n} of running prose about caches and readers." for n in range(40))
    pages = (prose, *(f"Gardner Workshop\n{prose}\nPage text {n} ends here." for n in range(4)))
    index = PaperIndex(an_extraction(pages))

    checks = StatementChecks(index, "It was shown at the Gardner meeting.")

    assert "gardner" not in index.visible.key, "the head is furniture"
    assert [(check.text, check.status) for check in checks.names] == [("Gardner", CheckStatus.FOUND)]
