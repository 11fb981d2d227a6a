"""A real browser on a real server: Playwright drives the machine's own Chromium.

Without one (or without the extra `browser`) these tests are skipped with a reason; `.ci/run` installs both first.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from processes import Server, serving

if TYPE_CHECKING:
    from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page

CHROMIUM = (
    os.environ.get("YOMI_TEST_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
)
SHARED = Path(__file__).resolve().parents[3] / "shared"
PATIENCE_MS = 20_000
REFUSED = re.compile(r"Failed to load resource: .*status of (?:409|413|415|422)\b")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder is a browser test."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.anyio)


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    playwright = pytest.importorskip("playwright.async_api", reason="pip install -e '.[browser]'")
    if CHROMIUM is None:
        pytest.skip("no chromium on this machine (Debian: apt install chromium)")
    async with playwright.async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        await browser.close()


@pytest.fixture(scope="session")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    """A server without any setting, shared by all tests: each brings its own papers and looks only at those."""
    async with serving(tmp_path_factory.mktemp("home")) as running:
        yield running


class Watched:
    """What a page did behind the user's back."""

    def __init__(self, context: BrowserContext, home: str) -> None:
        self.foreign: list[str] = []
        """Requests to any other origin."""
        self.complaints: list[str] = []
        """What the console said at level error, and exceptions of scripts: breaches of the policy are among them."""
        context.on(
            "request",
            lambda r: None if r.url.startswith((home, "data:", "blob:")) else self.foreign.append(r.url),
        )
        context.on("console", self._heard)
        context.on("weberror", lambda e: self.complaints.append(str(e.error)))

    def _heard(self, message: ConsoleMessage) -> None:
        """The browser itself logs every refused request; refusing a wrong file or form is no fault of the page."""
        if message.type == "error" and not REFUSED.search(message.text):
            self.complaints.append(message.text)


@pytest.fixture
async def context(browser: Browser, server: Server) -> AsyncIterator[BrowserContext]:
    """A fresh profile, English, on a desk; nothing foreign may be asked for, and nothing may be complained about."""
    context = await browser.new_context(
        locale="en-GB", base_url=server.url, viewport={"width": 1280, "height": 900}
    )
    context.set_default_timeout(PATIENCE_MS)
    watched = Watched(context, server.url)
    yield context
    await context.close()
    assert watched.foreign == []
    assert watched.complaints == []


@pytest.fixture
async def page(context: BrowserContext) -> Page:
    return await context.new_page()
