"""The start page."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get

from server.web.pages.frame import page


@get("/")
async def start_page(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Drop a paper, check an answer, or look at a sample."""
    return page(request, "start.html.j2")
