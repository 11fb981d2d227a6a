"""What end-to-end tests share: a home directory of their own, and a server process in it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from processes import Server, Yomi, serving


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    """A server without any setting."""
    async with serving(tmp_path) as running:
        yield running


@pytest.fixture
def yomi(tmp_path: Path) -> Yomi:
    return Yomi(tmp_path, {})
