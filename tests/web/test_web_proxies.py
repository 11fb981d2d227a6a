"""Behind a proxy: what trusted ones forward is believed, and nothing that anybody else says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from server.domain.errors import InvalidRequestError
from server.web.proxies import behind_proxies, networks

pytestmark = pytest.mark.anyio

TRUSTED = ("10.0.0.0/8", "::1")
SEEN = {"client": ("10.0.0.1", 5000), "scheme": "http", "host": "inside"}


async def asked(
    client: str = "10.0.0.1", trusted: tuple[str, ...] = TRUSTED, **forwarded: str
) -> Mapping[str, Any]:
    """What the application sees of a request with these `X-Forwarded-` headers."""
    headers = [(b"host", b"inside")]
    headers += [(f"x-forwarded-{name}".encode(), value.encode()) for name, value in forwarded.items()]
    seen: dict[str, Any] = {}

    async def app(scope: Any, _receive: Any, _send: Any) -> None:
        hosts = [value.decode() for name, value in scope["headers"] if name == b"host"]
        seen.update(client=scope["client"], scheme=scope["scheme"], host=",".join(hosts))

    scope: Any = {"type": "http", "client": (client, 5000), "scheme": "http", "headers": headers}
    await behind_proxies(app, networks(trusted))(scope, None, None)  # type: ignore[arg-type]  # nothing is read or sent
    return seen


async def test_what_a_trusted_proxy_forwards_is_believed() -> None:
    seen = await asked(**{"for": "198.51.100.7", "proto": "https", "host": "papers.example:8443"})

    assert seen == {"client": ("198.51.100.7", 0), "scheme": "https", "host": "papers.example:8443"}


async def test_nobody_else_is_believed() -> None:
    forwarded = {"for": "10.9.9.9", "proto": "https", "host": "evil.example"}

    assert await asked("198.51.100.7", **forwarded) == {**SEEN, "client": ("198.51.100.7", 5000)}
    assert await asked(trusted=(), **forwarded) == SEEN


@pytest.mark.parametrize(
    ("hops", "caller"),
    [
        ("1.2.3.4, 198.51.100.7, 10.0.0.2", "198.51.100.7"),
        ("198.51.100.7:4711", "198.51.100.7"),
        ("[2001:db8::1]:4711", "2001:db8::1"),
        ("::ffff:198.51.100.7", "198.51.100.7"),
    ],
)
async def test_the_caller_is_the_nearest_hop_that_is_not_trusted(hops: str, caller: str) -> None:
    assert (await asked(**{"for": hops}))["client"] == (caller, 0)


@pytest.mark.parametrize(
    "forwarded",
    [{"for": "unknown"}, {"proto": "gopher"}, {"host": "a b"}, {"host": "evil/x"}, {"for": "10.0.0.3"}],
)
async def test_what_makes_no_sense_is_left_out(forwarded: dict[str, str]) -> None:
    assert await asked(**forwarded) == SEEN


async def test_a_setting_that_names_no_network_is_refused() -> None:
    with pytest.raises(InvalidRequestError, match="YOMI_TRUSTED_PROXIES"):
        networks(["10.0.0.0/33"])
