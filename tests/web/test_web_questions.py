"""Routes of what a finished run is asked afterwards."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from server.adapters.scripted_engine import Script
from server.application.ports import Question
from test_web_runs import WAIT, a_comparison, a_paper, a_run, events_in

from builders import TITLE
from house import QUOTE, either, statement
from served import Client, ServedHouse, serving

pytestmark = pytest.mark.anyio


def answering(question: Question) -> dict[str, Any]:
    """The persona's own questions, or a follow-up."""
    if "answer" not in question.persona.by_id:
        return either(question)
    said = [] if "yen" in question.prompt.persona else [statement("Because of the cache.", QUOTE)]
    return {"_paper": {"title": TITLE, "authors": None}, "answer": said}


@pytest.fixture
async def api() -> AsyncIterator[Client]:
    async with serving(ServedHouse(Script(answering)).app()) as client:
        yield client


async def asked(api: Client, run_id: str, question: str = "Why?", **body: Any) -> httpx.Response:
    return await api.post(f"/api/runs/{run_id}/questions", json={"question": question, **body}, headers=WAIT)


async def test_a_question_is_answered_within_the_wait(api: Client) -> None:
    run = (await a_run(api)).json()

    response = await asked(api, run["id"], "Why is the paper first?")

    question = response.json()
    assert response.status_code == 200
    assert response.headers["location"] == f"/api/runs/{run['id']}/questions/{question['id']}"
    assert (question["run_id"], question["question"]) == (run["id"], "Why is the paper first?")
    assert (question["status"], question["answer"]) == ("finished", "Because of the cache.")
    assert [(s["path"], s["status"], s["evidence"][0]["quote"]) for s in question["statements"]] == [
        ("/answer", "supported", QUOTE)
    ]
    assert question["grounding"]["fields"] == {"answer": "supported"}


async def test_a_question_not_waited_for_is_queued_and_read_later() -> None:
    house = ServedHouse(Script(either), Script(answering, delay_s=0.2))
    async with serving(house.app()) as api:
        run = (await a_run(api)).json()
        response = await api.post(f"/api/runs/{run['id']}/questions", json={"question": "Why?"})
        assert response.status_code == 202
        assert response.json()["status"] in ("queued", "running")

        events = events_in(await api.get(f"{response.headers['location']}/events"))
        later = (await api.get(response.headers["location"])).json()

    assert [name for _, name, _ in events if name in ("field", "finished")] == ["field", "finished"]
    assert later["answer"] == "Because of the cache."


async def test_what_the_paper_does_not_say_is_null_with_a_reason(api: Client) -> None:
    run = (await a_run(api)).json()

    question = (await asked(api, run["id"], "What is it in yen?")).json()

    assert (question["status"], question["answer"]) == ("finished", None)
    assert [s["status"] for s in question["statements"]] == ["not_stated"]
    assert question["statements"][0]["reason"]["en"]


async def test_the_same_question_is_reused_unless_fresh(api: Client) -> None:
    run = (await a_run(api)).json()
    first = (await asked(api, run["id"])).json()

    again, fresh = (await asked(api, run["id"])).json(), (await asked(api, run["id"], fresh=True)).json()

    assert (again["id"], again["reused"]) == (first["id"], True)
    assert (fresh["id"] != first["id"], fresh["reused"]) == (True, False)


async def test_questions_are_listed_with_their_run_and_nowhere_else(api: Client) -> None:
    run = (await a_run(api)).json()
    questions = [(await asked(api, run["id"], text)).json() for text in ("Why?", "How?")]

    listed = (await api.get(f"/api/runs/{run['id']}/questions")).json()["items"]
    runs = (await api.get("/api/runs")).json()["items"]
    all_runs = (await api.get("/api/runs", params={"follow_ups": "true"})).json()["items"]

    assert [one["id"] for one in listed] == [one["id"] for one in questions]
    assert [one["id"] for one in runs] == [run["id"]]
    assert [one["follow_up"] and one["follow_up"]["question"] for one in all_runs] == ["How?", "Why?", None]


@pytest.mark.parametrize(("accept", "shown"), [("text/markdown", "## Why?"), ("text/html", ">Why?</h")])
async def test_a_question_looks_as_the_caller_prefers(api: Client, accept: str, shown: str) -> None:
    run = (await a_run(api)).json()
    location = (await asked(api, run["id"])).headers["location"]

    response = await api.get(location, headers={"Accept": accept})

    assert shown in response.text
    assert "Because of the cache." in response.text


