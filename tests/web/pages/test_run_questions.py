"""Asking a run on its page, with and without script."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from server.adapters.scripted_engine import Script
from server.application.ports import Question
from server.domain.errors import ProviderAuthError
from server.domain.ids import RunId
from server.domain.requests import ReaderRequest

from builders import TITLE
from house import QUOTE, either, statement, until
from served import Client, ServedHouse, serving

pytestmark = pytest.mark.anyio

HTMX = {"HX-Request": "true"}
EVIL = "<img src=x onerror=alert(1)> {{ 7 * 7 }} </hx-partial>"


def answering(question: Question) -> dict[str, Any]:
    """The persona's own questions, or a follow-up."""
    if "answer" not in question.persona.by_id:
        return either(question)
    said = [] if "yen" in question.prompt.persona else [statement("Because of the cache.", QUOTE)]
    return {"_paper": {"title": TITLE, "authors": None}, "answer": said}


@pytest.fixture
def house() -> ServedHouse:
    return ServedHouse(Script(answering))


@pytest.fixture
async def api(house: ServedHouse) -> AsyncIterator[Client]:
    async with serving(house.app()) as client:
        yield client


async def test_a_finished_answer_has_a_box_to_ask_it(house: ServedHouse, api: Client) -> None:
    run = await house.executed()

    page = (await api.get(f"/runs/{run.id}", headers={"Accept-Language": "ja"})).text

    assert f'action="/runs/{run.id}/questions"' in page
    assert "この読み手に聞く" in page


async def test_a_run_without_an_answer_has_none() -> None:
    house = ServedHouse(ProviderAuthError(host="api.example.com"))
    async with serving(house.app()) as api:
        run = await house.executed()

        assert "/questions" not in (await api.get(f"/runs/{run.id}")).text


async def test_without_script_a_question_leads_back_to_the_page_with_its_answer(
    house: ServedHouse, api: Client
) -> None:
    run = await house.executed()

    gone = await api.post(f"/runs/{run.id}/questions", data={"question": "Why?"}, follow_redirects=False)
    question_id = gone.headers["location"].partition("#asked-")[2]
    await until(lambda: house.kept(RunId(question_id)).status.is_over)
    page = (await api.get(gone.headers["location"])).text

    assert gone.status_code == 303
    assert f'id="asked-{question_id}"' in page
    assert "Because of the cache." in page
    assert f'href="/runs/{question_id}/evidence?path=%2Fanswer&amp;start=0"' in page


async def test_with_script_a_question_comes_in_above_an_empty_box(house: ServedHouse, api: Client) -> None:
    run = await house.executed()

    piece = (await api.post(f"/runs/{run.id}/questions", data={"question": "Why?"}, headers=HTMX)).text

    assert "<html" not in piece
    assert '<hx-partial hx-target="#asked" hx-swap="beforeend">' in piece
    assert '<hx-partial hx-target="#ask" hx-swap="outerHTML">' in piece
    assert "Why?" in piece.partition('hx-target="#ask"')[0]
    assert "Why?" not in piece.partition('hx-target="#ask"')[2]


async def test_the_same_question_takes_the_place_of_itself(house: ServedHouse, api: Client) -> None:
    run = await house.executed()
    asked = await house.asked(run)

    piece = (await api.post(f"/runs/{run.id}/questions", data={"question": "Why?"}, headers=HTMX)).text

    assert f'<hx-partial hx-target="#asked-{asked.id}" hx-swap="outerHTML">' in piece


async def test_an_answer_streams_in_when_it_is_grounded_and_ends_whole(
    house: ServedHouse, api: Client
) -> None:
    asked = await house.asked(await house.executed())

    stream = (await api.get(f"/runs/{asked.root}/questions/{asked.id}/live")).text
    pieces = [block for block in stream.replace("\r\n", "\n").split("\n\n") if "hx-partial" in block]

    grounded = next(piece for piece in pieces if "Because of the cache." in piece)
    assert f'hx-target="#answer-{asked.id}"' in grounded
    assert "proven" in grounded
    assert f'hx-target="#asked-{asked.id}"' in pieces[-1]
    assert "hx-sse:connect" not in pieces[-1]
    assert "event: done" in stream


