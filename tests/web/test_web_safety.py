"""What is refused before anything is read: foreign hosts and pages, callers without a key, bodies of other kinds."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from litestar.testing import AsyncTestClient
from server.web import safety

from house import PDF
from served import Client, ServedHouse, serving

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.0.0.1:8000", "localhost", "LOCALHOST:8000", "[::1]:8000", "[::1]"]
)
async def test_this_machines_own_names_are_served(api: Client, host: str) -> None:
    assert (await api.get("/api/limits", headers={"Host": host})).status_code == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", "127.0.0.1.evil.example", "evil.example:8000", "192.168.0.2", "", "[::2]", ":8000"],
)
async def test_other_names_are_refused(api: Client, host: str) -> None:
    response = await api.get("/api/limits", headers={"Host": host})

    assert (response.status_code, response.json()["code"]) == (403, "forbidden")


@pytest.mark.parametrize(
    "host", ["127.0.0.1:abc", "127.0.0.1:65536", "127.0.0.1:8000@evil.example", "[::1", "a/b"]
)
async def test_what_is_no_host_is_taken_for_none(api: Client, house: ServedHouse, host: str) -> None:
    refused = [await api.get(path, headers={"Host": host}) for path in ("/api/limits", "/", "/no/such/page")]
    async with serving(house.app(api_keys=["a-key-of-theirs"])) as guarded:
        unknown = await guarded.get("/api/limits", headers={"Host": host})
        known = await guarded.get(
            "/api/limits", headers={"Host": host, "Authorization": "Bearer a-key-of-theirs"}
        )

    assert {answer.status_code for answer in refused} <= {403, 404}
    assert refused[0].status_code == 403
    assert (unknown.status_code, known.status_code) == (401, 200)


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:9999"},
        {"Origin": "http://[broken"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
    ids=lambda headers: " ".join(*headers.items()),
)
async def test_a_page_elsewhere_changes_nothing(
    api: Client, house: ServedHouse, headers: dict[str, str]
) -> None:
    sent = await api.post("/api/papers", files={"file": ("a.pdf", PDF)}, headers=headers)
    read = await api.get("/api/limits", headers=headers)

    assert (sent.status_code, sent.json()["code"], read.status_code) == (403, "forbidden", 200)
    assert house.memory.kept.papers == {}


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://127.0.0.1:8000", "Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none"},
        {},
    ],
    ids=["our own page", "typed by a person", "a program"],
)
async def test_our_own_pages_and_programs_may_change_things(api: Client, headers: dict[str, str]) -> None:
    sent = await api.post("/api/papers", files={"file": ("a.pdf", PDF)}, headers=headers)

    assert sent.status_code == 201


async def test_with_keys_every_route_but_health_wants_one() -> None:
    house = ServedHouse()
    async with serving(house.app(api_keys=["first", "second"])) as api:
        for headers in (
            {},
            {"Authorization": "Bearer third"},
            {"Authorization": "Basic first"},
            {"Authorization": "first"},
            {"Authorization": "Bearer "},
        ):
            for path in ("/api/limits", "/api/runs/x/events", "/docs", "/docs/openapi.json"):
                refused = await api.get(path, headers=headers)
                assert refused.status_code == 401, path
                assert refused.headers["www-authenticate"] == "Bearer"
        for key in ("first", "second"):
            served = await api.get("/api/limits", headers={"Authorization": f"bearer {key}"})
            assert served.status_code == 200
        assert [(await api.get(path)).status_code for path in ("/healthz", "/readyz")] == [200, 200]
        elsewhere = {"Host": "papers.example", "Authorization": "Bearer first"}
        assert (await api.get("/api/limits", headers=elsewhere)).status_code == 200
        forged = {"Authorization": "Bearer first", "Origin": "https://evil.example"}
        assert (await api.post("/api/runs", json={}, headers=forged)).status_code == 403


@pytest.mark.parametrize(
    ("path", "content_type"),
    [
        ("/api/runs", "text/plain"),
        ("/api/runs", "application/x-www-form-urlencoded"),
        ("/api/runs", "multipart/form-data; boundary=x"),
        ("/api/runs", "application/json-seq"),
        ("/api/runs", ""),
        ("/api/comparisons", "text/plain;charset=utf-8"),
        ("/api/runs/x/feedback", "text/plain"),
        ("/api/personas/summarizer/preview", "text/plain"),
        ("/api/papers", "text/plain"),
        ("/api/papers", "application/octet-stream"),
        ("/api/read", "application/pdf"),
        ("/api/compare", "application/json"),
    ],
)
async def test_a_body_of_another_kind_is_refused(api: Client, path: str, content_type: str) -> None:
    response = await api.post(path, content=b'{"paper_id": "x"}', headers={"Content-Type": content_type})

    assert (response.status_code, response.json()["code"]) == (415, "unsupported_media_type")


@pytest.mark.parametrize("path", ["/api/runs", "/api/papers"])
async def test_a_compressed_body_is_refused(api: Client, path: str) -> None:
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}

    response = await api.post(path, content=b"\x1f\x8b", headers=headers)

    assert response.status_code == 415


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"{} {}",
        b"\xff\xfe{}",
        b'{"paper_id": "a", "paper_id": "b", "persona": "c"}',
        b'{"paper_id": "a", "persona": "c", "settings": {"seed": 1, "seed": 2}}',
        b'{"paper_id": "a", "persona": "c", "settings": {"temperature": NaN}}',
        b'{"paper_id": "a", "persona": "c", "settings": {"temperature": Infinity}}',
        b'{"paper_id": "\\ud800", "persona": "c"}',
        b'{"paper_id": "\xed\xa0\x80", "persona": "c"}',
        b'{"a":' * 200_000 + b"1" + b"}" * 200_000,
        b"[" * 200_000,
        b'{"paper_id": "' + b"a" * 2**21 + b'"}',
    ],
    ids=[
        "empty",
        "cut off",
        "two values",
        "not UTF-8",
        "a member twice",
        "a member within twice",
        "NaN",
        "Infinity",
        "lone surrogate",
        "encoded surrogate",
        "objects nested without end",
        "arrays nested without end",
        "over 2 MiB",
    ],
)
@pytest.mark.parametrize("path", ["/api/runs", "/api/papers"])
async def test_what_is_not_well_formed_json_is_malformed(api: Client, path: str, body: bytes) -> None:
    response = await api.post(path, content=body, headers={"Content-Type": "application/json"})

    assert response.status_code in (400, 413)
    assert response.json()["code"] in ("malformed_request", "too_large")


@pytest.mark.parametrize(
    "body",
    [
        [],
        "text",
        None,
        {},
        {"paper_id": "a"},
        {"paper_id": "a", "persona": "b", "colour": "red"},
        {"paper_id": 1, "persona": "b"},
        {"paper_id": "", "persona": "b"},
        {"paper_id": "a", "persona": "b" * 301},
        {"paper_id": "a", "persona": "b", "fresh": "yes"},
        {"paper_id": "a", "persona": "b", "settings": []},
        {"paper_id": "a", "persona": "b", "settings": {"temperature": [1]}},
        {"paper_id": "a", "persona": "b", "settings": {"heat": 1}},
        {"paper_id": "a", "persona": "b", "settings": {"temperature": 3}},
        {"paper_id": "a", "persona": "b", "settings": {"seed": 1e400}},
        {"paper_id": "a", "persona": "b", "language": "japanese please"},
        {"paper_id": "a", "persona": "b:colour=red"},
        {"paper_id": "a", "persona": "b:model"},
    ],
    ids=range(18),
)
async def test_what_is_well_formed_and_wrong_is_an_invalid_request(api: Client, body: object) -> None:
    sent = json.dumps(body).replace("Infinity", "1e400")
    response = await api.post("/api/runs", content=sent, headers={"Content-Type": "application/json"})

    assert (response.status_code, response.json()["code"]) in [
        (422, "invalid_request"),
        (400, "malformed_request"),
    ]
    assert response.status_code == 422 or "1e400" in sent


async def test_an_unknown_address_or_method_is_a_problem(api: Client) -> None:
    nothing = await api.get("/api/nothing")
    wrong = await api.put("/api/runs")

    assert (nothing.status_code, nothing.json()["code"]) == (404, "not_found")
    assert (wrong.status_code, wrong.json()["code"]) == (405, "method_not_allowed")


async def test_a_problem_is_in_the_language_asked_for(api: Client) -> None:
    japanese = await api.get("/api/runs/unknown", headers={"Accept-Language": "ja,en;q=0.5"})
    english = await api.get("/api/runs/unknown", headers={"Accept-Language": "fr, en;q=0.5, ja;q=0.1"})
    neither = await api.get("/api/runs/unknown", headers={"Accept-Language": "fr;q=x, *"})

    assert japanese.json()["detail"] == "実行「unknown」はありません。"
    assert english.json()["detail"] == neither.json()["detail"] == "There is no run 'unknown'."


async def test_a_bug_is_a_problem_that_tells_nothing(
    house: ServedHouse, caplog: pytest.LogCaptureFixture
) -> None:
    async def fails(*_: object, **__: object) -> None:
        message = "a secret sentence"
        raise KeyError(message)

    object.__setattr__(house.queries, "papers", fails)
    app = house.app()
    async with AsyncTestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False) as client:
        response = await client.get("/api/papers")

    assert response.status_code == 500
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["code"] == "internal"
    assert "secret" not in response.text + caplog.text
    assert "KeyError on /api/papers" in caplog.text


async def test_a_body_that_stops_coming_is_given_up(
    house: ServedHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(safety, "BODY_PAUSE_S", 0.02)
    sent: list[Any] = []
    parts = [{"type": "http.request", "body": b"{", "more_body": True}]

    async def receive() -> Any:
        if parts:
            return parts.pop()
        await asyncio.sleep(10)
        return None

    async def send(message: Any) -> None:
        sent.append(message)

    scope: Any = {
        "type": "http",
        "method": "POST",
        "path": "/api/runs",
        "raw_path": b"/api/runs",
        "query_string": b"",
        "headers": [(b"host", b"127.0.0.1"), (b"content-type", b"application/json")],
        "scheme": "http",
        "server": ("127.0.0.1", 8000),
        "client": ("127.0.0.1", 9),
        "http_version": "1.1",
        "root_path": "",
        "state": {},
        "extensions": {},
    }
    await asyncio.wait_for(house.app()(scope, receive, send), 5)

    assert sent[0]["status"] == 408
    assert b"request_timeout" in sent[1]["body"]


async def test_the_log_has_a_line_for_each_request_and_nothing_of_what_was_said(
    api: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="yomi.access")

    await api.get("/api/runs?persona=secret", headers={"Authorization": "Bearer secret"})
    await api.post("/api/runs", json={"secret": "secret"})
    await api.get("/healthz")

    lines = [record.getMessage() for record in caplog.records if record.name == "yomi.access"]
    assert lines == ["GET /api/runs 200", "POST /api/runs 422"]
    own = [
        record.getMessage() for record in caplog.records if record.name != "httpx"
    ]  # the client of the test
    assert "secret" not in "\n".join(own)
