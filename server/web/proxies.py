"""Requests that come through a proxy: who asks, over what, for which host. Believed of trusted proxies only."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Sequence
from typing import TypeAlias

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send

from server.domain.errors import InvalidRequestError

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network
Headers: TypeAlias = list[tuple[bytes, bytes]]

_HOST = re.compile(r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::([0-9]{1,5}))?")
_MOST_PORT = 65535


def networks(given: Sequence[str]) -> tuple[Network, ...]:
    """
    Raises:
        InvalidRequestError: one is neither an address nor a network.
    """
    try:
        return tuple(ipaddress.ip_network(one) for one in given)
    except ValueError as error:
        raise InvalidRequestError(
            reason_ja=f"YOMI_TRUSTED_PROXIES は IP アドレスかネットワーク（例：10.0.0.0/8）をコンマで区切ってください（{error}）。",
            reason_en=f"YOMI_TRUSTED_PROXIES lists addresses or networks such as 10.0.0.0/8, separated by commas ({error}).",
        ) from error


def behind_proxies(app: ASGIApp, trusted: Sequence[Network]) -> ASGIApp:
    """The application as it is asked by whoever stands behind these proxies. What anybody else forwards is taken for
    nothing. (A server's own handling of such headers must be off: uvicorn believes 127.0.0.1.)

    A Host that is none is taken for nothing, too: no address of the request could be made of it."""

    async def asked(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == ScopeType.HTTP:
            _believe(scope, trusted)
            hosts = _values(scope["headers"], b"host")
            if hosts and not (len(hosts) == 1 and _is_host(hosts[0])):
                scope["headers"] = [header for header in scope["headers"] if header[0] != b"host"]
        await app(scope, receive, send)

    return asked


def _believe(scope: Scope, trusted: Sequence[Network]) -> None:
    client = scope.get("client")
    if not client or not _is_in(client[0], trusted):
        return
    headers: Headers = list(scope["headers"])
    hops = [hop.strip() for value in _values(headers, b"x-forwarded-for") for hop in value.split(",")]
    # From the near end: further on stands what the first of them was told, by anybody.
    caller = next((hop for hop in reversed(hops) if not _is_in(hop, trusted)), None)
    if caller and _address(caller):
        scope["client"] = (str(_address(caller)), 0)
    schemes = _values(headers, b"x-forwarded-proto")
    if schemes and schemes[-1] in ("http", "https"):
        scope["scheme"] = schemes[-1]
    hosts = _values(headers, b"x-forwarded-host")
    if hosts and _is_host(hosts[-1]):
        scope["headers"] = [
            *(header for header in headers if header[0] != b"host"),
            (b"host", hosts[-1].encode()),
        ]


def _is_host(given: str) -> bool:
    found = _HOST.fullmatch(given)
    return found is not None and int(found[1] or 0) <= _MOST_PORT


def _values(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> list[str]:
    return [value.decode("latin-1").strip() for key, value in headers if key == name]


def _address(given: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """An address, also as `[::1]:80`, `10.0.0.1:80`, or IPv4 written as IPv6."""
    if given.startswith("["):
        given = given[1:].partition("]")[0]
    elif given.count(":") == 1:
        given = given.partition(":")[0]
    try:
        found = ipaddress.ip_address(given)
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found


def _is_in(given: str, trusted: Sequence[Network]) -> bool:
    address = _address(given)
    return address is not None and any(address in network for network in trusted)
