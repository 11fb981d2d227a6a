"""The calls alone, without anything of the server's: started by `load.py` for comparison.

Sends bodies that the server was seen to send, so many at once or so many a second, reads the answers to their end, and
prints processor time per call and how long they took, as one line of JSON. Kinds: `aiohttp`, a bare client; `sdk`, the
openai SDK's own streaming; `path`, the SDK as the server uses it: its request, the raw bytes of the response.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import psutil

Call = Callable[[dict[str, Any]], Awaitable[None]]


async def bare(base_url: str) -> Call:
    import aiohttp  # noqa: PLC0415 (each kind pays for its own)

    connector = aiohttp.TCPConnector(limit=0)
    session = aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=None))

    async def call(body: dict[str, Any]) -> None:
        async with session.post(f"{base_url}/chat/completions", json=body) as response:
            last = b""
            async for chunk in response.content.iter_any():
                last = chunk
            assert last.endswith(b"[DONE]\n\n"), last[-50:]

    return call


async def sdk(base_url: str) -> Call:
    import httpx2  # noqa: PLC0415
    import openai  # noqa: PLC0415

    limits = httpx2.Limits(max_connections=None)
    client = openai.AsyncOpenAI(
        api_key="none",
        base_url=base_url,
        max_retries=0,
        http_client=openai.DefaultAioHttpClient(timeout=None, limits=limits),
    )

    async def call(body: dict[str, Any]) -> None:
        async for _ in await client.chat.completions.create(**body):
            pass

    return call


async def path(base_url: str) -> Call:
    from server.adapters.openai_client import connect, send  # noqa: PLC0415

    client = await connect(base_url, transport="aiohttp")

    async def call(body: dict[str, Any]) -> None:
        last = b""
        async for chunk in send(client, body, api_key=None, host="fake"):
            last = chunk
        assert last.endswith(b"[DONE]\n\n"), last[-50:]

    return call


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=("aiohttp", "sdk", "path"))
    parser.add_argument("base_url")
    parser.add_argument("bodies", type=Path)
    parser.add_argument("--calls", type=int, default=500)
    parser.add_argument("--in-flight", type=int, default=500)
    parser.add_argument("--rate", type=float, default=0.0, help="a second; 0: all at once")
    given = parser.parse_args()
    bodies = json.loads(given.bodies.read_text())
    call = await {"aiohttp": bare, "sdk": sdk, "path": path}[given.kind](given.base_url)
    for body in bodies:
        await call(body)
    slots, took = asyncio.Semaphore(given.in_flight), list[float]()

    async def one(number: int) -> None:
        async with slots:
            began = time.monotonic()
            await call(bodies[number % len(bodies)])
            took.append(time.monotonic() - began)

    process = psutil.Process()
    before, began = process.cpu_times(), time.monotonic()
    async with asyncio.TaskGroup() as group:
        for number in range(given.calls):
            group.create_task(one(number))
            if given.rate:
                await asyncio.sleep(max(0.0, began + (number + 1) / given.rate - time.monotonic()))
    wall, after = time.monotonic() - began, process.cpu_times()
    cpu = after.user + after.system - before.user - before.system
    told = {"cpu_s": cpu, "seconds": wall, "took": took, "rss": process.memory_info().rss}
    print(json.dumps(told), flush=True)
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main())
