"""Short ways to say to a server what tests say often."""

from __future__ import annotations

import json
from typing import Any

import httpx2

from processes import SAMPLE


async def upload(client: httpx2.AsyncClient, data: bytes | None = None) -> str:
    """Take in a paper. Returns its id."""
    sent = SAMPLE.read_bytes() if data is None else data
    response = await client.post("/api/papers", content=sent, headers={"content-type": "application/pdf"})
    assert response.status_code in (200, 201), response.text
    return str(response.json()["id"])


async def run(client: httpx2.AsyncClient, paper: str, *, wait_s: int = 40, **more: Any) -> dict[str, Any]:
    """A run of the summarizer, over unless `wait_s` is too short."""
    sent = {"paper_id": paper, "persona": "summarizer", **more}
    response = await client.post("/api/runs", json=sent, headers={"Prefer": f"wait={wait_s}"})
    assert response.status_code in (200, 202), response.text
    found: dict[str, Any] = response.json()
    return found


async def compare(client: httpx2.AsyncClient, paper: str, *personas: str) -> dict[str, Any]:
    """A finished comparison."""
    sent = {"paper_id": paper, "candidates": [{"persona": persona} for persona in personas]}
    response = await client.post("/api/comparisons", json=sent, headers={"Prefer": "wait=40"})
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


async def events(
    client: httpx2.AsyncClient, place: str, *, after: int | None = None, stop_after: int | None = None
) -> list[dict[str, Any]]:
    """Events of a stream until its end, or until so many have come and the connection is dropped."""
    found: list[dict[str, Any]] = []
    headers = {} if after is None else {"Last-Event-ID": str(after)}
    async with client.stream("GET", place, headers=headers) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        event: dict[str, Any] = {}
        async for line in response.aiter_lines():
            name, _, value = line.partition(": ")
            if name == "id":
                event["id"] = int(value)
            elif name == "event":
                event["name"] = value
            elif name == "data":
                event["data"] = json.loads(value)
            elif not line and "name" in event:
                found.append(event)
                event = {}
                if len(found) == stop_after:
                    break
    return found
