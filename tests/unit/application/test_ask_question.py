"""Asking the persona of a finished run: grounded like its own answer, in the same voice, on the same cached paper."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from server.adapters.scripted_engine import Script
from server.application.ask_question import AskQuestion, QuestionRequest
from server.application.ports import Question
from server.application.read_questions import ReadQuestions
from server.application.rebuild_prompt import RebuildPrompt
from server.domain.absence import NOT_IN_PAPER
from server.domain.errors import ConflictError, InvalidRequestError, NotFoundError, WrongPaperError
from server.domain.follow_ups import MAX_EARLIER, MAX_QUESTION, MAX_QUESTIONS, Exchange
from server.domain.ids import RunId
from server.domain.requests import ReaderRequest
from server.domain.runs import Run, RunSettings, RunStatus
from server.domain.statements import EvidenceStatus, StatementStatus

from builders import TITLE
from builders.votes import a_vote
from house import QUOTE, House, either, statement

pytestmark = pytest.mark.anyio


def an_answer(*said: dict[str, Any], title: str = TITLE) -> dict[str, Any]:
    return {"_paper": {"title": title, "authors": None}, "answer": list(said)}


def answering(question: Question) -> dict[str, Any]:
    """The persona's own questions, or a follow-up."""
    if "answer" in question.persona.by_id:
        return an_answer(statement("Because of the cache.", QUOTE))
    return either(question)


@pytest.fixture
def house() -> House:
    return House(Script(answering))


async def test_an_answer_is_grounded_like_any_other(house: House) -> None:
    run = await house.executed()

    asked = await house.asked(run, "Why is the paper first?")

    assert asked.status is RunStatus.FINISHED
    assert asked.answer == {"answer": "Because of the cache."}
    assert [(s.path, s.evidence[0].status) for s in asked.statements] == [
        ("/answer", EvidenceStatus.VERIFIED)
    ]
    assert (asked.root, asked.paper_id, asked.extraction_id) == (run.id, run.paper_id, run.extraction_id)


async def test_only_the_question_is_new_to_the_model(house: House) -> None:
    run = await house.executed()

    await house.asked(run, "Why is the paper first?")

    own, asked = (question.prompt for question in house.engine.questions)
    assert (asked.rules, asked.paper) == (own.rules, own.paper)
    assert "Why is the paper first?" in asked.persona
    assert "It places the paper first." in asked.persona  # what the run said


async def test_fields_are_told_only_when_grounded(house: House) -> None:
    asked = await house.asked(await house.executed())

    told = [event.data for event in house.events_of(asked) if event.name == "field"]
    assert [data["path"] for data in told] == ["/answer"]
    assert told[0]["statements"][0]["status"] == "supported"


async def test_what_the_paper_does_not_say_is_not_answered() -> None:
    house = House(Script(either), an_answer())

    asked = await house.asked(await house.executed(), "What does it cost in yen?")

    assert asked.status is RunStatus.FINISHED
    assert asked.answer == {"answer": None}
    assert [s.status for s in asked.statements] == [StatementStatus.NOT_STATED]
    assert asked.statements[0].reason == NOT_IN_PAPER


async def test_an_answer_that_was_perhaps_missed_is_pointed_at() -> None:
    house = House(Script(either), an_answer())

    asked = await house.asked(await house.executed(), "Which model reads the paper before the persona?")

    reason = asked.statements[0].reason
    assert reason
    assert "perhaps missed" in reason.en


async def test_an_answer_about_another_paper_is_rejected() -> None:
    other = an_answer(statement("It saves energy."), title="Saving Energy in Buildings of Atlantis")
    other["_paper"]["authors"] = "A. Author"
    house = House(Script(either), other)

    asked = await house.asked(await house.executed())

    assert asked.error
    assert (asked.error.code, asked.answer) == (WrongPaperError.code, None)


async def test_earlier_questions_are_told_again_and_only_the_last_ones() -> None:
    house = House(Script(answering))
    run = await house.executed()
    for number in range(MAX_EARLIER + 1):
        await house.asked(run, f"Question {number}?")

    asked = await house.asked(run, "And then?")

    assert asked.follow_up
    assert asked.follow_up.earlier == tuple(
        Exchange(f"Question {number}?", "Because of the cache.") for number in range(1, MAX_EARLIER + 1)
    )


async def test_the_same_question_is_answered_once_unless_asked_afresh(house: House) -> None:
    run = await house.executed()
    first = await house.asked(run)

    again = await house.ask_question(QuestionRequest(run.id, " Why?\n"))
    afresh = await house.ask_question(QuestionRequest(run.id, "Why?", fresh=True))

    assert (again.run.id, again.reused) == (first.id, True)
    assert (afresh.run.id != first.id, afresh.reused) == (True, False)


async def test_a_question_asked_twice_at_once_is_asked_once(house: House) -> None:
    run = await house.executed()

    first = await house.ask_question(QuestionRequest(run.id, "Why?"))
    second = await house.ask_question(QuestionRequest(run.id, "Why?"))

    assert first.run.id == second.run.id


async def test_the_same_question_of_another_run_is_another_question(house: House) -> None:
    run = await house.executed()
    other = await house.executed("interpreter")

    assert (await house.asked(run)).id != (await house.asked(other)).id


async def test_settings_that_were_for_its_own_questions_do_not_follow(house: House) -> None:
    settings = RunSettings(temperature=0.2, context="full", examples=0, steps="off", ensemble=1)
    run = await house.executed(settings=settings)

    assert (await house.asked(run)).settings == RunSettings(temperature=0.2, context="full")


