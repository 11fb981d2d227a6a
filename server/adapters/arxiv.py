"""Papers from arXiv, and from nowhere else."""

from __future__ import annotations

import asyncio
import ipaddress
import re
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, urljoin, urlsplit

from server.domain.errors import FetchFailedError, InvalidRequestError, TooLargeError

if TYPE_CHECKING:
    import aiohttp

HOSTS = frozenset({"arxiv.org", "www.arxiv.org", "export.arxiv.org"})
ARXIV = "https://arxiv.org"

MONTH = "(?:0[1-9]|1[0-2])"
ID = re.compile(
    rf"(?:(?P<new>(?:0[7-9]|1[0-4]){MONTH}\.[0-9]{{4}}|(?:1[5-9]|[2-9][0-9]){MONTH}\.[0-9]{{5}})"
    rf"|(?P<archive>[a-z]{{1,12}}(?:-[a-z]{{1,12}})?)(?:\.[A-Z]{{2}})?/(?P<number>[0-9]{{2}}{MONTH}[0-9]{{3}}))"
    r"(?P<version>v[1-9][0-9]?)?"
)
"""Both styles of identifier: `2312.10997v2` (four digits until 2014), and before April 2007 `hep-th/9901001`,
`math.GT/0309136`."""
PATH = re.compile(r"/(?:abs|pdf|html)/(?P<id>.+?)(?:\.pdf)?/?")

MAX_REDIRECTS = 3
MIN_BYTES = 512
"""Less is a notice, not a paper."""
MAX_ADDRESS = 2048
CHUNK_BYTES = 1 << 16


