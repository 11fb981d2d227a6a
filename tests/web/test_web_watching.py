"""What is told of requests, and what the server shows of itself."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from litestar import Litestar, get
from litestar.response import ServerSentEvent
from litestar.testing import AsyncTestClient
from server.adapters.prometheus_telemetry import PrometheusTelemetry
from server.asgi import create_app
from server.settings import Settings
from server.web.access_log import AccessLog

from served import Client, serving

pytestmark = pytest.mark.anyio

MADE = re.compile(r"[0-9a-f]{32}")


async def test_a_well_formed_request_id_is_kept_and_any_other_replaced(api: Client) -> None:
    given = ("trace-1.A_b", "", "x" * 65, "two words", "-leading", "ünsafe", '"}{"')

    answered = [
        (await api.get("/healthz", headers={"X-Request-Id": one.encode()})).headers["x-request-id"]
        for one in given
    ]

    assert answered[0] == "trace-1.A_b"
    assert all(MADE.fullmatch(one) for one in answered[1:])
    assert len(set(answered)) == len(answered)


async def test_refused_and_unknown_requests_have_an_id_too(api: Client) -> None:
    foreign = await api.get("/api/runs", headers={"Host": "rebound.example"})
    unknown = await api.get("/nowhere")

    assert [r.status_code for r in (foreign, unknown)] == [403, 404]
    assert all(MADE.fullmatch(r.headers["x-request-id"]) for r in (foreign, unknown))


async def test_requests_are_counted_by_route_and_not_by_what_callers_choose(whole_api: Client) -> None:
    await whole_api.get("/api/runs/secret-1?secret=2")
    await whole_api.get("/secret-3")
    await whole_api.request("SECRET", "/api/runs")

    shown = (await whole_api.get("/metrics")).text

    assert 'yomi_http_requests_total{method="GET",route="/api/runs/{run_id}",status="404"} 1.0' in shown
    assert 'yomi_http_requests_total{method="GET",route="unmatched",status="404"} 1.0' in shown
    assert 'yomi_http_requests_total{method="other",route="unmatched",status="405"} 1.0' in shown
    assert "secret" not in shown.lower()


async def test_figures_need_a_key_where_keys_are_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = Settings(data_dir=tmp_path / "data", readers=1, api_keys=("a-key-of-ours-for-scraping",))
    async with serving(create_app(settings)) as api:
        without = await api.get("/metrics")
        right = await api.get("/metrics", headers={"Authorization": "Bearer a-key-of-ours-for-scraping"})

    assert [without.status_code, right.status_code] == [401, 200]
    assert "\nyomi_queue_seen 1.0\n" in right.text


async def test_an_open_stream_of_events_is_counted_while_it_is_open() -> None:
    figures = PrometheusTelemetry()
    open_streams: list[float | None] = []

    async def events() -> AsyncIterator[str]:
        for _ in range(2):
            open_streams.append(figures.registry.get_sample_value("yomi_event_streams_open"))
            yield "news"

    @get("/news")
    async def news() -> ServerSentEvent:
        return ServerSentEvent(events())

    app: Any = Litestar([news], openapi_config=None, logging_config=None)
    app.asgi_handler = AccessLog(app.asgi_handler, figures)
    async with AsyncTestClient(app=app) as api:
        await api.get("/news")

    assert open_streams[-1] == 1
    assert figures.registry.get_sample_value("yomi_event_streams_open") == 0


async def test_what_is_not_ready_says_why_in_a_word(api: Client, house: Any) -> None:
    house.is_ready = False

    said = await api.get("/readyz", headers={"Accept-Language": "ja"})

    assert said.status_code == 503
    assert said.json()["troubles"] == ["database"]
    assert (await api.get("/healthz")).status_code == 200
