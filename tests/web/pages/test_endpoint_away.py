"""What pages say when the endpoint that was asked is away: who answers instead, and how a person goes on."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from server.adapters.scripted_engine import ScriptedEngine
from server.domain.errors import UnavailableError
from server.domain.ids import ComparisonId
from server.domain.runs import Run

from builders import a_comparison, a_model, a_queued_run
from house import a_wire_answer
from served import Client, ServedHouse, serving

pytestmark = pytest.mark.anyio

ASKED, NEXT = a_model("asked", base_url="http://a.test/v1"), a_model("next", base_url="http://b.test/v1")
AWAY = UnavailableError(host="a.test")
JA = {"Accept-Language": "ja"}


async def a_fallen_back_run(house: ServedHouse) -> Run:
    house.execute = replace(house.execute, fallback_models=("next",))
    return await house.executed(model="asked")


def a_house() -> ServedHouse:
    return ServedHouse(models=((ASKED, ScriptedEngine(AWAY)), (NEXT, ScriptedEngine(a_wire_answer()))))


async def shown_beside_another(house: ServedHouse, run: Run, *, blind: bool = False) -> str:
    other = await house.executed("interpreter")
    house.memory.has(a_comparison([run, other], id=ComparisonId("c"), paper_id=run.paper_id, blind=blind))
    async with serving(house.app()) as api:
        return (await api.get("/comparisons/c", headers=JA)).text


async def test_a_comparison_says_beside_which_reader_another_model_answers_and_why() -> None:
    house = a_house()
    page = await shown_beside_another(house, await a_fallen_back_run(house))

    reader = page[page.index('id="reader-A"') : page.index('id="reader-B"')]
    assert "「asked」が回答できなかったため（接続できないか、応答がエラー）、代わりに「next」" in reader
    assert page.count("代わりに「next」") == 1


async def test_a_blind_comparison_does_not_say_whose_model_was_away() -> None:
    house = a_house()
    page = await shown_beside_another(house, await a_fallen_back_run(house), blind=True)

    assert "代わりに" not in page
    assert "「asked」" not in page


async def test_asking_again_asks_the_model_that_was_asked_first() -> None:
    house = a_house()
    run = await a_fallen_back_run(house)
    async with serving(house.app()) as api:
        page = (await api.get(f"/runs/{run.id}", headers=JA)).text
        response = await api.post(f"/runs/{run.id}/again", follow_redirects=False)

    again = house.memory.kept.runs[response.headers["location"].removeprefix("/runs/")]
    assert again.model == "asked"
    assert "論文を a.test に送ります" in page


async def test_a_run_that_fails_before_ones_eyes_can_be_asked_again() -> None:
    house = a_house()
    run = await house.executed(model="asked")
    async with serving(house.app()) as api:
        watched = (await api.get(f"/runs/{run.id}/live")).text

    assert f'action="/runs/{run.id}/again"' in watched


async def test_a_comparison_under_way_can_be_stopped_on_its_page(house: ServedHouse, api: Client) -> None:
    done = await house.executed()
    waiting = [replace(a_queued_run(paper_id=done.paper_id), id=done.id)]
    house.memory.has(*waiting)
    house.memory.has(
        a_comparison(
            [waiting[0], await house.executed("interpreter")], id=ComparisonId("c"), paper_id=done.paper_id
        )
    )

    before = (await api.get("/comparisons/c")).text
    stopped = await api.post("/comparisons/c/cancel", follow_redirects=False)
    again = await api.post("/comparisons/c/cancel", follow_redirects=False)
    after = (await api.get("/comparisons/c")).text

    assert re.search(r'action="/comparisons/c/cancel"><button[^>]*>Stop<', before)
    for response in (stopped, again):
        assert (response.status_code, response.headers["location"]) == (303, "/comparisons/c")
    assert 'action="/comparisons/c/cancel"' not in after
    assert house.kept(done).status == "cancelled"
