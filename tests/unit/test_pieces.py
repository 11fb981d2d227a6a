"""An answer cut into pieces: every word of it in its place, each with the statement it belongs to."""

from __future__ import annotations

import pytest
from server.application.views import RunView
from server.domain.errors import YomiError
from server.domain.fields import CheckRule, Choice, Field, FieldType
from server.domain.papers import Problem
from server.domain.statements import (
    Check,
    CheckStatus,
    EvidenceStatus,
    IdentityVerdict,
    Statement,
    StatementStatus,
)
from server.domain.words import Words
from server.web import labels, part_words, problem_titles, stage_words
from server.web.pieces import Shown, shown_fields, verdict
from server.web.plain import plain
from server.web.sentences import problem_words

from builders import (
    a_failed_run,
    a_field,
    a_finished_run,
    a_persona,
    a_queued_run,
    a_run_view,
    a_statement,
    evidence,
    statements,
)

SUPPORTED, NOT_STATED = StatementStatus.SUPPORTED, StatementStatus.NOT_STATED


def shown(field: Field, value: object, *said: Statement, language: str = "en") -> Shown:
    persona = a_persona(fields=[field])
    run = a_finished_run(persona=persona, answer={field.id: value}, statements=said)
    return shown_fields(a_run_view(run, persona), language)[0]


def texts(field: Shown) -> list[list[tuple[str | None, list[str]]]]:
    return [[(part.label, [said.text for said in part.said]) for part in item] for item in field.items]


def test_a_text_is_cut_at_its_statements_and_the_first_one_leads() -> None:
    value, said = statements("/what", ("One.", "28 tokens", SUPPORTED), ("Two.", None, SUPPORTED))

    field = shown(a_field("what"), value, *said)

    assert [(s.text, s.status, s.lead, s.pages) for s in field.statements] == [
        ("One.", SUPPORTED, True, (1,)),
        ("Two.", SUPPORTED, False, ()),
    ]


def test_text_that_no_statement_covers_is_kept_in_its_place() -> None:
    field = shown(a_field("what"), "Before. Said. After.", a_statement("/what", 8, 13))

    assert [(s.text, s.status) for s in field.statements] == [
        ("Before.", None),
        ("Said.", SUPPORTED),
        ("After.", None),
    ]


def test_overlapping_statements_never_repeat_a_word() -> None:
    field = shown(a_field("what"), "abcdef", a_statement("/what", 0, 4), a_statement("/what", 2, 9))

    assert [s.text for s in field.statements] == ["abcd", "ef"]


@pytest.mark.parametrize("value", [None, "", [], {}, {"title": None, "why": None}, " \n"])
def test_an_empty_value_is_not_stated(value: object) -> None:
    field = shown(a_field("what"), value)

    assert (field.items, field.status) == ((), NOT_STATED)


def test_a_list_keeps_its_items_and_only_texts_of_their_own_lead() -> None:
    title = a_statement("/what/1/title", 0, 1)

    field = shown(a_field("what", type=FieldType.LIST), ["a", {"title": "b", "why": "c"}], title)

    assert texts(field) == [[(None, ["a"])], [("Title", ["b"]), ("Why", ["c"])]]
    assert field.is_list
    assert [(s.status, s.lead) for s in field.statements] == [
        (None, False),
        (SUPPORTED, False),
        (None, False),
    ]


def test_a_statement_about_an_item_stands_with_its_first_part() -> None:
    item = a_statement("/what/0", 0, 5, evidence=(evidence("28 tokens"),))

    field = shown(a_field("what", type=FieldType.LIST), [{"title": "b", "why": "c"}], item)

    assert [(s.status, s.pages) for s in field.statements] == [(SUPPORTED, (1,)), (None, ())]


def test_a_missing_part_of_an_identity_is_said_but_not_a_missing_translation() -> None:
    field = a_field("header", type=FieldType.OBJECT, check=CheckRule.IDENTITY)

    seen = shown(field, {"title": "T", "translation": None, "year": None})

    assert texts(seen) == [[("Title", ["T"]), ("Year", ["not stated"])]]


def test_names_with_slashes_are_found_by_their_pointer() -> None:
    field = shown(a_field("what"), {"a/b~c": "x"}, a_statement("/what/a~1b~0c", 0, 1))

    assert next(field.statements).status is SUPPORTED


