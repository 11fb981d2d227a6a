"""Laying runs side by side: rows, the one word for the difference, shared evidence, conflicts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from server.domain.comparing import (
    Reader,
    cited_pages,
    compare_readers,
    same_input,
    status_of,
    text_of,
    value_at,
)
from server.domain.comparisons import ComparisonStatus, Row
from server.domain.fields import Aspect
from server.domain.runs import Run, RunInput, RunStatus
from server.domain.statements import Statement, StatementStatus

from builders import (
    FIRST,
    METHOD_PAGE,
    a_failed_run,
    a_field,
    a_finished_run,
    a_persona,
    a_queued_run,
    an_extraction,
    evidence,
    statements,
)

CACHE = "a prefix cache serves all readers."
TOKENS = "The second persona evaluated 28 tokens instead of 2,478."
TURNS = "Readers of one paper start in turn"
SUPPORTED, UNSUPPORTED = StatementStatus.SUPPORTED, StatementStatus.UNSUPPORTED
FIELDS = {"method": Aspect.METHOD, "results": Aspect.RESULTS}


def a_reader(
    label: str, *said: tuple[str, str | None], field: str = "method", status: StatementStatus = SUPPORTED
) -> Reader:
    """Asked one question; each sentence has one quote behind it or none."""
    persona = a_persona("own", fields=[a_field(field, aspects=[FIELDS[field]])])
    value, made = statements(f"/{field}", *((text, quote, status) for text, quote in said))
    run = a_finished_run(f"run-{label}", persona=persona, answer={field: value or None}, statements=made)
    return Reader(label, run, persona)


def silent(label: str, field: str = "method") -> Reader:
    return a_reader(label, field=field)


def the_row(*readers: Reader) -> Row:
    (row,) = compare_readers(readers)
    return row


# The word for the difference


def test_readers_who_look_at_the_same_place_say_so() -> None:
    row = the_row(a_reader("A", ("One.", CACHE)), a_reader("B", ("Another.", CACHE)))

    assert (row.difference_word, row.shared_evidence, row.conflicts) == ("same_passages", 1.0, ())
    assert row.cells == {"A": ("method",), "B": ("method",)}


def test_readers_who_look_elsewhere_say_so() -> None:
    row = the_row(a_reader("A", ("One.", CACHE)), a_reader("B", ("Another.", TURNS)))

    assert (row.difference_word, row.shared_evidence) == ("different_passages", 0.0)


def test_half_the_evidence_shared_is_the_same_passages() -> None:
    a, b = a_reader("A", ("One.", CACHE), ("Two.", TOKENS)), a_reader("B", ("One.", TOKENS))

    row = the_row(a, b)

    assert row.shared_evidence == round(len(TOKENS) / (len(TOKENS) + len(CACHE)), 3)
    assert row.difference_word == "same_passages"


def test_only_one_has_something_to_say() -> None:
    said = a_reader("B", ("One.", CACHE))

    assert the_row(silent("A"), said).difference_word == "only_B"
    assert the_row(said, silent("C"), silent("D")).difference_word == "only_B"


def test_nobody_has_anything_to_say() -> None:
    row = the_row(silent("A"), silent("B"))

    assert (row.difference_word, row.shared_evidence) == ("not_stated", None)


def test_one_was_not_asked() -> None:
    rows = compare_readers([a_reader("A", ("One.", CACHE)), a_reader("B", ("One.", CACHE), field="results")])

    assert [(row.kind.id, row.difference_word, row.cells) for row in rows] == [
        ("method", "not_asked", {"A": ("method",), "B": ()}),
        ("results", "not_asked", {"A": (), "B": ("results",)}),
    ]


def test_what_a_shorter_reading_did_not_come_to_was_not_asked() -> None:
    short, sent = silent("B"), a_finished_run().input
    assert sent
    run = replace(short.run, input=replace(sent, fields_not_asked=("method",)))

    row = the_row(a_reader("A", ("One.", CACHE)), replace(short, run=run))

    assert (row.difference_word, row.cells) == ("not_asked", {"A": ("method",), "B": ()})


def test_what_nobody_proves_has_no_evidence() -> None:
    readers = [a_reader(label, ("One.", None), status=UNSUPPORTED) for label in "AB"]

    assert the_row(*readers).difference_word == "no_evidence"


def test_a_quote_that_is_not_in_the_paper_is_no_shared_evidence() -> None:
    readers = [a_reader(label, ("One.", "This is nowhere."), status=UNSUPPORTED) for label in "AB"]

    assert (the_row(*readers).shared_evidence, the_row(*readers).difference_word) == (None, "no_evidence")


@pytest.mark.parametrize("other", [a_failed_run, a_queued_run], ids=["failed", "not over"])
def test_a_reader_without_an_answer_is_named_first(other: Any) -> None:
    a = a_reader("A", ("One.", CACHE))
    b = Reader("B", other("run-B", persona=a.persona), a.persona)

    assert the_row(a, b).difference_word == "failed"


def test_a_failure_where_only_the_other_was_asked_is_not_in_that_row() -> None:
    a, b = a_reader("A", ("One.", CACHE)), silent("B", field="results")
    b = Reader("B", a_failed_run("run-B", persona=b.persona), b.persona)

    words = {row.kind.id: row.difference_word for row in compare_readers([a, b])}

    assert words == {"method": "not_asked", "results": "failed"}


# Conflicts

PERCENT = "It saved 30 % of the time."


def test_the_same_passage_with_other_numbers_of_a_unit_is_a_conflict() -> None:
    a = a_reader("A", ("It saves 28 ms.", TOKENS))
    b = a_reader("B", ("It saves 2478 ms.", TOKENS))

    row = the_row(a, b)

    assert row.difference_word == "numbers_differ"
    (conflict,) = row.conflicts
    assert [(side.path, side.text, side.page) for side in conflict.values()] == [
        ("/method", "28 ms", 1),
        ("/method", "2478 ms", 1),
    ]


@pytest.mark.parametrize(
    ("mine", "yours", "quote"),
    [
        ("It saves 28 ms.", "It saves 28 ms.", TOKENS),
        ("It saves 28 ms.", "It saves 5 MB.", TOKENS),
        ("It saves 28.", "It saves 2478.", TOKENS),
        ("It saves 28 ms of 90 ms.", "It saves 50 ms.", TOKENS),
        ("It saves 28 ms.", "It saves 2478 ms.", TURNS),
    ],
    ids=["the same number", "another unit", "no unit", "two numbers", "another passage"],
)
def test_other_numbers_are_no_conflict_unless_they_are_of_the_same_thing(
    mine: str, yours: str, quote: str
) -> None:
    row = the_row(a_reader("A", (mine, TOKENS)), a_reader("B", (yours, quote)))

    assert row.conflicts == ()


# Rows


def test_rows_come_in_their_fixed_order_and_a_field_in_one_only() -> None:
    first = a_persona(
        "first",
        fields=[
            a_field("z", aspects=[Aspect.OTHER]),
            a_field("both", aspects=[Aspect.NOVELTY, Aspect.METHOD]),
            a_field("a", aspects=[Aspect.IDENTITY]),
        ],
    )
    second = a_persona("second", fields=[a_field("how", aspects=[Aspect.METHOD])])

    rows = compare_readers([Reader("A", a_queued_run(), first), Reader("B", a_queued_run(), second)])

    assert [(row.kind.id, row.cells) for row in rows] == [
        ("identity", {"A": ("a",), "B": ()}),
        ("method", {"A": (), "B": ("how",)}),
        ("novelty", {"A": ("both",), "B": ()}),
        ("other", {"A": ("z",), "B": ()}),
    ]


def test_three_readers_share_what_each_pair_shares_on_average() -> None:
    a, b, c = (
        a_reader(label, ("One.", quote)) for label, quote in zip("ABC", (CACHE, CACHE, TURNS), strict=True)
    )

    assert the_row(a, b, c).shared_evidence == round(1 / 3, 3)


# The rest


@pytest.mark.parametrize(
    ("statuses", "whole"),
    [
        ("finished finished", "finished"),
        ("finished failed", "partial"),
        ("finished cancelled", "partial"),
        ("failed cancelled", "failed"),
        ("finished running", "running"),
        ("failed queued", "running"),
    ],
)
def test_a_comparison_is_as_far_as_its_runs(statuses: str, whole: str) -> None:
    runs = [replace(a_queued_run(), status=RunStatus(status)) for status in statuses.split()]

    assert status_of(runs) is ComparisonStatus(whole)


def a_run_sent(**changes: Any) -> Run:
    return replace(
        a_finished_run(), input=replace(RunInput("digest", (1, 2), 100, billed_tokens=90), **changes)
    )


def test_runs_that_were_sent_the_same_say_so() -> None:
    found = same_input([a_run_sent(), a_run_sent(estimated_tokens=200, billed_tokens=None)])

    assert (found.identical, found.digest) == (True, "digest")


@pytest.mark.parametrize(
    "other",
    [
        a_run_sent(digest="other"),
        a_run_sent(pages_read=(1,)),
        a_run_sent(truncated=True),
        replace(a_queued_run(), input=None),
    ],
    ids=["other text", "fewer pages", "cut off", "nothing sent"],
)
def test_runs_that_were_not_sent_the_same_do_not(other: Run) -> None:
    found = same_input([a_run_sent(), other])

    assert (found.identical, found.digest) == (False, None)


def test_cited_pages_are_shares_of_verified_quotes() -> None:
    extraction = an_extraction()
    run = replace(
        a_finished_run(),
        statements=(
            Statement(
                "/what", 0, 1, SUPPORTED, evidence=(evidence(CACHE), evidence(TOKENS), evidence(TURNS))
            ),
            Statement("/what", 1, 2, UNSUPPORTED, evidence=(evidence("This is nowhere."),)),
        ),
    )

    assert CACHE in FIRST
    assert TURNS in METHOD_PAGE
    assert cited_pages(run, pages=len(extraction.pages)) == (0.667, 0.333, 0.0)
    assert cited_pages(a_queued_run(), pages=2) == (0.0, 0.0)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("/a", {"b": [1, {"c~/d": 2}]}),
        ("/a/b/0", 1),
        ("/a/b/1/c~0~1d", 2),
        ("/a/b/2", None),
        ("/a/b/x", None),
        ("/a/b/0/c", None),
        ("/z", None),
        ("", {"a": {"b": [1, {"c~/d": 2}]}}),
    ],
)
def test_a_pointer_finds_its_value_or_nothing(path: str, value: Any) -> None:
    assert value_at({"a": {"b": [1, {"c~/d": 2}]}}, path) == value


def test_the_words_of_a_statement_are_cut_from_its_answer() -> None:
    run = replace(a_finished_run(), answer={"what": "One. Two.", "many": 12})

    assert text_of(run, Statement("/what", 5, 9, SUPPORTED)) == "Two."
    assert text_of(run, Statement("/many", 0, 2, SUPPORTED)) == "12"
