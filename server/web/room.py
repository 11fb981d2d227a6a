"""Guard of routes that take in papers: no space for what is coming is said before it comes."""

from __future__ import annotations

from typing import Any

from litestar.connection import ASGIConnection
from litestar.handlers.base import BaseRouteHandler

BLOBS = "blobs"
"""Under this name the application's state has the blobs."""


async def has_room(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """
    Raises:
        StorageFullError: for a body of the announced length. (What is taken in is looked at again.)
    """
    announced = connection.headers.get("content-length", "")
    if announced.isascii() and announced.isdigit():
        await connection.app.state[BLOBS].expect_room(int(announced[:15]))
