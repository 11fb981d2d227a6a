"""How a paper becomes text that fits: rendered, cut into parts, chosen from, and put together again."""

from __future__ import annotations

import math
from array import array
from dataclasses import replace
from typing import Any

import pytest
from searched_papers import FILLER, a_sectioned_paper
from server.adapters.templates import JinjaTemplates
from server.domain.budgets import estimate_tokens
from server.domain.contexts.choices import Rendering, Strategy
from server.domain.contexts.findings import findings, identity_of, in_turn, merged_answer
from server.domain.contexts.given import given_again, whole
from server.domain.contexts.parts import by_section, by_size
from server.domain.contexts.parts_plan import PartsPlan
from server.domain.contexts.planning import AUTO_CALLS, Wanted, given_for, input_of, planned
from server.domain.contexts.rendering import LEFT_OUT, pages_of, rendered
from server.domain.contexts.rooms import LEAST_PAPER, Means, full_room, room_for, shared_block
from server.domain.contexts.writing import Writer
from server.domain.errors import AnswerInvalidError, ContextTooLongError, TooManyCallsError
from server.domain.extractions import Extraction, Line, Page
from server.domain.matching import fold
from server.domain.passages import passages_of
from server.domain.plans import MAX_CALLS, OneCall, Result
from server.domain.prompts import paper_text
from server.domain.runs import RunSettings
from server.domain.schema import validate, wire_schema
from server.domain.sections import SectionKind as K

from builders import a_persona, an_extraction

PARTS = (
    ("Abstract", K.ABSTRACT, "We place the paper before the persona in every prompt. "),
    ("Introduction", K.INTRODUCTION, "Several readers of one paper send the same text many times over. "),
    ("Method", K.METHOD, "Constant rules come first, then the paper, then the persona at the very end. "),
    ("Results", K.RESULTS, "The second persona evaluated 28 tokens instead of 2,478 tokens on that server. "),
    ("Limitations", K.LIMITATIONS, "Only one server and one small model were measured in this first study. "),
)


def a_long_paper(filler: int = 40) -> Extraction:
    """Five sections of a page each, of about so many times twenty words."""
    return a_sectioned_paper(*((name, kind, text + FILLER * filler) for name, kind, text in PARTS))


def a_writer(paper: Extraction, **changes: Any) -> Writer:
    given = {"settings": RunSettings(), **changes}
    return Writer(
        persona=a_persona(),
        extraction=paper,
        identity=paper.identity,
        language="en",
        render=JinjaTemplates().render,
        secret=b"secret",
        **given,
    )


def plan_of(paper: Extraction, window: int | None, strategy: Strategy = Strategy.AUTO, **means: Any) -> Any:
    return planned([a_writer(paper)], Means(paper, window=window, **means), Wanted(strategy))[0]


# Rendering


def test_the_whole_paper_in_plain_is_what_every_reader_gets() -> None:
    paper = an_extraction()

    assert rendered(paper) == paper_text(paper)


@pytest.mark.parametrize("rendering", list(Rendering))
def test_all_passages_together_are_the_whole_paper(rendering: Rendering) -> None:
    paper = a_long_paper(4)
    spans = [(passage.start, passage.end) for passage in passages_of(paper)]

    assert fold(rendered(paper, spans, rendering=rendering)) == fold(rendered(paper, rendering=rendering))


def test_what_is_left_out_is_marked_and_pages_are_named() -> None:
    paper = an_extraction(["One. Two. Three.", "Four. Five."])
    two, four = paper.text.index("Two."), paper.text.index("Four.")

    text = rendered(paper, [(two, two + 4), (four, four + 5)])

    assert text.split("\n") == [LEFT_OUT, "[p. 1]", "Two.", LEFT_OUT, "[p. 2]", "Four.", LEFT_OUT]


def test_a_second_block_has_page_marks_of_its_own() -> None:
    paper = an_extraction(["One. Two. Three."])

    text = rendered(paper, [(5, 9), (0, 4)])

    assert text.split("\n") == [LEFT_OUT, "[p. 1]", "Two.", LEFT_OUT, "[p. 1]", "One.", LEFT_OUT]


def test_marks_of_ours_within_the_paper_are_broken() -> None:
    paper = an_extraction(["He wrote […] and [p. 9] in it."])

    assert rendered(paper).count(LEFT_OUT) == 0
    assert "[p. 9]" not in rendered(paper)


