"""A model is told once what was not found, the better answer is kept, and an empty field says why it is."""

from __future__ import annotations

import pytest
from server.adapters.scripted_engine import Script
from server.domain.errors import UnavailableError
from server.domain.runs import Attempt, RunSettings, RunStatus, Usage
from server.domain.statements import StatementStatus

from builders import TITLE, a_field, a_persona
from house import QUOTE, House, ListedPersonas, a_wire_answer, statement

pytestmark = pytest.mark.anyio

MADE_UP = "We trained it for three weeks on a cluster of machines nobody else has ever seen."


async def test_a_model_is_told_once_which_quotes_are_not_in_the_paper() -> None:
    house = House(
        Script(a_wire_answer(discussion=[statement("It was trained for weeks.", MADE_UP)])),
        Script(a_wire_answer()),
    )

    run = await house.executed()

    repair = house.engine.questions[1].repair
    assert repair
    assert len(repair.messages) == 1
    assert repair.messages[0].startswith("/discussion: not in the paper:")
    assert run.answer
    assert run.answer["discussion"] == "Readers take turns."
    assert len(house.engine.questions) == 2


async def test_the_first_answer_is_kept_when_the_second_is_no_better() -> None:
    first = a_wire_answer(discussion=[statement("It was trained for weeks.", MADE_UP)])
    worse = a_wire_answer(
        what=[statement("It is fast.", "No such sentence stands anywhere in it.")],
        discussion=[statement("It was trained for weeks.", MADE_UP)],
    )
    house = House(Script(first), Script(worse))

    run = await house.executed()

    assert run.status is RunStatus.FINISHED
    assert run.answer
    assert run.answer["what"] == "It places the paper first."
    told = house.told(run)
    last_reset = len(told) - 1 - told[::-1].index("reset")
    assert told[last_reset + 1 :] == [
        "field /header", "field /what", "field /discussion", "field /next_papers", "finished finished"
    ]  # fmt: skip


async def test_what_stays_unproven_stays_flagged() -> None:
    house = House(Script(a_wire_answer(discussion=[statement("It was trained for weeks.", MADE_UP)])))

    run = await house.executed()

    flagged = [s for s in run.statements if s.path == "/discussion"]
    assert [s.status for s in flagged] == [StatementStatus.UNSUPPORTED]
    assert run.grounding
    assert run.grounding.fields["discussion"] is StatementStatus.UNSUPPORTED


async def test_a_provider_that_fails_during_the_repair_costs_no_answer() -> None:
    house = House(
        Script(a_wire_answer(discussion=[statement("It was trained for weeks.", MADE_UP)])),
        UnavailableError(host="127.0.0.1"),
    )

    run = await house.executed()

    assert run.status is RunStatus.FINISHED
    assert run.answer
    assert run.answer["discussion"] == "It was trained for weeks."
    assert run.attempts[0] == Attempt("ok", 0)


async def test_an_empty_field_says_that_the_paper_does_not_answer_it() -> None:
    house = House(Script(a_wire_answer(discussion=[])))

    run = await house.executed()

    absence = next(s for s in run.statements if s.path == "/discussion")
    assert absence.status is StatementStatus.NOT_STATED
    assert absence.reason
    assert absence.reason.ja.startswith(("論文に無い", "渡したが読み落とした"))


async def test_an_empty_field_of_a_paper_cut_off_by_the_server_says_so() -> None:
    house = House(Script(a_wire_answer(discussion=[]), usage=Usage(40, 0, 100)))

    run = await house.executed()

    absence = next(s for s in run.statements if s.path == "/discussion")
    assert absence.reason
    assert absence.reason.en.startswith("Not given to the model")


async def test_a_number_that_its_quote_does_not_have_is_doubted() -> None:
    house = House(Script(a_wire_answer(what=[statement("It saves 87 % of the tokens.", QUOTE)])))

    run = await house.executed()

    what = next(s for s in run.statements if s.path == "/what")
    assert what.status is not StatementStatus.SUPPORTED
    assert what.reason
    assert "87 %" in what.reason.en


async def test_a_second_look_takes_trust_away_and_is_counted() -> None:
    doubts = {"verdicts": [{"statement": 1, "supported": "no"}, {"statement": 2, "supported": "yes"}]}
    house = House(Script(a_wire_answer(), usage=Usage(600, 0, 200)), Script(doubts, usage=Usage(100, 0, 20)))

    run = await house.executed(settings=RunSettings(second_look=True))

    what = next(s for s in run.statements if s.path == "/what")
    discussion = next(s for s in run.statements if s.path == "/discussion")
    assert what.status is StatementStatus.PARTLY
    assert what.checks[-1].kind == "second_look"
    assert discussion.status is StatementStatus.SUPPORTED
    assert run.usage.input_tokens == 700
    assert QUOTE in house.engine.questions[1].prompt.persona


async def test_no_second_look_is_taken_unless_asked_for() -> None:
    house = House(Script(a_wire_answer()))

    await house.executed()

    assert len(house.engine.questions) == 1


async def test_a_second_look_that_fails_costs_no_answer() -> None:
    house = House(Script(a_wire_answer()), UnavailableError(host="127.0.0.1"))

    run = await house.executed(settings=RunSettings(second_look=True))

    assert run.status is RunStatus.FINISHED
    assert next(s for s in run.statements if s.path == "/what").status is StatementStatus.SUPPORTED


async def test_the_bounds_of_a_personas_own_schema_hold_for_the_answer() -> None:
    rated = a_field("novelty", schema={"type": "integer", "minimum": 1, "maximum": 5})
    library = ListedPersonas(a_persona(fields=(rated,)))
    quoted = [{"quote": QUOTE, "page": 1}]
    paper = {"title": TITLE, "authors": None}
    house = House(
        Script({"_paper": paper, "novelty": {"evidence": quoted, "value": 9}}),
        Script({"_paper": paper, "novelty": {"evidence": quoted, "value": 4}}),
        library=library,
    )

    run = await house.executed()

    repair = house.engine.questions[1].repair
    assert repair
    assert repair.messages[0].startswith("/novelty")
    assert run.answer == {"novelty": 4}
