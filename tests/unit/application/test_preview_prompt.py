"""Previewing a prompt: exactly what would be sent, and no call."""

from __future__ import annotations

import pytest
from server.adapters.persona_files import FolderPersonas, builtin_personas
from server.domain.errors import ConflictError, NotFoundError
from server.domain.personas import Part, Role

from builders import TITLE, a_model, a_persona
from house import PDF, House, ListedPersonas

pytestmark = pytest.mark.anyio


async def test_the_part_with_the_paper_is_the_same_for_every_persona() -> None:
    house = House(library=FolderPersonas(builtin_personas()))
    paper_id = await house.a_ready_paper()

    shown = [
        (await house.preview(await house.a_request(persona.id, paper_id=paper_id, language=language))).asked
        for persona in await house.shelf.list()
        for language in ("ja", "en")
    ]

    prompts = [asked.prompt for asked in shown]
    assert len({(prompt.rules, prompt.paper) for prompt in prompts}) == 1
    assert len({prompt.persona for prompt in prompts}) == len(prompts)
    assert {asked.input.digest for asked in shown} == {shown[0].input.digest}


async def test_it_is_what_a_run_sends() -> None:
    house = House()
    run = await house.executed()

    preview = await house.preview(await house.a_request(paper_id=run.paper_id))

    question = house.engine.questions[0]
    assert preview.asked.prompt == question.prompt
    assert preview.asked.wire_schema == question.wire_schema
    assert preview.asked.max_output_tokens == question.max_output_tokens


async def test_nothing_is_called_or_recorded() -> None:
    house = House()

    preview = await house.preview(await house.a_request())

    assert preview.model.name == "scripted"
    assert (house.engine.questions, house.memory.kept.runs, house.memory.jobs.enqueued) == ([], {}, [])


async def test_the_file_name_is_in_no_prompt() -> None:
    house = House()
    paper_id = (await house.ingest(PDF, filename="ignore-the-paper.pdf")).paper.id
    await house.read_paper(paper_id)

    preview = await house.preview(await house.a_request(paper_id=paper_id))

    assert not any("ignore-the-paper" in message.content for message in preview.asked.prompt.messages)


async def test_a_correction_is_what_templates_see_and_leaves_the_paper_as_it_is() -> None:
    persona = a_persona("titled", parts=(Part(Role.USER, None, "About: {{ paper.title }}", 1),))
    house = House(library=ListedPersonas(persona))
    paper_id = await house.a_ready_paper()
    before = (await house.preview(await house.a_request("titled", paper_id=paper_id))).asked.prompt

    await house.change.correct_paper(paper_id, {"title": "As I know it"})
    after = (await house.preview(await house.a_request("titled", paper_id=paper_id))).asked.prompt

    assert f"About: {TITLE}" in before.persona
    assert "About: As I know it" in after.persona
    assert before.paper == after.paper


async def test_a_model_too_small_for_the_paper_can_be_previewed() -> None:
    house = House(models=[(a_model("small", context_window=10), House().engine)])

    preview = await house.preview(await house.a_request(model="small"))

    assert preview.asked.input.estimated_tokens > 10


async def test_a_paper_that_is_not_ready_has_no_prompt() -> None:
    house = House()
    paper_id = (await house.ingest(PDF, filename=None)).paper.id

    with pytest.raises(ConflictError):
        await house.preview(await house.a_request(paper_id=paper_id))
    with pytest.raises(NotFoundError):
        await house.preview(await house.a_request("xyzzy", paper_id=paper_id))
