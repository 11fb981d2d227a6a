"""Correcting an answer on its page, and keeping it as an example."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from ruamel.yaml import YAML
from server.adapters.persona_files import FolderPersonas, builtin_personas
from server.application.start_text import TextRequest
from server.domain.errors import InvalidRequestError
from server.web.forms import Form
from server.web.pages.answer_form import value_of

from builders import TITLE, a_persona
from house import QUOTE, statement
from served import Client, ServedHouse, serving

pytestmark = pytest.mark.anyio

JA = {"Accept-Language": "ja"}
SOURCE = """\
---
format: 1
version: "1.0.0"
name: {ja: 私の読み手, en: My reader}
license: CC0-1.0
fields:
  - id: what
    aspects: [overview]
    label: {ja: 何？, en: What is it?}
    instruction: {ja: 答える。, en: Answer.}
  - id: papers
    aspects: [references]
    label: {ja: 次は？, en: What next?}
    instruction: {ja: 挙げる。, en: List.}
    type: list
    max_items: 3
    items: {title: text, year: number, open: boolean}
    check: none
  - id: points
    aspects: [results]
    label: {ja: 結果, en: Results}
    instruction: {ja: 挙げる。, en: List.}
    type: list
    check: none
---
user:
{% for field in fields %}{{ field.label }}
{% endfor %}
"""
ANSWER = {
    "_paper": {"title": TITLE, "authors": None},
    "what": [statement("It places the paper first.", QUOTE)],
    "papers": [{"evidence": [], "value": {"title": "PagedAttention", "year": 2023, "open": True}}],
    "points": [{"evidence": [], "value": "28 tokens"}, {"evidence": [], "value": "2,478 tokens"}],
}


@pytest.fixture
def house() -> ServedHouse:
    return ServedHouse(ANSWER, library=FolderPersonas(builtin_personas()))


@pytest.fixture
async def api(house: ServedHouse) -> AsyncIterator[Client]:
    async with serving(house.app()) as client:
        yield client


async def a_run(house: ServedHouse) -> str:
    await house.shelf.save(SOURCE, id_="mine")
    run = await house.executed("mine")
    assert run.answer, run.error
    return run.id


def kept(house: ServedHouse) -> dict[str, Any]:
    """The example in the version saved last."""
    saved = house.memory.kept.personas[-1]
    [content] = [content for name, content in saved.files.items() if name.startswith("examples/")]
    read: dict[str, Any] = YAML(typ="safe").load(content.decode())
    return read


async def test_an_answer_is_corrected_and_kept_in_a_new_version(house: ServedHouse, api: Client) -> None:
    run_id = await a_run(house)

    form = (await api.get(f"/runs/{run_id}/example?path=/what", headers=JA)).text
    done = await api.post(
        f"/runs/{run_id}/example?path=/what",
        data={"value": "It puts the paper first.\nAnd measures.", "why": "It measures too.", "rows": "1"},
    )

    assert "It places the paper first.</textarea>" in form
    assert "mine@1.0.1" in done.text
    assert kept(house)["answer"] == {"what": "It puts the paper first.\nAnd measures."}
    assert kept(house)["why"] == "It measures too."


async def test_objects_of_a_list_are_corrected_part_by_part(house: ServedHouse, api: Client) -> None:
    run_id = await a_run(house)
    given = {"item-0-title": "PagedAttention", "item-0-year": "2,023", "item-0-open": "false", "rows": "2"}

    form = (await api.get(f"/runs/{run_id}/example?path=/papers")).text
    await api.post(f"/runs/{run_id}/example?path=/papers", data={**given, "item-1-title": ""})

    assert 'name="item-0-title"' in form
    assert 'name="item-1-title"' in form
    assert '<option value="true" selected>' in form
    assert kept(house)["answer"] == {"papers": [{"title": "PagedAttention", "year": 2023, "open": False}]}


async def test_a_list_is_a_line_each(house: ServedHouse, api: Client) -> None:
    run_id = await a_run(house)

    form = (await api.get(f"/runs/{run_id}/example?path=/points")).text
    await api.post(f"/runs/{run_id}/example?path=/points", data={"value": "28 tokens\r\n\r\n86 s\r\n"})

    assert "28 tokens\n2,478 tokens</textarea>" in form
    assert kept(house)["answer"] == {"points": ["28 tokens", "86 s"]}


async def test_what_cannot_be_kept_is_said_and_nothing_filled_in_is_lost(
    house: ServedHouse, api: Client
) -> None:
    run_id = await a_run(house)

    response = await api.post(
        f"/runs/{run_id}/example?path=/papers",
        data={"item-0-title": "Another <b>title", "item-0-year": "next year", "rows": "1", "why": "so"},
    )

    assert response.status_code == 422
    assert "“next year” is not a number." in response.text
    assert "Another &lt;b&gt;title" in response.text
    assert len(house.memory.kept.personas) == 1


@pytest.mark.parametrize("given", ["NaN", '"\\ud800"', "[" * 100_000, "{", "nul"])
def test_what_is_no_json_is_said_in_a_sentence(given: str) -> None:
    field = replace(a_persona().fields[0], schema={"type": "object"})

    with pytest.raises(InvalidRequestError, match="cannot be read as JSON"):
        value_of(field, Form(None, None, {"value": [given]}))


async def test_a_question_that_was_not_asked_is_not_found(house: ServedHouse, api: Client) -> None:
    run_id = await a_run(house)

    assert (await api.get(f"/runs/{run_id}/example?path=/nothing")).status_code == 404


async def test_a_brought_along_text_is_no_example(house: ServedHouse, api: Client) -> None:
    paper = (await house.queries.paper(await house.a_ready_paper())).paper
    run = await house.start_comparison.start_text.prepare(TextRequest(f"# {TITLE}\n\nTrue."), paper)
    house.memory.has(run)

    assert (await api.get(f"/runs/{run.id}/example?path=/text")).status_code == 409
