"""Routes of blind comparisons, votes and the ranking."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from server.adapters.scripted_engine import Script
from server.web.voters import VOTER_COOKIE

from house import PDF, either
from served import Client, ServedHouse, serving

pytestmark = pytest.mark.anyio

SAMPLE = Path(__file__).resolve().parents[2] / "samples" / "paper-first.pdf"
WAIT = {"Prefer": "wait=10"}
READERS = ({"persona": "summarizer"}, {"persona": "interpreter"})
TELLING = re.compile(r"summarizer|interpreter|Six questions|Paper interpreter|scripted|1\.0\.0|usage|timing")


async def a_paper(api: Client) -> str:
    response = await api.post("/api/papers", content=PDF, headers={"Content-Type": "application/pdf"})
    return str(response.json()["id"])


async def a_comparison(api: Client, *candidates: dict[str, Any], **body: Any) -> httpx.Response:
    sent = {
        "paper_id": await a_paper(api),
        "candidates": list(candidates or READERS),
        "blind": True,
        **body,
    }
    response = await api.post("/api/comparisons", json=sent, headers=WAIT)
    assert response.status_code == 200, response.text
    return response


async def vote(api: Client, where: str, winner: str = "A", **body: Any) -> httpx.Response:
    return await api.post(f"{where}/votes", json={"winner": winner, **body})


@asynccontextmanager
async def two_people(house: ServedHouse) -> AsyncIterator[tuple[Client, Client]]:
    """Two browsers at one server."""
    async with serving(house.app()) as me, serving(house.app()) as you:
        yield me, you


def names_in(comparison: dict[str, Any]) -> list[str]:
    return [candidate["run"]["persona"]["id"] for candidate in comparison["candidates"]]


# Blind


async def test_a_blind_comparison_shows_status_answer_and_statements_only(api: Client) -> None:
    started = await a_comparison(api)
    comparison = (await api.get(started.headers["location"])).json()

    assert comparison == started.json()
    assert (comparison["status"], comparison["blind"], comparison["revealed"]) == ("finished", True, False)
    assert (comparison["votes"], comparison["own_votes"]) == (None, [])
    for candidate in comparison["candidates"]:
        label, run = candidate["label"], candidate["run"]
        assert set(run) == {"status", "answer", "statements"}
        assert run["answer"]
        assert all(re.fullmatch(rf"{label}\.\d", field) for field in run["answer"])
        assert {s["path"].split("/")[1] for s in run["statements"]} <= set(run["answer"])
    for row in comparison["rows"]:
        assert all(re.fullmatch(r"[AB]\.\d", field) for cell in row["cells"].values() for field in cell)
    assert not TELLING.search(started.text)


@pytest.mark.parametrize("accept", ["text/markdown", "text/html"])
@pytest.mark.parametrize("language", ["ja", "en"])
async def test_no_format_names_the_readers_before_the_vote(api: Client, accept: str, language: str) -> None:
    where = (await a_comparison(api)).headers["location"]
    headers = {"Accept": accept, "Accept-Language": language}

    before = await api.get(where, headers=headers)
    await vote(api, where)
    after = await api.get(where, headers=headers)

    assert "It places the paper first." in before.text
    assert not TELLING.search(before.text)
    assert TELLING.search(after.text)
    assert before.headers["cache-control"] == "no-store"


async def test_a_list_of_comparisons_keeps_the_secret_too(api: Client) -> None:
    await a_comparison(api)

    listed = await api.get("/api/comparisons")

    assert [c["revealed"] for c in listed.json()["items"]] == [False]
    assert not TELLING.search(listed.text)


async def test_a_blind_one_shot_is_blind(api: Client) -> None:
    sent = {
        "files": {"file": ("paper.pdf", PDF, "application/pdf")},
        "data": {"persona": ["summarizer", "interpreter"], "blind": "true"},
    }
    response = await api.post("/api/compare", **sent)
    refused = await api.post("/api/compare", **{**sent, "data": sent["data"] | {"blind": "perhaps"}})

    assert (response.status_code, response.json()["blind"]) == (200, True)
    assert not TELLING.search(response.text)
    assert VOTER_COOKIE in response.cookies
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_request")


async def test_a_text_brought_along_looks_like_any_reader(api: Client) -> None:
    text = {"text": "It places the paper before the persona.", "name": "A colleague's note"}

    response = await a_comparison(api, {"persona": "summarizer"}, text)

    assert not re.search(r"colleague|/text|[Bb]rought", response.text)
    assert "It places the paper before the persona." in response.text


@pytest.mark.parametrize(
    ("method", "rest"),
    [("GET", ""), ("GET", "/events"), ("POST", "/cancel"), ("POST", "/feedback"), ("DELETE", "")],
)
async def test_runs_of_a_blind_comparison_are_not_found_before_the_vote(
    api: Client, house: ServedHouse, method: str, rest: str
) -> None:
    where = (await a_comparison(api)).headers["location"]
    run_id = next(iter(house.memory.kept.runs))
    body = {"json": {"verdict": "good"}} if rest == "/feedback" else {}

    before = await api.request(method, f"/api/runs/{run_id}{rest}", **body)
    listed = (await api.get("/api/runs")).json()["items"]
    await vote(api, where)
    after = await api.request(method, f"/api/runs/{run_id}{rest}", **body)

    assert (before.status_code, before.json()["code"], listed) == (404, "not_found", [])
    assert after.status_code != 404
    assert len((await api.get("/api/runs")).json()["items"]) == 2


async def test_events_of_a_blind_comparison_tell_nobodys_pace() -> None:
    house = ServedHouse(Script(either, delay_s=0.02), Script(either))
    async with serving(house.app()) as api:
        where = (await a_comparison(api)).headers["location"]

        stream = (await api.get(f"{where}/events")).text

    names = re.findall(r"event: (\w+)", stream)
    data = [json.loads(line) for line in re.findall(r"data: (\{.*\})", stream)]
    assert names == ["started", "progress", "progress", "finished"]
    assert not any("candidate" in one for one in data)


async def test_a_blind_comparison_under_way_shows_all_readers_alike() -> None:
    house = ServedHouse(Script(either), Script(either, delay_s=30))
    async with serving(house.app()) as api:
        sent = {"paper_id": await a_paper(api), "candidates": list(READERS), "blind": True}
        response = await api.post("/api/comparisons", json=sent, headers={"Prefer": "wait=1"})
        refused = await vote(api, response.headers["location"])

    runs = [candidate["run"] for candidate in response.json()["candidates"]]
    assert runs == [{"status": "running", "answer": None, "statements": []}] * 2
    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")


# Votes


async def test_a_vote_reveals_the_names_to_its_voter_only(house: ServedHouse) -> None:
    async with two_people(house) as (me, you):
        where = (await a_comparison(me)).headers["location"]

        kept = await vote(me, where, "B", comment="clearer")
        mine, yours = (await me.get(where)).json(), (await you.get(where)).json()

    cast = kept.json()
    assert kept.status_code == 201
    assert (cast["winner"], cast["row"], cast["comment"]) == ("B", None, "clearer")
    assert (cast["blind"], cast["ranks"], cast["revealed"]) == (True, True, True)
    assert cast["votes"] == mine["votes"] == {"A": 0, "B": 1, "tie": 0, "both_bad": 0}
    assert cast["score"] == {
        "A": {"wins": 0, "losses": 1, "ties": 0},
        "B": {"wins": 1, "losses": 0, "ties": 0},
    }
    assert sorted(names_in(mine)) == ["interpreter", "summarizer"]
    assert mine["own_votes"] == [{"row": None, "winner": "B"}]
    assert not yours["revealed"]
    assert not TELLING.search(json.dumps(yours))


async def test_a_vote_on_a_row_reveals_nothing_not_even_the_score(api: Client) -> None:
    where = (await a_comparison(api)).headers["location"]

    cast = (await vote(api, where, "tie", row="in_short")).json()

    assert (cast["row"], cast["blind"], cast["ranks"], cast["revealed"]) == ("in_short", True, True, False)
    assert (cast["votes"], cast["score"]) == (None, None)
    comparison = (await api.get(where)).json()
    assert (comparison["revealed"], comparison["own_votes"]) == (
        False,
        [{"row": "in_short", "winner": "tie"}],
    )


@pytest.mark.parametrize(
    "body",
    [{}, {"winner": "C"}, {"winner": "A", "row": "x"}, {"winner": "A", "voter": "me"}, {"winner": 1}],
    ids=range(5),
)
async def test_a_ballot_is_strict(api: Client, house: ServedHouse, body: object) -> None:
    where = (await a_comparison(api)).headers["location"]

    response = await api.post(f"{where}/votes", json=body)

    assert (response.status_code, response.json()["code"]) == (422, "invalid_request")
    assert house.memory.kept.votes == []


async def test_a_vote_on_nothing_is_not_found(api: Client) -> None:
    assert (await vote(api, "/api/comparisons/unknown")).status_code == 404


async def test_an_open_comparison_is_voted_on_openly(api: Client) -> None:
    response = await a_comparison(api, blind=False)
    where = response.headers["location"]

    cast = (await vote(api, where)).json()

    assert response.json()["revealed"]
    assert VOTER_COOKIE not in response.cookies
    assert (cast["blind"], cast["ranks"], cast["votes"]["A"]) == (False, False, 1)
    assert (await api.get(where)).json()["votes"]["A"] == 1


# Voters


async def test_a_voter_is_known_by_a_cookie_that_no_script_and_no_other_site_gets(api: Client) -> None:
    response = await a_comparison(api)

    cookie = response.headers["set-cookie"]
    assert re.fullmatch(rf"{VOTER_COOKIE}=[\w-]{{32}};.*", cookie)
    for part in ("HttpOnly", "SameSite=strict", "Path=/", "Max-Age=31536000"):
        assert part.lower() in cookie.lower()
    again = await api.get(response.headers["location"])
    assert "set-cookie" not in again.headers


async def test_what_is_kept_of_a_voter_is_neither_cookie_nor_key(api: Client, house: ServedHouse) -> None:
    where = (await a_comparison(api)).headers["location"]
    token = str(api.cookies.get(VOTER_COOKIE))

    await vote(api, where)

    assert re.fullmatch(r"cookie:[0-9a-f]{32}", house.memory.kept.votes[0].voter)
    assert token not in repr(house.memory.kept.votes)


@pytest.mark.parametrize("rubbish", ["x", "a" * 33, "../../../../etc/passwd__________", "é" * 32, ""])
async def test_a_cookie_that_is_none_of_ours_is_replaced(house: ServedHouse, rubbish: str) -> None:
    async with serving(house.app()) as api:
        response = await a_comparison(api)
        own = f"{VOTER_COOKIE}={rubbish}".encode()
        api.cookies.clear()
        again = await api.get(response.headers["location"], headers={"Cookie": own})

    assert re.match(rf"{VOTER_COOKIE}=[\w-]{{32}};", again.headers["set-cookie"])


async def test_with_a_key_the_key_is_the_voter(house: ServedHouse) -> None:
    async with serving(house.app(api_keys=["first key", "second key"])) as api:
        api.headers["Authorization"] = "Bearer first key"
        where = (await a_comparison(api)).headers["location"]
        cast = await vote(api, where)
        mine = (await api.get(where)).json()
        other = (await api.get(where, headers={"Authorization": "Bearer second key"})).json()

    assert "set-cookie" not in cast.headers
    assert (mine["revealed"], other["revealed"]) == (True, False)
    assert house.memory.kept.votes[0].voter.startswith("key:")


# Ranking


async def test_blind_votes_make_a_ranking(house: ServedHouse) -> None:
    async with two_people(house) as (me, you):
        where = (await a_comparison(me)).headers["location"]
        await vote(me, where)
        await vote(you, where)
        await vote(me, where, "B")
        ranking = (await me.get("/api/ranking")).json()
        names = names_in((await me.get(where)).json())

    first, second = ranking["items"]
    assert (first["contestant"], second["contestant"]["persona"]) == (
        {"persona": names[0], "version": "1.0.0", "model": "scripted"},
        names[1],
    )
    assert (first["wins"], first["losses"], second["wins"], second["losses"]) == (2, 0, 0, 2)
    assert first["rating"] > 1000 > second["rating"]
    assert (ranking["votes"], ranking["papers"], ranking["enough"]) == (2, 1, False)
    assert (first["low"], first["at_equal_length"]["high"]) == (None, None)
    assert (ranking["least_votes"], ranking["least_papers"]) == (30, 5)


async def test_rankings_by_row_and_language(api: Client) -> None:
    where = (await a_comparison(api)).headers["location"]
    await vote(api, where, row="in_short")
    await vote(api, where)

    by_row = (await api.get("/api/ranking?row=in_short")).json()
    other_row = (await api.get("/api/ranking?row=method")).json()
    other_language = (await api.get("/api/ranking?language=fi")).json()

    assert (by_row["votes"], other_row["votes"], other_language["votes"]) == (1, 0, 0)
    assert by_row["items"][0]["mean_characters"] < 30
    for wrong in ("row=colour", "language=everything%20please"):
        assert (await api.get(f"/api/ranking?{wrong}")).status_code == 422


async def test_an_empty_ranking_says_that_it_is(api: Client) -> None:
    ranking = (await api.get("/api/ranking")).json()

    assert (ranking["items"], ranking["enough"]) == ([], False)


async def test_blind_votes_last_in_a_real_database(whole_api: Client) -> None:
    data = SAMPLE.read_bytes()
    sent = {
        "files": {"file": ("p.pdf", data, "application/pdf")},
        "data": {"persona": ["summarizer", "interpreter"], "blind": "true"},
    }
    response = await whole_api.post("/api/compare", **sent)
    where = response.headers["location"]

    cast = await vote(whole_api, where, "both_bad")

    assert not re.search(r"summarizer|interpreter|extractive|落合", response.text)
    assert cast.json()["ranks"]
    assert (await whole_api.get(where)).json()["votes"]["both_bad"] == 1
    ranking = (await whole_api.get("/api/ranking")).json()
    assert [(s["contestant"]["model"], s["both_bad"]) for s in ranking["items"]] == [("extractive", 1)] * 2
    assert (await whole_api.delete(where)).status_code == 204
    assert (await whole_api.get("/api/ranking")).json() == ranking


# Cancelling


async def test_a_comparison_is_cancelled_as_a_whole_even_a_blind_one() -> None:
    house = ServedHouse(Script(either), Script(either, delay_s=30))
    async with serving(house.app()) as api:
        sent = {"paper_id": await a_paper(api), "candidates": list(READERS), "blind": True}
        where = (await api.post("/api/comparisons", json=sent)).headers["location"]

        response = await api.post(f"{where}/cancel")
        again = await api.post(f"{where}/cancel")
        unknown = await api.post("/api/comparisons/unknown/cancel")

    assert (response.status_code, response.json()["revealed"]) == (202, False)
    assert "cancelled" in [candidate["run"]["status"] for candidate in response.json()["candidates"]]
    assert (again.status_code, again.json()["code"], unknown.status_code) == (409, "conflict", 404)
