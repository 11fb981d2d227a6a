"""An empty answer says which way it failed: not in the paper, not given to the model, or given and missed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from server.adapters.scripted_engine import Script
from server.application.prompting import Prompting
from server.domain.fields import Aspect
from server.domain.plans import OneCall

from builders import a_field, a_persona, an_extraction
from house import House, ListedPersonas, a_wire_answer

pytestmark = pytest.mark.anyio

PAPER = an_extraction()
LIMITS = PAPER.text.index("Only one server")
"""Where the sentence stands that would answer the question, on page 3."""


class Sending(Prompting):
    """Records these stretches as sent, whatever was."""

    spans: tuple[tuple[int, int], ...] | None = None
    missed: dict[str, int] = {}  # noqa: RUF012 (set anew, never changed)

    def plan(self, *args: Any, **kwargs: Any) -> OneCall:
        one = super().plan(*args, **kwargs)
        assert isinstance(one, OneCall)
        return replace(one, input=replace(one.input, spans=self.spans, missed=self.missed))


async def reason(spans: Any, *, aspect: Aspect = Aspect.LIMITATIONS, **missed: int) -> str:
    """What is said of a question about this aspect that the model left empty."""
    question = a_field("limits", aspects=(aspect,))
    persona = a_persona()
    persona = replace(persona, fields=(*persona.fields, question))
    house = House(Script({**a_wire_answer(), "limits": []}), library=ListedPersonas(persona))
    prompting = Sending(house.prompting.templates, house.prompting.secret)
    object.__setattr__(prompting, "spans", spans)
    object.__setattr__(prompting, "missed", missed)
    object.__setattr__(house.execute, "prompting", prompting)

    run = await house.executed()

    assert run.status == "finished", run.error
    absence = next(s for s in run.statements if s.path == "/limits")
    assert absence.reason
    return absence.reason.en


async def test_what_was_given_may_have_been_missed() -> None:
    given = "Given but perhaps missed: a sentence on p. 3 seems to answer this."

    assert await reason(None) == given
    assert await reason(((0, len(PAPER.text)),)) == given
    assert await reason(((LIMITS, LIMITS + 60),)) == given


async def test_what_was_left_out_was_not_given_and_its_page_is_named() -> None:
    assert (
        await reason(((0, LIMITS - 20),))
        == "Not given to the model: a sentence on p. 3 seems to answer this, and was left out."
    )


async def test_without_such_a_sentence_the_nearest_passage_that_was_left_out_is_named() -> None:
    said = await reason(((0, 80),), aspect=Aspect.APPLICATIONS, limits=2)

    assert said == "Not given to the model: a passage on p. 2 is close to this question, and was left out."


async def test_what_no_sentence_answers_is_not_in_the_paper_however_little_was_given() -> None:
    said = await reason(((0, 80),), aspect=Aspect.APPLICATIONS)

    assert said.startswith("Not in the paper")
