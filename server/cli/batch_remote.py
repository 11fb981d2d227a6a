"""`yomi batch --server`: hand a folder to a running server, follow the batch, fetch its results."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2

from server.cli.batch_files import Lost, Places, lost_items
from server.cli.remote import RemoteError, body_of, client_of, reader_body, unreachable
from server.cli.session import complain, note
from server.cli.words import interface_language, say

if TYPE_CHECKING:
    from server.domain.requests import ReaderRequest
    from server.terminal.batch_progress import BatchProgress

LOOK_S = 1.0
AT_ONCE = 10_000
"""Papers in one request."""
PATIENCE = 20
"""Times that a busy server is asked again with the same paper."""


def send_batch(
    server_url: str,
    pdfs: Sequence[Path],
    readers: Sequence[ReaderRequest],
    places: Places,
    *,
    name: str,
    mode: str,
    retry_failed: bool,
    bom: bool,
) -> bool:
    """Upload the papers, start the batch or go on with it, wait for its end, and write the results.

    Returns:
        Whether everything finished; what did not is said on stderr. Ctrl-C cancels the batch, and keeps what is done.
    """
    from server.cli.batches import tell
    from server.terminal.batch_progress import BatchProgress

    asked = {
        "personas": [_short_form(reader) for reader in readers],
        "name": name,
        "mode": mode,
        "retry_failed": retry_failed,
    }
    bad: list[Lost] = []
    batch: dict[str, Any] = {}
    try:
        with client_of(server_url) as client:
            interrupted = False
            try:
                with BatchProgress(interface_language()) as progress:
                    papers = _uploaded(client, pdfs, bad, progress)
                    batch = _started(client, papers, asked)
                    if batch:
                        batch = _followed(client, batch, progress)
            except KeyboardInterrupt:
                interrupted = True
                if batch:
                    client.post(f"/api/batches/{batch['id']}/cancel")
            failures = _written(client, batch, bad, readers, places, bom=bom)
    except RemoteError as error:
        complain(str(error))
        return False
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        complain(unreachable(server_url, error))
        return False
    tell([f"{file.path}: {file.sentence}" for file in bad] + failures)
    if interrupted:
        complain(
            say(
                en="Interrupted. What is done is kept; the same command goes on.",
                ja="中断しました。終わった分は保存されています。同じコマンドで続きから再開します。",
            )
        )
    elif batch and batch["reason"]:
        complain(batch["reason"]["detail"])
        note(say(en="The server goes on by itself then.", ja="そのあと、サーバーが自動で再開します。"))
    all_done = bool(batch) and batch["counts"]["finished"] == batch["items"]
    return all_done and not bad and not interrupted


def _uploaded(
    client: httpx2.Client, pdfs: Sequence[Path], bad: list[Lost], progress: BatchProgress
) -> list[str]:
    """Ids of the papers, each once; they are read meanwhile. Files that are none go to `bad`."""
    ids = dict[str, None]()
    for done, path in enumerate(pdfs, 1):
        try:
            ids[_upload(client, path)] = None
        except RemoteError as error:
            bad.append(Lost(path, None, "refused", str(error)))
        progress.papers(done, len(pdfs))
    return list(ids)


def _upload(client: httpx2.Client, path: Path) -> str:
    """
    Raises:
        RemoteError: the server does not take it.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise RemoteError(
            say(en=f"It cannot be read: {error.strerror}.", ja=f"読めません：{error.strerror}")
        ) from None
    files = {"file": (path.name, data, "application/pdf")}
    tries = 1
    while True:
        response = client.post("/api/papers", files=files, headers={"Prefer": "wait=0"})
        if response.status_code != httpx2.codes.SERVICE_UNAVAILABLE or tries > PATIENCE:
            return str(body_of(response)["id"])
        tries += 1
        time.sleep(_seconds(response))


def _started(client: httpx2.Client, papers: list[str], asked: dict[str, Any]) -> dict[str, Any]:
    """The batch with all papers; empty when there is none."""
    batch: dict[str, Any] = {}
    left = iter(papers)
    while some := list(islice(left, AT_ONCE)):
        batch = body_of(client.post("/api/batches", json={**asked, "paper_ids": some}))
    return batch


def _followed(client: httpx2.Client, batch: dict[str, Any], progress: BatchProgress) -> dict[str, Any]:
    """The batch at its end, or when it is paused."""
    while True:
        counts = batch["counts"]
        over = sum(counts[name] for name in ("finished", "failed", "cancelled", "gone"))
        progress.runs(over, batch["items"], failed=counts["failed"], cost_usd=batch["cost_usd"])
        if batch["status"] != "running":
            return batch
        time.sleep(LOOK_S)
        batch = body_of(client.get(f"/api/batches/{batch['id']}"))


def _written(
    client: httpx2.Client,
    batch: dict[str, Any],
    bad: Sequence[Lost],
    readers: Sequence[ReaderRequest],
    places: Places,
    *,
    bom: bool,
) -> list[str]:
    """Write the results, and the lines of files that the server does not have. Returns why items failed."""
    import msgspec

    from server.web.batch_lines import BOM, csv_head, csv_rows, json_line
    from server.web.batch_shapes import BatchItemOut

    failures = list[str]()
    with places.opened() as (jsonl, csv):
        if csv:
            csv.write((BOM.encode() if bom else b"") + csv_head())
        number = 0
        for line in _lines(client, batch):
            item = msgspec.json.decode(line, type=BatchItemOut)
            number = item.number
            if item.error:
                failures.append(f"{item.paper.filename} ({item.persona}): {item.error['detail']}")
            if jsonl:
                jsonl.write(line + b"\n")
            if csv:
                csv.write(csv_rows(item))
        for item in lost_items(bad, readers, first=number + 1):
            if jsonl:
                jsonl.write(json_line(item))
            if csv:
                csv.write(csv_rows(item))
    return failures


def _lines(client: httpx2.Client, batch: dict[str, Any]) -> Any:
    """The results as they come; JSON keeps line breaks within strings escaped, so a line is an object."""
    if not batch:
        return
    with client.stream("GET", f"/api/batches/{batch['id']}/results") as response:
        rest = b""
        for chunk in response.iter_bytes():
            *lines, rest = (rest + chunk).split(b"\n")
            yield from lines


def _short_form(reader: ReaderRequest) -> str:
    """As `-p` takes it."""
    body = reader_body(reader)
    options = {name: body[name] for name in ("model", "language") if name in body} | body["settings"]
    written = [f"{key}={str(v).lower() if isinstance(v, bool) else v}" for key, v in options.items()]
    return f"{reader.ref}:{','.join(written)}" if written else reader.ref


def _seconds(response: httpx2.Response) -> float:
    """When a busy server wants to be asked again."""
    with suppress(ValueError):
        return min(max(float(response.headers.get("retry-after", "1")), 0.1), 60)
    return 1.0
