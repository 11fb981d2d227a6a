"""`yomi serve` and `yomi db`: run the server, look after its database."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

import click

from server.cli.session import DONE, load_settings, note, run
from server.cli.words import interface_language, say

if TYPE_CHECKING:
    from server.bootstrap import Services


@click.command(
    help=say(
        en="Start the server (http://127.0.0.1:8000).", ja="サーバーを起動します（http://127.0.0.1:8000）。"
    )
)
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535))
def serve(host: str, port: int) -> None:
    """Any address but this machine's own needs YOMI_API_KEYS."""
    settings = load_settings()
    if not _is_loopback(host) and not settings.api_keys:
        raise click.UsageError(
            say(
                en=f"Without keys the server answers on this machine only. To listen on {host}, set YOMI_API_KEYS.",
                ja=f"キーなしではこのコンピューター内でのみ動きます。{host} で待ち受けるには YOMI_API_KEYS を設定してください。",
            )
        )
    import uvicorn

    from server.asgi import create_app
    from server.domain.errors import YomiError
    from server.logs import configure_logs

    configure_logs(settings.log_level)
    try:
        app = create_app(settings)
    except YomiError as error:
        raise click.UsageError(error.words.in_(interface_language())) from None
    note(
        say(
            en=f"Listening on http://{host}:{port} — API at /docs. Ctrl-C stops.",
            ja=f"http://{host}:{port} で待ち受け中。APIは /docs。Ctrl-C で終了。",
        )
    )
    uvicorn.run(
        app,
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=True,
        timeout_graceful_shutdown=30,
    )


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


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