def test_headings_are_marked_in_the_sectioned_rendering() -> None:
    text = rendered(an_extraction(), rendering=Rendering.SECTIONED)

    assert "\n## 2 Method\n" in text
    assert "## " not in rendered(an_extraction())


def test_cells_of_a_row_come_onto_one_line_parted_by_tabs() -> None:
    words = ("Model", "F1", "Ours 87.5")
    places = ((72.0, 100.0), (200.0, 101.0), (72.0, 120.0))
    text = "\n".join(words)
    boxes, lines, at = array("f"), list[Line](), 0
    for word, (x, y) in zip(words, places, strict=True):
        for column, letter in enumerate(word):
            gap = 90.0 if letter.isdigit() or letter == "." else 0.0
            boxes.extend((x + 6 * column + gap, y, x + 6 * column + 6 + gap, y + 10))
        lines.append(Line(at, at + len(word), x, y, x + 6 * len(word), y + 10, 10.0))
        at += len(word) + 1
        if at <= len(text):
            boxes.extend([float("nan")] * 4)
    page = Page(1, 612, 792, text, boxes.tobytes(), tuple(lines))
    paper = replace(an_extraction(), pages=(page,), sections=(), references=())

    assert rendered(paper, rendering=Rendering.TABLES) == "[p. 1]\nModel\tF1\nOurs\t87.5"
    assert fold(rendered(paper, rendering=Rendering.TABLES)) == fold(rendered(paper))


def test_pages_are_read_in_whole_in_part_or_not_at_all() -> None:
    paper = an_extraction(["One. Two.", "Three. Four.", "", "Five."])
    three = paper.text.index("Three.")

    assert pages_of(paper, [(0, 9), (three, three + 6)]) == ((1, 2, 3), (2,), (4,))


# Rooms


def test_paper_and_answer_share_what_the_persona_leaves() -> None:
    room = room_for(8192, overhead=1500, wanted=6000)

    assert room.answer == int(0.45 * (8192 - 1500 - 246))
    assert room.paper + room.answer + 1500 + 246 == 8192


def test_an_answer_that_asks_for_little_leaves_the_rest_to_the_paper() -> None:
    assert room_for(8192, overhead=1500, wanted=1200).paper == 8192 - 1500 - 246 - 1200


def test_a_window_that_a_persona_fills_is_refused() -> None:
    with pytest.raises(ContextTooLongError) as raised:
        room_for(2048, overhead=1500, wanted=1024)

    assert raised.value.data["window"] == 2048


def test_a_paper_fits_when_enough_is_left_for_the_answer() -> None:
    room = full_room(8192, overhead=1500, wanted=6000, paper=3000)

    assert room
    assert room.answer == 8192 - 1500 - 246 - 3000
    assert full_room(8192, overhead=1500, wanted=6000, paper=4000) is None


def test_readers_with_a_little_more_or_less_room_share_the_same_block() -> None:
    assert shared_block(8192, 3600) == shared_block(8192, 3500) > 1000


# Which strategy


def test_auto_sends_everything_where_the_window_is_not_known_or_large_enough() -> None:
    paper = a_long_paper()

    for window in (None, 32_768):
        plan = plan_of(paper, window)
        assert isinstance(plan, OneCall)
        assert (plan.input.strategy, plan.input.spans, plan.input.pages_left_out) == ("full", None, ())


def test_auto_takes_excerpts_where_a_good_part_fits() -> None:
    paper = a_long_paper(60)

    plan = plan_of(paper, 8192)

    assert isinstance(plan, OneCall)
    assert plan.input.strategy == "retrieve"
    assert plan.call.estimated_tokens + plan.call.max_output_tokens <= 8192
    assert plan.input.pages_left_out or plan.input.pages_in_part


def test_auto_reads_in_parts_where_little_of_a_paper_fits_but_few_calls_do() -> None:
    paper = a_long_paper(160)

    plan = plan_of(paper, 6000)

    assert plan.input.strategy == "map_reduce"
    assert plan.calls <= AUTO_CALLS + 1


def test_more_calls_than_a_run_may_make_are_refused_with_a_sentence() -> None:
    with pytest.raises(TooManyCallsError) as raised:
        plan_of(a_long_paper(900), 4096, Strategy.MAP_REDUCE)

    assert raised.value.data["most"] == MAX_CALLS
    assert str(MAX_CALLS) in raised.value.words.en


