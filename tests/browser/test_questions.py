"""Asking a run in a browser: the answer comes in by itself, opens the paper, and leaves a box ready for the next."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from answering import answers
from fake_provider import FakeProvider
from processes import SAMPLE, Server, serving

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

WAIT = {"Prefer": "wait=60"}
TOLD = "What happened when both readers were sent at once?"


async def a_run(server: Server, **body: str) -> str:
    async with server.client as client:
        paper = await client.post(
            "/api/papers", content=SAMPLE.read_bytes(), headers={"Content-Type": "application/pdf"}
        )
        sent = {"paper_id": paper.json()["id"], "persona": "summarizer", **body}
        run: str = (await client.post("/api/runs", json=sent, headers=WAIT)).json()["id"]
        return run


async def test_a_question_is_answered_on_the_page_and_its_proof_opens_the_paper(
    page: Page, server: Server
) -> None:
    run = await a_run(server)
    await page.goto(f"/runs/{run}")
    box = page.get_by_label("What else would you like to know")

    await box.fill(TOLD)
    await box.press("Enter")

    answer = page.locator("article.asked").filter(has_text=TOLD)
    await answer.get_by_text("neither found anything to reuse").wait_for()
    await answer.get_by_role("button", name="Remove").wait_for()
    assert await page.get_by_label("What else would you like to know").input_value() == ""
    await answer.locator("a.mark").first.click()
    await page.locator("#viewer .sheet image").wait_for()


async def test_what_is_not_in_the_paper_is_marked_and_a_question_can_be_removed(
    page: Page, server: Server
) -> None:
    run = await a_run(server)
    await page.goto(f"/runs/{run}")
    box = page.get_by_label("What else would you like to know")
    await box.fill("Which mice were vaccinated against influenza?")
    await box.press("Enter")
    answer = page.locator("article.asked").filter(has_text="influenza")

    await answer.locator(".mark.not_stated").first.wait_for()
    await answer.get_by_role("button", name="Remove").click()

    await answer.wait_for(state="detached")


async def test_a_models_answer_streams_in(browser: Browser, tmp_path: Path) -> None:
    async with (
        FakeProvider(answers()) as fake,
        serving(tmp_path, OPENAI_BASE_URL=fake.base_url, YOMI_MODEL="m") as server,
    ):
        run = await a_run(server)
        context = await browser.new_context(locale="ja", base_url=server.url)
        page = await context.new_page()
        await page.goto(f"/runs/{run}")

        await page.get_by_label("続けて聞きたいこと").fill("なぜ？")
        await page.get_by_role("button", name="聞く", exact=True).click()

        await page.locator("article.asked .claim.supported").first.wait_for()
        await page.locator("article.asked[aria-busy]").wait_for(state="detached")
        await context.close()
    assert len(fake.requests) == 2
