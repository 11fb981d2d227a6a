"""Runs that are shown examples: what the model gets, what is recorded, what is told."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from server.adapters.persona_files import PersonaFileParser
from server.adapters.scripted_engine import Script
from server.application.ports import Question
from server.application.rebuild_prompt import RebuildPrompt
from server.application.start_comparison import ComparisonRequest
from server.domain.extractions import Extraction
from server.domain.identity import Found, Source
from server.domain.ids import PaperId
from server.domain.models import EngineKind
from server.domain.notices import SENTENCES
from server.domain.personas import ExamplePolicy, FewShot, Persona
from server.domain.reasons import FROM_EXAMPLE
from server.domain.requests import parse_reader
from server.domain.runs import Run, RunSettings
from server.domain.statements import StatementStatus

from builders import TITLE, a_persona
from house import House, ListedPersonas, ReadingAloud, a_wire_answer, renamed, statement

pytestmark = pytest.mark.anyio

OTHER = b"%PDF-1.7 another paper"
EXAMPLE = """\
excerpt: We counted {what} in two gardens.
language: en
answer:
  what: It counts {what}.
why: Short.
"""


SOURCE = """\
---
format: 1
version: "1.0.0"
name: {ja: 名, en: Name}
fields:
  - id: what
    aspects: [overview]
    label: {ja: 何, en: What}
    instruction: {ja: 一文, en: One sentence}
