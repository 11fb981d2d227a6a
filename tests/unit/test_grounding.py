"""Verdicts: of a statement by its quotes, of a suggested reading by the list, of a field and an answer by theirs."""

from __future__ import annotations

import pytest
from server.domain.fields import CheckRule
from server.domain.grounding import Grounder, field_of, find_reference, ground_answer
from server.domain.quotes import PaperIndex
from server.domain.statements import (
    CheckStatus,
    Claim,
    EvidenceStatus,
    IdentityVerdict,
    Quote,
    Statement,
    StatementStatus,
)

from builders import a_field, a_persona, an_extraction

SUPPORTED, PARTLY = StatementStatus.SUPPORTED, StatementStatus.PARTLY
UNSUPPORTED, NOT_STATED = StatementStatus.UNSUPPORTED, StatementStatus.NOT_STATED
NOT_CHECKED = StatementStatus.NOT_CHECKED

EXTRACTION = an_extraction()
GROUNDER = Grounder(PaperIndex(EXTRACTION))
TRUE = "We place the paper before the persona in every prompt"
ALSO_TRUE = "Readers of one paper start in turn, because two requests at once share nothing."
FALSE = "Buildings need thirty percent less energy at night."
PAGED = "Efficient Memory Management for Large Language Model Serving with PagedAttention"


def grounded(
    text: str, *quotes: str, check: CheckRule = CheckRule.QUOTE, path: str = "/novelty"
) -> Statement:
    field = a_field(path.split("/")[1], check=check)
    claim = Claim(path, 0, len(text), text, tuple(Quote(quote) for quote in quotes))
    (statement,) = GROUNDER.ground_field(field, [claim])
    return statement


def test_a_statement_whose_quotes_are_all_there_is_supported() -> None:
    statement = grounded(
        "The paper comes before the persona in prompts; readers start in turn.", TRUE, ALSO_TRUE
    )

    assert (statement.status, statement.reason) == (SUPPORTED, None)
    assert [e.page for e in statement.evidence] == [1, 2]
    assert (statement.path, statement.start, statement.end) == ("/novelty", 0, 69)


@pytest.mark.parametrize(
    ("quotes", "status"),
    [((), UNSUPPORTED), ((FALSE,), UNSUPPORTED), ((TRUE, FALSE), PARTLY), (("short",), UNSUPPORTED)],
    ids=["no quote", "a false one", "a true and a false one", "one too short"],
)
def test_a_doubted_statement_says_why(quotes: tuple[str, ...], status: StatementStatus) -> None:
    statement = grounded("The paper comes before the persona in prompts.", *quotes)

    assert statement.status is status
    assert statement.reason
    assert statement.reason.ja != statement.reason.en
    assert len(statement.evidence) == len(quotes), "nothing is removed silently"


def test_a_number_that_is_not_in_the_paper_takes_the_support_away() -> None:
    statement = grounded("The paper comes before the persona in all 97 prompts.", TRUE)

    assert statement.status is not SUPPORTED
    assert [(c.kind, c.text, c.status) for c in statement.checks] == [("number", "97", CheckStatus.NOT_FOUND)]


def test_what_asks_for_no_check_is_not_checked() -> None:
    assert grounded("An opinion.", FALSE, check=CheckRule.NONE).status is NOT_CHECKED


def test_a_suggested_reading_is_looked_for_in_the_papers_list() -> None:
    listed = grounded(PAGED, check=CheckRule.BIBLIOGRAPHY, path="/next_papers/0/title")
    invented = grounded(
        "Smart Homes Save Energy", TRUE, check=CheckRule.BIBLIOGRAPHY, path="/next_papers/1/title"
    )

    assert (listed.status, listed.checks[0].reference, listed.checks[0].page) == (SUPPORTED, 1, 3)
    assert (invented.status, invented.checks[0].status) == (UNSUPPORTED, CheckStatus.NOT_FOUND)
    assert [e.status for e in invented.evidence] == [EvidenceStatus.VERIFIED], "and no quote changes that"


@pytest.mark.parametrize(
    ("title", "index"),
    [
        (PAGED, 1),
        (PAGED.upper(), 1),
        ("Lost in the Middle — How Language Models Use Long Contexts", 2),
        ("Lost in the Middle", 2),
        ("Serving with PagedAttention", 1),
        ("Lost", None),
        ("Smart Homes Save Energy", None),
        ("", None),
    ],
)
def test_a_title_is_found_whatever_its_case_and_punctuation(title: str, index: int | None) -> None:
    found = find_reference(title, EXTRACTION.references)

    assert (found.index if found else None) == index


def statement(path: str, status: StatementStatus) -> Statement:
    return Statement(path, 0, 1, status)


def test_an_answer_is_summed_up_by_field_and_as_a_whole() -> None:
    fields = [a_field(name) for name in ("novelty", "method", "results", "discussion", "other", "background")]
    made = [
        statement("/novelty", SUPPORTED),
        statement("/novelty", SUPPORTED),
        statement("/method/0", SUPPORTED),
        statement("/method/1/title", UNSUPPORTED),
        statement("/results", UNSUPPORTED),
        statement("/discussion", NOT_CHECKED),
        statement("/other", PARTLY),
    ]
    answer = {
        "novelty": "a",
        "method": ["a"],
        "results": "a",
        "discussion": "a",
        "other": "a",
        "background": None,
    }

    grounding = ground_answer(
        a_persona(fields=fields), made, identity=IdentityVerdict.CONFIRMED, answer=answer
    )

    assert grounding.fields == {
        "novelty": SUPPORTED,
        "method": PARTLY,
        "results": UNSUPPORTED,
        "discussion": NOT_CHECKED,
        "other": PARTLY,
        "background": NOT_STATED,
    }
    assert grounding.score == 0.5
    assert grounding.identity is IdentityVerdict.CONFIRMED


def test_where_nothing_was_checked_there_is_no_score() -> None:
    persona = a_persona(fields=[a_field("novelty")])
    unchecked = [statement("/novelty", NOT_CHECKED)]

    for made, answer in ((unchecked, {"novelty": "a"}), ([], {"novelty": None})):
        grounding = ground_answer(persona, made, identity=IdentityVerdict.UNKNOWN, answer=answer)
        assert grounding.score is None


def test_a_path_belongs_to_its_field() -> None:
    assert [field_of(path) for path in ("/what", "/next_papers/0/title")] == ["what", "next_papers"]
