"""`yomi serve`, `yomi worker` and `yomi db`: run servers and workers, look after their database."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import threading
import webbrowser
from typing import TYPE_CHECKING

import click

from server.cli.session import DONE, FAILED, load_settings, note, run, told
from server.cli.words import say

if TYPE_CHECKING:
    from server.bootstrap import Services


@click.command(
    help=say(
        en="Start the server (http://127.0.0.1:8000).", ja="サーバーを起動します（http://127.0.0.1:8000）。"
    )
)
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535))
@click.option(
    "--open",
    "open_page",
    is_flag=True,
    help=say(en="Open the page in your browser.", ja="ブラウザーでページを開きます。"),
)
def serve(host: str, port: int, *, open_page: bool) -> None:
    """Any address but this machine's own needs YOMI_API_KEYS."""
    settings = load_settings()
    if not _is_loopback(host) and not settings.api_keys:
        raise click.UsageError(
            say(
                en=f"Without keys the server answers on this machine only. To listen on {host}, set YOMI_API_KEYS.",
                ja=f"キーなしではこのコンピューター内でのみ動きます。{host} で待ち受けるには YOMI_API_KEYS を設定してください。",
            )
        )
    from server.asgi import create_service
    from server.bootstrap import prepare_database, prepare_queue
    from server.cli.serving import WebServer
    from server.domain.errors import YomiError
    from server.logs import configure_logs

    configure_logs(settings.log_level)

    async def prepare() -> None:
        await prepare_database(settings)
        await prepare_queue(settings)

    try:
        app, services = create_service(settings)
        asyncio.run(prepare())
    except YomiError as error:
        raise told(error) from None
    with _listening(host, port) as listening:
        shown = f"http://{f'[{host}]' if ':' in host else host}:{listening.getsockname()[1]}"
        note(
            say(
                en=f"Open {shown} in your browser. The API is described at {shown}/docs. Ctrl-C stops.",
                ja=f"ブラウザーで {shown} を開いてください。API の説明は {shown}/docs。Ctrl-C で終了。",
            )
        )
        if open_page:
            # The socket listens already, so the browser only waits until the server takes up.
            threading.Thread(target=webbrowser.open, args=(shown,), daemon=True).start()
        server = WebServer(app, services)
        server.run(sockets=[listening])
    if not server.started:
        raise SystemExit(FAILED)


@click.command(
    help=say(
        en="Read papers and execute runs for servers that share YOMI_QUEUE_URL.",
        ja="YOMI_QUEUE_URL を共有するサーバーのために、論文の読み取りと実行を行います。",
    )
)
def worker() -> None:
    """On any number of machines; `yomi serve` then only serves."""
    settings = load_settings()
    from server.cli.stopping import Stopping
    from server.domain.errors import YomiError
    from server.logs import configure_logs
    from server.worker import Worker

    configure_logs(settings.log_level)

    ready = say(
        en=f"Working: up to {settings.runs} runs at once. Ctrl-C stops.",
        ja=f"処理を始めます（同時に最大 {settings.runs} 件）。Ctrl-C で終了。",
    )

    async def work() -> None:
        worker = Worker(settings)
        Stopping(worker.services, then=worker.finish, force=worker.finish).heed_signals()
        await worker.run(ready=lambda: note(ready))

    try:
        asyncio.run(work())
    except YomiError as error:
        raise told(error) from None


@click.group(help=say(en="Look after the database.", ja="データベースの管理。"))
def db() -> None:
    """All that concerns the database."""


@db.command(help=say(en="Bring the database to this version.", ja="データベースをこの版に更新する。"))
def upgrade() -> None:
    """Opening it brings it up to date."""

    async def work(services: Services) -> int:
        note(say(en="The database is up to date.", ja="データベースは最新です。"))
        return DONE if await services.database.answers() else 1

    run(work)


def _listening(host: str, port: int) -> socket.socket:
    """A socket that listens. Made here, so that a port in use is one sentence, and port 0 can be told.

    Raises:
        click.ClickException
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listening = socket.socket(family, kind, protocol)
        try:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind(address)
            listening.listen(2048)
        except OSError:
            listening.close()
            raise
    except OSError as error:
        raise click.ClickException(
            say(
                en=f"Cannot listen on {host}:{port}: {error.strerror}. Choose another with --port.",
                ja=f"{host}:{port} で待ち受けできません：{error.strerror}。--port で別のポートを指定してください。",
            )
        ) from None
    return listening


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
