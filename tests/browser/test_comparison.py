"""Judging a comparison in a browser: it fills in, every statement opens the paper at the right words, votes by key."""

from __future__ import annotations

import asyncio
import io
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from answering import answers
from fake_provider import FakeProvider
from processes import SAMPLE, Server, serving

if TYPE_CHECKING:
    from playwright.async_api import Browser, FloatRect, Locator, Page

FABRICATED = Path(__file__).resolve().parents[2] / "samples" / "fabricated-answer.en.md"
READERS = [{"persona": "summarizer", "language": "en"}, {"persona": "interpreter", "language": "en"}]
WAIT = {"Prefer": "wait=60"}


async def compared(server: Server, *candidates: dict[str, Any], **body: Any) -> dict[str, Any]:
    async with server.client as client:
        paper = await client.post(
            "/api/papers", content=SAMPLE.read_bytes(), headers={"Content-Type": "application/pdf"}
        )
        sent = {"paper_id": paper.json()["id"], "candidates": list(candidates) or READERS, **body}
        made: dict[str, Any] = (await client.post("/api/comparisons", json=sent, headers=WAIT)).json()
        return made


@pytest.fixture
async def comparison(server: Server) -> dict[str, Any]:
    return await compared(server)


async def test_enter_on_a_statement_opens_the_paper_and_escape_leads_back(
    page: Page, comparison: dict[str, Any]
) -> None:
    await page.goto(f"/comparisons/{comparison['id']}")
    mark = page.locator("#cell-A-in_short .lead a.mark")
    await mark.focus()

    await page.keyboard.press("Enter")

    await page.locator("#viewer .sheet image").wait_for()
    assert await page.get_by_role("button", name="Close").evaluate("e => e === document.activeElement")
    await page.keyboard.press("Escape")
    await page.locator("#viewer-panel").wait_for(state="hidden")
    assert await mark.evaluate("e => e === document.activeElement")


async def test_the_paper_opens_beside_the_statement_and_the_statement_stays_where_it_was(
    page: Page, comparison: dict[str, Any]
) -> None:
    await page.goto(f"/comparisons/{comparison['id']}")
    mark = page.locator("#cell-A-discussion .lead a.mark")
    await mark.evaluate("e => e.scrollIntoView({block: 'center'})")
    before = await box(mark)

    await mark.click()
    await page.locator("#viewer .sheet image").wait_for()

    panel, beside = await box(page.locator("#viewer-panel")), await box(mark)
    assert abs(beside["y"] - before["y"]) < 5
    for cell in await page.locator(".cell").all():
        edges = await box(cell)
        assert edges["x"] + edges["width"] <= panel["x"]
    await page.keyboard.press("Escape")
    assert abs((await box(mark))["y"] - before["y"]) < 5


async def box(of: Locator) -> FloatRect:
    found = await of.bounding_box()
    assert found
    return found


async def test_the_rectangle_lies_over_the_quoted_words(page: Page, comparison: dict[str, Any]) -> None:
    """The quote's own words are read from the PDF's page under the rectangles, and there is ink there."""
    pdfium = pytest.importorskip("pypdfium2")
    pillow = pytest.importorskip("PIL.Image", reason="Pillow reads the picture's pixels")
    await page.goto(f"/comparisons/{comparison['id']}")
    await page.locator("#cell-A-in_short .lead .said").click()
    sheet = page.locator("#viewer .sheet svg")
    await sheet.locator("rect.found").first.wait_for()

    quote = (await page.locator("#viewer .quotes q").first.inner_text()).strip("“”「」")
    number = int(re.search(r"pages/(\d+)\.png", str(await sheet.locator("image").get_attribute("href")))[1])  # type: ignore[index]
    boxes = [
        [float(str(await rectangle.get_attribute(name))) for name in ("x", "y", "width", "height")]
        for rectangle in await sheet.locator("rect.found").all()
    ]
    page_of_pdf = pdfium.PdfDocument(SAMPLE)[number - 1]
    height, text = page_of_pdf.get_height(), page_of_pdf.get_textpage()
    under = "".join(
        text.get_text_bounded(left=x, right=x + w, bottom=height - y - h, top=height - y)
        for x, y, w, h in boxes
    )
    assert _letters(quote) in _letters(under)

    await sheet.locator("rect.found").evaluate_all("all => all.forEach(e => e.remove())")
    shot = pillow.open(io.BytesIO(await sheet.screenshot())).convert("L")
    scale = shot.width / float(str(await sheet.locator("image").get_attribute("width")))
    for x, y, w, h in boxes:
        words = shot.crop((int(x * scale), int(y * scale), int((x + w) * scale), int((y + h) * scale)))
        dark = sum(words.histogram()[:128]) / (words.width * words.height)
        assert 0.03 < dark < 0.6


