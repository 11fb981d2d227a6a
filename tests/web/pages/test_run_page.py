"""The page of a run: the answer, its states, how it came about, and what people say about it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from server.adapters.scripted_engine import Script
from server.application.start_text import TextRequest
from server.domain.errors import ProviderAuthError, WrongPaperError
from server.domain.ids import ComparisonId
from server.domain.papers import Problem
from server.domain.runs import RunSettings

from builders import TITLE, a_comparison, a_persona, a_queued_run
from house import QUOTE, a_wire_answer, statement
from served import Client, ServedHouse, serving

pytestmark = pytest.mark.anyio

JA = {"Accept-Language": "ja"}
HTMX = {"HX-Request": "true"}
FABRICATED = Path(__file__).parents[3] / "samples" / "fabricated-answer.md"
EVIL = "<img src=x onerror=alert(1)><script>alert(2)</script> [x](javascript:alert(3))"


async def an_executed_run(house: ServedHouse, **reader: Any) -> str:
    return (await house.executed(**reader)).id


async def test_an_answer_stands_under_its_questions_with_marks(house: ServedHouse, api: Client) -> None:
    run_id = await an_executed_run(house)

    page = (await api.get(f"/runs/{run_id}", headers=JA)).text

    assert TITLE in page
    assert "It places the paper first." in page
    assert f'href="/runs/{run_id}/evidence?' in page
    assert "根拠あり" in page
    for field in a_persona().fields:
        assert field.label.ja in page


async def test_a_statement_opens_the_page_of_the_paper(house: ServedHouse, api: Client) -> None:
    run_id = await an_executed_run(house)

    piece = await api.get(f"/runs/{run_id}/evidence?path=/what&start=0", headers=HTMX)

    assert QUOTE in piece.text
    assert "/pages/1.png" in piece.text
    assert "<html" not in piece.text


async def test_a_statement_that_is_not_there_is_not_found(house: ServedHouse, api: Client) -> None:
    run_id = await an_executed_run(house)

    assert (await api.get(f"/runs/{run_id}/evidence?path=/what&start=77", headers=HTMX)).status_code == 404
    assert (await api.get("/runs/nothing", headers=HTMX)).status_code == 404


async def test_a_failed_run_says_what_to_do() -> None:
    house = ServedHouse(ProviderAuthError(host="api.example.com"))
    async with serving(house.app()) as api:
        run_id = await an_executed_run(house)
        page = (await api.get(f"/runs/{run_id}", headers=JA)).text

    assert "APIキーが受け付けられません" in page
    assert f'action="/runs/{run_id}/again"' in page


async def test_an_answer_about_another_paper_is_folded_and_not_the_answer(
    house: ServedHouse, api: Client
) -> None:
    run = await house.executed()
    rejected = replace(run.fail(Problem(WrongPaperError.code, {})), answer=None, rejected_answer=run.answer)
    house.memory.has(rejected)

    page = (await api.get(f"/runs/{run.id}")).text

    folded = page[page.index('<details class="rejected-answer">') :]
    assert "It places the paper first." in folded
    assert "It places the paper first." not in page[: page.index('<details class="rejected-answer">')]
    assert 'class="entries"' not in page


async def test_a_run_that_is_not_over_connects_to_its_stream_and_can_be_stopped(
    house: ServedHouse, api: Client
) -> None:
    run = await house.executed()
    house.memory.has(replace(run, status=a_queued_run().status, answer=None, statements=()))

    page = (await api.get(f"/runs/{run.id}")).text
    stopped = await api.post(f"/runs/{run.id}/cancel", follow_redirects=False)

    assert f'hx-sse:connect="/runs/{run.id}/live"' in page
    assert stopped.headers["location"] == f"/runs/{run.id}"
    assert (
        "Cancelled" in (await api.get(f"/runs/{run.id}")).text
        or "cancelled" in (await api.get(f"/runs/{run.id}")).text
    )


async def test_fields_arrive_as_pieces_and_the_whole_comes_last(house: ServedHouse, api: Client) -> None:
    run_id = await an_executed_run(house)

    stream = (await api.get(f"/runs/{run_id}/live")).text

    assert 'hx-target="#entry-what"' in stream
    assert "It places the paper first." in stream
    assert stream.index('hx-target="#entry-what"') < stream.index('hx-target="#run"')
    assert stream.rstrip().endswith("data:") or "event: done" in stream.rpartition("data: <hx-partial")[2]


async def test_a_resumed_stream_does_not_repeat_what_was_seen(house: ServedHouse, api: Client) -> None:
    run_id = await an_executed_run(house)

    stream = (await api.get(f"/runs/{run_id}/live", headers={"Last-Event-ID": "900"})).text

    assert "hx-partial" not in stream
    assert "event: done" in stream


async def test_the_prompt_is_shown_as_it_was_sent(house: ServedHouse, api: Client) -> None:
    run_id = await an_executed_run(house)
    sent = house.engine.questions[0].prompt

    piece = (await api.get(f"/runs/{run_id}/prompt", headers=HTMX)).text

    assert "byte for byte" in piece
    assert sent.rules.splitlines()[0] in piece
    assert "&lt;&lt;&lt;paper" in piece


async def test_attempts_usage_settings_and_the_raw_answer_are_folded_below(
    house: ServedHouse, api: Client
) -> None:
    run_id = await an_executed_run(house, settings=RunSettings(temperature=0.5))

    page = (await api.get(f"/runs/{run_id}")).text

    below = page[page.index('class="how') :]
    assert "temperature" in below
    assert "Calls" in below
    assert "<pre" in below
    assert house.kept(house.memory.kept.runs[run_id]).paper_id in below  # type: ignore[index]


async def test_asking_again_makes_a_new_run(house: ServedHouse, api: Client) -> None:
    run_id = await an_executed_run(house)

    response = await api.post(f"/runs/{run_id}/again", follow_redirects=False)

    new = response.headers["location"].removeprefix("/runs/")
    assert new != run_id
    assert house.memory.kept.runs[new].persona == house.memory.kept.runs[run_id].persona  # type: ignore[index]


async def test_a_run_behind_the_curtain_is_not_there(house: ServedHouse, api: Client) -> None:
    run = await house.executed()
    other = await house.executed("interpreter")
    house.memory.has(a_comparison([run, other], id=ComparisonId("blind"), paper_id=run.paper_id, blind=True))

    for path in (
        "",
        "/evidence?path=/what&start=0",
        "/prompt",
        "/live",
        "/export.md",
        "/feedback?path=/what",
    ):
        assert (await api.get(f"/runs/{run.id}{path}")).status_code == 404, path


# Brought-along texts


async def a_text_run(house: ServedHouse, text: str) -> str:
    paper_id = await house.a_ready_paper()
    paper = (await house.queries.paper(paper_id)).paper
    run = await house.start_comparison.start_text.prepare(TextRequest(text), paper)
    house.memory.has(run)
    return run.id


async def test_a_checked_text_has_its_verdict_on_top_and_its_doubts_before_the_text(
    house: ServedHouse, api: Client
) -> None:
    run_id = await a_text_run(house, FABRICATED.read_text(encoding="utf-8"))

    page = (await api.get(f"/runs/{run_id}", headers=JA)).text

    assert "別の論文の可能性があります" in page
    assert page.index("別の論文の可能性") < page.index("論文の名前が違います") < page.index("文章の全体")
    assert page.index("文章の全体") < page.index("概要</h3>")
    assert f'href="/runs/{run_id}/evidence?' in page


async def test_each_doubted_statement_of_a_checked_text_opens(house: ServedHouse, api: Client) -> None:
    run_id = await a_text_run(house, f"# {TITLE}\n\nThe second persona evaluated 29 tokens instead of 2,478.")
    run = house.memory.kept.runs[run_id]  # type: ignore[index]

    for said in run.statements:
        address = f"/runs/{run_id}/evidence?path={quote(said.path)}&start={said.start}"
        assert (await api.get(address, headers=HTMX)).status_code == 200


# Feedback


async def test_not_right_is_said_in_place_and_kept_with_its_statement(
    house: ServedHouse, api: Client
) -> None:
    run_id = await an_executed_run(house)

    form = (await api.get(f"/runs/{run_id}/feedback?path=/what&start=0", headers=HTMX)).text
    thanks = await api.post(
        f"/runs/{run_id}/feedback",
        data={
            "path": "/what",
            "start": "0",
            "verdict": "wrong",
            "comment": "It is the prompt, not the paper.",
        },
        headers=HTMX,
    )

    assert "It places the paper first." in form
    assert "Noted. Thank you." in thanks.text
    assert "It is the prompt, not the paper." in thanks.text
    kept = house.memory.kept.feedback[0]
    assert (kept.run_id, kept.path, kept.start, kept.verdict) == (run_id, "/what", 0, "wrong")


async def test_missing_needs_a_word_about_what(house: ServedHouse, api: Client) -> None:
    run_id = await an_executed_run(house)

    response = await api.post(
        f"/runs/{run_id}/feedback", data={"path": "/what", "verdict": "missing", "comment": " "}, headers=HTMX
    )

    assert response.status_code == 422
    assert "what is missing" in response.text
    assert house.memory.kept.feedback == []


async def test_good_needs_no_words_and_what_was_said_is_counted(house: ServedHouse, api: Client) -> None:
    run_id = await an_executed_run(house)

    response = await api.post(
        f"/runs/{run_id}/feedback", data={"path": "/what", "verdict": "good"}, follow_redirects=False
    )
    page = (await api.get(f"/runs/{run_id}", headers=JA)).text

    assert response.headers["location"].startswith(f"/runs/{run_id}#")
    assert "指摘 1 件" in page


# Hostile text


async def test_a_hostile_answer_stays_text() -> None:
    answer = a_wire_answer(what=[statement(EVIL, QUOTE)])
    house = ServedHouse(Script(json.dumps(answer)))
    async with serving(house.app()) as api:
        run_id = await an_executed_run(house)
        await api.post(
            f"/runs/{run_id}/feedback", data={"path": "/what", "verdict": "wrong", "comment": EVIL}
        )
        pages = [
            (await api.get(f"/runs/{run_id}")).text,
            (await api.get(f"/runs/{run_id}/feedback?path=/what&start=0", headers=HTMX)).text,
            (await api.get(f"/runs/{run_id}/evidence?path=/what&start=0", headers=HTMX)).text,
        ]

    for page in pages:
        assert "<img src=x" not in page
        assert "<script>alert" not in page
        assert 'href="javascript' not in page


# Exports


@pytest.mark.parametrize(
    ("kind", "media"), [("md", "text/markdown"), ("json", "application/json"), ("html", "text/html")]
)
async def test_an_answer_is_exported_as_a_file_with_a_telling_name(
    house: ServedHouse, api: Client, kind: str, media: str
) -> None:
    run_id = await an_executed_run(house)

    sent = await api.get(f"/runs/{run_id}/export.{kind}", headers=JA)

    assert sent.headers["content-type"].startswith(media)
    assert sent.headers["content-disposition"].startswith(
        f'attachment; filename="paper-first-prefix-reuse-for-several-readers-2026-summarizer.{kind}"'
    )
    assert "It places the paper first." in sent.text


async def test_a_comparison_is_exported_but_not_before_its_names_may_be_seen(
    house: ServedHouse, api: Client
) -> None:
    runs = [await house.executed(), await house.executed("interpreter")]
    open_one = a_comparison(runs, id=ComparisonId("open"), paper_id=runs[0].paper_id)
    house.memory.has(open_one)
    house.memory.has(replace(open_one, id=ComparisonId("blind"), blind=True))

    shown = await api.get("/comparisons/open/export.json")
    refused = await api.get("/comparisons/blind/export.md")

    assert [c["label"] for c in shown.json()["candidates"]] == ["A", "B"]
    assert refused.status_code == 409
    assert "once you have voted" in refused.text


async def test_a_japanese_title_names_the_file_in_japanese(house: ServedHouse, api: Client) -> None:
    run = await house.executed()
    await house.change.correct_paper(run.paper_id, {"title": "論文を先に：接頭辞の再利用"})

    sent = await api.get(f"/runs/{run.id}/export.md")

    assert quote("論文を先に-接頭辞の再利用-2026-summarizer") in sent.headers["content-disposition"]
    assert 'filename="2026-summarizer.md"' in sent.headers["content-disposition"]
