"""What a persona's test asserts, and what it says when it fails."""

from __future__ import annotations

from typing import Any

import pytest
from server.domain.persona_tests import Assertion, AssertionType, Outcome, PersonaTest, failures
from server.domain.statements import (
    Evidence,
    EvidenceStatus,
    IdentityVerdict,
    Statement,
    StatementStatus,
)

ANSWER = {
    "what": "It places the paper first. 28 tokens remain.",
    "readings": [{"title": "Prompt Cache", "year": 2024}, {"title": "SGLang", "year": None}],
    "limits": None,
}


def a_statement(path: str, status: StatementStatus, *evidence: EvidenceStatus) -> Statement:
    quotes = tuple(Evidence("a quote", found, 1.0) for found in evidence)
    return Statement(path, 0, 5, status, evidence=quotes)


STATEMENTS = (
    a_statement("/what", StatementStatus.SUPPORTED, EvidenceStatus.VERIFIED),
    a_statement("/what", StatementStatus.UNSUPPORTED, EvidenceStatus.NOT_FOUND),
    a_statement("/whatever", StatementStatus.UNSUPPORTED, EvidenceStatus.APPROXIMATE),
    a_statement("/readings/0/title", StatementStatus.SUPPORTED, EvidenceStatus.VERIFIED),
    a_statement("/limits", StatementStatus.NOT_STATED),
)


def an_outcome(**changes: Any) -> Outcome:
    given: dict[str, Any] = {
        "answer": ANSWER,
        "statements": STATEMENTS,
        "identity": IdentityVerdict.CONFIRMED,
        "language": "en",
    }
    return Outcome(**(given | changes))


def a_test(*asserts: Assertion) -> PersonaTest:
    return PersonaTest("tests/a.yaml", "a test", "sample", asserts)


def asserting(type_: str, value: Any = None, path: str | None = None, **changes: Any) -> PersonaTest:
    return a_test(Assertion(AssertionType(type_), value, path, **changes))


HOLD: list[tuple[str, Any, str | None]] = [
    ("contains", "28 tokens", "/what"),
    ("contains", "2024", None),
    ("icontains", "IT PLACES", "/what"),
    ("contains-all", ("paper", "28"), "/what"),
    ("contains-any", ("persona", "28"), "/what"),
    ("icontains-all", ("PAPER", "it"), None),
    ("icontains-any", ("PERSONA", "PAPER"), None),
    ("starts-with", "It places", "/what"),
    ("equals", "2024", "/readings/0/year"),
    ("equals", "Prompt Cache\n2024\nSGLang", "/readings"),
    ("regex", r"\b\d+ tokens", "/what"),
]


@pytest.mark.parametrize(("type_", "value", "path"), HOLD)
def test_an_assertion_about_text_holds_and_turned_round_does_not(
    type_: str, value: Any, path: str | None
) -> None:
    assert failures(asserting(type_, value, path), an_outcome()) == ()
    (failure,) = failures(asserting(type_, value, path, is_negated=True), an_outcome())
    assert (failure.assertion, failure.path) == (f"not-{type_}", path)


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        ("contains", "It Places"),
        ("contains-all", ("paper", "persona")),
        ("contains-any", ("persona", "PAPER")),
        ("starts-with", "places"),
        ("equals", "It places the paper first."),
        ("regex", "^28"),
    ],
)
def test_an_assertion_about_text_fails_with_the_text_in_hand(type_: str, value: Any) -> None:
    (failure,) = failures(asserting(type_, value, "/what"), an_outcome())

    assert "28 tokens remain." in failure.reason.en
    assert "28 tokens remain." in failure.reason.ja


def test_a_long_answer_is_not_repeated_whole() -> None:
    (failure,) = failures(asserting("contains", "x", "/what"), an_outcome(answer={"what": "ab " * 500}))

    assert len(failure.reason.en) < 200
    assert failure.reason.en.endswith("…")


def test_an_empty_answer_says_so() -> None:
    (failure,) = failures(asserting("contains", "x", "/limits"), an_outcome())

    assert failure.reason.en == "The answer is empty."


def test_a_pattern_from_elsewhere_cannot_run_for_ever() -> None:
    outcome = an_outcome(answer={"what": "a" * 50_000 + "!"})

    assert len(failures(asserting("regex", "^(a+)+$", "/what"), outcome)) == 1


@pytest.mark.parametrize(
    ("type_", "value", "path", "holds"),
    [
        ("quotes-found", 0.5, None, True),
        ("quotes-found", 0.51, None, False),
        ("quotes-found", 0.5, "/what", True),
        ("quotes-found", 1.0, "/readings", True),
        ("supported", 0.5, None, True),
        ("supported", 0.51, "/what", False),
    ],
)
def test_shares_count_the_statements_below_a_path(
    type_: str, value: float, path: str | None, *, holds: bool
) -> None:
    assert (failures(asserting(type_, value, path), an_outcome()) == ()) is holds
    assert (failures(asserting(type_, value, path, is_negated=True), an_outcome()) == ()) is not holds


@pytest.mark.parametrize("type_", ["quotes-found", "supported"])
@pytest.mark.parametrize("is_negated", [False, True])
def test_a_share_of_nothing_fails(type_: str, *, is_negated: bool) -> None:
    (failure,) = failures(asserting(type_, 0.0, "/limits", is_negated=is_negated), an_outcome())

    assert failure.reason.en == "There is no statement or quote to check."


def test_fields_are_stated_or_not() -> None:
    assert failures(asserting("not-stated", ("limits", "unknown")), an_outcome()) == ()
    assert failures(asserting("stated", ("what", "readings")), an_outcome()) == ()
    assert len(failures(asserting("stated", ("what", "limits")), an_outcome())) == 1
    assert "Prompt Cache" in failures(asserting("not-stated", ("readings",)), an_outcome())[0].reason.en


@pytest.mark.parametrize(
    ("language", "most", "holds"), [("en", 8, True), ("en", 7, False), ("ja", 44, True), ("ja", 43, False)]
)
def test_length_counts_words_and_in_japanese_characters(language: str, most: int, *, holds: bool) -> None:
    outcome = an_outcome(language=language)

    assert (failures(asserting("max-length", most, "/what"), outcome) == ()) is holds


def test_an_answer_about_another_paper_fails_unless_that_is_what_is_asserted() -> None:
    outcome = an_outcome(identity=IdentityVerdict.MISMATCH)

    assert [f.assertion for f in failures(a_test(), outcome)] == ["identity"]
    assert failures(asserting("identity", IdentityVerdict.MISMATCH), outcome) == ()
    assert len(failures(asserting("identity", IdentityVerdict.CONFIRMED), outcome)) == 1


def test_an_answer_of_another_shape_fails_before_anything_else() -> None:
    outcome = an_outcome(misshapen=[{"path": "/what", "message": "must be array"}])

    (failure,) = failures(asserting("contains", "never", "/what"), outcome)

    assert (failure.assertion, failure.path) == ("is-json", "/what")
    assert "must be array" in failure.reason.en


@pytest.mark.parametrize(
    ("test", "expects"),
    [
        (asserting("identity", IdentityVerdict.MISMATCH), True),
        (asserting("supported", 0.1, is_negated=True), True),
        (asserting("identity", IdentityVerdict.CONFIRMED), False),
        (asserting("contains", "x", is_negated=True), False),
    ],
)
def test_a_test_about_a_wrong_answer_is_known(test: PersonaTest, *, expects: bool) -> None:
    assert test.expects_a_wrong_answer is expects
