"""What a worker shows of itself over HTTP."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from server.bootstrap import SERVER, Services, build
from server.domain.errors import ConflictError, InvalidRequestError
from server.metrics_port import shown
from server.settings import Settings
from server.worker import Worker

import postgres
from processes import PATIENCE_S

pytestmark = pytest.mark.anyio


@pytest.fixture
async def services(tmp_path: Path) -> AsyncIterator[Services]:
    made = build(Settings(data_dir=tmp_path / "data", metrics_port=0), owner=SERVER)
    await made.start()
    yield made
    await made.close()


def setting(services: Services, **changes: Any) -> None:
    services.settings = services.settings.model_copy(update=changes)


async def ask(port: int | None, path: str, **headers: str) -> httpx2.Response:
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        return await client.get(path, headers=headers)


async def test_a_worker_shows_its_figures_and_whether_it_can_take_work(services: Services) -> None:
    async with shown(services) as port:
        figures = await ask(port, "/metrics")
        alive, ready = await ask(port, "/healthz"), await ask(port, "/readyz")
        services.force.is_stopping = True
        stopping = await ask(port, "/readyz", **{"Accept-Language": "ja"})

    assert figures.headers["content-type"].startswith("text/plain")
    assert "\nyomi_queue_runs 0.0\n" in figures.text
    assert "\nyomi_event_loop_lag_seconds_count " in figures.text
    assert alive.json() == {"status": "alive"}
    assert ready.json() == {"status": "ready"}
    assert stopping.status_code == 503
    assert stopping.json()["troubles"] == ["stopping"]
    assert stopping.headers["retry-after"] == "5"


async def test_a_worker_is_seen_for_as_long_as_it_works(tmp_path: Path) -> None:
    url = postgres.server().with_tables()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    worker = Worker(
        Settings(data_dir=tmp_path, database_url=url, queue_url=url, metrics_port=port, stop_grace_s=1)
    )
    ready = asyncio.Event()
    working = asyncio.create_task(worker.run(ready=ready.set))
    try:
        await asyncio.wait_for(ready.wait(), PATIENCE_S)
        await asyncio.sleep(0)
        seen = await ask(port, "/readyz")
    finally:
        worker.finish()
        await working

    assert seen.json() == {"status": "ready"}
    with pytest.raises(httpx2.ConnectError):
        await ask(port, "/readyz")


async def test_it_answers_this_machine_only(services: Services) -> None:
    async with shown(services) as port:
        foreign = await ask(port, "/metrics", Host="rebound.example")

    assert foreign.status_code == 403


async def test_with_keys_figures_need_one_and_health_does_not(services: Services) -> None:
    keys = Settings(api_keys=("a-key-for-scraping",)).api_keys
    setting(services, api_keys=keys)
    async with shown(services) as port:
        without = await ask(port, "/metrics")
        wrong = await ask(port, "/metrics", Authorization="Bearer another")
        right = await ask(port, "/metrics", Authorization="Bearer a-key-for-scraping")
        health = await ask(port, "/readyz", Host="10.1.2.3")

    assert [r.status_code for r in (without, wrong, right, health)] == [401, 401, 200, 200]


async def test_without_keys_no_other_address_is_taken(services: Services) -> None:
    setting(services, metrics_host="0.0.0.0")  # noqa: S104 (it must be refused)

    with pytest.raises(InvalidRequestError, match="YOMI_API_KEYS"):
        async with shown(services):
            pass


async def test_a_port_that_is_taken_is_one_sentence(services: Services) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        setting(services, metrics_port=taken.getsockname()[1])
        with pytest.raises(ConflictError, match="YOMI_METRICS_PORT"):
            async with shown(services):
                pass


async def test_where_no_port_is_set_nothing_listens(services: Services) -> None:
    setting(services, metrics_port=None)

    async with shown(services) as port:
        assert port is None
