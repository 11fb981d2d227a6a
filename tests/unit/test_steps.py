"""The legs of a run, and the parts of a paper that a step over sections reads."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from server.domain.chapters import LEAST, chapters_of
from server.domain.sections import Section, SectionKind
from server.domain.steps import MAX_SECTIONS, MAX_STEPS, Leg, Over, Step, StepKind, legs_of, most_calls

from builders import an_extraction

QUESTIONS = ("header", "what", "discussion")


def fields(id_: str, *names: str, over: Over = Over.PAPER) -> Step:
    return Step(id_, StepKind.FIELDS, fields=names, over=over)


QUOTES, CRITIQUE = Step("quotes", StepKind.QUOTES), Step("critique", StepKind.CRITIQUE)


def route(*steps: Step, structure: str = "with", passes: int | None = None) -> list[tuple[str, str, str]]:
    """Name, what is asked and what is settled of each leg."""
    legs = legs_of(steps, QUESTIONS, structure=structure, passes=passes)
    assert [leg.is_answer for leg in legs] == [False] * (len(legs) - 1) + [True]
    return [(leg.step.id, " ".join(leg.asks), " ".join(leg.settles)) for leg in legs]


ALL = " ".join(QUESTIONS)


def test_without_steps_there_is_the_answer() -> None:
    assert route() == [("answer", ALL, ALL)]


def test_what_is_collected_comes_before_the_answer() -> None:
    assert route(QUOTES) == [("quotes", ALL, ""), ("answer", ALL, ALL)]


def test_the_last_step_that_answers_is_the_answer() -> None:
    steps = fields("first", "header", "what"), fields("second", "discussion")

    assert route(*steps) == [("first", "header what", "header what"), ("second", "discussion", "discussion")]


def test_questions_that_no_step_answers_are_asked_at_the_end() -> None:
    assert route(fields("first", "what")) == [
        ("first", "what", "what"),
        ("answer", "header discussion", "header discussion"),
    ]


def test_a_criticised_draft_is_answered_again_and_settles_nothing() -> None:
    draft = fields("draft")

    assert route(draft, CRITIQUE) == [("draft", ALL, ""), ("critique", ALL, ""), ("answer", ALL, ALL)]


def test_a_step_asks_in_the_order_of_the_persona() -> None:
    assert route(fields("first", "discussion", "what"))[0][1] == "what discussion"


def test_what_is_read_by_section_is_merged_in_the_answer() -> None:
    by_section = fields("parts", "what", over=Over.SECTIONS)

    assert route(by_section) == [("parts", "what", ""), ("answer", ALL, ALL)]


@pytest.mark.parametrize(
    ("passes", "names"),
    [(1, ["draft"]), (2, ["draft", "critique", "answer"]), (9, ["draft", "critique", "answer"])],
)
def test_a_run_may_end_after_so_many_answers(passes: int, names: list[str]) -> None:
    assert [name for name, *_ in route(fields("draft"), CRITIQUE, passes=passes)] == names


def test_questions_of_later_passes_are_not_asked() -> None:
    steps = fields("first", "what"), fields("second", "discussion")

    assert route(*steps, passes=1) == [("first", "what", "what")]


def test_free_words_come_right_before_the_form() -> None:
    assert route(structure="after") == [("in_words", ALL, ""), ("answer", ALL, ALL)]
    assert [name for name, *_ in route(QUOTES, structure="after")] == ["quotes", "in_words", "answer"]


names = st.sampled_from(QUESTIONS)
any_step = st.builds(
    Step,
    id=st.text("abc", min_size=1, max_size=3),
    kind=st.sampled_from(StepKind),
    fields=st.lists(names, unique=True).map(tuple),
    over=st.sampled_from(Over),
)


@given(
    st.lists(any_step, max_size=MAX_STEPS),
    st.sampled_from(["with", "after"]),
    st.none() | st.integers(1, 8),
)
def test_whatever_the_steps_each_question_is_settled_once_at_most(
    steps: list[Step], structure: str, passes: int | None
) -> None:
    legs = legs_of(steps, QUESTIONS, structure=structure, passes=passes)

    settled = [name for leg in legs for name in leg.settles]
    assert len(settled) == len(set(settled))
    assert legs[-1].is_answer
    assert set(legs[-1].settles) == set(legs[-1].asks) or legs[-1].step.over is Over.SECTIONS
    if passes is None:
        assert set(settled) == set(QUESTIONS)


def test_calls_are_counted_at_their_most() -> None:
    by_section = Step("notes", StepKind.QUOTES, over=Over.SECTIONS)

    assert most_calls([by_section, QUOTES], QUESTIONS) == MAX_SECTIONS + 1 + 2


def test_a_leg_says_whether_it_is_about_sections() -> None:
    assert not Leg(fields("x", over=Over.SECTIONS), ("what",)).step.answers


LONG = ("Words of this part. " * (LEAST // 20 + 1)).strip()


def a_paper(*heads: tuple[str, SectionKind]) -> tuple[str, tuple[Section, ...]]:
    text, sections = "", []
    for title, kind in heads:
        start = len(text)
        text += f"{title}\n{LONG}\n"
        sections.append(Section(title, kind, 1, start, start + len(title) + 1, len(text)))
    return text.rstrip(), tuple(sections)


def test_a_paper_is_cut_at_its_sections_without_its_references() -> None:
    text, sections = a_paper(
        ("Introduction", SectionKind.INTRODUCTION),
        ("Method", SectionKind.METHOD),
        ("References", SectionKind.REFERENCES),
        ("Appendix", SectionKind.APPENDIX),
    )
    parts = chapters_of(an_extraction([text], sections=sections), most=8)

    assert [part.title for part in parts] == ["Introduction", "Method", "Appendix"]
    assert all("References" not in part.given.text for part in parts)
    assert parts[1].given.text.splitlines()[:3] == ["[…]", "[p. 1]", "Method"]


def test_there_are_no_more_parts_than_asked_for_and_nothing_is_lost() -> None:
    text, sections = a_paper(*((f"Section {n}", SectionKind.OTHER) for n in range(20)))
    parts = chapters_of(an_extraction([text], sections=sections), most=6)

    assert len(parts) == 6
    assert all(sum(f"Section {n}\n" in part.given.text for part in parts) == 1 for n in range(20))


def test_short_sections_are_read_with_a_neighbour() -> None:
    assert len(chapters_of(an_extraction(), most=8)) == 1


def test_a_paper_without_headings_is_cut_at_its_pages() -> None:
    parts = chapters_of(an_extraction([LONG, LONG, "", LONG]), most=8)

    assert [part.given.pages_read for part in parts] == [(1, 3), (2, 3), (3, 4)]
    assert {part.title for part in parts} == {""}