@pytest.mark.parametrize(("value", "text"), [(True, "はい"), (False, "いいえ"), (3, "3"), (0.5, "0.5")])
def test_scalars_are_words(value: object, text: str) -> None:
    assert next(shown(a_field("what"), value, language="ja").statements).text == text


def test_a_choice_is_shown_by_its_label() -> None:
    choices = (Choice("read", Words(ja="読む", en="Read it")),)

    field = shown(a_field("what", type=FieldType.CHOICE, choices=choices), "read", language="ja")

    assert next(field.statements).text == "読む"


def test_only_found_places_count_as_pages_and_each_once() -> None:
    proofs = (
        evidence("28 tokens"),
        evidence("We place the paper"),
        evidence("Readers of one paper", status=EvidenceStatus.APPROXIMATE),
        evidence("Only one server", status=EvidenceStatus.HIDDEN),
        evidence("not there"),
    )

    field = shown(a_field("what"), "x", a_statement("/what", 0, 1, evidence=proofs))

    assert next(field.statements).pages == (1, 2)


def test_a_reference_stands_on_the_page_of_the_list() -> None:
    found = Check("reference", "x", CheckStatus.FOUND, page=3, reference=1)

    field = shown(a_field("what"), "x", a_statement("/what", 0, 1, checks=(found,)))

    assert next(field.statements).pages == (3,)


def test_a_verdict_counts_what_could_be_checked() -> None:
    kinds = (*[SUPPORTED] * 2, StatementStatus.PARTLY, StatementStatus.UNSUPPORTED)
    said = [a_statement(status=s) for s in (*kinds, NOT_STATED, StatementStatus.NOT_CHECKED)]

    judged = verdict(a_run_view(a_finished_run(statements=tuple(said))), "en")

    assert (judged.proven, judged.partly, judged.counted) == (2, 1, 4)
    assert judged.identity is IdentityVerdict.CONFIRMED
    assert judged.sentence("en") == "this paper ✓ · 2 of 4 statements proven"


@pytest.mark.parametrize(
    ("view", "sentence"),
    [
        (a_run_view(a_queued_run()), "waiting to start"),
        (a_run_view(a_failed_run(code="quota")), "Could not be read. The provider's quota or balance"),
    ],
)
def test_without_an_answer_there_is_a_reason_and_no_field(view: RunView, sentence: str) -> None:
    assert shown_fields(view, "en") == ()
    assert verdict(view, "en").sentence("en").startswith(sentence)


def test_a_line_break_inside_japanese_vanishes_and_is_a_space_elsewhere() -> None:
    assert plain("日本語の\n文と\n English\nwords") == "日本語の文と English words"


def test_every_error_of_the_product_has_a_short_name() -> None:
    kinds: list[type[YomiError]] = [YomiError]
    for kind in kinds:
        kinds.extend(k for k in kind.__subclasses__() if k.__module__.startswith("server.domain"))

    assert {kind.code for kind in kinds} <= problem_titles.TITLES.keys()


def test_every_word_has_both_languages() -> None:
    tables = (
        labels.WORDS,
        part_words.PARTS,
        stage_words.STAGES,
        problem_titles.TITLES,
        labels.STATEMENTS,
        labels.DIFFERENCES,
        labels.EVIDENCE,
        labels.IDENTITIES,
        labels.RUNS,
        labels.PAPERS,
        labels.SOURCES,
        labels.HIDINGS,
    )
    for table in tables:
        for words in table.values():
            assert words.ja
            assert words.en
            assert words.en.isascii() or set(words.en) & set("✓△✕·“”")


def test_every_value_of_a_closed_set_has_a_word() -> None:
    for table in (labels.STATEMENTS, labels.MARKS, labels.DIFFERENCES, labels.EVIDENCE, labels.IDENTITIES):
        kind = type(next(iter(table)))
        assert set(table) == set(kind)


@pytest.mark.parametrize(("milliseconds", "words"), [(62, "62 ms"), (5190, "5.2 s"), (140_400, "140 s")])
def test_durations_read_naturally(milliseconds: int, words: str) -> None:
    assert labels.duration(milliseconds, "en") == words


def test_a_kept_problem_says_what_its_error_said() -> None:
    assert problem_words(Problem("too_large", {"limit_mb": 64})).en.startswith(
        "The file is too large (limit 64 MB)"
    )