async def test_a_question_goes_alone_or_with_its_run(api: Client) -> None:
    run = (await a_run(api)).json()
    first = (await asked(api, run["id"])).headers["location"]
    second = (await asked(api, run["id"], "How?")).headers["location"]

    assert (await api.delete(first)).status_code == 204
    assert (await api.get(first)).status_code == 404
    assert (await api.get(second)).status_code == 200
    assert (await api.delete(f"/api/runs/{run['id']}")).status_code == 204
    assert (await api.get(second)).status_code == 404


async def test_a_question_is_cancelled() -> None:
    house = ServedHouse(Script(either), Script(answering, delay_s=5))
    async with serving(house.app()) as api:
        run = (await a_run(api)).json()
        place = (await api.post(f"/api/runs/{run['id']}/questions", json={"question": "Why?"})).headers[
            "location"
        ]

        cancelled = await api.post(f"{place}/cancel")

        assert (cancelled.status_code, cancelled.json()["status"]) == (202, "cancelled")
        assert (await api.post(f"{place}/cancel")).status_code == 409


async def test_feedback_is_taken_on_an_answer_to_a_question(api: Client) -> None:
    run = (await a_run(api)).json()
    question = (await asked(api, run["id"])).json()

    given = await api.post(
        f"/api/runs/{question['id']}/feedback", json={"verdict": "good", "path": "/answer"}
    )

    assert given.status_code == 201
    noted = (await api.get(f"/api/runs/{question['id']}/feedback")).json()["items"]
    assert [(note["verdict"], note["path"]) for note in noted] == [("good", "/answer")]


async def test_runs_of_a_blind_comparison_are_not_there_to_be_asked(api: Client) -> None:
    paper = (await a_run(api)).json()["paper_id"]
    run = (await a_run(api, paper_id=paper)).json()
    question = (await asked(api, run["id"])).json()
    await a_comparison(api, {"run_id": run["id"]}, {"persona": "interpreter"}, paper_id=paper, blind=True)
    places = f"/api/runs/{run['id']}/questions", f"/api/runs/{run['id']}/questions/{question['id']}"

    answers = [
        await asked(api, run["id"], "How?"),
        *[await api.get(place) for place in places],
        await api.get(f"{places[1]}/events"),
        await api.get(f"/api/runs/{question['id']}"),
        await api.delete(places[1]),
    ]

    assert [response.status_code for response in answers] == [404] * 6


async def test_a_question_of_another_run_is_not_found(api: Client) -> None:
    run = (await a_run(api)).json()
    other = (await a_run(api, "interpreter")).json()
    question = (await asked(api, run["id"])).json()

    assert (await api.get(f"/api/runs/{other['id']}/questions/{question['id']}")).status_code == 404
    assert (await asked(api, "none")).status_code == 404


@pytest.mark.parametrize(
    "body", [{}, {"question": ""}, {"question": "x" * 1001}, {"question": "Why?", "model": "m"}, [], "Why?"]
)
async def test_a_question_is_strict(api: Client, body: object) -> None:
    run = (await a_run(api)).json()

    assert (await api.post(f"/api/runs/{run['id']}/questions", json=body)).status_code == 422


async def test_a_question_is_not_asked_of_a_question(api: Client) -> None:
    run = (await a_run(api)).json()
    question = (await asked(api, run["id"])).json()

    assert (await asked(api, question["id"])).status_code == 409


async def test_without_a_model_the_papers_own_sentences_answer_or_nothing(whole_api: Client) -> None:
    data = (Path(__file__).parents[2] / "samples" / "paper-first.pdf").read_bytes()
    body = {"paper_id": await a_paper(whole_api, data), "persona": "summarizer"}
    run = (await whole_api.post("/api/runs", json=body, headers=WAIT)).json()

    told = (await asked(whole_api, run["id"], "What happened when both readers were sent at once?")).json()
    silent = (await asked(whole_api, run["id"], "Which mice were vaccinated against influenza?")).json()

    assert "neither found anything to reuse" in told["answer"]
    assert {s["status"] for s in told["statements"]} == {"supported"}
    assert (silent["status"], silent["answer"]) == ("finished", None)
