"""The page of a paper in a browser: turning ready by itself, choosing by keyboard, correcting in place, phones."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from processes import JAPANESE, SAMPLE

from .conftest import SHARED

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.async_api import BrowserContext, Page

LONG = SHARED / "papers" / "geotopo_de.pdf"
COMPARISON = re.compile(r"/comparisons/[0-9a-f-]{36}$")


async def uploaded(page: Page, file: Path, *, wait: int = 30) -> str:
    """The address of the paper's page."""
    pdf = {"name": file.name, "mimeType": "application/pdf", "buffer": file.read_bytes()}  # noqa: ASYNC240 (nothing else runs)
    response = await page.request.post(
        "/api/papers", multipart={"file": pdf}, headers={"Prefer": f"wait={wait}"}
    )
    return f"/papers/{(await response.json())['id']}"


@pytest.mark.skipif(not LONG.exists(), reason="the papers to try things on are not beside this checkout")
async def test_a_paper_being_read_turns_ready_by_itself(page: Page) -> None:
    await page.goto(await uploaded(page, LONG, wait=0))
    assert await page.get_by_role("heading", name="Reading the paper").is_visible()

    await page.locator("#choose").wait_for()

    assert await page.locator("h1").inner_text() == "Einführung in die Geometrie und Topologie"
    assert await page.locator("#choose-who .badge").all_inner_texts() == ["A", "B"]


async def test_readers_are_chosen_by_keyboard(page: Page) -> None:
    await page.goto(await uploaded(page, SAMPLE))
    who, go = page.locator("#choose-who"), page.locator("#choose-go")

    await page.get_by_role("checkbox", name="Six questions (Ochiai)").focus()
    await page.keyboard.press("Space")
    assert await go.inner_text() == "Read"
    assert (await who.inner_text()).split() == ["A", "Paper", "interpreter"]

    await page.get_by_role("checkbox", name="Paper interpreter").focus()
    await page.keyboard.press("Space")
    assert await go.is_disabled()
    assert "Choose at least one reader" in await who.inner_text()

    await page.keyboard.press("Space")
    await page.locator("[name='times:interpreter']").select_option("2")
    assert await who.locator(".badge").all_inner_texts() == ["A", "B"]
    await go.focus()
    await page.keyboard.press("Enter")
    await page.wait_for_url(COMPARISON)


async def test_where_the_paper_goes_is_named_for_readers_with_a_model_of_their_own(page: Page) -> None:
    await page.goto(await uploaded(page, SAMPLE))
    assert await page.locator("#choose-host").inner_text() == "Nothing is sent elsewhere."
    await page.locator(".options > summary").click()
    await page.locator(".advanced > summary").click()

    await page.get_by_label("More readers").fill("keshav:temperature=0,model=far-away")

    assert await page.locator("#choose-host").inner_text() == "The paper will be sent to far-away."
    assert await page.locator("#choose-who .badge").count() == 3


async def test_a_wrong_setting_is_said_in_place(page: Page) -> None:
    await page.goto(await uploaded(page, SAMPLE))
    await page.locator(".options > summary").click()
    await page.locator(".advanced > summary").click()
    await page.get_by_label("Temperature").fill("warm")

    await page.locator("#choose-go").click()

    await page.locator("#choose-problem .problem-line").wait_for()
    assert "temperature" in await page.locator("#choose-problem").inner_text()
    assert await page.get_by_label("Temperature").input_value() == "warm"


async def test_a_correction_is_kept_and_taken_back_in_place(page: Page) -> None:
    await page.goto(await uploaded(page, JAPANESE))
    before = await page.locator("h1").inner_text()

    await page.locator("#correct > summary").click()
    await page.get_by_label("Title").fill("A title of my own")
    await page.keyboard.press("Enter")
    await page.locator("h1", has_text="A title of my own").wait_for()

    await page.locator("#correct > summary").click()
    await page.get_by_label("Year").fill("soon")
    await page.get_by_role("button", name="Keep these").click()
    await page.locator("#correct-problem .problem-line").wait_for()

    await page.get_by_role("button", name="Take the correction back").click()
    await page.locator("h1", has_text=before).wait_for()


async def test_a_paper_is_deleted_after_a_question(page: Page) -> None:
    address = await uploaded(page, SAMPLE.with_name("hidden-instruction.pdf"))
    await page.goto(address)
    await page.get_by_role("button", name="Delete this paper").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_role("button", name="Keep it").click()
    assert await dialog.count() == 0

    await page.get_by_role("button", name="Delete this paper").click()
    await dialog.get_by_role("button", name="Delete", exact=True).click()

    await page.wait_for_url(lambda url: url.endswith("/"))
    assert (await page.request.get(address)).status == 404


async def test_phones_need_no_scrolling_sideways(context: BrowserContext, page: Page) -> None:
    address = await uploaded(page, JAPANESE)
    await page.goto("/")
    await context.add_cookies([{"name": "yomi_language", "value": "ja", "url": page.url}])
    await page.set_viewport_size({"width": 360, "height": 740})
    for one in ("/", address):
        await page.goto(one)
        for details in await page.locator("details").all():
            await details.evaluate("one => { one.open = true; }")
        assert await page.evaluate("document.documentElement.scrollWidth") == 360
