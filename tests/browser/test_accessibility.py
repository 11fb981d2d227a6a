"""axe-core finds nothing serious on any page, in light and dark."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

import pytest

from processes import SAMPLE, Server, serving

if TYPE_CHECKING:
    from playwright.async_api import Browser

GRAVE = ("serious", "critical")
PAGES = (
    "/",
    "/papers/{paper}",
    "/comparisons/{comparison}",
    "/comparisons/{comparison}/A/pages/1",
    "/runs/{run}",
    "/personas",
    "/personas/summarizer",
    "/personas/new",
    "/personas/mine/edit",
    "/personas/mine/history",
    "/library",
    "/library?q=prefix",
    "/ranking",
    "/nothing-here",
)


@pytest.fixture(scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    """One of its own: the reader that is saved here would stand on every other test's shelf."""
    async with serving(tmp_path_factory.mktemp("accessible")) as running:
        yield running


@pytest.fixture(scope="module")
async def places(server: Server) -> dict[str, str]:
    """A paper, a comparison of it, a run, and a persona of one's own."""
    async with server.client as client:
        paper = await client.post(
            "/api/papers", content=SAMPLE.read_bytes(), headers={"Content-Type": "application/pdf"}
        )
        readers = [{"persona": "summarizer", "language": "en"}, {"persona": "interpreter", "language": "en"}]
        made = await client.post(
            "/api/comparisons",
            json={"paper_id": paper.json()["id"], "candidates": readers},
            headers={"Prefer": "wait=60"},
        )
        run = made.json()["candidates"][0]["run"]["id"]
        asked = await client.post(
            f"/api/runs/{run}/questions",
            json={"question": "What is placed before the persona?"},
            headers={"Prefer": "wait=60"},
        )
        assert asked.json()["status"] == "finished"
        source = (await client.get("/api/personas/summarizer")).json()["source"]
        saved = await client.put(
            "/api/personas/mine", content=source.encode(), headers={"Content-Type": "text/markdown"}
        )
        assert saved.status_code in (200, 201)
    comparison = made.json()
    return {
        "paper": paper.json()["id"],
        "comparison": comparison["id"],
        "run": comparison["candidates"][0]["run"]["id"],
    }


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("address", PAGES)
async def test_axe_finds_nothing_serious(
    browser: Browser, server: Server, places: dict[str, str], address: str, scheme: Any
) -> None:
    axe = pytest.importorskip("axe_playwright_python.async_playwright", reason="pip install -e '.[browser]'")
    context = await browser.new_context(base_url=server.url, locale="en-GB", color_scheme=scheme)
    page = await context.new_page()
    await page.goto(address.format(**places))
    for details in await page.locator("details").all():
        await details.evaluate("e => { e.open = true; }")

    found = (await axe.Axe().run(page)).response["violations"]

    await context.close()
    grave = [
        f"{one['id']}: {node['html'][:160]} {node['failureSummary'][:300]}"
        for one in found
        if one["impact"] in GRAVE
        for node in one["nodes"][:3]
    ]
    assert grave == []
