"""The start page in a browser: from a dropped PDF to a comparison, several at once, and what cannot be read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from processes import JAPANESE, SAMPLE

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.async_api import Page

PAPER = re.compile(r"/papers/[0-9a-f-]{36}$")
COMPARISON = re.compile(r"/comparisons/[0-9a-f-]{36}$")
RUN = re.compile(r"/runs/[0-9a-f-]{36}$")
ANSWER = "Title: Speculative Persona Routing\n\nAuthors: A. Author and B. Author\n\nIt saves 41% of the energy on 19 benchmarks."


@pytest.mark.parametrize("file", [SAMPLE, JAPANESE], ids=["english", "japanese"])
async def test_a_paper_leads_to_a_comparison_in_two_steps(page: Page, file: Path) -> None:
    await page.goto("/")
    await page.locator("#take-file").set_input_files(file)
    await page.wait_for_url(PAPER)
    await page.get_by_role("button", name="Compare", exact=True).click()

    await page.wait_for_url(COMPARISON)
    assert await page.locator("h1").count() == 1


async def test_a_pdf_can_be_dropped(page: Page) -> None:
    await page.goto("/")
    data = await page.evaluate_handle(
        """(text) => {
          const given = new DataTransfer();
          given.items.add(new File([text], "dropped.pdf", { type: "application/pdf" }));
          return given;
        }""",
        "this is no PDF",
    )

    await page.locator("[data-drop=take-file]").dispatch_event("drop", {"dataTransfer": data})

    row = page.locator("#arrivals li")
    await row.locator(".problem-line").wait_for()
    assert "dropped.pdf" in await row.inner_text()


async def test_several_papers_wait_for_one_choice_and_a_wrong_file_says_so(
    page: Page, tmp_path: Path
) -> None:
    wrong = tmp_path / "notes.pdf"
    wrong.write_text("not a PDF at all")
    await page.goto("/")

    await page.locator("#take-file").set_input_files([SAMPLE, wrong, JAPANESE])

    together = page.get_by_role("button", name="Choose readers for all 2 papers")
    await together.wait_for()
    rows = page.locator("#arrivals li")
    assert await rows.count() == 3
    assert "PDF" in await rows.nth(1).locator(".problem-line").inner_text()
    assert await rows.locator("a").count() == 2
    await together.click()
    await page.get_by_role("button", name="Compare all 2 papers").click()
    await page.wait_for_url("**/library")


async def test_a_file_that_misses_its_place_loses_nothing(page: Page) -> None:
    await page.goto("/")
    await page.get_by_role("textbox", name="The answer").fill("Half an answer")

    prevented = await page.evaluate(
        "['dragover', 'drop'].map((name) => !document.querySelector('h1')"
        ".dispatchEvent(new DragEvent(name, { bubbles: true, cancelable: true })))"
    )

    assert prevented == [True, True]


async def test_a_made_up_answer_is_checked_and_a_wrong_pdf_keeps_it(page: Page, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.pdf"
    wrong.write_text("not a PDF at all")
    await page.goto("/")
    await page.get_by_role("textbox", name="The answer").fill(ANSWER)
    await page.locator("#check-file").set_input_files(wrong)
    await page.get_by_role("button", name="Check it").click()
    await page.locator("#check-problem .problem-line").wait_for()
    assert await page.get_by_role("textbox", name="The answer").input_value() == ANSWER

    await page.locator("#check-file").set_input_files(SAMPLE)
    await page.get_by_role("button", name="Check it").click()

    await page.wait_for_url(RUN)


async def test_the_demo_is_one_click_away(page: Page) -> None:
    await page.goto("/")

    await page.get_by_role("button", name="Show it with an English paper").click()

    await page.wait_for_url(COMPARISON)


async def test_papers_can_be_taken_without_a_script(page: Page) -> None:
    context = await page.context.browser.new_context(java_script_enabled=False, locale="en-GB")  # type: ignore[union-attr]
    plain = await context.new_page()
    await plain.goto(page.url if page.url.startswith("http") else await _home(page))
    await plain.locator("#take-file").set_input_files(SAMPLE)
    await plain.get_by_role("button", name="Fetch").click()

    await plain.wait_for_url(PAPER)
    await context.close()


async def _home(page: Page) -> str:
    await page.goto("/")
    return page.url