---
user:
{% for field in fields %}{{ field.label }}{% endfor %}
"""


def a_teacher(names: Sequence[str] = "abc", **changes: Any) -> Persona:
    """The summarizer with an example per name, each about counting something else."""
    files = {f"examples/{name}.yaml": EXAMPLE.format(what=f"{name * 5} bees").encode() for name in names}
    return a_persona(files=files, **changes)


class Shelved(ReadingAloud):
    """Knows two papers by their bytes."""

    async def read(self, data: bytes, *, on_progress: object = None) -> Extraction:
        extraction = await super().read(data, on_progress=on_progress)
        title = Found("Bees in Two Gardens" if data == OTHER else TITLE, Source.LAYOUT, 1)
        return replace(extraction, identity=replace(extraction.identity, title=title))


def answer(question: Question) -> dict[str, Any]:
    title = question.extraction.identity.title
    assert title
    return a_wire_answer(header={"title": title.value, "authors": "Yomikurabe Project", "year": 2026})


def a_house(*scripts: Any, persona: Persona | None = None, **spec: Any) -> House:
    house = House(*(scripts or (Script(answer),)), library=ListedPersonas(persona or a_teacher()), **spec)
    house.reader = Shelved()
    object.__setattr__(house.read_paper, "reader", house.reader)
    return house


async def executed(house: House, **settings: Any) -> Run:
    return await house.executed(settings=RunSettings(**settings))


def asked(house: House) -> str:
    return house.engine.questions[-1].prompt.persona


def codes(run: Run) -> list[str]:
    return [notice.code for notice in run.warnings]


async def test_zero_one_and_more_examples_are_one_setting_apart() -> None:
    house = a_house()
    sizes = []
    for count in (0, 1, 3):
        run = await house.executed(settings=parse_reader(f"summarizer:examples={count}").settings)
        assert run.input
        sizes.append((len(run.input.examples), len(re.findall("### Example", asked(house)))))
        assert run.status == "finished"

    assert sizes == [(0, 0), (1, 1), (3, 3)]
    prompts = [question.prompt for question in house.engine.questions]
    assert len({(prompt.rules, prompt.paper) for prompt in prompts}) == 1
    estimated = [q.input.estimated_tokens for q in map(house.kept, house.memory.kept.runs) if q.input]
    assert estimated == sorted(set(estimated))


async def test_examples_stand_between_the_questions_and_the_shape_of_the_answer() -> None:
    house = a_house()
    run = await executed(house, examples=2, example_policy="first")

    text = asked(house)

    assert text.index("What is it?") < text.index("## Examples") < text.index("## Shape of the answer")
    assert '"quote":"We counted aaaaa bees in two gardens."' in text
    assert run.input
    assert run.input.examples == ("examples/a.yaml", "examples/b.yaml")


async def test_a_persona_may_ask_for_examples_itself() -> None:
    run = await executed(a_house(persona=a_teacher(few_shot=FewShot(1, ExamplePolicy.FIRST))))

    assert run.input
    assert run.input.examples == ("examples/a.yaml",)


async def test_a_run_is_shown_the_examples_it_was_started_with() -> None:
    persona = PersonaFileParser().parse(SOURCE, id="mine", files=a_teacher().files)
    house = a_house({"_paper": {"title": TITLE, "authors": None}, "what": []}, persona=persona)
    run = await house.a_run("mine", settings=RunSettings(examples=1))
    house.library.personas[0] = renamed(house.library.personas[0], files={})  # type: ignore[attr-defined]

    await house.execute(run.id)

    assert "We counted" in asked(house)


async def test_an_answer_that_quotes_an_example_is_not_supported_by_it() -> None:
    copied = a_wire_answer(what=[statement("It counts bees.", "We counted aaaaa bees in two gardens.")])
    house = a_house(copied)
    run = await executed(house, examples=1, example_policy="first")

    found = next(one for one in run.statements if one.path == "/what")

    assert (found.status, found.reason) == (StatementStatus.UNSUPPORTED, FROM_EXAMPLE)
    repair = house.engine.questions[1].repair
    assert repair
    assert "copied from an example" in repair.messages[0]


async def test_fewer_than_asked_for_are_told() -> None:
    few = await executed(a_house(), examples=5)
    none = await executed(a_house(persona=a_persona()), examples=1)

    assert [(n.code, n.data) for n in few.warnings] == [("fewer_examples", {"asked": 5, "shown": 3})]
    assert [(n.code, n.data) for n in none.warnings] == [("fewer_examples", {"asked": 1, "shown": 0})]


async def test_an_example_that_does_not_fit_is_passed_over_and_told() -> None:
    persona = a_teacher()
    broken = replace(persona, files={**persona.files, "examples/a.yaml": b"answer: {what: 3}"})
    run = await executed(a_house(persona=broken), examples=2, example_policy="first")

    assert run.input
    assert run.input.examples == ("examples/b.yaml", "examples/c.yaml")
    assert [(n.code, n.data) for n in run.warnings] == [("example_unreadable", {"file": "examples/a.yaml"})]


async def test_examples_that_do_not_fit_the_context_are_left_out_and_told() -> None:
    whole = await executed(a_house(), examples=3)
    assert whole.input
    window = whole.input.estimated_tokens + 1_024 - 20
    run = await executed(a_house(context_window=window), examples=3, max_output_tokens=1_024)

    assert run.status == "finished"
    assert run.input
    shown = len(run.input.examples)
    assert 0 < shown < 3
    assert run.input.estimated_tokens + 1_024 <= window
    told = ("examples_too_long", {"left_out": 3 - shown, "shown": shown})
    assert told in [(notice.code, notice.data) for notice in run.warnings]


async def test_reading_without_a_model_says_once_that_examples_are_not_used() -> None:
    house = a_house(engine=EngineKind.EXTRACTIVE)
    run = await executed(house, examples=2)

    assert codes(run) == ["examples_not_applied"]
    assert run.input
    assert run.input.examples == ()


async def test_every_notice_has_its_sentence() -> None:
    told = {"fewer_examples", "examples_too_long", "example_unreadable", "examples_not_applied"}

    assert told <= SENTENCES.keys()


@pytest.mark.parametrize("policy", ["first", "random", "nearest", "bootstrapped"])
async def test_the_prompt_can_be_made_again_exactly(policy: str) -> None:
    house = a_house()
    await house.executed(paper_id=await house.a_ready_paper(OTHER))
    run = await executed(house, examples=2, example_policy=policy)

    again = await RebuildPrompt(house.preview)(await house.queries.run(run.id))

    assert run.input
    assert run.input.examples
    assert again.messages == house.engine.questions[-1].prompt.messages
    assert again.is_exact is True


async def test_a_preview_shows_the_examples() -> None:
    house = a_house()
    preview = await house.preview(await house.a_request(settings=RunSettings(examples=2)))

    assert preview.asked.prompt.persona.count("### Example") == 2
    assert len(preview.asked.input.examples) == 2


# One's own runs


async def test_answers_of_earlier_runs_are_examples() -> None:
    house = a_house()
    first = await house.executed(paper_id=await house.a_ready_paper(OTHER))
    run = await executed(house, examples=2, example_policy="bootstrapped")

    assert run.bootstrapped == (first.id,)
    assert run.input
    assert run.input.examples == (f"run:{first.id}",)
    assert '"text":"It places the paper first."' in asked(house)
    assert codes(run) == ["fewer_examples"]


async def test_an_answer_about_the_same_paper_is_none() -> None:
    house = a_house()
    await house.executed()
    run = await executed(house, examples=1, example_policy="bootstrapped")

    assert run.bootstrapped == ()
    assert codes(run) == ["fewer_examples"]


async def test_a_run_in_a_blind_comparison_is_none_until_the_viewer_has_voted() -> None:
    house = a_house()
    other = await house.a_ready_paper(OTHER)
    first = await house.executed(paper_id=other)
    readers = (first.id, parse_reader("summarizer:seed=2"))
    await house.start_comparison(ComparisonRequest(other, readers, blind=True))

    run = await executed(house, examples=1, example_policy="bootstrapped")

    assert run.bootstrapped == ()


async def test_an_earlier_run_that_was_deleted_since_is_passed_over() -> None:
    house = a_house()
    first = await house.executed(paper_id=await house.a_ready_paper(OTHER))
    run = await house.a_run(settings=RunSettings(examples=1, example_policy="bootstrapped"))
    del house.memory.kept.runs[first.id]

    await house.execute(run.id)

    ended = house.kept(run)
    assert ended.status == "finished"
    assert ended.input
    assert ended.input.examples == ()


async def test_an_equal_run_is_reused_only_while_its_examples_are_the_same() -> None:
    house = a_house()
    settings = RunSettings(examples=1, example_policy="bootstrapped")
    paper_id = await house.a_ready_paper()

    async def start(paper: PaperId, settings: RunSettings) -> tuple[Run, bool]:
        started = await house.start(await house.a_request(paper_id=paper, settings=settings))
        await house.execute(started.run.id)
        return started.run, started.reused

    before, _ = await start(paper_id, settings)
    same, reused = await start(paper_id, settings)
    await start(await house.a_ready_paper(OTHER), RunSettings())
    after, anew = await start(paper_id, settings)

    assert (same.id, reused) == (before.id, True)
    assert (after.id != before.id, anew) == (True, False)


async def test_the_examples_of_a_blind_candidate_are_not_told() -> None:
    house = a_house(a_wire_answer())
    comparison = await house.a_comparison(
        parse_reader("summarizer:examples=1"), parse_reader("summarizer:examples=2"), blind=True
    )
    for candidate in comparison.candidates:
        await house.execute(candidate.run_id)

    view = await house.queries.comparison(comparison.id)

    assert view.hidden
    assert view.same_input.identical
    assert [c.run.run.input.examples for c in view.candidates if c.run.run.input] == [(), ()]