async def test_passages_are_chosen_for_the_question(house: House) -> None:
    run = await house.executed(settings=RunSettings(context="retrieve"))

    asked = await house.asked(run, "Why is the paper first?")

    assert asked.input
    assert asked.input.strategy == "retrieve"
    assert "Why is the paper first?" in house.engine.questions[-1].prompt.persona


async def test_the_prompt_of_a_question_can_be_made_again(house: House) -> None:
    asked = await house.asked(await house.executed())

    rebuilt = await RebuildPrompt(house.preview)(await house.queries.run(asked.id))

    assert rebuilt.is_exact is True


async def test_the_question_is_the_label_that_people_are_shown(house: House) -> None:
    run = await house.executed()
    asked = await house.asked(run, "Why is the paper first?")

    views = await ReadQuestions(house.queries)(run.id)

    assert [(view.run.id, view.persona.by_id["answer"].label.ja) for view in views] == [
        (asked.id, "Why is the paper first?")
    ]


async def test_questions_are_not_among_the_runs_unless_asked_for(house: House) -> None:
    run = await house.executed()
    asked = await house.asked(run)

    plain = await house.queries.runs(limit=9, cursor=None)
    all_of_them = await house.queries.runs(limit=9, cursor=None, follow_ups=True)

    assert [view.run.id for view in plain] == [run.id]
    assert [view.run.id for view in all_of_them] == [asked.id, run.id]


async def test_a_question_is_found_only_with_its_own_run(house: House) -> None:
    run, other = await house.executed(), await house.executed("interpreter")
    asked = await house.asked(run)
    read = ReadQuestions(house.queries)

    assert (await read.one(run.id, asked.id)).run.id == asked.id
    for run_id, question_id in ((other.id, asked.id), (run.id, other.id), (run.id, RunId("none"))):
        with pytest.raises(NotFoundError):
            await read.one(run_id, question_id)


async def test_a_question_is_no_candidate_of_a_comparison(house: House) -> None:
    run = await house.executed()
    asked = await house.asked(run)

    with pytest.raises(InvalidRequestError, match="question to a reader"):
        await house.a_comparison(run.id, asked.id)


async def test_what_is_hidden_cannot_be_asked_nor_its_questions_read(house: House) -> None:
    run = await house.executed()
    asked = await house.asked(run)
    comparison = await house.a_comparison(run.id, ReaderRequest("interpreter"), blind=True)
    read = ReadQuestions(house.queries)

    with pytest.raises(NotFoundError):
        await house.ask_question(QuestionRequest(run.id, "Why?", viewer="v"))
    with pytest.raises(NotFoundError):
        await read(run.id, viewer="v")
    with pytest.raises(NotFoundError):
        await house.queries.run(asked.id, viewer="v")
    assert await house.queries.runs(limit=9, cursor=None, follow_ups=True, viewer="v") == []

    async with house.memory.unit_of_work() as uow:
        of_all = {"comparison_id": comparison.id, "paper_id": run.paper_id, "voter": "v"}
        await uow.votes.add(a_vote(**of_all))
        await uow.commit()
    assert [view.run.id for view in await read(run.id, viewer="v")] == [asked.id]


async def test_a_run_takes_its_questions_with_it_and_stops_those_under_way(house: House) -> None:
    run = await house.executed()
    waiting = (await house.ask_question(QuestionRequest(run.id, "Why?"))).run

    await house.change.delete_run(run.id)

    assert house.memory.jobs.cancelled == [run.id, waiting.id]
    assert house.memory.kept.runs == {}


async def test_a_question_can_be_deleted_alone(house: House) -> None:
    run = await house.executed()
    asked = await house.asked(run)

    await house.change.delete_run(asked.id)

    assert list(house.memory.kept.runs) == [run.id]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"status": RunStatus.RUNNING}, "still being read"),
        ({"status": RunStatus.FAILED}, "has no answer"),
        ({"engine": "text"}, "no reader to ask"),
    ],
)
async def test_only_an_answer_of_a_reader_can_be_asked(
    house: House, change: dict[str, Any], words: str
) -> None:
    run = replace(await house.executed(), **change)
    house.memory.kept.runs[run.id] = run

    with pytest.raises(ConflictError, match=words):
        await house.ask_question(QuestionRequest(run.id, "Why?"))


async def test_a_question_is_not_asked_of_a_question(house: House) -> None:
    run = await house.executed()
    asked = await house.asked(run)

    with pytest.raises(ConflictError, match=run.id):
        await house.ask_question(QuestionRequest(asked.id, "Why?"))


@pytest.mark.parametrize("question", ["", " \n", "\u202e\x00", "x" * (MAX_QUESTION + 1)])
async def test_a_question_has_words_and_an_end(house: House, question: str) -> None:
    run = await house.executed()

    with pytest.raises(InvalidRequestError):
        await house.ask_question(QuestionRequest(run.id, question))


async def test_a_run_answers_a_bounded_number_of_questions(house: House) -> None:
    run = await house.executed()
    asked = await house.asked(run)
    for number in range(1, MAX_QUESTIONS):
        copy: Run = replace(asked, id=RunId(f"copy-{number}"), reuse_key=None)
        house.memory.kept.runs[copy.id] = copy

    with pytest.raises(ConflictError, match=str(MAX_QUESTIONS)):
        await house.ask_question(QuestionRequest(run.id, "One more?"))


async def test_a_model_that_is_gone_is_named(house: House) -> None:
    run = replace(await house.executed(), model="gone")
    house.memory.kept.runs[run.id] = run

    with pytest.raises(NotFoundError, match="gone"):
        await AskQuestion(house.queries, house.start)(QuestionRequest(run.id, "Why?"))
