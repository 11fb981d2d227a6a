"""Facts about choosing what of a paper a persona is given."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from searched_papers import FILLER, a_sectioned_paper
from server.domain.errors import ContextTooLongError
from server.domain.fields import Field
from server.domain.references import Reference
from server.domain.retrieval.choosing import (
    MARK_TOKENS,
    STEP_TOKENS,
    Selection,
    choose,
    shared_priority,
    shared_tokens,
    wanted_by,
)
from server.domain.retrieval.index import PassageIndex
from server.domain.sections import SectionKind
from server.domain.words import Words

from builders import a_field, interpreter_fields, summarizer_fields

LISTED = "\n".join(f"[{n}] A. Author. A title of a work, number {n}. Publisher, 2020." for n in range(1, 41))
PAPER = a_sectioned_paper(
    ("Abstract", SectionKind.ABSTRACT, f"We present a way to read. It reduces tokens by half. {FILLER * 5}"),
    ("1 Introduction", SectionKind.INTRODUCTION, f"Reading remains a problem. {FILLER * 20}"),
    ("2 Method", SectionKind.METHOD, f"Our approach consists of two steps. {FILLER * 20}"),
    ("3 Evaluation", SectionKind.EVALUATION, f"We evaluate on a dataset of 12 papers. {FILLER * 20}"),
    ("4 Results", SectionKind.RESULTS, f"We find that tokens fall by 50 percent. {FILLER * 20}"),
    ("5 Limitations", SectionKind.LIMITATIONS, f"We did not test other models. {FILLER * 20}"),
    ("6 Conclusion", SectionKind.CONCLUSION, f"We conclude that order matters. {FILLER * 20}"),
    ("References", SectionKind.REFERENCES, LISTED),
    references=tuple(
        Reference(n, str(n), row, None, (), 2020, 8, 0, 1) for n, row in enumerate(LISTED.split("\n"), 1)
    ),
)
INDEX = PassageIndex.of(PAPER)
PRIORITY = shared_priority(INDEX)
WHOLE = sum(len(p.text.split()) + MARK_TOKENS for p in INDEX.passages)


def count(text: str) -> int:
    return len(text.split())


def chosen(fields: tuple[Field, ...], budget: int, shared: int | None = None) -> Selection:
    return choose(fields, INDEX, budget_tokens=budget, count_tokens=count, shared=shared, priority=PRIORITY)


@given(st.integers(200, WHOLE + 500))
def test_the_budget_is_held_and_nothing_is_sent_twice(budget: int) -> None:
    selection = chosen(summarizer_fields(), budget)

    orders = [p.order for p in selection.passages]
    assert sum(count(p.text) + MARK_TOKENS for p in selection.passages) == selection.tokens <= budget
    assert len(set(orders)) == len(orders)


def test_both_blocks_are_in_reading_order() -> None:
    selection = chosen(summarizer_fields(), 1500)

    for block in (selection.shared, selection.extra):
        assert [p.order for p in block] == sorted(p.order for p in block)
        assert block


def test_personas_share_their_first_block_whatever_they_ask() -> None:
    one, other = chosen(summarizer_fields(), 1500, 700), chosen(interpreter_fields(), 1300, 700)

    assert one.shared == other.shared
    assert one.extra != other.extra


def test_the_shared_block_is_the_same_when_rooms_differ_a_little() -> None:
    assert shared_tokens(5000) == shared_tokens(5100) == 5 * STEP_TOKENS


def test_the_abstract_is_shared_before_anything_else() -> None:
    selection = chosen(summarizer_fields(), 400, 200)

    assert [p.kind for p in selection.shared] == [SectionKind.ABSTRACT]


def test_everything_is_sent_when_everything_fits() -> None:
    selection = chosen(summarizer_fields(), WHOLE)

    assert {p.order for p in selection.passages if not p.is_reference} == {
        p.order for p in INDEX.passages if not p.is_reference
    }
    assert not any(selection.missed.values())


def test_a_field_is_given_what_it_asks_for() -> None:
    limits = a_field("limitations", label=Words(ja="限界は？", en="What are the limits?"))

    selection = chosen((limits,), 400, 0)
    best = INDEX.passages[selection.given["limitations"][0]]
    assert best.kind is SectionKind.LIMITATIONS
    assert selection.shared == ()


def test_what_a_field_wants_is_given_or_missed() -> None:
    fields = summarizer_fields()
    selection = chosen(fields, 900)

    for field in fields:
        wanted = wanted_by(field, INDEX)
        assert sorted((*selection.given[field.id], *selection.missed[field.id])) == sorted(wanted)
    assert any(selection.missed.values())


def test_every_page_is_read_or_left_out() -> None:
    selection = chosen(summarizer_fields(), 900)

    assert sorted((*selection.pages_read, *selection.pages_left_out)) == list(range(1, 9))
    assert set(selection.pages_in_part) <= set(selection.pages_read)
    assert selection.pages_left_out


def test_only_a_question_for_readings_gets_the_reference_list() -> None:
    without = tuple(f for f in summarizer_fields() if f.id != "next_papers")

    assert not any(p.is_reference for p in chosen(without, WHOLE * 2).passages)
    assert any(p.is_reference for p in chosen(summarizer_fields(), WHOLE * 2).passages)


def test_the_head_of_the_paper_tells_which_it_is() -> None:
    header = summarizer_fields()[0]

    assert wanted_by(header, INDEX) == tuple(p.order for p in INDEX.passages if p.first_page == 1)[:2]


def test_too_little_room_is_an_error_that_says_how_much_is_needed() -> None:
    with pytest.raises(ContextTooLongError) as raised:
        chosen(summarizer_fields(), 20)

    assert raised.value.data["window"] == 20
    assert raised.value.data["tokens"] > 20


def test_the_same_input_makes_the_same_choice() -> None:
    again = PassageIndex.of(PAPER)

    assert shared_priority(again) == PRIORITY
    assert choose(summarizer_fields(), again, budget_tokens=900, count_tokens=count) == chosen(
        summarizer_fields(), 900
    )


def test_every_passage_of_the_text_has_its_turn() -> None:
    assert sorted(PRIORITY) == [p.order for p in INDEX.passages if not p.is_reference]
