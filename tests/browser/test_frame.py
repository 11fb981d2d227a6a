"""The frame of every page, in a browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.async_api import Page


async def test_the_language_is_the_browsers_until_it_is_switched(page: Page) -> None:
    await page.goto("/")
    assert await page.get_attribute("html", "lang") == "en"

    await page.get_by_role("button", name="日本語").click()

    await page.locator("html[lang=ja]").wait_for(state="attached")
    await page.reload()
    assert await page.get_attribute("html", "lang") == "ja"


async def test_the_colours_can_be_switched(page: Page) -> None:
    await page.goto("/")
    for theme in ("light", "dark"):
        await page.locator("button[name=theme]").click()
        await page.locator(f"html[data-theme={theme}]").wait_for(state="attached")
    background = await page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert background == "rgb(20, 23, 26)"
