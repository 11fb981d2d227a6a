"""Ensembles over HTTP and on the page of a run."""

from __future__ import annotations

from typing import Any

import pytest
from server.domain.ensembles.lineup import Ensemble, Merge
from server.domain.errors import RefusedError

from builders import a_persona
from house import PDF, ListedPersonas, a_wire_answer, statement
from served import Client, ServedHouse, serving

pytestmark = pytest.mark.anyio

WAIT = {"Prefer": "wait=10"}
OTHERWISE = a_wire_answer(what=[statement("It saves 41% of all energy.", "Energy fell by 41% in Atlantis.")])


async def a_paper(api: Client) -> str:
    response = await api.post("/api/papers", content=PDF, headers={"Content-Type": "application/pdf"})
    return str(response.json()["id"])


async def a_run(api: Client, **body: Any) -> Any:
    body = {"paper_id": await a_paper(api), "persona": "summarizer", **body}
    return (await api.post("/api/runs", json=body, headers=WAIT)).json()


async def test_a_run_shows_its_members_and_how_many_agree() -> None:
    house = ServedHouse(a_wire_answer(), OTHERWISE, OTHERWISE, a_wire_answer(), RefusedError())
    async with serving(house.app()) as api:
        run = await a_run(api, settings={"ensemble": 4, "seed": 1})

    assert run["status"] == "finished"
    assert run["answer"]["what"] == "It places the paper first."
    shown = [
        (m["number"], m["persona"]["id"], m["model"], m["seed"], m["temperature"]) for m in run["members"]
    ]
    assert shown == [(n, "summarizer", "scripted", n, 0.7) for n in (1, 2, 3, 4)]
    assert [m["error"] and m["error"]["code"] for m in run["members"]] == [None, None, None, "refused"]
    assert [m["answer"] and m["answer"]["what"] for m in run["members"]][1:] == [
        "It saves 41% of all energy.",
        "It places the paper first.",
        None,
    ]
    assert {"path": "/what", "start": 0, "end": 26, "agree": 2, "of": 3} in run["agreement"]
    assert [warning["code"] for warning in run["warnings"]] == ["member_failed"]


async def test_a_single_reading_has_no_members(api: Client) -> None:
    run = await a_run(api)

    assert (run["members"], run["agreement"]) == ([], [])


async def test_two_variants_of_one_persona_differ_by_the_ensemble_alone(api: Client) -> None:
    paper_id = await a_paper(api)

    response = await api.post(
        "/api/comparisons",
        json={
            "paper_id": paper_id,
            "candidates": [{"persona": "summarizer"}, {"persona": "summarizer", "settings": {"ensemble": 2}}],
        },
        headers=WAIT,
    )

    alone, together = (candidate["run"] for candidate in response.json()["candidates"])
    assert (len(alone["members"]), len(together["members"])) == (0, 2)
    assert alone["answer"] == together["answer"]
    assert response.json()["same_input"]["identical"]


async def test_a_blind_comparison_tells_nothing_of_members(api: Client) -> None:
    paper_id = await a_paper(api)

    response = await api.post(
        "/api/comparisons",
        json={
            "paper_id": paper_id,
            "blind": True,
            "candidates": [
                {"persona": "summarizer", "settings": {"ensemble": 2}},
                {"persona": "interpreter", "settings": {"ensemble": 3}},
            ],
        },
        headers=WAIT,
    )

    assert "members" not in response.text
    assert "agreement" not in response.text


async def test_a_setting_out_of_bounds_is_refused(api: Client) -> None:
    paper_id = await a_paper(api)

    for settings in ({"ensemble": 10}, {"over": "seeds"}, {"members": "a,b"}):
        body = {"paper_id": paper_id, "persona": "summarizer", "settings": settings}
        refused = await api.post("/api/runs", json=body)
        assert refused.status_code == 422
        assert refused.json()["code"] == "invalid_request"


async def test_a_persona_tells_that_it_is_an_ensemble() -> None:
    own = a_persona(ensemble=Ensemble(runs=3, merge=Merge.UNION))
    house = ServedHouse(library=ListedPersonas(own))
    async with serving(house.app()) as api:
        persona = (await api.get("/api/personas/summarizer")).json()

    assert persona["ensemble"] == {"runs": 3, "over": "samples", "merge": "union", "others": []}


async def test_the_page_of_a_run_shows_who_made_the_answer() -> None:
    house = ServedHouse(a_wire_answer(), OTHERWISE, OTHERWISE, a_wire_answer())
    async with serving(house.app()) as api:
        run = await a_run(api, settings={"ensemble": 3, "seed": 40})
        english = (await api.get(f"/runs/{run['id']}", headers={"Accept-Language": "en"})).text
        japanese = (await api.get(f"/runs/{run['id']}", headers={"Accept-Language": "ja"})).text

    assert "2 of 3 readers say so" in english
    assert "3 人中 2 人が同じことを述べています" in japanese
    assert "Made of 3 readings: one prompt, drawn several times, by vote, weighted by evidence." in english
    assert all(f"<td>{seed}</td>" in english for seed in (40, 41, 42))


async def test_the_page_of_a_single_reading_speaks_of_no_ensemble(api: Client) -> None:
    run = await a_run(api)

    page = (await api.get(f"/runs/{run['id']}", headers={"Accept-Language": "en"})).text

    assert "readers say so" not in page
    assert 'class="members"' not in page


async def test_every_form_of_a_result_says_how_many_agree() -> None:
    house = ServedHouse(a_wire_answer(), OTHERWISE, OTHERWISE, a_wire_answer())
    async with serving(house.app()) as api:
        run = await a_run(api, settings={"ensemble": 3})
        for kind in ("text/markdown", "text/html"):
            shown = await api.get(f"/api/runs/{run['id']}", headers={"Accept": kind, "Accept-Language": "en"})
            assert "2 of 3 readers say so" in shown.text, kind


async def test_a_reader_that_meets_itself_shows_how_many_say_so() -> None:
    house = ServedHouse(a_wire_answer(), OTHERWISE, OTHERWISE, a_wire_answer())
    async with serving(house.app()) as api:
        response = await api.post(
            "/api/comparisons",
            json={"paper_id": await a_paper(api), "candidates": [{"persona": "summarizer"}] * 3},
            headers=WAIT,
        )
        page = await api.get(f"/comparisons/{response.json()['id']}", headers={"Accept-Language": "en"})

    runs = [candidate["run"] for candidate in response.json()["candidates"]]
    counts = [next(a for a in run["agreement"] if a["path"] == "/what") for run in runs]
    assert sorted((a["agree"], a["of"]) for a in counts) == [(1, 3), (2, 3), (2, 3)]
    assert all(run["members"] == [] for run in runs)
    assert "1 of 3 readers say so" in page.text


async def test_two_different_readers_are_not_counted_together(api: Client) -> None:
    candidates = [{"persona": "summarizer"}, {"persona": "interpreter"}]
    body = {"paper_id": await a_paper(api), "candidates": candidates}

    response = await api.post("/api/comparisons", json=body, headers=WAIT)

    assert [candidate["run"]["agreement"] for candidate in response.json()["candidates"]] == [[], []]
