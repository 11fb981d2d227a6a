"""Runs of several calls: what a call gives feeds the next, and all of them are kept, counted and told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest
from server.adapters.scripted_engine import Script
from server.application.conversation import run_stream
from server.application.prompting import Prompting
from server.domain.extractions import Notice
from server.domain.plans import Call, Plan, Result
from server.domain.runs import Run, RunInput, Usage

from house import House, a_wire_answer

pytestmark = pytest.mark.anyio

NOTES = {
    "type": "object",
    "properties": {"notes": {"type": "string"}},
    "required": ["notes"],
    "additionalProperties": False,
}


@dataclass(frozen=True)
class NotesFirst:
    """Takes notes, then answers with the notes behind the questions."""

    last: Call
    input: RunInput
    is_needed: bool = True
    calls: int = 2
    notices: tuple[Notice, ...] = ()

    def next(self, results: Sequence[Result]) -> Call:
        if not results:
            prompt = replace(self.last.prompt, persona="\nTake notes.\n")
            return replace(
                self.last,
                name="notes",
                prompt=prompt,
                schema=NOTES,
                is_answer=False,
                is_needed=self.is_needed,
            )
        said = (results[0].value or {}).get("notes", "nothing")
        return replace(self.last, prompt=replace(self.last.prompt, persona=f"\nNotes: {said}\n"))


class Preparing(Prompting):
    """Plans notes before every answer."""

    is_needed = True

    def plan(self, *args: Any, **kwargs: Any) -> Plan:
        one = super().plan(*args, **kwargs)
        return NotesFirst(one.next(()), one.input, is_needed=self.is_needed)


def a_house(*scripts: Any, is_needed: bool = True) -> House:
    house = House(*scripts)
    prompting = Preparing(house.prompting.templates, house.prompting.secret)
    object.__setattr__(prompting, "is_needed", is_needed)
    object.__setattr__(house.execute, "prompting", prompting)
    return house


async def executed(house: House) -> Run:
    run = await house.a_run()
    await house.execute(run.id)
    async with house.memory.unit_of_work() as uow:
        ended = await uow.runs.get(run.id)
    assert ended
    return ended


async def test_the_result_of_a_call_feeds_the_next() -> None:
    house = a_house(Script({"notes": "it is about prefixes"}), Script(a_wire_answer()))

    run = await executed(house)

    asked = [question.prompt.persona for question in house.engine.questions]
    assert asked == ["\nTake notes.\n", "\nNotes: it is about prefixes\n"]
    assert run.status == "finished"
    assert run.answer
    assert run.answer["what"] == "It places the paper first."


async def test_every_call_is_kept_and_counted() -> None:
    used = (Usage(input_tokens=100, output_tokens=7), Usage(input_tokens=110, output_tokens=30))
    house = a_house(Script({"notes": "short"}, usage=used[0]), Script(a_wire_answer(), usage=used[1]))

    run = await executed(house)

    assert [(p.name, p.response) for p in run.passes] == [("notes", '{"notes": "short"}')]
    assert [attempt.outcome for attempt in run.attempts] == ["ok", "ok"]
    assert run.usage == Usage(input_tokens=210, output_tokens=37)
    assert run.passes[0].usage == used[0]
    assert run.input
    assert run.input.billed_tokens == 210
    assert run.response
    assert "notes" not in run.response


async def test_whoever_follows_is_told_of_the_preparation() -> None:
    house = a_house(Script({"notes": "short"}), Script(a_wire_answer()))
    run = await executed(house)

    events = await house.memory.events.after([run_stream(run.id)], 0)

    told = [dict(e.data) for e in events if e.name == "progress" and e.data["stage"] == "preparing"]
    assert told == [{"stage": "preparing", "done": 0, "total": 2, "pass": "notes"}]


async def test_a_call_of_the_wrong_shape_is_asked_for_once_more() -> None:
    house = a_house(Script({"note": 1}), Script({"notes": "mended"}), Script(a_wire_answer()))

    run = await executed(house)

    repair = house.engine.questions[1].repair
    assert repair
    assert any("notes" in message for message in repair.messages)
    assert house.engine.questions[2].prompt.persona == "\nNotes: mended\n"
    assert [p.name for p in run.passes] == ["notes", "notes"]


async def test_a_needed_call_that_stays_misshapen_fails_the_run() -> None:
    run = await executed(a_house(Script({"note": 1}), Script({"note": 2})))

    assert run.error
    assert (run.status, run.error.code) == ("failed", "answer_invalid")
    assert len(run.passes) == 2


async def test_a_call_that_is_not_needed_may_give_nothing() -> None:
    house = a_house(Script({"note": 1}), Script({"note": 2}), Script(a_wire_answer()), is_needed=False)

    run = await executed(house)

    assert run.status == "finished"
    assert house.engine.questions[-1].prompt.persona == "\nNotes: nothing\n"
