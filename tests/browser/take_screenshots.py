"""Take the pictures of docs/images anew: `PYTHONPATH=.:tests python tests/browser/take_screenshots.py`.

The main states of the pages, on the samples, without a model. Look at each before it is committed.
"""

from __future__ import annotations

import asyncio
import io
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
from PIL import Image
from playwright.async_api import Browser, Page, async_playwright

from processes import JAPANESE, ROOT, SAMPLE, Server, serving

IMAGES = ROOT / "docs" / "images"
COLOURS = 128
FABRICATED = (ROOT / "samples" / "fabricated-answer.en.md").read_text(encoding="utf-8")


async def main() -> None:
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as home:
        async with (
            serving(Path(home)) as server,
            async_playwright() as driver,
            httpx2.AsyncClient(base_url=server.url, timeout=120) as client,
        ):
            browser = await driver.chromium.launch(
                executable_path=shutil.which("chromium"), args=["--no-sandbox"]
            )
            await _take(browser, server, client)
            await browser.close()


async def _take(browser: Browser, server: Server, client: httpx2.AsyncClient) -> None:
    english = await _comparison(client, SAMPLE, "en", {"text": FABRICATED, "name": "A chat service"})
    japanese = await _comparison(client, JAPANESE, "ja")

    async with _page(browser, server, "ja-JP") as page:
        await page.goto("/")
        await _keep(page, "start")
        await page.goto(f"/papers/{japanese['paper_id']}")
        await _keep(page, "paper")

    async with _page(browser, server, "en-GB") as page:
        await page.goto(f"/comparisons/{english['id']}")
        await _keep(page, "unmasked")
        await page.locator("#cell-A-results summary").click()
        async with page.expect_response(lambda response: ".png" in response.url) as picture:
            await page.locator("#cell-A-results .mark.supported").last.click()
        await (await picture.value).finished()
        await page.wait_for_load_state("networkidle")
        await page.locator("#row-results").evaluate("e => e.scrollIntoView({block: 'start'})")
        await _keep(page, "evidence")
        await page.goto("/personas/summarizer")
        await _keep(page, "persona")

    async with _page(browser, server, "ja-JP", color_scheme="dark") as page:
        await page.goto(f"/comparisons/{japanese['id']}")
        await _keep(page, "comparison-dark")

    phone = {"width": 390, "height": 844}
    async with _page(browser, server, "ja-JP", viewport=phone) as page:
        await page.goto(f"/comparisons/{japanese['id']}")
        await page.locator("#row-in_short").evaluate("e => e.scrollIntoView({block: 'start'})")
        await _keep(page, "phone")


async def _comparison(
    client: httpx2.AsyncClient, pdf: Path, language: str, *texts: dict[str, str]
) -> dict[str, Any]:
    sent = pdf.read_bytes()  # noqa: ASYNC240
    paper = await client.post("/api/papers", content=sent, headers={"Content-Type": "application/pdf"})
    readers = [{"persona": name, "language": language} for name in ("summarizer", "interpreter")]
    body = {"paper_id": paper.json()["id"], "candidates": [*readers, *texts]}
    made = await client.post("/api/comparisons", json=body, headers={"Prefer": "wait=120"})
    comparison: dict[str, Any] = made.json()
    return comparison


@asynccontextmanager
async def _page(browser: Browser, server: Server, locale: str, **profile: Any) -> AsyncIterator[Page]:
    profile.setdefault("viewport", {"width": 1280, "height": 860})
    context = await browser.new_context(base_url=server.url, locale=locale, **profile)
    yield await context.new_page()
    await context.close()


async def _keep(page: Page, name: str) -> None:
    await page.wait_for_load_state("networkidle")
    picture = Image.open(io.BytesIO(await page.screenshot())).convert("RGB")
    picture.quantize(COLOURS).save(IMAGES / f"{name}.png", optimize=True)


if __name__ == "__main__":
    asyncio.run(main())
