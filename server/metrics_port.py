"""Show a worker from outside: its figures, and whether it is alive and can take work."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from server.bootstrap import Services
from server.domain.errors import ConflictError, InvalidRequestError


@asynccontextmanager
async def shown(services: Services) -> AsyncIterator[int | None]:
    """While the body runs, at YOMI_METRICS_HOST and YOMI_METRICS_PORT. Yields the port; None: none is set.

    Raises:
        InvalidRequestError: the address is not this machine's own, and there are no keys.
        ConflictError: nobody may listen there.
    """
    settings = services.settings
    if settings.metrics_port is None:
        yield None
        return
    if not settings.api_keys and not _is_loopback(settings.metrics_host):
        raise InvalidRequestError(
            reason_ja="キーなしでは YOMI_METRICS_HOST はこのコンピューター（127.0.0.1）に限ります。YOMI_API_KEYS を設定してください。",
            reason_en="Without keys YOMI_METRICS_HOST must be this machine (127.0.0.1). Set YOMI_API_KEYS.",
        )
    # A worker that nobody looks at does without the web framework.
    from server.web.app_state import Health, Watched  # noqa: PLC0415
    from server.web.ops_app import create_ops_app, served  # noqa: PLC0415

    keys = [key.get_secret_value() for key in settings.api_keys]
    app = create_ops_app(
        Health(lambda: troubles(services)),
        Watched(services.watch.telemetry, services.watch.scrape),
        api_keys=keys,
    )
    with _listening(settings.metrics_host, settings.metrics_port) as listening:
        async with served(app, listening):
            yield int(listening.getsockname()[1])


async def troubles(services: Services) -> Sequence[str]:
    """What keeps this process from taking work, in a word each."""
    return ["stopping"] if services.force.is_stopping else await services.readiness.troubles()


def _listening(host: str, port: int) -> socket.socket:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise ConflictError(
            reason_ja=f"{host}:{port} で待ち受けできません：{error.strerror}。YOMI_METRICS_PORT を変えてください。",
            reason_en=f"Cannot listen on {host}:{port}: {error.strerror}. Choose another YOMI_METRICS_PORT.",
        ) from error


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
