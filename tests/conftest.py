"""What every test may use."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def shared_papers() -> Path:
    """Folder of real papers beside the checkout; tests that need it skip where it is missing."""
    folder = SHARED / "papers"
    if not folder.is_dir():
        pytest.skip("needs ../shared/papers beside the checkout")
    return folder