@dataclass(frozen=True)
class ArxivFetcher:
    """Fetches a paper's PDF by id. Addresses are only read for the id in them; what is asked is built here."""

    base_url: str = ARXIV
    """Where PDFs are asked for: https, or http on this machine itself (for tests)."""
    max_bytes: int = 50_000_000
    deadline_s: float = 60.0
    """For everything together, redirects included."""

    def __post_init__(self) -> None:
        base = _split(self.base_url)
        if base is None or not (base.scheme == "https" or (base.scheme == "http" and _is_loopback(base))):
            message = f"not an https address, nor http on this machine: {self.base_url!r}"
            raise ValueError(message)

    async def fetch(self, address: str) -> tuple[bytes, str]:
        arxiv_id = arxiv_id_of(address)
        by_hand = f"{ARXIV}/pdf/{arxiv_id}"
        try:
            async with asyncio.timeout(self.deadline_s):
                data = await self._get(f"{self.base_url.rstrip('/')}/pdf/{arxiv_id}")
        except TimeoutError as error:
            raise FetchFailedError(url=by_hand, why=f"no answer within {self.deadline_s:g} s") from error
        except _RefusedError as error:
            raise FetchFailedError(url=by_hand, why=str(error)) from error.__cause__
        return data, f"{arxiv_id.replace('/', '-')}.pdf"

    async def _get(self, url: str) -> bytes:
        # Imported here: 0.2 s that only a paper from arXiv needs.
        import aiohttp  # noqa: PLC0415

        connector = aiohttp.TCPConnector(resolver=_resolver(), use_dns_cache=False, force_close=True)
        session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"Accept": "application/pdf", "Accept-Encoding": "identity", "User-Agent": "yomikurabe"},
            auto_decompress=False,
            trust_env=False,  # a proxy would resolve names for us, past the check of their addresses
        )
        try:
            async with session:
                return await self._follow(session, url)
        except aiohttp.ClientConnectorError as error:
            raise _RefusedError(f"no connection to {urlsplit(url).hostname}") from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise _RefusedError(f"the connection failed: {type(error).__name__}") from error

    async def _follow(self, session: aiohttp.ClientSession, url: str) -> bytes:
        for _ in range(MAX_REDIRECTS + 1):
            async with session.get(url, allow_redirects=False) as response:
                if response.status in (301, 302, 303, 307, 308):
                    url = self._next(url, response.headers.get("Location", ""))
                    continue
                return await self._body(response)
        raise _RefusedError(f"more than {MAX_REDIRECTS} redirects")

    def _next(self, url: str, location: str) -> str:
        """Where a redirect leads, if that is where we may go."""
        target = urljoin(url, location)
        split, base = _split(target), _split(self.base_url)
        same_origin = split is not None and base is not None and split[:2] == base[:2]
        known = split is not None and _is_known(split) and base is not None and not _is_loopback(base)
        if not location or not (same_origin or known):
            raise _RefusedError("it redirects to an address that is not arXiv's")
        return target

    async def _body(self, response: aiohttp.ClientResponse) -> bytes:
        if response.status != 200:
            reasons = {404: "arXiv has no such paper", 429: "arXiv asks to wait"}
            raise _RefusedError(reasons.get(response.status, f"status {response.status}"))
        if response.headers.get("Content-Encoding", "identity") != "identity":
            raise _RefusedError("the answer is compressed")
        too_large = TooLargeError(limit_mb=self.max_bytes // 2**20)
        if (response.content_length or 0) > self.max_bytes:
            raise too_large
        data = bytearray()
        async for chunk in response.content.iter_chunked(CHUNK_BYTES):
            data += chunk
            if len(data) > self.max_bytes:
                raise too_large
        if len(data) < MIN_BYTES or b"%PDF-" not in data[:1024]:
            raise _RefusedError("the answer is not a PDF")
        return bytes(data)


class _RefusedError(Exception):
    """Why nothing was fetched, in a few words."""


def arxiv_id_of(address: str) -> str:
    """The id in an id (`2312.10997`, `arxiv:2312.10997v2`) or an address (`https://arxiv.org/abs/2312.10997`).

    Raises:
        InvalidRequestError: neither.
    """
    given = address.strip()
    candidate = given[6:].strip() if given[:6].lower() == "arxiv:" else given
    if "://" in given or given.lower().startswith(tuple(f"{host}/" for host in HOSTS)):
        split = _split(given if "://" in given else f"https://{given}")
        path = PATH.fullmatch(split.path) if split is not None and _is_known(split) else None
        candidate = path["id"] if path else ""
    match = ID.fullmatch(candidate)
    if match is None:
        raise InvalidRequestError(
            reason_ja="arXivのIDまたはアドレスではありません。2312.10997 や https://arxiv.org/abs/2312.10997 の形で指定してください。",
            reason_en="This is not an arXiv id or address. Give it like 2312.10997 or https://arxiv.org/abs/2312.10997.",
        )
    # The subject class of an old id is not part of its address.
    return (match["new"] or f"{match['archive']}/{match['number']}") + (match["version"] or "")


def _split(url: str) -> SplitResult | None:
    """The parts of a plain address: printable ASCII, no user, no backslash; None for anything cleverer."""
    if len(url) > MAX_ADDRESS or "\\" in url or any(not 33 <= ord(character) <= 126 for character in url):
        return None
    try:
        split = urlsplit(url)
        _ = split.port
    except ValueError:
        return None
    return split if split.hostname and "@" not in split.netloc else None


def _is_known(split: SplitResult) -> bool:
    return split.scheme == "https" and split.netloc.lower() in HOSTS


def _is_loopback(split: SplitResult) -> bool:
    return split.hostname in ("127.0.0.1", "::1", "localhost")


def is_public(address: str) -> bool:
    """Whether an IP address is a machine on the open internet, whatever it is dressed up as."""
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            return is_public(str(ip.ipv4_mapped))
        # `is_global` takes addresses that carry an IPv4 address inside (NAT64, 6to4, Teredo) for public ones.
        carries = ip.sixtofour is not None or ip.teredo is not None or any(ip in net for net in CARRIERS)
        if carries or ip.scope_id is not None:
            return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified)


CARRIERS = tuple(map(ipaddress.IPv6Network, ("64:ff9b::/96", "64:ff9b:1::/48", "::/96")))


def _resolver() -> Any:
    """Resolves a name once, refuses it unless all its addresses are public, and connects to just these."""
    from aiohttp.abc import AbstractResolver, ResolveResult  # noqa: PLC0415
    from aiohttp.resolver import ThreadedResolver  # noqa: PLC0415

    class PublicResolver(AbstractResolver):
        def __init__(self) -> None:
            self._names = ThreadedResolver()

        async def resolve(
            self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
        ) -> list[ResolveResult]:
            found = await self._names.resolve(host, port, family)
            if host != "localhost" and not all(is_public(result["host"]) for result in found):
                message = f"{host} is not on the open internet"
                raise OSError(message)
            return found

        async def close(self) -> None:
            await self._names.close()

    return PublicResolver()
