"""Examples over HTTP: variants of one persona that differ only in how many right answers they are shown."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from server.adapters.persona_files import PersonaFileParser
from server.adapters.scripted_engine import Script

from builders import TITLE
from house import PDF, QUOTE, ListedPersonas, statement
from served import Client, ServedHouse, serving

pytestmark = pytest.mark.anyio

SOURCE = """\
---
format: 1
version: "1.0.0"
name: {ja: 一問, en: One question}
license: CC0-1.0
attribution: Nobody
examples: {count: 1, policy: first}
fields:
  - id: what
    aspects: [overview]
    label: {ja: 何, en: What is it?}
    instruction: {ja: 一文で。, en: One sentence.}
---
user:
{% for field in fields %}{{ field.label }} {% endfor %}
"""
FILES = {
    f"examples/{name}.yaml": f"excerpt: We counted {name} bees.\nlanguage: en\nanswer: {{what: {name} bees.}}\n".encode()
    for name in ("eleven", "twelve")
}
SAID = {"_paper": {"title": TITLE, "authors": None}, "what": [statement("Prompts.", QUOTE)]}


@pytest.fixture
def house() -> ServedHouse:
    persona = PersonaFileParser().parse(SOURCE, id="one", files=FILES)
    return ServedHouse(Script(SAID), library=ListedPersonas(persona))


@pytest.fixture
async def api(house: ServedHouse) -> AsyncIterator[Client]:
    async with serving(house.app()) as client:
        yield client


async def a_paper(api: Client) -> Any:
    response = await api.post("/api/papers", content=PDF, headers={"Content-Type": "application/pdf"})
    return response.json()["id"]


async def test_a_persona_tells_what_it_is_shown(api: Client) -> None:
    shown = (await api.get("/api/personas/one")).json()

    assert (shown["examples"], shown["few_shot"]) == (2, {"count": 1, "policy": "first"})


async def test_zero_one_and_few_shot_variants_compare_in_one_request(api: Client) -> None:
    candidates = [{"persona": one} for one in ("one:examples=0", "one", "one:examples=2")]
    body = {"paper_id": await a_paper(api), "candidates": candidates}

    made = await api.post("/api/comparisons", json=body, headers={"Prefer": "wait=5"})

    assert made.status_code < 300, made.text
    runs = [candidate["run"] for candidate in made.json()["candidates"]]
    assert [run["input"]["examples"] for run in runs] == [
        [],
        ["examples/eleven.yaml"],
        ["examples/eleven.yaml", "examples/twelve.yaml"],
    ]
    estimated = [run["input"]["estimated_tokens"] for run in runs]
    assert estimated == sorted(set(estimated))
    assert made.json()["same_input"]["identical"] is True


@pytest.mark.parametrize("setting", ["examples=9", "examples=-1", "example_policy=best", "exmaples=2"])
async def test_a_setting_that_asks_for_the_impossible_is_refused(api: Client, setting: str) -> None:
    body = {"paper_id": await a_paper(api), "persona": f"one:{setting}"}

    refused = await api.post("/api/runs", json=body)

    assert refused.status_code == 422
    assert setting.partition("=")[0] in refused.json()["detail"]
