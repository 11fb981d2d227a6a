"""Ask a question at a running server (`yomi ask --server`)."""

from __future__ import annotations

from pathlib import Path

import click
import httpx2

from server.cli.output import write
from server.cli.remote import ACCEPT, RemoteError, client_of, finished, reader_body, unreachable, upload
from server.cli.session import complain
from server.domain.requests import ReaderRequest


def send_question(
    server_url: str,
    paper: str,
    question: str,
    *,
    run_id: str | None,
    reader: ReaderRequest,
    format_: str,
    output: Path | None,
    fresh: bool,
) -> bool:
    """Ask a run that is there, or one of the paper, which is uploaded and read first. A table comes as Markdown.

    Returns:
        Whether there is an answer; what went wrong is said on stderr.
    """
    try:
        with client_of(server_url) as client:
            if run_id is None:
                sent = {**reader_body(reader), "paper_id": upload(client, paper)}
                _, read = finished(client, "/api/runs", sent)
                if not _is_done(read, paper):
                    return False
                run_id = str(read["id"])
            body = {"question": question, "fresh": fresh}
            place, asked = finished(client, f"/api/runs/{run_id}/questions", body)
            text = client.get(place, headers={"Accept": ACCEPT[format_]}).text
    except RemoteError as error:
        complain(f"{paper}: {error}")
        return False
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        complain(unreachable(server_url, error))
        return False
    done = _is_done(asked, question)
    if done and output:
        write(output, text)
    elif done or (format_ == "json" and not output):
        click.echo(text, nl=not text.endswith("\n"))
    return done


def _is_done(result: dict[str, object], about: str) -> bool:
    error = result.get("error")
    if isinstance(error, dict):
        complain(f"{about}: {error.get('detail') or error.get('code')}")
    return result["status"] == "finished"
