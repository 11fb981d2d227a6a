"""Idempotency-Key: one request is answered once, however often it is sent."""

from __future__ import annotations

from typing import Any

import pytest
from server.domain.errors import StorageFullError
from server.web.idempotency import _canonical
from server.web.safety import MAX_JSON

from house import PDF
from served import Client, ServedHouse, serving

pytestmark = pytest.mark.anyio

KEY = {"Idempotency-Key": "8e03978e-40d5-43dd-bc93-6894a57f9324"}


async def a_run(house: ServedHouse) -> dict[str, Any]:
    return {"paper_id": await house.a_ready_paper(), "persona": "summarizer", "fresh": True}


def runs_of(house: ServedHouse) -> int:
    return len(house.memory.kept.runs)


async def test_the_same_request_gets_the_first_answer(api: Client, house: ServedHouse) -> None:
    body = await a_run(house)

    first = await api.post("/api/runs", json=body, headers=KEY)
    again = await api.post("/api/runs", json=dict(reversed(body.items())), headers=KEY)

    assert first.status_code == 202
    assert "idempotency-replayed" not in first.headers
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers["location"] == first.headers["location"]
    assert again.headers["idempotency-replayed"] == "true"
    assert runs_of(house) == 1


@pytest.mark.parametrize("change", ["body", "language", "route"])
async def test_a_key_is_not_for_another_request(api: Client, house: ServedHouse, change: str) -> None:
    body, headers, route = await a_run(house), dict(KEY), "/api/runs"
    await api.post(route, json=body, headers={**headers, "Accept-Language": "en"})
    match change:
        case "body":
            body["fresh"] = False
        case "language":
            headers["Accept-Language"] = "ja"
        case "route":
            route = "/api/comparisons"

    answer = await api.post(route, json=body, headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert runs_of(house) == 1


async def test_a_key_is_forgotten_after_a_day(api: Client, house: ServedHouse) -> None:
    body = await a_run(house)
    await api.post("/api/runs", json=body, headers=KEY)
    house.memory.clock.advance(24 * 3600 + 1)

    again = await api.post("/api/runs", json=body, headers=KEY)

    assert "idempotency-replayed" not in again.headers
    assert runs_of(house) == 2


@pytest.mark.parametrize(
    "headers",
    [
        [("Idempotency-Key", "")],
        [("Idempotency-Key", "k" * 256)],
        [("Idempotency-Key", "clé".encode("latin-1"))],
        [("Idempotency-Key", "鍵".encode())],
        [("Idempotency-Key", "a\tb")],
    ],
)
async def test_a_bad_key_is_refused(api: Client, house: ServedHouse, headers: list[tuple[str, Any]]) -> None:
    answer = await api.post("/api/runs", json=await a_run(house), headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_request")
    assert runs_of(house) == 0


async def test_the_longest_key_is_taken(api: Client, house: ServedHouse) -> None:
    headers = {"Idempotency-Key": "k" * 255}

    assert (await api.post("/api/runs", json=await a_run(house), headers=headers)).status_code == 202


async def test_a_refusal_leaves_the_key_free(api: Client, house: ServedHouse) -> None:
    body = await a_run(house)
    refused = await api.post("/api/runs", json={**body, "persona": "nobody"}, headers=KEY)

    answer = await api.post("/api/runs", json=body, headers=KEY)

    assert refused.status_code == 404
    assert answer.status_code == 202


async def test_what_failed_after_the_run_was_recorded_finds_that_run(
    api: Client, house: ServedHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = await a_run(house)

    async def fail(*_: object) -> None:
        raise StorageFullError

    with monkeypatch.context() as broken:
        broken.setattr(house.jobs, "execute_runs", fail)
        failed = await api.post("/api/runs", json=body, headers=KEY)
    again = await api.post("/api/runs", json=body, headers=KEY)

    assert failed.status_code == 507
    assert again.status_code == 202
    assert list(house.memory.kept.runs) == [again.json()["id"]]


async def test_every_spending_route_takes_a_key(api: Client, house: ServedHouse) -> None:
    paper_id = await house.a_ready_paper()
    run = await house.executed()
    readers = [{"persona": "summarizer"}, {"persona": "summarizer", "language": "ja"}]
    file = {"file": ("paper.pdf", PDF, "application/pdf")}
    requests: list[tuple[str, dict[str, Any]]] = [
        ("/api/papers", {"files": {"file": ("another.pdf", PDF + b"\n", "application/pdf")}}),
        ("/api/papers", {"content": PDF + b"\n\n", "headers": {"Content-Type": "application/pdf"}}),
        ("/api/papers", {"json": {"arxiv_id": "2312.10997"}}),
        ("/api/runs", {"json": {"paper_id": paper_id, "persona": "summarizer", "fresh": True}}),
        (f"/api/runs/{run.id}/questions", {"json": {"question": "Why?", "fresh": True}}),
        ("/api/comparisons", {"json": {"paper_id": paper_id, "candidates": readers, "fresh": True}}),
        ("/api/read", {"files": file, "data": {"persona": "summarizer"}}),
        ("/api/compare", {"files": file, "data": {"persona": ["summarizer", "summarizer"]}}),
    ]

    for number, (route, sent) in enumerate(requests):
        headers = {**sent.pop("headers", {}), "Idempotency-Key": f"key-{number}"}
        # A form is sent with another boundary each time.
        first = await api.post(route, **sent, headers=headers)
        again = await api.post(route, **sent, headers=headers)
        assert first.status_code in (200, 201, 202), (route, first.text)
        assert (again.status_code, again.content) == (first.status_code, first.content), route
        assert again.headers["idempotency-replayed"] == "true", route


async def test_another_file_is_another_request(api: Client) -> None:
    for content, status in ((PDF, 201), (PDF + b"\n", 422)):
        files = {"file": ("paper.pdf", content, "application/pdf")}
        assert (await api.post("/api/papers", files=files, headers=KEY)).status_code == status


async def test_an_answer_is_not_given_after_its_paper_was_deleted(api: Client, house: ServedHouse) -> None:
    body = await a_run(house)
    await api.post("/api/runs", json=body, headers=KEY)
    await api.delete(f"/api/papers/{body['paper_id']}")

    assert (await api.post("/api/runs", json=body, headers=KEY)).status_code == 404


async def test_callers_do_not_share_keys(house: ServedHouse) -> None:
    body = await a_run(house)
    one, other = "k1-" + "a" * 16, "k2-" + "b" * 16
    async with serving(house.app(api_keys=[one, other])) as api:
        for key in (one, other):
            headers = {**KEY, "Authorization": f"Bearer {key}"}
            answer = await api.post("/api/runs", json=body, headers=headers)
            assert "idempotency-replayed" not in answer.headers

    assert runs_of(house) == 2


async def test_requests_that_cost_nothing_ignore_the_key(api: Client, house: ServedHouse) -> None:
    route = f"/api/papers/{await house.a_ready_paper()}/checks"

    for text in ("It is about cats.", "It is about dogs."):
        assert (await api.post(route, json={"text": text}, headers=KEY)).status_code == 200


def test_a_body_that_its_route_refuses_for_its_length_is_not_taken_apart() -> None:
    body = b"[" + b"{}, " * (MAX_JSON // 4) + b"{}]"

    assert _canonical("application/json", body) is body
    assert _canonical("application/json", b'{"b": 1, "a": 2}') == _canonical(
        "application/json", b'{"a":2,"b":1}'
    )