def test_the_whole_paper_or_nothing() -> None:
    with pytest.raises(ContextTooLongError):
        plan_of(a_long_paper(), 4096, Strategy.FULL)


def test_examples_make_way_for_the_paper() -> None:
    paper = a_long_paper(20)
    writers = [a_writer(paper, notes=(FILLER * 300,)), a_writer(paper)]

    plan, used = planned(writers, Means(paper, window=8192), Wanted())

    assert used is writers[1]
    assert plan.input.strategy == "full"


def test_a_plan_counts_as_the_model_does() -> None:
    paper = a_long_paper(60)

    plan = plan_of(paper, 8192, Strategy.RETRIEVE, count=lambda text: math.ceil(1.5 * estimate_tokens(text)))

    sent = "".join(message.content for message in plan.call.prompt.messages)
    assert 1.5 * estimate_tokens(sent) + plan.call.max_output_tokens <= 8192


def test_excerpts_say_that_they_are_some_and_are_found_again_from_the_record() -> None:
    paper = a_long_paper(60)
    plan = plan_of(paper, 8192, Strategy.RETRIEVE)

    assert LEFT_OUT in plan.call.prompt.paper
    assert "excerpts" in plan.call.prompt.persona
    again = given_again(paper, plan.input)
    assert again.text in plan.call.prompt.paper
    assert input_of(again, plan.call) == plan.input


def test_two_readers_of_excerpts_begin_with_the_same_text() -> None:
    paper = a_long_paper(60)
    means = Means(paper, window=8192)
    texts = [
        planned([replace(a_writer(paper), persona=a_persona(id_))], means, Wanted(Strategy.RETRIEVE))[0]
        .next(())
        .prompt.paper
        for id_ in ("summarizer", "interpreter")
    ]

    common = next(i for i, pair in enumerate(zip(*texts, strict=False)) if pair[0] != pair[1])
    assert estimate_tokens(texts[0][:common]) > 0.5 * shared_block(8192, 8192)


def test_a_call_of_another_plan_gets_everything_or_passages() -> None:
    paper = a_long_paper(60)
    writer, means = a_writer(paper), Means(paper, window=8192)

    given, answer = given_for(writer, means, Wanted(Strategy.MAP_REDUCE), overhead=1000, answer=4000)

    assert given.strategy is Strategy.RETRIEVE
    assert estimate_tokens(given.text) + 1000 + answer <= 8192
    assert given_for(writer, Means(paper), Wanted(), overhead=0, answer=9)[0] == whole(paper)


# Parts


def test_parts_hold_every_passage_once_and_fit() -> None:
    paper = a_long_paper()
    means = Means(paper)

    parts = by_size(a_persona().fields, means, room=900)

    spans = [span for part in parts for span in part.spans]
    assert fold("".join(paper.text[slice(*span)] for span in spans)) == fold(paper.text)
    assert all(sum(estimate_tokens(paper.text[slice(*s)]) for s in part.spans) <= 900 for part in parts)


def test_what_the_paper_is_is_asked_of_its_beginning_alone() -> None:
    parts = by_size(a_persona().fields, Means(a_long_paper()), room=900)

    assert "header" in parts[0].fields
    assert all("header" not in part.fields for part in parts[1:])


def test_a_section_is_asked_what_its_kind_answers() -> None:
    parts = by_section(a_persona().fields, Means(a_long_paper()), room=4000)

    asked = {part.title: part.fields for part in parts}
    assert "discussion" in asked["Limitations"]
    assert "what" in asked["Introduction"]
    assert "header" in asked["Abstract"]


def test_a_passage_larger_than_a_part_is_read_in_pieces() -> None:
    paper = an_extraction(["x1 " * 2000])

    parts = by_size(a_persona().fields, Means(paper), room=LEAST_PAPER)

    assert fold("".join(paper.text[slice(*s)] for part in parts for s in part.spans)) == fold(paper.text)
    assert max(estimate_tokens(paper.text[slice(*s)]) for part in parts for s in part.spans) <= LEAST_PAPER


# One answer of many

TRUE = "Only one server and one small model were measured in this first study."


def said(text: str, quote: str, page: int = 5) -> dict[str, Any]:
    return {"evidence": [{"quote": quote, "page": page}], "text": text}


