"""What a model or a brought-along text writes is data: no script of theirs runs, nothing of theirs is fetched."""

from __future__ import annotations

from typing import TYPE_CHECKING

from processes import SAMPLE, Server

if TYPE_CHECKING:
    from playwright.async_api import Page

HOSTILE = """\
Title: Paper First: Prefix Reuse When Several Personas Read One Paper

Authors: Yomikurabe Project

<script>document.title = "owned"</script> The paper comes first.

<img src="https://evil.example/a.png" onerror="document.title='owned'"> Prefixes are reused.

![a picture](https://evil.example/b.png) and [a link](javascript:document.title='owned') and \
[another](https://evil.example/page).

<iframe src="https://evil.example/c"></iframe><svg onload="document.title='owned'"></svg> \
<style>@import "https://evil.example/d.css";</style> <a href="data:text/html,x">y</a>

$\\href{javascript:document.title='owned'}{x}$ `<b onclick=x>` {{ 7*7 }} <hx-partial hx-target="body">z</hx-partial> \
<p hx-get="https://evil.example/e" hx-trigger="load">w</p>
"""


async def test_a_hostile_answer_runs_nothing_and_fetches_nothing(page: Page, server: Server) -> None:
    """The fixtures fail the test on any foreign request and on any complaint of the browser."""
    async with server.client as client:
        paper = await client.post(
            "/api/papers", content=SAMPLE.read_bytes(), headers={"Content-Type": "application/pdf"}
        )
        candidates = [
            {"persona": "summarizer"},
            {"text": HOSTILE, "name": '<script>document.title="owned"</script>'},
        ]
        made = await client.post(
            "/api/comparisons",
            json={"paper_id": paper.json()["id"], "candidates": candidates},
            headers={"Prefer": "wait=60"},
        )
    comparison = made.json()
    run = comparison["candidates"][1]["run"]["id"]

    for address in (
        f"/comparisons/{comparison['id']}",
        f"/runs/{run}",
        "/library?q=prefix",
        f"/papers/{paper.json()['id']}",
    ):
        await page.goto(address)
        for details in await page.locator("details").all():
            await details.evaluate("e => { e.open = true; }")
        for mark in (await page.locator("a.mark").all())[-3:]:
            await mark.evaluate("e => e.click()")
            await page.locator("#viewer .viewed").wait_for()
        await page.wait_for_load_state("networkidle")
        assert await page.title() != "owned"
        links = await page.locator("main a").evaluate_all("all => all.map(a => a.getAttribute('href'))")
        assert not [link for link in links if link and link.startswith(("javascript:", "data:"))]
        assert await page.locator("main iframe, main img[src^=http], main script, main style").count() == 0
        assert await page.get_by_text("49", exact=True).count() == 0
