"""The SDK's client, made safe: nothing sent that was not configured, no retries, no redirects, errors kept short."""

from __future__ import annotations

import asyncio
import importlib
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from server.adapters.openai_errors import bad_response, judge_status, unavailable
from server.adapters.paced_reading import Pace, paced

TRANSPORTS = ("aiohttp", "httpx2")

_CONNECT_S = 10.0
_MAX_ERROR_BYTES = 64 << 10


async def connect(base_url: str, *, transport: str) -> Any:
    """A client for the endpoint. The SDK is imported here, in a thread: that alone takes most of a second."""
    await asyncio.to_thread(_import_sdk)
    openai, httpx2 = importlib.import_module("openai"), importlib.import_module("httpx2")
    # No limit on reading: a local model may think for minutes before its first token. The engine has the deadline.
    timeout = httpx2.Timeout(None, connect=_CONNECT_S)
    make = openai.DefaultAioHttpClient if transport == "aiohttp" else openai.DefaultAsyncHttpx2Client
    client = openai.AsyncOpenAI(
        api_key="none",  # Else it is taken from OPENAI_API_KEY and sent to whatever the base URL names; see `send`.
        base_url=base_url,
        max_retries=0,
        timeout=timeout,
        http_client=make(follow_redirects=False, timeout=timeout, event_hooks={"response": [_cap_error]}),
        default_headers={"Accept-Encoding": "identity"},
    )
    if urlsplit(base_url).hostname != "api.openai.com":
        client.organization = client.project = None  # From the environment; nobody else's business.
    return client


def send(
    client: Any, body: dict[str, Any], *, api_key: str | None, host: str, pace: Pace | None = None
) -> AsyncGenerator[bytes]:
    """Ask for a chat completion and pass on the bytes of the response. Closing it closes the connection.

    Args:
        body: Its messages are taken out once they are sent: an answer takes a minute, a paper 100 KB.
        pace: At which the response is read; None: whenever a byte comes.

    Raises:
        CallFailedError: whatever went wrong on the way.
    """
    # Beside what the SDK knows of chat completions, which it would go through member by member.
    create = client.chat.completions.with_streaming_response.create
    opening = partial(create, model=body["model"], messages=(), extra_body=body)
    return _passed_on(opening, body, api_key=api_key, host=host, pace=pace)


def send_embeddings(
    client: Any, body: Mapping[str, Any], *, api_key: str | None, host: str
) -> AsyncGenerator[bytes]:
    """The same for embeddings.

    Raises:
        CallFailedError: whatever went wrong on the way.
    """
    opening = partial(client.embeddings.with_streaming_response.create, **body)
    return _passed_on(opening, dict(body), api_key=api_key, host=host)


async def _passed_on(
    opening: Any, body: dict[str, Any], *, api_key: str | None, host: str, pace: Pace | None = None
) -> AsyncGenerator[bytes]:
    openai, httpx2 = importlib.import_module("openai"), importlib.import_module("httpx2")
    headers = {"Authorization": f"Bearer {api_key}" if api_key else openai.Omit()}
    try:
        async with opening(extra_headers=headers) as response:
            _let_go(response.http_response.request, body)
            async with aclosing(paced(response, pace)) as chunks:
                async for chunk in chunks:
                    yield chunk
    except openai.APIStatusError as error:
        raise judge_status(
            error.status_code, error.body, host=host, model=body["model"], headers=error.response.headers
        ) from None
    except (openai.APIConnectionError, httpx2.TransportError, OSError):
        raise unavailable(host) from None
    except Exception as error:  # The parsers of both transports raise their own.
        raise bad_response(host, "broken HTTP") from error


def _let_go(request: Any, body: dict[str, Any]) -> None:
    """Of what was sent: the response holds on to its request for as long as it is read."""
    body.pop("messages", None)
    request.stream = importlib.import_module("httpx2").ByteStream(b"")
    request._content = b""  # noqa: SLF001 (the same bytes again)


def _import_sdk() -> None:
    importlib.import_module("openai.resources.chat.completions")
    importlib.import_module("openai.resources.embeddings")
    # Its debug log holds whole requests, the paper included.
    logging.getLogger("openai").setLevel(logging.WARNING)


async def _cap_error(response: Any) -> None:
    """Called before the body is read: the SDK reads the bodies of errors whole, however long."""
    if response.status_code >= 300:
        response.stream = _capped(response.stream)


def _capped(stream: Any) -> Any:
    httpx2 = importlib.import_module("httpx2")

    class Capped(httpx2.AsyncByteStream):  # type: ignore[misc, name-defined]  # imported late, so untyped
        async def __aiter__(self) -> AsyncIterator[bytes]:
            left = _MAX_ERROR_BYTES
            async for chunk in stream:
                yield chunk[:left]
                left -= len(chunk)
                if left <= 0:
                    break

        async def aclose(self) -> None:
            await stream.aclose()

    return Capped()
