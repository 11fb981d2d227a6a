"""Papers from arXiv: which addresses count, and what a server may do to us. No test leaves this machine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web
from server.adapters.arxiv import ArxivFetcher, arxiv_id_of, is_public
from server.domain.errors import FetchFailedError, InvalidRequestError, TooLargeError

pytestmark = pytest.mark.anyio

PDF = b"%PDF-1.7\n" + b"x" * 1000
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def arxiv(handler: Handler) -> AsyncIterator[str]:
    """A server on this machine that answers every request with `handler`."""
    runner = web.ServerRunner(web.Server(handler))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    try:
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()


async def fetched(handler: Handler, address: str = "2312.10997", **options: float) -> tuple[bytes, str]:
    async with arxiv(handler) as base_url:
        return await ArxivFetcher(base_url=base_url, **options).fetch(address)


async def why(handler: Handler, **options: float) -> str:
    """Why nothing was fetched; whatever the reason, it says what to download by hand."""
    with pytest.raises(FetchFailedError) as caught:
        await fetched(handler, **options)
    assert caught.value.data["url"] == "https://arxiv.org/pdf/2312.10997"
    return str(caught.value.data["why"])


async def the_pdf(_: web.Request) -> web.StreamResponse:
    return web.Response(body=PDF, content_type="application/pdf")


# Addresses


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("2312.10997", "2312.10997"),
        ("2312.10997v2", "2312.10997v2"),
        ("0704.0001", "0704.0001"),
        ("arxiv:2312.10997", "2312.10997"),
        ("arXiv: 2312.10997v12", "2312.10997v12"),
        (" 2312.10997\n", "2312.10997"),
        ("hep-th/9901001", "hep-th/9901001"),
        ("math.GT/0309136v1", "math/0309136v1"),
        ("https://arxiv.org/abs/2312.10997", "2312.10997"),
        ("https://arxiv.org/abs/hep-th/9901001v3", "hep-th/9901001v3"),
        ("https://www.arxiv.org/pdf/2312.10997v5.pdf", "2312.10997v5"),
        ("https://export.arxiv.org/html/2312.10997v2/", "2312.10997v2"),
        ("https://ARXIV.org/abs/2312.10997?context=cs#top", "2312.10997"),
        ("arxiv.org/abs/2312.10997", "2312.10997"),
    ],
)
def test_an_id_is_read_from_ids_and_addresses(address: str, expected: str) -> None:
    assert arxiv_id_of(address) == expected


@pytest.mark.parametrize(
    "address",
    [
        "",
        "2312",
        "2313.10997",
        "2312.1099",
        "2312.109971",
        "2312.10997v0",
        "2312.10997?x",
        "2312.10997/../../etc",
        "2312.10997\n.pdf",
        "２３１２.10997",
        "../../etc/passwd",
        "paper.pdf",
        "http://arxiv.org/abs/2312.10997",
        "file:///etc/passwd",
        "https://arxiv.org/abs/",
        "https://arxiv.org/list/2312.10997",
        "https://arxiv.org/abs/2312.10997/../../x",
        "https://arxiv.org/abs/%32312.10997",
        "https://arxiv.org:8443/abs/2312.10997",
        "https://me@arxiv.org/abs/2312.10997",
        "https://arxiv.org@evil.example/abs/2312.10997",
        "https://arxiv.org\\@evil.example/abs/2312.10997",
        "https://arxiv.org.evil.example/abs/2312.10997",
        "https://evil.example/abs/2312.10997",
        "https://127.0.0.1/abs/2312.10997",
        "https://[::1]/abs/2312.10997",
        "https://[/abs/2312.10997",
        "https://ａrxiv.org/abs/2312.10997",
        "https://arxiv.org/abs/2312.10997" + " " + "x",
        "https://arxiv.org/abs/" + "9" * 3000,
    ],
)
async def test_anything_else_is_refused_before_a_connection_is_made(address: str) -> None:
    asked: list[str] = []

    async def handler(request: web.Request) -> web.StreamResponse:
        asked.append(request.path)
        return await the_pdf(request)

    with pytest.raises(InvalidRequestError):
        await fetched(handler, address)
    assert asked == []


# Fetching


async def test_a_paper_is_fetched_by_its_id_under_a_name_to_show() -> None:
    asked: list[tuple[str, str | None]] = []

    async def handler(request: web.Request) -> web.StreamResponse:
        asked.append((request.path, request.headers.get("Accept-Encoding")))
        return await the_pdf(request)

    assert await fetched(handler, "https://arxiv.org/abs/hep-th/9901001") == (PDF, "hep-th-9901001.pdf")
    assert asked == [("/pdf/hep-th/9901001", "identity")]


async def test_redirects_on_the_same_host_are_followed() -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        if request.path == "/pdf/2312.10997":
            return web.Response(status=301, headers={"Location": "/pdf/2312.10997v5"})
        return await the_pdf(request)

    assert await fetched(handler) == (PDF, "2312.10997.pdf")


async def test_redirects_without_end_are_left() -> None:
    asked: list[str] = []

    async def handler(request: web.Request) -> web.StreamResponse:
        asked.append(request.path)
        return web.Response(status=302, headers={"Location": f"/pdf/{len(asked)}"})

    assert await why(handler) == "more than 3 redirects"
    assert len(asked) == 4


@pytest.mark.parametrize(
    "location",
    [
        "https://evil.example/paper.pdf",
        "http://127.0.0.1:1/pdf/2312.10997",
        "http://169.254.169.254/latest/meta-data",
        "file:///etc/passwd",
        "//evil.example/paper.pdf",
        "https://arxiv.org@evil.example/",
        "\\\\evil.example\\paper.pdf",
        "",
    ],
)
async def test_a_redirect_to_anywhere_else_is_not_followed(location: str) -> None:
    async def handler(_: web.Request) -> web.StreamResponse:
        return web.Response(status=302, headers={"Location": location})

    assert await why(handler) == "it redirects to an address that is not arXiv's"


@pytest.mark.parametrize(
    ("status", "expected"),
    [(404, "arXiv has no such paper"), (429, "arXiv asks to wait"), (503, "status 503")],
)
async def test_an_error_of_the_server_is_told_in_a_few_words(status: int, expected: str) -> None:
    async def handler(_: web.Request) -> web.StreamResponse:
        return web.Response(status=status, body=PDF)

    assert await why(handler) == expected


@pytest.mark.parametrize("body", [b"", b"%PDF-1.7", b"<html>" + b"x" * 2000, b"x" * 2000 + b"%PDF-"])
async def test_an_answer_that_is_not_a_pdf_is_refused(body: bytes) -> None:
    async def handler(_: web.Request) -> web.StreamResponse:
        return web.Response(body=body, content_type="application/pdf")

    assert await why(handler) == "the answer is not a PDF"


async def test_a_compressed_answer_is_refused_unopened() -> None:
    async def handler(_: web.Request) -> web.StreamResponse:
        return web.Response(body=PDF, headers={"Content-Encoding": "gzip"})

    assert await why(handler) == "the answer is compressed"


async def test_a_declared_length_over_the_limit_is_refused() -> None:
    async def handler(_: web.Request) -> web.StreamResponse:
        return web.Response(body=PDF + bytes(3_000_000))

    with pytest.raises(TooLargeError, match="limit 2 MB"):
        await fetched(handler, max_bytes=2 * 2**20)


async def test_an_undeclared_length_is_cut_at_the_limit() -> None:
    sent = 0

    async def handler(request: web.Request) -> web.StreamResponse:
        nonlocal sent
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(1000):
            await response.write(PDF * 100)
            sent += len(PDF) * 100
        return response

    with pytest.raises(TooLargeError):
        await fetched(handler, max_bytes=2 * 2**20)
    assert sent < 50_000_000


async def test_a_dripping_server_is_left_at_the_deadline() -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(100):
            await response.write(PDF[:9])
            await asyncio.sleep(0.02)
        return response

    assert await why(handler, deadline_s=0.2) == "no answer within 0.2 s"


async def test_an_answer_cut_off_is_refused() -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "5000"})
        await response.prepare(request)
        await response.write(PDF)
        assert request.transport is not None
        request.transport.close()
        return response

    assert await why(handler) == "the connection failed: ClientPayloadError"


async def test_without_a_server_it_says_what_to_download_instead() -> None:
    async with arxiv(the_pdf) as base_url:
        pass

    with pytest.raises(FetchFailedError) as caught:
        await ArxivFetcher(base_url=base_url).fetch("arxiv:2312.10997v2")

    assert caught.value.data == {
        "url": "https://arxiv.org/pdf/2312.10997v2",
        "why": "no connection to 127.0.0.1",
    }


async def test_a_proxy_in_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)

    assert await fetched(the_pdf) == (PDF, "2312.10997.pdf")


async def test_a_name_that_leads_into_a_private_network_is_not_connected_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def getaddrinfo(*_: object, **__: object) -> list[object]:
        return [(2, 1, 6, "", ("151.101.3.42", 443)), (2, 1, 6, "", ("10.0.0.1", 443))]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo)

    with pytest.raises(FetchFailedError) as caught:
        await ArxivFetcher().fetch("2312.10997")
    assert caught.value.data["why"] == "no connection to arxiv.org"
    assert "not on the open internet" in repr(caught.value.__cause__)


@pytest.mark.parametrize(
    "base_url", ["http://arxiv.org", "http://10.0.0.1", "ftp://127.0.0.1", "", "arxiv.org"]
)
def test_the_base_address_is_https_or_this_machine(base_url: str) -> None:
    with pytest.raises(ValueError, match="https"):
        ArxivFetcher(base_url=base_url)


@pytest.mark.parametrize("address", ["8.8.8.8", "151.101.3.42", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_public_addresses_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",  # noqa: S104
        "224.0.0.1",
        "192.0.2.1",
        "198.18.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "::ffff:169.254.169.254",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::1",
        "2002:7f00:1::",
        "fd00:ec2::254",
        "fe80::1%eth0",
        "::7f00:1",
        "2001:0:1::1",
        "ff02::1",
    ],
)
def test_addresses_of_one_s_own_network_are_not_public_in_any_dress(address: str) -> None:
    assert not is_public(address)


async def test_a_real_paper_passes_through_unchanged(shared_papers: Path) -> None:
    data = (shared_papers / "bitcoin.pdf").read_bytes()

    async def handler(_: web.Request) -> web.StreamResponse:
        return web.Response(body=data)

    assert (await fetched(handler))[0] == data
