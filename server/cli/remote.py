"""Send a command's work to a running server (`--server`) and print what it answers."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import click

from server.cli.output import write
from server.cli.session import complain
from server.cli.words import interface_language, say
from server.domain.requests import ReaderRequest

ACCEPT = {
    "table": "text/markdown",
    "markdown": "text/markdown",
    "html": "text/html",
    "json": "application/json",
}
WAIT_S = 590


def send(
    server_url: str,
    route: str,
    paper: str,
    *,
    readers: Sequence[ReaderRequest],
    format_: str,
    output: Path | None,
) -> bool:
    """POST one paper to `/api/read` or `/api/compare`. A table comes as Markdown: only the server has the pieces.

    Returns:
        Whether the server answered with a result.
    """
    import httpx2

    path = Path(paper)
    data: dict[str, str | list[str]] = {"persona": [_short_form(reader) for reader in readers]}
    files = {"file": (path.name, path.read_bytes(), "application/pdf")} if path.is_file() else None
    if files is None:
        data["url"] = paper
    headers = {
        "Accept": ACCEPT[format_],
        "Accept-Language": interface_language(),
        "Prefer": f"wait={WAIT_S}",
    }
    if key := os.environ.get("YOMI_API_KEY"):
        headers["Authorization"] = f"Bearer {key}"
    try:
        # A form without a file would be sent urlencoded; an empty file part keeps it multipart.
        response = httpx2.post(
            f"{server_url.rstrip('/')}/api/{route}",
            data=data,
            files=files or {},
            headers=headers,
            timeout=WAIT_S + 10,
        )
    except httpx2.HTTPError as error:
        complain(
            say(
                en=f"{server_url} cannot be reached ({type(error).__name__}).",
                ja=f"{server_url} に接続できません（{type(error).__name__}）。",
            )
        )
        return False
    if response.status_code != 200:
        problem = response.json() if "json" in response.headers.get("content-type", "") else {}
        complain(str(problem.get("detail") or response.status_code))
        return False
    if output:
        write(output, response.text)
    else:
        click.echo(response.text)
    return True


def _short_form(reader: ReaderRequest) -> str:
    options = reader.settings.as_dict()
    options |= {k: v for k, v in (("model", reader.model), ("language", reader.language)) if v}
    return reader.ref + (":" + ",".join(f"{k}={v}" for k, v in options.items()) if options else "")