async def test_whoever_comes_back_is_told_only_the_rest(house: ServedHouse, api: Client) -> None:
    asked = await house.asked(await house.executed())
    live = f"/runs/{asked.root}/questions/{asked.id}/live"
    ids = [int(id_) for id_ in re.findall(r"(?m)^id: (\d+)", (await api.get(live)).text)]

    rest = (await api.get(live, headers={"Last-Event-ID": str(ids[-2])})).text

    assert [int(id_) for id_ in re.findall(r"(?m)^id: (\d+)", rest)] == ids[-1:]


async def test_what_the_paper_does_not_say_is_marked_so(house: ServedHouse, api: Client) -> None:
    run = await house.executed()
    asked = await house.asked(run, "What is it in yen?")

    page = (await api.get(f"/runs/{run.id}")).text

    block = page[page.index(f'id="asked-{asked.id}"') :]
    assert "not stated" in block.partition("</article>")[0]


async def test_a_question_is_looked_behind_and_spoken_about_like_any_answer(
    house: ServedHouse, api: Client
) -> None:
    asked = await house.asked(await house.executed())

    evidence = (await api.get(f"/runs/{asked.id}/evidence?path=/answer&start=0", headers=HTMX)).text
    said = await api.post(
        f"/runs/{asked.id}/feedback", data={"path": "/answer", "verdict": "good"}, headers=HTMX
    )

    assert QUOTE in evidence
    assert "✓" in said.text
    assert [f.verdict for f in house.memory.kept.feedback] == ["good"]


async def test_the_page_of_a_question_is_that_of_its_run(house: ServedHouse, api: Client) -> None:
    asked = await house.asked(await house.executed())

    gone = await api.get(f"/runs/{asked.id}", follow_redirects=False)

    assert gone.headers["location"] == f"/runs/{asked.root}#asked-{asked.id}"


async def test_a_question_is_removed(house: ServedHouse, api: Client) -> None:
    run = await house.executed()
    asked = await house.asked(run)

    gone = await api.post(f"/runs/{run.id}/questions/{asked.id}/delete", follow_redirects=False)

    assert gone.status_code == 303
    assert list(house.memory.kept.runs) == [run.id]


@pytest.mark.parametrize("question", ["", "x" * 1001])
async def test_a_question_that_is_none_is_refused_in_place(
    house: ServedHouse, api: Client, question: str
) -> None:
    run = await house.executed()

    refused = await api.post(f"/runs/{run.id}/questions", data={"question": question}, headers=HTMX)

    assert refused.status_code == 422
    assert "question" in refused.text.casefold()


async def test_a_hostile_question_stays_text(house: ServedHouse, api: Client) -> None:
    run = await house.executed()
    asked = await house.asked(run, EVIL)

    page = (await api.get(f"/runs/{run.id}")).text
    stream = (await api.get(f"/runs/{run.id}/questions/{asked.id}/live")).text

    for text in (page, stream):
        assert "<img src=x" not in text
        assert "&lt;img src=x onerror=alert(1)&gt; {{ 7 * 7 }}" in text
    assert stream.count("</hx-partial>") == stream.count("<hx-partial")


async def test_a_run_behind_the_curtain_is_not_asked(house: ServedHouse, api: Client) -> None:
    run = await house.executed()
    asked = await house.asked(run)
    await house.a_comparison(run.id, ReaderRequest("interpreter"), blind=True)

    responses = [
        await api.post(f"/runs/{run.id}/questions", data={"question": "Why?"}, headers=HTMX),
        await api.get(f"/runs/{run.id}/questions/{asked.id}/live"),
        await api.post(f"/runs/{run.id}/questions/{asked.id}/delete"),
        await api.get(f"/runs/{asked.id}"),
    ]

    assert [response.status_code for response in responses] == [404] * 4
