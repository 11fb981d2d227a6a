"""Steps over HTTP: what a persona says of them, what a run tells and keeps, and what its page shows."""

from __future__ import annotations

from dataclasses import replace

import pytest
from server.adapters.scripted_engine import Script
from server.domain.runs import Usage
from server.domain.steps import Step, StepKind
from server.domain.words import Words

from builders import a_persona
from house import PDF, QUOTE, ListedPersonas, a_wire_answer
from served import ServedHouse, serving

pytestmark = pytest.mark.anyio

EVIL = "<script>alert(1)</script>"
STEPS = (Step("quotes", StepKind.QUOTES, Words("引用を集める", "Collect <b>quotes</b>")),)
COLLECTED = {
    "what": [{"quote": QUOTE, "page": 1}],
    "discussion": [{"quote": EVIL, "page": 1}],
    "next_papers": [],
}


def a_house(*scripts: Script) -> ServedHouse:
    own = replace(a_persona(), steps=STEPS, evidence="after")
    return ServedHouse(*scripts, library=ListedPersonas(own))


async def test_a_persona_says_what_steps_it_takes() -> None:
    async with serving(a_house().app()) as api:
        persona = (await api.get("/api/personas/summarizer")).json()

    assert (persona["evidence"], persona["structure"]) == ("after", "with")
    assert persona["steps"] == [
        {
            "id": "quotes",
            "label": {"ja": "引用を集める", "en": "Collect <b>quotes</b>"},
            "gives": "quotes",
            "fields": [],
            "over": "paper",
            "stop": {},
        }
    ]


async def test_a_run_keeps_what_its_steps_were_asked_gave_and_cost() -> None:
    used = Usage(input_tokens=1000, cached_tokens=900, output_tokens=50)
    house = a_house(Script(COLLECTED, usage=used), Script(a_wire_answer()))
    async with serving(house.app()) as api:
        run = (await api.get(f"/api/runs/{(await house.executed()).id}")).json()

    (one,) = run["passes"]
    assert (one["name"], one["label"]["ja"], one["pages"]) == ("quotes", "引用を集める", [1, 2, 3])
    assert "Do not answer yet" in one["asked"]
    assert QUOTE in one["response"]
    assert one["usage"]["cached_tokens"] == 900
    assert run["input"]["fields_not_asked"] == []


async def test_the_page_of_a_run_shows_its_steps_as_text() -> None:
    used = Usage(input_tokens=1000, cached_tokens=900, output_tokens=50)
    house = a_house(Script(COLLECTED, usage=used), Script(a_wire_answer()))
    async with serving(house.app()) as api:
        run_id = (await house.executed()).id
        page = (await api.get(f"/runs/{run_id}", headers={"Accept-Language": "ja"})).text
        english = (await api.get(f"/runs/{run_id}", headers={"Accept-Language": "en"})).text

    assert "回答の前に踏んだ段階" in page
    assert "入力 1,000（うちキャッシュ 900）、出力 50 トークン" in page
    assert "Collect &lt;b&gt;quotes&lt;/b&gt;" in english
    assert EVIL not in english
    assert "&lt;script&gt;alert(1)" in english


async def test_settings_of_steps_are_taken_in_the_short_form_and_in_a_body() -> None:
    house = a_house(Script(a_wire_answer()))
    async with serving(house.app()) as api:
        paper = await api.post("/api/papers", content=PDF, headers={"Content-Type": "application/pdf"})
        body = {"paper_id": paper.json()["id"], "persona": "summarizer:steps=off", "settings": {"passes": 1}}
        refused = await api.post("/api/runs", json={**body, "persona": "summarizer:steps=no"})
        taken = await api.post("/api/runs", json=body, headers={"Prefer": "wait=5"})

    assert refused.status_code == 422
    assert "on | off" in refused.json()["detail"]
    assert taken.json()["settings"] == {"steps": "off", "passes": 1}
    assert (taken.json()["status"], taken.json()["passes"]) == ("finished", [])
    assert len(house.engine.questions) == 1
