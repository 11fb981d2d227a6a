"""The demo and the samples, one click away."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, post

from server.application.start_demo import StartDemo
from server.web.forms import read_form
from server.web.given import Given
from server.web.languages import interface_language
from server.web.pages.frame import go


@post("/demo", status_code=303)
async def show_demo(request: Request[Any, Any, Any], start_demo: Given[StartDemo]) -> Response[bytes]:
    """Two readers of a sample paper and a made-up answer, side by side."""
    language = interface_language(request)
    form = await read_form(request, names=("sample",))
    comparison = await start_demo(sample=form.one("sample") or language, language=language)
    return go(f"/comparisons/{comparison.id}", request=request)


@post("/samples", status_code=303)
async def take_sample(request: Request[Any, Any, Any], start_demo: Given[StartDemo]) -> Response[bytes]:
    """A sample as a paper of one's own, to choose readers for."""
    form = await read_form(request, names=("sample",))
    paper = await start_demo.take_in(form.one("sample") or interface_language(request))
    return go(f"/papers/{paper.id}", request=request)
