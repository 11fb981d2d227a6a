"""Send a command's work to a running server (`--server`) and print what it answers."""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import chain, repeat
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import httpx2

from server.cli.output import write
from server.cli.session import complain, note
from server.cli.words import interface_language, say
from server.domain.requests import ReaderRequest

if TYPE_CHECKING:
    from server.application.start_text import TextRequest

ACCEPT = {
    "table": "text/markdown",
    "markdown": "text/markdown",
    "html": "text/html",
    "json": "application/json",
}
PATIENCE_S = 90
UPLOAD_WAIT_S = 60
PAUSES_S = (0.1, 0.2, 0.4, 0.8, 1.0)
"""Between looking whether it is done; the last for as long as it takes."""
AGAIN_AFTER_S = (0.5, 2.0, 5.0)
"""Before a request is sent again whose connection was lost."""
UNDER_WAY = ("queued", "running")


def send(
    server_url: str,
    route: str,
    paper: str,
    *,
    readers: Sequence[ReaderRequest],
    texts: Sequence[TextRequest] = (),
    format_: str,
    output: Path | None,
    fresh: bool = False,
    blind: bool = False,
) -> bool:
    """Upload one paper, have it read or compared, and show the result. A table comes as Markdown: only the server has
    the pieces of one.

    Args:
        route: `read` or `compare`.

    Returns:
        Whether everything finished; what did not is said on stderr.
    """
    try:
        with client_of(server_url) as client:
            paper_id = upload(client, paper)
            asked = [reader_body(reader) for reader in readers]
            asked += [{"text": text.text, "name": text.name} for text in texts]
            if route == "read":
                sent = {**asked[0], "paper_id": paper_id, "fresh": fresh}
                place, result = finished(client, "/api/runs", sent)
            else:
                sent = {"candidates": asked, "paper_id": paper_id, "fresh": fresh, "blind": blind}
                place, result = finished(client, "/api/comparisons", sent)
            text = client.get(place, headers={"Accept": ACCEPT[format_]}).text
    except RemoteError as error:
        complain(f"{paper}: {error}")
        return False
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        complain(unreachable(server_url, error))
        return False
    for who, problem in _problems(result, paper):
        complain(f"{who}: {problem.get('detail') or problem.get('code')}")
    nothing = result["status"] in ("failed", "cancelled")
    if output and not nothing:
        write(output, text)
    elif not nothing or (format_ == "json" and not output):
        click.echo(text, nl=not text.endswith("\n"))
    if blind and not nothing:
        where = f"{server_url.rstrip('/')}/comparisons/{result['id']}"
        note(
            say(en=f"Vote there, then the names appear: {where}", ja=f"投票すると名前が表示されます：{where}")
        )
    return bool(result["status"] == "finished")


def send_check(server_url: str, paper: str, text: str, *, format_: str, output: Path | None) -> bool:
    """Upload a paper and have a text checked against it. Returns whether the text may be about this paper."""
    try:
        with client_of(server_url) as client:
            route = f"/api/papers/{upload(client, paper)}/checks"
            report = body_of(client.post(route, json={"text": text}))
            shown = client.post(route, json={"text": text}, headers={"Accept": ACCEPT[format_]}).text
    except RemoteError as error:
        complain(f"{paper}: {error}")
        return False
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        complain(unreachable(server_url, error))
        return False
    if output:
        write(output, shown)
    else:
        click.echo(shown, nl=not shown.endswith("\n"))
    return bool(report["verdict"] != "other_paper")


class RemoteError(Exception):
    """The server refused; its message is the server's own sentence."""


def unreachable(server_url: str, error: Exception) -> str:
    """Why nothing could be sent."""
    kind = type(error).__name__
    return say(
        en=f"{server_url} cannot be reached ({kind}). Check the address and that `yomi serve` is running.",
        ja=f"{server_url} に接続できません（{kind}）。アドレスと yomi serve が動いているかを確認してください。",
    )


