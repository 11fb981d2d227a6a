"""Answers and the library in a browser: one answer fills in, is spoken about in place, and is deleted by keyboard."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

from answering import answers
from fake_provider import FakeProvider
from processes import JAPANESE, SAMPLE, Server, serving

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

PAPER, JAPANESE_PAPER = SAMPLE.read_bytes(), JAPANESE.read_bytes()
PDF = {"Content-Type": "application/pdf"}


async def a_run(server: Server, pdf: bytes = PAPER, *, wait: bool = True, **body: Any) -> dict[str, Any]:
    async with server.client as client:
        paper = (await client.post("/api/papers", content=pdf, headers=PDF)).json()
        sent = {"paper_id": paper["id"], "persona": "summarizer", "language": "en", **body}
        prefer = {"Prefer": "wait=60"} if wait else {}
        made: dict[str, Any] = (await client.post("/api/runs", json=sent, headers=prefer)).json()
        return made


async def test_a_statement_is_said_to_be_wrong_in_place_by_keyboard(page: Page, server: Server) -> None:
    run = await a_run(server)
    await page.goto(f"/runs/{run['id']}")
    await page.locator("#entry-what a.mark").first.focus()
    flag = page.locator("#entry-what .flag").first

    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await page.locator("#entry-what .say input:focus").wait_for()
    await page.keyboard.press("Escape")
    await page.locator("#entry-what .say form").wait_for(state="detached")
    assert await flag.evaluate("e => e === document.activeElement")
    await page.keyboard.press("Enter")
    await page.locator("#entry-what .say input:focus").wait_for()
    await page.keyboard.type("It is the other way round.")
    await page.keyboard.press("Enter")

    await page.locator("#entry-what .thanks").wait_for()
    assert "It is the other way round." in await page.locator("#entry-what .notes").inner_text()


async def test_a_statement_of_one_answer_opens_the_paper(page: Page, server: Server) -> None:
    run = await a_run(server)
    await page.goto(f"/runs/{run['id']}")

    await page.locator("#entry-what .claim .said").first.click()

    await page.locator("#viewer .sheet image").wait_for()
    assert await page.locator("#viewer rect").count() > 0


async def test_an_answer_fills_in_and_tells_what_was_sent(browser: Browser, tmp_path: Path) -> None:
    hold = asyncio.Event()
    async with FakeProvider(answers(hold_within=hold)) as provider:
        model = {
            "YOMI_MODEL": "fake",
            "YOMI_OPENAI_BASE_URL": provider.base_url,
            "YOMI_OPENAI_API_KEY": "sk-test",
        }
        async with serving(tmp_path, **model) as server:
            run = await a_run(server, wait=False)
            context = await browser.new_context(base_url=server.url, locale="en-GB")
            page = await context.new_page()
            await page.goto(f"/runs/{run['id']}")

            await page.locator("#entry-what:not(.waiting)").wait_for()
            assert await page.locator(".entry.waiting").count() > 0
            hold.set()

            await page.locator(".how").wait_for()
            assert await page.locator(".entry.waiting").count() == 0
            await page.get_by_text("The prompt that was sent").click()
            await page.get_by_text("byte for byte").wait_for()
            shown = await page.locator("#prompt pre").all_inner_texts()
            sent = [message["content"] for message in provider.requests[0].body["messages"]]
            assert [text.split() for text in shown] == [text.split() for text in sent]
            await context.close()


async def test_a_paper_is_found_and_deleted_by_keyboard(page: Page, server: Server) -> None:
    await a_run(server, JAPANESE_PAPER)
    await page.goto("/library")
    await page.get_by_role("searchbox").fill("文字")
    await page.keyboard.press("Enter")
    await page.locator("mark", has_text="文字").first.wait_for()
    await page.goto("/library")
    paper = page.locator(".paper", has_text="文字化け")

    await paper.locator("> .actions button").focus()
    await page.keyboard.press("Enter")
    dialog = paper.get_by_role("dialog")
    await dialog.get_by_text("Its answers (1)").wait_for()
    assert await dialog.get_by_role("button", name="Keep it").evaluate("e => e === document.activeElement")
    await page.keyboard.press("Shift+Tab")
    await page.keyboard.press("Enter")

    await paper.wait_for(state="detached")
