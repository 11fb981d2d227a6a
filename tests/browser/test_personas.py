"""Editing a reader in a browser: form and text move together, problems lead to their line, nothing is lost."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from persona_pages import MINE
from processes import SAMPLE, Server, serving

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, Page

TWO = MINE.replace(
    "---\nuser:",
    "  - id: limits\n    aspects: [limitations]\n    label: {ja: 限界は？, en: Which limits?}\n"
    "    instruction: {ja: 挙げる。, en: Name them.}\n---\nuser:",
)


@pytest.fixture(scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    """One of its own: shelf and papers are only those that these tests bring."""
    async with serving(tmp_path_factory.mktemp("personas")) as running:
        yield running


@pytest.fixture
async def reader(server: Server) -> str:
    """The id of a saved reader of two questions that no other test knows."""
    id_ = f"mine-{uuid4().hex[:8]}"
    async with server.client as client:
        saved = await client.put(
            f"/api/personas/{id_}", content=TWO, headers={"Content-Type": "text/markdown"}
        )
        assert saved.status_code == 201, saved.text
    return id_


async def test_form_and_text_move_together(page: Page, reader: str) -> None:
    from playwright.async_api import expect  # noqa: PLC0415 (skipped without it)

    await page.goto(f"/personas/{reader}/edit")
    text = page.get_by_label("Text (persona.md)")

    await page.locator("summary", has_text="Which data?").click()
    await page.locator("#q0_label_en").fill("What data were used?")
    await page.locator("#state", has_text="Not saved yet").wait_for()
    await expect(text).to_have_value(re.compile(re.escape("What data were used?")))
    assert await page.locator("#q0_label_en").evaluate("e => e === document.activeElement")

    await page.keyboard.press("Alt+ArrowDown")
    await page.locator("li[data-question=limits]:first-child").wait_for()
    changed = await text.input_value()
    assert changed.index("id: limits") < changed.index("id: data")

    await text.fill(changed.replace("Which limits?", "What does not work?"))
    await page.locator("summary", has_text="What does not work?").wait_for()


async def test_a_problem_leads_to_its_line_and_goes_when_it_is_mended(page: Page, reader: str) -> None:
    await page.goto(f"/personas/{reader}/edit")
    text = page.get_by_label("Text (persona.md)")

    await text.fill(TWO.replace("[limitations]", "[limitatoins]"))
    problem = page.get_by_role("button", name="Line 12")
    await problem.click()

    assert await text.evaluate("e => e.value.slice(e.selectionStart, e.selectionEnd)") == (
        "    aspects: [limitatoins]"
    )
    assert await page.locator(".lines .error").inner_text() == "12"
    assert await page.locator("#form-pane").evaluate("e => e.disabled")
    await page.get_by_role("button", name="Save as a new version").click()
    assert await problem.evaluate("e => e === document.activeElement")

    await text.fill(TWO)
    await problem.wait_for(state="detached")
    assert not await page.locator("#form-pane").evaluate("e => e.disabled")


async def test_a_removed_question_can_be_brought_back(page: Page, reader: str) -> None:
    await page.goto(f"/personas/{reader}/edit")

    await page.get_by_role("button", name="Remove: Which data?").click()
    await page.locator("li[data-question=data]").wait_for(state="detached")
    await page.get_by_role("button", name="Undo").click()

    await page.locator("li[data-question=data]").wait_for()
    assert await page.get_by_label("Text (persona.md)").input_value() == TWO


async def test_what_was_not_saved_is_kept_by_the_browser(
    context: BrowserContext, page: Page, reader: str
) -> None:
    await page.goto(f"/personas/{reader}/edit")
    await page.get_by_label("Text (persona.md)").fill(TWO.replace("Which data?", "Kept?"))
    await page.locator("summary", has_text="Kept?").wait_for()
    page.on("dialog", lambda dialog: dialog.accept())
    await page.close(run_before_unload=True)

    other = await context.new_page()
    await other.goto(f"/personas/{reader}/edit")
    assert "Kept?" not in await other.get_by_label("Text (persona.md)").input_value()
    await other.get_by_role("button", name="Take them up").click()

    await other.locator("summary", has_text="Kept?").wait_for()
    await other.get_by_role("button", name="Save as a new version").click()
    await other.get_by_role("heading", name="Version 1.0.1 is saved").wait_for()
    assert await other.locator("#kept").is_hidden()
    assert await other.locator("#state").inner_text() == "Everything is saved"


async def test_a_new_version_is_compared_with_the_old_one_on_the_same_paper(
    page: Page, server: Server, reader: str
) -> None:
    async with server.client as client:
        headers = {"Content-Type": "application/pdf", "Prefer": "wait=60"}
        await client.post("/api/papers", content=SAMPLE.read_bytes(), headers=headers)
    await page.goto(f"/personas/{reader}/edit")

    await page.get_by_text("The exact messages for a paper").click()
    await page.get_by_label("Text (persona.md)").fill(TWO.replace("Which data?", "What data?"))
    await page.locator("summary", has_text="What data?").wait_for()
    await page.get_by_role("button", name="Show them").click()
    await page.locator("#preview pre", has_text="What data?").first.wait_for()
    await page.get_by_role("button", name="Save as a new version").click()
    await page.get_by_role("button", name="Compare with version 1.0.0").click()

    await page.wait_for_url("**/comparisons/*")


async def test_typing_narrows_the_shelf_and_a_dropped_file_is_imported(page: Page) -> None:
    await page.goto("/personas")
    await page.get_by_label("Search readers and questions").fill("落合")
    await page.locator(".reader:visible").first.wait_for()
    assert await page.locator(".reader:visible").count() == 1

    name = f"dropped-{uuid4().hex[:8]}"
    transfer = await page.evaluate_handle(
        """([name, text]) => { const all = new DataTransfer(); all.items.add(new File([text], name)); return all; }""",
        [f"{name}.md", MINE],
    )
    await page.dispatch_event("body", "drop", {"dataTransfer": transfer})

    await page.wait_for_url(f"**/personas/{name}")
    await page.get_by_role("heading", name="My reader", level=1).wait_for()
