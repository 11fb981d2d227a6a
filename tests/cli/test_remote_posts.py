"""What a command sends to a server it sends once, however often it has to say it."""

from __future__ import annotations

import httpx2
import pytest
from server.cli import remote


def client_that(fails: list[Exception], asked: list[httpx2.Request]) -> httpx2.Client:
    def answer(request: httpx2.Request) -> httpx2.Response:
        asked.append(request)
        if fails:
            raise fails.pop(0)
        return httpx2.Response(202, json={"id": "1"})

    return httpx2.Client(transport=httpx2.MockTransport(answer), base_url="http://127.0.0.1:8000")


def test_a_request_whose_connection_was_lost_is_sent_again_with_its_key(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(remote, "AGAIN_AFTER_S", (0.0, 0.0))
    asked: list[httpx2.Request] = []
    fails: list[Exception] = [httpx2.ReadError("reset"), httpx2.ConnectError("restarting")]

    with client_that(fails, asked) as client:
        answer = remote.post(client, "/api/runs", json={"paper_id": "1"})

    assert answer.status_code == 202
    assert len(asked) == 3
    assert len({(request.headers["idempotency-key"], request.content) for request in asked}) == 1


def test_a_server_that_is_not_there_is_asked_once() -> None:
    asked: list[httpx2.Request] = []

    with client_that([httpx2.ConnectError("refused")], asked) as client, pytest.raises(httpx2.ConnectError):
        remote.post(client, "/api/runs", json={})

    assert len(asked) == 1


def test_each_request_has_a_key_of_its_own() -> None:
    asked: list[httpx2.Request] = []

    with client_that([], asked) as client:
        for _ in range(2):
            remote.post(client, "/api/runs", json={})

    assert len({request.headers["idempotency-key"] for request in asked}) == 2
