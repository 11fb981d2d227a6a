"""The API's description of itself, what it says of the server, and the check that every other test leans on."""

from __future__ import annotations

from typing import Any

import httpx
import jsonschema_rs
import pytest
from server.web.openapi import description
from server.web.problem_titles import TITLES
from server.web.problems import STATUS, UnsupportedMediaTypeError

from served import Client, ServedHouse, check_response

pytestmark = pytest.mark.anyio

METHODS = {"get", "post", "put", "patch", "delete"}

ROUTES = {
    ("/api/papers", "get post"),
    ("/api/papers/{paper_id}", "delete get patch"),
    ("/api/papers/{paper_id}/text", "get"),
    ("/api/papers/{paper_id}/references", "get"),
    ("/api/papers/{paper_id}/file", "get"),
    ("/api/papers/{paper_id}/pages/{name}", "get"),
    ("/api/papers/{paper_id}/events", "get"),
    ("/api/personas", "get"),
    ("/api/personas/{ref}/schema", "get"),
    ("/api/personas/{ref}/versions", "get post"),
    ("/api/personas/{ref}/duplicate", "post"),
    ("/api/personas/{ref}/diff", "get"),
    ("/api/personas/{ref}/examples", "post"),
    ("/api/personas/lint", "post"),
    ("/api/personas/form", "post"),
    ("/api/personas/preview", "post"),
    ("/api/personas/draft", "post"),
    ("/api/personas/{ref}/preview", "post"),
    ("/api/runs", "get post"),
    ("/api/runs/{run_id}", "delete get"),
    ("/api/runs/{run_id}/cancel", "post"),
    ("/api/runs/{run_id}/feedback", "get post"),
    ("/api/runs/{run_id}/events", "get"),
    ("/api/comparisons", "get post"),
    ("/api/comparisons/{comparison_id}", "delete get"),
    ("/api/comparisons/{comparison_id}/events", "get"),
    ("/api/comparisons/{comparison_id}/votes", "post"),
    ("/api/ranking", "get"),
    ("/api/read", "post"),
    ("/api/compare", "post"),
    ("/api/models", "get"),
    ("/api/limits", "get"),
    ("/healthz", "get"),
    ("/readyz", "get"),
}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return description(ServedHouse().app())


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (path, method, operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method in METHODS
    ]


async def test_every_route_of_the_contract_is_described(document: dict[str, Any]) -> None:
    described = {(path, " ".join(sorted(METHODS & item.keys()))) for path, item in document["paths"].items()}

    assert document["openapi"].startswith("3.1")
    assert described >= ROUTES


async def test_every_route_describes_its_errors_as_problems(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        errors = {status: said for status, said in operation["responses"].items() if status >= "400"}
        assert {"400", "401", "403"} <= errors.keys(), (path, method)
        for status, said in errors.items():
            assert list(said["content"]) == ["application/problem+json"], (path, method, status)
        if "{" in path and method != "put":
            assert "404" in errors, (path, method)
        if "requestBody" in operation:
            assert {"413", "415", "422"} <= errors.keys(), (path, method)
        assert operation.get("description"), (path, method)


async def test_every_schema_is_one(document: dict[str, Any]) -> None:
    for name, schema in document["components"]["schemas"].items():
        assert jsonschema_rs.meta.is_valid(schema), name


async def test_bodies_that_refuse_unknown_members_say_so(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        for media in operation.get("requestBody", {}).get("content", {}).values():
            schema = media["schema"]
            if "$ref" in schema:
                schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
            if schema.get("type") == "object":
                assert schema["additionalProperties"] is False, (path, method)


async def test_every_code_that_is_a_response_has_a_status_and_a_title() -> None:
    assert STATUS.keys() <= TITLES.keys()
    assert all(TITLES[code].ja and TITLES[code].en for code in STATUS)
    assert STATUS[UnsupportedMediaTypeError.code] == 415


async def test_it_is_served_and_readable_without_scripts(api: Client, document: dict[str, Any]) -> None:
    served = await api.get("/docs/openapi.json")
    page = await api.get("/docs")

    assert served.json() == document
    assert page.headers["content-type"].startswith("text/html")
    assert "<script" not in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    for path, _ in ROUTES:
        assert f"<code>{path}</code>" in page.text


async def test_the_server_says_what_it_offers_and_accepts(api: Client) -> None:
    models = (await api.get("/api/models")).json()["items"]
    limits = (await api.get("/api/limits")).json()

    assert [(model["name"], model["default"], model["host"]) for model in models] == [
        ("scripted", True, "127.0.0.1:8080")
    ]
    assert limits["max_upload_bytes"] == 200_000
    assert limits["max_candidates"] == 6


async def test_health_tells_alive_from_able(api: Client, house: ServedHouse) -> None:
    alive, ready = await api.get("/healthz"), await api.get("/readyz")
    house.is_ready = False
    stopping = await api.get("/readyz")

    assert (alive.status_code, ready.status_code) == (200, 200)
    assert (stopping.status_code, stopping.json()["code"]) == (503, "busy")
    assert int(stopping.headers["retry-after"]) > 0


# The check itself


def a_response(
    status: int, body: Any, *, path: str = "/api/limits", kind: str = "application/json"
) -> httpx.Response:
    request = httpx.Request("GET", f"http://127.0.0.1{path}")
    return httpx.Response(status, json=body, headers={"content-type": kind}, request=request)


PROBLEM = {
    "type": "urn:yomikurabe:problem:forbidden",
    "title": "Forbidden",
    "status": 403,
    "detail": "No.",
    "code": "forbidden",
}


def test_a_right_response_passes_the_check(document: dict[str, Any]) -> None:
    refusal = a_response(403, PROBLEM, kind="application/problem+json")
    refusal.headers["content-language"] = "en"

    check_response(document, refusal)


@pytest.mark.parametrize(
    "wrong",
    [
        a_response(200, {}),
        a_response(200, {"items": "none", "next_cursor": None}, path="/api/papers"),
        a_response(418, PROBLEM | {"status": 418}, kind="application/problem+json"),
        a_response(403, PROBLEM),
        a_response(403, PROBLEM | {"status": 400}, kind="application/problem+json"),
        a_response(403, PROBLEM | {"type": "about:blank"}, kind="application/problem+json"),
        a_response(403, PROBLEM | {"detail": "in /server/web/x.py"}, kind="application/problem+json"),
        a_response(500, PROBLEM, kind="application/problem+json"),
        a_response(200, "text", kind="text/plain"),
    ],
    ids=range(9),
)
def test_a_wrong_response_fails_the_check(document: dict[str, Any], wrong: httpx.Response) -> None:
    wrong.headers["content-language"] = "en"

    with pytest.raises((AssertionError, jsonschema_rs.ValidationError)):
        check_response(document, wrong)