def client_of(server_url: str) -> httpx2.Client:
    """Speaks to the server in the language of this terminal, with the key that is set for it."""
    headers = {"Accept-Language": interface_language()}
    if key := os.environ.get("YOMI_API_KEY"):
        headers["Authorization"] = f"Bearer {key}"
    return httpx2.Client(base_url=server_url.rstrip("/"), headers=headers, timeout=PATIENCE_S)


def upload(client: httpx2.Client, paper: str) -> str:
    """Give the server a paper and wait until it is read. Returns its id.

    Raises:
        RemoteError: it cannot be read.
    """
    path = Path(paper)
    wait = {"Prefer": f"wait={UPLOAD_WAIT_S}"}
    if path.is_file():
        files = {"file": (path.name, path.read_bytes(), "application/pdf")}
        response = post(client, "/api/papers", files=files, headers=wait)
    elif path.is_dir() or (path.suffix.lower() == ".pdf" and "//" not in paper):
        raise RemoteError(say(en="There is no such file.", ja="そのファイルはありません。"))
    else:
        response = post(client, "/api/papers", json={"url": paper}, headers=wait)
    found = body_of(response)
    for pause in _pauses():
        if found["status"] != "reading":
            break
        time.sleep(pause)
        found = body_of(client.get(f"/api/papers/{found['id']}"))
    if found["error"]:
        raise RemoteError(found["error"]["detail"])
    return str(found["id"])


def finished(client: httpx2.Client, route: str, sent: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Start it and wait for its end; Ctrl-C cancels the runs. Returns where it is, and it."""
    result = body_of(post(client, route, json=sent))  # at once: to be cancelled, a run must be known
    place = f"{route}/{result['id']}"
    try:
        for pause in _pauses():
            if result["status"] not in UNDER_WAY:
                break
            time.sleep(pause)
            result = body_of(client.get(place))
    except KeyboardInterrupt:
        with suppress(httpx2.HTTPError):
            client.post(f"{place}/cancel")
        raise
    return place, result


def post(
    client: httpx2.Client, route: str, *, headers: Mapping[str, str] | None = None, **sent: Any
) -> httpx2.Response:
    """Send what must not be done twice; and again where the connection was lost, since nobody knows how far it came."""
    keyed = {**(headers or {}), "Idempotency-Key": str(uuid.uuid4())}
    for number, pause in enumerate(AGAIN_AFTER_S):
        try:
            return client.post(route, headers=keyed, **sent)
        except httpx2.TransportError as error:
            if isinstance(error, (httpx2.ConnectError, httpx2.UnsupportedProtocol)) and not number:
                raise  # nobody is there
            time.sleep(pause)
    return client.post(route, headers=keyed, **sent)


def _pauses() -> Iterator[float]:
    return chain(PAUSES_S, repeat(PAUSES_S[-1]))


def body_of(response: httpx2.Response) -> dict[str, Any]:
    """What the server answered.

    Raises:
        RemoteError: it refused, or it is no server of ours.
    """
    try:
        body = response.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise RemoteError(
            say(
                en=f"{response.url.host} did not answer like a Yomikurabe server (HTTP {response.status_code}).",
                ja=f"{response.url.host} の応答が Yomikurabe のサーバーのものではありません（HTTP {response.status_code}）。",
            )
        )
    if response.status_code >= 400:
        raise RemoteError(str(body.get("detail") or response.status_code))
    return body


def _problems(result: Mapping[str, Any], paper: str) -> list[tuple[str, Mapping[str, Any]]]:
    """Who did not finish, and why."""
    candidates = [(_name(c["label"], c["run"]), c["run"]) for c in result.get("candidates", ())]
    return [(who, run["error"]) for who, run in candidates or [(paper, result)] if run.get("error")]


def _name(label: str, run: Mapping[str, Any]) -> str:
    """As people call it; in a blind comparison by its label."""
    return f"{label} {run['persona']['name']}" if "persona" in run else label


def reader_body(reader: ReaderRequest) -> dict[str, Any]:
    """A reader as the API takes it."""
    options = {"model": reader.model, "language": reader.language}
    sent = {name: value for name, value in options.items() if value}
    return {"persona": reader.ref, **sent, "settings": reader.settings.as_dict()}