async def test_rows_fold_together_and_filters_leave_what_fits(page: Page, comparison: dict[str, Any]) -> None:
    await page.goto(f"/comparisons/{comparison['id']}")

    await page.locator("#cell-A-results summary").click()
    await page.locator("#cell-B-results details[open]").wait_for()
    await page.get_by_role("button", name="Only differences").click()

    assert await page.locator("#row-identity").is_hidden()
    assert await page.locator("#row-method").is_visible()
    await page.get_by_role("button", name="Only doubts").click()
    assert await page.locator(".nothing-left").is_visible()


async def test_a_blind_vote_by_key_shows_the_names_and_the_score(page: Page, server: Server) -> None:
    blind = await compared(server, blind=True, fresh=True)  # others here have been seen with their names
    await page.goto(f"/comparisons/{blind['id']}")
    assert await page.get_by_text("Paper interpreter").count() == 0

    await page.keyboard.press("2")

    await page.get_by_text("This vote counts in the ranking.").wait_for()
    assert await page.get_by_text("Paper interpreter").first.is_visible()
    assert await page.locator(".score").inner_text() != ""
    assert await page.locator('.verdict-bar [aria-pressed="true"]').get_attribute("value") == "B"


async def test_on_a_phone_b_follows_a_row_by_row(
    browser: Browser, server: Server, comparison: dict[str, Any]
) -> None:
    context = await browser.new_context(
        base_url=server.url, viewport={"width": 360, "height": 740}, locale="ja-JP", color_scheme="dark"
    )
    page = await context.new_page()
    await page.goto(f"/comparisons/{comparison['id']}")

    tops = [
        (await page.locator(f"#cell-{cell}").bounding_box() or {})["y"]
        for cell in ("A-in_short", "B-in_short", "A-method", "B-method")
    ]
    assert tops == sorted(tops)
    assert await page.evaluate("document.documentElement.scrollWidth") <= 360
    await context.close()


async def test_an_answer_about_another_paper_stays_folded(page: Page, server: Server) -> None:
    made = await compared(server, READERS[0], {"text": FABRICATED.read_text(), "name": "A friend"})
    await page.goto(f"/comparisons/{made['id']}")

    assert await page.get_by_text("May be another paper").first.is_visible()
    assert await page.get_by_text("ROUGE-L of 48.2").first.is_hidden()


# Watching


async def test_fields_fill_in_while_the_model_speaks(browser: Browser, tmp_path: Path) -> None:
    hold = asyncio.Event()
    async with FakeProvider(answers(hold_within=hold)) as provider:
        model = {
            "YOMI_MODEL": "fake",
            "YOMI_OPENAI_BASE_URL": provider.base_url,
            "YOMI_OPENAI_API_KEY": "sk-test",
        }
        async with serving(tmp_path, **model) as server:
            async with server.client as client:
                paper = await client.post(
                    "/api/papers", content=SAMPLE.read_bytes(), headers={"Content-Type": "application/pdf"}
                )
                sent = {"paper_id": paper.json()["id"], "candidates": READERS}
                made = (await client.post("/api/comparisons", json=sent)).json()
            context = await browser.new_context(base_url=server.url, locale="en-GB")
            page = await context.new_page()
            await page.goto(f"/comparisons/{made['id']}")

            await page.locator("#cell-A-in_short.answered").wait_for()
            assert await page.locator("#cell-B-method.waiting").is_visible()
            assert await page.locator(".verdict-bar").count() == 0
            await page.locator("#cell-A-in_short summary").click()
            hold.set()

            await page.locator(".verdict-bar").wait_for()
            await page.locator("#cell-A-in_short details[open]").wait_for()
            assert await page.locator("#cell-B-method.answered").is_visible()
            await context.close()


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).casefold()