def an_answer(**changes: Any) -> dict[str, Any]:
    nothing: dict[str, Any] = {"what": [], "discussion": [], "next_papers": []}
    return {"header": {"title": None, "authors": None, "year": None}, **nothing, **changes}


def a_parts_plan(**changes: Any) -> PartsPlan:
    plan = plan_of(a_long_paper(), 5000, Strategy.MAP_REDUCE)
    assert isinstance(plan, PartsPlan)
    return replace(plan, **changes)


def results_of(plan: PartsPlan, *answers: Any) -> list[Result]:
    given = [*answers, *[an_answer()] * len(plan.parts)][: len(plan.parts)]
    return [Result("part", answer) for answer in given]


def test_a_statement_whose_quote_is_not_in_the_paper_goes_no_further() -> None:
    answers = [an_answer(what=[said("True.", TRUE), said("Made up.", "It saves 41% of energy in Atlantis.")])]

    found = findings(a_persona(), answers, Means(a_long_paper()))

    assert [one.words for one in found["what"]] == ["True."]
    assert found["what"][0].pages == (5,)


def test_what_recurs_is_said_once() -> None:
    answers = [an_answer(what=[said("One server.", TRUE)])] * 3

    assert [one.words for one in in_turn(findings(a_persona(), answers, Means(a_long_paper())))] == [
        "One server."
    ]


def test_the_first_part_says_what_paper_it_is() -> None:
    first = {"title": "Paper First", "authors": "Project", "year": 2026}
    answers = [an_answer(), an_answer(header=first), an_answer(header={**first, "title": "Other"})]

    assert identity_of(a_persona(), answers) == {"header": first}


def test_the_last_call_gets_the_statements_and_the_sentences_behind_them_not_the_paper() -> None:
    plan = a_parts_plan()

    call = plan.next(results_of(plan, an_answer(discussion=[said("One model was measured.", TRUE)])))

    assert call.is_answer
    assert call.ready is None
    assert TRUE in call.prompt.paper.replace("\n", " ")
    assert "- One model was measured. (p. 5)" in call.prompt.persona
    assert len(call.prompt.paper) < len(plan.part(0).prompt.paper)
    assert call.schema == wire_schema(a_persona(), "en")


def test_answers_that_do_not_fit_one_call_are_put_together_without_a_model() -> None:
    plan = a_parts_plan()
    plan = replace(plan, room=replace(plan.room, paper=10))
    stated = an_answer(
        header={"title": "Paper First", "authors": None, "year": None},
        discussion=[said("One model was measured.", TRUE)],
    )

    call = plan.next(results_of(plan, stated))

    assert call.ready
    assert validate(call.schema, call.ready) == []
    assert call.ready["header"]["title"] == "Paper First"
    assert [one["text"] for one in call.ready["discussion"]] == ["One model was measured."]


def test_a_paper_that_says_nothing_of_it_gives_an_empty_answer_of_the_right_shape() -> None:
    plan = a_parts_plan()

    call = plan.next(results_of(plan))

    assert call.ready
    assert validate(call.schema, call.ready) == []
    assert call.ready["what"] == []


@pytest.mark.parametrize("id_", ["summarizer", "interpreter"])
def test_nothing_found_is_a_right_shape_for_every_persona(id_: str) -> None:
    persona = a_persona(id_)

    answer = merged_answer(persona, {}, identity_of(persona, []))

    assert validate(wire_schema(persona, "en"), answer) == []


def test_no_answer_of_any_part_is_no_answer() -> None:
    plan = a_parts_plan()

    with pytest.raises(AnswerInvalidError):
        plan.next([Result("part", None)] * len(plan.parts))


def test_a_part_that_failed_does_not_end_the_rest() -> None:
    plan = a_parts_plan()
    results = results_of(plan, an_answer(discussion=[said("One model was measured.", TRUE)]))
    results[-1] = Result("part", None)

    assert plan.next(results).ready is None


def test_every_part_says_which_it_is() -> None:
    plan = a_parts_plan()

    calls = [plan.next(results_of(plan)[:number]) for number in range(len(plan.parts))]

    assert not any(call.is_answer for call in calls)
    assert f"part 2 of {len(plan.parts)}" in calls[1].prompt.persona
    assert calls[1].label
    assert calls[1].label.en.startswith("page")
    assert all(call.estimated_tokens + call.max_output_tokens <= 5000 for call in calls)
